"""Newton's method with the exact Hessian inside a trust region: safe where the formula is not convex, and never stuck
on a saddle.

Source: Moré & Sorensen 1983; Conn, Gould & Toint, Trust-Region Methods, ch. 6 and 7.
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


@dataclass(frozen=True)
class TrustRegion:
    """x ← x + s with s the lowest point of f + g·s + ½s·H·s within ‖s‖ ≤ radius; the radius follows how well that
    foretold the fall."""

    name: str = "trust region"
    radius: float | None = None
    rate: float | None = 1.0
    overshoots: bool = False

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The first radius: Newton's step where the curvature is positive, else a part of the point's size."""
        if self.radius is not None:
            return {"radius": self.radius}
        return {"radius": max(1.0, 0.2 * float(np.linalg.norm(first.x)))}

    def move(self, problem: Problem, here: Evaluated, state: Mapping[str, Any], k: int, rate: float) -> Move | Failed:
        """Shrink the region until a step in it leads down."""
        hessian = problem.hessian(here.x)
        if not np.all(np.isfinite(hessian)):
            hessian = np.eye(len(here.x)) * max(1e-8, float(np.linalg.norm(here.gradient)))
        values, vectors = np.linalg.eigh(hessian)
        slope = vectors.T @ here.gradient
        radius = float(state["radius"])
        for _ in range(50):
            step, at_edge = lowest_in_ball(values, slope, radius)
            foretold = -float(slope @ step + 0.5 * step @ (values * step))
            move = vectors @ step
            there = problem.at(here.x + move)
            if np.all(there.x == here.x):
                return no_descent(problem, here)
            fell = here.value - there.value
            if there.finite and foretold <= noise(here.value) * 10:
                # differences of the value are rounding: the slope decides
                better = np.linalg.norm(there.gradient) < np.linalg.norm(here.gradient)
                return Move(there, {"radius": radius}, 1.0) if better else no_descent(problem, here)
            quality = fell / foretold if there.finite and foretold > 0 else -1.0
            length = float(np.linalg.norm(step))
            if quality < 0.25:
                radius = 0.25 * length if there.finite else 0.1 * length
            elif quality > 0.75 and at_edge:
                radius = max(radius, 2.5 * length)
            if quality > 1e-4:
                return Move(there, {"radius": radius}, length)
        return no_descent(problem, here)


def lowest_in_ball(values: Vector, slope: Vector, radius: float) -> tuple[Vector, bool]:
    """The minimum of g·s + ½Σλᵢsᵢ² over ‖s‖ ≤ radius in the eigenvectors of H, and whether it lies on the edge.

    s = −g/(λ + μ) with the μ ≥ max(0, −λmin) that gives ‖s‖ = radius; in the hard case (no slope along the lowest
    curvature) the rest of the way is gone along it.
    """
    lowest = float(values[0])
    tiny = 1e-14 * max(1e-300, float(np.max(np.abs(values))))
    if lowest > tiny:
        step = -slope / values
        if np.linalg.norm(step) <= radius:
            return step, False
    shift = max(0.0, -lowest)
    flat = values + shift <= tiny
    if np.max(np.abs(slope[flat]), initial=0.0) <= 1e-12 * (float(np.max(np.abs(slope))) + 1e-300):
        step = np.where(flat, 0.0, -slope / np.where(flat, 1.0, values + shift))
        rest = radius**2 - float(step @ step)
        if rest >= 0:
            step[np.argmax(flat)] = np.sqrt(rest) if lowest < -tiny else 0.0
            return step, lowest < -tiny
    return _on_edge(values, slope, radius, shift), True


def _on_edge(values: Vector, slope: Vector, radius: float, shift: float) -> Vector:
    """−g/(λ + μ) of length radius, by Newton on 1/‖s‖ − 1/radius, kept inside a bracket."""
    size = float(np.linalg.norm(slope))
    low, high = shift, max(shift, size / radius - float(values[0])) + size / radius
    mu = max(low + 1e-3 * (high - low), size / radius - float(values[-1]))
    for _ in range(100):
        below = values + mu
        step = -slope / np.where(below > 0, below, 1e-300)
        length = float(np.linalg.norm(step))
        if not np.isfinite(length) or length > radius:
            low = mu
        else:
            high = mu
        if abs(length - radius) <= 1e-10 * radius:
            break
        bend = float(np.sum(step**2 / np.where(below > 0, below, 1e-300)))
        change = (length - radius) / radius * length**2 / bend if bend and np.isfinite(bend) else np.inf
        mu = mu + change if low < mu + change < high else (low + high) / 2
        if high - low <= 1e-15 * high:
            break
    return step
