"""The loop: what comes out of a run, and every reason to stop."""

import json
import math
import re

import numpy as np
import pytest

from symgrad.descent import Stop, Tolerance, Trace, descend, race, resume
from symgrad.descent.problem import Problem
from symgrad.descent.rules import find_rule, onto_box
from symgrad.errors import SymgradError, UsageError

ROSENBROCK = "(1-x)^2 + 100(y-x^2)^2"
LECTURE = "|x| - 2/3 sin(3|x|/2)"


def test_the_trace_has_every_iterate():
    run = descend(ROSENBROCK, start={"x": -1.2, "y": 1}, rate=0.001, steps=25)
    assert run.points.shape == (26, 2)
    assert run.values.shape == (26,)
    assert run.gradients.shape == (26, 2)
    assert run.rates.shape == (25,)
    assert run.stop is Stop.STEP_LIMIT
    assert not run.converged
    assert np.array_equal(run.points[1], run.points[0] - 0.001 * run.gradients[0])
    assert run.best.value == run.values.min()
    assert run.best.step == int(np.argmin(run.values))
    assert [row.step for row in run] == list(range(26))
    assert run.evaluations["gradients"] == 26


def test_any_number_of_variables_in_any_order():
    run = descend("a^2 + 2 b^2 + 3 c^2", start={"c": 3, "a": 1, "b": 2}, rate=0.1, steps=500)
    assert run.names == ("a", "b", "c")
    assert run.points[0].tolist() == [1, 2, 3]
    assert run.converged
    run = descend("a^2 + 2 b^2", start=[1, 2], variables=("b", "a"), rate=0.1, steps=2)
    assert run.names == ("b", "a")
    assert run.gradients[0].tolist() == [4, 4]


@pytest.mark.parametrize(
    ("formula", "start", "rate", "stop", "says"),
    [
        ("x^2", 3, 0.25, Stop.CONVERGED_GRADIENT, "smaller than the tolerance"),
        ("x^2", 3, 1e-9, Stop.STEP_LIMIT, "largest slope is 6"),
        ("x^2", 3, 1.5, Stop.DIVERGED, "After"),
        ("x^2", 3, 1.0, Stop.TWO_CYCLE, "2-cycle"),
        ("exp(x^2)", 3, 1.0, Stop.NOT_FINITE, "overflows"),
        ("ln(x) + 1/x", 3, -0.0 + 40.0, Stop.LEFT_DOMAIN, "The term ln(x) is not defined at x = −5.88889"),
        ("sqrt(x) + sqrt(1 - x)", 0.5, 0.1, Stop.MAXIMUM, "maximum"),
        ("-x^4", 1, 0.1, Stop.UNBOUNDED_BELOW, "value is −5.71·10⁹"),
        ("ln(x) - x", 3, 2.0, Stop.UNBOUNDED_BELOW, "as fast as before"),
        ("-x^2", 1, 0.5, Stop.UNBOUNDED_BELOW, "unbounded"),
        ("exp(-x^2)", 8, 1.0, Stop.FLAT, "flat"),
        ("x^2 - y^2", [1, 0], 0.2, Stop.SADDLE, "from −2 to 2"),
    ],
)
def test_every_stop_is_a_sentence_that_is_true(formula, start, rate, stop, says):
    run = descend(formula, start=start, rate=rate, steps=400)
    assert run.stop is stop, run.reason
    assert says in run.reason
    assert run.reason.endswith(".")
    assert "None" not in run.reason
    assert str(run.explain())


def test_a_start_outside_the_domain_is_told_by_its_term():
    run = descend("x + ln(x - 2)", start=1, rate=0.1)
    assert run.stop is Stop.LEFT_DOMAIN
    assert run.steps == 0
    assert "ln(x − 2)" in run.detail
    assert "x − 2 = −1" in run.detail


def test_an_infinite_slope_is_told_by_its_term():
    run = descend("sqrt(x) + x", start=0, rate=0.1)
    assert run.stop is Stop.LEFT_DOMAIN
    assert "derivative of sqrt(x)" in run.detail


