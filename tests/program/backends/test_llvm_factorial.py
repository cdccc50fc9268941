"""Γ and ln Γ as native code: within their stated errors, whole numbers exact, overflow where it belongs."""

import math

import mpmath
import numpy as np
import pytest

pytest.importorskip("llvmlite")

from symgrad.program import _ieee
from symgrad.program.backends import llvm_factorial as factorial
from tests.program.backends.test_llvm_math import HOST, PORTABLE, WITHOUT_FMA, even, run_kernel, spread, ulps

TARGETS = pytest.mark.parametrize("target", [HOST, PORTABLE], ids=["host", "portable"])
EDGES = np.array([np.nextafter(k, side) for k in (1.0, 2.0, 3.0, 4.0) for side in (0.0, 9.0)])
POINTS = [even(0, 1), even(1, 4), even(4, 10), abs(spread(-300, 0, 60)), EDGES]
BESIDE_ZEROS = [1 + spread(-15, -1, 80), 2 + spread(-15, -1, 80)]


@TARGETS
def test_gamma_is_within_its_stated_error(target):
    x = np.concatenate([*POINTS, even(10, 171.6)])
    with mpmath.workprec(160):
        errors = [ulps(v, mpmath.gamma(mpmath.mpf(p))) for p, v in zip(x, run_kernel("gamma", target.width, target, x))]
    assert max(errors) <= 3, x[int(np.argmax(errors))]


@TARGETS
def test_its_logarithm_is_within_its_stated_error_also_beside_its_zeros(target):
    x = np.concatenate([*POINTS, *BESIDE_ZEROS, even(10, 200), abs(spread(2, 305, 60))])
    found = run_kernel("lgamma", target.width, target, x)
    with mpmath.workprec(1200):
        errors = [ulps(v, mpmath.loggamma(mpmath.mpf(p))) for p, v in zip(x, found)]
    assert max(errors) <= 4.1, x[int(np.argmax(errors))]


@TARGETS
def test_factorials_are_exact(target):
    if not target.fma:
        pytest.skip("exact by fused multiplication, which this processor lacks")
    x = np.arange(1.0, 19.0)
    assert run_kernel("gamma", target.width, target, x).tolist() == [math.factorial(int(n) - 1) for n in x]


@pytest.mark.parametrize("target", [HOST, PORTABLE, WITHOUT_FMA], ids=["host", "portable", "without fma"])
@pytest.mark.parametrize("name", ["gamma", "lgamma"])
def test_ends_poles_and_what_is_not_positive_are_as_the_interpreter_has_them(name, target):
    points = [
        0.0,
        -0.0,
        -1.0,
        -0.5,
        -1.5,
        -170.5,
        -math.inf,
        math.inf,
        math.nan,
        171.63,
        172.0,
        1e9,
        1e306,
        1.7e308,
        1.0,
    ]
    if name == "lgamma":
        points += [1.0, 2.0, 5e-324, 1e-310, 1e300, 2.5e305]
    for point, got in zip(points, run_kernel(name, target.width, target, np.array(points))):
        expected = getattr(_ieee, name)(point)
        assert got == pytest.approx(expected, rel=1e-14, abs=0, nan_ok=True), point
        assert math.isnan(expected) or math.copysign(1, got) == math.copysign(1, expected), point


# ---- the polynomials -------------------------------------------------------------------------------------------------


def value(coefficients, x):
    return mpmath.polyval(list(map(mpmath.mpf, coefficients[::-1])), x)


def test_the_fractions_are_what_their_comments_say():
    with mpmath.workdps(50):
        for point in np.linspace(0.013, 2.987, 37):
            t = mpmath.mpf(float(point))
            fraction = value(factorial.LOG_TOP, t) / value(factorial.LOG_BOTTOM, t)
            assert abs(t * (t - 1) * fraction / mpmath.loggamma(1 + t) - 1) < 2.0**-53
            if t < 1:
                fraction = value(factorial.GAMMA_TOP, t) / value(factorial.GAMMA_BOTTOM, t)
                assert abs((1 + t * (t - 1) * fraction) / mpmath.gamma(1 + t) - 1) < 2.0**-53


def test_the_rests_of_stirlings_formula_are_what_their_comments_say():
    with mpmath.workdps(50):
        for point in np.linspace(4, 60, 37):
            x = mpmath.mpf(float(point))
            plain = (x - 0.5) * mpmath.log(x) - x + mpmath.log(2 * mpmath.pi) / 2
            assert abs(plain + value(factorial.LOG_FAR, 1 / x**2) / x - mpmath.loggamma(x)) < 2.0**-54
            assert abs(mpmath.exp(plain) * (1 + value(factorial.GAMMA_FAR, 1 / x) / x) / mpmath.gamma(x) - 1) < 2.0**-54


def test_the_constants_are_in_two_parts():
    with mpmath.workdps(50):
        assert abs(mpmath.sqrt(2 * mpmath.pi) - factorial.ROOT_TWO_PI - factorial.ROOT_TWO_PI_LOW) < 1e-31
        assert abs(mpmath.log(2 * mpmath.pi) / 2 - factorial.HALF_LOG_TWO_PI - factorial.HALF_LOG_TWO_PI_LOW) < 1e-31
