"""Why a run went as it did: laws, limits and advice, each computed and each checked against a run."""

import math
from fractions import Fraction

import numpy as np
import pytest

from symgrad.descent import Stop, descend
from symgrad.descent.curvature import amplification, stability_limit
from symgrad.descent.explain import FAILED
from symgrad.descent.rules import RULES, find_rule
from symgrad.descent.sublinear import slow_minimum
from symgrad.formula import Formula

LECTURE = "|x| - 2/3 sin(3|x|/2)"
ROSENBROCK = "(1-x)^2 + 100(y-x^2)^2"


def test_the_lectures_sublinear_law_comes_out():
    run = descend(LECTURE, start=3, rate=0.5, steps=7)
    told = run.explain()
    assert told.facts["law"] == "16/(9k)"
    assert told.facts["limit_point"] == 0
    assert "xₖ ≈ 16/(9k)" in str(told)
    assert "f′′′ = 9/4" in str(told)
    long = descend(LECTURE, start=3, rate=0.5, steps=10_000, tolerance=0)
    slow = slow_minimum(Formula(LECTURE), "x", float(run.points[-1, 0]))
    assert math.isclose(long.points[-1, 0], slow.distance(0.5, 10_000), rel_tol=2e-3)


@pytest.mark.parametrize(
    ("formula", "start", "rate", "law"),
    [
        ("x^4", 1, 0.1, "√(5/(4k))"),
        ("(x-1)^4/4", 2, 0.5, "√(1/k)"),
        ("|x|^3", -1, 0.1, "10/(3k)"),
        ("x^6/6", 1, 0.5, "(1/(2k))^(1/4)"),
        ("x - ln(x) - (x-1)^2/2 + (x-1)^3/3", 1.3, 0.25, "√(2/k)"),
    ],
)
def test_the_law_of_a_slow_minimum_is_what_happens(formula, start, rate, law):
    run = descend(formula, start=start, rate=rate, steps=20_000, tolerance=0)
    told = run.explain()
    assert told.facts["law"] == law
    slow = slow_minimum(Formula(formula), "x", float(run.points[-1, 0]))
    measured = abs(run.points[-1, 0] - slow.point)
    assert math.isclose(measured, slow.distance(rate, 20_000), rel_tol=0.02)


def test_a_minimum_with_curvature_has_no_slow_law():
    assert slow_minimum(Formula("x^2 + x^4"), "x", 0.01) is None
    assert slow_minimum(Formula("cos(x)"), "x", 3.0) is None
    assert slow_minimum(Formula("x^3"), "x", 0.01).inflection
    assert not slow_minimum(Formula(LECTURE), "x", 0.01).inflection


def test_the_perceptrons_divergence_is_explained():
    run = descend("69/4 (w+1)^2", start=0, rate=0.5)
    told = run.explain()
    assert run.stop is Stop.DIVERGED
    assert told.facts["rate_times_curvature"] == 17.25
    assert "−16.25" in str(told)
    assert "the curvature 69/2 = 34.5 everywhere: any rate below 4/69 ≈ 0.05797 converges" in str(told)
    assert "2/69 ≈ 0.02899 goes to the minimum in one step" in str(told)
    assert told.facts["advised_rate"] < 4 / 69
    assert descend("69/4 (w+1)^2", start=0, rate=told.facts["advised_rate"]).converged


def test_predicted_and_measured_rates_agree():
    run = descend("x^2 + 10 y^2", start=[1, 1], rate=0.04, steps=100)
    facts = run.explain().facts
    assert math.isclose(facts["predicted_rate"], 0.92, rel_tol=1e-9)
    assert math.isclose(facts["measured_rate"], 0.92, rel_tol=1e-3)
    assert math.isclose(facts["best_rate"], 2 / 22, rel_tol=1e-9)
    run = descend("x^2 + 10 y^2", start=[1, 1], rate=0.04, rule="momentum", steps=300, tolerance=0)
    facts = run.explain().facts
    assert math.isclose(facts["predicted_rate"], facts["measured_rate"], rel_tol=0.02)


