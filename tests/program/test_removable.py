"""Values that are 0/0 or cancel beside a point though they are smooth there: digits of value, slope and bend."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from symgrad.program import compile  # noqa: A004
from symgrad.program.graph import Graph
from symgrad.program.power_series import Expansion
from symgrad.program.stable import StableGraph
from tests.program.test_stable import ulps

SMOOTH = {
    "tan(x)/x": lambda x: mpmath.tan(x) / x,
    "sinh(x)/x": lambda x: mpmath.sinh(x) / x,
    "tanh(x)/x": lambda x: mpmath.tanh(x) / x,
    "x/sin(x)": lambda x: x / mpmath.sin(x),
    "x/tanh(x)": lambda x: x / mpmath.tanh(x),
    "x/sinh(x)": lambda x: x / mpmath.sinh(x),
    "x/(e^x - 1)": lambda x: x / mpmath.expm1(x),
    "x/(1 - e^-x)": lambda x: -x / mpmath.expm1(-x),
    "arcsin(x)/x": lambda x: mpmath.asin(x) / x,
    "ln(1 + x)/x": lambda x: mpmath.log1p(x) / x,
    "(1 - cos(x))/x^2": lambda x: 2 * mpmath.sin(x / 2) ** 2 / x**2,
    "(x - sin(x))/x^3": lambda x: (x - mpmath.sin(x)) / x**3,
    "(e^x - 1 - x)/x^2": lambda x: (mpmath.expm1(x) - x) / x**2,
    "e^x - 1 - x - x^2/2": lambda x: mpmath.expm1(x) - x - x * x / 2,
    "x - tanh(x)": lambda x: x - mpmath.tanh(x),
    "ln(1 + x) - x": lambda x: mpmath.log1p(x) - x,
    "x coth(x) - 1": lambda x: x * mpmath.coth(x) - 1,
    "coth(x) - 1/x": lambda x: mpmath.coth(x) - 1 / x,
    "1/x - 1/sinh(x)": lambda x: 1 / x - 1 / mpmath.sinh(x),
    "1/x - 1/(e^x - 1)": lambda x: 1 / x - 1 / mpmath.expm1(x),
    "1/sin(x)^2 - 1/x^2": lambda x: 1 / mpmath.sin(x) ** 2 - 1 / x**2,
    "3(sin(x) - x cos(x))/x^3": lambda x: 3 * (mpmath.sin(x) - x * mpmath.cos(x)) / x**3,
    "ln(sin(x)/x)": lambda x: mpmath.log(mpmath.sin(x) / x),
    "sin(pi x)/(pi x)": lambda x: mpmath.sin(mpmath.pi * x) / (mpmath.pi * x),
}
BESIDE_ONE = {
    "ln(x)/(x - 1)": lambda x: mpmath.log(x) / (x - 1),
    "(x - 1)/ln(x)": lambda x: (x - 1) / mpmath.log(x),
    "x - 1 - ln(x)": lambda x: x - 1 - mpmath.log(x),
}
STEPS = [1e-300, 1e-30, 1e-12, 1e-8, 1e-4, 0.003, 0.05, 0.2, 0.45, 0.7]


def truth(function, x, order):
    """The derivative of an order, by a central difference with hundreds of digits to spare."""
    with mpmath.workdps(3000):
        exact, step = mpmath.mpf(x), mpmath.mpf(10) ** -900
        if order == 0:
            return function(exact)
        if order == 1:
            return (function(exact + step) - function(exact - step)) / (2 * step)
        return (function(exact + step) - 2 * function(exact) + function(exact - step)) / step**2


@pytest.mark.parametrize("backend", ["python", "numpy"])
@pytest.mark.parametrize("text", SMOOTH)
def test_smooth_values_keep_their_digits_beside_zero(text, backend):
    check(text, SMOOTH[text], [sign * step for step in STEPS for sign in (1, -1)], backend)


@pytest.mark.parametrize("text", BESIDE_ONE)
def test_smooth_values_keep_their_digits_beside_one(text):
    check(text, BESIDE_ONE[text], [1 + sign * step for step in STEPS[2:] for sign in (1, -1)], "python")


def check(text, function, points, backend):
    f = compile(text, order=2, backend=backend)
    if backend == "numpy":
        value, gradient, hessian = f(np.array(points))
        found = [value, gradient[0], hessian[0, 0]]
    else:
        rows = [f(x) for x in points]
        found = [[row[0] for row in rows], [row[1][0] for row in rows], [row[2][0, 0] for row in rows]]
    # far from the point the direct forms lose a few bits, the more the higher the derivative
    for order, (values, bound) in enumerate(zip(found, (16, 100, 1000))):
        for x, computed in zip(points, values):
            assert ulps(float(computed), truth(function, x, order)) <= bound, f"derivative {order} at {x}: {computed}"


@pytest.mark.parametrize(
    ("text", "limit"), [("tan(x)/x", 1), ("(1 - cos(x))/x^2", 0.5), ("x/(e^x - 1)", 1), ("x coth(x) - 1", 0)]
)
def test_at_the_point_itself_there_is_the_limit(text, limit):
    value, gradient = compile(text, backend="python")(0.0)
    assert value == limit
    assert gradient[0] == (-0.5 if text == "x/(e^x - 1)" else 0)


@pytest.mark.parametrize(("text", "point"), [("ln(x)/ln(x)", 1.0), ("(e^x - 1)/(e^x - 1)", 0.0)])
@pytest.mark.parametrize("order", [1, 2])
def test_a_limit_that_does_not_change_has_slope_0(text, point, order):
    f = compile(text, order=order, backend="python")
    assert [np.ravel(part).tolist() for part in f(point)] == [[1.0], [0.0], [0.0]][: order + 1]


def test_a_quotient_in_two_variables_is_continued_by_their_difference():
    f = compile("(x - y)/sinh(x - y)*z", variables=["x", "y", "z"], backend="python")
    assert f(0.3, 0.3, 2.0)[0] == 2.0
    _, gradient = f(0.3 + 2.0**-30, 0.3, 1.0)
    assert float(gradient[0]) == pytest.approx(-(2.0**-30) / 3, rel=1e-12)


def test_nan_stays_nan_and_infinity_takes_the_direct_form():
    f = compile("tanh(x)/x", backend="python")
    assert np.isnan(f(float("nan"))[0])
    assert f(float("inf"))[0] == 0.0


@pytest.mark.parametrize("text", ["sin(x)/(1 + x)", "x/(2 + cos(x))", "1/x", "cos(x)/x", "sin(x) + x", "tanh(x) y - x"])
def test_nothing_is_continued_that_does_not_cancel(text):
    assert "select" not in compile(text, order=1, backend="python").program.counts()


def test_series_are_exact():
    g = StableGraph(1)
    tangent = g.unary("tan", 0)
    assert Expansion(g, 0, 0, 6).of(tangent).coefficients[:5] == [1, 0, Fraction(1, 3), 0, Fraction(2, 15)]
    assert Expansion(g, 0, 0, 6).of(g.node("bose", 0)).valuation == -1


def test_a_constant_that_is_not_rational_has_no_series():
    g = Graph(1)
    assert Expansion(g, 0, 0, 6).of(g.unary("exp", g.add(0, g.number(1)))) is None
    assert Expansion(g, 0, 0, 6).of(g.unary("abs", 0)) is None
