"""When to stop: what a descent looks at after every step. Why it happened and what to do is told by `stop.py` and
`explain.py`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.descent.figures import number
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.stop import Stop
from symgrad.errors import UsageError
from symgrad.syntax import walks


@dataclass(frozen=True)
class Tolerance:
    """When a descent counts as converged.

    Args:
        gradient: the largest component of the gradient is at most this.
        step: no component of the step exceeds this times (1 + |x|); 0 asks for a step that changes nothing.
        value: the value fell by at most this times (1 + |f|), three steps in a row; 0 switches the test off.
    """

    gradient: float = 1e-8
    step: float = 0.0
    value: float = 0.0

    @classmethod
    def of(cls, given: float | Tolerance | None) -> Tolerance:
        """A tolerance from what a caller gives: a number is the gradient's."""
        if isinstance(given, Tolerance):
            return given
        number = 1e-8 if given is None else float(given)
        if not number >= 0:
            raise UsageError(f"The tolerance must not be negative, and is {given!r}.")
        return cls(number)


FAR = 1e8  # values and points that have grown by this factor, and still grow, have diverged
GROWING = 3  # steps in a row
CYCLE = 4  # returns to the same point before it is called a cycle


@dataclass
class Watch:
    """Sees every point of a run in turn and says when it is over."""

    tolerance: Tolerance
    first: Evaluated
    overshoots: bool = True  # the method has no line search, so growth means divergence
    growing: int = 0
    returns: int = 0
    standing: int = 0
    before: Vector | None = None

    @functools.cached_property
    def point_scale(self) -> float:
        """What counts as near, for points."""
        return 1.0 + float(np.max(np.abs(self.first.x)))

    @functools.cached_property
    def value_scale(self) -> float:
        """What counts as small, for values."""
        return 1.0 + abs(self.first.value)

    def start(self, here: Evaluated) -> Stop | None:
        """Whether the run is over before the next step."""
        if not here.finite:
            return Stop.NOT_FINITE
        return Stop.CONVERGED_GRADIENT if self._small(here.gradient) else None

    def forget(self) -> None:
        """Begin to count anew."""
        self.growing = self.returns = self.standing = 0
        self.before = None

    def memory(self) -> dict[str, Any]:
        """What must be known to watch on later."""
        return {"growing": self.growing, "returns": self.returns, "standing": self.standing, "before": self.before}

    def step(self, here: Evaluated, there: Evaluated) -> Stop | None:
        """Whether the step from here to there was the last."""
        if not there.finite:
            return Stop.NOT_FINITE
        if self._small(there.gradient):
            return Stop.CONVERGED_GRADIENT
        moved = np.abs(there.x - here.x)
        if np.all(moved <= self.tolerance.step * (1.0 + np.abs(there.x))):
            return Stop.CONVERGED_STEP
        stop = self._far(here, there) or self._cycle(here, there, moved) or self._still(here, there)
        self.before = here.x
        return stop

    def _small(self, gradient: Vector) -> bool:
        return float(np.max(np.abs(gradient))) <= self.tolerance.gradient

    def _far(self, here: Evaluated, there: Evaluated) -> Stop | None:
        """Falling without end, or growing step by step far beyond where it began."""
        size = self.value_scale
        far_away = float(np.max(np.abs(there.x))) > FAR * self.point_scale
        if there.value < here.value and there.value < -size and (there.value < -FAR * size or far_away):
            return Stop.UNBOUNDED_BELOW
        self.growing = self.growing + 1 if there.value >= here.value else 0
        if self.overshoots and self.growing >= GROWING and (there.value > FAR * size or far_away):
            return Stop.DIVERGED
        return None

    def _cycle(self, here: Evaluated, there: Evaluated, moved: Vector) -> Stop | None:
        if self.before is None or not self.overshoots:
            return None
        back = float(np.max(np.abs(there.x - self.before)))
        self.returns = self.returns + 1 if back <= 1e-9 * float(np.max(moved)) else 0
        return Stop.TWO_CYCLE if self.returns >= CYCLE else None

    def _still(self, here: Evaluated, there: Evaluated) -> Stop | None:
        if not self.tolerance.value:
            return None
        little = abs(here.value - there.value) <= self.tolerance.value * (1.0 + abs(there.value))
        self.standing = self.standing + 1 if little else 0
        return Stop.CONVERGED_VALUE if self.standing >= GROWING else None


_NEAR = 1e-3  # slope over curvature, in units of the point: how near a stationary point is
_RUNAWAY = 1e4  # times the size of the start: where a minimum would be strange


