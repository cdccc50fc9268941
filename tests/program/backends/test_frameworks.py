"""JAX and PyTorch: emitted functions jit, map, differentiate on, and keep the precision of what goes in."""

import math

import numpy as np
import pytest

from symgrad.errors import UsageError
from symgrad.program import compile  # noqa: A004
from symgrad.syntax import parse

FORMULAS = {
    "polynomial": "(1-x)^2 + 100(y-x^2)^2",
    "sigmoid": "1/(1+e^(-x y))",
    "softplus": "ln(1+e^x) + y",
    "log-sum-exp": "ln(e^x + e^y + e^(x y))",
    "hypot": "sqrt(x^2 + y^2 + 1)",
    "trigonometric": "sin(x) cos(y) + tan(x/3) + arctan(x*y)",
    "hyperbolic": "sinh(x/2) + cosh(y/3) + tanh(x*y) + arsinh(x)",
    "error functions": "erf(x) erfc(y) + x",
    "gamma": "gamma(x^2+1) + lngamma(y^2+2)",
    "choices": "max(x, y) + min(x, 2y) + |x - y|",
    "roots": "root(x^2+1, 3) + (x^2+1)^y",
    "angle": "atan2(y, x^2+1)",
}
POINTS = [(0.3, -1.2), (1.5, 0.4), (-0.7, 2.1)]
NAMES = ("x", "y")


def value_and_gradient(name: str, order: int = 1):
    return compile(parse(FORMULAS[name]), variables=NAMES, order=order, backend="python")


# ---- JAX -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMULAS)
def test_jax_jits_and_its_own_derivative_is_our_gradient(jax, name):
    from symgrad.program.backends import jax_

    f = value_and_gradient(name)
    emitted = jax_.function(value_and_gradient(name, 0).program)
    both = jax.jit(jax.value_and_grad(lambda x, y: emitted(x, y)[0], argnums=(0, 1)))
    for point in POINTS:
        value, slopes = both(*point)
        expected, gradient = f(*point)
        assert float(value) == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(slopes, gradient, rtol=1e-10, atol=1e-12)


def test_jax_maps_over_points(jax):
    from symgrad.program.backends import jax_

    f = value_and_gradient("log-sum-exp")
    x, y = np.array(POINTS).T
    found = jax.vmap(jax.jit(jax_.function(f.program)))(x, y)
    value, gradient = f(x, y)
    np.testing.assert_allclose(np.array(found), [value, *gradient], rtol=1e-13)


def test_jax_second_derivatives_of_the_emitted_gradient_are_our_hessian(jax):
    from symgrad.program.backends import jax_

    value = jax_.differentiable(value_and_gradient("trigonometric").program)
    hessian = jax.hessian(lambda p: value(p[0], p[1]))
    for point in POINTS:
        np.testing.assert_allclose(
            hessian(np.array(point)), value_and_gradient("trigonometric", 2)(*point)[2], rtol=1e-11, atol=1e-13
        )


def test_jax_keeps_single_precision():
    found = pytest.importorskip("jax")
    from symgrad.program.backends import jax_

    f = value_and_gradient("gamma")
    values = found.jit(jax_.function(f.program))(np.float32(0.5), np.float32(0.25))
    assert {value.dtype for value in values} == {np.dtype("float32")}
    expected = f(0.5, 0.25)
    np.testing.assert_allclose(values, [expected[0], *expected[1]], rtol=1e-5)


@pytest.mark.parametrize("text", ["sin(x)/x + y", "x ln(x) + y", "{x^2 if x > 1; sqrt(1 - x) otherwise} + y"])
def test_a_branch_that_is_not_taken_does_no_harm_in_a_gradient(jax, torch, text):
    from symgrad.program.backends import jax_, torch_

    f = compile(parse(text), variables=NAMES, backend="python")
    for x in (2.0, 0.5) if "ln" in text else (0.0, 2.0):
        expected = f(x, 1.0)[1]
        found = jax.grad(jax_.differentiable(f.program), argnums=(0, 1))(x, 1.0)
        np.testing.assert_allclose(found, expected, rtol=1e-13)
        given = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (x, 1.0)]
        torch_.differentiable(f.program)(*given).backward()
        np.testing.assert_allclose([one.grad for one in given], expected, rtol=1e-13)


def test_a_derivative_needs_the_gradient_among_the_outputs(jax, torch):
    from symgrad.program.backends import jax_, torch_

    for backend in (jax_, torch_):
        with pytest.raises(UsageError, match="3 outputs, not 1"):
            backend.differentiable(value_and_gradient("sigmoid", 0).program)


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMULAS)
def test_torch_autograd_is_our_gradient(torch, name):
    from symgrad.program.backends import torch_

    f = value_and_gradient(name)
    emitted = torch_.function(value_and_gradient(name, 0).program)
    for point in POINTS:
        given = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in point]
        value = emitted(*given)[0]
        value.backward()
        expected, gradient = f(*point)
        assert float(value.detach()) == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose([one.grad for one in given], gradient, rtol=1e-10, atol=1e-12)


def test_torch_maps_over_points_and_keeps_single_precision(torch):
    from symgrad.program.backends import torch_

    f = value_and_gradient("hyperbolic")
    x, y = (torch.tensor(column, dtype=torch.float32) for column in np.array(POINTS).T)
    found = torch_.function(f.program)(x, y)
    assert {value.dtype for value in found} == {torch.float32}
    value, gradient = f(*np.array(POINTS).T)
    np.testing.assert_allclose(torch.stack(found), [value, *gradient], rtol=2e-6)
    mapped = torch.func.vmap(lambda x, y: torch_.function(f.program)(x, y)[0])(*map(torch.tensor, np.array(POINTS).T))
    np.testing.assert_allclose(mapped, value, rtol=1e-13)


def test_torch_second_derivatives_of_the_emitted_gradient_are_our_hessian(torch):
    from symgrad.program.backends import torch_

    value = torch_.differentiable(value_and_gradient("trigonometric").program)
    for point in POINTS:
        given = torch.tensor(point, dtype=torch.float64)
        found = torch.autograd.functional.hessian(lambda p: value(p[0], p[1]), given)
        np.testing.assert_allclose(found, value_and_gradient("trigonometric", 2)(*point)[2], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_special_values_are_those_of_the_formula(name, request):
    request.getfixturevalue(name)
    from symgrad.program.backends import jax_, torch_

    build = {"jax": jax_, "torch": torch_}[name].build
    program = compile(parse("x/y + max(x, y)"), variables=NAMES, order=0, backend="python").program
    kernel = build(program)
    assert kernel.point(1.0, 0.0) == (math.inf,)
    assert math.isnan(kernel.point(0.0, 0.0)[0])
    assert math.isnan(kernel.point(math.nan, 1.0)[0])
    assert kernel.point(-1.0, 2.0) == (1.5,)
