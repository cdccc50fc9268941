"""Second derivatives of long sums, batches, and everything else that other functions have."""

import copy
import math
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from symgrad.errors import UsageError
from symgrad.program import compile  # noqa: A004
from symgrad.program.sums import SumFunction
from symgrad.syntax import ReadOptions, parse, read
from symgrad.syntax.budgets import Budgets

RNG = np.random.default_rng(0)
POINTS = 130
X, LABELS = RNG.normal(size=(POINTS, 2)), np.sign(RNG.normal(size=POINTS))
CASES = {
    "rosenbrock": ("sum(100(x[i+1] - x[i]^2)^2 + (1 - x[i])^2, i, 1, 99)", {}),
    "far neighbours": ("sum((x[i+7] x[i] - x[i+40])^2, i, 1, 83)", {}),
    "a loss": (
        f"sum(ln(1 + exp(-y[i](b + w[1] X[i,1] + w[2] X[i,2]))), i, 1, {POINTS})/{POINTS} + 0.01(w[1]^2 + w[2]^2)",
        {"X": X, "y": LABELS},
    ),
    "a root": ("sqrt(1 + sum((x[i] - a)^2, i, 1, 60)) + a x[3]", {}),
    "a product of sums": ("sum(x[i]^2, i, 1, 60) sum(sin(x[i]), i, 1, 60)", {}),
    "mirrored": ("sum(x[i]^2 x[61 - i], i, 1, 60)", {}),
    "every second": ("sum(x[2i] exp(x[2i+1]), i, 1, 51)", {}),
    "two names": ("sum((x[i] - y[i+1])^2 y[i], i, 1, 70) + c", {}),
    "linear": ("sum(i x[i], i, 1, 60)", {}),
}


@pytest.fixture(params=["numpy", "llvm"])
def backend(request):
    if request.param == "llvm":
        pytest.importorskip("llvmlite")
    return request.param


@pytest.fixture(params=CASES, ids=lambda name: name.replace(" ", "_"))
def case(request):
    return CASES[request.param]


def at(f, seed=1):
    return np.random.default_rng(seed).uniform(-1, 1, f.size)


def differences(f, x, step=1e-5):
    """Central differences of the gradient: a Hessian by other means."""
    rows = []
    for k in range(len(x)):
        up, down = x.copy(), x.copy()
        up[k] += step
        down[k] -= step
        rows.append((f.vector(up)[1] - f.vector(down)[1]) / (2 * step))
    return np.array(rows)


def test_both_backends_agree_with_differences_of_values(case, backend):
    f = compile(parse(case[0]), data=case[1] or None, backend=backend)
    assert isinstance(f, SumFunction)
    x, step = at(f), 1e-6
    value, slopes = f.vector(x)
    for k in range(0, f.size, 7):
        up, down = x.copy(), x.copy()
        up[k] += step
        down[k] -= step
        assert slopes[k] == pytest.approx((f.vector(up)[0] - f.vector(down)[0]) / (2 * step), rel=1e-5, abs=1e-5)
    other = compile(parse(case[0]), data=case[1] or None, backend="numpy")
    assert value == pytest.approx(other.vector(x)[0], rel=1e-13)
    np.testing.assert_allclose(slopes, other.vector(x)[1], rtol=1e-12, atol=1e-12)


def test_a_hessian_is_the_derivative_of_the_gradient(case, backend):
    f = compile(parse(case[0]), data=case[1] or None, order=2, backend=backend)
    x = at(f)
    value, slopes, matrix = f.vector(x)
    expected = differences(f, x)
    scale = np.abs(expected).max() + 1
    np.testing.assert_allclose(matrix, expected, atol=1e-6 * scale)
    np.testing.assert_array_equal(matrix, matrix.T)
    direction = at(f, 2)
    np.testing.assert_allclose(f.hvp(x, direction), matrix @ direction, rtol=1e-9, atol=1e-11 * scale)
    assert f.jvp(x, direction) == pytest.approx(slopes @ direction, rel=1e-10)
    rows, columns, values = f.hessian_entries(x)
    whole = np.zeros_like(matrix)
    whole[rows, columns] = values
    np.testing.assert_allclose(whole, matrix, rtol=1e-12, atol=1e-12 * scale)
    assert set(zip(*map(np.ndarray.tolist, np.nonzero(matrix)))) <= f.sparsity
    assert value == f.vector(x)[0]


