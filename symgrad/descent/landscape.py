"""What can be known of a formula before the first step: curvature, safe and best learning rates.

Exact where the formula is a quadratic; a proof by intervals where it has one variable and a range is given. Where
critical points lie is `critical.py`; what a rule does with a curvature is `curvature.py`.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from symgrad.calculus import derive
from symgrad.descent.interval import Interval, enclose
from symgrad.descent.pieces import kinks, resolve
from symgrad.descent.polynomial import polynomial
from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.program import compile  # noqa: A004 - the public name
from symgrad.syntax import tree as t

Exact = Fraction | float


@dataclass(frozen=True)
class Rates:
    """Learning rates for gradient descent from bounds of the curvature, lowest ≤ f″ ≤ highest.

    Args:
        lowest, highest: the smallest and largest curvature (eigenvalue of the Hessian).
        limit: 2/highest: any smaller rate converges on a quadratic, and never goes up elsewhere.
        monotone: 1/highest: up to it no step overshoots.
        best: 2/(lowest + highest), the fastest fixed rate; None where the lowest curvature is not positive.
        because: how it is known.

    >>> learning_rates("(4w + 4)^2/2 + (w + 1)^2/2 + (w/2 + 1/2)^2/2").limit
    Fraction(8, 69)
    """

    lowest: Exact
    highest: Exact
    limit: Exact
    monotone: Exact
    best: Exact | None
    because: str

    def factor(self, rate: float) -> float:
        """The factor max|1 − rate·λ| by which a step changes the distance to the minimum at worst."""
        return max(abs(1 - rate * float(self.lowest)), abs(1 - rate * float(self.highest)))


@dataclass(frozen=True)
class Quadratic:
    """A formula ½xᵀHx + bᵀx + c with its exact Hessian H, and its lowest point where H is regular."""

    names: tuple[str, ...]
    hessian: tuple[tuple[Fraction, ...], ...]
    minimizer: tuple[Fraction, ...] | None
    lowest: Exact
    highest: Exact


def quadratic(formula: Any) -> Quadratic | None:
    """The formula as an exact quadratic, or None."""
    formula = as_formula(formula)
    found = polynomial(formula.tree, formula.names, degree=4)
    if found is None or found.degree != 2:
        return None
    hessian = found.hessian()
    zero = [Fraction(0)] * len(found.names)
    slope = [found.derivative(i).at(zero) for i in range(len(found.names))]
    low, high = _eigenvalues(hessian)
    minimizer = _solve(hessian, [-value for value in slope])
    return Quadratic(found.names, tuple(map(tuple, hessian)), minimizer, low, high)


def _eigenvalues(matrix: list[list[Fraction]]) -> tuple[Exact, Exact]:
    """The smallest and the largest: exact for one variable, for a diagonal matrix, and for two where the root is
    rational."""
    size = len(matrix)
    if all(not matrix[i][j] for i in range(size) for j in range(size) if i != j):
        diagonal = [matrix[i][i] for i in range(size)]
        return min(diagonal), max(diagonal)
    if size == 2:
        middle = (matrix[0][0] + matrix[1][1]) / 2
        square = ((matrix[0][0] - matrix[1][1]) / 2) ** 2 + matrix[0][1] ** 2
        root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
        if root * root == square:
            return middle - root, middle + root
    values = np.linalg.eigvalsh(np.array([[float(value) for value in row] for row in matrix]))
    return float(values[0]), float(values[-1])


def _solve(matrix: list[list[Fraction]], right: list[Fraction]) -> tuple[Fraction, ...] | None:
    """The exact solution by elimination; None for a singular matrix."""
    rows = [[*row, value] for row, value in zip(matrix, right)]
    size = len(rows)
    for column in range(size):
        pivot = next((i for i in range(column, size) if rows[i][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for i in range(size):
            if i != column and rows[i][column]:
                rows[i] = [a - rows[i][column] * b for a, b in zip(rows[i], rows[column])]
    return tuple(row[-1] for row in rows)


def learning_rates(formula: Any, interval: tuple[float, float] | None = None) -> Rates | None:
    """The safe and the best learning rate, before any step; None where they cannot be known.

    Args:
        formula: a quadratic in any number of variables, or a formula in one variable.
        interval: for one variable, where the descent will be; everywhere if not given.

    >>> rates = learning_rates("69/4 (w+1)^2")
    >>> rates.limit, rates.best
    (Fraction(4, 69), Fraction(2, 69))
    >>> learning_rates("|x| - 2/3 sin(3|x|/2)").limit
    Fraction(4, 3)
    """
    formula = as_formula(formula)
    square = quadratic(formula)
    if square is not None:
        because = "the formula is a quadratic: its curvature is the same everywhere"
        return _rates(square.lowest, square.highest, because)
    if len(formula.names) != 1:
        return None
    bounds = curvature_bounds(formula, interval)
    if bounds is None:
        return None
    where = "for every real number" if interval is None else f"between {interval[0]:g} and {interval[1]:g}"
    return _rates(bounds.lowest, bounds.highest, f"f″ was enclosed by interval arithmetic {where}")


def _rates(lowest: Exact, highest: Exact, because: str) -> Rates | None:
    largest: Exact = max(-lowest, highest)
    if not highest > 0 or not math.isfinite(largest):
        return None
    best = 2 / (lowest + highest) if lowest > 0 else None
    return Rates(lowest, highest, 2 / largest, 1 / largest, best, because)


@dataclass(frozen=True)
class Bounds:
    """lowest ≤ f″ ≤ highest; `attained` says that both were found to be reached, so that they are the minimum and
    maximum."""

    lowest: Exact
    highest: Exact
    attained: bool


_BOXES = 4000


def curvature_bounds(formula: Any, interval: tuple[float, float] | None = None) -> Bounds | None:
    """Bounds of the second derivative of a formula in one variable, proved by interval arithmetic; None where it has
    none.

    Where the bound is within 10⁻⁹ of a value that is reached and a fraction with a small denominator fits both, it is
    that fraction.

    >>> curvature_bounds("|x| - 2/3 sin(3|x|/2)")
    Bounds(lowest=Fraction(-3, 2), highest=Fraction(3, 2), attained=True)
    """
    formula = as_formula(formula)
    if len(formula.names) != 1:
        raise UsageError(
            "Bounds of f″ are for one variable.", hint="For a quadratic in several variables use quadratic()."
        )
    name = formula.names[0]
    low, high = interval or (-math.inf, math.inf)
    places = kinks(formula.tree, name, low, high)
    if places is None:
        return None
    ends = [low, *places, high]
    lows, highs = [], []
    for left, right in pairwise(ends):
        piece = resolve(formula.tree, {name: Interval(left, right).middle})
        if piece is None:
            return None
        second = derive(Formula(piece), wrt=name, order=2).tree
        top = _highest(second, name, Interval(left, right))
        bottom = _highest(t.Negate(second), name, Interval(left, right))
        if top is None or bottom is None:
            return None
        highs.append(top)
        lows.append((-bottom[0], bottom[1]))
    lowest, low_attained = min(lows)
    highest, high_attained = max(highs)
    return Bounds(lowest, highest, low_attained and high_attained)


def _highest(tree: t.Node, name: str, whole: Interval) -> tuple[Exact, bool] | None:
    """The largest value over an interval by branch and bound, and whether it is reached; None if it is infinite."""
    first = enclose(tree, {name: whole})
    if first is None:
        return None
    reached = _reached(tree, name, whole)
    heap = [(-first.high, whole.low, whole.high)]
    for count in range(_BOXES):
        bound, low, high = -heap[0][0], heap[0][1], heap[0][2]
        if bound - reached <= 1e-9 * max(1.0, abs(reached)):
            return _nice(reached, bound), True
        if count > _PATIENCE and math.isinf(bound):
            return None
        middle = Interval(low, high).middle
        value = enclose(tree, {name: Interval(middle, middle)})
        reached = max(reached, value.low if value is not None else -math.inf)
        heapq.heappop(heap)
        for part in _halves(low, middle, high):
            inside = enclose(tree, {name: part})
            if inside is None:
                return None
            heapq.heappush(heap, (-inside.high, part.low, part.high))
    bound = -heap[0][0]
    return None if math.isinf(bound) else (_nice(reached, bound), bound - reached < 1e-6 * max(1.0, abs(bound)))


_PATIENCE = 300  # boxes after which an infinite bound is given up
_WINDOW = 20.0  # where an infinite interval is searched for large values


def _reached(tree: t.Node, name: str, whole: Interval) -> float:
    """A large value that the formula has: the best of a grid, climbed up from by golden sections."""
    function = compile(tree, order=0, variables=(name,))
    low, high = max(whole.low, min(-_WINDOW, whole.high - 1)), min(whole.high, max(_WINDOW, whole.low + 1))
    grid = np.linspace(low, high, 801)
    with np.errstate(all="ignore"):
        values = np.asarray(function(grid), float)
        values = np.where(np.isfinite(values), values, -np.inf)
        best = int(np.argmax(values))
        left, right = float(grid[max(0, best - 1)]), float(grid[min(len(grid) - 1, best + 1)])
        reached = float(values[best])
        ratio = (math.sqrt(5) - 1) / 2
        for _ in range(60):
            inner = (right - ratio * (right - left), left + ratio * (right - left))
            at = [float(function(x)) for x in inner]
            if not all(map(math.isfinite, at)):
                break
            left, right = (left, inner[1]) if at[0] > at[1] else (inner[0], right)
            reached = max(reached, *at)
    return reached


def _halves(low: float, middle: float, high: float) -> list[Interval]:
    return [Interval(low, middle), Interval(middle, high)]


def _nice(reached: float, bound: float) -> Exact:
    """The fraction with a denominator up to 1000 that the bound is meant to be, or the bound itself."""
    simple = Fraction(bound).limit_denominator(1000)
    width = max(bound - reached, 1e-12 * max(1.0, abs(bound)))
    return simple if abs(float(simple) - bound) <= 2 * width and width < 1e-6 else bound
