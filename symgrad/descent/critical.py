"""Where the gradient is zero: all critical points of a small formula in a box, each with its kind.

For a polynomial in one variable by Sturm's theorem, on the whole line; else by interval Newton (Krawczyk's test): boxes
in which the gradient cannot vanish are thrown away, boxes in which it provably vanishes once are kept, others are
halved. What was used, and whether nothing can have been missed, is part of the answer. No sympy, so no solver that
hangs or loses roots.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symgrad.calculus import derive
from symgrad.descent.figures import number
from symgrad.descent.interval import Interval, enclose
from symgrad.descent.pieces import resolve
from symgrad.descent.polynomial import polynomial, real_roots
from symgrad.descent.problem import Problem, Vector, box_of
from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.syntax import tree as t

_BOXES = 2500  # looked at before the search is given up
_NEAR = 1e-3  # width of a box from which a root at its edge is looked for
_SMALL = 1e-9  # width of a box that is not halved further
_LARGEST = 3  # variables


@dataclass(frozen=True)
class CriticalPoint:
    """A point of zero gradient: "minimum", "maximum", "saddle", or "degenerate" where the Hessian has a zero
    eigenvalue."""

    point: dict[str, float]
    value: float
    kind: str
    certified: bool  # that there is exactly one critical point just there is proved

    def __str__(self) -> str:
        place = ", ".join(f"{name} = {number(value, 8)}" for name, value in self.point.items())
        return f"{self.kind} at {place}: {number(self.value, 8)}"


@dataclass(frozen=True)
class CriticalPoints:
    """The critical points by ascending value, how they were found, and whether there can be no others in the region."""

    points: tuple[CriticalPoint, ...]
    method: str
    complete: bool

    def counts(self) -> dict[str, int]:
        """How many of each kind.

        >>> critical_points("x^4/4 - x^2/2").counts()
        {'minimum': 2, 'maximum': 1}
        """
        found: dict[str, int] = {}
        for point in self.points:
            found[point.kind] = found.get(point.kind, 0) + 1
        return found

    def __str__(self) -> str:
        end = "These are all." if self.complete else "There may be others."
        return "\n".join([*map(str, self.points), f"{self.method}. {end}"])


def critical_points(
    formula: Any, box: Mapping[str, tuple[float, float]] | Sequence[tuple[float, float]] | None = None
) -> CriticalPoints:
    """The critical points of a formula in up to three variables.

    Args:
        formula: a smooth formula; one with kinks in the box cannot be searched.
        box: the ends for each variable; −10 to 10 if not given. Not needed for a polynomial in one variable.

    Raises:
        UsageError: too many variables, an infinite box, or kinks.

    >>> print(critical_points("x^3 - 3x + y^2"))
    minimum at x = 1, y = 0: −2
    saddle at x = −1, y = 0: 2
    Interval Newton in −10 ≤ x ≤ 10, −10 ≤ y ≤ 10. These are all.
    """
    formula = as_formula(formula)
    names = formula.names
    if not 1 <= len(names) <= _LARGEST:
        raise UsageError(f"Critical points are searched in one to {_LARGEST} variables, not {len(names)}.")
    whole = polynomial(formula.tree, names, degree=40)
    if len(names) == 1 and whole is not None and box is None:
        slope = whole.derivative(0)
        line = [slope.terms.get((k,), Fraction(0)) for k in range(slope.degree + 1)]
        places = [np.array([float(root)]) for root in real_roots(line)]
        return _told(formula, [(place, True) for place in places], "Sturm's theorem on the whole line", complete=True)
    ends = box_of(box if box is not None else [(-10.0, 10.0)] * len(names), names)
    assert ends is not None
    if not (np.all(np.isfinite(ends[0])) and np.all(np.isfinite(ends[1]))):
        raise UsageError("The box must be finite.", hint='For example box={"x": (-5, 5)}.')
    if resolve(formula.tree, dict(zip(names, map(float, (ends[0] + ends[1]) / 2 + 0.1234)))) is not formula.tree:
        raise UsageError(
            "The formula has kinks, where no derivative says what happens.", hint="Search a smooth piece of it."
        )
    places_found, complete = _search(formula, list(zip(*ends)))
    where = ", ".join(f"{number(low)} ≤ {name} ≤ {number(high)}" for name, low, high in zip(names, *ends))
    return _told(formula, places_found, f"Interval Newton in {where}", complete=complete)


def _told(formula: Formula, places: list[tuple[Vector, bool]], method: str, *, complete: bool) -> CriticalPoints:
    problem = Problem.of(formula)
    points = []
    for place, certified in places:
        x = np.where(np.abs(place) < 1e-12, 0.0, place)
        values = np.linalg.eigvalsh(problem.hessian(x))
        noise = 1e-7 * max(1e-300, float(np.max(np.abs(values))))
        kind = "saddle"
        if np.any(np.abs(values) <= noise) or not np.any(values):
            kind = "degenerate"
        elif np.all(values > 0):
            kind = "minimum"
        elif np.all(values < 0):
            kind = "maximum"
        points.append(CriticalPoint(dict(zip(formula.names, map(float, x))), problem.at(x).value, kind, certified))
    return CriticalPoints(tuple(sorted(points, key=lambda point: point.value)), method, complete)


# ---- branch and prune --------------------------------------------------------------------------------------------


def _search(formula: Formula, ends: list[tuple[float, float]]) -> tuple[list[tuple[Vector, bool]], bool]:
    """The roots of the gradient in a box, and whether every box was decided."""
    names = formula.names
    gradient = [derive(formula, wrt=name).tree for name in names]
    hessian = [[derive(Formula(slope, variables=names), wrt=name).tree for name in names] for slope in gradient]
    problem = Problem.of(formula)
    found: list[tuple[Vector, bool]] = []
    # a box a little larger, halved off centre: critical points love the middles and corners of boxes
    stack = [[Interval(low - 1e-3 * (high - low), high + 0.7e-3 * (high - low)) for low, high in ends]]
    looked = 0
    while stack and looked < _BOXES:
        looked += 1
        box = stack.pop()
        here = dict(zip(names, box))
        slopes = [enclose(slope, here) for slope in gradient]
        if any(slope is not None and not slope.has(0.0) for slope in slopes):
            continue
        smaller, unique = _krawczyk(problem, hessian, names, box)
        if smaller is None:
            continue
        width = max(side.width for side in smaller)
        if unique or (width < _NEAR and _alone(problem, hessian, names, smaller)):
            _add(found, _refined(problem, smaller), True)
        elif width < _SMALL:
            _add(found, _refined(problem, smaller), False)
        elif _volume(smaller) < 0.5 * _volume(box):
            stack.append(smaller)
        else:
            stack += _halved(smaller)
    inside = [(x, sure) for x, sure in found if all(low <= value <= high for value, (low, high) in zip(x, ends))]
    return inside, not stack and all(sure for _, sure in found)


def _alone(problem: Problem, hessian: list[list[t.Node]], names: Sequence[str], box: list[Interval]) -> bool:
    """Whether a wider box around the root near this one, which holds this box, has exactly one root: roots love
    edges."""
    x = _refined(problem, box)
    wide = [
        Interval(min(side.low, float(value) - side.width - 1e-7), max(side.high, float(value) + side.width + 1e-7))
        for side, value in zip(box, x)
    ]
    return max(side.width for side in wide) < 10 * _NEAR and _krawczyk(problem, hessian, names, wide)[1]


def _krawczyk(
    problem: Problem, hessian: list[list[t.Node]], names: Sequence[str], box: list[Interval]
) -> tuple[list[Interval] | None, bool]:
    """The part of the box where a root can be (None: nowhere), and whether there is exactly one in it."""
    size = len(box)
    here = dict(zip(names, box))
    table = [[enclose(entry, here) for entry in row] for row in hessian]
    middle = np.array([side.middle for side in box])
    with np.errstate(all="ignore"):
        at, bend = problem.at(middle), problem.hessian(middle)
    if any(entry is None or math.isinf(entry.size) for row in table for entry in row) or not np.all(np.isfinite(bend)):
        return box, False
    try:
        inverse = np.linalg.inv(bend)
    except np.linalg.LinAlgError:
        return box, False
    radius = np.array([side.width / 2 for side in box])
    low = np.array([[entry.low for entry in row if entry is not None] for row in table])
    high = np.array([[entry.high for entry in row if entry is not None] for row in table])
    # |I − Y·H(X)|·r bounds how far the rest of the box can lie from Newton's point; a margin covers rounding
    centre, spread = (low + high) / 2, (high - low) / 2
    matrix = np.abs(np.eye(size) - inverse @ centre) + np.abs(inverse) @ spread
    reach = (matrix @ radius) * (1 + 1e-10) + 1e-14 * (1 + np.abs(middle))
    newton = middle - inverse @ at.gradient
    if not np.all(np.isfinite(newton)) or not np.all(np.isfinite(reach)):
        return box, False
    cut = [
        Interval(max(side.low, float(n - r)), min(side.high, float(n + r))) for side, n, r in zip(box, newton, reach)
    ]
    if any(side.low > side.high for side in cut):
        return None, False
    inside = all(n - r > side.low and n + r < side.high for side, n, r in zip(box, newton, reach))
    return cut, inside


def _refined(problem: Problem, box: list[Interval]) -> Vector:
    """Newton's iteration from the middle of a box, as long as it stays near."""
    x = np.array([side.middle for side in box])
    width = max(side.width for side in box)
    with np.errstate(all="ignore"):
        for _ in range(20):
            step = np.linalg.lstsq(problem.hessian(x), problem.at(x).gradient, rcond=1e-12)[0]
            if not np.all(np.isfinite(step)) or np.max(np.abs(step)) > 2 * width + 1e-6:
                break
            x = x - step
            if np.max(np.abs(step)) < 1e-15 * (1 + np.max(np.abs(x))):
                break
    return x


def _add(found: list[tuple[Vector, bool]], x: Vector, certified: bool) -> None:
    """A root more, unless it is one of those already found."""
    for index, (other, sure) in enumerate(found):
        if np.max(np.abs(other - x)) < 1e-6 * (1 + np.max(np.abs(x))):
            found[index] = (other, sure or certified)
            return
    found.append((x, certified))


def _volume(box: list[Interval]) -> float:
    return math.prod(max(side.width, 1e-300) for side in box)


def _halved(box: list[Interval]) -> list[list[Interval]]:
    index = max(range(len(box)), key=lambda i: box[i].width)
    side = box[index]
    cut = side.low + 0.487 * side.width
    parts = (Interval(side.low, cut), Interval(cut, side.high))
    return [[*box[:index], part, *box[index + 1 :]] for part in parts]
