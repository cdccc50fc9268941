"""A sum of like terms as one template: a small program over slices of the variables and columns of data."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from symgrad.program.adjoint import gradient
from symgrad.program.expand import to_program
from symgrad.program.lower import _Lowering, lower_with
from symgrad.program.program import Program
from symgrad.program.ranges import Affine, boxes, span, values_of
from symgrad.program.stable import StableGraph
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node, Symbol


class Alike(NamedTuple):
    """A term of a sum as a pattern, equal for like terms, and what fills its slots: symbols and numbers in order."""

    pattern: Node
    slots: tuple[Node, ...]

    @classmethod
    def of(cls, term: Node) -> "Alike":
        """The pattern of a term; exponents and the numbers under roots stay, since they change the operations.

        >>> from symgrad.syntax import parse
        >>> Alike.of(parse("3 x^2")).pattern == Alike.of(parse("5 y^2")).pattern
        True
        """
        slots: list[Node] = []

        def slot(node: Node) -> Node:
            slots.append(node)
            return Symbol(f"slot{len(slots) - 1}")

        def go(node: Node, fixed: bool) -> Node:
            if isinstance(node, Symbol) or (isinstance(node, tree.Number) and not fixed):
                return slot(node)
            if not node.children:
                return node
            keeps = isinstance(node, (tree.Power, tree.Call))
            parts = [go(child, keeps and k > 0) for k, child in enumerate(node.children)]
            return node.with_children(parts)

        return cls(go(term, False), tuple(slots))


LONG = 50  # terms from which a sum is a template over arrays
BLOCK = 16_384


class Variables:
    """The variables as one vector: single names, and indexed names as boxes of components, row by row."""

    def __init__(self, formula: Node, data: Mapping[str, Any]) -> None:
        ranges = boxes(formula)
        self.bases = [symbol.name for symbol in walks.free_symbols(formula) if symbol.name not in data]
        self.ranges = {name: ranges.get(name, []) for name in self.bases}
        self.offset: dict[str, int] = {}
        total = 0
        for name in self.bases:
            self.offset[name] = total
            total += math.prod(high - low + 1 for low, high in self.ranges[name])
        self.size = total

    def shape(self, name: str) -> tuple[int, ...]:
        """How many components a name has along each subscript."""
        return tuple(high - low + 1 for low, high in self.ranges[name])

    def position(self, name: str, subscripts: Sequence[Any]) -> Any:
        """Where components stand in the vector."""
        place: Any = 0
        for subscript, (low, high) in zip(subscripts, self.ranges[name]):
            place = place * (high - low + 1) + (subscript - low)
        return place + self.offset[name]


class Template:
    """A sum of like terms: a program over blocks of arrays, value and gradient.

    `places` says for each input of the program where it comes from: a position (one number for all terms), an array of
    positions (a slice where they follow one another), or an array of data.
    """

    def __init__(self, terms: int, g: StableGraph, root: int, places: list[tuple[str, Any]], backend: str) -> None:
        self.terms, self.places, self.backend = terms, places, backend
        self.moving = [k for k, (kind, _) in enumerate(places) if kind != "data"]
        slopes = gradient(g, root, [g.input_nodes[k] for k in self.moving])
        names = [f"t{k}" for k in range(len(places))]
        style = "plain" if backend == "llvm" else "arrays"
        self.program: Program = to_program(g, [root, *slopes], names, style)

    @classmethod
    def of_sum(cls, node: tree.Sum, variables: Variables, data: Mapping[str, Any], backend: str) -> "Template":
        """Σ of a body over an index."""
        low, high = span(node, {})
        g = StableGraph(0)
        lowering = _Template(g, {}, variables, data, {node.variable.name: Affine(low, 1, max(0, high - low + 1))})
        root = lowering.value(node.body)
        return cls(max(0, high - low + 1), g, root, lowering.places, backend)

    @classmethod
    def of_terms(cls, terms: Sequence[Alike], variables: Variables, backend: str) -> "Template":
        """A sum written out whose terms differ in variables and numbers only."""
        g = StableGraph(0)
        lowering = _Template(g, {}, variables, {}, {})
        columns = zip(*(term.slots for term in terms))
        nodes: list[int] = []
        for column in columns:
            if isinstance(column[0], Symbol):
                where = np.array([variables.position(symbol.name, []) for symbol in column])
                nodes.append(lowering.positions(where if (where != where[0]).any() else int(where[0])))
            elif all(value == column[0] for value in column):
                nodes.append(g.number(column[0].value))
            else:
                nodes.append(lowering.input("data", np.array([float(number.value) for number in column])))
        root = lower_with(g, terms[0].pattern, {f"slot{k}": node for k, node in enumerate(nodes)})
        return cls(len(terms), g, root, lowering.places, backend)

    @cached_property
    def kernel(self) -> Any:
        if self.backend == "llvm" and not self.program.special:
            from symgrad.program.backends import llvm

            return llvm.build(self.program)
        from symgrad.program.backends import numpy_

        return numpy_.build(self.program)

    @cached_property
    def _native(self) -> Any:
        """The whole sum as native code; None where there is none, or the program is too long for it."""
        if self.backend != "llvm":
            return None
        from symgrad.program.backends import llvm_sums

        return llvm_sums.NativeSum(self.program, self.places, self.terms) if llvm_sums.fits(self.program) else None

    def add(self, x: Any, slopes: Any, *, fresh: bool = False) -> float:
        """The sum at x; its gradient is added into `slopes`, or (fresh) written over whatever is there.

        What is written for the first time is not cleared before: at the speed of memory that would cost a third.
        """
        if self._native is not None:
            return float(self._native.add(x, slopes, fresh=fresh))
        clean = len(slopes)  # from here on nothing is written yet
        if fresh and all(self.places[k][0] == "slice" for k in self.moving):
            clean = 0
        elif fresh:
            slopes.fill(0.0)
        total, parts, kernel = [], np.zeros(len(self.moving)), self.kernel
        out = np.empty((1 + len(self.moving), min(BLOCK, self.terms)))
        for low in range(0, self.terms, BLOCK):
            high = min(low + BLOCK, self.terms)
            rows = out[:, : high - low]
            kernel.batch([self._column(x, kind, where, low, high) for kind, where in self.places], rows)
            total.append(float(rows[0].sum()))
            for row, k in enumerate(self.moving, start=1):
                kind, where = self.places[k]
                if kind == "one":
                    parts[row - 1] += rows[row].sum()
                elif kind == "slice":
                    clean = _add_or_write(slopes, where + low, where + high, rows[row], clean)
                else:
                    np.add.at(slopes, where[low:high], rows[row])
        slopes[clean:] = 0.0
        for part, k in zip(parts, self.moving):
            if self.places[k][0] == "one":
                slopes[self.places[k][1]] += part
        return math.fsum(total)

    def _column(self, x: Any, kind: str, where: Any, low: int, high: int) -> Any:
        if kind == "slice":
            return x[where + low : where + high]
        if kind == "one":
            return np.full(high - low, x[where])
        return x[where[low:high]] if kind == "many" else where[low:high]


def _add_or_write(slopes: Any, low: int, high: int, values: Any, clean: int) -> int:
    """Add where something stands already, write from `clean` on; the new `clean`."""
    if low >= clean:
        slopes[clean:low] = 0.0
        slopes[low:high] = values
        return high
    known = min(high, clean)
    slopes[low:known] += values[: known - low]
    if high > known:
        slopes[known:high] = values[known - low :]
    return max(high, clean)


def _entry(subscript: Any) -> Any:
    """Entries of data, counted from 1, as numpy counts them."""
    if isinstance(subscript, Affine) and subscript.step == 1 and subscript.first >= 1:
        return slice(subscript.first - 1, subscript.first - 1 + subscript.count)
    return np.asarray(subscript) - 1


class _Template(_Lowering):
    """Lowering where components with a running index are inputs that stand for arrays."""

    def __init__(self, g: Any, values: Any, variables: Variables, data: Any, bound: Mapping[str, Any]) -> None:
        super().__init__(g, values)
        self.variables, self.data, self.bound = variables, data, dict(bound)
        self.known: dict[Any, int] = {}
        self.places: list[tuple[str, Any]] = []

    def within(self, values: Any) -> "_Template":
        bound = dict(self.bound)
        for name, node in values.items():
            constant = self.g.constant[node]
            if constant is not None and constant == int(constant):
                bound[name] = int(constant)
        inner = _Template(self.g, values, self.variables, self.data, bound)
        inner.known, inner.places = self.known, self.places
        return inner

    def symbol(self, node: Any, _: list[int]) -> int:
        name = node.name
        if name in self.values:
            return self.values[name]
        if name in self.bound:
            return self.input("data", np.asarray(self.bound[name], float))
        if name in self.data:
            return self.g.number(float(self.data[name]))
        return self.positions(self.variables.position(name, []))

    def index(self, node: tree.Index) -> int:
        name = node.base.payload[0]
        subscripts = [values_of(subscript, self.bound) for subscript in node.subscripts]
        if name in self.data:
            entries = np.asarray(self.data[name], float)[tuple(_entry(k) for k in subscripts)]
            return self.g.number(float(entries)) if entries.ndim == 0 else self.input("data", entries)
        return self.positions(self.variables.position(name, subscripts))

    def positions(self, where: Any) -> int:
        """The input for components that stand at some positions of the vector of variables."""
        if isinstance(where, Affine):
            if where.step in (0, 1):
                return self.input("slice" if where.step else "one", where.first)
            where = np.asarray(where)
        if not isinstance(where, np.ndarray):
            return self.input("one", int(where))
        if len(where) and (np.diff(where) == 1).all():
            return self.input("slice", int(where[0]))
        return self.input("many", where)

    def input(self, kind: str, where: Any) -> int:
        """The input for a place, made once."""
        key = (kind, where.tobytes() if isinstance(where, np.ndarray) else where)
        if key not in self.known:
            self.known[key] = self.g.new_input()
            self.places.append((kind, where))
        return self.known[key]
