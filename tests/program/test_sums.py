"""Long sums as templates over arrays: the same numbers as written out, a million variables in milliseconds."""

import pickle

import numpy as np
import pytest

from symgrad.errors import LimitError, UsageError
from symgrad.program import compile  # noqa: A004
from symgrad.program.long_sums import worth_rolling
from symgrad.program.sums import SumFunction
from symgrad.program.templates import Alike
from symgrad.syntax import ReadOptions, parse, read
from symgrad.syntax.budgets import Budgets
from symgrad.syntax.tree import Add, Call, Index, Multiply, Negate, Number, Power, Sum, Symbol

RUNNING, X = Symbol("i"), Symbol("x")


def rosenbrock_by_sum(n):
    text = f"sum(100(x[i+1] - x[i]^2)^2 + (1 - x[i])^2, i, 1, {n - 1})"
    return read(text, options=ReadOptions(budgets=Budgets(terms=10**8))).tree


def rosenbrock_at(x):
    bend, away = x[1:] - x[:-1] ** 2, 1 - x[:-1]
    slopes = np.zeros(len(x))
    slopes[1:] += 200 * bend
    slopes[:-1] += -400 * x[:-1] * bend - 2 * away
    return np.sum(100 * bend**2 + away**2), slopes


@pytest.mark.parametrize("backend", ["numpy", "auto"])
@pytest.mark.parametrize("n", [60, 40_000])
def test_rosenbrock_by_sum(n, backend):
    x = np.random.default_rng(n).uniform(-1, 1, n)
    value, slopes = compile(rosenbrock_by_sum(n), backend=backend).vector(x)
    true_value, true_slopes = rosenbrock_at(x)
    assert value == pytest.approx(true_value, rel=1e-12)
    np.testing.assert_allclose(slopes, true_slopes, rtol=1e-9, atol=1e-9)


def test_a_million_variables_are_compiled_without_writing_anything_out():
    f = SumFunction(rosenbrock_by_sum(10**6), {}, backend="numpy")
    assert f.templates[0].program.operations < 20
    value, slopes = f.vector(np.ones(10**6))
    assert value == 0.0
    assert not slopes.any()


def test_short_sums_are_written_out_with_named_components():
    f = compile(rosenbrock_by_sum(5), order=2)
    assert f.names == ("x_1", "x_2", "x_3", "x_4", "x_5")
    x = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    value, slopes, hessian = f.vector(x)
    assert value == pytest.approx(rosenbrock_at(x)[0])
    np.testing.assert_allclose(slopes, rosenbrock_at(x)[1])
    assert hessian.shape == (5, 5)


def test_names_stand_in_the_order_of_the_vector():
    f = compile(parse("a sum(x[i]^2, i, 1, 60) + b"))
    assert f.names == ("a", *(f"x_{k}" for k in range(1, 61)), "b")
    x = np.arange(62.0)
    value, slopes = f.vector(x)
    assert value == x[0] * np.sum(x[1:61] ** 2) + x[61]
    assert slopes[0] == np.sum(x[1:61] ** 2)
    assert slopes[61] == 1.0
    assert f(2.0, np.ones(60), 3.0)[0] == 123.0
    assert f(b=3.0, a=2.0, x=np.ones(60))[0] == 123.0


def test_a_loss_over_data():
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(500, 2)), np.sign(rng.normal(size=500))
    formula = parse("sum(ln(1 + exp(-y[i](b + w[1] X[i,1] + w[2] X[i,2]))), i, 1, 500)/500 + 0.01(w[1]^2 + w[2]^2)")
    f = compile(formula, data={"X": inputs, "y": labels})
    assert f.names == ("b", "w_1", "w_2")
    b, w = 0.3, np.array([0.5, -0.2])
    value, slopes = f.vector(np.array([b, *w]))
    margin = -labels * (b + inputs @ w)
    assert value == pytest.approx(np.mean(np.log1p(np.exp(margin))) + 0.01 * np.sum(w**2), rel=1e-12)
    weight = -labels / (1 + np.exp(-margin)) / 500
    np.testing.assert_allclose(slopes, [weight.sum(), *(weight @ inputs + 0.02 * w)], rtol=1e-10)


