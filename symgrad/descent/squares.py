"""Sums of squares, recognised by their shape: the formulas rᵢ with f = Σrᵢ², for Gauss–Newton and its kin."""

from __future__ import annotations

from fractions import Fraction

from symgrad.syntax import tree as t


def squares(tree: t.Node) -> list[t.Node] | None:
    """The formulas whose squares add up to the given one; None where it is no such sum.

    >>> from symgrad import syntax
    >>> from symgrad.typeset import line
    >>> [line(root) for root in squares(syntax.parse("(1-x)^2 + 100(y-x^2)^2"))]
    ['1 − x', '10(y − x²)']
    >>> squares(syntax.parse("x^2 - y^2")) is None
    True
    """
    found: list[t.Node] = []
    stack: list[tuple[t.Node, Fraction]] = [(tree, Fraction(1))]
    while stack:
        node, weight = stack.pop()
        if isinstance(node, t.Add):
            stack += [(term, weight) for term in reversed(node.children)]
            continue
        factor, rest = _constant_factor(node)
        if factor != 1 and rest is not None:
            stack.append((rest, weight * factor))
            continue
        root = _root(node)
        if root is None or weight < 0:
            return None
        found.append(_scaled(root, weight))
    return found


def _constant_factor(node: t.Node) -> tuple[Fraction, t.Node | None]:
    """A number taken out of a product or quotient, and what remains."""
    if isinstance(node, t.Negate):
        return Fraction(-1), node.argument
    if isinstance(node, t.Divide) and isinstance(node.denominator, t.Number) and node.denominator.value:
        return 1 / node.denominator.value, node.numerator
    if isinstance(node, t.Multiply):
        numbers = [part for part in node.children if isinstance(part, t.Number)]
        others = [part for part in node.children if not isinstance(part, t.Number)]
        quotients = [part for part in others if isinstance(part, t.Divide) and _constant(part) is not None]
        others = [part for part in others if part not in quotients]
        factor = Fraction(1)
        for part in (*numbers, *quotients):
            factor *= _constant(part) or Fraction(0)
        if (numbers or quotients) and others:
            return factor, others[0] if len(others) == 1 else t.Multiply(*others)
    return Fraction(1), None


def _constant(node: t.Node) -> Fraction | None:
    if isinstance(node, t.Number):
        return node.value
    if isinstance(node, t.Divide):
        above, below = _constant(node.numerator), _constant(node.denominator)
        return above / below if above is not None and below else None
    return None


def _root(node: t.Node) -> t.Node | None:
    """u where the node is u², u⁴ = (u²)², u·u, or a number that is not negative."""
    if isinstance(node, t.Power) and isinstance(node.exponent, t.Number):
        half = node.exponent.value / 2
        if half.denominator == 1 and half > 0:
            return node.base if half == 1 else t.Power(node.base, t.Number(half))
    if isinstance(node, t.Multiply) and len(node.children) == 2 and node.children[0] == node.children[1]:
        return node.children[0]
    if isinstance(node, t.Number) and node.value >= 0:
        return t.Call("sqrt", node)
    return None


def _scaled(root: t.Node, weight: Fraction) -> t.Node:
    """√weight times the root, the square root taken where it is rational."""
    if weight == 1:
        return root
    above, below = _whole_root(weight.numerator), _whole_root(weight.denominator)
    scale: t.Node = t.Call("sqrt", t.Number(weight))
    if above is not None and below is not None:
        scale = t.Number(Fraction(above, below))
    return t.Multiply(scale, root)


def _whole_root(number: int) -> int | None:
    from math import isqrt

    root = isqrt(number)
    return root if root * root == number else None
