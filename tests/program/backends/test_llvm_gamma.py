"""Digamma and polygamma as native code: within their stated errors of the truth, and right where they have no value."""

import math

import mpmath
import numpy as np
import pytest

pytest.importorskip("llvmlite")

from symgrad.program import Line, Program, _ieee, interpret
from symgrad.program.backends import llvm as native
from symgrad.program.backends import llvm_emit, llvm_gamma
from tests.program.backends.test_llvm_math import HOST, PORTABLE, WITHOUT_FMA, even, run_kernel, spread, ulps

ROOT = 1.4616321449683622  # of digamma
TARGETS = pytest.mark.parametrize("target", [HOST, PORTABLE], ids=["host", "portable"])
ABOVE = [
    even(0, 1, 60), even(1, 4, 90), even(4, 30, 40), abs(spread(-9, 18, 20)), ROOT + np.arange(-20, 20) * 2.0**-52,
    ROOT + spread(-9, -1, 20), np.array([np.nextafter(4.0, 0), 4.0, np.nextafter(6.0, 0), 6.0, 1.0, 2.0]),
]  # fmt: skip
# order: (units in the last place above zero, below zero but beside poles and zeros)
ALLOWED = {0: (4, 4), 1: (4, 5), 2: (4, 8), 3: (4, 10), 4: (5, 11), 5: (6, 14), 9: (12, 25), 12: (15, 30)}


def kernel(order: int) -> str:
    return f"polygamma.{order}" if order else "digamma"


def truth(order, point):
    x = mpmath.mpf(float(point))
    return mpmath.polygamma(order, x) if order else mpmath.digamma(x)


@TARGETS
@pytest.mark.parametrize("order", ALLOWED)
def test_above_zero_the_error_is_as_stated(order, target):
    x = np.concatenate(ABOVE)
    x = x[abs(x) ** -(order + 1.0) < 1e290]
    with mpmath.workprec(160):
        errors = [ulps(v, truth(order, p)) for p, v in zip(x, run_kernel(kernel(order), target.width, target, x))]
    assert max(errors) <= ALLOWED[order][0], x[int(np.argmax(errors))]


@TARGETS
@pytest.mark.parametrize("order", ALLOWED)
def test_below_zero_the_error_is_as_stated_but_beside_zeros(order, target):
    x = np.concatenate([even(-1, 0, 60), even(-20, 0, 60), -np.arange(9) + spread(-9, -1, 90)[::20]])
    x = x[x < 0]
    found = run_kernel(kernel(order), target.width, target, x)
    with mpmath.workprec(160):
        true = [truth(order, p) for p in x]
        other = [(-1) ** order * truth(order, 1 - mpmath.mpf(float(p))) for p in x]
        # what is reflected, and what that adds, cancel beside zeros
        errors = [ulps(v, t) for v, t, o in zip(found, true, other) if abs(t) > max(0.5, 0.8 * (abs(o) + abs(t - o)))]
    assert len(errors) > len(x) / 4
    assert max(errors) <= ALLOWED[order][1]


@TARGETS
@pytest.mark.parametrize("order", [0, *llvm_gamma.ORDERS])
def test_poles_and_infinities_are_those_of_the_interpreter(order, target):
    points = [0.0, -0.0, -1.0, -2.0, -1e16, -math.inf, math.inf, math.nan, 5e-324, 1e-310, 1e300, 1.7e308]
    for point, got in zip(points, run_kernel(kernel(order), target.width, target, np.array(points))):
        expected = _ieee.polygamma(float(order), point)
        assert got == pytest.approx(expected, rel=1e-13, abs=0, nan_ok=True), point


@pytest.mark.parametrize("order", [0, 1, 2, 7])
def test_every_width_gives_the_same_bits(order):
    x = np.concatenate([*ABOVE, even(-9, 0)])
    first, *others = [run_kernel(kernel(order), width, HOST, x) for width in (1, 2, 4, HOST.width)]
    for other in others:
        np.testing.assert_array_equal(other, first)


def one_line(order) -> Program:
    return Program(("n", "x"), (Line("v0", "polygamma", (order, "x1")),), ("v0",))


def test_an_order_that_is_a_number_needs_no_python():
    for order in (0.0, 1.0, 12.0):
        assert "symgrad_polygamma" not in llvm_emit.write_point(one_line(order), PORTABLE).text
    for order in ("x0", 13.0, 0.5, -1.0):
        assert "symgrad_polygamma" in llvm_emit.write_point(one_line(order), PORTABLE).text


def test_without_fused_multiplication_python_is_asked():
    assert "symgrad_polygamma" in llvm_emit.write_point(one_line(1.0), WITHOUT_FMA).text


@pytest.mark.parametrize("order", ["x0", 0.0, 3.0, 13.0, 0.5])
def test_batches_agree_with_the_interpreter_whatever_the_order(order):
    x = np.array([*even(0.1, 30, 15), -0.3, -2.5, 0.0, math.nan, math.inf])
    found = np.empty((1, len(x)))
    native.build(one_line(order)).batch([np.full(len(x), 2.0), x], found)
    expected = [interpret(one_line(order), [2.0, point])[0] for point in x]
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


# ---- the polynomials -------------------------------------------------------------------------------------------------


def test_the_fraction_is_digamma_over_the_distance_from_its_zero():
    with mpmath.workdps(50):
        root = mpmath.findroot(mpmath.digamma, 1.46)
        assert abs(mpmath.mpf(llvm_gamma.ROOT) + mpmath.mpf(llvm_gamma.ROOT_LOW) - (root - 1)) < 1e-32
        for point in np.linspace(0, 3, 41):
            t = mpmath.mpf(float(point))
            top, bottom = (
                mpmath.polyval(list(map(mpmath.mpf, c[::-1])), t) for c in (llvm_gamma.NEAR_TOP, llvm_gamma.NEAR_BOTTOM)
            )
            assert abs(top / bottom * (1 + t - root) / mpmath.digamma(1 + t) - 1) < 2.0**-53


FAR = {0: (llvm_gamma.FAR, llvm_gamma.DIGAMMA_FAR), **llvm_gamma.POLYGAMMA_FAR}


@pytest.mark.parametrize("order", FAR)
def test_the_rest_of_stirlings_series_is_close(order):
    start, coefficients = FAR[order]
    with mpmath.workdps(50):
        for point in np.linspace(start**-2, 1e-4, 31):
            x = 1 / mpmath.sqrt(mpmath.mpf(float(point)))
            rest = mpmath.polyval(list(map(mpmath.mpf, coefficients[::-1])), 1 / x**2) / x ** (order + 2)
            if order:
                n = mpmath.factorial(order)
                close = n / order / x**order + n / 2 / x ** (order + 1) + rest
            else:
                close = -(mpmath.log(x) - 1 / (2 * x) - rest)
            assert abs(close / abs(truth_at(order, x)) - 1) < 2.0**-53 or abs(close + truth_at(order, x)) < 2.0**-53


def truth_at(order, x):
    return mpmath.polygamma(order, x) if order else mpmath.digamma(x)