def test_an_inner_sum_is_part_of_the_template():
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(80, 3)), rng.normal(size=80)
    f = compile(parse("sum((y[i] - sum(X[i,j] w[j], j, 1, 3))^2, i, 1, 80)"), data={"X": inputs, "y": targets})
    w = np.array([1.0, -2.0, 0.5])
    value, slopes = f.vector(w)
    rest = targets - inputs @ w
    assert value == pytest.approx(rest @ rest)
    np.testing.assert_allclose(slopes, -2 * inputs.T @ rest)


def test_a_function_of_a_sum():
    f = compile(parse("sqrt(sum(x[i]^2, i, 1, 50))"))
    x = np.arange(1.0, 51.0)
    value, slopes = f.vector(x)
    np.testing.assert_allclose([value, *slopes], [np.linalg.norm(x), *(x / np.linalg.norm(x))])


def test_the_index_itself_may_appear():
    f = compile(parse("sum(i x[i], i, 1, 50)"))
    np.testing.assert_array_equal(f.vector(np.ones(50))[1], np.arange(1.0, 51.0))


def test_components_may_repeat():
    body = Multiply(Index(X, RUNNING), Index(X, Add(Number(51), Negate(RUNNING))))
    f = compile(Sum(body, RUNNING, Number(1), Number(50)))
    x = np.random.default_rng(2).normal(size=50)
    np.testing.assert_allclose(f.vector(x)[1], 2 * x[::-1])


def test_like_terms_of_a_sum_written_out_become_a_template():
    variables = [Symbol(f"v{k}") for k in range(80)]
    terms = [Multiply(Number(k + 1), Power(v, Number(2))) for k, v in enumerate(variables)]
    formula = Add(*terms, Negate(variables[0]))
    f = SumFunction(formula, {}, backend="numpy")
    assert len(f.templates) == 1
    x = np.random.default_rng(3).normal(size=80)
    value, slopes = compile(formula).vector(x)
    rolled_value, rolled_slopes = f.vector(x)
    assert rolled_value == pytest.approx(value)
    np.testing.assert_allclose(rolled_slopes, slopes)


def test_terms_with_other_exponents_are_not_alike():
    assert Alike.of(parse("3 x^2")).pattern == Alike.of(parse("5 y^2")).pattern
    assert Alike.of(parse("3 x^2")).pattern != Alike.of(parse("3 x^3")).pattern
    assert not worth_rolling(parse("x + y"))


def test_shapes_and_names_are_checked():
    f = compile(rosenbrock_by_sum(60))
    with pytest.raises(UsageError, match="one vector of 60 numbers"):
        f.vector(np.zeros(3))
    with pytest.raises(UsageError, match="needs shape"):
        f(np.zeros(3))
    with pytest.raises(UsageError, match="takes 1 numbers or arrays, not 2"):
        f(np.zeros(60), 1.0)


def test_it_pickles_by_its_formula():
    f = compile(rosenbrock_by_sum(60))
    assert pickle.loads(pickle.dumps(f)).vector(np.ones(60))[0] == 0.0


def test_a_gradient_into_an_array_of_ones_own():
    f = compile(rosenbrock_by_sum(60))
    x, slopes = np.random.default_rng(5).normal(size=60), np.full(60, 7.0)
    assert f.into(x, slopes) == f.vector(x)[0]
    np.testing.assert_array_equal(slopes, f.vector(x)[1])
    with pytest.raises(UsageError, match=r"shape \(60,\)"):
        f.into(x, np.zeros(3))


def test_a_function_of_a_long_sum_folds_it_back_where_there_is_no_native_code():
    variables = [Symbol(f"v{k}") for k in range(600)]
    terms = [Multiply(Number(k + 1), Power(Add(v, Number(k)), Number(2))) for k, v in enumerate(variables)]
    f = compile(Add(*terms), backend="numpy")
    x = np.random.default_rng(4).normal(size=600)
    value, slopes = f.vector(x)
    weights, shifts = np.arange(1.0, 601.0), np.arange(600.0)
    assert value == pytest.approx(np.sum(weights * (x + shifts) ** 2))
    np.testing.assert_allclose(slopes, 2 * weights * (x + shifts))
    assert worth_rolling(Add(*terms))