def test_the_sparsity_is_that_of_the_formula():
    assert compile(parse(CASES["linear"][0])).sparsity == frozenset()
    band = compile(parse(CASES["rosenbrock"][0])).sparsity
    assert band == {(i, j) for i in range(100) for j in range(100) if abs(i - j) <= 1}
    assert len(compile(parse(CASES["a root"][0])).sparsity) == 61**2


def test_a_hessian_that_does_not_fit_names_the_other_ways(backend):
    formula = "sum(100(x[i+1] - x[i]^2)^2 + (1 - x[i])^2, i, 1, 99999)"
    tree = read(formula, options=ReadOptions(budgets=Budgets(terms=10**8))).tree
    with pytest.raises(UsageError, match="hvp"):
        compile(tree, order=2, backend=backend)
    f = compile(tree, backend=backend)
    x, v = at(f), at(f, 2)
    rows, columns, values = f.hessian_entries(x)
    assert len(values) == 3 * 10**5 - 2
    expected = np.bincount(rows, values * v[columns], f.size)
    np.testing.assert_allclose(f.hvp(x, v), expected, rtol=1e-9, atol=1e-9)


def test_batches_have_the_shapes_of_other_functions(backend):
    f = compile(parse("a sum(x[i]^3, i, 1, 60) + b"), order=2, backend=backend)
    x, a = RNG.normal(size=(60, 4, 3)), RNG.normal(size=3)
    value, slopes, matrix = f(a, x, 2.0)
    assert (value.shape, slopes.shape, matrix.shape) == ((4, 3), (62, 4, 3), (62, 62, 4, 3))
    one = f(float(a[2]), x[:, 1, 2], 2.0)
    assert value[1, 2] == one[0]
    np.testing.assert_array_equal(slopes[:, 1, 2], one[1])
    np.testing.assert_array_equal(matrix[:, :, 1, 2], one[2])
    assert f(a, x[:, :0], 2.0)[0].shape == (0, 3)
    out = np.empty((4, 3)), np.empty((62, 4, 3)), np.empty((62, 62, 4, 3))
    assert f(a, x, 2.0, out=out)[1] is out[1]
    np.testing.assert_array_equal(out[1], slopes)
    with pytest.raises(UsageError, match="do not broadcast"):
        f(np.ones(2), x, 2.0)


def test_wrong_arguments_are_refused_with_a_reason(backend):
    f = compile(parse("a sum(x[i]^2, i, 1, 60)"), backend=backend)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for bad in (np.ones(61) * 1j, ["1"] * 61, None, np.ones((61, 1)), 3.0, np.ones(60)):
            with pytest.raises(UsageError):
                f.vector(bad)
        with pytest.raises(UsageError, match="no variable 'z'"):
            f(1.0, z=np.ones(60))
        with pytest.raises(UsageError, match="given twice"):
            f(1.0, np.ones(60), a=2.0)
        with pytest.raises(UsageError, match="takes 2"):
            f(1.0)
        slopes = np.empty(61)
        slopes.flags.writeable = False
        with pytest.raises(UsageError, match="read-only"):
            f.into(np.ones(61), slopes)
    assert f.vector(range(61))[0] == 0.0
    assert f.vector(np.arange(61, dtype=np.float32)[::-1])[0] == 60 * sum(k * k for k in range(60))


def test_data_of_the_wrong_shape_is_refused():
    formula = parse("sum(y[i] x, i, 1, 60)")
    with pytest.raises(UsageError, match="entry 60 of 'y'"):
        compile(formula, data={"y": np.ones(59)})
    with pytest.raises(UsageError, match="entry 0 of 'y'"):
        compile(parse("sum(y[i - 1] x, i, 1, 60)"), data={"y": np.ones(60)})
    with pytest.raises(UsageError, match="cannot take 1 indices"):
        compile(formula, data={"y": np.ones((60, 2))})
    with pytest.raises(UsageError, match="complex"):
        compile(formula, data={"y": np.ones(60) * 1j})


def test_data_is_what_it_was_when_it_was_compiled(backend):
    y = np.ones(60)
    f = compile(parse("sum(y[i] x, i, 1, 60)"), data={"y": y}, backend=backend)
    y[:] = 7
    assert f.vector([2.0])[0] == 120.0
    assert pickle.loads(pickle.dumps(f)).vector([2.0])[0] == 120.0


