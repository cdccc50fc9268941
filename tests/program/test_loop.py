"""Whole descents in one loop: the same steps as the rule taken one by one, in native code and in Python."""

import numpy as np
import pytest

from symgrad.descent.rules import RULES, clip_norm
from symgrad.errors import UsageError
from symgrad.program import compile as compile_formula
from symgrad.program.loop import compile_loop
from symgrad.syntax.tree import Add, Call, Divide, Multiply, Negate, Number, Power, Symbol

X, Y, Z, K = map(Symbol, "xyzk")
BOWL = Add(Power(X, Number(2)), Multiply(Number(3), Power(Y, Number(4))), Call("exp", Multiply(X, Y)))
DESCENT = [("x", Add(X, Negate(Multiply(Y, Z))))]
START = [0.7, -0.4]


@pytest.fixture(params=["python", "llvm"])
def backend(request):
    if request.param == "llvm":
        pytest.importorskip("llvmlite")
    return request.param


@pytest.mark.parametrize("rule", [*RULES, clip_norm(RULES[0], 0.5)], ids=lambda rule: rule.name)
def test_the_loop_takes_the_steps_of_the_rule(rule, backend):
    loop = compile_loop(BOWL, ["x", "y"], rule.assignments, state=rule.state, hyper=rule.hyper, backend=backend)
    f, x, state, rows = compile_formula(BOWL, backend="python"), np.array(START), rule.start(2), []
    for k in range(40):
        value, gradient = f.vector(x)
        rows.append([value, *x, *gradient])
        x, state = rule.step(x, gradient, 0.05, k, state)
    found = loop.run(START, 0.05, 40, record=True)
    assert (found.taken, found.stopped) == (40, False)
    np.testing.assert_allclose(found.point, x, rtol=1e-10)
    np.testing.assert_allclose(found.rows, rows, rtol=1e-9, atol=1e-12)
    for name, values in found.state.items():
        np.testing.assert_allclose(values, state[name], rtol=1e-9)


def test_a_run_in_two_parts_is_the_run_in_one(backend):
    adam = next(rule for rule in RULES if rule.name == "Adam")
    loop = compile_loop(BOWL, ["x", "y"], adam.assignments, state=adam.state, hyper=adam.hyper, backend=backend)
    whole = loop.run(START, 0.05, 50)
    half = loop.run(START, 0.05, 17)
    rest = loop.run(half.point, 0.05, 33, state=half.state, first=17)
    np.testing.assert_array_equal(rest.point, whole.point)


def test_it_stops_where_the_gradient_is_small(backend):
    loop = compile_loop(BOWL, ["x", "y"], DESCENT, backend=backend)
    found = loop.run(START, 0.1, 10_000, tolerance=1e-6, record=True)
    assert found.stopped
    assert 10 < found.taken < 10_000
    assert len(found.rows) == found.taken + 1
    assert abs(found.rows[-1, 3:]).max() <= 1e-6 < abs(found.rows[-2, 3:]).max()
    np.testing.assert_array_equal(found.rows[-1, 1:3], found.point)


def test_it_stops_where_the_value_is_no_longer_finite(backend):
    loop = compile_loop(BOWL, ["x", "y"], DESCENT, backend=backend)
    found = loop.run([30.0, 20.0], 1.0, 1000, record=True)
    assert found.stopped
    assert found.taken < 10
    assert not np.isfinite(found.rows[-1]).all()
    assert np.isfinite(found.rows[:-1]).all()


def test_a_schedule_is_a_formula_in_the_step(backend):
    loop = compile_loop(BOWL, ["x", "y"], DESCENT, rate=Divide(Z, Add(Number(1), K)), backend=backend)
    x, f = np.array(START), compile_formula(BOWL, backend="python")
    for k in range(5):
        x = x - f.vector(x)[1] * 0.1 / (1 + k)
    np.testing.assert_allclose(loop.run(START, 0.1, 5).point, x, rtol=1e-12)


def test_the_variables_may_have_the_names_of_the_rule(backend):
    formula = Add(Power(Z, Number(2)), Power(K, Number(2)), Power(X, Number(2)))
    found = compile_loop(formula, ["z", "k", "x"], DESCENT, backend=backend).run([1.0, 2.0, 3.0], 0.25, 1)
    np.testing.assert_allclose(found.point, [0.5, 1.0, 1.5])


def test_no_steps_leave_the_start_as_it_is(backend):
    start = np.array(START)
    found = compile_loop(BOWL, ["x", "y"], DESCENT, backend=backend).run(start, 0.1, 0)
    assert (found.taken, found.stopped) == (0, False)
    np.testing.assert_array_equal(found.point, start)