def test_a_callback_sees_every_iterate_and_may_stop():
    seen = []
    run = descend("x^2", start=1, rate=0.1, callback=lambda now: seen.append(now.step) or now.step == 5)
    assert seen == [1, 2, 3, 4, 5]
    assert run.stop is Stop.CALLBACK
    assert run.steps == 5


def test_an_interrupt_keeps_the_trace():
    def interrupt(now):
        if now.step == 7:
            raise KeyboardInterrupt

    run = descend("x^2", start=1, rate=0.1, callback=interrupt)
    assert run.stop is Stop.INTERRUPTED
    assert run.steps == 7
    assert len(run.rates) == 7
    assert resume(run, steps=3).steps == 10


def test_tolerances_of_value_and_step():
    run = descend("x^4", start=1, rate=0.1, tolerance=Tolerance(gradient=0, value=1e-9), steps=10**5)
    assert run.stop is Stop.CONVERGED_VALUE
    run = descend("x^4", start=1, rate=0.1, tolerance=Tolerance(gradient=0, step=1e-6), steps=10**5)
    assert run.stop is Stop.CONVERGED_STEP
    with pytest.raises(UsageError):
        descend("x^4", start=1, tolerance=-1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"start": None}, "needs a start"),
        ({"start": {"x": 1}}, "no value for 'y'"),
        ({"start": {"x": 1, "y": 1, "q": 1}}, "no variable 'q'"),
        ({"start": [1, 2, 3]}, "2 variables"),
        ({"start": [1, math.nan]}, "finite"),
        ({"start": [1, 1], "rate": -1}, "positive"),
        ({"start": [1, 1], "rate": math.inf}, "positive"),
        ({"start": [1, 1], "rule": "addam"}, "I don't know the rule"),
        ({"start": [1, 1], "steps": -1}, "negative"),
        ({"start": [1, 1], "bounds": {"q": (0, 1)}}, "no variable"),
    ],
)
def test_wrong_arguments_are_told(options, says):
    with pytest.raises(UsageError, match=says):
        descend(ROSENBROCK, **options)


@pytest.mark.parametrize(
    ("rate", "says"),
    [
        ("0.1/k", "undefined in step k = 0"),
        ("0.1/(5-k)", "undefined in step k = 5"),
        ("sin(k)", "is 0 in step k = 0"),
        ("0.1 - k/100", "in step k = 10"),
        ("1/0", "divides by zero"),
        ("-1/3", "positive"),
        ("0.1*q", "'q'"),
    ],
)
def test_a_rate_that_is_no_positive_number_is_refused_before_the_run(rate, says):
    with pytest.raises(SymgradError, match=re.escape(says)):
        descend("x^2", start=1, rate=rate, steps=50)


