"""Long sums at the speed of memory: one template over arrays in place of a million terms.

A sum Σ body over an index with indexed names becomes a small program (the body with its derivatives) that runs over
slices of the variables and columns of data; its gradient is added into place. What stands around the sums (a factor, a
regulariser, a root) is a small program of its own, with a name for each sum.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.arguments import as_array, by_name, doubles, fill, targets
from symgrad.program.around import Around
from symgrad.program.backends import has_llvmlite, no_llvmlite, python_
from symgrad.program.graph import Graph
from symgrad.program.long_sums import by_pattern, outermost_long_additions, outermost_long_sums, replaced
from symgrad.program.program import Program
from symgrad.program.stable import StableGraph
from symgrad.program.templates import LONG, Options, Template, Variables
from symgrad.syntax import tree
from symgrad.syntax.tree import Node, Symbol
from symgrad.syntax.walks import flattened, from_flat

DENSE = 4_096  # variables up to which a Hessian is a matrix
FOLDED = 5_000  # terms from which a sum that is written out is always folded back
MOST_PAIRS = 10_000_000  # places of a Hessian that are listed one by one


@dataclass(frozen=True)
class SumProgram:
    """What is computed: the template of each sum with its gradient, and what stands around the sums."""

    templates: tuple[Program, ...]
    terms: tuple[int, ...]
    outer: Program

    def __str__(self) -> str:
        parts = [f"sum {k}: {n} terms of {p}" for k, (n, p) in enumerate(zip(self.terms, self.templates), start=1)]
        return "\n".join([*parts, f"around them: {self.outer}"])

    @property
    def operations(self) -> int:
        """How many operations one evaluation costs."""
        return sum(n * p.operations for n, p in zip(self.terms, self.templates)) + self.outer.operations

    def counts(self) -> dict[str, int]:
        """How often each operation is done, the most frequent first."""
        found: dict[str, int] = {}
        for n, program in [*zip(self.terms, self.templates), (1, self.outer)]:
            for op, count in program.counts().items():
                found[op] = found.get(op, 0) + n * count
        return dict(sorted(found.items(), key=lambda item: -item[1]))


class SumFunction:
    """Value, gradient and Hessian of a formula with long sums, over its variables as one vector.

    >>> from symgrad.syntax import read
    >>> f = SumFunction(read("sum((x[i+1] - x[i]^2)^2, i, 1, 100)").tree, {})
    >>> value, slopes = f.vector(np.ones(101))
    >>> value, slopes.shape
    (0.0, (101,))
    """

    several = False

    def __init__(
        self, formula: Node, data: Mapping[str, Any], order: int = 1, backend: str = "auto", dtype: str = "float64",
        stable: bool = True, names: tuple[str, ...] | None = None,
    ) -> None:  # fmt: skip
        if backend == "llvm" and not has_llvmlite():
            raise no_llvmlite()
        if backend == "auto":
            backend = "llvm" if has_llvmlite() else "numpy"
        self.formula, self.order, self.backend = formula, order, backend
        self.data = {name: _as_data(name, value) for name, value in data.items()}
        self.dtype = np.dtype(dtype)
        self.stable = stable
        self._names = names  # single and indexed ones in the order of the vector, if not as they first appear
        self.variables = Variables(formula, self.data, names)
        self.size = self.variables.size
        self._options = Options(backend, StableGraph if stable else Graph, self.size)
        self.templates: list[Template] = []
        outer = self._taken_out(formula, rolled=not data and not any(self.variables.ranges.values()))
        self._around = Around(outer, self.variables, self.data, len(self.templates), self._options.graph)

    def _taken_out(self, formula: Node, rolled: bool) -> Node:
        """What stands around the long sums, with names in their places; the sums become templates."""
        names: dict[Node, Node] = {}
        for node in dict.fromkeys(outermost_long_sums(formula)):
            names[node] = Symbol(f"_sum{len(self.templates)}")
            self.templates.append(Template.of_sum(node, self.variables, self.data, self._options))
        for long in dict.fromkeys(outermost_long_additions(formula)) if rolled else ():
            rest: list[Node] = []
            for terms in by_pattern(long):
                if len(terms) < LONG:
                    rest += [term for term, _ in terms]
                    continue
                rest.append(Symbol(f"_sum{len(self.templates)}"))
                likes = [like for _, like in terms]
                self.templates.append(Template.of_terms(terms[0][0], likes, self.variables, self._options))
            names[long] = rest[0] if len(rest) == 1 else tree.Add(*rest)
        return replaced(formula, names)

    # ---- what it is made of ------------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the vector's components, as in the formula."""
        found: list[str] = []
        for name in self.variables.bases:
            ranges = [range(low, high + 1) for low, high in self.variables.ranges[name]]
            found += ["_".join([name, *map(str, place)]) for place in itertools.product(*ranges)]
        return tuple(found)

    @property
    def program(self) -> SumProgram:
        """What is computed for value and gradient, as straight-line code for a term of each sum."""
        templates = self.templates
        return SumProgram(
            tuple(template.program for template in templates),
            tuple(template.terms for template in templates),
            self._around.program,
        )

    @property
    def source(self) -> str:
        """The generated code, for reading."""
        sums = [(template.slope if self.order else template.value).source for template in self.templates]
        return "\n".join([*sums, python_.build(self._around.program).source])

    def __repr__(self) -> str:
        what = ("value", "value and gradient", "value, gradient and Hessian")[self.order]
        names = ", ".join(self.variables.bases)
        return f"<SumFunction of {names}: {what}, {self.size} variables, {self.backend}>"

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (
            flattened([self.formula]),
            self.data,
            self.order,
            self.backend,
            str(self.dtype),
            self.stable,
            self._names,
        )

    # ---- calling -----------------------------------------------------------------------------------------------------

    def vector(self, x: Any) -> Any:
        """Value, or (value, gradient), or (value, gradient, Hessian), at one point given as a vector."""
        parts = self._at(self._point(x, "vector"))
        return parts if self.order else parts[0]

    def into(self, x: Any, *out: Any) -> float:
        """The value at a vector; the rest is written into the arrays given, so that nothing large is allocated."""
        x = self._point(x, "into")
        slots = targets([(self.size,), (self.size, self.size)][: self.order], out)
        if not self.order:
            return float(self._value(x))
        slopes = slots[0]
        plain = type(slopes) is np.ndarray and slopes.dtype == np.float64 and slopes.flags.c_contiguous
        if np.may_share_memory(x, slopes):
            x = x.copy()
        value, found = self._slope(x, slopes if plain else None)
        if found is not slopes:
            fill([slopes], [found])
        if self.order > 1:
            fill([slots[1]], [self.hessian(x)])
        return float(value)

    def __call__(self, *args: Any, out: Any = None, **named: Any) -> Any:
        """The same with one array for each indexed name and one number for each other, by position or name.

        Axes behind those of the name itself are a batch, as everywhere: value (*batch), gradient (n, *batch).
        """
        bases = tuple(self.variables.bases)
        args = by_name(bases, args, named)
        arrays = [as_array(argument, f"the variable {name!r}") for name, argument in zip(bases, args)]
        shapes = [self.variables.shape(name) for name in bases]
        for name, array, shape in zip(bases, arrays, shapes):
            if array.shape[: len(shape)] != shape:
                raise UsageError(f"{name!r} needs shape {shape}, not {array.shape}.")
        try:
            batch = np.broadcast_shapes(*(array.shape[len(shape) :] for array, shape in zip(arrays, shapes)))
        except ValueError:
            raise UsageError("The batches of the arguments do not broadcast together.") from None
        points = math.prod(batch)
        rows = [np.empty((0, points))]
        for array, shape in zip(arrays, shapes):
            whole = np.broadcast_to(_before(array, len(shape), len(batch)), (*shape, *batch))
            rows.append(doubles(whole).reshape(math.prod(shape), points))
        results = self._batch(np.concatenate(rows), batch)
        if out is not None:
            slots = targets([np.shape(result) for result in results], out)
            fill(slots, results)
            results = slots
        return results if self.order else results[0]

    def _batch(self, columns: Any, batch: tuple[int, ...]) -> tuple[Any, ...]:
        if not batch:
            return self._at(np.ascontiguousarray(columns[:, 0]))
        shapes = [(), (self.size,), (self.size, self.size)][: self.order + 1]
        results = [np.empty((*shape, columns.shape[1]), self.dtype) for shape in shapes]
        for k in range(columns.shape[1]):
            for result, part in zip(results, self._at(np.ascontiguousarray(columns[:, k]))):
                result[..., k] = part
        return tuple(result.reshape(*shape, *batch) for result, shape in zip(results, shapes))

    def _point(self, x: Any, what: str) -> Any:
        x = as_array(x, "the vector")
        if x.shape != (self.size,):
            raise UsageError(f"{what} takes one vector of {self.size} numbers, not shape {x.shape}.")
        x = np.ascontiguousarray(doubles(x))
        return x if x.flags.aligned else x.copy()

    # ---- derivatives -------------------------------------------------------------------------------------------------

    def _at(self, x: Any) -> tuple[Any, ...]:
        if not self.order:
            return (self._value(x),)
        value, slopes = self._slope(x, None)
        with np.errstate(all="ignore"):
            parts = (value, slopes.astype(self.dtype, copy=False))
            return parts if self.order == 1 else (*parts, self.hessian(x).astype(self.dtype, copy=False))

    def _value(self, x: Any) -> Any:
        nothing = np.empty(0)
        return self._around.slope([template.value.add(x, nothing) for template in self.templates], x)[0]

    def _slopes(self, x: Any, given: Any) -> tuple[list[float], list[Any]]:
        """The sums and the gradient of each; the first is written into the array given, if there is one."""
        parts = [np.empty(self.size) if given is None or k else given for k in range(len(self.templates))]
        return [template.slope.add(x, part, fresh=True) for template, part in zip(self.templates, parts)], parts

    def _slope(self, x: Any, given: Any) -> tuple[float, Any]:
        sums, parts = self._slopes(x, given)
        value, weights = self._around.slope(sums, x)
        slopes = self._combined(parts, weights)
        if given is not None and not parts:
            given[:] = slopes
            slopes = given
        for where, weight in zip(self._around.positions, weights[len(parts) :]):
            slopes[where] += weight
        return value, slopes

    def _combined(self, parts: list[Any], weights: Sequence[float]) -> Any:
        if not parts:
            return np.zeros(self.size)
        with np.errstate(all="ignore"):
            total = parts[0] if weights[0] == 1.0 else np.multiply(parts[0], weights[0], out=parts[0])
            for part, weight in zip(parts[1:], weights[1:]):
                total += weight * part
        return total

    def emit(self, target: str) -> Any:
        """Refused: what is emitted is written out term by term, and long sums never are."""
        raise UsageError(
            "A sum over arrays can't be emitted for another library.",
            hint="Fewer than 50 terms without data are written out, and can.",
        )

    def jvp(self, x: Any, v: Any) -> float:
        """The derivative of the value at x in the direction v."""
        x, v = self._point(x, "jvp"), self._point(v, "jvp")
        return float(self._slope(x, None)[1] @ v)

    def hvp(self, x: Any, v: Any) -> Any:
        """The Hessian at x times v, without a Hessian: at the cost of a few gradients."""
        x, v = self._point(x, "hvp"), self._point(v, "hvp")
        around, couples = self._around, self._around.couples
        sums, slopes = self._slopes(x, None) if couples else ([0.0] * len(self.templates), [])
        bend = around.bend(sums, x)
        both, parts, rates = np.concatenate([x, v]), [], []
        for template in self.templates:
            parts.append(np.empty(self.size))
            rates.append(template.product.add(both, parts[-1], fresh=True))
        total = self._combined(parts, bend.weights)
        rates += [float(v[where]) for where in around.positions]
        changes = bend.second @ np.array(rates) if bend.second.any() else np.zeros(len(rates))
        for change, slope in zip(changes, slopes):
            if change:
                total += change * slope
        for where, change in zip(around.positions, changes[len(self.templates) :]):
            total[where] += change
        return total

    @cached_property
    def _pattern(self) -> tuple[Any, list[Any]]:
        """The keys row·n + column of the Hessian's places, sorted; and for each sum and what is around them the index
        in them of each contribution."""
        n = self.size
        pairs = np.array([i * n + j for i, j in self._around.pairs], np.int64)
        keys = [template.entries.keys(n) for template in self.templates] + [pairs]
        known, where = np.unique(np.concatenate(keys), return_inverse=True)
        return known, np.split(where.ravel(), np.cumsum([len(part) for part in keys])[:-1])

    def hessian_entries(self, x: Any) -> tuple[Any, Any, Any]:
        """The Hessian as (rows, columns, values): what is not zero by structure, as scipy.sparse takes it.

        Raises:
            UsageError: the Hessian has no zeros, and is too large for a matrix.
        """
        x = self._point(x, "hessian_entries")
        n = self.size
        if self._around.couples:
            matrix = self.hessian(x)
            rows, columns = np.divmod(np.arange(n * n), n)
            return rows, columns, matrix.ravel()
        bend = self._around.bend([0.0] * len(self.templates), x)
        known, where = self._pattern
        values = np.zeros(len(known))
        with np.errstate(all="ignore"):
            for template, weight, at in zip(self.templates, bend.weights, where):
                values += weight * np.bincount(at, template.entries.values(x), len(known))
            index = {position: len(self.templates) + k for k, position in enumerate(self._around.positions)}
            for at, (i, j) in zip(where[-1], self._around.pairs):
                values[at] += bend.second[index[i], index[j]]
        return known // n, known % n, values

    def check_matrix(self) -> None:
        """Refuse a Hessian that is too large for a matrix, and say what there is instead."""
        if self.size > DENSE:
            ways = "hvp(x, v)" + ("" if self._around.couples else " or hessian_entries(x)")
            raise UsageError(
                f"A Hessian of {self.size}² entries is too large for a matrix.",
                hint=f"Compile with order=1 and use {ways}.",
            )

    def hessian(self, x: Any) -> Any:
        """The Hessian as a matrix.

        Raises:
            UsageError: it is too large for one.
        """
        x, n = self._point(x, "hessian"), self.size
        self.check_matrix()
        matrix = np.zeros((n, n))
        if not self._around.couples:
            rows, columns, values = self.hessian_entries(x)
            matrix[rows, columns] = values
            return matrix
        sums, slopes = self._slopes(x, None)
        bend = self._around.bend(sums, x)
        with np.errstate(all="ignore"):
            for template, weight in zip(self.templates, bend.weights):
                flat = np.bincount(template.entries.keys(n), template.entries.values(x), n * n)
                matrix += weight * flat.reshape(n, n)
            beside = np.zeros((len(self._around.positions), n))
            beside[range(len(beside)), self._around.positions] = 1.0
            each = np.vstack([*slopes, beside])
            bent = each.T @ bend.second @ each
            matrix += (bent + bent.T) / 2  # rounded alike on both sides
        return matrix

    @property
    def sparsity(self) -> frozenset[tuple[int, int]]:
        """The places (i, j) of the Hessian that are not zero by structure."""
        n = self.size
        if (n * n if self._around.couples else len(self._pattern[0])) > MOST_PAIRS:
            raise UsageError("The Hessian has too many places to list them.", hint="Use hvp(x, v).")
        if self._around.couples:
            return frozenset(itertools.product(range(n), range(n)))
        known = self._pattern[0]
        return frozenset(zip((known // n).tolist(), (known % n).tolist()))


def _unpickled(flat: tuple[Any, Any], *rest: Any) -> SumFunction:
    (formula,) = from_flat(*flat)
    return SumFunction(formula, *rest)


def _before(array: Any, own: int, batch: int) -> Any:
    """The array with axes of length one between its own and those of the batch, so that these broadcast."""
    return array.reshape((*array.shape[:own], *(1,) * (batch - (array.ndim - own)), *array.shape[own:]))


def _as_data(name: str, value: Any) -> Any:
    """A copy of its own, column after column: what is compiled must not change when the caller's array does."""
    return np.array(doubles(as_array(value, f"the data {name!r}")), order="F")
