"""Functions of doubles that never raise: outside the domain NaN, beyond the range an infinity, at a pole IEEE's value.

Python's math raises instead; arrays and compiled code do not. This file is the meaning of the operations on doubles.
"""

# ruff: noqa: PLR0124  (u != u is the test for NaN)
import builtins
import math
from collections.abc import Callable
from typing import Any

from symgrad.program._lgamma import between

inf, nan = math.inf, math.nan


def _quiet(function: Callable[..., float], overflow: Callable[..., float] = lambda *_: inf) -> Callable[..., Any]:
    def call(*args: float) -> float:
        try:
            return function(*args)
        except ValueError:
            return nan
        except OverflowError:
            return overflow(*args)

    return call


def divide(u: float, v: float) -> float:
    if v:
        return u / v
    if v != v or u != u or u == 0:
        return nan
    return math.copysign(inf, u) * math.copysign(1.0, v)


def power(u: float, v: float) -> float:
    try:
        return math.pow(u, v)
    except OverflowError:
        return -inf if u < 0 and v % 2 == 1 else inf
    except ValueError:  # a pole at 0, or a negative base with a fractional exponent
        if u == 0:
            return math.copysign(inf, u) if v % 2 == 1 else inf
        return nan


def maximum(u: float, v: float) -> float:
    return u if u > v or u != u else v


def minimum(u: float, v: float) -> float:
    return u if u < v or u != u else v


def hypot(u: float, v: float) -> float:
    return math.hypot(u, v)


def atan2(u: float, v: float) -> float:
    return math.atan2(u, v)


def mod(u: float, v: float) -> float:
    if v == 0 or math.isinf(u):
        return nan
    return u % v


def log(u: float) -> float:
    return math.log(u) if u > 0 else (-inf if u == 0 else nan)


def log1p(u: float) -> float:
    return math.log1p(u) if u > -1 else (-inf if u == -1 else nan)


def artanh(u: float) -> float:
    if abs(u) == 1:
        return math.copysign(inf, u)
    return _artanh(u)  # type: ignore[no-any-return]


def sqrt(u: float) -> float:
    return math.sqrt(u) if u >= 0 else nan


def sign(u: float) -> float:
    return math.copysign(1.0, u) if u > 0 or u < 0 else 0.0 if u == 0 else u


def floor(u: float) -> float:
    return float(math.floor(u)) if math.isfinite(u) else u


def ceil(u: float) -> float:
    return float(math.ceil(u)) if math.isfinite(u) else u


def round(u: float) -> float:  # noqa: A001
    return float(_round(u)) if math.isfinite(u) else u


def gamma(u: float) -> float:
    if u == 0:
        return math.copysign(inf, u)
    return _gamma(u)  # type: ignore[no-any-return]


def lgamma(u: float) -> float:
    if u > 2.5:
        try:
            return _lgamma(u)
        except OverflowError:
            return inf
    if u >= 0.5:
        return between(u)
    if u <= 0 and u == floor(u):
        return inf
    return _lgamma(u)


def digamma(u: float) -> float:
    """ψ(u): rational functions up to 13/4, the asymptotic expansion's own as a rational function beyond.

    To 4 units in the last place for u > 0, beside the zero too. Written out: a loop over the coefficients takes longer
    than they do. Fitted at Chebyshev's points to 2⁻⁵⁴ and better.
    """
    if u < 3.25:
        if u >= 2:
            t = u - 2.0
            above = 0.020444164731130598 + t * (0.0006384443439664967 + t * 1.2648929970849884e-06)
            above = 1.147550241941341 + t * (0.7750654533467402 + t * (0.2006768355418724 + t * above))
            below = 0.08892492700916493 + t * (0.006414759248009915 + t * 0.00013377651376517185)
            below = 1.0 + t * (1.1888240253179112 + t * (0.49767511618447774 + t * below))
            return (0.42278433509846713 + t * above) / below
        shift = 0.0
        if u < 1:
            if u <= 0:
                return _digamma_below_zero(u)
            shift = -1 / u
            u += 1
        t = u - 1.0  # ψ(u)/(u − r), where r is the zero
        above = 0.16871608594711235 + t * (0.012446572845131414 + t * 0.00022692175803907242)
        above = 1.2503801375034054 + t * (1.7838891284105545 + t * (0.8596993096580703 + t * above))
        below = 0.06651706132562538 + t * (0.003459962861518937 + t * 4.0117416520651536e-05)
        below = 1.0 + t * (2.110224250907181 + t * (1.5281958155659505 + t * (0.48106875714839037 + t * below)))
        return ((u - _ROOT) - _ROOT_REST) * above / below + shift
    h = u - 0.5
    w = 1.0 / (h * h)  # ψ(u) − ln(u − 1/2) is a function of it: 1/24 − 7/960 w + …, times w
    above = 0.929895893011627 + w * (0.5560227246525905 + w * 0.03449062822614448)
    above = 0.041666666666663896 + w * (0.3914100141770055 + w * above)
    below = 23.899786604881477 + w * (16.74338578690065 + w * 2.3208483699600913)
    return _log1p(h - 1.0) + w * above / (1.0 + w * (9.568840340165522 + w * below))


