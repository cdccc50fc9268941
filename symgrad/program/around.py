"""What stands around long sums: a factor, a regulariser, a root. A small program with an input for each sum."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from symgrad.program.adjoint import gradient, hessian
from symgrad.program.backends import python_
from symgrad.program.expand import to_program
from symgrad.program.graph import Graph
from symgrad.program.lower import _Lowering
from symgrad.program.program import Program
from symgrad.program.templates import Variables
from symgrad.syntax import tree
from symgrad.syntax.tree import Node


class Bend(NamedTuple):
    """Derivatives by the sums and by the variables that stand outside of them, in this order: first and second."""

    value: float
    weights: Sequence[float]
    second: Any  # a symmetric matrix


class Around:
    """A function of some sums and of the variables beside them, with its derivatives by both."""

    def __init__(
        self, formula: Node, variables: Variables, data: Mapping[str, Any], sums: int, graph: type[Graph]
    ) -> None:
        g = graph(0)
        lowering = _Outer(g, {}, variables, data, sums)
        root = lowering.value(formula)
        self.sums = sums
        self.positions = lowering.positions  # of the variables beside the sums
        nodes = [*lowering.sums, *lowering.inputs]
        self._order = [g.args[node][0] for node in nodes]
        slopes = gradient(g, root, nodes)
        self._entries = hessian(g, slopes, nodes)
        named = [""] * g.inputs
        for k, at in enumerate(self._order):
            named[at] = f"sum {k + 1}" if k < sums else f"x[{self.positions[k - sums]}]"
        self.program: Program = to_program(g, [root, *slopes], named)
        self._second: Program = to_program(g, [root, *slopes, *self._entries.values()], named)

    @property
    def couples(self) -> bool:
        """Whether the function bends in a sum, so that its Hessian has no zeros."""
        return any(min(entry) < self.sums for entry in self._entries)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The positions of variables beside the sums between which it bends, both ways."""
        at = [(self.positions[i - self.sums], self.positions[j - self.sums]) for i, j in self._entries]
        return [*at, *((j, i) for i, j in at if i != j)]

    @cached_property
    def _kernel(self) -> Any:
        return python_.build(self.program).point

    @cached_property
    def _bent(self) -> Any:
        return python_.build(self._second).point

    def _given(self, sums: Sequence[float], x: Any) -> list[float]:
        given = [0.0] * len(self._order)
        for at, value in zip(self._order, (*sums, *(float(x[where]) for where in self.positions))):
            given[at] = value
        return given

    def slope(self, sums: Sequence[float], x: Any) -> tuple[float, Sequence[float]]:
        """The value and its derivatives by the sums and by the variables beside them."""
        value, *weights = self._kernel(*self._given(sums, x))
        return value, weights

    def bend(self, sums: Sequence[float], x: Any) -> Bend:
        """The same with the second derivatives."""
        count = len(self._order)
        value, *rest = self._bent(*self._given(sums, x))
        second = np.zeros((count, count))
        for (i, j), entry in zip(self._entries, rest[count:]):
            second[i, j] = second[j, i] = entry
        return Bend(value, rest[:count], second)


class _Outer(_Lowering):
    """Lowering of what stands around the sums; every variable used there is an input with its position."""

    def __init__(self, g: Any, values: Any, variables: Variables, data: Any, sums: int) -> None:
        super().__init__(g, values)
        self.variables, self.data = variables, data
        self.sums = [g.new_input() for _ in range(sums)]
        self.inputs: list[int] = []
        self.positions: list[int] = []

    def within(self, values: Any) -> "_Outer":
        inner = _Outer(self.g, values, self.variables, self.data, 0)
        inner.sums, inner.inputs, inner.positions = self.sums, self.inputs, self.positions
        return inner

    def symbol(self, node: Any, _: list[int]) -> int:
        name = node.name
        if name in self.values:
            return int(self.values[name])
        if name.startswith("_sum"):
            return int(self.sums[int(name[4:])])
        if name in self.data:
            return self.g.number(self.variables.number(self.data, name))
        return self._at(self.variables.position(name, []))

    def index(self, node: tree.Index) -> int:
        name = node.base.payload[0]
        found = [self.g.constant[self._outside(subscript)] for subscript in node.subscripts]
        subscripts = [int(value) for value in found if value is not None]
        if name in self.data:
            return self.g.number(float(self.variables.entries(self.data, name, subscripts)))
        return self._at(self.variables.position(name, subscripts))

    def _at(self, position: int) -> int:
        if position in self.positions:
            return self.inputs[self.positions.index(position)]
        self.positions.append(position)
        self.inputs.append(self.g.new_input())
        return self.inputs[-1]