def test_long_runs_pass_through_python_now_and_then(monkeypatch):
    pytest.importorskip("llvmlite")
    from symgrad.program.backends import llvm_loops

    whole = compile_loop(BOWL, ["x", "y"], DESCENT, backend="llvm").run(START, 0.01, 100, record=True)
    monkeypatch.setattr(llvm_loops, "LONGEST", 1.0)
    parts = compile_loop(BOWL, ["x", "y"], DESCENT, backend="llvm").run(START, 0.01, 100, record=True)
    np.testing.assert_array_equal(parts.rows, whole.rows)
    assert compile_loop(BOWL, ["x", "y"], DESCENT, backend="llvm").run(START, 0.1, 9999, tolerance=1e-6).stopped


def test_many_variables_are_carried_too(backend):
    x = [Symbol(f"a{i}") for i in range(80)]
    formula = Add(*[Power(Add(a, Negate(Number(i))), Number(2)) for i, a in enumerate(x)])
    found = compile_loop(formula, [a.name for a in x], DESCENT, backend=backend).run(np.zeros(80), 0.25, 60)
    np.testing.assert_allclose(found.point, np.arange(80), atol=1e-12)


@pytest.mark.parametrize("start", [[1.0], [1.0, 2.0, 3.0], 1.0])
def test_a_start_of_another_size_is_refused(start, backend):
    with pytest.raises(UsageError):
        compile_loop(BOWL, ["x", "y"], DESCENT, backend=backend).run(start, 0.1, 1)


def test_a_negative_number_of_steps_is_refused(backend):
    with pytest.raises(UsageError):
        compile_loop(BOWL, ["x", "y"], DESCENT, backend=backend).run(START, 0.1, -1)


@pytest.mark.parametrize("first", [0, 3, 8])
@pytest.mark.parametrize("steps", [0, 1, 7, 30])
def test_every_so_many_rows_are_those_of_all_rows(backend, first, steps):
    loop = compile_loop(BOWL, ["x", "y"], DESCENT, rate=Divide(Z, Add(Number(1), K)), backend=backend)
    whole = loop.run(START, 0.1, steps, first=first, record=True)
    for every in (1, 2, 8):
        some = loop.run(START, 0.1, steps, first=first, record=True, every=every)
        assert some.point.tolist() == whole.point.tolist()
        wanted = [row for k, row in enumerate(whole.rows.tolist(), start=first) if k % every == 0]
        assert some.rows.tolist() == wanted
    with pytest.raises(UsageError):
        loop.run(START, 0.1, 3, record=True, every=3)


def test_a_point_without_a_value_ends_the_loop(backend):
    """ln x past zero: the gradient 1 − 1/x stays finite, the value does not."""
    formula = Add(X, Negate(Call("ln", X)))
    for tolerance in (-1.0, 1e-9):
        loop = compile_loop(formula, ["x"], DESCENT, backend=backend)
        found = loop.run([0.1], -1.0, 1000, tolerance=tolerance, record=True)
        assert found.stopped
        assert found.point[0] <= 0
        assert np.isfinite(found.rows[:-1]).all()
        assert not np.isfinite(found.rows[-1, 0])
        some = loop.run([0.1], -1.0, 1000, tolerance=tolerance, record=True, every=4)
        assert (some.taken, some.stopped, some.point.tolist()) == (found.taken, True, found.point.tolist())


def test_what_overflows_in_the_next_step_ends_the_loop_there(backend):
    loop = compile_loop(Power(X, Number(4)), ["x"], DESCENT, backend=backend)
    whole = loop.run([1e20], 1e3, 50, tolerance=0.0, record=True)
    bare = loop.run([1e20], 1e3, 50)
    assert whole.stopped
    assert (bare.taken, bare.stopped, bare.point.tolist()) == (whole.taken, True, whole.point.tolist())
    assert not np.isfinite(whole.rows[-1]).all()
    assert np.isfinite(whole.rows[:-1]).all()


def test_short_and_long_runs_are_the_same_run():
    pytest.importorskip("llvmlite")
    adam = next(rule for rule in RULES if rule.name == "Adam")
    loop = compile_loop(BOWL, ["x", "y"], adam.assignments, state=adam.state, hyper=adam.hyper, backend="llvm")
    native = loop._native
    if native.brief_steps < 0:
        pytest.skip("no native entries for this interpreter")
    short = loop.run(START, 0.05, 60, first=7, tolerance=1e-9)
    loop._native_brief = -1
    long = loop.run(START, 0.05, 60, first=7, tolerance=1e-9)
    np.testing.assert_array_equal(short.point, long.point)
    assert (short.taken, short.stopped) == (long.taken, long.stopped) == (60, False)
    for name in loop.state:
        np.testing.assert_array_equal(short.state[name], long.state[name])
    with pytest.raises(TypeError):
        native.brief(np.zeros(3))
