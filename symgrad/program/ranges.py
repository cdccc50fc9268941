"""Which components of indexed names a formula uses: x[i + 1] for i from 1 to 9 are x[2] … x[10]."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node, Symbol

_LARGEST_POWER = 64  # 10^6 is a bound that people write

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
        case tree.Power(base=tree.Number(value=base), exponent=tree.Number(value=exponent)) if (
            base.denominator == exponent.denominator == 1 and 0 <= exponent <= _LARGEST_POWER
        ):
            return int(base) ** int(exponent)
    raise UsageError("An index must be whole numbers and the variables of sums, added and multiplied.")


@dataclass(frozen=True, slots=True)
class Affine:
    """first, first + step, …, in place of an array of a million whole numbers.

    >>> np.asarray(2 * Affine(1, 1, 3) + 5)
    array([ 7,  9, 11])
    """

    first: int
    step: int
    count: int

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self.first + self.step * np.arange(self.count), dtype)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Affine):
            return Affine(self.first + other.first, self.step + other.step, self.count)
        if isinstance(other, int):
            return Affine(self.first + other, self.step, self.count)
        return np.asarray(self) + other

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, int):
            return Affine(self.first * other, self.step * other, self.count)
        return np.asarray(self) * np.asarray(other)

    def __sub__(self, other: int) -> "Affine":
        return Affine(self.first - other, self.step, self.count)

    def __neg__(self) -> "Affine":
        return Affine(-self.first, -self.step, self.count)

    __radd__ = __add__
    __rmul__ = __mul__


def _linear(subscript: Node, bound: Collection[str]) -> dict[str, int] | None:
    """The coefficients of the bound variables, "" for what is constant; None where they are multiplied."""
    match subscript:
        case tree.Number(value=value) if value.denominator == 1:
            return {"": int(value)}
        case tree.Symbol(name=name) if name in bound:
            return {name: 1}
        case tree.Negate(argument=argument):
            return _scaled(_linear(argument, bound), -1)
        case tree.Add(children=children):
            total: dict[str, int] = {}
            for part in (_linear(child, bound) for child in children):
                if part is None:
                    return None
                for name, factor in part.items():
                    total[name] = total.get(name, 0) + factor
            return total
        case tree.Multiply(children=children):
            product: dict[str, int] | None = {"": 1}
            for part in (_linear(child, bound) for child in children):
                if product is None or part is None:
                    return None
                if set(part) <= {""}:
                    product = _scaled(product, part.get("", 0))
                elif set(product) <= {""}:
                    product = _scaled(part, product.get("", 0))
                else:
                    return None
            return product
    return None


def _scaled(form: dict[str, int] | None, factor: int) -> dict[str, int] | None:
    return None if form is None else {name: value * factor for name, value in form.items()}


def span(node: Any, bound: Environment) -> tuple[int, int]:
    """The bounds of a sum or product as whole numbers."""
    low, high = values_of(node.lower, bound), values_of(node.upper, bound)
    if isinstance(low, np.ndarray) or isinstance(high, np.ndarray):
        raise UsageError("The bounds of an inner sum may not depend on the outer one here.")
    return low, high


def uses(formula: Node) -> Iterator[tuple[tree.Index, dict[str, tuple[int, int]]]]:
    """Every component with the bounds of the bound variables around it."""
    stack: list[tuple[Node, dict[str, tuple[int, int]]]] = [(formula, {})]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, tree.Index):
            yield node, bound
            continue
        if isinstance(node, (tree.Sum, tree.Product)):
            name = next((name for name in _moving(bound) if _bounds_depend_on(node, name)), None)
            if name is not None:  # one after the other
                low, high = bound[name]
                stack.extend((node, {**bound, name: (k, k)}) for k in range(high, low - 1, -1))
                continue
            low, high = span(node, {name: ends[0] for name, ends in bound.items()})
            if low <= high:
                stack.append((node.body, {**bound, node.variable.name: (low, high)}))
            continue
        stack.extend((child, bound) for child in reversed(node.children))


def _moving(bound: Mapping[str, tuple[int, int]]) -> list[str]:
    return [name for name, (low, high) in bound.items() if low < high]


def _bounds_depend_on(node: Any, name: str) -> bool:
    return walks.depends_on(node.lower, name) or walks.depends_on(node.upper, name)


def _axes(bound: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """All values of the bound variables, each along an axis of its own."""
    return {
        name: np.arange(low, high + 1).reshape(-1, *(1,) * axis)
        for axis, (name, (low, high)) in enumerate(bound.items())
    }


def components(formula: Node) -> dict[str, list[tuple[int, ...]]]:
    """The subscripts that are used of each indexed name, sorted."""
    found: dict[str, set[tuple[int, ...]]] = {}
    for node, bound in uses(formula):
        if not isinstance(node.base, Symbol):
            raise UsageError("Only a name can be indexed in a formula that is compiled.")
        axes = _axes(bound)
        subscripts = [np.asarray(values_of(subscript, axes)) for subscript in node.subscripts]
        shape = np.broadcast_shapes(*(values.shape for values in subscripts))
        columns = [np.broadcast_to(values, shape).ravel().tolist() for values in subscripts]
        known = found.setdefault(node.base.name, set())
        if known and len(next(iter(known))) != len(columns):
            raise unlike(node.base.name, len(next(iter(known))), len(columns))
        known.update(zip(*columns))
    for part in walks.unique(formula):
        if isinstance(part, tree.Index) and isinstance(part.base, Symbol):
            found.setdefault(part.base.name, set())  # in a sum of no terms
    return {name: sorted(places) for name, places in found.items()}


def _ends(subscript: Node, bound: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """The least and the greatest value of a subscript."""
    form = _linear(subscript, bound)
    if form is None:
        values = np.asarray(values_of(subscript, _axes(bound)))
        return int(values.min()), int(values.max())
    low = high = form.pop("", 0)
    for name, factor in form.items():
        ends = sorted(factor * end for end in bound[name])
        low, high = low + ends[0], high + ends[1]
    return low, high


def boxes(formula: Node) -> dict[str, list[tuple[int, int]]]:
    """The least and the greatest of each subscript of each indexed name: components that fill a box, for long sums."""
    found: dict[str, list[tuple[int, int]]] = {}
    for node, bound in uses(formula):
        name = node.base.payload[0]
        ends = [_ends(subscript, bound) for subscript in node.subscripts]
        known = found.get(name, ends)
        if len(known) != len(ends):
            raise unlike(name, len(known), len(ends))
        found[name] = [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(known, ends)]
    return found


def unlike(name: str, *indices: int) -> UsageError:
    """The error that a name has another number of indices in another place."""
    here, there = sorted(indices)
    return UsageError(f"{name!r} has {here or 'no'} {_INDEX[here == 1]} in one place and {there} in another.")


_INDEX = {True: "index", False: "indices"}
