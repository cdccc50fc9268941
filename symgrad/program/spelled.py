"""Functions outside the closed set of operations, spelled in it: cot, sec, log to a base, roots, max, binomial, …"""

import math
from collections.abc import Callable
from fractions import Fraction

from symgrad.program.exact import is_whole
from symgrad.program.graph import Graph
from symgrad.program.spelled_special import SPELLED_SPECIAL

DIRECT = {
    name: name
    for name in [
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "arsinh",
        "arcosh",
        "artanh",
        "exp",
        "sqrt",
        "abs",
        "sign",
        "floor",
        "ceil",
        "round",
        "erf",
        "erfc",
        "erfinv",
        "gamma",
        "lgamma",
        "digamma",
    ]
} | {"ln": "log", "lngamma": "lgamma"}


def _one_over(op: str) -> Callable[..., int]:
    return lambda g, u: g.quotient(g.number(1), g.unary(op, u))


def _of_reciprocal(op: str) -> Callable[..., int]:
    return lambda g, u: g.unary(op, g.divide(g.number(1), u))


def _log(g: Graph, u: int, base: int | None = None) -> int:
    return g.unary("log", u) if base is None else g.divide(g.unary("log", u), g.unary("log", base))


def _root(g: Graph, u: int, n: int) -> int:
    """The real root: of a negative number too where n is odd."""
    degree = g.constant[n]
    if degree == 2:
        return g.unary("sqrt", u)
    if degree == 3:
        return g.unary("cbrt", u)
    exponent = g.divide(g.number(1), n)
    if degree is not None and is_whole(degree) and int(degree) % 2:
        if degree > 0 and g.constant[u] is None:
            return g.node("odd_root", n, u)
        return g.multiply(g.unary("sign", u), g.power(g.unary("abs", u), exponent))
    return g.power(u, exponent)


def _fold(op: str) -> Callable[..., int]:
    def make(g: Graph, *args: int) -> int:
        value = args[0]
        for argument in args[1:]:
            value = g.binary(op, value, argument)
        return value

    return make


def _step(g: Graph, u: int, at_zero: int | None = None) -> int:
    """0 below 0, 1 above, ½ at 0 unless said otherwise; NaN stays NaN."""
    half, one = g.number(Fraction(1, 2)), g.number(1)
    if at_zero is None:
        return g.multiply(half, g.add(g.unary("sign", u), one))
    zero = g.number(0)
    return g.select(g.node("equal", u, zero), at_zero, g.multiply(half, g.add(g.unary("sign", u), one)))


def _factorial(g: Graph, u: int) -> int:
    value = g.constant[u]
    if value is not None and type(value) is int and 0 <= value <= 170:
        return g.number(math.factorial(value))
    return g.unary("gamma", g.add(u, g.number(1)))


def _beta(g: Graph, u: int, v: int) -> int:
    return g.divide(g.multiply(g.unary("gamma", u), g.unary("gamma", v)), g.unary("gamma", g.add(u, v)))


def _binomial(g: Graph, n: int, k: int) -> int:
    below = g.constant[k]
    if below is not None and type(below) is int and 0 <= below <= 30:
        factors = [g.divide(g.subtract(n, g.number(j)), g.number(j + 1)) for j in range(below)]
        return g.product(factors) if factors else g.number(1)
    one = g.number(1)
    bottom = g.multiply(_factorial(g, k), g.unary("gamma", g.add(g.subtract(n, k), one)))
    return g.divide(_factorial(g, n), bottom)


_OWN: dict[str, Callable[..., int]] = {
    "cot": lambda g, u: g.divide(g.unary("cos", u), g.unary("sin", u)),
    "sec": _one_over("cos"),
    "csc": _one_over("sin"),
    "arccot": _of_reciprocal("arctan"),
    "arcsec": _of_reciprocal("arccos"),
    "arccsc": _of_reciprocal("arcsin"),
    "coth": _one_over("tanh"),
    "sech": _one_over("cosh"),
    "csch": _one_over("sinh"),
    "arcoth": _of_reciprocal("artanh"),
    "arsech": _of_reciprocal("arcosh"),
    "arcsch": _of_reciprocal("arsinh"),
    "log": _log,
    "log2": lambda g, u: _log(g, u, g.number(2)),
    "log10": lambda g, u: _log(g, u, g.number(10)),
    "log1p": lambda g, u: g.unary("log1p", u),
    "expm1": lambda g, u: g.unary("expm1", u),
    "root": _root,
    "cbrt": lambda g, u: g.unary("cbrt", u),
    "sigmoid": lambda g, u: g.node("sigmoid", u),
    "softplus": lambda g, u: g.node("softplus", u),
    "relu": lambda g, u: g.node("relu", u),
    "step": _step,
    "heaviside": _step,
    "sinc": lambda g, u: g.node("bessel_ratio", g.number(0), u),
    "max": _fold("maximum"),
    "min": _fold("minimum"),
    "clip": lambda g, u, low, high: g.binary("minimum", g.binary("maximum", u, low), high),
    "frac": lambda g, u: g.subtract(u, g.unary("floor", u)),
    "mod": lambda g, u, m: g.binary("mod", u, m),
    "atan2": lambda g, y, x: g.node("atan2", y, x),
    "hypot": _fold("hypot"),
    "polygamma": lambda g, n, u: g.node("polygamma", n, u),
    "factorial": _factorial,
    "binomial": _binomial,
    "beta": _beta,
}

FUNCTIONS: dict[str, Callable[..., int]] = _OWN | SPELLED_SPECIAL


def known_functions() -> frozenset[str]:
    """The names that `Call` nodes may have."""
    return frozenset(DIRECT) | frozenset(FUNCTIONS)
