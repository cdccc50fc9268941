"""The formula as a descent meets it: value, gradient and Hessian at a vector, with every evaluation counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgrad.descent.squares import squares
from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.program import Function, compile  # noqa: A004 - the public name
from symgrad.syntax.tree import Node

Vector = NDArray[np.float64]

_PRICE = 200_000  # variables times operations up to which a Hessian is asked for unbidden


class Evaluated(NamedTuple):
    """A point with the value and the gradient of the formula there."""

    x: Vector
    value: float
    gradient: Vector

    @property
    def finite(self) -> bool:
        """Whether value and gradient are finite numbers."""
        return bool(np.isfinite(self.value) and np.all(np.isfinite(self.gradient)))


@dataclass
class Evaluations:
    """How often a run asked for values, gradients and Hessians."""

    values: int = 0
    gradients: int = 0
    hessians: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return {"values": self.values, "gradients": self.gradients, "hessians": self.hessians}


@dataclass(eq=False)
class Problem:
    """A formula over a vector of its variables, or its sum (mean) over the rows of a table of data.

    Args:
        formula: what is descended; with data, the term of one row.
        names: the variables of the descent.
        backend: how the formula is compiled.
        box: lower and upper bounds.
        project: moves a point to the nearest allowed one, after every step of a rule.
        columns: columns of data by name, each of the same length; their names are no variables of the descent.
        mean: whether rows are averaged and not summed.
        batch: how many rows, drawn anew for every step, are looked at; None for all.
        seed: what the drawing starts from.

    >>> problem = Problem.of("x^2 + 3y")
    >>> problem.at(np.array([2.0, 1.0]))
    Evaluated(x=array([2., 1.]), value=7.0, gradient=array([4., 3.]))
    >>> problem.hessian(np.array([2.0, 1.0]))
    array([[2., 0.],
           [0., 0.]])
    """

    formula: Formula
    names: tuple[str, ...]
    backend: str = "auto"
    box: tuple[Vector, Vector] | None = None
    project: Callable[[Vector], Vector] | None = None
    columns: Mapping[str, Vector] | None = None
    mean: bool = False
    batch: int | None = None
    seed: int = 0
    evaluations: Evaluations = field(default_factory=Evaluations)
    memory: dict[str, Any] = field(default_factory=dict)  # what methods found out about the formula itself
    _compiled: dict[Any, Function] = field(default_factory=dict)
    _drawn: Mapping[str, Vector] | None = None

    @classmethod
    def of(
        cls,
        formula: Any,
        variables: Sequence[str] | None = None,
        *,
        backend: str = "auto",
        bounds: Any = None,
        project: Callable[[Vector], Vector] | None = None,
        data: Mapping[str, Any] | None = None,
        mean: bool = False,
        batch: int | None = None,
        seed: int = 0,
    ) -> Problem:
        """The problem of a formula; its variables in the order as they first appear, or as given."""
        formula = as_formula(formula)
        columns = None if data is None else table_of(data, formula.names)
        names = tuple(variables) if variables is not None else formula.names
        names = tuple(name for name in names if columns is None or name not in columns)
        if not names:
            hint = "Write a formula with a variable, such as x^2."
            raise UsageError("The formula has no variable to descend in.", hint=hint)
        problem = cls(formula, names, backend, box_of(bounds, names), project, columns, mean, batch, seed)
        problem.turn(0)
        return problem

    # ---- evaluation ----------------------------------------------------------------------------------------------

    def at(self, x: Vector) -> Evaluated:
        """Value and gradient at a point."""
        self.evaluations.values += 1
        self.evaluations.gradients += 1
        if self.columns is None:
            value, gradient = self.function.vector(x)
            return Evaluated(x, float(value), np.asarray(gradient, float))
        values, slopes = self.function(*x.tolist(), *self._rows.values())
        size = len(self.names)
        weight = self._weight
        return Evaluated(x, float(np.sum(values)) * weight, np.sum(slopes[:size], axis=1) * weight)

    def value(self, x: Vector) -> float:
        """The value alone."""
        self.evaluations.values += 1
        if self.columns is None:
            return float(self._function(0).vector(x))
        return float(np.sum(self._function(0)(*x.tolist(), *self._rows.values()))) * self._weight

    def hessian(self, x: Vector, *, count: bool = True) -> Vector:
        """The exact matrix of second derivatives at a point."""
        if count:
            self.evaluations.hessians += 1
        if self.columns is None:
            return np.asarray(self._function(2).vector(x)[2], float)
        size = len(self.names)
        tables = self._function(2)(*x.tolist(), *self._rows.values())[2]
        return np.asarray(np.sum(tables[:size, :size], axis=2) * self._weight, float)

    @property
    def bends_cheaply(self) -> bool:
        """Whether a Hessian is worth its price: it is, unless formula and variables are so many that compiling takes
        long."""
        return len(self.names) * self.function.program.operations <= _PRICE

    def residuals(self, x: Vector) -> tuple[Vector, Vector] | None:
        """r and its Jacobian where the formula is a sum of squares Σrᵢ², by its shape; None where it is not.

        >>> r, jacobian = Problem.of("(1-x)^2 + 100(y-x^2)^2").residuals(np.array([0.0, 1.0]))
        >>> r.tolist(), jacobian.tolist()
        ([1.0, 10.0], [[-1.0, 0.0], [-0.0, 10.0]])
        """
        roots = self.roots
        if roots is None:
            return None
        key = x.tobytes()
        if self.memory.get("residuals at") == key:
            return self.memory["residuals"]  # type: ignore[no-any-return]
        self.evaluations.values += 1
        self.evaluations.gradients += 1
        function = self._function("residuals")
        if self.columns is None:
            values, slopes = function.vector(x)
        else:
            values, slopes = function(*x.tolist(), *self._rows.values())
            size, scale = len(self.names), np.sqrt(self._weight)
            values = values.ravel() * scale
            slopes = np.moveaxis(slopes[:, :size], 1, 2).reshape(-1, size) * scale
        self.memory |= {"residuals at": key, "residuals": (values, slopes)}
        return values, slopes

    @property
    def roots(self) -> list[Node] | None:
        """The formulas rᵢ whose squares add up to this one, if it has that shape."""
        if "roots" not in self.memory:
            self.memory["roots"] = squares(self.formula.tree)
        return self.memory["roots"]  # type: ignore[no-any-return]

    @property
    def function(self) -> Function:
        """Value and gradient, compiled."""
        return self._function(1)

    def _function(self, order: int | str) -> Function:
        if order not in self._compiled:
            inputs = (*self.names, *(self.columns or ()))
            what = self.roots if order == "residuals" else self.formula
            whole = order if isinstance(order, int) else 1
            self._compiled[order] = compile(what, order=whole, variables=inputs, backend=self.backend)
        return self._compiled[order]

    # ---- data ----------------------------------------------------------------------------------------------------

    @property
    def _rows(self) -> Mapping[str, Vector]:
        return self._drawn or self.columns or {}

    @property
    def _weight(self) -> float:
        """What a row counts: with a batch, so much that the batch stands for all rows."""
        drawn = len(next(iter(self._rows.values())))
        if self.mean:
            return 1.0 / drawn
        return len(next(iter((self.columns or {}).values()))) / drawn

    def turn(self, k: int) -> None:
        """Draw the rows that step number k looks at; every row once before any comes again. Nothing without a batch."""
        if self.columns is None or self.batch is None:
            return
        count = len(next(iter(self.columns.values())))
        batches = -(-count // self.batch)
        order = np.random.default_rng([self.seed, k // batches]).permutation(count)
        rows = order[(k % batches) * self.batch : (k % batches + 1) * self.batch]
        self._drawn = {name: np.ascontiguousarray(column[rows]) for name, column in self.columns.items()}

    # ---- the start -----------------------------------------------------------------------------------------------

    def start(self, start: Any) -> Vector:
        """The start as a vector: from a mapping by name, a sequence, or one number."""
        if start is None:
            raise UsageError("A descent needs a start.", hint=f"For example start={_example(self.names)}.")
        if isinstance(start, Mapping):
            start = {str(name): value for name, value in start.items()}  # sympy's symbols are names too
            missing = [name for name in self.names if name not in start]
            strange = [name for name in start if name not in self.names]
            if missing or strange:
                what = f"no value for {missing[0]!r}" if missing else f"no variable {strange[0]!r} in the formula"
                raise UsageError(f"The start is incomplete: {what}.", hint=f"For example start={_example(self.names)}.")
            start = [start[name] for name in self.names]
        vector = np.atleast_1d(np.array(start, dtype=float))
        if vector.shape != (len(self.names),):
            raise UsageError(
                f"The start has {vector.size} numbers; the formula has {len(self.names)} variables.",
                hint=f"In the order {', '.join(self.names)}.",
            )
        if not np.all(np.isfinite(vector)):
            raise UsageError("The start must be finite numbers.")
        return vector


def box_of(bounds: Any, names: Sequence[str]) -> tuple[Vector, Vector] | None:
    """Bounds as two vectors: from {"x": (0, 1)}, where a name may be missing and an end None, or a sequence of
    pairs."""
    if bounds is None:
        return None
    if isinstance(bounds, Mapping):
        bounds = {str(name): pair for name, pair in bounds.items()}
        strange = [name for name in bounds if name not in names]
        if strange:
            raise UsageError(
                f"The bounds name {strange[0]!r}, which is no variable.", hint=f"Variables: {', '.join(names)}."
            )
        bounds = [bounds.get(name, (None, None)) for name in names]
    if len(bounds) != len(names):
        raise UsageError(
            f"There are {len(bounds)} bounds for {len(names)} variables.", hint="One pair (low, high) for each."
        )
    low = np.array([-np.inf if pair[0] is None else float(pair[0]) for pair in bounds])
    high = np.array([np.inf if pair[1] is None else float(pair[1]) for pair in bounds])
    if np.any(low > high) or np.any(np.isnan(low)) or np.any(np.isnan(high)):
        raise UsageError("Each lower bound must be at most the upper one.")
    return low, high


def table_of(data: Mapping[str, Any], names: Sequence[str]) -> dict[str, Vector]:
    """The columns of data that the formula speaks of, as arrays of one length."""
    data = {str(name): column for name, column in data.items()}
    strange = [name for name in data if name not in names]
    if strange:
        raise UsageError(
            f"The data have a column {strange[0]!r}, which is not in the formula.",
            hint=f"Its names: {', '.join(names)}.",
        )
    columns = {name: np.ascontiguousarray(np.ravel(np.asarray(column, float))) for name, column in data.items()}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1 or not next(iter(lengths.values())):
        raise UsageError(f"The columns of data must have one length, and have {lengths}.")
    return columns


def _example(names: Sequence[str]) -> str:
    return "{" + ", ".join(f'"{name}": 1' for name in names) + "}"
