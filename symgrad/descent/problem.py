"""The formula as a descent meets it: value, gradient and Hessian at a vector, with every evaluation counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.program import Function, compile  # noqa: A004 - the public name

Vector = NDArray[np.float64]


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
    """A formula over a vector of its variables.

    >>> problem = Problem.of("x^2 + 3y")
    >>> problem.at(np.array([2.0, 1.0]))
    Evaluated(x=array([2., 1.]), value=7.0, gradient=array([4., 3.]))
    >>> problem.hessian(np.array([2.0, 1.0]))
    array([[2., 0.],
           [0., 0.]])
    """

    formula: Formula
    names: tuple[str, ...]
    function: Function
    backend: str = "auto"
    box: tuple[Vector, Vector] | None = None
    evaluations: Evaluations = field(default_factory=Evaluations)
    memory: dict[str, Any] = field(default_factory=dict)  # what methods found out about the formula itself
    _order2: Function | None = None
    _order0: Function | None = None

    @classmethod
    def of(
        cls, formula: Any, variables: Sequence[str] | None = None, *, backend: str = "auto", bounds: Any = None
    ) -> Problem:
        """The problem of a formula; its variables in the order as they first appear, or as given."""
        formula = as_formula(formula)
        names = tuple(variables) if variables is not None else formula.names
        if not names:
            raise UsageError(
                "The formula has no variable to descend in.", hint="Write a formula with a variable, such as x^2."
            )
        return cls(
            formula, names, compile(formula, order=1, variables=names, backend=backend), backend, box_of(bounds, names)
        )

    def at(self, x: Vector) -> Evaluated:
        """Value and gradient at a point."""
        self.evaluations.values += 1
        self.evaluations.gradients += 1
        value, gradient = self.function.vector(x)
        return Evaluated(x, float(value), np.asarray(gradient, float))

    def value(self, x: Vector) -> float:
        """The value alone."""
        if self._order0 is None:
            self._order0 = compile(self.formula, order=0, variables=self.names, backend=self.backend)
        self.evaluations.values += 1
        return float(self._order0.vector(x))

    def hessian(self, x: Vector, *, count: bool = True) -> Vector:
        """The exact matrix of second derivatives at a point."""
        if self._order2 is None:
            self._order2 = compile(self.formula, order=2, variables=self.names, backend=self.backend)
        if count:
            self.evaluations.hessians += 1
        return np.asarray(self._order2.vector(x)[2], float)

    def start(self, start: Any) -> Vector:
        """The start as a vector: from a mapping by name, a sequence, or one number."""
        if start is None:
            raise UsageError("A descent needs a start.", hint=f"For example start={_example(self.names)}.")
        if isinstance(start, Mapping):
            missing = [name for name in self.names if name not in start]
            strange = [str(name) for name in start if str(name) not in self.names]
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
        strange = [str(name) for name in bounds if str(name) not in names]
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


def _example(names: Sequence[str]) -> str:
    return "{" + ", ".join(f'"{name}": 1' for name in names) + "}"
