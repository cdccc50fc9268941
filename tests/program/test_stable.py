"""Digits where naive code loses them: the fourteen patterns on points from 1e-12 to 1e15, against exact truth."""

import math
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from symgrad.program import compile  # noqa: A004
from symgrad.syntax.tree import ONE, TWO, Add, Call, Divide, E, Multiply, Negate, Node, Number, Power, Symbol

X = Symbol("x")
HALF = Number(Fraction(1, 2))


def exp(u: Node) -> Node:
    return Power(E, u)


def minus(u: Node, v: Node) -> Node:
    return Add(u, Negate(v))


PATTERNS = {
    "sigmoid 1/(1+e^-x)": (Divide(ONE, Add(ONE, exp(Negate(X)))), lambda x: 1 / (1 + mpmath.exp(-x))),
    "sigmoid e^x/(1+e^x)": (Divide(exp(X), Add(ONE, exp(X))), lambda x: 1 / (1 + mpmath.exp(-x))),
    "softplus": (Call("ln", Add(ONE, exp(X))), lambda x: mpmath.log1p(mpmath.exp(x))),
    "logsumexp(x,-2x,1)": (
        Call("ln", Add(exp(X), exp(Multiply(Number(-2), X)), ONE)),
        lambda x: mpmath.log(mpmath.exp(x) + mpmath.exp(-2 * x) + 1),
    ),
    "logsumexp(x,2x)": (
        Call("ln", Add(exp(X), exp(Multiply(TWO, X)))),
        lambda x: mpmath.log(mpmath.exp(x) + mpmath.exp(2 * x)),
    ),
    "e^x-1": (minus(exp(X), ONE), mpmath.expm1),
    "(e^x-1)/x": (Divide(minus(exp(X), ONE), X), lambda x: mpmath.expm1(x) / x),
    "ln(1+x)": (Call("ln", Add(ONE, X)), mpmath.log1p),
    "sin(x)/x": (Divide(Call("sin", X), X), lambda x: mpmath.sin(x) / x),
    "1-cos(x)": (minus(ONE, Call("cos", X)), lambda x: 2 * mpmath.sin(x / 2) ** 2),
    "sqrt(x+1)-sqrt(x)": (
        minus(Call("sqrt", Add(X, ONE)), Call("sqrt", X)),
        lambda x: 1 / (mpmath.sqrt(x + 1) + mpmath.sqrt(x)),
    ),
    "tanh by exponentials": (Divide(minus(exp(X), exp(Negate(X))), Add(exp(X), exp(Negate(X)))), mpmath.tanh),
    "ln sigmoid": (Call("ln", Divide(ONE, Add(ONE, exp(Negate(X))))), lambda x: -mpmath.log1p(mpmath.exp(-x))),
    "x ln x": (Multiply(X, Call("ln", X)), lambda x: x * mpmath.log(x)),
}
MAGNITUDES = [10.0 ** (k / 2) for k in range(-24, 6)] + [500.0, 700.0, 709.0, 710.0, 745.0, 1e6, 1e15]
POINTS = [sign * size for size in MAGNITUDES for sign in (1.0, -1.0)]


def ulps(computed: float, true: mpmath.mpf) -> float:
    if not math.isfinite(computed):
        return 0.0 if abs(true) > 1.797e308 and computed == math.copysign(math.inf, true) else math.inf
    return float(abs(mpmath.mpf(computed) - true) / mpmath.mpf(math.ulp(float(true))))


def true_slope(function, x: mpmath.mpf) -> mpmath.mpf:
    """By a central difference with hundreds of digits to spare."""
    step = x * mpmath.mpf(10) ** -300
    return (function(x + step) - function(x - step)) / (2 * step)


def defined(name: str, x: float) -> bool:
    if name in ("sqrt(x+1)-sqrt(x)", "x ln x"):
        return x > 0
    return x > -1 if name == "ln(1+x)" else True


