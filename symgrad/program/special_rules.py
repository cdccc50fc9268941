"""Local derivatives of the special functions, as rows like those of `derivatives`.

The same functions as in `calculus.elementary`, in forms that have a value wherever the derivative has one: sin(u)/u is
1 at 0, and the derivatives of complete elliptic integrals are hypergeometric functions in place of quotients 0/0.
A derivative by an order or another parameter that has no closed form is refused.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from symgrad.errors import NoRuleError
from symgrad.program.exact import PiTimes, is_whole
from symgrad.program.graph import Graph

Rule = Callable[..., tuple[int, ...]]
Slopes = Callable[..., tuple[int | None, ...]]  # (g, value, arguments) -> derivatives; None where none is known


def _rule(name: str, slopes: Slopes) -> Rule:
    def rule(g: Graph, d: int, i: int, *args: int) -> tuple[int, ...]:
        parts = []
        for argument, slope in zip(args, slopes(g, i, *args), strict=True):
            if slope is not None:
                parts.append(g.multiply(d, slope))
            elif g.constant[argument] is not None:
                parts.append(g.number(0))
            else:
                raise NoRuleError(
                    f"There is no rule for the derivative of {name} by its argument number {len(parts) + 1}.",
                    hint="Let it be a number, or ask for the value only: order=0.",
                )
        return tuple(parts)

    return rule


def special(g: Graph, name: str, *args: int) -> int:
    """A special function in a graph: folded where all is known, Bessel functions of negative whole order by reflection.

    >>> g = Graph(1)
    >>> special(g, "besselk", g.number(-2), 0) == special(g, "besselk", g.number(2), 0)
    True
    """
    order = g.constant[args[0]] if name in _REFLECTED else None
    if order is not None and order < 0 and is_whole(order):
        value = special(g, name, g.number(-order), *args[1:])
        return g.negate(value) if name in ("besselj", "bessely") and int(order) % 2 else value
    return g._folded(name, *args)


_REFLECTED = ("besselj", "bessely", "besseli", "besselk")


def _exp_of_square(g: Graph, factor: float, sign: int, u: int) -> int:
    return g.multiply(g.number(factor), g.unary("exp", g.multiply(g.number(sign), g.multiply(u, u))))


def _power(g: Graph, u: int, n: int) -> int:
    return g.power(u, n)


def _less(g: Graph, n: int, step: int = 1) -> int:
    return g.add(n, g.number(-step))


def _bessel(name: str, below: Fraction, above: Fraction) -> Slopes:
    def slopes(g: Graph, i: int, n: int, u: int) -> tuple[int | None, ...]:
        parts = [
            g.multiply(g.number(factor), special(g, name, g.add(n, g.number(step)), u))
            for factor, step in ((below, -1), (above, 1))
        ]
        return None, g.add(*parts)

    return slopes


_HALF = Fraction(1, 2)
_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


def _lambertw(g: Graph, i: int, u: int, k: int) -> tuple[int | None, ...]:
    return g.divide(g.unary("exp", g.negate(i)), g.add(g.number(1), i)), None


def _over(op: str) -> Slopes:
    """f(u)/u."""
    return lambda g, i, u: (g.divide(g.unary(op, u), u),)


def _fresnel(op: str) -> Slopes:
    return lambda g, i, u: (g.unary(op, g.multiply(g.number(PiTimes(_HALF)), g.multiply(u, u))),)


def _hyper(name: str, above: int) -> Slopes:
    """pFq: the product of the upper parameters over that of the lower ones, all raised by one; only by the argument."""

    def slopes(g: Graph, i: int, *args: int) -> tuple[int | None, ...]:
        *parameters, u = args
        raised = special(g, name, *(g.add(p, g.number(1)) for p in parameters), u)
        factor = g.divide(g.product(parameters[:above]), g.product(parameters[above:]))
        return *([None] * len(parameters)), g.multiply(factor, raised)

    return slopes


def _gauss(g: Graph, factor: float, a: Fraction, b: Fraction, c: int, u: int) -> int:
    return g.multiply(g.number(factor), special(g, "hyp2f1", *map(g.number, (a, b, c)), u))


def _delta(g: Graph, u: int, m: int) -> int:
    """√(1 − m sin²u)."""
    sine = g.unary("sin", u)
    return g.unary("sqrt", g.subtract(g.number(1), g.multiply(m, g.multiply(sine, sine))))


def _elliptic_f(g: Graph, i: int, u: int, m: int) -> tuple[int | None, ...]:
    root, rest, two = _delta(g, u, m), g.subtract(g.number(1), m), g.number(2)
    second = special(g, "elliptic_e_incomplete", u, m)
    mixed = g.divide(g.unary("sin", g.multiply(two, u)), g.multiply(g.number(4), g.multiply(rest, root)))
    by_m = g.subtract(g.divide(g.subtract(g.divide(second, rest), i), g.multiply(two, m)), mixed)
    return g.divide(g.number(1), root), by_m


def _elliptic_e(g: Graph, i: int, u: int, m: int) -> tuple[int | None, ...]:
    difference = g.subtract(i, special(g, "elliptic_f", u, m))
    return _delta(g, u, m), g.divide(difference, g.multiply(g.number(2), m))


def _elliptic_pi(g: Graph, i: int, n: int, m: int) -> tuple[int | None, ...]:
    second, first = special(g, "elliptic_e", m), special(g, "elliptic_k", m)
    apart, two = g.subtract(m, n), g.number(2)
    last = g.divide(g.multiply(g.subtract(m, g.multiply(n, n)), i), g.multiply(n, apart))
    by_n = g.subtract(g.add(g.divide(second, apart), g.divide(first, n)), last)
    by_n = g.divide(by_n, g.multiply(two, g.subtract(n, g.number(1))))
    by_m = g.add(g.divide(second, g.subtract(m, g.number(1))), i)
    return by_n, g.divide(by_m, g.multiply(two, g.subtract(n, m)))


def _incomplete_pi(g: Graph, i: int, n: int, u: int, m: int) -> tuple[int | None, ...]:
    sine = g.unary("sin", u)
    bottom = g.multiply(g.subtract(g.number(1), g.multiply(n, g.multiply(sine, sine))), _delta(g, u, m))
    return None, g.divide(g.number(1), bottom), None


def _gamma_density(sign: int) -> Slopes:
    """±u^(a−1)e^(−u)."""

    def slopes(g: Graph, i: int, a: int, u: int) -> tuple[int | None, ...]:
        density = g.multiply(_power(g, u, _less(g, a)), g.unary("exp", g.negate(u)))
        return None, g.multiply(g.number(sign), density)

    return slopes


def _catalan(g: Graph, i: int, u: int) -> tuple[int | None, ...]:
    shifted = [g.unary("digamma", g.add(u, g.number(shift))) for shift in (_HALF, 2)]
    return (g.multiply(i, g.sum([shifted[0], g.negate(shifted[1]), g.number(math.log(4))])),)


def _erf2inv(g: Graph, i: int, u: int, v: int) -> tuple[int | None, ...]:
    by_u = g.unary("exp", g.subtract(g.multiply(i, i), g.multiply(u, u)))
    return by_u, _exp_of_square(g, 1 / _TWO_OVER_ROOT_PI, 1, i)


def _marcumq(g: Graph, i: int, m: int, a: int, b: int) -> tuple[int | None, ...]:
    raised = special(g, "marcumq", g.add(m, g.number(1)), a, b)
    lower = _less(g, m)
    exponent = g.multiply(g.number(-_HALF), g.add(g.multiply(a, a), g.multiply(b, b)))
    scale = g.multiply(_power(g, b, m), g.unary("exp", exponent))
    density = g.divide(g.multiply(scale, special(g, "besseli", lower, g.multiply(a, b))), _power(g, a, lower))
    return None, g.multiply(a, g.subtract(raised, i)), g.negate(density)


def _polylog(g: Graph, i: int, s: int, u: int) -> tuple[int | None, ...]:
    return None, special(g, "polylog_slope", g.number(1), s, u)


def _polylog_slope(g: Graph, i: int, k: int, s: int, u: int) -> tuple[int | None, ...]:
    return None, None, special(g, "polylog_slope", g.add(k, g.number(1)), s, u)


def _zeta(g: Graph, i: int, s: int, a: int) -> tuple[int | None, ...]:
    return None, g.negate(g.multiply(s, special(g, "zeta", g.add(s, g.number(1)), a)))


def _legendre(g: Graph, i: int, n: int, u: int) -> tuple[int | None, ...]:
    top = g.subtract(g.multiply(u, i), special(g, "legendre", _less(g, n), u))
    return None, g.divide(g.multiply(n, top), _less(g, g.multiply(u, u)))


def _chebyshevu(g: Graph, i: int, n: int, u: int) -> tuple[int | None, ...]:
    above = g.add(n, g.number(1))
    top = g.subtract(g.multiply(above, special(g, "chebyshevt", above, u)), g.multiply(u, i))
    return None, g.divide(top, _less(g, g.multiply(u, u)))


def _jacobi(g: Graph, i: int, *args: int) -> tuple[int | None, ...]:
    n, a, b, u = args
    raised = special(g, "jacobi", _less(g, n), g.add(a, g.number(1)), g.add(b, g.number(1)), u)
    factor = g.multiply(g.number(_HALF), g.sum([n, a, b, g.number(1)]))
    return None, None, None, g.multiply(factor, raised)


def _gegenbauer(g: Graph, i: int, n: int, a: int, u: int) -> tuple[int | None, ...]:
    raised = special(g, "gegenbauer", _less(g, n), g.add(a, g.number(1)), u)
    return None, None, g.multiply(g.multiply(g.number(2), a), raised)


_SLOPES: dict[str, Slopes] = {
    "besselj": _bessel("besselj", _HALF, -_HALF),
    "bessely": _bessel("bessely", _HALF, -_HALF),
    "besseli": _bessel("besseli", _HALF, _HALF),
    "besselk": _bessel("besselk", -_HALF, -_HALF),
    "airyai": lambda g, i, u: (special(g, "airyaiprime", u),),
    "airybi": lambda g, i, u: (special(g, "airybiprime", u),),
    "airyaiprime": lambda g, i, u: (g.multiply(u, special(g, "airyai", u)),),
    "airybiprime": lambda g, i, u: (g.multiply(u, special(g, "airybi", u)),),
    "lambertw": _lambertw,
    "erfi": lambda g, i, u: (_exp_of_square(g, _TWO_OVER_ROOT_PI, 1, u),),
    "erfcinv": lambda g, i, u: (g.negate(_exp_of_square(g, 1 / _TWO_OVER_ROOT_PI, 1, i)),),
    "erf2inv": _erf2inv,
    "Si": lambda g, i, u: (g.node("bessel_ratio", g.number(0), u),),
    "Ci": _over("cos"),
    # sinh(u)/u, which is 1 at 0
    "Shi": lambda g, i, u: (
        special(g, "hyp0f1", g.number(Fraction(3, 2)), g.multiply(g.number(Fraction(1, 4)), g.multiply(u, u))),
    ),
    "Chi": _over("cosh"),
    "Ei": _over("exp"),
    "li": lambda g, i, u: (g.divide(g.number(1), g.unary("log", u)),),
    "expint": lambda g, i, n, u: (None, g.negate(special(g, "expint", _less(g, n), u))),
    "fresnels": _fresnel("sin"),
    "fresnelc": _fresnel("cos"),
    # (E − (1 − m)K)/(2m(1 − m)) and (E − K)/(2m), which are 0/0 at 0
    "elliptic_k": lambda g, i, u: (_gauss(g, math.pi / 8, Fraction(3, 2), Fraction(3, 2), 2, u),),
    "elliptic_e": lambda g, i, u: (_gauss(g, -math.pi / 8, _HALF, Fraction(3, 2), 2, u),),
    "elliptic_f": _elliptic_f,
    "elliptic_e_incomplete": _elliptic_e,
    "elliptic_pi": _elliptic_pi,
    "elliptic_pi_incomplete": _incomplete_pi,
    "hyp0f1": _hyper("hyp0f1", 0),
    "hyp2f1": _hyper("hyp2f1", 2),
    "zeta": _zeta,
    "polylog": _polylog,
    "polylog_slope": _polylog_slope,
    "uppergamma": _gamma_density(-1),
    "lowergamma": _gamma_density(1),
    "catalan": _catalan,
    "marcumq": _marcumq,
    "legendre": _legendre,
    "assoc_legendre": lambda g, i, n, m, u: (None, None, None),
    "chebyshevt": lambda g, i, n, u: (None, g.multiply(n, special(g, "chebyshevu", _less(g, n), u))),
    "chebyshevu": _chebyshevu,
    "hermite": lambda g, i, n, u: (
        None,
        g.multiply(g.multiply(g.number(2), n), special(g, "hermite", _less(g, n), u)),
    ),
    "laguerre": lambda g, i, n, a, u: (
        None,
        None,
        g.negate(special(g, "laguerre", _less(g, n), g.add(a, g.number(1)), u)),
    ),
    "gegenbauer": _gegenbauer,
    "jacobi": _jacobi,
}

SPECIAL_RULES: dict[str, Rule] = {name: _rule(name, slopes) for name, slopes in _SLOPES.items()}
