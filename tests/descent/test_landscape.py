"""What is known before the first step: exact rates, bounds of the curvature, and how they are proved."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad import syntax
from symgrad.descent import Stop, descend
from symgrad.descent.interval import Interval, enclose
from symgrad.descent.landscape import curvature_bounds, learning_rates, quadratic
from symgrad.descent.polynomial import polynomial, real_roots
from symgrad.program import compile as compiled

LECTURE = "|x| - 2/3 sin(3|x|/2)"


def test_the_perceptrons_rates_are_exact():
    rates = learning_rates("(4w + 4)^2 + (w + 1)^2 + (-w/2 - 1/2)^2")
    assert rates.limit == Fraction(4, 69)
    assert rates.best == Fraction(2, 69)
    assert rates.factor(0.5) == 16.25
    assert descend("69/4 (w+1)^2", start=5, rate=float(rates.best), steps=1).points[-1, 0] == pytest.approx(-1)


def test_the_lectures_curve_has_curvature_up_to_three_halves():
    bounds = curvature_bounds(LECTURE)
    assert (bounds.lowest, bounds.highest, bounds.attained) == (Fraction(-3, 2), Fraction(3, 2), True)
    rates = learning_rates(LECTURE)
    assert rates.monotone == Fraction(2, 3)
    assert rates.limit == Fraction(4, 3)
    assert rates.best is None


def test_two_variables_exactly_where_the_root_is_rational():
    found = quadratic("2x^2 + 4x y + 5y^2 - 3x")
    assert found.hessian == ((4, 4), (4, 10))
    assert (found.lowest, found.highest) == (2, 12)
    assert found.minimizer == (Fraction(5, 4), Fraction(-1, 2))
    rates = learning_rates("2x^2 + 4x y + 5y^2")
    assert (rates.limit, rates.best) == (Fraction(1, 6), Fraction(1, 7))


def test_below_the_limit_it_converges_and_above_it_does_not():
    for formula in ("x^2 + 3x y + 5y^2", "(x-1)^2 + (2y+z)^2 + 7z^2"):
        limit = float(learning_rates(formula).limit)
        count = len(quadratic(formula).names)
        start = np.arange(1.0, count + 1)
        assert descend(formula, start=start, rate=0.97 * limit, steps=20_000).converged
        assert descend(formula, start=start, rate=1.03 * limit, steps=20_000).stop is Stop.DIVERGED


@pytest.mark.parametrize(
    ("formula", "interval", "lowest", "highest"),
    [
        ("x^4", (-1, 2), 0, 48),
        ("sin(x)", None, -1, 1),
        ("x^3", (-1, 1), -6, 6),
        ("|x - 1|^3", (0, 3), 0, 12),
        ("max(x, -x) + x^2", None, 2, 2),
    ],
)
def test_bounds_of_the_second_derivative(formula, interval, lowest, highest):
    bounds = curvature_bounds(formula, interval)
    assert math.isclose(float(bounds.lowest), lowest, abs_tol=1e-6)
    assert math.isclose(float(bounds.highest), highest, rel_tol=1e-6)


def test_what_has_no_bound_gets_none():
    assert curvature_bounds("x^4") is None
    assert learning_rates("x^4") is None
    assert learning_rates("-x^2") is None
    assert curvature_bounds("ln(x)", (0, 1)) is None


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(
        [
            "x^3 - x",
            "sin(3x) - cos(x)",
            "exp(-x^2)",
            "tanh(x)/(1 + x^2)",
            "|x|*x - max(x, 1)",
            "sigmoid(x)^2",
            "sqrt(1+x^2)",
        ]
    ),
    st.floats(-4, 4),
    st.floats(0, 3),
    st.floats(0, 1),
)
def test_an_enclosure_holds_every_value(formula, low, width, part):
    tree = syntax.parse(formula)
    box = Interval(low, low + width)
    x = min(max(low + part * width, box.low), box.high)
    found = enclose(tree, {"x": box})
    value = compiled(tree, order=0, backend="python")(x)
    assert found.low <= value + 1e-13 * abs(value)
    assert found.high >= value - 1e-13 * abs(value)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.fractions(-5, 5, max_denominator=8), min_size=1, max_size=5, unique=True), st.integers(1, 3))
def test_all_real_roots_are_found(roots, times):
    line = [Fraction(1)]
    for root in [*roots, *roots[:1] * (times - 1)]:
        line = [(line[k - 1] if k else 0) - root * (line[k] if k < len(line) else 0) for k in range(len(line) + 1)]
    found = real_roots(line)
    assert len(found) == len(set(roots))
    assert all(abs(a - b) < Fraction(1, 10**15) for a, b in zip(found, sorted(set(roots))))


def test_polynomials_are_read_exactly_or_not_at_all():
    assert polynomial(syntax.parse("(x + y)^3 - 0.5"), ["x", "y"]).at([Fraction(1, 3), Fraction(2, 3)]) == Fraction(
        1, 2
    )
    assert polynomial(syntax.parse("sin(x)"), ["x"]) is None
    assert polynomial(syntax.parse("1/x"), ["x"]) is None
    assert polynomial(syntax.parse("x^y"), ["x", "y"]) is None