def test_a_sum_written_out_very_long_is_folded_back_whatever_there_is(monkeypatch):
    from symgrad.program import sums

    monkeypatch.setattr(sums, "FOLDED", 200)
    names = [f"v{k}" for k in range(300)]
    terms = [Multiply(Number(k + 1), Power(Add(Symbol(name), Number(k)), Number(2))) for k, name in enumerate(names)]
    f = compile(Add(*reversed(terms)), variables=names, backend="auto", order=2)
    assert isinstance(f, SumFunction)
    assert f.names == tuple(names)
    x = np.random.default_rng(4).normal(size=300)
    value, slopes, matrix = f.vector(x)
    weights, shifts = np.arange(1.0, 301.0), np.arange(300.0)
    assert value == pytest.approx(np.sum(weights * (x + shifts) ** 2))
    np.testing.assert_allclose(slopes, 2 * weights * (x + shifts))
    np.testing.assert_allclose(matrix, np.diag(2 * weights))
    assert f(*x.tolist())[0] == value


def test_the_variables_may_be_given_in_another_order():
    formula = parse("a sum(x[i]^2, i, 1, 60) + b")
    f = compile(formula, variables=["b", "x", "a"])
    assert f.names == ("b", *(f"x_{k}" for k in range(1, 61)), "a")
    assert f(1.0, np.ones(60), 2.0)[0] == 121.0
    assert pickle.loads(pickle.dumps(f)).names == f.names
    with pytest.raises(UsageError, match="not those of the formula"):
        compile(parse("sum(y[i] x, i, 1, 60)"), data={"y": np.ones(60)}, variables=["z"])


def test_a_term_that_shares_its_parts_without_end_is_not_looked_through():
    deep = Symbol("x")
    for _ in range(60):
        deep = Add(deep, deep)
    assert not worth_rolling(Add(*[Multiply(Number(k), deep) for k in range(400)]))


def test_a_text_may_have_a_sum_of_any_length_over_arrays():
    x = np.linspace(0, 1, 200_000)
    f = compile("sum((y[i] - w x[i])^2, i, 1, 2*10^5)", data={"x": x, "y": 2 * x})
    value, slopes = f.vector(np.array([1.0]))
    assert value == pytest.approx(np.dot(x, x))
    assert slopes == pytest.approx([-2 * np.dot(x, x)])
    assert compile("sum(x[i]^2, i, 1, 10^5)").vector(np.ones(100_000))[0] == 100_000


@pytest.mark.parametrize("text", ["sum(sin(k x), k, 1, 10^6)", "prod(x[i], i, 1, 10^5)", "sum(x[i], i, 1, 10^9)"])
def test_a_long_sum_that_would_be_written_out_is_refused(text):
    with pytest.raises(LimitError, match="terms"):
        compile(text)


def test_huge_numbers_and_data_are_infinite_without_a_word():
    huge = np.array(["1e4000"] * 60, np.longdouble)
    if not np.isfinite(huge[0]):
        pytest.skip("long doubles are doubles here")
    f = compile("sum(x[i], i, 1, 60)")
    assert f.vector(huge)[0] == f(huge)[0] == np.inf
    assert compile("sum(x[i], i, 1, 60)", order=0, data={"x": huge})() == np.inf


def test_a_sum_deeper_than_the_stack_pickles():
    deep = read("sum(x[i]^2, i, 1, 60)").tree
    for _ in range(3_000):
        deep = Call("sin", deep)
    f = compile(deep)
    assert isinstance(f, SumFunction)
    assert pickle.loads(pickle.dumps(f)).vector(np.ones(60))[0] == f.vector(np.ones(60))[0]


def test_a_sum_over_arrays_is_not_emitted():
    with pytest.raises(UsageError, match="emitted"):
        compile("sum(x[i]^2, i, 1, 60)").emit("javascript")


@pytest.mark.parametrize("make", [lambda x: x.astype(">f8"), lambda x: x[::-1][::-1], lambda x: x.tolist(),
                                  lambda x: np.frombuffer(b"0" + x.tobytes(), np.uint8)[1:].view(float)])  # fmt: skip
def test_a_vector_may_lie_as_it_likes(make):
    x = np.arange(1.0, 61.0)
    value, slopes = compile("sum(x[i]^2, i, 1, 60)").vector(make(x))
    assert value == np.sum(x**2)
    np.testing.assert_array_equal(slopes, 2 * x)
