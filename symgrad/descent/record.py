"""A run as data: every point, value, gradient and rate, and why it ended.

What is told of it is made elsewhere: the table in `board.py`, the sentences in `explain.py`, files in `storage.py`;
`Trace` joins them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from symgrad.descent.figures import ELLIPSIS, number, shortest
from symgrad.descent.problem import Vector
from symgrad.descent.stop import Stop
from symgrad.formula import Formula

_SHOWN = 60  # characters of a formula in a repr
_DECIMALS = 8  # characters of a rate that nobody typed


class Best(NamedTuple):
    """The lowest value met, where, and after how many steps."""

    point: Vector
    value: float
    step: int


class Iterate(NamedTuple):
    """One row of a trace."""

    step: int
    point: Vector
    value: float
    gradient: Vector


@dataclass(frozen=True, eq=False)
class Record:
    """What a descent did.

    Args:
        formula: what was descended.
        names: the variables, in the order of the columns of `points`.
        rule: the name of the rule or method.
        points, values, gradients: one row an iterate, the start first: (k+1, n), (k+1,), (k+1, n).
        rates: the learning rate (or step length along the direction) of each step: (k,).
        stop: why it ended; `detail` says it with this run's numbers.
        kept: the step number of each row: 0, 1, 2, … unless the trace was thinned to save memory.
        state: what the rule remembers after the last step.
        evaluations: how many values, gradients and Hessians were computed.
        seconds: how long it took.
        settings: what is needed to go on: rule, rate, tolerance, and what was chosen automatically, with the reason.
    """

    formula: Formula
    names: tuple[str, ...]
    rule: str
    points: Vector
    values: Vector
    gradients: Vector
    rates: Vector
    stop: Stop
    detail: str = ""
    kept: Any = None
    state: Mapping[str, Any] = field(default_factory=dict)
    evaluations: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kept is None:
            object.__setattr__(self, "kept", np.arange(len(self.points)))

    # ---- reading -------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return int(self.kept[-1])

    @property
    def thinned(self) -> bool:
        """Whether only some of the iterates were kept."""
        return self.steps + 1 > len(self.points)

    @property
    def converged(self) -> bool:
        """Whether the run reached what it was looking for."""
        return self.stop.success

    @property
    def reason(self) -> str:
        """Why the run ended, with its numbers, and what to try next."""
        return " ".join(part for part in (str(self.stop), self.detail, self.stop.advice) if part)

    @functools.cached_property
    def best(self) -> Best:
        """The lowest value met, where, and after how many steps (an iterate that is not finite never counts)."""
        if not np.any(np.isfinite(self.values)):
            return Best(self.points[0], float(self.values[0]), 0)
        index = int(np.nanargmin(np.where(np.isfinite(self.values), self.values, np.nan)))
        return Best(self.points[index], float(self.values[index]), int(self.kept[index]))

    @property
    def point(self) -> dict[str, float]:
        """The last point by name."""
        return dict(zip(self.names, map(float, self.points[-1])))

    @functools.cached_property
    def slopes(self) -> Vector:
        """The length of the gradient at each iterate."""
        lengths: Vector = np.linalg.norm(self.gradients, axis=1)
        return lengths

    @property
    def rate_text(self) -> str:
        """The learning rate of a run in which it never changes: as it was typed, or as a decimal; else z."""
        given = self.settings.get("rate")
        if "rate typed" in self.settings:
            return str(self.settings["rate typed"])
        if len(self.rates) and (self.rates != self.rates[0]).any():
            return "z"
        if len(self.rates):
            given = self.rates[0]
        if not isinstance(given, float):
            return "z"
        text = shortest(given)
        return text if len(text) <= _DECIMALS else number(given, _DECIMALS - 2) + ELLIPSIS

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[Iterate]:
        for step, point, value, gradient in zip(self.kept, self.points, self.values, self.gradients):
            yield Iterate(int(step), point, float(value), gradient)

    def __repr__(self) -> str:
        text = str(self.formula)
        text = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        return f"<Trace of {text}: {self.steps} steps of {self.rule}, {self.stop.name}>"
