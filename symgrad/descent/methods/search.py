"""How far to go along a direction: fixed, Armijo's backtracking, strong Wolfe with cubic interpolation, and exact.

A search looks at φ(a) = f(x + a·d) with φ′(0) < 0 and knows nothing of how d was chosen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np

from symgrad.descent.polynomial import Polynomial, derivative_of, polynomial, real_roots, value_of
from symgrad.descent.problem import Evaluated, Problem, Vector

ROUNDING = 1e-14  # a value that is higher by less than this times (1 + |f|) may be rounding and not a rise


class Found(NamedTuple):
    """Where the search ended and after which length."""

    there: Evaluated
    length: float


class Search(Protocol):
    """A way to choose the length of a step."""

    def __call__(self, problem: Problem, here: Evaluated, direction: Vector, first: float) -> Found | None:
        """The point found, trying the length `first` first; None if no lower point was found."""
        ...


def noise(value: float) -> float:
    """What may be rounding in a value of this size."""
    return ROUNDING * abs(value)


@dataclass(frozen=True)
class Armijo:
    """Halve the step until the value falls by a fair part of what the slope promises: φ(a) ≤ φ(0) + c·a·φ′(0).

    Source: Armijo 1966.
    """

    fair: float = 1e-4
    shrink: float = 0.5

    def __call__(self, problem: Problem, here: Evaluated, direction: Vector, first: float) -> Found | None:
        """The first length that is fair."""
        slope = float(here.gradient @ direction)
        length = first
        for _ in range(60):
            there = problem.at(here.x + length * direction)
            if there.finite and there.value <= here.value + self.fair * length * slope + noise(here.value):
                return Found(there, length) if np.any(there.x != here.x) else None
            length *= self.shrink
        return None


@dataclass(frozen=True)
class StrongWolfe:
    """A length with a fair fall and a flat slope: φ(a) ≤ φ(0) + c₁aφ′(0) and |φ′(a)| ≤ c₂|φ′(0)|.

    Where differences of the value are lost in rounding the slopes decide alone ("approximate Wolfe"), so that a run
    ends at the precision of the gradient.

    Source: Nocedal & Wright 2006, algorithms 3.5 and 3.6; Hager & Zhang 2005.
    """

    fair: float = 1e-4
    flat: float = 0.9
    most: int = 25

    def __call__(self, problem: Problem, here: Evaluated, direction: Vector, first: float) -> Found | None:
        """A length that satisfies both conditions, or the lowest point met."""
        phi = _Phi(problem, here, direction)
        low, high = _Trial(0.0, here, phi.slope), None
        length, best = first, None
        for _ in range(self.most):
            trial = phi.at(length)
            rises = (
                not trial.there.finite
                or not self._fair(phi, trial)
                or (low.length and trial.there.value > low.there.value + noise(low.there.value))
            )
            if not rises and abs(trial.slope) <= -self.flat * phi.slope:
                return Found(trial.there, length)
            if (
                not rises
                and trial.there.value <= here.value
                and (best is None or trial.there.value <= best.there.value)
            ):
                best = trial
            if rises:
                high = trial
            elif trial.slope >= 0:
                high, low = low, trial
            else:
                low = trial
                if high is not None and (high.length - trial.length) * trial.slope > 0:
                    high = None
            length = _between(low, high) if high is not None else _further(low, length)
            if high is not None and abs(high.length - low.length) <= 1e-16 * abs(low.length + high.length):
                break
        return Found(best.there, best.length) if best is not None and np.any(best.there.x != here.x) else None

    def _fair(self, phi: _Phi, trial: _Trial) -> bool:
        start = phi.here.value
        if trial.there.value <= start + self.fair * trial.length * phi.slope:
            return True
        return trial.there.value <= start + noise(start) and trial.slope <= (2 * self.fair - 1) * phi.slope


class _Trial(NamedTuple):
    length: float
    there: Evaluated
    slope: float


class _Phi:
    """φ(a) = f(x + a·d) with its slope."""

    def __init__(self, problem: Problem, here: Evaluated, direction: Vector) -> None:
        self.problem, self.here, self.direction = problem, here, direction
        self.slope = float(here.gradient @ direction)

    def at(self, length: float) -> _Trial:
        there = self.problem.at(self.here.x + length * self.direction)
        return _Trial(length, there, float(there.gradient @ self.direction) if there.finite else math.inf)


def _between(low: _Trial, high: _Trial) -> float:
    """A length between two trials: the minimum of the cubic through both where it lies well inside, else a part of the
    way."""
    a, b = low.length, high.length
    if not high.there.finite:
        return a + 0.1 * (b - a)
    secant = (low.there.value - high.there.value) / (a - b)
    d1 = low.slope + high.slope - 3 * secant
    square = d1 * d1 - low.slope * high.slope
    if square >= 0 and math.isfinite(square):
        d2 = math.copysign(math.sqrt(square), b - a)
        below = high.slope - low.slope + 2 * d2
        if below:
            length = b - (b - a) * (high.slope + d2 - d1) / below
            inside = (length - a) / (b - a)
            if 0.05 <= inside <= 0.95:
                return length
            if inside > 0 and math.isfinite(inside):
                return a + min(max(inside, 0.05), 0.95) * (b - a)
    return a + 0.5 * (b - a)


def _further(low: _Trial, length: float) -> float:
    return 4.0 * length if low.slope < 0 else 2.0 * length


@dataclass(frozen=True)
class Exact:
    """The lowest point of the whole ray, by exact algebra where f is a polynomial: all stationary points of φ, the best
    of them.

    φ is a polynomial in a with the doubles of x and d as exact fractions; Sturm's theorem isolates every root of φ′.
    Where f is no polynomial of degree at most eight, strong Wolfe with a nearly flat slope takes its place; `says`
    tells which it was.
    """

    def __call__(self, problem: Problem, here: Evaluated, direction: Vector, first: float) -> Found | None:
        """The global minimum along the ray."""
        found = along_ray(problem, here.x, direction)
        if found is None:
            return StrongWolfe(flat=1e-3, most=60)(problem, here, direction, first)
        if not found:
            return None
        length = float(found[0])
        there = problem.at(here.x + length * direction)
        return Found(there, length) if there.finite and there.value <= here.value + noise(here.value) else None

    def says(self, problem: Problem) -> str:
        """Whether the search is exact for this formula."""
        exact = as_polynomial(problem) is not None
        return (
            "exact line search by Sturm's theorem"
            if exact
            else "strong Wolfe to a nearly flat slope (f is no polynomial)"
        )


def as_polynomial(problem: Problem) -> Polynomial | None:
    """The formula of a problem as a polynomial of degree at most eight, remembered."""
    memory = problem.memory
    if "polynomial" not in memory:
        memory["polynomial"] = polynomial(problem.formula.tree, problem.names, degree=8)
    found: Polynomial | None = memory["polynomial"]
    return found


def along_ray(problem: Problem, x: Vector, direction: Vector) -> list[Fraction] | None:
    """The stationary lengths a > 0 of φ(a) = f(x + a·d), the lowest point first; None if f is no polynomial.

    >>> problem = Problem.of("(1-x)^2 + 100(y-x^2)^2")
    >>> x = np.array([-1.2, 1.0])
    >>> [float(f"{float(a):.9g}") for a in sorted(along_ray(problem, x, -problem.at(x).gradient))]
    [0.000788002451, 0.00650034566, 0.0122489659]
    """
    whole = as_polynomial(problem)
    if whole is None or not np.all(np.isfinite(x)) or not np.all(np.isfinite(direction)):
        return None
    line = whole.along(x.tolist(), direction.tolist())
    roots = [root for root in real_roots(derivative_of(line)) if root > 0]
    return sorted(roots, key=lambda root: value_of(line, root))
