"""A sum of like terms as one template: a small program over slices of the variables and columns of data."""

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.adjoint import gradient, hessian, tangents
from symgrad.program.exact import is_whole
from symgrad.program.expand import to_program
from symgrad.program.graph import Graph
from symgrad.program.lower import _Lowering, has_index, lower_with
from symgrad.program.program import Program
from symgrad.program.ranges import Affine, boxes, span, unlike, values_of
from symgrad.program.sweeps import Entries, Place, Sweep
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node, Symbol


class Alike(NamedTuple):
    """A term of a sum as a pattern, equal for like terms, and what fills its slots: symbols and numbers in order."""

    pattern: tuple[object, ...]
    slots: tuple[Node, ...]

    @classmethod
    def of(cls, term: Node) -> "Alike":
        """The pattern of a term; exponents and the numbers under roots stay, since they change the operations.

        >>> from symgrad.syntax import parse
        >>> Alike.of(parse("3 x^2")).pattern == Alike.of(parse("5 y^2")).pattern
        True
        """
        pattern: list[object] = []
        slots: list[Node] = []
        stack: list[tuple[Node, bool]] = [(term, False)]
        while stack:
            node, fixed = stack.pop()
            kind, children = type(node), node.children
            if kind is Symbol or (kind is tree.Number and not fixed):
                pattern.append(kind)
                slots.append(node)
                continue
            pattern += (kind, node.payload, len(children))
            if children:
                keeps = kind is tree.Power or kind is tree.Call
                stack += [(child, keeps) for child in children[:0:-1]]
                stack.append((children[0], False))
            if len(pattern) > _LONGEST:
                return cls((term,), ())  # like no other
        return cls(tuple(pattern), tuple(slots))


_LONGEST = 5_000  # entries of a pattern; a term that shares its parts may have more than there is time to look at


def _slotted(term: Node) -> Node:
    """A term with names for what fills its slots, slot0, slot1, … in the order of `Alike.of`."""
    count = itertools.count()

    def go(node: Node, fixed: bool) -> Node:
        if isinstance(node, Symbol) or (isinstance(node, tree.Number) and not fixed):
            return Symbol(f"slot{next(count)}")
        if not node.children:
            return node
        keeps = isinstance(node, (tree.Power, tree.Call))
        return node.with_children([go(child, keeps and k > 0) for k, child in enumerate(node.children)])

    return go(term, False)


