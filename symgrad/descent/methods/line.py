"""A direction and a search joined to a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.descent.figures import number
from symgrad.descent.methods.direction import Direction
from symgrad.descent.methods.method import Failed, Move
from symgrad.descent.methods.search import Found, Search, noise
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.stop import Stop


@dataclass(frozen=True)
class LineSearch:
    """x ← x + a·d: the direction from one place, the length from another.

    Bounds, where given, are kept by projection: variables at a bound that the descent would leave stay there, and the
    path is bent along the box (Bertsekas 1982).
    """

    name: str
    towards: Direction
    search: Search
    rate: float | None = 1.0
    overshoots: bool = False

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The direction's memory."""
        return self.towards.begin(problem, first)

    def move(self, problem: Problem, here: Evaluated, state: Mapping[str, Any], k: int, rate: float) -> Move | Failed:
        """One direction, one search; steepest descent where the direction leads nowhere."""
        direction = self.towards.direction(problem, here, state)
        found = self._along(problem, here, direction, self.towards.length(here, direction, state) * rate)
        if found is None:
            direction = -here.gradient
            state = self.towards.begin(problem, here)
            found = self._along(problem, here, direction, self.towards.length(here, direction, state))
        if found is None:
            return no_descent(problem, here)
        return Move(found.there, self.towards.learn(here, found.there, state), found.length)

    def _along(self, problem: Problem, here: Evaluated, direction: Vector, first: float) -> Found | None:
        if problem.box is None:
            return self.search(problem, here, direction, first)
        return bent_search(problem, here, direction, first)


def no_descent(problem: Problem, here: Evaluated) -> Failed:
    """Why no lower point was found: the slope is as small as rounding lets it be, or there is a kink."""
    slope = float(np.max(np.abs(here.gradient)))
    reach = np.max(np.abs(here.gradient) * np.maximum(np.abs(here.x), 1e-8))
    if reach <= 1e-6 * max(abs(here.value), 1e-300) or slope <= 1e-6:
        return Failed(Stop.CONVERGED_VALUE, f"The largest slope left is {number(slope, 3)}.")
    return Failed(Stop.NO_DESCENT, f"The largest slope left is {number(slope, 3)}.")


def bent_search(problem: Problem, here: Evaluated, direction: Vector, first: float) -> Found | None:
    """Armijo's backtracking along the path bent into the box; variables held at a bound do not take part."""
    assert problem.box is not None
    low, high = problem.box
    held = ((here.x <= low) & (here.gradient > 0)) | ((here.x >= high) & (here.gradient < 0))
    direction = np.where(held, 0.0, direction)
    if direction @ here.gradient >= 0:
        direction = np.where(held, 0.0, -here.gradient)
    length = first
    for _ in range(60):
        x = np.clip(here.x + length * direction, low, high)
        there = problem.at(x)
        if there.finite and there.value <= here.value + 1e-4 * float(here.gradient @ (x - here.x)) + noise(here.value):
            return Found(there, length) if np.any(x != here.x) else None
        length *= 0.5
    return None