def test_it_is_copied_and_pickled_with_all_its_options(backend):
    f = compile(parse(CASES["a loss"][0]), data=CASES["a loss"][1], order=2, backend=backend, dtype="float32")
    x = at(f)
    for other in (copy.copy(f), copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert (other.order, other.dtype, other.backend) == (2, np.float32, backend)
        for found, expected in zip(other.vector(x), f.vector(x)):
            np.testing.assert_array_equal(found, expected)


def test_float32_is_computed_in_doubles_and_rounded_once(backend):
    single = compile(parse(CASES["rosenbrock"][0]), backend=backend, dtype="float32")
    double = compile(parse(CASES["rosenbrock"][0]), backend=backend)
    slopes = single.vector(at(double))[1]
    assert slopes.dtype == np.float32
    np.testing.assert_array_equal(slopes, double.vector(at(double))[1].astype(np.float32))


def test_a_value_alone_and_an_order_of_none(backend):
    f = compile(parse(CASES["a root"][0]), order=0, backend=backend)
    g = compile(parse(CASES["a root"][0]), order=1, backend=backend)
    assert f.vector(at(f)) == pytest.approx(g.vector(at(f))[0], rel=1e-14)
    assert f.into(at(f)) == f.vector(at(f))


def test_a_gradient_over_the_point_itself(backend):
    f = compile(parse(CASES["rosenbrock"][0]), backend=backend)
    x = at(f)
    expected = f.vector(x)
    both = x.copy()
    assert f.into(both, both) == expected[0]
    np.testing.assert_array_equal(both, expected[1])
    wide = np.empty((f.size, 2))
    f.into(x, wide[:, 1])
    np.testing.assert_array_equal(wide[:, 1], expected[1])


def test_many_threads_may_use_one_function(backend):
    f = compile(parse(CASES["two names"][0]), backend=backend)
    points = [at(f, seed) for seed in range(24)]
    fresh = compile(parse(CASES["two names"][0]), backend=backend)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fresh.vector, points))
        products = list(pool.map(lambda x: fresh.hvp(x, x), points))
    for x, (value, slopes), product in zip(points, found, products):
        assert value == f.vector(x)[0]
        np.testing.assert_array_equal(slopes, f.vector(x)[1])
        np.testing.assert_array_equal(product, f.hvp(x, x))


def test_what_is_computed_can_be_read(backend):
    f = compile(parse(CASES["a loss"][0]), data=CASES["a loss"][1], backend=backend)
    assert "130 terms of program" in str(f.program)
    assert f.program.operations > 130
    assert f.program.counts()["exp"] >= 130
    assert f.source
    assert "3 variables" in repr(f)


def test_nan_and_infinity_stay_where_they_are(backend):
    f = compile(parse(CASES["rosenbrock"][0]), backend=backend)
    x = at(f)
    x[50] = np.nan
    value, slopes = f.vector(x)
    assert np.isnan(value)
    assert np.flatnonzero(np.isnan(slopes)).tolist() == [49, 50, 51]
    x[50] = np.inf
    value, slopes = f.vector(x)
    assert value == np.inf
    assert np.isfinite(np.delete(slopes, [49, 50, 51])).all()


@pytest.mark.parametrize("n", [*range(50, 90), 1000, 16_383, 16_385, 33_000, 700_000])
def test_every_length_is_right(n):
    pytest.importorskip("llvmlite")
    formula = read(f"sum((x[i+3] - x[i]^2 x[i+1])^2, i, 1, {n})", options=ReadOptions(budgets=Budgets(terms=10**8)))
    native, plain = (SumFunction(formula.tree, {}, 1, backend) for backend in ("llvm", "numpy"))
    x = np.random.default_rng(n).uniform(-1, 1, native.size)
    value, slopes = plain.vector(x)
    for offset in (0, 1, 5):  # results of every alignment; what lies around them stays
        room = np.full(native.size + 9, 7.0)
        found = native.into(x, room[offset : offset + native.size])
        assert found == pytest.approx(value, rel=1e-14)
        np.testing.assert_allclose(room[offset : offset + native.size], slopes, rtol=1e-12, atol=1e-13)
        assert (np.delete(room, range(offset, offset + native.size)) == 7.0).all()


def test_a_sum_loses_no_digits(backend):
    n = 300_000
    tree = read(f"sum(x[i] a, i, 1, {n})", options=ReadOptions(budgets=Budgets(terms=10**8))).tree
    f = compile(tree, backend=backend)
    x = np.random.default_rng(3).uniform(0, 1, n)
    given = {"x": x, "a": 1.0}
    value, slopes = f(**given)
    true = math.fsum(x)
    assert abs(value - true) <= 2e-15 * true
    assert abs(slopes[f.names.index("a")] - true) <= 2e-15 * true
