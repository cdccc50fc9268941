"""The stable forms written out in the closed set of operations.

What `stable` finds (sigmoid, softplus, sin(u)/u, …) stays whole while it is differentiated, since each has a derivative
as well-behaved as itself; here each becomes exponentials that share e^(−|u|), a series near the place where the
quotient would be 0/0, and so on. Where choices are dear (arrays), a form may be another; Python's are in `quick`.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from symgrad.program import continued, fading, norms
from symgrad.program.exact import PiTimes
from symgrad.program.graph import Graph
from symgrad.program.program import OPERATIONS


def _one_over(g: Graph, x: int) -> int:
    return g.divide(g.number(1), x)


def _decay(g: Graph, u: int) -> int:
    """e^(−|u|): between 0 and 1 whatever u is."""
    return g.unary("exp", g.negate(g.unary("abs", u)))


def _logistic_parts(g: Graph, u: int) -> tuple[int, int]:
    """The larger and the smaller of σ(u) and σ(−u): 1/(1 + e) and e/(1 + e) with e = e^(−|u|)."""
    e = _decay(g, u)
    larger = _one_over(g, g.add(g.number(1), e))
    return larger, g.multiply(e, larger)


def _sigmoid(g: Graph, u: int) -> int:
    larger, smaller = _logistic_parts(g, u)
    return g.select(g.binary("less", u, g.number(0)), smaller, larger)


def _sigmoid_slope(g: Graph, u: int) -> int:
    return g.multiply(*_logistic_parts(g, u))


def _sigmoid_without_choice(g: Graph, u: int) -> int:
    """The larger of σ(u) and σ(−u) for u > 0, else the smaller: they differ by tanh(u/2) < u, so a minimum chooses."""
    larger, smaller = _logistic_parts(g, u)
    return g.binary("minimum", larger, g.add(smaller, g.binary("maximum", u, g.number(0))))


def _tanh_slope(g: Graph, u: int) -> int:
    """1 − tanh²u as 4σ(2u)σ(−2u), which does not cancel."""
    return g.multiply(g.number(4), _sigmoid_slope(g, g.multiply(g.number(2), u)))


def _tanh_slope_by_cosh(g: Graph, u: int) -> int:
    """1 − tanh²u as (1/cosh u)²."""
    secant = _one_over(g, g.unary("cosh", u))
    return g.multiply(secant, secant)


def _softplus(g: Graph, u: int) -> int:
    return g.add(g.binary("maximum", u, g.number(0)), g.unary("log1p", _decay(g, u)))


def _logaddexp(g: Graph, u: int, v: int) -> int:
    return g.add(g.binary("maximum", u, v), g.unary("log1p", _decay(g, g.subtract(u, v))))


def _turn(g: Graph, u: int, period: int) -> int:
    """u by whole periods nearer to 0: exact for all u of which the function still knows the angle."""
    return g.subtract(u, g.multiply(period, g.unary("round", g.divide(u, period))))


def _sinpi(g: Graph, u: int) -> int:
    """sin(πu) with u brought between −½ and ½, exactly: first by whole turns, then by sin(π − πy) = sin(πy)."""
    y, one = _turn(g, u, g.number(2)), g.number(1)
    y = g.binary("maximum", g.binary("minimum", y, g.subtract(one, y)), g.subtract(g.number(-1), y))
    return g.unary("sin", g.multiply(g.number(PiTimes(1)), y))


def _cospi(g: Graph, u: int) -> int:
    """cos(πu) = sin(π(½ − |y|)) with y between −1 and 1."""
    y = g.subtract(g.number(Fraction(1, 2)), g.unary("abs", _turn(g, u, g.number(2))))
    return g.unary("sin", g.multiply(g.number(PiTimes(1)), y))


def _compound(g: Graph, u: int, y: int) -> int:
    """(1 + u)^y, with what rounding takes from 1 + u given back: (b + r)^y = b^y·e^(y·r/b), as r is tiny."""
    one = g.number(1)
    base = g.add(one, u)
    value = g.power(base, y)
    lost = g.subtract(u, g.subtract(base, one))
    better = g.multiply(value, g.unary("exp", g.multiply(y, g.divide(lost, base))))
    return g.select(g.node("less", g.unary("abs", u), one), better, value)


def _log_cosh(g: Graph, u: int) -> int:
    """ln(1 + 2 sinh²(u/2)) near 0, |u| − ln 2 + ln(1 + e^(−2|u|)) elsewhere."""
    sine = g.unary("sinh", g.multiply(g.number(Fraction(1, 2)), u))
    near = g.unary("log1p", g.multiply(g.number(2), g.multiply(sine, sine)))
    return _near_and_far(g, u, near, 1)


def _log_abs_sinh(g: Graph, u: int) -> int:
    """ln|sinh u| as it stands near 0, |u| − ln 2 + ln(1 − e^(−2|u|)) elsewhere."""
    return _near_and_far(g, u, g.unary("log", g.unary("abs", g.unary("sinh", u))), -1)


def _log_expm1(g: Graph, u: int) -> int:
    """ln(e^u − 1) as it stands near 0, u + ln(1 − e^(−u)) elsewhere."""
    near, tail = g.unary("log", g.unary("expm1", u)), g.unary("exp", g.negate(u))
    return g.select(g.binary("less", g.number(1), u), g.add(u, g.unary("log1p", g.negate(tail))), near)


def _log_one_minus_exp(g: Graph, u: int) -> int:
    """ln(1 − e^u), u < 0: by e^u − 1 near 0, by ln(1 + …) elsewhere. Source: Mächler, log(1 − exp(−|a|)), 2012."""
    near, far = g.unary("log", g.negate(g.unary("expm1", u))), g.unary("log1p", g.negate(g.unary("exp", u)))
    return g.select(g.binary("less", u, g.number(Fraction(-7, 10))), far, near)


def _near_and_far(g: Graph, u: int, near: int, sign: int) -> int:
    size = g.unary("abs", u)
    tail = g.multiply(g.number(sign), g.unary("exp", g.multiply(g.number(-2), size)))
    far = g.add(g.subtract(size, g.number(math.log(2))), g.unary("log1p", tail))
    return g.select(g.node("less", size, g.number(1)), near, far)


def _bessel_ratio(g: Graph, order: int, u: int) -> int:
    """S_k(u) = j_k(u)/u^k: the power series near 0, the upward recurrence (2k+1)S_k = S_(k−1) + u²S_(k+1) elsewhere."""
    k = _whole(g, order)
    if k == 0:
        quotient = g.node("divide", g.unary("sin", u), u)
        return g.select(g.node("equal", u, g.number(0)), g.number(1), quotient)
    square = g.multiply(u, u)
    lower, upper = g.divide(g.unary("sin", u), u), g.unary("cos", u)
    previous, current = upper, lower
    for n in range(k):  # the start: u²S_1 = S_0 − cos u
        scaled = g.multiply(g.number(2 * n + 1 if n else 1), current)
        previous, current = current, g.divide(g.subtract(scaled, previous), square)
    terms, value = 9 + k, g.number(0)
    for m in range(terms, -1, -1):
        coefficient = Fraction((-1) ** m, 2**m * math.factorial(m) * _odd_factorial(2 * k + 2 * m + 1))
        value = g.add(g.multiply(square, value), g.number(coefficient))
    limit = g.number(Fraction(3 * k + 1, 2))
    return g.select(g.node("less", g.unary("abs", u), limit), value, current)


def _odd_factorial(n: int) -> int:
    return math.prod(range(1, n + 1, 2))


def _exponential_moment(g: Graph, order: int, u: int) -> int:
    """E_k(u) = ∫₀¹ t^k e^(ut) dt: the power series near 0, u·E_k = e^u − k·E_(k−1) elsewhere.

    Beyond 700, where e^u overflows before the quotient does, e^u/u is (e^(u/2)/u)·e^(u/2).
    """
    k = _whole(g, order)
    one, power = g.number(1), g.divide(g.unary("exp", u), u)
    current, tail = g.divide(g.unary("expm1", u), u), one
    for n in range(1, k + 1):
        current = g.subtract(power, g.divide(g.multiply(g.number(n), current), u))
        tail = g.subtract(one, g.divide(g.multiply(g.number(n), tail), u))
    half = g.unary("exp", g.multiply(g.number(Fraction(1, 2)), u))
    large = g.multiply(g.multiply(g.divide(half, u), half), tail)
    current = g.select(g.node("less", g.number(700), u), large, current)
    if k == 0:
        return g.select(g.node("equal", u, g.number(0)), one, current)
    return g.select(g.node("less", g.unary("abs", u), g.number(k + 1)), _moment_series(g, k, u), current)


def _moment_series(g: Graph, k: int, u: int) -> int:
    """Σ u^m / (m!(m + k + 1))."""
    value = g.number(0)
    for m in range(18 + 6 * k, -1, -1):
        value = g.add(g.multiply(u, value), g.number(Fraction(1, math.factorial(m) * (m + k + 1))))
    return value


def _odd_root(g: Graph, n: int, u: int) -> int:
    """The real root of odd degree: the sign of u times |u|^(1/n)."""
    return g.multiply(g.unary("sign", u), g.power(g.unary("abs", u), g.divide(g.number(1), n)))


def _whole(g: Graph, order: int) -> int:
    constant = g.constant[order]
    assert constant is not None
    return int(constant)


FORMS: dict[str, Callable[..., int]] = {
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
    "tanh_slope": _tanh_slope,
    "softplus": _softplus,
    "norm": norms.form,
    "relu": lambda g, u: g.binary("maximum", u, g.number(0)),
    "logaddexp": _logaddexp,
    "fixed": lambda g, u: u,
    "refined": lambda g, u, better: better,
    "log_total": lambda g, total: g.unary("log", total),
    "log_of_sum": lambda g, total, rest: g.unary("log1p", rest),
    "bessel_ratio": _bessel_ratio,
    "exponential_moment": _exponential_moment,
    "csch": lambda g, u: _one_over(g, g.unary("sinh", u)),
    "sech": lambda g, u: _one_over(g, g.unary("cosh", u)),
    "bose": lambda g, u: _one_over(g, g.unary("expm1", u)),
    "log_cosh": _log_cosh,
    "log_abs_sinh": _log_abs_sinh,
    "log_expm1": _log_expm1,
    "log_one_minus_exp": _log_one_minus_exp,
    "parallel": lambda g, u, w, v: g.multiply(u, g.divide(w, v)),
    "homographic": lambda g, u, v, c: g.divide(u, v),
    "turn": _turn,
    "compound": _compound,
    "sinpi": _sinpi,
    "cospi": _cospi,
    "odd_root": _odd_root,
    "continued": continued.form,
    "faded": fading.form,
    "faded_quotient": fading.form_of_quotient,
    "over_root": lambda g, u, c, root: g.divide(u, root),
    "difference_of_squares": lambda g, u, v: g.multiply(g.subtract(u, v), g.add(u, v)),
}

ARRAYS: dict[str, Callable[..., int]] = {"tanh_slope": _tanh_slope_by_cosh, "sigmoid": _sigmoid_without_choice}

assert all(op not in OPERATIONS for op in FORMS)
