"""The smooth formula that a formula with kinks is near a point: |u| is u or −u, a maximum one of its arguments, and so
on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from symgrad.descent.polynomial import polynomial, real_roots
from symgrad.program import interpret, lower
from symgrad.syntax import tree as t
from symgrad.syntax import walks

_KINKED = {"abs", "sign", "max", "min", "relu", "step", "clip", "floor", "ceil", "frac", "round"}


def resolve(tree: t.Node, point: Mapping[str, float]) -> t.Node | None:
    """The formula without kinks that agrees with `tree` around the point; None exactly at a kink or off the domain.

    >>> from symgrad import syntax
    >>> resolve(syntax.parse("|x| + max(x, 1)"), {"x": -2.0}) == syntax.parse("-x + 1")
    True
    """
    nodes = [node for node in walks.unique(tree) if isinstance(node, (t.Call, t.Piecewise))]
    kinked = [node for node in nodes if isinstance(node, t.Piecewise) or node.payload[0] in _KINKED]
    if not kinked:
        return tree
    failed = False

    def value(node: t.Node) -> float:
        return float(interpret(lower([node], tuple(point)), list(point.values()))[0])

    def change(node: t.Node) -> t.Node:
        nonlocal failed
        smooth = _smooth(node, value)
        failed = failed or smooth is None
        return node if smooth is None else smooth

    result = walks.transform(tree, change)
    return None if failed else result


def _smooth(node: t.Node, value: Callable[[t.Node], float]) -> t.Node | None:
    if isinstance(node, t.Piecewise):
        return next((piece for piece, condition in node.pieces if _holds(condition, value)), None)
    if not isinstance(node, t.Call) or node.function not in _KINKED:
        return node
    first = node.children[0]
    if node.function in ("max", "min"):
        ordered = sorted(node.children, key=value, reverse=node.function == "max")
        return ordered[0] if value(ordered[0]) != value(ordered[1]) else None
    if node.function == "clip":
        low, high = (value(child) for child in node.children[1:])
        return first if low < value(first) < high else node.children[1 if value(first) < low else 2]
    if node.function in ("floor", "ceil", "round", "frac"):
        whole = math.floor(value(first))
        if node.function == "ceil":
            whole = math.ceil(value(first))
        elif node.function == "round":
            whole = round(value(first))
        return t.Add(first, t.Negate(t.Number(whole))) if node.function == "frac" else t.Number(whole)
    at = value(first)
    if at == 0 or math.isnan(at):
        return None
    positive = {"abs": first, "sign": t.ONE, "relu": first, "step": t.ONE}
    negative = {"abs": t.Negate(first), "sign": t.Number(-1), "relu": t.ZERO, "step": t.ZERO}
    return (positive if at > 0 else negative)[node.function]


def _holds(condition: t.Node, value: Callable[[t.Node], float]) -> bool:
    return value(t.Piecewise((t.ONE, condition), (t.ZERO, t.OTHERWISE))) == 1


def kinks(tree: t.Node, name: str, low: float, high: float) -> list[float] | None:
    """Where a formula in one variable may change its branch between low and high, ascending; None where that cannot be
    told.

    >>> from symgrad import syntax
    >>> kinks(syntax.parse("|2x - 3| + max(x, -x)"), "x", -9.0, 9.0)
    [0.0, 1.5]
    """
    found: set[float] = set()
    for node in walks.unique(tree):
        if isinstance(node, t.Piecewise) or (isinstance(node, t.Call) and node.function in _KINKED):
            switches = _switches(node)
            if switches is None:
                return None
            for switch in switches:
                line = polynomial(switch, (name,))
                if line is None:
                    return None
                coefficients = [line.terms.get((k,), Fraction(0)) for k in range(line.degree + 1)]
                found |= {float(root) for root in real_roots(coefficients)}
    return sorted(place for place in found if low < place < high)


def _switches(node: t.Node) -> list[t.Node] | None:
    """The formulas whose sign decides the branch."""
    if isinstance(node, t.Piecewise):
        conditions = [condition for _, condition in node.pieces if not isinstance(condition, t.Truth)]
        if not all(isinstance(condition, t.Compare) for condition in conditions):
            return None
        return [t.Add(condition.children[0], t.Negate(condition.children[1])) for condition in conditions]
    function = node.payload[0]
    if function in ("abs", "sign", "relu", "step"):
        return [node.children[0]]
    if function in ("max", "min") and len(node.children) == 2:
        return [t.Add(node.children[0], t.Negate(node.children[1]))]
    if function == "clip":
        return [t.Add(node.children[0], t.Negate(end)) for end in node.children[1:]]
    return None