def kind_of_rest(problem: Problem, first: Evaluated, here: Evaluated) -> tuple[Stop, str]:
    """What a point of (almost) zero gradient is, by the exact Hessian: a minimum, a saddle, a maximum or a flat region.

    A curvature counts as zero below 10⁻⁶ of the largest, or where it could not have been told apart from the slope. A
    tiny slope is a flat region and no minimum where Newton's step, slope over curvature, still leads far away.
    """
    if not problem.bends_cheaply:
        return Stop.CONVERGED_GRADIENT, ""
    try:
        hessian = problem.hessian(here.x, count=False)
    except ArithmeticError:
        return Stop.CONVERGED_GRADIENT, ""
    if not np.all(np.isfinite(hessian)):
        return Stop.CONVERGED_GRADIENT, ""
    curvatures = np.linalg.eigvalsh(hessian)
    slope = float(np.max(np.abs(here.gradient)))
    if not np.any(hessian) and not slope and _is_level(problem, here):
        return Stop.FLAT, "Slope and curvature are exactly zero, and the value is the same all around."
    scale = float(np.max(np.abs(curvatures)))
    reach = 1.0 + float(np.max(np.abs(here.x)))
    noise = max(1e-6 * scale, 1e-3 * slope / reach, 1e-300)
    low, high = float(curvatures[0]), float(curvatures[-1])
    if low < -noise and high > noise:
        if slope > _NEAR * reach * scale:  # no stationary point is near: all is small because the formula is flat
            return (
                Stop.FLAT,
                f"The slope is {number(slope, 2)} and the curvatures run from {number(low, 2)} to {number(high, 2)}.",
            )
        return Stop.SADDLE, f"The curvatures there run from {number(low)} to {number(high)}."
    if slope and _fades(problem, here, hessian):
        down = here.gradient / float(np.linalg.norm(here.gradient))
        return (
            Stop.FLAT,
            f"The slope is {number(slope, 2)} and the curvature {number(float(down @ hessian @ down), 2)}.",
        )
    away = float(np.max(np.abs(here.x))) / (1.0 + float(np.max(np.abs(first.x))))
    if away > _RUNAWAY and low <= 1e-8 * scale:
        return Stop.FLAT, f"The path ran {number(away, 2)} times as far as the start, to where the formula levels off."
    if high < -noise:
        return Stop.MAXIMUM, f"The largest curvature there is {number(high)}."
    if slope and _falls_beyond(problem, here, hessian):
        return Stop.INFLECTION, f"The slope is {number(float(np.linalg.norm(here.gradient)), 2)}."
    return Stop.CONVERGED_GRADIENT, ""


_BEYOND = 10  # Newton steps: a root of f′ of multiplicity p lies p of them away


def _falls_beyond(problem: Problem, here: Evaluated, hessian: Vector) -> bool:
    """Whether, well beyond where Newton's steps lead downhill, the slope still leads down and is steeper than here."""
    slope = float(np.linalg.norm(here.gradient))
    down = -here.gradient / slope
    bend = float(down @ hessian @ down)
    reach = 1.0 + float(np.max(np.abs(here.x)))
    if not 0 < bend < 1e-2 * reach or not 1e-6 * reach < slope / bend < 1e-2 * reach:
        return False
    there = problem.at(here.x + _BEYOND * slope / bend * down)
    return there.finite and float(there.gradient @ down) < -slope


_FADING = 0.9  # f′·f‴/f″² is (p − 1)/p at a root of f′ of multiplicity p, and 1 on the tail of an exponential


def _fades(problem: Problem, here: Evaluated, hessian: Vector) -> bool:
    """Whether the slope is small because it dies away, and not because a minimum is near, downhill from here."""
    slope = float(np.linalg.norm(here.gradient))
    reach = 1.0 + float(np.max(np.abs(here.x)))
    down = -here.gradient / slope
    bend = float(down @ hessian @ down)
    if bend > 1e-4:
        return False
    if bend <= 0 or slope > 0.4 * reach * bend:
        return True
    ahead, behind = (problem.hessian(here.x + sign * 1e-4 * reach * down, count=False) for sign in (1, -1))
    third = float(down @ (ahead - behind) @ down) / (2e-4 * reach)
    return -slope * third > _FADING * bend * bend


def _is_level(problem: Problem, here: Evaluated) -> bool:
    """Whether the value is the same a little to either side, in every variable, though the formula depends on it."""
    steps = np.diag(1e-3 * (1 + np.abs(here.x)))
    around = [problem.at(here.x + sign * step) for step in steps for sign in (1, -1)]
    return all(there.value == here.value for there in around) and bool(walks.free_symbols(problem.formula.tree))
