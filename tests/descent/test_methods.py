"""Methods that need more than the gradient: each finds minima, and each does what its name promises."""

import math

import numpy as np
import pytest

from symgrad.descent import Stop, descend, descend_many, random_starts
from symgrad.descent.methods import BFGS, METHODS, Exact, LineSearch, StrongWolfe, find_method
from symgrad.descent.methods.trust import lowest_in_ball
from symgrad.descent.problem import Problem
from symgrad.descent.squares import squares
from symgrad.errors import UsageError
from symgrad.formula import Formula

ROSENBROCK = "(1-x)^2 + 100(y-x^2)^2"
WOOD = "100(b-a^2)^2 + (1-a)^2 + 90(d-c^2)^2 + (1-c)^2 + 10(b+d-2)^2 + (b-d)^2/10"
SLOW = ("Armijo", "Wolfe", "exact")


@pytest.mark.parametrize("name", [name for name in METHODS if name not in SLOW])
@pytest.mark.parametrize(
    ("formula", "start"), [(ROSENBROCK, [-1.2, 1]), (WOOD, [-3, -1, -3, -1])], ids=["rosenbrock", "wood"]
)
def test_every_method_finds_the_minimum(name, formula, start):
    run = descend(formula, start=start, rule=name, steps=500)
    assert run.converged
    assert np.allclose(run.points[-1], 1, atol=1e-6)
    assert run.evaluations["gradients"] < 400


@pytest.mark.parametrize("name", SLOW)
def test_steepest_descent_with_a_search_never_rises(name):
    run = descend(ROSENBROCK, start=[-1.2, 1], rule=name, steps=60)
    assert np.all(np.diff(run.values) <= 0)
    assert run.best.value < 4


def test_the_exact_search_sees_the_lowest_point_of_the_whole_ray():
    run = descend(ROSENBROCK, start=[-1.2, 1], rule="exact", steps=1)
    assert math.isclose(run.rates[0], 0.0122489658914, rel_tol=1e-10)
    assert math.isclose(run.values[1], 0.194690, rel_tol=1e-5)
    wolfe = descend(ROSENBROCK, start=[-1.2, 1], rule="Wolfe", steps=1)
    assert wolfe.values[1] > 4


def test_the_exact_search_says_when_it_is_not():
    assert "Sturm" in Exact().says(Problem.of(ROSENBROCK))
    assert "no polynomial" in Exact().says(Problem.of("exp(x) - x"))
    assert descend("exp(x) - x", start=2, rule="exact").converged


@pytest.mark.parametrize("seed", range(8))
def test_strong_wolfe_keeps_both_promises(seed):
    rng = np.random.default_rng(seed)
    problem = Problem.of("(1-x)^2 + 100(y-x^2)^2 + sin(5x)*cos(3y)")
    here = problem.at(rng.normal(size=2))
    direction = -here.gradient
    found = StrongWolfe()(problem, here, direction, 1e-3)
    slope = float(here.gradient @ direction)
    assert found.there.value <= here.value + 1e-4 * found.length * slope
    assert abs(found.there.gradient @ direction) <= 0.9 * abs(slope)


@pytest.mark.parametrize("seed", range(10))
def test_the_trust_region_step_is_the_lowest_point_of_the_ball(seed):
    rng = np.random.default_rng(seed)
    values = np.sort(rng.normal(size=3) * 4)
    slope = rng.normal(size=3)
    if seed == 0:
        slope[0] = 0.0  # the hard case
    step, _ = lowest_in_ball(values, slope, 1.3)
    model = lambda s: s @ slope + 0.5 * np.sum(values * s * s, axis=-1)  # noqa: E731
    cloud = rng.normal(size=(4000, 3))
    cloud *= 1.3 * rng.uniform(0, 1, (4000, 1)) ** (1 / 3) / np.linalg.norm(cloud, axis=1, keepdims=True)
    assert np.linalg.norm(step) <= 1.3 * (1 + 1e-9)
    assert model(step) <= np.min(cloud @ slope + 0.5 * np.sum(values * cloud**2, axis=1)) + 1e-9


def test_the_trust_region_leaves_a_saddle():
    run = descend("x^2 - y^2 + y^4", start=[1, 0], rule="trust region")
    assert run.converged
    assert math.isclose(abs(run.points[-1, 1]), math.sqrt(0.5), rel_tol=1e-6)


def test_sums_of_squares_are_recognised_by_shape():
    assert len(squares(Formula(WOOD).tree)) == 6
    assert squares(Formula("x^2 - y^2").tree) is None
    assert squares(Formula("x^2 + y").tree) is None
    for formula in (WOOD, "3(x-1)^2/7 + x*x + 4 (x y)^4 + 5"):
        problem = Problem.of(formula)
        x = np.linspace(0.3, 1.7, len(problem.names))
        r, jacobian = problem.residuals(x)
        here = problem.at(x)
        assert math.isclose(r @ r, here.value, rel_tol=1e-13)
        assert np.allclose(2 * jacobian.T @ r, here.gradient, rtol=1e-12)
    with pytest.raises(UsageError, match="sums of squares"):
        descend("x^2 + y", start=[1, 1], rule="lm")


def test_auto_chooses_with_reasons():
    assert "sum of 2 squares" in str(descend(ROSENBROCK, start=[-1.2, 1], rule="auto").explain())
    assert descend("x^4 + exp(y) - y", start=[1, 1], rule="auto").rule == "trust region"
    assert descend("|x| + exp(y) - y", start=[1, 1], rule="auto").rule == "BFGS"
    assert descend("x^4 + y", start=[1, 1], rule="auto", bounds={"y": (0, 9)}).points[-1, 1] == 0


