"""How formulas' names for special functions become operations: whole orders written out as polynomials, the rest kept.

An orthogonal polynomial of whole order is its three-term recurrence in the closed set of operations, which every
backend has and every argument of which can be differentiated; so are functions that are elementary ones in disguise.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from symgrad.program.exact import is_whole
from symgrad.program.graph import Graph
from symgrad.program.special_rules import special

_HALF = Fraction(1, 2)
_LONGEST = 200  # orders up to which a polynomial is written out


def _kept(name: str) -> Callable[..., int]:
    return lambda g, *args: special(g, name, *args)


def _order(g: Graph, n: int) -> int | None:
    """The order, if it is a whole number that is written out."""
    value = g.constant[n]
    return int(value) if value is not None and 0 <= value <= _LONGEST and value == int(value) else None


def _by_recurrence(g: Graph, order: int, first: int, step: Callable[[int, int, int], int]) -> int:
    """P_order from P_0 = 1, P_1 = first and P_(k+1) = step(k, P_k, P_(k−1))."""
    previous, current = g.number(1), first
    if order == 0:
        return previous
    for k in range(1, order):
        previous, current = current, step(k, current, previous)
    return current


def _times(g: Graph, factor: Fraction | int, *values: int) -> int:
    return g.multiply(g.number(factor), g.product(values))


def _jacobi(g: Graph, *args: int) -> int:
    """DLMF 18.9.2, divided by what stands before P_(k+1)."""
    n, a, b, u = args
    order = _order(g, n)
    if order is None:
        return special(g, "jacobi", n, a, b, u)

    def plus(*terms: int) -> int:
        return g.sum(list(terms))

    total = plus(a, b)
    difference = g.subtract(a, b)
    first = plus(g.multiply(g.number(_HALF), difference), _times(g, _HALF, plus(total, g.number(2)), u))

    def step(k: int, current: int, previous: int) -> int:
        middle = plus(total, g.number(2 * k + 1))
        below, above = plus(total, g.number(2 * k)), plus(total, g.number(2 * k + 2))
        bottom = _times(g, 2 * (k + 1), plus(total, g.number(k + 1)))
        slope = g.divide(g.multiply(middle, above), bottom)
        lift = g.divide(g.product([middle, difference, total]), g.multiply(bottom, below))
        pair = g.multiply(plus(a, g.number(k)), plus(b, g.number(k)))
        back = g.divide(_times(g, 2, pair, above), g.multiply(bottom, below))
        return g.subtract(g.multiply(plus(g.multiply(slope, u), lift), current), g.multiply(back, previous))

    return _by_recurrence(g, order, first, step)


def _gegenbauer(g: Graph, n: int, a: int, u: int) -> int:
    order = _order(g, n)
    if order is None:
        return special(g, "gegenbauer", n, a, u)

    def step(k: int, current: int, previous: int) -> int:
        ahead = g.product([g.add(a, g.number(k)), u, current])
        back = g.multiply(g.add(_times(g, 2, a), g.number(k - 1)), previous)
        return g.subtract(_times(g, Fraction(2, k + 1), ahead), _times(g, Fraction(1, k + 1), back))

    return _by_recurrence(g, order, _times(g, 2, a, u), step)


def _laguerre(g: Graph, n: int, a: int, u: int) -> int:
    order = _order(g, n)
    if order is None:
        return special(g, "laguerre", n, a, u)

    def step(k: int, current: int, previous: int) -> int:
        ahead = g.multiply(g.subtract(g.add(a, g.number(2 * k + 1)), u), current)
        back = g.multiply(g.add(a, g.number(k)), previous)
        return _times(g, Fraction(1, k + 1), g.subtract(ahead, back))

    return _by_recurrence(g, order, g.subtract(g.add(a, g.number(1)), u), step)


def _simple(name: str, first: int, step: Callable[[int], tuple[Fraction, Fraction]]) -> Callable[..., int]:
    """P_1 = first·u and P_(k+1) = α u P_k − β P_(k−1), where step(k) is (α, β)."""

    def make(g: Graph, n: int, u: int) -> int:
        order = _order(g, n)
        if order is None:
            return special(g, name, n, u)

        def next_one(k: int, current: int, previous: int) -> int:
            ahead, back = step(k)
            return g.subtract(_times(g, ahead, u, current), _times(g, back, previous))

        return _by_recurrence(g, order, _times(g, first, u), next_one)

    return make


def _assoc_legendre(g: Graph, n: int, m: int, u: int) -> int:
    """P_m^m = (−1)^m (2m − 1)!! (1 − u²)^(m/2), then the recurrence upwards in the degree: DLMF 14.10.3."""
    degree, order = _order(g, n), g.constant[m]
    if degree is None or order is None or not is_whole(order) or abs(order) > degree:
        return special(g, "assoc_legendre", n, m, u)
    k = abs(int(order))
    one = g.number(1)
    square = g.multiply(g.subtract(one, u), g.add(one, u))
    start = _times(g, (-1) ** k * math.prod(range(1, 2 * k, 2)), g.power(square, g.number(Fraction(k, 2))))
    previous, current = g.number(0), start
    for j in range(k, degree):
        ahead = _times(g, Fraction(2 * j + 1, j + 1 - k), u, current)
        previous, current = current, g.subtract(ahead, _times(g, Fraction(j + k, j + 1 - k), previous))
    if order >= 0:
        return current
    scale = Fraction(math.factorial(degree - k), math.factorial(degree + k))
    return _times(g, (-1) ** k * scale, current)


def _erf2(g: Graph, u: int, v: int) -> int:
    """erf v − erf u; by erfc where both are far on one side, since the difference of two ones is nothing."""
    zero = g.number(0)
    above = g.binary("less", zero, g.binary("minimum", u, v))
    below = g.binary("less", g.binary("maximum", u, v), zero)
    right = g.subtract(g.unary("erfc", u), g.unary("erfc", v))
    left = g.subtract(g.unary("erfc", g.negate(v)), g.unary("erfc", g.negate(u)))
    near = g.subtract(g.unary("erf", v), g.unary("erf", u))
    return g.select(above, right, g.select(below, left, near))


def _argument(g: Graph, u: int) -> int:
    """0 for positive numbers, π for negative ones, NaN at 0."""
    return g.unary("arccos", g.unary("sign", g.divide(u, g.unary("abs", u))))


SPELLED_SPECIAL: dict[str, Callable[..., int]] = {
    name: _kept(name)
    for name in (
        *("besselj", "bessely", "besseli", "besselk", "airyai", "airybi", "airyaiprime", "airybiprime"),
        *("erfi", "erfcinv", "erf2inv", "Si", "Ci", "Shi", "Chi", "Ei", "li", "expint", "fresnels", "fresnelc"),
        *("elliptic_k", "elliptic_f", "polylog", "uppergamma", "lowergamma", "catalan", "marcumq"),
    )
} | {
    "lambertw": lambda g, u, k=None: special(g, "lambertw", u, g.number(0) if k is None else k),
    "zeta": lambda g, s, a=None: special(g, "zeta", s, g.number(1) if a is None else a),
    "elliptic_e": lambda g, *args: special(g, "elliptic_e" if len(args) == 1 else "elliptic_e_incomplete", *args),
    "elliptic_pi": lambda g, *args: special(g, "elliptic_pi" if len(args) == 2 else "elliptic_pi_incomplete", *args),
    "legendre": _simple("legendre", 1, lambda k: (Fraction(2 * k + 1, k + 1), Fraction(k, k + 1))),
    "chebyshevt": _simple("chebyshevt", 1, lambda k: (Fraction(2), Fraction(1))),
    "chebyshevu": _simple("chebyshevu", 2, lambda k: (Fraction(2), Fraction(1))),
    "hermite": _simple("hermite", 2, lambda k: (Fraction(2), Fraction(2 * k))),
    "laguerre": lambda g, n, u: _laguerre(g, n, g.number(0), u),
    "assoc_laguerre": _laguerre,
    "gegenbauer": _gegenbauer,
    "jacobi": _jacobi,
    "assoc_legendre": _assoc_legendre,
    "erf2": _erf2,
    "re": lambda g, u: u,
    "conjugate": lambda g, u: u,
    "im": lambda g, u: g.multiply(g.number(0), u),
    "arg": _argument,
}
