"""Long sums at the speed of memory: one template over arrays in place of a million terms.

A sum Σ body over an index with indexed names becomes a small program (the body with its gradient) that runs over slices
of the variables and columns of data, block by block; its gradient is added into place. What stands around the sums
(a factor, a regulariser, a root) is a small program of its own, with a name for each sum.
"""

import itertools
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.adjoint import gradient
from symgrad.program.backends import python_
from symgrad.program.expand import to_program
from symgrad.program.lower import _Lowering
from symgrad.program.ranges import span
from symgrad.program.stable import StableGraph
from symgrad.program.templates import LONG, Alike, Template, Variables
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node, Symbol


class SumFunction:
    """Value and gradient of a formula with long sums, over its variables as one vector.

    >>> from symgrad.syntax import read
    >>> f = SumFunction(read("sum((x[i+1] - x[i]^2)^2, i, 1, 100)").tree, {})
    >>> value, slopes = f.vector(np.ones(101))
    >>> value, slopes.shape
    (0.0, (101,))
    """

    def __init__(self, formula: Node, data: Mapping[str, Any], order: int = 1, backend: str = "auto") -> None:
        if backend == "auto":
            backend = "llvm" if _has_llvmlite() else "numpy"
        self.formula, self.data, self.order, self.backend = formula, dict(data), order, backend
        self.variables = Variables(formula, data)
        self.templates: list[Template] = []
        outer = self._taken_out(formula, rolled=not data and not any(self.variables.ranges.values()))
        g = StableGraph(0)
        lowering = _Outer(g, {}, self.variables, data, len(self.templates))
        root = lowering.value(outer)
        self._direct = lowering.positions
        slopes = gradient(g, root, [*lowering.sums, *lowering.inputs])
        self.outer = to_program(g, [root, *slopes], [f"t{k}" for k in range(g.inputs)])
        self._order_of_inputs = [g.args[node][0] for node in (*lowering.sums, *lowering.inputs)]

    def _taken_out(self, formula: Node, rolled: bool) -> Node:
        """What stands around the long sums, with names in their places; the sums become templates."""
        names: dict[Node, Node] = {}
        for node in dict.fromkeys(_outermost_long_sums(formula)):
            names[node] = Symbol(f"_sum{len(self.templates)}")
            self.templates.append(Template.of_sum(node, self.variables, self.data, self.backend))
        for long in dict.fromkeys(_outermost_long_additions(formula)) if rolled else ():
            rest: list[Node] = []
            for terms in _groups(long):
                if len(terms) < LONG:
                    rest += [term for term, _ in terms]
                    continue
                rest.append(Symbol(f"_sum{len(self.templates)}"))
                self.templates.append(Template.of_terms([like for _, like in terms], self.variables, self.backend))
            names[long] = rest[0] if len(rest) == 1 else tree.Add(*rest)
        return _replaced(formula, names)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the vector's components, as in the formula."""
        found: list[str] = []
        for name in self.variables.bases:
            ranges = [range(low, high + 1) for low, high in self.variables.ranges[name]]
            found += ["_".join([name, *map(str, place)]) for place in itertools.product(*ranges)]
        return tuple(found)

    @cached_property
    def _outer_kernel(self) -> Any:
        return python_.build(self.outer).point

    def vector(self, x: Any) -> Any:
        """Value, or value and gradient, at one point given as a vector of all variables."""
        return self._at(x, None)

    def _at(self, x: Any, given_slopes: Any) -> Any:
        x = np.ascontiguousarray(x, dtype=float)
        if x.shape != (self.variables.size,):
            raise UsageError(f"vector takes one vector of {self.variables.size} numbers, not shape {x.shape}.")
        parts = [np.zeros(self.variables.size) for _ in self.templates[given_slopes is not None :]]
        if given_slopes is not None and self.templates:
            parts.insert(0, given_slopes)
        elif given_slopes is not None:
            given_slopes.fill(0.0)
        first = given_slopes is not None
        sums = [
            template.add(x, part, fresh=first and not k)
            for k, (template, part) in enumerate(zip(self.templates, parts))
        ]
        given = [0.0] * len(self._order_of_inputs)
        for k, value in zip(self._order_of_inputs, (*sums, *(float(x[where]) for where in self._direct))):
            given[k] = value
        value, *weights = self._outer_kernel(*given)
        if not self.order:
            return value
        slopes = self._combined(parts, weights)
        for where, weight in zip(self._direct, weights[len(sums) :]):
            slopes[where] += weight
        return value, slopes

    def into(self, x: Any, slopes: Any) -> float:
        """The value at a vector; the gradient is written into the array given, so that nothing large is allocated."""
        if type(slopes) is not np.ndarray or slopes.dtype != float or slopes.shape != (self.variables.size,):
            raise UsageError(f"into takes a vector and an array of {self.variables.size} floats to write to.")
        if not self.order:
            raise UsageError("into writes a gradient; compile with order=1.")
        value, found = self._at(x, slopes)
        if found is not slopes:
            slopes[...] = found
        return float(value)

    def _combined(self, parts: list[Any], weights: Sequence[float]) -> Any:
        if not parts:
            return np.zeros(self.variables.size)
        total = parts[0] if weights[0] == 1.0 else np.multiply(parts[0], weights[0], out=parts[0])
        for part, weight in zip(parts[1:], weights[1:]):
            total += weight * part
        return total

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The same with one array for each indexed name and one number for each other, by position or name."""
        given = dict(zip(self.variables.bases, args)) | named
        if set(given) != set(self.variables.bases) or len(args) > len(self.variables.bases):
            raise UsageError("The function takes " + ", ".join(self.variables.bases) + ".")
        pieces = []
        for name in self.variables.bases:
            piece = np.asarray(given[name], dtype=float)
            if piece.shape != self.variables.shape(name):
                raise UsageError(f"{name!r} needs shape {self.variables.shape(name)}, not {piece.shape}.")
            pieces.append(piece.reshape(-1))
        return self.vector(np.concatenate(pieces))

    def __reduce__(self) -> tuple[object, ...]:
        return SumFunction, (self.formula, self.data, self.order, self.backend)


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
            return self.g.number(float(self.data[name]))
        return self._at(self.variables.position(name, []))

    def index(self, node: tree.Index) -> int:
        name = node.base.payload[0]
        found = [self.g.constant[self._outside(subscript)] for subscript in node.subscripts]
        subscripts = [int(value) for value in found if value is not None]
        if name in self.data:
            return self.g.number(float(np.asarray(self.data[name])[tuple(k - 1 for k in subscripts)]))
        return self._at(self.variables.position(name, subscripts))

    def _at(self, position: int) -> int:
        if position in self.positions:
            return self.inputs[self.positions.index(position)]
        self.positions.append(position)
        self.inputs.append(self.g.new_input())
        return self.inputs[-1]


def has_long_sums(formula: Node) -> bool:
    """Whether a sum over an index is long enough for a template."""
    return next(iter(_outermost_long_sums(formula)), None) is not None


def _outermost_long_sums(formula: Node) -> list[tree.Sum]:
    found, stack = [], [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Sum):
            try:
                low, high = span(node, {})
            except UsageError:
                low, high = 0, 0
            if high - low + 1 >= LONG:
                found.append(node)
                continue
        if isinstance(node, (tree.Sum, tree.Product)):
            continue
        stack.extend(reversed(node.children))
    return found


def _outermost_long_additions(formula: Node) -> list[tree.Add]:
    found, stack = [], [formula]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Add) and len(node.children) >= LONG:
            found.append(node)
        elif not isinstance(node, (tree.Sum, tree.Product)):
            stack.extend(reversed(node.children))
    return found


def _groups(node: tree.Add) -> list[list[tuple[Node, Alike]]]:
    """The terms of a sum by their pattern."""
    groups: dict[Node, list[tuple[Node, Alike]]] = {}
    for term in node.children:
        like = Alike.of(term)
        groups.setdefault(like.pattern, []).append((term, like))
    return list(groups.values())


def worth_rolling(formula: Node, least: int = 300) -> bool:
    """Whether a sum is written out so long, in so few patterns, that arrays are quicker than straight-line code."""
    for node in _outermost_long_additions(formula):
        if len(node.children) >= least and walks.depth(node) < 100:
            groups = _groups(node)
            if sum(len(terms) for terms in groups if len(terms) >= LONG) > 0.9 * len(node.children):
                return True
    return False


def _replaced(formula: Node, names: Mapping[Node, Node]) -> Node:
    if formula in names or not names:
        return names.get(formula, formula)
    return walks.transform(formula, lambda node: names.get(node, node) if type(node) in (tree.Sum, tree.Add) else node)


def _has_llvmlite() -> bool:
    from importlib.util import find_spec

    return find_spec("llvmlite") is not None