_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17  # ψ vanishes at their sum


def _digamma_below_zero(u: float) -> float:
    """By reflection."""
    if u == floor(u):
        return nan
    value = digamma(1 - u) - divide(math.pi, math.tan(math.pi * (u - round(u))))
    return value if builtins.abs(value) > 1 else _by_mpmath("digamma", u)  # near a zero both cancel


def polygamma(order: float, u: float) -> float:
    """ψ⁽ⁿ⁾(u): recurrence upwards, then the asymptotic series; by reflection below zero."""
    if not 0 <= order <= 300 or order != int(order):
        return nan
    n = int(order)
    if n == 0:
        return digamma(u)
    if u != u or math.isinf(u):
        return u if u != u else (0.0 if u > 0 else nan)
    if u <= 0:
        if u == math.floor(u):
            return inf if n % 2 else nan
        return _polygamma_below_zero(n, u)
    if n > 12:
        return _by_mpmath("polygamma", n, u)
    shift, factorial = 0.0, float(math.factorial(n))
    while u < 14 + n:
        shift += factorial * power(u, -1.0 - n)
        u += 1
    series = power(u, -n) * (math.factorial(n - 1) + factorial / (2 * u))
    for k, bernoulli in enumerate(_BERNOULLI, start=1):
        series += bernoulli * (math.factorial(2 * k + n - 1) / math.factorial(2 * k)) * power(u, -2.0 * k - n)
    return (1 if n % 2 else -1) * (shift + series)


def _polygamma_below_zero(n: int, u: float) -> float:
    """ψ⁽ⁿ⁾(u) = (−1)ⁿψ⁽ⁿ⁾(1 − u) − π·dⁿ/duⁿ cot(πu), the cotangent's derivative a polynomial in it."""
    if n > 12:
        return _by_mpmath("polygamma", n, u) if u > -1000 else nan
    row = [0, 1]  # in powers of c = cot: dc/du = −π(1 + c²)
    for _ in range(n):
        slope = [k * factor for k, factor in enumerate(row)][1:]
        row = [-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope])]
    c = 1 / math.tan(math.pi * (u - round(u)))
    polynomial = 0.0
    for factor in reversed(row):
        polynomial = polynomial * c + factor
    turned = math.pi ** (n + 1) * polynomial
    value = (-1) ** n * polygamma(n, 1 - u) - turned
    cancels = builtins.abs(value) < 1e-3 * builtins.abs(turned)
    return _by_mpmath("polygamma", n, u) if cancels and u > -100 else value


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def erfinv(u: float) -> float:
    """erf⁻¹(u): a rational start and two steps of Halley's method."""
    if not -1 < u < 1:
        return math.copysign(inf, u) if abs(u) == 1 else nan
    if u == 0:
        return u
    w = -math.log1p(-u * u)
    a = 2 / (math.pi * 0.147) - w / 2
    x = math.copysign(math.sqrt(math.sqrt(a * a + w / 0.147) - a), u)
    for _ in range(3):
        error = (math.erf(x) - u) if abs(u) < 0.5 else (1 - abs(u) - math.erfc(abs(x))) * math.copysign(1, u)
        step = error / (2 / math.sqrt(math.pi) * math.exp(-x * x))
        x -= step / (1 + x * step)
    return x


def _by_mpmath(name: str, *args: float) -> float:
    from symgrad.program.special import by_mpmath

    return by_mpmath(lambda m, *numbers: getattr(m, name)(*numbers), *args)


_round = builtins.round
_gamma = _quiet(math.gamma, lambda u: inf if u > 0 else nan)
_lgamma = math.lgamma
_log1p = math.log1p  # takes a third of the time of log
_artanh = _quiet(math.atanh)
abs = builtins.abs  # noqa: A001
cbrt = math.cbrt
exp = _quiet(math.exp)
expm1 = _quiet(math.expm1)
sin, cos, tan = _quiet(math.sin), _quiet(math.cos), _quiet(math.tan)
arcsin, arccos, arctan = _quiet(math.asin), _quiet(math.acos), math.atan
sinh = _quiet(math.sinh, lambda u: math.copysign(inf, u))
cosh, tanh = _quiet(math.cosh), math.tanh
arsinh, arcosh = math.asinh, _quiet(math.acosh)
erf, erfc = math.erf, math.erfc
