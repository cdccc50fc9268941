"""Products of what underflows and what overflows: 0 where one of them makes sure of it, and never a wrong 0."""

import math

import mpmath
import numpy as np
import pytest

from symgrad.program import compile  # noqa: A004

HUGE = [40.0, 800.0, 1e4, 1e15, 1e100, 1e160, 1e300]


def evaluated(text, backend, points):
    f = compile(text, order=2, backend=backend)
    if backend == "numpy":
        value, gradient, hessian = f(np.array(points))
        return list(zip(value.tolist(), gradient[0].tolist(), hessian[0, 0].tolist()))
    return [(value, float(gradient[0]), float(hessian[0, 0])) for value, gradient, hessian in map(f, points)]


@pytest.mark.parametrize("backend", ["python", "numpy"])
@pytest.mark.parametrize(
    "text",
    [
        *("x^2 e^(-x^2)", "x^4 e^(-x^4)", "x^3 e^(-x^2)", "(4x^2 - 2) e^(-x^2)", "x^3/(e^x - 1)", "x^2/cosh(x)"),
        *("e^x e^(-e^x)", "e^(-e^x)", "1 - e^(-e^x) - 1", "e^(2x - 3e^x)", "x^2 e^(-|x|)", "e^(-2e^(3x))"),
    ],
)
def test_far_out_a_vanishing_exponential_leaves_nothing(text, backend):
    for x, row in zip(HUGE[1:], evaluated(text, backend, HUGE[1:])):
        assert all(abs(value) < 1e-300 for value in row), f"at {x}: {row}"


@pytest.mark.parametrize("backend", ["python", "numpy"])
def test_an_essential_singularity_fades_into_zero(backend):
    for row in evaluated("e^(-1/x)/x^2", backend, [1e-4, 1e-100, 1e-200, 1e-300]):
        assert row == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("x", [-3.0, 0.5, 2.0, 6.5, 26.0])
@pytest.mark.parametrize("text", ["x^4 e^(-x^4)", "e^x e^(-e^x)", "x^3/(e^x - 1)"])
def test_within_range_a_product_is_what_it_is(text, x):
    functions = {
        "x^4 e^(-x^4)": lambda x: x**4 * mpmath.exp(-(x**4)),
        "e^x e^(-e^x)": lambda x: mpmath.exp(x - mpmath.exp(x)),
        "x^3/(e^x - 1)": lambda x: x**3 / mpmath.expm1(x),
    }
    with mpmath.workdps(60):
        true = functions[text](mpmath.mpf(x))
        slope = mpmath.diff(functions[text], mpmath.mpf(x))
    value, gradient = compile(text, backend="python")(x)
    assert value == pytest.approx(float(true), rel=1e-12, abs=1e-320)
    assert float(gradient[0]) == pytest.approx(float(slope), rel=1e-11, abs=1e-320)


def test_overflow_beside_a_factor_that_has_not_vanished_stays_overflow():
    assert evaluated("x^4 e^(-x)", "python", [-1e100])[0][0] == math.inf
    assert evaluated("x^3/(e^x - 1)", "python", [-1e200])[0][0] == math.inf


def test_there_is_no_wrong_zero():
    """What the exponential is multiplied with may grow as fast: then nothing is said to vanish."""
    assert compile("ln(e^x)", backend="python")(-1e5)[0] == -1e5
    assert compile("sqrt(e^x)", backend="python")(-1400.0)[0] == pytest.approx(math.exp(-700.0), rel=1e-12)
    assert compile("sqrt(x)^2", backend="python")(0.0)[0] == 0.0
    assert compile("e^(-x) e^x", backend="python")(1e7)[0] == 1.0
    product = compile("e^(-x) gamma(x)", backend="python", order=0)(2e6)
    assert product != 0.0  # Γ wins: infinite, or not known


def test_polynomials_of_low_degree_cost_no_choice():
    """x·(x·e) does not overflow before e has done with it: the order of factors is enough."""
    for text in ("x e^(-x)", "x^2 e^(-x)", "x y e^(-x^2 - y^2)"):
        assert "select" not in compile(text, backend="python").program.counts()
