"""The loop: repeat a method from a point, watch every step, keep the rows, end with a reason.

It knows nothing of traces, tables or files, so that whoever wants to try a rate (`explain.py`) can. Long runs of a rule
go through generated code, `native.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgrad.descent.figures import counted, number
from symgrad.descent.methods.method import Failed, Method
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.record import Iterate
from symgrad.descent.rows import KEEP, Rows
from symgrad.descent.stop import Stop
from symgrad.descent.watch import Tolerance, Watch, kind_of_rest
from symgrad.descent.why import blame

Callback = Callable[[Iterate], Any]


@dataclass
class Outcome:
    """A run as it stands: its rows, what the method and the watch remember, and how it ended (None: the step limit)."""

    rows: Rows
    here: Evaluated
    state: dict[str, Any] = field(default_factory=dict)
    watched: dict[str, Any] = field(default_factory=dict)
    k: int = 0
    stop: Stop | None = None
    detail: str = ""

    def watch(self, tolerance: Tolerance, *, overshoots: bool) -> Watch:
        """The watch over this run, with what it remembers."""
        return Watch(tolerance, self.rows.at(0), overshoots=overshoots, **self.watched)


def from_start(problem: Problem, start: Vector, *, keep: int = KEEP) -> Outcome:
    """A run that has not made a step."""
    with np.errstate(all="ignore"):
        here = problem.at(start)
    rows = Rows(len(start), keep)
    rows.add(here)
    return Outcome(rows, here)


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
    """Move on, at most `steps` times, until the watch, the method or a callback says stop."""
    last = outcome.k + steps
    watch = outcome.watch(tolerance, overshoots=method.overshoots)
    outcome.stop = watch.start(outcome.here)
    try:
        if outcome.k == 0 and outcome.here.finite:
            outcome.state = method.begin(problem, outcome.here)
        while outcome.stop is None and outcome.k < last:
            here = outcome.here
            move = method.move(problem, here, outcome.state, outcome.k, rates(outcome.k))
            if isinstance(move, Failed):
                outcome.stop, outcome.detail = move.stop, move.detail
                break
            outcome.rows.add(move.there, move.rate)
            outcome.here, outcome.state, outcome.k = move.there, move.state, outcome.k + 1
            outcome.stop = watch.step(here, move.there)
            for callback in callbacks:
                if callback(Iterate(outcome.k, move.there.x, move.there.value, move.there.gradient)):
                    outcome.stop = outcome.stop or Stop.CALLBACK
    except KeyboardInterrupt:
        outcome.stop = Stop.INTERRUPTED
    outcome.watched = watch.memory()
    return outcome


def _falls_steadily(outcome: Outcome) -> bool:
    """Whether the second half of the run went on downhill, far away, on a slope that does not flatten."""
    values, points, gradients = outcome.rows.values, outcome.rows.points, outcome.rows.gradients
    half = len(values) // 2
    if half < 20 or not np.all(np.diff(values[half:]) < 0):
        return False
    slopes = np.linalg.norm(gradients[half:], axis=1)
    extent = np.max(np.abs(points), axis=1)
    far = extent[-1] > 10 * (1 + extent[0]) and extent[-1] > 1.5 * extent[half]
    return bool(far and slopes[-1] > 0.99 * slopes[0] and values[-1] < -abs(values[0]) - 1)


def reason(problem: Problem, outcome: Outcome) -> tuple[Stop, str]:
    """Why a run ended, with its numbers."""
    stop, here, k = outcome.stop, outcome.here, outcome.k
    if stop is None and _falls_steadily(outcome):
        return (
            Stop.UNBOUNDED_BELOW,
            f"After {counted(k, 'step')} the value is {number(here.value, 3)} and falls as fast as before.",
        )
    if stop is None:
        return (
            Stop.STEP_LIMIT,
            f"After {counted(k, 'step')} the largest slope is {number(np.max(np.abs(here.gradient)), 3)}.",
        )
    if stop is Stop.NOT_FINITE:
        return blame(problem, here.x)
    if stop is Stop.CONVERGED_GRADIENT:
        return kind_of_rest(problem, outcome.rows.at(0), here)
    if stop in (Stop.DIVERGED, Stop.UNBOUNDED_BELOW):
        return stop, f"After {counted(k, 'step')} the value is {number(here.value, 3)}."
    return stop, outcome.detail
