"""Gauss–Newton and Levenberg–Marquardt for f = Σrᵢ², with the exact Jacobian of the residuals.

The steps solve min ‖J·s + r‖² + damping·‖D·s‖² by an orthogonal factorisation and never form JᵀJ, which squares the
conditioning. Near the end, where differences of f are rounding, a step is judged by the gradient, and the run ends
with the last digit it can have.

Source: Marquardt 1963; Moré 1978 (scaling); Nielsen 1999 (damping).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.descent.methods.line import no_descent
from symgrad.descent.methods.method import Failed, Move
from symgrad.descent.methods.search import noise
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.stop import Stop
from symgrad.errors import UsageError


@dataclass(frozen=True)
class LevenbergMarquardt:
    """s from (JᵀJ + λD²)s = −Jᵀr: Gauss–Newton where it foretells the fall well, short steepest descent where not."""

    name: str = "Levenberg–Marquardt"
    damping: float = 0.1
    rate: float | None = 1.0
    overshoots: bool = False

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The damping and the scale of each variable."""
        _, jacobian = need_squares(problem, first.x)
        return {"damping": self.damping, "growth": 2.0, "scale": _scale(jacobian)}

    def move(self, problem: Problem, here: Evaluated, state: Mapping[str, Any], k: int, rate: float) -> Move | Failed:
        """Raise the damping until the step leads down."""
        r, jacobian = need_squares(problem, here.x)
        scale = np.maximum(state["scale"], _scale(jacobian))
        damping, growth = float(state["damping"]), float(state["growth"])
        if not np.all(np.isfinite(jacobian)):
            return Failed(Stop.NOT_FINITE)
        for _ in range(60):
            step = damped_step(jacobian, r, scale, damping)
            there = squared(problem, here.x + step)
            if np.all(there.x == here.x):
                return no_descent(problem, here)
            linear = r + jacobian @ step
            foretold = here.value - float(linear @ linear)
            if there.finite and foretold <= 100 * noise(here.value):
                return _last_digits(problem, here, there, {**state, "scale": scale})
            quality = (here.value - there.value) / foretold if there.finite else -1.0
            if quality > 0 and _silenced(problem, there, jacobian):
                quality = -1.0
            if quality > 1e-4:
                damping *= max(1 / 3, 1 - (2 * quality - 1) ** 3) if quality < 0.9 else 0.1
                return Move(there, {"damping": damping, "growth": 2.0, "scale": scale}, float(np.linalg.norm(step)))
            damping *= growth
            growth *= 2
        return no_descent(problem, here)


def _last_digits(problem: Problem, here: Evaluated, there: Evaluated, state: Mapping[str, Any]) -> Move | Failed:
    """A step whose fall is rounding counts if it flattens the slope."""
    scale = state["scale"]
    if np.linalg.norm(there.gradient / scale) < 0.9 * np.linalg.norm(here.gradient / scale):
        return Move(there, {**state, "damping": state["damping"] / 10}, float(np.linalg.norm(there.x - here.x)))
    return no_descent(problem, here)


_SILENT = 1e-4


def _silenced(problem: Problem, there: Evaluated, jacobian: Vector) -> bool:
    """Whether a step makes a variable lose almost all influence on the residuals at once: it leads onto a plateau.

    There f may be lower, but the way back is lost: in a·(1 − e^(−bt)) a step to a large b leaves a constant.
    """
    now = np.linalg.norm(need_squares(problem, there.x)[1], axis=0)
    return bool(np.any(now < _SILENT * np.linalg.norm(jacobian, axis=0)))


@dataclass(frozen=True)
class GaussNewton:
    """s from min ‖J·s + r‖, halved until the sum of squares falls."""

    name: str = "Gauss–Newton"
    rate: float | None = 1.0
    overshoots: bool = False

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """Nothing to remember."""
        need_squares(problem, first.x)
        return {}

    def move(self, problem: Problem, here: Evaluated, state: Mapping[str, Any], k: int, rate: float) -> Move | Failed:
        """The full step, or a half, a quarter, …"""
        r, jacobian = need_squares(problem, here.x)
        if not np.all(np.isfinite(jacobian)):
            return Failed(Stop.NOT_FINITE)
        step = np.linalg.lstsq(jacobian, -r, rcond=None)[0]
        length = rate
        for _ in range(50):
            there = squared(problem, here.x + length * step)
            if np.all(there.x == here.x):
                break
            if there.finite and there.value < here.value:
                return Move(there, {}, length)
            length /= 2
        return no_descent(problem, here)


def damped_step(jacobian: Vector, r: Vector, scale: Vector, damping: float) -> Vector:
    """The s of least ‖J·s + r‖² + damping·‖D·s‖²."""
    size = len(scale)
    tall = np.zeros((len(r) + size, size + 1))
    tall[: len(r), :size] = jacobian / scale
    tall[: len(r), size] = -r
    tall[len(r) :, :size] = np.sqrt(damping) * np.eye(size)
    upper: Vector = np.asarray(np.linalg.qr(tall, mode="r"), float)
    diagonal = np.abs(np.diag(upper)[:size])
    if np.min(diagonal) > 1e-14 * np.max(diagonal):
        solved: Any = np.linalg.solve(upper[:size, :size], upper[:size, size])
    else:
        solved = np.linalg.lstsq(tall[:, :size], tall[:, size], rcond=None)[0]
    step: Vector = solved / scale
    return step


def _scale(jacobian: Vector) -> Vector:
    lengths = np.linalg.norm(jacobian, axis=0)
    return np.where(np.isfinite(lengths) & (lengths > 0), lengths, 1.0)


def need_squares(problem: Problem, x: Vector) -> tuple[Vector, Vector]:
    """The residuals and their Jacobian, or an error that says what a sum of squares looks like."""
    found = problem.residuals(x)
    if found is None:
        raise UsageError(
            "This method is for sums of squares, and the formula is none that I recognise.",
            hint="Write it as (…)^2 + (…)^2 + …, or give the term of one row and data; else use rule='auto'.",
        )
    return found


def squared(problem: Problem, x: Vector) -> Evaluated:
    """f = Σr² and its gradient 2Jᵀr at a point."""
    with np.errstate(all="ignore"):
        r, jacobian = need_squares(problem, x)
        return Evaluated(x, float(r @ r), 2 * (jacobian.T @ r))
