"""Where to go: steepest descent, conjugate gradients, BFGS, L-BFGS and Newton. How far is the business of `search.py`.

A direction's memory is a dictionary of arrays and numbers, so that a run can be saved and taken up again exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from symgrad.descent.problem import Evaluated, Problem, Vector

State = Mapping[str, Any]


class Direction(Protocol):
    """A way to choose the direction of a step from what was seen."""

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The memory before the first step."""
        ...

    def direction(self, problem: Problem, here: Evaluated, state: State) -> Vector:
        """The direction from here."""
        ...

    def learn(self, here: Evaluated, there: Evaluated, state: State) -> dict[str, Any]:
        """The memory after a step from here to there."""
        ...

    def length(self, here: Evaluated, direction: Vector, state: State) -> float:
        """The length to try first."""
        ...


def cautious(here: Evaluated, direction: Vector) -> float:
    """A first length where nothing is known of the curvature: a step of length at most one, or a part of the point's
    size."""
    size = float(np.max(np.abs(direction)))
    return min(1.0, max(1.0, 0.1 * float(np.max(np.abs(here.x)))) / size) if size else 1.0


@dataclass(frozen=True)
class Steepest:
    """d = −g."""

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """Nothing but the last length, 0 before the first."""
        return {"last": 0.0}

    def direction(self, problem: Problem, here: Evaluated, state: State) -> Vector:
        """Against the gradient."""
        return -here.gradient

    def learn(self, here: Evaluated, there: Evaluated, state: State) -> dict[str, Any]:
        """The length of Barzilai and Borwein, s·s/s·y, as the next to try."""
        step, bend = there.x - here.x, there.gradient - here.gradient
        product = float(step @ bend)
        return {"last": float(step @ step) / product if product > 0 else 2 * float(state["last"])}

    def length(self, here: Evaluated, direction: Vector, state: State) -> float:
        """What the last step's curvature suggests."""
        return float(state["last"]) or cautious(here, direction)


@dataclass(frozen=True)
class ConjugateGradient:
    """d = −g + β·d with β = max(0, g·(g − g₋)/g₋·g₋): conjugate to the last direction, forgetting it where it does not
    help.

    Source: Polak & Ribière 1969, Powell 1984.
    """

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The first direction is steepest descent."""
        return {"d": -first.gradient, "slope": 0.0}

    def direction(self, problem: Problem, here: Evaluated, state: State) -> Vector:
        """As learnt, unless it does not descend."""
        d: Vector = state["d"]
        return d if d @ here.gradient < 0 else -here.gradient

    def learn(self, here: Evaluated, there: Evaluated, state: State) -> dict[str, Any]:
        """The next direction."""
        before = float(here.gradient @ here.gradient)
        beta = max(0.0, float(there.gradient @ (there.gradient - here.gradient)) / before) if before else 0.0
        d = state["d"] if state["d"] @ here.gradient < 0 else -here.gradient
        return {"d": -there.gradient + beta * d, "slope": float(here.gradient @ (there.x - here.x))}

    def length(self, here: Evaluated, direction: Vector, state: State) -> float:
        """So long that the first-order fall is that of the last step."""
        now = float(here.gradient @ direction)
        return state["slope"] / now if state["slope"] and now else cautious(here, direction)


@dataclass(frozen=True)
class BFGS:
    """d = −B·g, B the inverse Hessian as learnt from the changes of the gradient.

    Source: Broyden, Fletcher, Goldfarb, Shanno 1970; first scale as in Nocedal & Wright 2006, eq. 6.20.
    """

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The identity, to be scaled after the first step."""
        return {"B": np.eye(len(first.x)), "seen": 0}

    def direction(self, problem: Problem, here: Evaluated, state: State) -> Vector:
        """−B·g."""
        d: Vector = -(state["B"] @ here.gradient)
        return d if d @ here.gradient < 0 else -here.gradient

    def learn(self, here: Evaluated, there: Evaluated, state: State) -> dict[str, Any]:
        """B ← (1 − s yᵀ/ys)·B·(1 − y sᵀ/ys) + s sᵀ/ys, where ys > 0."""
        s, y = there.x - here.x, there.gradient - here.gradient
        ys = float(y @ s)
        if ys <= 1e-14 * float(np.linalg.norm(y) * np.linalg.norm(s)):
            return dict(state)
        inverse = state["B"] * (ys / float(y @ y)) if not state["seen"] else state["B"]
        by = inverse @ y
        inverse = inverse + (1 + float(y @ by) / ys) / ys * np.outer(s, s) - (np.outer(by, s) + np.outer(s, by)) / ys
        return {"B": (inverse + inverse.T) / 2, "seen": state["seen"] + 1}

    def length(self, here: Evaluated, direction: Vector, state: State) -> float:
        """1, but cautious before anything was learnt."""
        return 1.0 if state["seen"] else cautious(here, direction)


@dataclass(frozen=True)
class LBFGS:
    """BFGS that remembers the last `memory` steps only, for many variables.

    Source: Nocedal 1980, the two-loop recursion.
    """

    memory: int = 10

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """No steps seen."""
        return {"S": np.empty((0, len(first.x))), "Y": np.empty((0, len(first.x)))}

    def direction(self, problem: Problem, here: Evaluated, state: State) -> Vector:
        """−B·g by two loops over the steps seen."""
        steps, bends = state["S"], state["Y"]
        q = here.gradient.copy()
        weights = []
        for s, y in zip(steps[::-1], bends[::-1]):
            weight = float(s @ q) / float(y @ s)
            weights.append(weight)
            q -= weight * y
        if len(steps):
            q *= float(steps[-1] @ bends[-1]) / float(bends[-1] @ bends[-1])
        for s, y, weight in zip(steps, bends, weights[::-1]):
            q += s * (weight - float(y @ q) / float(y @ s))
        return -q if q @ here.gradient > 0 else -here.gradient

    def learn(self, here: Evaluated, there: Evaluated, state: State) -> dict[str, Any]:
        """The last steps, where the curvature along them was positive."""
        s, y = there.x - here.x, there.gradient - here.gradient
        if float(y @ s) <= 1e-14 * float(np.linalg.norm(y) * np.linalg.norm(s)):
            return dict(state)
        return {"S": np.vstack([state["S"], s])[-self.memory :], "Y": np.vstack([state["Y"], y])[-self.memory :]}

    def length(self, here: Evaluated, direction: Vector, state: State) -> float:
        """1, but cautious before anything was learnt."""
        return 1.0 if len(state["S"]) else cautious(here, direction)


@dataclass(frozen=True)
class Newton:
    """d = −|H|⁻¹·g with the exact Hessian, its curvatures made positive where they are not."""

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def direction(self, problem: Problem, here: Evaluated, state: State) -> Vector:
        """−|H|⁻¹·g in the eigenvectors of H."""
        hessian = problem.hessian(here.x)
        if not np.all(np.isfinite(hessian)):
            return -here.gradient
        values, vectors = np.linalg.eigh(hessian)
        bent = np.maximum(np.abs(values), 1e-8 * max(float(np.max(np.abs(values))), 1e-300))
        direction: Vector = -(vectors @ ((vectors.T @ here.gradient) / bent))
        return direction

    def learn(self, here: Evaluated, there: Evaluated, state: State) -> dict[str, Any]:
        """Nothing to remember."""
        return {}

    def length(self, here: Evaluated, direction: Vector, state: State) -> float:
        """1: Newton's step knows its length."""
        return 1.0