@pytest.mark.parametrize("backend", ["python", "numpy"])
@pytest.mark.parametrize("name", PATTERNS)
def test_value_and_gradient_keep_their_digits(name, backend):
    formula, true = PATTERNS[name]
    f = compile(formula, backend=backend)
    points = [x for x in POINTS if defined(name, x)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values, slopes = f(np.array(points)) if backend == "numpy" else zip(*[f(x) for x in points])
        slopes = slopes[0] if backend == "numpy" else [slope[0] for slope in slopes]
    with mpmath.workdps(1000):
        for x, value, slope in zip(points, values, slopes):
            exact = mpmath.mpf(x)
            assert ulps(float(value), true(exact)) <= 4, f"value at {x}: {value}"
            assert ulps(float(slope), true_slope(true, exact)) <= 30, f"slope at {x}: {slope}"


# ---- differences that cancel -----------------------------------------------------------------------------------------

N = Symbol("n")
CANCELLING = {
    "1/(x+1) - 1/x": (minus(Divide(ONE, Add(X, ONE)), Divide(ONE, X)), lambda x: -1 / (x * (x + 1))),
    "(x+1)^5 - x^5": (
        minus(Power(Add(X, ONE), Number(5)), Power(X, Number(5))),
        lambda x: (x + 1) ** 5 - x**5,
    ),
    "ln(x+1) - ln x": (minus(Call("ln", Add(X, ONE)), Call("ln", X)), lambda x: mpmath.log1p(1 / x)),
    "arctan(x+1) - arctan x": (
        minus(Call("arctan", Add(X, ONE)), Call("arctan", X)),
        lambda x: mpmath.atan(1 / (1 + x * (x + 1))),
    ),
    "e^x - 2 + e^-x": (
        Add(minus(exp(X), TWO), exp(Negate(X))),
        lambda x: 4 * mpmath.sinh(x / 2) ** 2,
    ),
    "x - sqrt(x^2 - 1)": (
        minus(X, Call("sqrt", minus(Power(X, TWO), ONE))),
        lambda x: 1 / (x + mpmath.sqrt(x * x - 1)),
    ),
    "1/sqrt(x) - 1/sqrt(x+1)": (
        minus(Divide(ONE, Call("sqrt", X)), Divide(ONE, Call("sqrt", Add(X, ONE)))),
        lambda x: 1 / mpmath.sqrt(x) - 1 / mpmath.sqrt(x + 1),
    ),
    "cbrt(x+1) - cbrt(x)": (
        minus(Call("root", Add(X, ONE), Number(3)), Call("root", X, Number(3))),
        lambda x: mpmath.cbrt(x + 1) - mpmath.cbrt(x),
    ),
    "x/(x+1)": (Divide(X, Add(X, ONE)), lambda x: x / (x + 1)),
    "cos(x+1e-9) - cos(x)": (
        minus(Call("cos", Add(X, Divide(ONE, Number(10**9)))), Call("cos", X)),
        lambda x: mpmath.cos(x + mpmath.mpf(1) / 10**9) - mpmath.cos(x),
    ),
    "1/sqrt(1+x^2) - 1": (
        minus(Divide(ONE, Call("sqrt", Add(ONE, Power(X, TWO)))), ONE),
        lambda x: 1 / mpmath.sqrt(1 + x * x) - 1,
    ),
    "1 - sqrt(1/2 + 1/2/sqrt(1+x^2))": (
        minus(ONE, Call("sqrt", Multiply(HALF, Add(ONE, Divide(ONE, Call("sqrt", Add(ONE, Power(X, TWO)))))))),
        lambda x: 1 - mpmath.sqrt((1 + 1 / mpmath.sqrt(1 + x * x)) / 2),
    ),
    "(x+1)/(x-1) (4+x^2) - x^2": (
        minus(Multiply(Divide(Add(X, ONE), minus(X, ONE)), Add(Number(4), Power(X, TWO))), Power(X, TWO)),
        lambda x: (2 * x * x + 4 * x + 4) / (x - 1),
    ),
    "(x/3)^2 - (x+2)^2/9": (
        minus(Power(Divide(X, Number(3)), TWO), Divide(Power(Add(X, TWO), TWO), Number(9))),
        lambda x: -4 * (x + 1) / 9,
    ),
    "x + 2 - sqrt(x^2 + 4)": (
        Add(X, TWO, Negate(Call("sqrt", Add(Power(X, TWO), Number(4))))),
        lambda x: 4 * x / (x + 2 + mpmath.sqrt(x * x + 4)),
    ),
    "1 - x - sqrt(x^2 + 1)": (
        Add(ONE, Negate(X), Negate(Call("sqrt", Add(Power(X, TWO), ONE)))),
        lambda x: 1 - x - mpmath.sqrt(x * x + 1),
    ),
}


@pytest.mark.parametrize("name", CANCELLING)
@pytest.mark.parametrize("x", [1.5, 7.0, 100.0, 350.0])
def test_differences_that_cancel_keep_their_digits(name, x):
    formula, true = CANCELLING[name]
    value, gradient = compile(formula, backend="python")(x)
    with mpmath.workdps(1000):
        assert ulps(value, true(mpmath.mpf(x))) <= 64
        assert ulps(float(gradient[0]), true_slope(true, mpmath.mpf(x))) <= 128


@pytest.mark.parametrize("x", [1e-8, 1e-3, 2.0, 1e8])
def test_taking_away_a_constant_costs_the_derivative_nothing(x):
    """The derivative of 1/√(1 + x²) − 1 is that of 1/√(1 + x²), not that of the form that keeps the value's digits."""
    value, gradient = compile(CANCELLING["1/sqrt(1+x^2) - 1"][0], backend="python")(x)
    with mpmath.workdps(60):
        exact = mpmath.mpf(x)
        assert ulps(value, 1 / mpmath.sqrt(1 + exact * exact) - 1) <= 8
        assert ulps(float(gradient[0]), -exact / mpmath.sqrt(1 + exact * exact) ** 3) <= 8


@pytest.mark.parametrize("x", [0.3, 40.0, 800.0, -5000.0])
def test_quotients_of_hyperbolic_functions_do_not_overflow(x):
    sinh, cosh = Call("sinh", X), Call("cosh", X)
    f = compile(Divide(minus(Multiply(Number(3), sinh), X), minus(Multiply(TWO, cosh), ONE)), backend="python")
    with mpmath.workdps(3000):
        exact = mpmath.mpf(x)
        assert ulps(f(x)[0], (3 * mpmath.sinh(exact) - exact) / (2 * mpmath.cosh(exact) - 1)) <= 8


def test_the_conjugate_form_is_taken_on_the_side_where_it_helps():
    f = compile(Add(X, Call("sqrt", Add(Power(X, TWO), ONE))))
    for x in (-1e6, 1e6):
        with mpmath.workdps(60):
            exact = mpmath.mpf(x)
            assert ulps(f(x)[0], exact + mpmath.sqrt(exact * exact + 1)) <= 4


def test_a_plain_graph_does_what_was_typed():
    naive = compile(minus(exp(X), ONE), stable=False)
    assert naive.program.counts() == {"exp": 1, "subtract": 1}
    assert naive(1e-20)[0] == 0.0


# ---- multiples of π --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["python", "numpy"])
@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 2.0, 355.0, 12345.0, 1e15, -7.0])
def test_sine_of_whole_and_cosine_of_half_multiples_of_pi_are_zero(x, backend):
    assert compile("sin(pi x)", backend=backend, order=0)(x) == 0.0
    assert compile("sin(2pi x)", backend=backend, order=0)(x / 2) == 0.0
    assert compile("sin(3pi x)", backend=backend, order=0)(x) == 0.0
    assert compile("cos(pi x)", backend=backend, order=0)(x + 0.5 if abs(x) < 1e15 else 0.5) == 0.0
    assert compile("cos(pi x/2)", backend=backend, order=0)(2 * x + 1 if abs(x) < 1e15 else 1.0) == 0.0
    _, gradient, hessian = compile("sin(pi x)", backend=backend, order=2)(x)
    assert float(gradient[0]) == math.pi * (1 if x % 2 == 0 else -1)
    assert float(hessian[0, 0]) == 0.0