def free_names(formula: Node) -> list[str]:
    """The free names in the order in which they first appear; quick where nothing binds or indexes."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    stack = [formula]
    while stack:
        node = stack.pop()
        if type(node) is Symbol:
            found[node.payload[0]] = None
        elif isinstance(node, _BINDING):
            return [symbol.name for symbol in walks.free_symbols(formula)]
        elif node.children and id(node) not in seen:
            seen.add(id(node))
            stack.extend(node.children[::-1])
    return list(found)


_BINDING = (tree.Index, tree.Sum, tree.Product, *walks.BINDERS, tree.Limit)


LONG = 50  # terms from which a sum is a template over arrays


class Options(NamedTuple):
    """How templates are made, and of how many variables in all."""

    backend: str
    graph: type[Graph]
    size: int


class Variables:
    """The variables as one vector: single names, and indexed names as boxes of components, row by row."""

    def __init__(self, formula: Node, data: Mapping[str, Any], order: Sequence[str] | None = None) -> None:
        found = [name for name in free_names(formula) if name not in data]
        self.bases = found if order is None else list(order)
        missing = set(found).difference(self.bases)
        if missing or len(set(self.bases)) < len(self.bases):
            raise UsageError("The variables must name each of the formula's once.", hint=", ".join(found) + ".")
        ranges = boxes(formula) if has_index(formula) else {}
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
        if len(subscripts) != len(self.ranges[name]):
            raise unlike(name, len(subscripts), len(self.ranges[name]))
        place: Any = 0
        for subscript, (low, high) in zip(subscripts, self.ranges[name]):
            place = place * (high - low + 1) + (subscript - low)
        return place + self.offset[name]

    @staticmethod
    def number(data: Mapping[str, Any], name: str) -> float:
        """A number given as data."""
        if np.ndim(data[name]):
            raise UsageError(f"The data {name!r} has shape {np.shape(data[name])} and needs as many indices.")
        return float(data[name])

    @staticmethod
    def entries(data: Mapping[str, Any], name: str, subscripts: Sequence[Any]) -> Any:
        """Entries of data, counted from 1; a view where they follow one another."""
        array = data[name]
        if np.ndim(array) != len(subscripts):
            raise UsageError(
                f"The data {name!r} has shape {np.shape(array)} and cannot take {len(subscripts)} indices."
            )
        places: list[Any] = []
        for subscript, length in zip(subscripts, array.shape):
            low, high = _ends_of(subscript)
            if low < 1 or high > length:
                raise UsageError(
                    f"The formula asks for entry {low if low < 1 else high} of {name!r}, which has 1 to {length}."
                )
            affine = isinstance(subscript, Affine) and subscript.step == 1
            places.append(slice(low - 1, high) if affine else np.asarray(subscript) - 1)
        return array[tuple(places)] if len(places) == 1 else _crossed(array, places, subscripts)


class Template:
    """A sum of like terms: its value, gradient and what of its Hessian is not zero, as programs over blocks of arrays.

    `places` says for each input of the program where it comes from: a position (one number for all terms), an array of
    positions (a slice where they follow one another), or an array of data.
    """

    def __init__(self, terms: int, g: Graph, root: int, places: list[Place], options: Options) -> None:
        self.terms, self.places, self.options = terms, places, options
        self.moving = [k for k, (kind, _) in enumerate(places) if kind != "data"]
        self._g, self._lock = g, Lock()
        self._wrt = [g.input_nodes[k] for k in self.moving]
        self._slopes = gradient(g, root, self._wrt)
        self._style = "plain" if options.backend == "llvm" else "arrays"
        self._root = root
        self.program: Program = self._program([root, *self._slopes])
        self._direction = [g.new_input() for _ in self.moving]

    def _program(self, outputs: Sequence[int], more: int = 0) -> Program:
        return to_program(self._g, outputs, [f"t{k}" for k in range(len(self.places) + more)], self._style)

    @cached_property
    def value(self) -> Sweep:
        """The sum alone."""
        return Sweep(self._program([self._root]), self.places, [], self.terms, self.options.backend)

    @cached_property
    def slope(self) -> Sweep:
        """The sum with its gradient."""
        return Sweep(self.program, self.places, self.moving, self.terms, self.options.backend)

    @cached_property
    def product(self) -> Sweep:
        """The derivative in a direction, with the Hessian times the direction, where the variables are point and
        direction one behind the other."""
        with self._lock:
            g = self._g
            dots = tangents(g, self._slopes, dict(zip(self._wrt, self._direction)))
            rates = [dots.get(slope, g.number(0)) for slope in self._slopes]
            along = g.sum([g.multiply(slope, node) for slope, node in zip(self._slopes, self._direction)])
            program = self._program([along, *rates], len(self.moving))
        second = [(self.places[k][0], self.places[k][1] + self.options.size) for k in self.moving]
        return Sweep(program, [*self.places, *second], self.moving, self.terms, self.options.backend)

    @cached_property
    def entries(self) -> Entries:
        """Its Hessian, term by term."""
        with self._lock:
            found = hessian(self._g, self._slopes, self._wrt)
            program = self._program(list(found.values()))
        return Entries(program, self.places, [(self.moving[i], self.moving[j]) for i, j in found], self.terms)

    @classmethod
    def of_sum(cls, node: tree.Sum, variables: Variables, data: Mapping[str, Any], options: Options) -> "Template":
        """Σ of a body over an index."""
        low, high = span(node, {})
        g = options.graph(0)
        lowering = _Template(g, {}, variables, data, {node.variable.name: Affine(low, 1, max(0, high - low + 1))})
        root = lowering.value(node.body)
        return cls(max(0, high - low + 1), g, root, lowering.places, options)

    @classmethod
    def of_terms(cls, first: Node, terms: Sequence[Alike], variables: Variables, options: Options) -> "Template":
        """A sum written out whose terms differ in variables and numbers only."""
        g = options.graph(0)
        lowering = _Template(g, {}, variables, {}, {})
        columns = zip(*(term.slots for term in terms))
        nodes: list[int] = []
        for column in columns:
            if isinstance(column[0], Symbol):
                where = np.array([variables.offset[symbol.payload[0]] for symbol in column])
                nodes.append(lowering.positions(where if (where != where[0]).any() else int(where[0])))
            elif all(value == column[0] for value in column):
                nodes.append(g.number(column[0].value))
            else:
                nodes.append(lowering.input("data", np.array([float(number.value) for number in column])))
        root = lower_with(g, _slotted(first), {f"slot{k}": node for k, node in enumerate(nodes)})
        return cls(len(terms), g, root, lowering.places, options)


def _ends_of(subscript: Any) -> tuple[int, int]:
    if isinstance(subscript, Affine):
        ends = subscript.first, subscript.first + subscript.step * max(0, subscript.count - 1)
        return min(ends), max(ends)
    return int(np.min(subscript)), int(np.max(subscript))


def _crossed(array: Any, places: list[Any], subscripts: Sequence[Any]) -> Any:
    """Entries by several subscripts that run together: a slice where only one of them runs."""
    running = [k for k, subscript in enumerate(subscripts) if not isinstance(subscript, int)]
    if len(running) <= 1:
        return array[tuple(places)]
    return array[tuple(np.asarray(subscript) - 1 for subscript in subscripts)]


def _identity(array: Any) -> object:
    """What tells an array from others: its place in the data, or its contents where it is none of the data."""
    if array.base is None or array.dtype != float:
        return array.tobytes()
    return array.__array_interface__["data"][0], array.shape, array.strides


class _Template(_Lowering):
    """Lowering where components with a running index are inputs that stand for arrays."""

    def __init__(self, g: Any, values: Any, variables: Variables, data: Any, bound: Mapping[str, Any]) -> None:
        super().__init__(g, values)
        self.variables, self.data, self.bound = variables, data, dict(bound)
        self.known: dict[Any, int] = {}
        self.places: list[Place] = []

    def within(self, values: Any) -> "_Template":
        bound = dict(self.bound)
        for name, node in values.items():
            constant = self.g.constant[node]
            if constant is not None and is_whole(constant):
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
            return self.g.number(self.variables.number(self.data, name))
        return self.positions(self.variables.position(name, []))

    def index(self, node: tree.Index) -> int:
        name = node.base.payload[0]
        subscripts = [values_of(subscript, self.bound) for subscript in node.subscripts]
        if name in self.data:
            entries = np.asarray(self.variables.entries(self.data, name, subscripts))
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
        key = (kind, _identity(where) if isinstance(where, np.ndarray) else where)
        if key not in self.known:
            self.known[key] = self.g.new_input()
            self.places.append((kind, where))
        return self.known[key]