def test_auto_tries_the_next_method_where_the_first_ends_on_a_plateau(corpus):
    bard = next(row for row in corpus("descent_problems.jsonl") if row["name"] == "mw_bard_bad_start")
    run = descend(bard["expr"], start=bard["start"], variables=bard["vars"], rule="auto", steps=500)
    assert run.converged
    assert math.isclose(run.best.value, bard["minimum_value"], rel_tol=1e-6)


def test_a_method_of_ones_own_is_a_value_too(tmp_path):
    mine = LineSearch("my BFGS", BFGS(), StrongWolfe(flat=0.1))
    run = descend(ROSENBROCK, start=[-1.2, 1], rule=mine)
    assert run.converged
    assert run.rule == "my BFGS"
    with pytest.raises(UsageError, match="one of your own"):
        run.save(tmp_path / "run.json")


def test_names_of_methods_are_forgiving():
    assert find_method("LM").name == find_method("levenberg marquardt").name == "Levenberg–Marquardt"
    assert find_method("l bfgs").name == "L-BFGS"


# ---- long runs and many starts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["gradient descent", "momentum", "Nesterov", "Adam", "RMSProp", "Lion"])
def test_the_native_loop_makes_the_same_steps(rule):
    options = {"start": [-1.2, 1.0], "rate": 1e-3, "rule": rule, "steps": 800, "tolerance": 0}
    fast = descend(ROSENBROCK, **options)
    plain = descend(ROSENBROCK, callback=lambda now: None, **options)
    assert fast.settings["native"]
    assert not plain.settings["native"]
    assert np.allclose(fast.points, plain.points, rtol=1e-9, atol=1e-12)
    assert np.allclose(fast.values, plain.values, rtol=1e-9, atol=1e-12)
    assert all(np.allclose(fast.state[name], plain.state[name], rtol=1e-9, atol=1e-15) for name in fast.state)


@pytest.mark.parametrize(
    ("formula", "start", "rate"),
    [
        ("x^2", 3, 1.5), ("x^2", 3, 1.0), ("exp(x^2)", 3, 1.0), ("-x^2", 1, 0.5), ("ln(x) + 1/x", 3, 40.0),
        ("x^2", 3, "0.9/(1+k)"), ("|x|", 0.35, 0.1), ("69/4 (w+1)^2", 0, 0.5), ("x^4/4 - x^2/2", 0.3, 1.05),
        ("x^2", 0, 0.1), ("x^2", 3, 0.1),
    ],
)  # fmt: skip
def test_the_native_loop_stops_where_the_plain_one_does(formula, start, rate):
    fast = descend(formula, start=start, rate=rate, steps=3000)
    plain = descend(formula, start=start, rate=rate, steps=3000, callback=lambda now: None)
    assert (fast.stop, fast.steps, fast.detail) == (plain.stop, plain.steps, plain.detail)
    assert np.array_equal(fast.rates, plain.rates)


def test_a_native_run_resumes_bit_exactly():
    whole = descend("x^4 + y^2", start=[1, 1], rate=0.01, rule="momentum", steps=3000, tolerance=0)
    half = descend("x^4 + y^2", start=[1, 1], rate=0.01, rule="momentum", steps=1234, tolerance=0)
    from symgrad.descent import resume

    assert np.array_equal(resume(half, steps=3000 - 1234).points, whole.points)


def test_many_starts_are_the_runs_one_by_one():
    starts = random_starts({"x": (-2, 2), "y": (-1, 3)}, 40, seed=1)
    for rule in ("gradient descent", "Adam"):
        batch = descend_many(ROSENBROCK, starts, 0.002, rule=rule, steps=200)
        for index in (0, 7, 39):
            run = descend(ROSENBROCK, start=starts[index], rate=0.002, rule=rule, steps=200)
            assert batch.stops[index] is run.stop
            assert batch.steps[index] == run.steps
            if run.stop is Stop.STEP_LIMIT:
                assert np.allclose(batch.points[index], run.points[-1], rtol=1e-9)
    assert sum(batch.counts.values()) == 40


def test_many_starts_find_every_valley():
    batch = descend_many("x^4/4 - x^2/2 + x/10", np.linspace(-2, 2, 21), 0.1, steps=2000)
    assert len(set(np.round(batch.points[:, 0], 6))) == 2
    assert batch.points[batch.best, 0] < 0
    with pytest.raises(UsageError, match="shape"):
        descend_many("x + y", [1, 2, 3], 0.1)
    with pytest.raises(UsageError, match="learning rate"):
        descend_many("x^2", [1, 2, 3])


# ---- scipy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "Newton-CG", "trust-exact", "Nelder-Mead", "SLSQP"])
def test_scipys_methods_are_one_call_away(method):
    pytest.importorskip("scipy")
    from symgrad.descent.bridge import scipy_descend

    run = scipy_descend(ROSENBROCK, {"x": -1.2, "y": 1}, method)
    assert np.allclose(run.points[-1], 1, atol=1e-3)
    assert run.rule == f"scipy {method}"
    assert "scipy says" in run.reason
    assert len(run.points) > 5
    assert str(run.table())
    assert str(run.explain())


def test_an_unknown_method_of_scipy_is_told():
    from symgrad.descent.bridge import scipy_descend

    with pytest.raises(UsageError, match="Methods: BFGS"):
        scipy_descend("x^2", 1, "magic")