@pytest.mark.parametrize("steps", [100, 2000])
def test_the_rates_of_a_schedule_by_stairs_are_recorded(steps):
    run = descend("x^2", start=1, rate="0.1*0.9^floor(k/10)", steps=steps, tolerance=0)
    k = np.arange(len(run.rates))
    np.testing.assert_allclose(run.rates, 0.1 * 0.9 ** (k // 10), rtol=1e-12)


def test_a_rate_that_shrank_to_nothing_is_no_convergence():
    run = descend("x^2", start=1, rate="0.1*0.5^floor(k/10)", steps=2000)
    assert run.stop is Stop.STALLED
    assert not run.converged


def test_an_inflection_is_no_minimum():
    assert descend("x^3", start=1, rate=0.1, steps=100_000, tolerance=1e-6).stop is Stop.INFLECTION
    assert descend("x^3 + y^2", start=[1, 1], rate=0.1, steps=100_000, tolerance=1e-6).stop is Stop.INFLECTION
    assert descend("x^2 + x^3", start=0.5, rate=0.1).stop is Stop.CONVERGED_GRADIENT
    for power in (4, 6, 10):
        run = descend(f"x^{power}", start=0.5, rate=0.5, steps=200_000, tolerance=1e-6)
        assert run.stop is Stop.CONVERGED_GRADIENT


def test_a_formula_without_variables_is_told():
    with pytest.raises(UsageError, match="no variable"):
        descend("3 + 4", start=1)


def test_a_long_run_is_thinned_and_still_right():
    whole = descend("x^4", start=1, rate=0.01, steps=1000, tolerance=0)
    thin = descend("x^4", start=1, rate=0.01, steps=1000, tolerance=0, keep=100)
    assert len(thin) <= 101
    assert thin.thinned
    assert thin.steps == 1000
    assert np.array_equal(thin.points, whole.points[thin.kept])
    assert np.array_equal(thin.values, whole.values[thin.kept])
    assert thin.kept[0] == 0
    assert thin.kept[-1] == 1000
    assert "…" in str(thin.table())


@pytest.mark.parametrize("rule", ["gradient descent", "momentum", "Adam", "BFGS", "L-BFGS", "trust region", "cg", "lm"])
def test_resuming_is_bit_exact_also_through_a_file(rule, tmp_path):
    options = {"start": [-1.2, 1.0], "rule": rule, "rate": 0.001 if rule in ("gradient descent", "momentum") else None}
    whole = descend(ROSENBROCK, steps=14, tolerance=0, **options)
    first = descend(ROSENBROCK, steps=5, tolerance=0, **options)
    first.save(tmp_path / "run.json")
    loaded = Trace.load(tmp_path / "run.json")
    for again in (resume(first, steps=9), resume(loaded, steps=9)):
        assert np.array_equal(again.points, whole.points)
        assert np.array_equal(again.rates, whole.rates)
        assert again.stop is whole.stop


def test_a_thinned_run_resumes_bit_exactly():
    for first, steps in ((33, 300), (533, 700)):  # step by step, and compiled
        whole = descend("x^4", start=1, rate=0.01, steps=steps, tolerance=0, keep=60)
        half = resume(descend("x^4", start=1, rate=0.01, steps=first, tolerance=0, keep=60), steps=steps - first)
        assert np.array_equal(whole.points, half.points)
        assert np.array_equal(whole.kept, half.kept)


def test_a_short_run_resumes_as_a_long_one_but_for_roundings():
    whole = descend("x^4", start=1, rate=0.01, steps=700, tolerance=0, keep=60)
    half = resume(descend("x^4", start=1, rate=0.01, steps=333, tolerance=0, keep=60), steps=367)
    np.testing.assert_allclose(half.points, whole.points, rtol=1e-13)
    assert np.array_equal(whole.kept, half.kept)


def test_a_saved_run_is_plain_data(tmp_path):
    run = descend("x^2", start=1, rate=0.1, steps=3)
    run.save(tmp_path / "run.json")
    (tmp_path / "bad.json").write_text('{"format": "symgrad run, version 1", "formula": "x"}')
    (tmp_path / "worse.json").write_text("cos\nsystem\n(S'true'\ntR.")
    for name in ("bad.json", "worse.json", "none.json"):
        with pytest.raises(UsageError):
            Trace.load(tmp_path / name)
    with pytest.raises(UsageError, match="Python function"):
        descend("x^2", start=1, rate=lambda k: 0.1, steps=3).save(tmp_path / "f.json")


def test_csv_and_json_read_back_exactly():
    run = descend(ROSENBROCK, start=[-1.2, 1], rate=0.001, steps=9)
    header, *rows = run.to_csv().splitlines()
    assert header == "step,x,y,value,d/dx,d/dy,rate"
    assert [float(row.split(",")[1]) for row in rows] == run.points[:, 0].tolist()
    found = json.loads(run.to_json())
    assert found["points"] == run.points.tolist()
    assert found["stop"] == "STEP_LIMIT"
    assert found["best"]["value"] == run.best.value
    bad = descend("exp(x^2)", start=3, rate=1.0)
    assert json.loads(bad.to_json(), parse_constant=pytest.fail)["stop"] == "NOT_FINITE"


def test_bounds_are_kept():
    run = descend("(x-3)^2 + (y+1)^2", start=[0, 0], rate=0.2, bounds={"x": (None, 1), "y": (-0.5, 2)})
    assert np.allclose(run.points[-1], [1, -0.5])
    run = descend("(x-3)^2 + (y+1)^2", start=[0, 0], rule="auto", bounds={"x": (None, 1), "y": (-0.5, 2)})
    assert np.allclose(run.points[-1], [1, -0.5])


def test_data_are_summed_over_rows():
    x, y = np.array([4.0, 1.0, -0.5]), np.array([-4.0, -1.0, 0.5])
    run = descend("(w*x - y)^2", start={"w": 0}, data={"x": x, "y": y}, rate=0.02, steps=200)
    assert run.names == ("w",)
    assert abs(run.point["w"] + 1) < 1e-8
    problem = Problem.of("(w*x - y)^2", data={"x": x, "y": y})
    here = problem.at(np.array([2.0]))
    assert here.value == sum((2 * x - y) ** 2)
    assert here.gradient.tolist() == [sum(2 * x * (2 * x - y))]
    assert problem.hessian(np.array([2.0])).tolist() == [[2 * sum(x * x)]]
    mean = Problem.of("(w*x - y)^2", data={"x": x, "y": y}, mean=True).at(np.array([2.0]))
    assert np.isclose(mean.value * 3, here.value)


def test_minibatches_see_every_row_once_in_an_epoch_and_are_repeatable():
    rows = np.arange(10.0)
    problem = Problem.of("(w - x)^2", data={"x": rows}, batch=4, seed=1)
    seen = []
    for k in range(3):
        problem.turn(k)
        seen += problem._rows["x"].tolist()
    assert sorted(seen) == rows.tolist()
    options = {"start": {"w": 0}, "data": {"x": rows}, "batch": 4, "rate": 0.01, "steps": 20, "seed": 3, "tolerance": 0}
    first, second = descend("(w - x)^2", **options), descend("(w - x)^2", **options)
    assert np.array_equal(first.points, second.points)
    half = resume(descend("(w - x)^2", **{**options, "steps": 7}), steps=13)
    assert np.array_equal(half.points, first.points)


def test_progress_draws_nothing_without_a_terminal(capfd):
    descend("x^4", start=1, rate=0.01, steps=2000, progress=True)
    assert capfd.readouterr() == ("", "")


def test_a_projection_keeps_to_the_simplex(tmp_path):
    from symgrad.descent.rules import onto_simplex

    run = descend("(a-1)^2 + (b-2)^2 + c^2", start=[1, 0, 0], rate=0.1, project=onto_simplex, steps=400)
    assert np.allclose(run.points.sum(axis=1), 1)
    assert np.allclose(run.points[-1], [0, 1, 0], atol=1e-9)
    with pytest.raises(UsageError, match="cannot be saved"):
        run.save(tmp_path / "run.json")
    with pytest.raises(UsageError, match="Only update rules"):
        descend("a^2 + b^2", start=[1, 0], rule="BFGS", project=onto_simplex)


def test_a_run_becomes_a_picture(tmp_path):
    one = descend(LECTURE, start=3, rate=0.5, steps=7)
    two = descend(ROSENBROCK, start=[-1.2, 1], rate=0.001, steps=50)
    three = descend("a^2 + 2b^2 + 3c^2", start=[1, 1, 1], rate=0.1, steps=50)
    assert "2.39" in one.plot(tmp_path / "one.png").alt
    assert "gradient descent" in two.plot(tmp_path / "two.svg").alt
    assert "50 steps" in three.plot(tmp_path / "three.png").alt
    assert "7 steps" in one.plot(tmp_path / "four.png", kind="convergence").alt
    assert "ball" in one.plot(tmp_path / "ball.gif").alt
    with pytest.raises(UsageError, match="can't be drawn"):
        three.plot(tmp_path / "five.png", kind="path")
    with pytest.raises(UsageError, match="can't draw"):
        one.plot(tmp_path / "six.png", kind="poem")
    assert "2.39" in one.table()._repr_html_()


def test_sympy_goes_in_and_pickles_come_out():
    import pickle

    import sympy

    x, y = sympy.symbols("x y")
    run = descend((1 - x) ** 2 + 100 * (y - x**2) ** 2, start={x: -1.2, y: 1}, rate=1e-3, steps=5)
    again = pickle.loads(pickle.dumps(run))
    assert np.array_equal(again.points, run.points)
    assert str(again.explain()) == str(run.explain())
    assert resume(again, steps=3).steps == 8


@pytest.mark.parametrize(
    ("formula", "start", "rate", "rule", "steps", "keep"),
    [
        (ROSENBROCK, [-1.2, 1], 1e-3, "momentum", 7_000, 500),
        (ROSENBROCK, [-1.2, 1], 1e-3, "gradient descent", 9_777, 64),
        ("x^2 + y^4", [1, 2], "0.1/(1+k/100)", "Adam", 5_001, 100),
        ("|x|", 1, 0.3, "gradient descent", 5_000, 4),
        ("x^2", 1, 1.5, "gradient descent", 5_000, 5),
        ("x^2/2 - x^3/3", 0.9, 0.001, "gradient descent", 30_000, 100),
    ],
)
def test_the_native_loop_keeps_the_rows_of_the_loop_step_by_step(formula, start, rate, rule, steps, keep):
    options = {"start": start, "rate": rate, "rule": rule, "steps": steps, "keep": keep, "tolerance": 1e-9}
    native = descend(formula, **options)
    plain = descend(formula, **options, callback=lambda now: False)
    assert native.settings["native"]
    assert not plain.settings["native"]
    assert (native.stop, native.steps, native.evaluations) == (plain.stop, plain.steps, plain.evaluations)
    assert native.kept.tolist() == plain.kept.tolist()
    np.testing.assert_allclose(native.points, plain.points, rtol=1e-8)
    np.testing.assert_allclose(native.rates, plain.rates, rtol=1e-14)


def test_a_picture_of_a_long_run_counts_its_steps_and_not_its_rows(tmp_path):
    run = descend(ROSENBROCK, start=[-1.2, 1], rate=1e-5, steps=5000, keep=50)
    assert "goes in 5000 steps" in run.plot(tmp_path / "long.png").alt
    assert "goes in 5000 steps" in race([run], tmp_path / "race.png").alt


def test_a_picture_ends_where_there_is_a_value_to_draw(tmp_path):
    run = descend("ln(x) + x", start=1, rate=0.5)
    assert run.stop is Stop.LEFT_DOMAIN
    assert "∞" not in run.plot(tmp_path / "edge.png").alt
    assert "0 steps" in run.plot(tmp_path / "edge.gif", kind="animation").alt


@pytest.mark.parametrize("rule", ["gradient descent", "momentum", "Nesterov", "Adam", "AdaGrad", "RMSProp", "Lion"])
@pytest.mark.parametrize("backend", ["auto", "python"])
def test_a_bounded_run_of_every_rule_is_compiled_and_goes_the_same_way(rule, backend):
    bounds = {"x": (-2, 0.5), "y": (None, 0.2)}
    options = {"start": [-1.2, 0.1], "rate": 0.002, "rule": rule, "bounds": bounds, "tolerance": 0, "backend": backend}
    run = descend(ROSENBROCK, steps=600, **options)
    slow = descend(ROSENBROCK, steps=600, callback=lambda here: False, **options)
    assert run.settings["native"]
    assert not slow.settings["native"]
    assert run.stop is slow.stop
    count = min(len(run.points), 60)  # later the roundings of rules that divide by the slope may tell
    np.testing.assert_allclose(run.points[:count], slow.points[:count], rtol=1e-8, atol=1e-8)
    assert run.points[:, 0].max() <= 0.5
    assert run.points[:, 1].max() <= 0.2


def test_a_rule_with_a_constant_for_each_variable_is_compiled():
    rule = onto_box(find_rule("gradient descent"), [-2, -1], [0.5, 0.2])
    run = descend(ROSENBROCK, start=[-1.2, 0.1], rate=0.002, rule=rule, steps=600, tolerance=0)
    assert run.settings["native"]
    bounded = descend(ROSENBROCK, start=[-1.2, 0.1], rate=0.002, bounds={"x": (-2, 0.5), "y": (-1, 0.2)}, steps=600)
    np.testing.assert_array_equal(run.points[-1], bounded.points[-1])
