"""Sums that are another function of the same argument, and powers of one and a little."""

import math

import mpmath
import pytest

from symgrad.program import compile  # noqa: A004
from tests.program.test_stable import true_slope, ulps

COMPLEMENTS = {
    "1 + erf(x)": (lambda x: mpmath.erfc(-x), [-5.5, -2.5, 0.3, 4.0]),
    "1 - erf(x)": (mpmath.erfc, [5.5, 2.5, -0.3, -4.0]),
    "x (1 + erf(x/sqrt(2)))/2": (lambda x: x / 2 * mpmath.erfc(-x / mpmath.sqrt(2)), [-5.5, -1.0, 0.3, 4.0]),
    "1 - erfc(x)": (mpmath.erf, [1e-9, 0.3, -2.0]),
    "1 - tanh(x)": (lambda x: 2 / (1 + mpmath.exp(2 * x)), [-3.0, 0.2, 5.5, 300.0]),
    "1 + tanh(x)": (lambda x: 2 / (1 + mpmath.exp(-2 * x)), [-300.0, -5.5, 0.2, 3.0]),
    "pi/2 - arctan(x)": (mpmath.acot, [0.1, 36.5, 1e6, 1e12]),
    "pi/2 - arcsin(x)": (mpmath.acos, [0.1, 0.99999, -0.5]),
    "arcosh(1 + x)": (lambda x: mpmath.acosh(1 + x), [1e-30, 1e-12, 0.01, 3.0, 1e6]),
    "arccos(1 - x)": (lambda x: mpmath.acos(1 - x), [1e-30, 1e-12, 0.01, 1.9]),
    "ln(x + sqrt(x^2 + 1))": (mpmath.asinh, [1e-30, -1e-12, 0.01, 3.0, -1e6, 1e6]),
    "ln(sqrt(x^2 + 1) - x)": (lambda x: -mpmath.asinh(x), [1e-30, -1e-12, 0.01, 3.0, -1e6, 1e6]),
    "ln(x + sqrt(x^2 - 1))": (mpmath.acosh, [1.5, 3.0, 1e6, 1e200]),
    "(1 + 1/x)^x": (lambda x: mpmath.exp(x * mpmath.log1p(1 / x)), [0.7, 3.0]),
    "(1 + x)^365": (lambda x: (1 + x) ** 365, [1e-12, 1e-4, 0.03]),
    "(x^3 - 1)/(x - 1)": (lambda x: x * x + x + 1, [0.9999999, 1.0000001, 2.0, 1e6]),
    "ln(sinh(x))": (lambda x: x + mpmath.log1p(-mpmath.exp(-2 * x)) - mpmath.log(2), [1e-5, 2.0, 800.0, 1e5]),
}


@pytest.mark.parametrize("text", COMPLEMENTS)
def test_what_is_missing_keeps_its_digits(text):
    function, points = COMPLEMENTS[text]
    f = compile(text, backend="python")
    for x in points:
        with mpmath.workdps(1000):
            value, gradient = f(x)
            assert ulps(value, function(mpmath.mpf(x))) <= 32, f"value at {x}: {value}"
            assert ulps(float(gradient[0]), true_slope(function, mpmath.mpf(x))) <= 100, f"slope at {x}: {gradient[0]}"


@pytest.mark.parametrize("n", [12.0, 365.0, 1e8, 1e15])
def test_interest_compounded_ever_more_often_tends_to_e(n):
    value = compile("(1 + 1/n)^n", backend="python", order=0)(n)
    with mpmath.workdps(60):
        assert ulps(value, mpmath.exp(n * mpmath.log1p(1 / mpmath.mpf(n)))) <= 4


def test_domains_stay_what_they_were():
    assert math.isnan(compile("ln(sinh(x))", backend="python", order=0)(-1.0))
    assert math.isnan(compile("arcosh(1 + x)", backend="python", order=0)(-1.0))
    assert math.isnan(compile("arccos(1 - x)", backend="python", order=0)(2.5))
    assert compile("pi/2 - arctan(x)", backend="python", order=0)(-1.0) == pytest.approx(3 * math.pi / 4, rel=1e-15)
    assert compile("(1 + x)^y", backend="python", order=0)(-3.0, 2.0) == 4.0
    assert math.isnan(compile("(1 + x)^y", backend="python", order=0)(-3.0, 0.5))
    assert compile("(1 + x)^y", backend="python", order=0)(-1.0, 2.0) == 0.0
    assert compile("(1 + x)^y", backend="python", order=0)(math.inf, 2.0) == math.inf


@pytest.mark.parametrize("y", [1e-12, -1e-6, 0.02])
@pytest.mark.parametrize("x", [0.3, 0.999, 2.0, 700.0])
def test_powers_less_one_keep_their_digits(x, y):
    value = compile("x^y - 1", backend="python", order=0)(x, y)
    with mpmath.workdps(60):
        assert ulps(value, mpmath.expm1(mpmath.mpf(y) * mpmath.log(mpmath.mpf(x)))) <= 4


@pytest.mark.parametrize("x", [1.5, 1e6, 1e12])
def test_a_difference_of_powers_of_neighbours_keeps_its_digits(x):
    value = compile("(x + 1)^(1/n) - x^(1/n)", backend="python", order=0)(x, 7.0)
    with mpmath.workdps(60):
        exact = mpmath.mpf(x)
        assert ulps(value, (exact + 1) ** (mpmath.mpf(1) / 7) - exact ** (mpmath.mpf(1) / 7)) <= 32


def test_a_polynomial_is_divided_by_what_divides_it():
    assert compile("(x^2 - 1)/(x - 1)", backend="python", order=0).program.counts() == {"add": 1}
    assert compile("(x^2 - y^2)/(x - y)", backend="python", order=0)(0.1, 0.1) == 0.2
    assert compile("(x^2 - 1)/(x - 2)", backend="python", order=0).program.counts()["divide"] == 1
