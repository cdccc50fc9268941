"""The loop: repeat a method from a point, watch every step, keep every row, end with a reason.

It knows nothing of traces, tables or files, so that whoever wants to try a rate (`explain.py`) can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.descent.methods.method import Failed, Method
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.record import Iterate
from symgrad.descent.stop import Stop
from symgrad.descent.watch import Tolerance, Watch, kind_of_rest
from symgrad.descent.why import blame

Callback = Callable[[Iterate], Any]


@dataclass
class Outcome:
    """The rows of a run as they came, and how it ended (None: the step limit)."""

    points: list[Vector] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    gradients: list[Vector] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)
    stop: Stop | None = None
    detail: str = ""

    def add(self, here: Evaluated) -> None:
        """One row more."""
        self.points.append(here.x)
        self.values.append(here.value)
        self.gradients.append(here.gradient)

    @property
    def here(self) -> Evaluated:
        """The last row."""
        return Evaluated(self.points[-1], self.values[-1], self.gradients[-1])


def repeat(
    problem: Problem,
    method: Method,
    first: Evaluated,
    rates: Callable[[int], float],
    *,
    steps: int,
    tolerance: Tolerance,
    callback: Callback | None = None,
) -> Outcome:
    """Move from `first`, at most `steps` times, until the watch, the method or the callback says stop."""
    outcome = Outcome()
    outcome.add(first)
    watch = Watch(tolerance, first, overshoots=method.overshoots)
    outcome.stop = watch.start()
    if first.finite:
        outcome.state = method.begin(problem, first)
    here, k = first, 0
    try:
        while outcome.stop is None and k < steps:
            move = method.move(problem, here, outcome.state, k, rates(k))
            if isinstance(move, Failed):
                outcome.stop, outcome.detail = move.stop, move.detail
                break
            outcome.add(move.there)
            outcome.rates.append(move.rate)
            outcome.state = move.state
            outcome.stop = watch.step(here, move.there)
            here, k = move.there, k + 1
            if callback is not None and callback(Iterate(k, here.x, here.value, here.gradient)):
                outcome.stop = outcome.stop or Stop.CALLBACK
    except KeyboardInterrupt:
        outcome.stop = Stop.INTERRUPTED
        del outcome.rates[len(outcome.points) - 1 :]
    return outcome


def reason(problem: Problem, outcome: Outcome) -> tuple[Stop, str]:
    """Why a run ended, with its numbers."""
    stop, here, k = outcome.stop, outcome.here, len(outcome.points) - 1
    if stop is None:
        return Stop.STEP_LIMIT, f"After {k} steps the largest slope is {np.max(np.abs(here.gradient)):.3g}."
    if stop is Stop.NOT_FINITE:
        return blame(problem, here.x)
    if stop is Stop.CONVERGED_GRADIENT:
        return kind_of_rest(problem, here)
    if stop in (Stop.DIVERGED, Stop.UNBOUNDED_BELOW):
        return stop, f"After {k} steps the value is {here.value:.3g}."
    return stop, outcome.detail