def test_newtons_order_is_measured():
    run = descend(ROSENBROCK, start=[-1.2, 1], rule="trust region")
    assert run.explain().facts["order"] > 1.7


@pytest.mark.parametrize(("name", "limit"), [("gradient descent", 2.0), ("momentum", 3.8), ("Nesterov", 3.8 / 2.8)])
def test_stability_limits_follow_from_the_equations(name, limit):
    assert math.isclose(stability_limit(find_rule(name)), limit, rel_tol=1e-6)


def test_the_stability_limit_is_where_runs_begin_to_fail():
    for rule in RULES[:3]:
        limit = stability_limit(rule)
        inside = descend("x^2/2", start=1, rate=0.99 * limit, rule=rule, steps=20_000)
        outside = descend("x^2/2", start=1, rate=1.01 * limit, rule=rule, steps=20_000)
        assert inside.converged
        assert outside.stop is Stop.DIVERGED


def test_a_rule_that_is_not_linear_has_no_amplification():
    for name in ("Adam", "RMSProp", "AdaGrad", "Lion"):
        assert amplification(find_rule(name), 0.1, 1.0) is None


def test_a_kink_is_told_from_curvature_and_a_shrinking_rate_tried():
    run = descend("|x|", start=0.35, rate=0.2, steps=200)
    assert run.stop is Stop.TWO_CYCLE
    told = run.explain()
    assert "kink" in str(told)
    assert told.facts["advised_rate"] == "0.2/(1+k)"
    again = descend("|x|", start=0.35, rate=told.facts["advised_rate"], steps=1000)
    assert again.stop not in FAILED
    assert again.best.value < 0.01


def test_a_rate_is_told_as_it_was_typed():
    run = descend("|x| - 2/3 sin(3|x|/2)", start=2, rate="2/69", steps=2000)
    assert run.settings["rate"] == 2 / 69
    assert run.table().header[-1] == "u(x, f′(x), 2/69)"
    told = str(run.explain())
    assert "Rate · f″(x) = 2/69 · 1.495 = 0.04332" in told
    assert "xₖ ≈ 92/(3k)" in told
    assert descend("x^2", start=1, rate=Fraction(1, 3), steps=3).rate_text == "1/3"
    assert descend("x^2", start=1, rate=1 / 3, steps=3).rate_text == "0.333333…"
    assert descend("x^2", start=0, rate="1/3").rate_text == "1/3"  # no step was made


def test_nothing_is_said_of_a_bottom_where_the_curvature_is_negative():
    told = descend("ln(x) + x", start=1, rate=0.5).explain()
    assert "must stay below" not in str(told)
    assert "no minimum before the edge" in str(told)
    assert "no bottom that a step could overshoot" in str(descend("-x^2", start=1, rate=0.1).explain())


def test_a_minimum_that_repels_the_steps_is_named():
    told = str(descend("sqrt(x) + 1/x", start=4, rate=9, steps=2000).explain())
    assert "cannot settle at the minimum: there the curvature is 0.375" in told
    assert "Below the rate 2/0.375 = 5.333" in told


def test_a_flat_direction_is_not_called_ill_conditioned():
    told = str(descend("x^2 + y^4", start=[1, 1], rate=0.1, steps=5000).explain())
    assert "sublinear" in told
    assert "condition" not in told
    assert "sublinear" in str(descend("x^4 + y^4", start=[1, 1], rate=0.1, steps=5000).explain())
    assert "sublinear" not in str(descend("x^2 + y^2/1000", start=[1, 1], rate=0.1, steps=5000).explain())


def test_a_run_that_is_far_from_any_minimum_says_so():
    assert "far from any minimum" in str(descend("1/x", start=1, rate=0.1, steps=1000).explain())
    assert "far from any minimum" not in str(descend("x^4", start=1, rate=0.1, steps=1000).explain())


