"""The calling contract: what goes in, what comes out, what is refused."""

import copy
import pickle
import threading

import numpy as np
import pytest

from symgrad.errors import UsageError
from symgrad.program import compile  # noqa: A004
from symgrad.syntax.tree import ONE, TWO, Add, Call, Multiply, Negate, Number, Power, Symbol

X, Y = Symbol("x"), Symbol("y")
ROSENBROCK = Add(Power(Add(ONE, Negate(X)), TWO), Multiply(Number(100), Power(Add(Y, Negate(Power(X, TWO))), TWO)))
BACKENDS = ["python", "numpy", "auto"]


def test_floats_give_a_float_and_an_array():
    value, gradient = compile(ROSENBROCK)(1.5, 2.0)
    assert type(value) is float
    assert value == 6.5
    assert gradient.shape == (2,)
    assert gradient.tolist() == [151.0, -50.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays_broadcast(backend):
    f = compile(ROSENBROCK, order=2, backend=backend)
    x, y = np.linspace(0, 1, 5)[:, None], np.arange(3)
    value, gradient, hessian = f(x, y)
    assert (value.shape, gradient.shape, hessian.shape) == ((5, 3), (2, 5, 3), (2, 2, 5, 3))
    for i, j in np.ndindex(5, 3):
        at = f(float(x[i, 0]), float(y[j]))
        np.testing.assert_allclose(value[i, j], at[0], rtol=1e-14)
        np.testing.assert_allclose(gradient[:, i, j], at[1], rtol=1e-14)
        np.testing.assert_allclose(hessian[:, :, i, j], at[2], rtol=1e-14)


def test_constants_keep_the_shape_of_the_batch():
    value, gradient = compile(Number(3), variables=["x"])(np.zeros((2, 4)))
    assert value.tolist() == [[3.0] * 4] * 2
    assert gradient.tolist() == [[[0.0] * 4] * 2]


def test_a_variable_that_does_not_appear_has_slope_zero():
    assert compile(X, variables=["x", "y"])(1.0, 2.0)[1].tolist() == [1.0, 0.0]


def test_an_empty_batch_is_a_batch():
    value, gradient = compile(ROSENBROCK)(np.zeros(0), np.zeros(0))
    assert value.shape == (0,)
    assert gradient.shape == (2, 0)


def test_variables_by_name():
    f = compile(ROSENBROCK)
    assert f(y=2.0, x=1.5)[0] == f(1.5, y=2.0)[0] == 6.5


@pytest.mark.parametrize(
    ("args", "named", "what"),
    [
        ((1.0,), {}, "takes 2 numbers or arrays, not 1"),
        ((1.0, 2.0, 3.0), {}, "takes 2 numbers or arrays, not 3"),
        ((1.0,), {"z": 2.0}, "no variable 'z'"),
        ((1.0,), {"x": 2.0}, "given twice"),
        ((), {"x": 2.0}, "Missing: y"),
        ((1j, 2.0), {}, "complex"),
        (("1", 2.0), {}, "text"),
        ((None, 2.0), {}, "objects"),
        ((np.zeros(2), np.zeros(3)), {}, "do not broadcast"),
        (([[1.0], [1.0, 2.0]], 2.0), {}, "can't read"),
    ],
)
def test_what_can_not_be_computed_is_refused(args, named, what):
    with pytest.raises(UsageError, match=what):
        compile(ROSENBROCK)(*args, **named)


def test_whole_numbers_are_converted():
    power = compile(Power(X, Number(20)))
    assert power(100)[0] == pytest.approx(1e40)
    assert power(np.array([100]))[0][0] == pytest.approx(1e40)
    assert power(np.float32(2))[0] == 2.0**20
    assert power(True)[0] == 1.0


def test_a_vector_in_and_a_vector_out():
    f = compile(ROSENBROCK)
    value, gradient = f.vector(np.array([1.5, 2.0]))
    assert (value, gradient.tolist()) == (6.5, [151.0, -50.0])
    assert f.vector([3, 4])[0] == f(3.0, 4.0)[0]
    with pytest.raises(UsageError, match="one vector of 2 numbers"):
        f.vector(np.zeros(3))


def test_scipy_minimises_it():
    minimize = pytest.importorskip("scipy.optimize").minimize
    found = minimize(compile(ROSENBROCK).vector, [-1.2, 1.0], jac=True, method="BFGS")
    np.testing.assert_allclose(found.x, [1, 1], atol=1e-5)


def test_results_into_arrays_of_ones_own():
    f = compile(ROSENBROCK)
    x = np.linspace(-1, 1, 7)
    value, gradient = np.empty(7), np.empty((2, 7))
    returned = f(x, 0.5, out=(value, gradient))
    assert returned[0] is value
    assert returned[1] is gradient
    np.testing.assert_array_equal(value, f(x, 0.5)[0])
    with pytest.raises(UsageError, match="shape"):
        f(x, 0.5, out=(value, np.empty((2, 6))))


def test_single_precision_on_request():
    f = compile(ROSENBROCK, dtype="float32")
    value, gradient = f(np.linspace(0, 1, 3), 1)
    assert value.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(value, compile(ROSENBROCK)(np.linspace(0, 1, 3), 1)[0], rtol=1e-5)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_it_copies_and_pickles_by_its_formula(again):
    f = compile(ROSENBROCK, order=2)
    assert again(f)(1.5, 2.0)[0] == 6.5
    assert again(f).program == f.program


def test_threads_share_it():
    f = compile(Call("sin", Multiply(X, Y)))
    x = np.random.default_rng(0).normal(size=(8, 40_000))
    results: dict[int, np.ndarray] = {}
    threads = [threading.Thread(target=lambda k=k: results.update({k: f(x[k], 2.0)[0]})) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(8):
        np.testing.assert_allclose(results[k], np.sin(2 * x[k]), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
def test_nan_in_is_nan_out_at_that_point_only(backend):
    f = compile(Call("max", X, Number(0)), backend=backend)
    value, gradient = f(np.array([-1.0, np.nan, 2.0]))
    np.testing.assert_array_equal(value, [0, np.nan, 2])
    np.testing.assert_array_equal(np.isnan(gradient), [[False, True, False]])
    assert np.isnan(f(float("nan"))[0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_poles_and_overflows_are_ieee_and_silent(backend):
    f = compile(Add(Call("ln", X), Call("exp", Y)), backend=backend)
    assert f(0.0, 0.0)[0] == -np.inf
    assert np.isnan(f(-1.0, 0.0)[0])
    assert f(1.0, 1000.0)[0] == np.inf
    np.testing.assert_array_equal(f(np.array([0.0, -1.0, 1.0]), 1000.0)[0], [np.nan, np.nan, np.inf])


def test_several_formulas_share_their_parts_and_have_a_jacobian():
    f = compile([Multiply(X, Y), Call("sin", Multiply(X, Y))])
    value, jacobian = f(2.0, 0.5)
    np.testing.assert_allclose(value, [1, np.sin(1)])
    np.testing.assert_allclose(jacobian, [[0.5, 2], [0.5 * np.cos(1), 2 * np.cos(1)]])
    assert f(np.ones(3), 2)[1].shape == (2, 2, 3)
    assert f.program.counts()["sin"] == 1


@pytest.mark.parametrize(
    ("options", "what"),
    [({"order": 3}, "order is 0, 1 or 2"), ({"backend": "fortran"}, "no backend"), ({"dtype": "int8"}, "dtype"),
     ({"variables": ["x"]}, "'y', which is not among"), ({"variables": ["x", "y", "x"]}, "twice")],
)  # fmt: skip
def test_options_are_checked(options, what):
    with pytest.raises(UsageError, match=what):
        compile(ROSENBROCK, **options)


def test_program_and_source_can_be_read():
    f = compile(Multiply(X, Y))
    assert str(f.program) == "program(x, y)\n  v0 = x*y\n  return v0, y, x"
    assert "x0 * x1" in f.source
    assert repr(f) == "<Function of x, y: value and gradient, 1 operations, auto>"


def test_the_hessian_knows_where_it_is_zero():
    f = compile(Add(Multiply(X, X), Multiply(Y, Symbol("z"))))
    assert f.sparsity == {(0, 0), (1, 2), (2, 1)}


@pytest.mark.parametrize("argument", ["a", 1j, [[1.0], [2.0, 3.0]], {}, [None, 1.0], 1.0])
def test_products_with_a_direction_refuse_what_is_no_vector(argument):
    f = compile("x^2 + y", order=2)
    for product in (f.jvp, f.hvp):
        with pytest.raises(UsageError):
            product(argument, [1.0, 2.0])
        with pytest.raises(UsageError):
            product([1.0, 2.0], argument)


@pytest.mark.parametrize("backend", ["python", "numpy", "auto"])
@pytest.mark.parametrize("formula", ["x^2", "x^2 + y"])
def test_an_array_without_dimensions_is_no_vector(formula, backend):
    with pytest.raises(UsageError, match="vector takes one vector"):
        compile(formula, backend=backend).vector(np.array(1.5))


def test_a_constant_has_a_product_of_no_entries():
    f = compile("3")
    assert f.hvp([], []).shape == (0,)
    assert f.jvp([], []) == 0.0


def test_several_formulas_have_no_sparsity():
    with pytest.raises(UsageError, match="no Hessian"):
        _ = compile(["x", "y^2"]).sparsity


@pytest.mark.parametrize("again", [lambda f: pickle.loads(pickle.dumps(f)), copy.deepcopy, copy.copy])
def test_formulas_deeper_than_the_stack_pickle_and_copy(again):
    deep = X
    for _ in range(5_000):
        deep = Call("sin", deep)
    assert again(compile(deep))(0.5)[0] == compile(deep)(0.5)[0]


def test_shared_parts_stay_shared_in_a_copy():
    shared = X
    for _ in range(60):
        shared = Add(shared, shared)
    assert len(pickle.dumps(compile(shared))) < 5_000


def test_an_error_names_a_few_of_many_variables():
    f = compile(Add(*[Symbol(f"x_{k}") for k in range(200)]))
    with pytest.raises(UsageError, match="and 180 more"):
        f(1.0)
