"""The numerical value of every function of the table, in real arithmetic, and as complex functions of mpmath.

Only values live here. Which derivative a function has is `elementary`'s matter, and knows nothing of this file.
"""

from collections.abc import Callable
from typing import Any

from mpmath import libmp

from symgrad.calculus.precision import CannotEvaluateError, Raw, UndefinedError, context, magnitude

Place = Any  # an evaluate.Place, which is built on this file
_MANY = 1 << 12


def _moderate(value: Raw, bits: int = _MANY) -> None:
    if value != libmp.fzero and value[2] + value[3] > bits:
        raise UndefinedError("out of range")


def _unary(function: Callable[..., Raw], bits: int = _MANY) -> Callable[[Place, list[Raw]], Raw]:
    def value(place: Place, values: list[Raw]) -> Raw:
        _moderate(values[0], bits)
        return function(values[0], place.precision, "n")

    return value


def _reciprocal(function: Callable[..., Raw], bits: int = _MANY) -> Callable[[Place, list[Raw]], Raw]:
    """The function of which this one is the reciprocal."""

    def value(place: Place, values: list[Raw]) -> Raw:
        _moderate(values[0], bits)
        return libmp.mpf_div(libmp.fone, function(values[0], place.precision + 10, "n"), place.precision, "n")

    return value


def _of_reciprocal(function: Callable[..., Raw]) -> Callable[[Place, list[Raw]], Raw]:
    """arcsec u = arccos(1/u) and its kin."""

    def value(place: Place, values: list[Raw]) -> Raw:
        inner = libmp.mpf_div(libmp.fone, values[0], place.precision + 10, "n")
        return function(inner, place.precision, "n")

    return value


def _log(place: Place, values: list[Raw]) -> Raw:
    if any(value == libmp.fzero for value in values):
        raise UndefinedError("the logarithm of zero")
    top = libmp.mpf_log(values[0], place.precision + 5, "n")
    if len(values) == 1:
        return top
    return libmp.mpf_div(top, libmp.mpf_log(values[1], place.precision + 5, "n"), place.precision, "n")


def _root(place: Place, values: list[Raw]) -> Raw:
    """The real n-th root, of negative numbers too where n is odd."""
    index = place.to_int(values[1])
    value, negative = values[0], False
    if libmp.mpf_sign(value) < 0:
        if index % 2 == 0:
            raise libmp.ComplexResult
        value, negative = libmp.mpf_neg(value), True
    if index < 0:
        value, index = libmp.mpf_div(libmp.fone, value, place.precision + 10, "n"), -index
    found = libmp.mpf_nthroot(value, index, place.precision, "n")
    return libmp.mpf_neg(found) if negative else found


def _sign(place: Place, values: list[Raw]) -> Raw:
    return libmp.from_int(libmp.mpf_sign(values[0]))


def _step(place: Place, values: list[Raw]) -> Raw:
    sign = libmp.mpf_sign(values[0])
    return libmp.fhalf if sign == 0 else libmp.from_int(int(sign > 0))


def _extreme(direction: int) -> Callable[[Place, list[Raw]], Raw]:
    def value(place: Place, values: list[Raw]) -> Raw:
        best = values[0]
        for candidate in values[1:]:
            if libmp.mpf_cmp(candidate, best) * direction > 0:
                best = candidate
        return best

    return value


def _clip(place: Place, values: list[Raw]) -> Raw:
    return _extreme(-1)(place, [_extreme(1)(place, values[:2]), values[2]])


def _relu(place: Place, values: list[Raw]) -> Raw:
    return _extreme(1)(place, [values[0], libmp.fzero])


def _floor(place: Place, values: list[Raw]) -> Raw:
    return libmp.mpf_floor(values[0])


def _ceil(place: Place, values: list[Raw]) -> Raw:
    return libmp.mpf_ceil(values[0])


def _round(place: Place, values: list[Raw]) -> Raw:
    return libmp.mpf_nint(values[0])