@pytest.mark.slow
def test_every_failing_run_of_the_corpus_gets_advice_that_works(corpus):
    """The same start at the advised rate must not fail; every third problem of moderate size, at too large a rate."""
    from symgrad.syntax import tree as t
    from symgrad.syntax import walks

    failed = 0
    for row in [row for row in corpus("descent_problems.jsonl") if row["n"] <= 12 and len(row["expr"]) < 2500][::3]:
        tree = walks.substitute(Formula(row["expr"]).tree, {"E": t.E})
        options = {"start": np.array(row["start"]), "variables": row["vars"], "steps": 300}
        run = descend(Formula(tree), rate=1.0, **options)
        if run.stop in FAILED:
            failed += 1
            advised = run.explain().facts["advised_rate"]
            assert descend(Formula(tree), rate=advised, **options).stop not in FAILED, row["name"]
    assert failed > 5


def test_runs_over_data_are_explained_too():
    data = {"x": [4.0, 1.0, -0.5], "y": [-4.0, -1.0, 0.5]}
    good = descend("(w*x - y)^2", start={"w": 3}, data=data, rate=0.02)
    assert good.converged
    assert math.isclose(good.explain().facts["predicted_rate"], abs(1 - 0.02 * 34.5), rel_tol=1e-9)
    bad = descend("(w*x - y)^2", start={"w": 3}, data=data, rate=0.5)
    assert bad.stop is Stop.DIVERGED
    assert bad.explain().facts["rate_times_curvature"] == 17.25
    off = descend("(ln(w + x) - y)^2", start={"w": 1}, data=data, rate=50.0)
    assert off.stop is Stop.LEFT_DOMAIN
    assert "ln(w + x)" in off.detail
    assert "x = 4" in off.detail


def test_a_ring_of_minima_has_a_speed_across_it():
    run = descend("(x^2 + y^2 - 1)^2", start=[2, 1], rate=0.02, steps=2000)
    assert run.converged
    facts = run.explain().facts
    assert math.isclose(facts["predicted_rate"], 1 - 0.02 * 8, rel_tol=1e-6)
    assert math.isclose(facts["measured_rate"], facts["predicted_rate"], rel_tol=1e-2)
    assert "whose floor is level" in str(run.explain())


def test_a_path_that_swings_over_a_kink_is_named():
    told = str(descend("|x| + |y - x|/3", start=[0.3, 1], rate=0.07, steps=500, tolerance=0).explain())
    assert "kink" in told


def test_an_order_is_told_only_where_it_is_steady():
    for rule in ("L-BFGS", "conjugate gradient", "BFGS", "Wolfe", "exact"):
        order = descend(ROSENBROCK, start=[-1.2, 1], rule=rule).explain().facts.get("order", 1)
        assert 0.8 <= order <= 3.2


def test_overshooting_is_told_of_rules_only():
    run = descend(ROSENBROCK, start=[-1.2, 1], rule="BFGS")
    assert "overshot" not in str(run.explain())


def test_where_all_is_small_no_saddle_is_claimed():
    run = descend("exp(-x^2) * (1 - y^2/100)", start=[5.0, 3.0], rate=1.0, tolerance=1e-6)
    assert run.stop is Stop.FLAT
    assert descend("x^2 - y^2", start=[1, 0], rate=0.2).stop is Stop.SADDLE


def test_a_two_cycle_around_a_smooth_minimum_is_no_kink():
    run = descend("sqrt(x^2+1)", start=3, rate=4, steps=500)
    assert run.stop is Stop.TWO_CYCLE
    told = run.explain()
    assert "kink" not in str(told)
    assert "Rate · f″(x) = 4 · 1 = 4 > 2" in str(told)
    assert descend("sqrt(x^2+1)", start=3, rate=told.facts["advised_rate"], steps=500).converged


def test_values_that_jump_are_not_called_level():
    assert "hardly changed" not in str(descend("tan(x)", start=1, rate=0.5, steps=1000).explain())
