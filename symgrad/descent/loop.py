"""The loop: repeat a method from a point, watch every step, keep the rows, end with a reason.

It knows nothing of traces, tables or files, so that whoever wants to try a rate (`explain.py`) can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.descent.figures import number
from symgrad.descent.methods.method import Failed, Method
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.record import Iterate
from symgrad.descent.stop import Stop
from symgrad.descent.watch import Tolerance, Watch, kind_of_rest
from symgrad.descent.why import blame

Callback = Callable[[Iterate], Any]
KEEP = 100_000  # rows; a longer run keeps every second, then every fourth, …


@dataclass
class Outcome:
    """The rows of a run as they come, and how it ended (None: the step limit).

    Only every `stride`-th row is kept once there are more than `keep`; the last is always there.
    """

    keep: int = KEEP
    points: list[Vector] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    gradients: list[Vector] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    watched: dict[str, Any] = field(default_factory=dict)
    k: int = 0
    stride: int = 1
    stop: Stop | None = None
    detail: str = ""

    def add(self, here: Evaluated, rate: float | None = None) -> None:
        """One row more, `rate` being that of the step that led there."""
        if rate is not None:
            self.k += 1
            if self.kept[-1] % self.stride:  # the last row was kept only because it was the last
                self._drop_last()
            self.rates.append(rate)
        self.points.append(here.x)
        self.values.append(here.value)
        self.gradients.append(here.gradient)
        self.kept.append(self.k)
        if len(self.points) > self.keep:
            self._thin()

    def _drop_last(self) -> None:
        for rows in (self.points, self.values, self.gradients, self.kept, self.rates):
            del rows[-1]

    def _thin(self) -> None:
        self.stride *= 2
        chosen = [i for i, k in enumerate(self.kept) if k % self.stride == 0 or k == self.k]
        self.rates = [self.rates[i - 1] for i in chosen[1:]]
        self.points = [self.points[i] for i in chosen]
        self.values = [self.values[i] for i in chosen]
        self.gradients = [self.gradients[i] for i in chosen]
        self.kept = [self.kept[i] for i in chosen]

    @property
    def here(self) -> Evaluated:
        """The last row."""
        return Evaluated(self.points[-1], self.values[-1], self.gradients[-1])


def repeat(
    problem: Problem,
    method: Method,
    outcome: Outcome,
    rates: Callable[[int], float],
    *,
    steps: int,
    tolerance: Tolerance,
    callbacks: Sequence[Callback] = (),
) -> Outcome:
    """Move on from the last row, at most `steps` times, until the watch, the method or a callback says stop."""
    here, last = outcome.here, outcome.k + steps
    first = Evaluated(outcome.points[0], outcome.values[0], outcome.gradients[0])
    watch = Watch(tolerance, first, overshoots=method.overshoots, **outcome.watched)
    outcome.stop = watch.start(here)
    try:
        if outcome.k == 0 and here.finite:
            outcome.state = method.begin(problem, here)
        while outcome.stop is None and outcome.k < last:
            move = method.move(problem, here, outcome.state, outcome.k, rates(outcome.k))
            if isinstance(move, Failed):
                outcome.stop, outcome.detail = move.stop, move.detail
                break
            outcome.add(move.there, move.rate)
            outcome.state = move.state
            outcome.stop = watch.step(here, move.there)
            here = move.there
            for callback in callbacks:
                if callback(Iterate(outcome.k, here.x, here.value, here.gradient)):
                    outcome.stop = outcome.stop or Stop.CALLBACK
    except KeyboardInterrupt:
        outcome.stop = Stop.INTERRUPTED
        del outcome.rates[len(outcome.points) - 1 :]
    outcome.watched = watch.memory()
    return outcome


def from_start(problem: Problem, start: Vector, *, keep: int = KEEP) -> Outcome:
    """The rows of a run that has not made a step."""
    outcome = Outcome(keep)
    with np.errstate(all="ignore"):
        outcome.add(problem.at(start))
    return outcome


def reason(problem: Problem, outcome: Outcome) -> tuple[Stop, str]:
    """Why a run ended, with its numbers."""
    stop, here, k = outcome.stop, outcome.here, outcome.k
    if stop is None:
        return Stop.STEP_LIMIT, f"After {k} steps the largest slope is {number(np.max(np.abs(here.gradient)), 3)}."
    if stop is Stop.NOT_FINITE:
        return blame(problem, here.x)
    if stop is Stop.CONVERGED_GRADIENT:
        return kind_of_rest(problem, here)
    if stop in (Stop.DIVERGED, Stop.UNBOUNDED_BELOW):
        return stop, f"After {k} steps the value is {number(here.value, 3)}."
    return stop, outcome.detail