def _mod(place: Place, values: list[Raw]) -> Raw:
    return libmp.mpf_mod(values[0], values[1], place.precision, "n")


def _frac(place: Place, values: list[Raw]) -> Raw:
    return libmp.mpf_frac(values[0], place.precision, "n")


def _sinc(place: Place, values: list[Raw]) -> Raw:
    if values[0] == libmp.fzero:
        return libmp.fone
    _moderate(values[0])
    return libmp.mpf_div(libmp.mpf_sin(values[0], place.precision + 5, "n"), values[0], place.precision, "n")


def _sigmoid(place: Place, values: list[Raw]) -> Raw:
    _moderate(values[0], 26)
    decay = libmp.mpf_exp(libmp.mpf_neg(values[0]), place.precision + 5, "n")
    return libmp.mpf_div(libmp.fone, libmp.mpf_add(libmp.fone, decay, place.precision + 5, "n"), place.precision, "n")


def _softplus(place: Place, values: list[Raw]) -> Raw:
    """max(u, 0) + ln(1 + e^−|u|): no more digits are needed than are asked for, however large u is."""
    _moderate(values[0], 26)
    precision = place.precision + 10
    decay = libmp.mpf_exp(libmp.mpf_neg(libmp.mpf_abs(values[0])), precision, "n")
    small = -magnitude(decay)
    if small > precision:  # the next term of the series is smaller than the last digit
        rest = decay
    else:
        rest = libmp.mpf_log(libmp.mpf_add(libmp.fone, decay, precision + small, "n"), precision, "n")
    return libmp.mpf_add(_relu(place, values), rest, place.precision, "n")


def _atan2(place: Place, values: list[Raw]) -> Raw:
    return libmp.mpf_atan2(values[0], values[1], place.precision, "n")


def _hypot(place: Place, values: list[Raw]) -> Raw:
    total = libmp.fzero
    for value in values:
        total = libmp.mpf_add(total, libmp.mpf_mul(value, value), place.precision + 10, "n")
    return libmp.mpf_sqrt(total, place.precision, "n")


def _same(place: Place, values: list[Raw]) -> Raw:
    return values[0]


def _zero(place: Place, values: list[Raw]) -> Raw:
    return libmp.fzero


def _asinh(value: Raw, precision: int, rounding: str) -> Raw:
    return libmp.mpf_asinh(value, precision, rounding)


REAL_FUNCTIONS: dict[str, Callable[[Place, list[Raw]], Raw]] = {
    "exp": _unary(libmp.mpf_exp, 26),
    "ln": _log,
    "log": _log,
    "sqrt": _unary(libmp.mpf_sqrt, 1 << 60),
    "root": _root,
    "cbrt": lambda place, values: _root(place, [values[0], libmp.from_int(3)]),
    "sin": _unary(libmp.mpf_sin),
    "cos": _unary(libmp.mpf_cos),
    "tan": _unary(libmp.mpf_tan),
    "cot": _reciprocal(libmp.mpf_tan),
    "sec": _reciprocal(libmp.mpf_cos),
    "csc": _reciprocal(libmp.mpf_sin),
    "arcsin": _unary(libmp.mpf_asin),
    "arccos": _unary(libmp.mpf_acos),
    "arctan": _unary(libmp.mpf_atan),
    "arccot": _of_reciprocal(libmp.mpf_atan),
    "arcsec": _of_reciprocal(libmp.mpf_acos),
    "arccsc": _of_reciprocal(libmp.mpf_asin),
    "sinh": _unary(libmp.mpf_sinh, 26),
    "cosh": _unary(libmp.mpf_cosh, 26),
    "tanh": _unary(libmp.mpf_tanh, 26),
    "coth": _reciprocal(libmp.mpf_tanh, 26),
    "sech": _reciprocal(libmp.mpf_cosh, 26),
    "csch": _reciprocal(libmp.mpf_sinh, 26),
    "arsinh": _unary(libmp.mpf_asinh),
    "arcosh": _unary(libmp.mpf_acosh),
    "artanh": _unary(libmp.mpf_atanh),
    "arcoth": _of_reciprocal(libmp.mpf_atanh),
    "arsech": _of_reciprocal(libmp.mpf_acosh),
    "arcsch": _of_reciprocal(_asinh),
    "abs": lambda place, values: libmp.mpf_abs(values[0]),
    "sign": _sign,
    "step": _step,
    "heaviside": _step,
    "relu": _relu,
    "max": _extreme(1),
    "min": _extreme(-1),
    "clip": _clip,
    "floor": _floor,
    "ceil": _ceil,
    "round": _round,
    "frac": _frac,
    "mod": _mod,
    "sinc": _sinc,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "atan2": _atan2,
    "hypot": _hypot,
    "norm": _hypot,
    "conjugate": _same,
    "re": _same,
    "im": _zero,
}


