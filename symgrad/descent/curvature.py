"""What the curvature says of a rule before and after a run: stability limits and predicted rates, from the rule's own
equations.

On a parabola with curvature λ every linear rule multiplies its memory (the point and its state) by a fixed matrix in
each step; its spectral radius is the factor by which the distance to the minimum shrinks. The matrix is read off the
rule's equations, so that no rule needs a theory of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.descent.problem import Problem, Vector
from symgrad.descent.update import UpdateRule


def curvatures(problem: Problem, x: Vector) -> Vector | None:
    """The eigenvalues of the exact Hessian, ascending; None where it is not finite or costs too much."""
    if not problem.bends_cheaply:
        return None
    hessian = problem.hessian(x, count=False)
    if not np.all(np.isfinite(hessian)):
        return None
    return np.asarray(np.linalg.eigvalsh(hessian), np.float64)


def largest_curvature(problem: Problem, x: Vector) -> float | None:
    """The curvature of the largest magnitude: an eigenvalue of the exact Hessian, or, where that costs too much, by the
    power method on differences of exact gradients (good to a few percent)."""
    if problem.bends_cheaply:
        values = curvatures(problem, x)
        return None if values is None else float(np.max(np.abs(values)))
    here = problem.at(x)
    if not here.finite:
        return None
    direction = here.gradient / (float(np.linalg.norm(here.gradient)) or 1.0)
    reach = 1e-6 * (1.0 + float(np.linalg.norm(x)))
    size = 0.0
    for _ in range(20):
        bend = (problem.at(x + reach * direction).gradient - here.gradient) / reach
        size = float(np.linalg.norm(bend))
        if not math.isfinite(size) or size == 0:
            return None
        direction = bend / size
    return size


def amplification(rule: UpdateRule, rate: float, curvature: float) -> float | None:
    """The factor by which a step changes the distance to the minimum of λx²/2 in the long run; None for a rule that is
    not linear.

    >>> from symgrad.descent.rules import find_rule
    >>> amplification(find_rule("gradient descent"), 0.5, 34.5)
    16.25
    >>> round(amplification(find_rule("momentum"), 1.0, 1.0), 6)
    0.948683
    """
    names = ["x", *rule.state]
    identity = np.eye(len(names))

    def image(memory: Vector, k: int) -> Vector:
        state = {name: memory[i + 1 : i + 2] for i, name in enumerate(rule.state)}
        x, state = rule.step(memory[:1], curvature * memory[:1], rate, k, state)
        return np.array([float(x[0]), *(float(state[name][0]) for name in rule.state)])

    with np.errstate(all="ignore"):
        columns = [image(column, 0) for column in identity]
        matrix = np.stack(columns, axis=1)
        probe = np.linspace(1.3, -2.7, len(names))
        linear = all(
            np.allclose(image(probe * scale, k), matrix @ probe * scale, rtol=1e-9, atol=0)
            for scale in (1, -5)
            for k in (0, 7)
        )
    if not linear or not np.all(np.isfinite(matrix)):
        return None
    return float(np.max(np.abs(np.linalg.eigvals(matrix))))


def stability_limit(rule: UpdateRule) -> float | None:
    """The product rate·λ up to which the rule does not overshoot away from a minimum: 2 for gradient descent, 2(1 + μ)
    with momentum.

    >>> from symgrad.descent.rules import find_rule
    >>> stability_limit(find_rule("gradient descent")), round(stability_limit(find_rule("momentum")), 6)
    (2.0, 3.8)
    """
    low, high = 0.0, 64.0
    radius = amplification(rule, 1.0, 1e-3)
    if radius is None or radius > 1:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        radius = amplification(rule, 1.0, middle)
        if radius is not None and radius <= 1 + 1e-12:
            low = middle
        else:
            high = middle
    return float(f"{(low + high) / 2:.10g}")


def predicted_rate(rule: UpdateRule, rate: float, eigenvalues: Sequence[float] | Vector) -> float | None:
    """The factor of the slowest direction: max over the curvatures of `amplification`."""
    factors = [amplification(rule, rate, float(value)) for value in eigenvalues]
    known = [factor for factor in factors if factor is not None]
    return max(known) if len(known) == len(factors) and known else None


def along(problem: Problem, points: Any, at_most: int = 40) -> list[tuple[int, float, float]]:
    """(index, smallest, largest curvature) at some of the points of a path, the first and the last among them."""
    last = len(points) - 1
    third = at_most // 3  # most happens early
    parts = [np.arange(min(third, last + 1)), np.geomspace(1, last + 1, third) - 1, np.linspace(0, last, third)]
    indices = np.unique(np.rint(np.concatenate(parts)).astype(int))
    found = []
    for index in indices:
        if np.all(np.isfinite(points[index])):
            values = curvatures(problem, points[index])
            if values is not None and math.isfinite(values[0]):
                found.append((int(index), float(values[0]), float(values[-1])))
    return found