@pytest.mark.parametrize("x", [1e-300, 1e-9, 0.25, 0.4999, 0.75, 1 + 2.0**-30, 2.5 - 2.0**-40, 1e6 + 2.0**-20, 1e300])
def test_sine_and_cosine_of_multiples_of_pi_are_right_to_the_last_digits(x):
    sine, cosine = compile("sin(pi x)", backend="python"), compile("cos(pi x)", backend="python")
    with mpmath.workdps(700):
        exact = mpmath.mpf(x)
        assert ulps(sine(x)[0], mpmath.sinpi(exact)) <= 3
        assert ulps(cosine(x)[0], mpmath.cospi(exact)) <= 3
        assert ulps(float(sine(x)[1][0]), mpmath.pi * mpmath.cospi(exact)) <= 4


# ---- norms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["python", "numpy", "llvm"])
@pytest.mark.parametrize("size", [1e-300, 1e-170, 1.0, 1e170, 1e300])
def test_a_root_of_two_squares_has_the_size_of_its_sides(backend, size):
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = compile("sqrt(x^2 + y^2)", backend=backend)
    x, y = np.array([3 * size, 1.0]), np.array([-4 * size, 1.0])
    value, gradient = f(x, y)
    np.testing.assert_allclose(value, [5 * size, math.sqrt(2)], rtol=4e-16)
    np.testing.assert_allclose(gradient[:, 0], [0.6, -0.8], rtol=1e-15)
    assert f(3 * size, -4 * size)[0] == pytest.approx(5 * size, rel=4e-16)


def test_a_root_of_one_and_a_square_does_not_overflow():
    f = compile("x/sqrt(1 + x^2)", backend="python")
    assert f(1e200)[0] == pytest.approx(1, rel=1e-15)
    assert f(0.75)[0] == pytest.approx(0.6, rel=4e-16)


def test_where_a_root_cancels_it_is_a_root():
    f = compile("sqrt(x^2 + y^2) - x", backend="python")
    assert f(1e8, 1.0)[0] == pytest.approx(5e-9, rel=1e-15)
