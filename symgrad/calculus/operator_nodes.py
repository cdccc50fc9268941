"""The value of operators that choose where their children are evaluated: inert derivatives, sums, integrals, choices.

An inert derivative is a central difference, never one of the rules that it is there to check.
"""

import zlib
from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING, Any

from symgrad.calculus.precision import CannotEvaluateError, Raw, UndefinedError, context, magnitude, raw
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import Node

if TYPE_CHECKING:
    from symgrad.calculus.evaluate import Place

_LONGEST_SUM = 2000


def _derivative(place: "Place", node: Node) -> Raw:
    """Central differences: h is so small and the precision so high that 2·accuracy bits are right."""
    assert isinstance(node, t.Derivative)
    samples: list[tuple[int, Place]] = [(1, place)]
    order = sum(node.orders)
    for variable, times in zip(node.variables, node.orders, strict=True):
        samples = [
            (weight * (-1) ** k * comb(times, k), here.shifted(variable.name, times - 2 * k))
            for weight, here in samples
            for k in range(times + 1)
        ]
    values = [(weight, here.evaluate(node.body)) for weight, here in samples]
    place.noise[id(node)] = max(place.magnitude(value) for _, value in values) - 2 * place.accuracy
    return place.combine(values, place.difference_divisor(order))


def _piecewise(place: "Place", node: Node) -> Raw:
    assert isinstance(node, t.Piecewise)
    for value, condition in node.pieces:
        if place.truth(condition):
            return place.evaluate(value)
    raise UndefinedError("no condition of the cases holds here")


def _indexed(place: "Place", node: Node) -> Raw:
    """A component x[2] is looked up under the name 'x[2]'; an unnamed one is a fixed number made from its indices."""
    assert isinstance(node, t.Index)
    if not isinstance(node.base, t.Symbol):
        raise CannotEvaluateError("no numerical value for a component of a formula")
    indices = [place.to_int(place.evaluate(subscript)) for subscript in node.subscripts]
    name = f"{node.base.name}[{','.join(map(str, indices))}]"
    if name not in place.values:
        seed = zlib.crc32(name.encode())
        place.values[name] = raw(Fraction(seed % 1999 + 100, 997), place.precision)
    return place.values[name]


def _bounds(place: "Place", node: Node) -> tuple[Raw, Raw]:
    return place.evaluate(node.children[2]), place.evaluate(node.children[3])


def _terms(place: "Place", node: Node) -> "list[Place]":
    from mpmath import libmp

    lower, upper = _bounds(place, node)
    if upper in (libmp.finf, libmp.fninf) or lower in (libmp.finf, libmp.fninf):
        raise CannotEvaluateError("an infinite sum or product is not computed here")
    first, last = place.to_int(lower), place.to_int(upper)
    if last - first > _LONGEST_SUM:
        raise CannotEvaluateError("the sum is too long to compute here")
    name = node.children[1].payload[0]
    return [place.with_value(name, place.integer(k)) for k in range(first, last + 1)]


def _series(place: "Place", node: Node) -> Raw:
    """A sum; an infinite one until its terms have become negligible, which only a fast one does."""
    from mpmath import libmp

    total = place.integer(0)
    lower, upper = _bounds(place, node)
    if upper == libmp.finf and lower not in (libmp.finf, libmp.fninf):
        name, first = node.children[1].payload[0], place.to_int(lower)
        small = 0
        for k in range(first, first + _LONGEST_SUM):
            term = place.with_value(name, place.integer(k)).evaluate(node.children[0])
            total = place.add(total, term)
            negligible = term == libmp.fzero or magnitude(term) < magnitude(total) - place.precision
            small = small + 1 if negligible else 0
            if small == 4:
                return total
        raise CannotEvaluateError("the infinite sum converges too slowly to compute here")
    for here in _terms(place, node):
        total = place.add(total, here.evaluate(node.children[0]))
    return total


def _repeated_product(place: "Place", node: Node) -> Raw:
    total = place.integer(1)
    for here in _terms(place, node):
        total = place.multiply(total, here.evaluate(node.children[0]))
    return total


def _integral(place: "Place", node: Node) -> Raw:
    lower, upper = (place.number_of(bound) for bound in _bounds(place, node))
    name = node.children[1].payload[0]
    ctx = context(place.precision)

    def integrand(value: Any) -> Any:
        return place.number_of(place.with_value(name, place.raw_of(value)).evaluate(node.children[0]))

    value, error = ctx.quad(integrand, [lower, upper], error=True)
    if error > abs(value) * ctx.ldexp(1, -2 * place.accuracy) + ctx.ldexp(1, -2 * place.accuracy):
        raise CannotEvaluateError("the integral is not computed to enough digits here")
    return place.raw_of(value)


def _antiderivative(place: "Place", node: Node) -> Raw:
    """An indefinite integral by its representative that starts at 1."""
    body, variable = node.children
    assert isinstance(variable, t.Symbol)
    bound = t.Symbol("t_integration")
    return _integral(place, t.Integral(walks.substitute(body, {variable.name: bound}), bound, t.ONE, variable))


def _row_of_values(place: "Place", node: Node) -> Raw:
    """The entries as a list: only rows of parameters are met here, matrices are compared entry by entry."""
    return [place.evaluate(entry) for entry in node.children]


def _unavailable(place: "Place", node: Node) -> Raw:
    raise CannotEvaluateError(f"no numerical value for {type(node).__name__}")


OPERATORS: dict[type[Node], Callable[["Place", Node], Raw]] = {
    t.Derivative: _derivative,
    t.Piecewise: _piecewise,
    t.Index: _indexed,
    t.Sum: _series,
    t.Product: _repeated_product,
    t.Integral: _integral,
    t.Antiderivative: _antiderivative,
    t.Limit: _unavailable,
    t.Matrix: _row_of_values,
}
