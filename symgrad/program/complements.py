"""Sums that are another function of the same argument: 1 − erf u, 1 + tanh u, π/2 − arctan u, ln(u + √(u² + 1)), …

Where one function comes close to its limit the other one has the digits of what is missing.
"""

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from symgrad.program import cancel
from symgrad.program.exact import Number, PiTimes

if TYPE_CHECKING:
    from symgrad.program.stable import StableGraph

_HALF = Fraction(1, 2)


def of(g: "StableGraph", x: int, constant: Number, minus: bool) -> int | None:
    """constant ± x, if it is one function."""
    op, args = g.ops[x], g.args[x]
    if op in ("erf", "erfc", "tanh") and constant in (1, -1):
        value = _beside_one(g, op, args[0], minus == (constant > 0))
    elif op in ("arctan", "arcsin", "arccos") and abs(constant) == math.pi / 2:
        if isinstance(constant, PiTimes) and minus == (constant > 0):
            value = _beside_right_angle(g, op, args[0])
        else:
            return None
    else:
        return None
    if value is None:
        return None
    return value if constant > 0 else g.negate(value)


def _beside_one(g: "StableGraph", op: str, u: int, away: bool) -> int | None:
    """1 − f(u), or 1 + f(u)."""
    if op == "erf":
        return g.unary("erfc", u if away else g.negate(u))
    if op == "tanh":
        twice = g.multiply(g.number(2), u)
        return g.multiply(g.number(2), g.node("sigmoid", g.negate(twice) if away else twice))
    return g.unary("erf", u) if away else None


def _beside_right_angle(g: "StableGraph", op: str, u: int) -> int:
    """π/2 − f(u)."""
    if op == "arctan":
        return g.node("atan2", g.number(1), u)
    return g.unary("arccos" if op == "arcsin" else "arcsin", u)


def of_one_and_more(g: "StableGraph", op: str, x: int) -> int | None:
    """arcosh(1 + u) = 2 arsinh √(u/2) and arccos(1 − u) = 2 arcsin √(u/2)."""
    terms = g.addends(x, 8)
    rest = [term for term in terms if g.constant[term] != 1]
    if len(rest) != len(terms) - 1:
        return None
    u = g.sum(rest)
    half = g.multiply(g.number(_HALF), u if op == "arcosh" else g.negate(u))
    return g.multiply(g.number(2), g.unary("arsinh" if op == "arcosh" else "arcsin", g.unary("sqrt", half)))


def area(g: "StableGraph", terms: list[int]) -> int | None:
    """ln(√(u² + 1) ± u) = ±arsinh u and ln(u + √(u² − 1)) = arcosh u."""
    for root, other in (terms, terms[::-1]):
        if g.ops[root] == "sqrt":
            minus, u = g._signed(other)
            rest = cancel.difference(g, g.args[root][0], g.multiply(u, u))
            if rest is not None and g.constant[rest] == 1:
                value = g.unary("arsinh", u)
                return g.negate(value) if minus else value
            if rest is not None and g.constant[rest] == -1 and not minus:
                return g.unary("arcosh", u)
    return None
