"""Minima without curvature: how slowly a descent creeps towards them, from the first derivative that does not vanish
there.

Near such a minimum f′ ≈ c·sᵖ with s the distance and p ≥ 2, and x ← x − z·f′ obeys s_k ≈ ((p−1)·z·c·k)^(−1/(p−1)):
halving the distance takes twice the steps (p = 2), not a fixed number. Everything is computed at high precision from
exact derivatives of the formula on the side from which the descent comes, so that a kink at the minimum itself, as in
|x|³, does no harm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from symgrad.calculus import derive
from symgrad.descent.figures import show
from symgrad.descent.pieces import resolve
from symgrad.formula import Formula
from symgrad.program import compile, interpret, lower  # noqa: A004 - the public name
from symgrad.syntax import tree as t

DIGITS = 60
_HIGHEST = 8  # derivatives looked at


@dataclass(frozen=True)
class SlowMinimum:
    """A minimum at `point` where f′ ≈ coefficient·sᵖ with p = `order`, s being the distance on the side looked at."""

    point: float
    order: int
    coefficient: Fraction | float
    derivative: Fraction | float  # the first that does not vanish, of order p + 1, from that side
    inflection: bool = False  # the slope has the same sign on the other side: no minimum, but the descent comes to rest

    def distance(self, rate: float, steps: int) -> float:
        """The distance that is left after so many steps."""
        p = self.order
        return float(((p - 1) * rate * float(self.coefficient) * steps) ** (-1 / (p - 1)))

    def steps(self, rate: float, distance: float) -> float:
        """The steps that it takes to come so near."""
        p = self.order
        return float(distance ** (1 - p) / ((p - 1) * rate * float(self.coefficient)))

    def law(self, rate: float | Fraction) -> str:
        """The law of the distance in the step number k.

        >>> SlowMinimum(0.0, 2, Fraction(9, 8), Fraction(9, 4)).law(0.5)
        '16/(9k)'
        >>> SlowMinimum(0.0, 3, Fraction(4), Fraction(24)).law(0.1)
        '√(5/(4k))'
        """
        p = self.order
        exact = isinstance(self.coefficient, Fraction)
        product = (p - 1) * (_typed(rate) if exact else Fraction(rate)) * Fraction(self.coefficient)
        inverse = 1 / product
        if exact and max(inverse.numerator, inverse.denominator) < 10**6:
            below = "k" if inverse.denominator == 1 else f"({inverse.denominator}k)"
            inside = f"{inverse.numerator}/{below}"
        else:
            inside = f"{show(float(inverse), 4)}/k"
        if p == 2:
            return inside
        return f"√({inside})" if p == 3 else f"({inside})^(1/{p - 1})"


def _typed(rate: float | Fraction) -> Fraction:
    return rate if isinstance(rate, Fraction) else Fraction(repr(float(rate)))


def slow_minimum(formula: Formula, name: str, x: float) -> SlowMinimum | None:
    """The minimum without curvature towards which a descent at x is creeping; None where there is none to be seen.

    The multiplicity of the root of f′ is read from f′·f‴/f″², Schröder's iteration x ← x − p·f′/f″ finds it.
    """
    import mpmath

    smooth = resolve(formula.tree, {name: x})
    if smooth is None:
        return None
    with mpmath.workdps(DIGITS):
        found = _slow_minimum(smooth, name, mpmath.mpf(x))
    if found is None:
        return None
    beyond = found.point - math.copysign(1e-3 * (1 + abs(found.point)), x - found.point)
    slope = float(compile(formula, order=1).vector(np.array([beyond]))[1][0])
    return replace(found, inflection=slope * (x - found.point) > 0)


def _slow_minimum(smooth: t.Node, name: str, x: Any) -> SlowMinimum | None:
    derivatives = [smooth]

    def at(order: int, place: Any) -> Any:
        while len(derivatives) <= order:
            derivatives.append(derive(Formula(derivatives[-1]), wrt=name).tree)
        return interpret(lower([derivatives[order]], (name,)), [place], digits=DIGITS)[0]

    place = _schroeder(at, x)
    if place is None:
        return None
    root, order = place
    value = at(order + 1, root)
    if not _finite(value) or abs(value) < 1e-20:
        return None
    side = 1 if x > root else -1
    factorial = 1
    for k in range(2, order + 1):
        factorial *= k
    signed = value * side ** (order + 1)  # the slope away from the root must be positive for a minimum
    if signed <= 0:
        return None
    return SlowMinimum(float(root), order, rational(signed / factorial), rational(signed))


def _schroeder(at: Any, x: float) -> tuple[Any, int] | None:
    """The root of f′ near x and its multiplicity, if that is at least two."""
    place: Any = x
    order = 0
    for _ in range(60):
        slope, bend, third = at(1, place), at(2, place), at(3, place)
        if not all(map(_finite, (slope, bend, third))):
            return None
        if abs(slope) < 1e-50:
            break
        if bend == 0:
            return None
        ratio = float(slope * third / bend**2)
        guess = 1 / (1 - ratio) if ratio < 1 else 0.0
        if not 0.6 < guess < _HIGHEST + 0.5:
            return None
        order = max(1, round(guess))
        step = order * slope / bend
        if abs(step) > 3 * (1 + abs(x)):
            return None
        place = place - step
        if abs(step) < 1e-30:
            break
    else:
        return None
    nice = rational(place)
    if isinstance(nice, Fraction) and abs(at(1, _number(nice))) <= abs(at(1, place)) + 1e-50:
        place = _number(nice)
    return (place, order) if order >= 2 else None


def _number(value: Fraction) -> Any:
    import mpmath

    return mpmath.mpf(value.numerator) / value.denominator


def _finite(value: Any) -> bool:
    return bool(abs(value) < 1e300)


def rational(value: Any) -> Fraction | float:
    """The fraction with a small denominator that a number of high precision is, or the nearest double."""
    sign, mantissa, exponent, _ = value._mpf_
    exact = Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** exponent
    simple = exact.limit_denominator(10**4)
    return simple if abs(exact - simple) < Fraction(1, 10**22) * max(1, abs(exact)) else float(value)
