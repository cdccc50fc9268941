"""Which components of indexed names a formula uses: x[i + 1] for i from 1 to 9 are x[2] … x[10]."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.syntax import tree
from symgrad.syntax.tree import Node, Symbol

Environment = Mapping[str, Any]  # bound variables, as whole numbers or arrays of them


def values_of(subscript: Node, bound: Environment) -> Any:
    """A subscript for all values of the bound variables at once.

    >>> from symgrad.syntax.tree import Add, Number
    >>> values_of(Add(Symbol("i"), Number(1)), {"i": np.arange(1, 4)})
    array([2, 3, 4])
    """
    match subscript:
        case tree.Number(value=value) if value.denominator == 1:
            return int(value)
        case tree.Symbol(name=name) if name in bound:
            return bound[name]
        case tree.Negate(argument=argument):
            return -values_of(argument, bound)
        case tree.Add(children=children):
            return sum(values_of(child, bound) for child in children)
        case tree.Multiply(children=children):
            product = 1
            for child in children:
                product = product * values_of(child, bound)
            return product
    raise UsageError("An index must be whole numbers and the variables of sums, added and multiplied.")


def span(node: Any, bound: Environment) -> tuple[int, int]:
    """The bounds of a sum or product as whole numbers."""
    low, high = values_of(node.lower, bound), values_of(node.upper, bound)
    if isinstance(low, np.ndarray) or isinstance(high, np.ndarray):
        raise UsageError("The bounds of an inner sum may not depend on the outer one here.")
    return low, high


def uses(formula: Node) -> Iterator[tuple[tree.Index, Environment]]:
    """Every component with the ranges of the bound variables around it, each an axis of its own."""
    stack: list[tuple[Node, dict[str, Any]]] = [(formula, {})]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, tree.Index):
            yield node, bound
            continue
        if isinstance(node, (tree.Sum, tree.Product)):
            low, high = span(node, {name: int(values.flat[0]) for name, values in bound.items()})
            axis = len(bound)
            values = np.arange(low, high + 1).reshape(-1, *(1,) * axis)
            stack.append((node.body, {**bound, node.variable.name: values}))
            continue
        stack.extend((child, bound) for child in reversed(node.children))


def components(formula: Node) -> dict[str, list[tuple[int, ...]]]:
    """The subscripts that are used of each indexed name, sorted."""
    found: dict[str, set[tuple[int, ...]]] = {}
    for node, bound in uses(formula):
        if not isinstance(node.base, Symbol):
            raise UsageError("Only a name can be indexed in a formula that is compiled.")
        subscripts = [np.asarray(values_of(subscript, bound)) for subscript in node.subscripts]
        shape = np.broadcast_shapes(*(values.shape for values in subscripts))
        columns = [np.broadcast_to(values, shape).ravel().tolist() for values in subscripts]
        found.setdefault(node.base.name, set()).update(zip(*columns))
    return {name: sorted(places) for name, places in found.items()}


def boxes(formula: Node) -> dict[str, list[tuple[int, int]]]:
    """The least and the greatest of each subscript of each indexed name: components that fill a box, for long sums."""
    found: dict[str, list[tuple[int, int]]] = {}
    for node, bound in uses(formula):
        name = node.base.payload[0]
        ends = []
        for subscript in node.subscripts:
            values = np.asarray(values_of(subscript, bound))
            ends.append((int(values.min()), int(values.max())))
        known = found.get(name)
        found[name] = (
            ends if known is None else [(min(a, c), max(b, d)) for (a, b), (c, d) in itertools.zip_longest(known, ends)]
        )
    return found
