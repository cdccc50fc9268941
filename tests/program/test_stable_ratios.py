"""Quotients and logarithms of sums, of exponentials above all: digits of the slope, and no overflow on the way."""

import math

import mpmath
import pytest

from symgrad.program import compile  # noqa: A004
from tests.program.test_stable import ulps


def gradient_of(function, point):
    """By central differences with hundreds of digits to spare."""
    step, slopes = mpmath.mpf(10) ** -400, []
    for k in range(len(point)):
        ahead, behind = ([x + sign * step * (j == k) for j, x in enumerate(point)] for sign in (1, -1))
        slopes.append((function(*ahead) - function(*behind)) / (2 * step))
    return slopes


def keeps_digits(text, function, points, bound=8):
    f = compile(text, backend="python")
    with mpmath.workdps(1500):
        for point in points:
            exact = [mpmath.mpf(x) for x in point]
            value, gradient = f(*point)
            assert ulps(value, function(*exact)) <= bound, f"value at {point}: {value}"
            for slope, true in zip(gradient.tolist(), gradient_of(function, exact)):
                assert ulps(slope, true) <= 2 * bound, f"slopes at {point}: {gradient}"


SHARES = [(3.0, 1e-9), (1e-9, 3.0), (2.0, 5.0), (1e8, 1.0), (1.0, 1e12)]


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("x/(x + y)", lambda x, y: x / (x + y)),
        ("x y/(x + y)", lambda x, y: x * y / (x + y)),
        ("x^2/(x^2 + y^2)", lambda x, y: x**2 / (x**2 + y**2)),
        ("x/(y + x^2)", None),
    ],
)
def test_the_slope_of_a_share_does_not_cancel(text, function):
    """∂/∂x x/(x + y) is y/(x + y)², ∂/∂y xy/(x + y) is (x/(x + y))²."""
    if function is not None:
        keeps_digits(text, function, SHARES)
    else:  # nothing cancels exactly in its denominator: it stays a quotient
        assert compile(text, order=0, backend="python").program.counts() == {"multiply": 1, "add": 1, "divide": 1}


@pytest.mark.parametrize("x", [-800.0, -355.0, -2.0, 1e-12, 0.3, 5.0, 355.0, 709.0])
@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("x^2 e^x/(e^x - 1)^2", lambda x: x**2 / (4 * mpmath.sinh(x / 2) ** 2)),
        ("e^x/(1 + e^x)^2", lambda x: 1 / (2 * mpmath.cosh(x / 2)) ** 2),
        ("e^(-x)/(1 + e^(-x))^2", lambda x: 1 / (2 * mpmath.cosh(x / 2)) ** 2),
    ],
)
def test_squares_of_growing_sums_do_not_overflow(text, function, x):
    if abs(x) < 705 or "x^2" not in text:  # beyond, both results are subnormal numbers or nearly so
        keeps_digits(text, function, [(x,)], bound=16)


@pytest.mark.parametrize("x", [0.4, 3.0, 20.0, 700.0, 800.0, 1e5, 1e300])
@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("ln(e^x - 1)", lambda x: x + mpmath.log1p(-mpmath.exp(-min(x, 5000)))),
        ("ln(1 - e^(-x))", lambda x: mpmath.log1p(-mpmath.exp(-min(x, 3000)))),
        ("ln(2cosh(x))", lambda x: x + mpmath.log1p(mpmath.exp(-2 * min(x, 5000)))),
        ("ln(2 + e^x + e^(-x))", lambda x: x + 2 * mpmath.log1p(mpmath.exp(-min(x, 5000)))),
        ("ln(x e^x)", lambda x: x + mpmath.log(x)),
        ("ln(e^(-x^2/2)/sqrt(2pi))", lambda x: -x * x / 2 - mpmath.log(2 * mpmath.pi) / 2),
        ("ln((e^x - 1)/x)", lambda x: x + mpmath.log1p(-mpmath.exp(-min(x, 5000))) - mpmath.log(x)),
        ("ln(sinh(x)/x)", lambda x: x + mpmath.log1p(-mpmath.exp(-2 * min(x, 5000))) - mpmath.log(2 * x)),
    ],
)
def test_logarithms_of_what_overflows_do_not(text, function, x):
    f = compile(text, backend="python")
    value, gradient = f(x)
    with mpmath.workdps(1500):
        true = function(mpmath.mpf(x))
    assert abs(true) > 1.7e308 or value == pytest.approx(float(true), rel=1e-14, abs=1e-320)
    assert math.isfinite(gradient[0])


@pytest.mark.parametrize("x", [1e-12, 1e-5, 0.1])
def test_logarithms_beside_one_keep_their_digits(x):
    keeps_digits("ln(sinh(x)/x)", lambda x: mpmath.log(mpmath.sinh(x) / x), [(x,), (-x,)])
    keeps_digits("ln((e^x - 1)/x)", lambda x: mpmath.log(mpmath.expm1(x) / x), [(x,), (-x,)])


def test_weighted_exponentials_take_part_in_the_sum_of_exponentials():
    f = compile("ln(e^x + 2e^y)", backend="python")
    assert f(1000.0, 0.0)[0] == 1000.0
    assert f(0.0, 1000.0)[0] == pytest.approx(1000 + math.log(2), rel=1e-15)


def test_means_with_exponential_weights_do_not_overflow():
    mean = compile("(x e^x + y e^y + z e^z)/(e^x + e^y + e^z)", backend="python")
    assert mean(800.0, 3.0, 1e-3)[0] == 800.0
    assert mean(-2000.0, -2000.0, -2000.0)[0] == pytest.approx(-2000.0, rel=1e-12)
    keeps_digits(
        "(x e^x + y e^y)/(e^x + e^y)",
        lambda x, y: (x * mpmath.exp(x) + y * mpmath.exp(y)) / (mpmath.exp(x) + mpmath.exp(y)),
        [(1.0, 2.0), (30.0, 1.0)],
        bound=32,
    )