def _marcum(m: Any, order: int, a: Any, b: Any) -> Any:
    """Q(a, b) = e^(−(a² + b²)/2)·Σ (a/b)^k I_k(ab) over k from 1 − order."""
    total, k = m.zero, 1 - order
    while True:
        term = (a / b) ** k * m.besseli(k, a * b)
        total += term
        k += 1
        if k > 2 and abs(term) < m.eps * abs(total):
            return m.exp(-(a * a + b * b) / 2) * total


# name of ours -> how mpmath computes it; `m` is the context, the rest are the arguments
MPMATH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": lambda m, u: m.exp(u),
    "ln": lambda m, u: m.log(u),
    "log": lambda m, u, b=None: m.log(u) if b is None else m.log(u) / m.log(b),
    "sqrt": lambda m, u: m.sqrt(u),
    "factorial": lambda m, u: m.factorial(u),
    "doublefactorial": lambda m, u: m.fac2(u),
    "binomial": lambda m, n, k: m.binomial(n, k),
    "gamma": lambda m, u: m.gamma(u),
    "lngamma": lambda m, u: m.loggamma(u),
    "digamma": lambda m, u: m.digamma(u),
    "polygamma": lambda m, n, u: m.polygamma(int(n), u),
    "beta": lambda m, a, b: m.beta(a, b),
    "erf": lambda m, u: m.erf(u),
    "erfc": lambda m, u: m.erfc(u),
    "erfi": lambda m, u: m.erfi(u),
    "erfinv": lambda m, u: m.erfinv(u),
    "erfcinv": lambda m, u: m.erfinv(1 - u),
    "erf2": lambda m, a, b: m.erf(b) - m.erf(a),
    "erf2inv": lambda m, a, b: m.erfinv(m.erf(a) + b),
    "besselj": lambda m, n, u: m.besselj(n, u),
    "bessely": lambda m, n, u: m.bessely(n, u),
    "besseli": lambda m, n, u: m.besseli(n, u),
    "besselk": lambda m, n, u: m.besselk(n, u),
    "hankel1": lambda m, n, u: m.hankel1(n, u),
    "hankel2": lambda m, n, u: m.hankel2(n, u),
    "airyai": lambda m, u: m.airyai(u),
    "airybi": lambda m, u: m.airybi(u),
    "airyaiprime": lambda m, u: m.airyai(u, derivative=1),
    "airybiprime": lambda m, u: m.airybi(u, derivative=1),
    "lambertw": lambda m, u, k=0: m.lambertw(u, int(k)),
    "elliptic_k": lambda m, k: m.ellipk(k),
    "elliptic_e": lambda m, *a: m.ellipe(*a),
    "elliptic_f": lambda m, phi, k: m.ellipf(phi, k),
    "elliptic_pi": lambda m, *a: m.ellippi(*a),
    "Si": lambda m, u: m.si(u),
    "Ci": lambda m, u: m.ci(u),
    "Shi": lambda m, u: m.shi(u),
    "Chi": lambda m, u: m.chi(u),
    "Ei": lambda m, u: m.ei(u),
    "li": lambda m, u: m.li(u),
    "expint": lambda m, n, u: m.expint(n, u),
    "fresnels": lambda m, u: m.fresnels(u),
    "fresnelc": lambda m, u: m.fresnelc(u),
    "zeta": lambda m, s, a=1: m.zeta(s, a),
    "dirichleteta": lambda m, s: m.altzeta(s),
    "polylog": lambda m, s, z: m.polylog(s, z),
    "uppergamma": lambda m, a, x: m.gammainc(a, x),
    "lowergamma": lambda m, a, x: m.gammainc(a, 0, x),
    "legendre": lambda m, n, x: m.legendre(n, x),
    "chebyshevt": lambda m, n, x: m.chebyt(n, x),
    "chebyshevu": lambda m, n, x: m.chebyu(n, x),
    "hermite": lambda m, n, x: m.hermite(n, x),
    "laguerre": lambda m, n, x: m.laguerre(n, 0, x),
    "assoc_laguerre": lambda m, n, a, x: m.laguerre(n, a, x),
    "gegenbauer": lambda m, n, a, x: m.gegenbauer(n, a, x),
    "jacobi": lambda m, n, a, b, x: m.jacobi(n, a, b, x),
    "hyper": lambda m, above, below, u: m.hyper(above, below, u),
    "catalan": lambda m, n: 4**n * m.gamma(n + m.mpf(1) / 2) / (m.sqrt(m.pi) * m.gamma(n + 2)),
    "marcumq": lambda m, k, a, b: _marcum(m, int(k), a, b),
    "sin": lambda m, u: m.sin(u),
    "cos": lambda m, u: m.cos(u),
    "tan": lambda m, u: m.tan(u),
    "cot": lambda m, u: m.cot(u),
    "sec": lambda m, u: m.sec(u),
    "csc": lambda m, u: m.csc(u),
    "arcsin": lambda m, u: m.asin(u),
    "arccos": lambda m, u: m.acos(u),
    "arctan": lambda m, u: m.atan(u),
    "arccot": lambda m, u: m.atan(1 / u),
    "arcsec": lambda m, u: m.acos(1 / u),
    "arccsc": lambda m, u: m.asin(1 / u),
    "sinh": lambda m, u: m.sinh(u),
    "cosh": lambda m, u: m.cosh(u),
    "tanh": lambda m, u: m.tanh(u),
    "coth": lambda m, u: m.coth(u),
    "sech": lambda m, u: m.sech(u),
    "csch": lambda m, u: m.csch(u),
    "arsinh": lambda m, u: m.asinh(u),
    "arcosh": lambda m, u: m.acosh(u),
    "artanh": lambda m, u: m.atanh(u),
    "arcoth": lambda m, u: m.atanh(1 / u),
    "arsech": lambda m, u: m.acosh(1 / u),
    "arcsch": lambda m, u: m.asinh(1 / u),
    "sinc": lambda m, u: m.sinc(u),
    "sigmoid": lambda m, u: 1 / (1 + m.exp(-u)),
    "softplus": lambda m, u: m.log(1 + m.exp(u)),
}

_GROWS = {"factorial", "gamma", "lngamma", "binomial", "beta", "doublefactorial", "catalan"}


def function_value(place: Place, name: str, values: list[Raw]) -> Raw:
    """The real value of a function that mpmath computes.

    Raises:
        UndefinedError, CannotEvaluateError: no real value; no such function.
    """
    function = MPMATH_FUNCTIONS.get(name)
    if function is None:
        raise CannotEvaluateError(f"no numerical value for the function {name}")
    ctx = context(place.precision)
    numbers = []
    for value in values:
        for part in value if isinstance(value, list) else [value]:
            _moderate(part, 12 if name in _GROWS else 10)
        numbers.append([*map(ctx.make_mpf, value)] if isinstance(value, list) else ctx.make_mpf(value))
    try:
        return place.raw_of(function(ctx, *numbers))
    except (ctx.NoConvergence, NotImplementedError, TypeError):
        raise CannotEvaluateError(f"{name} is not computed here") from None
    except (ZeroDivisionError, ValueError):
        raise UndefinedError(f"{name} has no value here") from None
