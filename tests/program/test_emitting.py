"""Functions for JAX, PyTorch and JavaScript: they return what the callable returns, and differentiate on."""

import numpy as np
import pytest

from symgrad.errors import UsageError
from symgrad.program import compile  # noqa: A004

FORMULA = "x^2 y + sin(x*y) + 3x"


def same(found, expected):
    found, expected = (part if isinstance(part, tuple) else (part,) for part in (found, expected))
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert np.shape(one) == np.shape(other)
        assert np.asarray(one) == pytest.approx(np.asarray(other), rel=1e-12)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("formula", [FORMULA, "x + y", "2 + 0x y", ["x y", "x - y"]])
def test_jax_returns_what_the_callable_returns(jax, formula, order):
    if isinstance(formula, list) and order == 2:
        pytest.skip("several formulas have no Hessian")
    f = compile(formula, variables=["x", "y"], order=order)
    emitted = f.emit("jax")
    same(emitted(0.3, -1.2), f(0.3, -1.2))
    x, y = np.linspace(-1, 1, 6).reshape(2, 3), np.array([0.5, -0.25, 2.0])
    same(jax.jit(emitted)(x, y), f(x, y))


def test_jax_keeps_single_precision(jax):
    value, slopes = compile(FORMULA).emit("jax")(jax.numpy.float32(0.5), jax.numpy.float32(2))
    assert value.dtype == slopes.dtype == np.float32


def test_jax_differentiates_a_value_by_the_formula(jax):
    f = compile("{x ln(x) if x>0; 0 otherwise}", order=0).emit("jax")
    assert float(jax.grad(f)(-1.0)) == 0
    assert float(jax.grad(f)(1.0)) == 1
    assert float(jax.vmap(jax.grad(jax.grad(f)))(np.array([2.0]))[0]) == 0.5


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("formula", [FORMULA, "x + y", "2 + 0x y", ["x y", "x - y"]])
def test_torch_returns_what_the_callable_returns(torch, formula, order):
    if isinstance(formula, list) and order == 2:
        pytest.skip("several formulas have no Hessian")
    f = compile(formula, variables=["x", "y"], order=order)
    emitted = f.emit("torch")
    same(emitted(0.3, -1.2), f(0.3, -1.2))
    x, y = np.linspace(-1, 1, 6).reshape(2, 3), np.array([0.5, -0.25, 2.0])
    same(emitted(torch.tensor(x), torch.tensor(y)), f(x, y))


def test_torch_differentiates_a_value_by_the_formula(torch):
    f = compile("{x ln(x) if x>0; 0 otherwise}", order=0).emit("torch")
    x = torch.tensor([-1.0, 1.0], dtype=torch.float64, requires_grad=True)
    f(x).sum().backward()
    assert x.grad.tolist() == [0, 1]


def test_what_cannot_be_emitted_is_said():
    f = compile("x y")
    with pytest.raises(UsageError, match="no target 'fortran'"):
        f.emit("fortran")


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_a_wrong_number_of_arrays_is_said(library):
    pytest.importorskip(library)
    with pytest.raises(UsageError, match="takes 2 arrays, not 1"):
        compile("x y").emit(library)(1.0)
