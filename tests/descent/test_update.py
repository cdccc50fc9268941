"""The update rule: one equation, and what comes from it."""

import pickle
from fractions import Fraction

import numpy as np
import pytest

from symgrad.descent import GRADIENT_DESCENT, RULES, UpdateRule, descend, find_rule, update
from symgrad.descent.rules import clip_norm, clip_value, onto_ball, onto_box, with_l1, with_l2
from symgrad.errors import SymgradError, UsageError


def test_the_update_function_is_the_lectures_equation():
    assert GRADIENT_DESCENT.equations.strip() == "x = x - y*z"
    assert update(3, 2, 1) == 1
    assert update(Fraction(3), Fraction(1, 3), Fraction(3, 2)) == Fraction(5, 2)
    assert update(np.array([1.0, 2.0]), np.array([1.0, -1.0]), 0.5).tolist() == [0.5, 2.5]


def test_the_update_function_takes_symbols():
    import sympy

    x, y, z = sympy.symbols("x y z", real=True)
    assert update(x, y, z) == x - y * z


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_prints_runs_and_pickles(rule):
    assert "\\leftarrow" in rule.latex()
    assert len(str(rule).splitlines()) == len(rule.assignments) <= 6
    again = pickle.loads(pickle.dumps(rule))
    assert again.equations == rule.equations
    assert dict(again.hyper) == dict(rule.hyper)
    run = descend("(x-1)^2 + 3(y+2)^2", start=[0, 0], rule=rule, rate=0.05, steps=3000, tolerance=1e-6)
    assert abs(run.best.point - [1, -2]).max() < 0.06


def _by_hand(name, x, g, z, steps):
    """The published pseudo-code of each rule, written out independently."""
    v = np.zeros_like(x)
    s = np.zeros_like(x)
    for k in range(steps):
        y = g(x)
        if name == "gradient descent":
            x = x - z * y
        elif name == "momentum":
            v = 0.9 * v - z * y
            x = x + v
        elif name == "Nesterov":  # the look-ahead form: gradient at x + mu*v, in the variable that is already ahead
            before = v
            v = 0.9 * v - z * y
            x = x - 0.9 * before + (1 + 0.9) * v
        elif name == "AdaGrad":
            s = s + y * y
            x = x - z * y / (np.sqrt(s) + 1e-10)
        elif name == "RMSProp":
            s = 0.9 * s + 0.1 * y * y
            x = x - z * y / (np.sqrt(s) + 1e-8)
        elif name in ("Adam", "AdamW"):
            v = 0.9 * v + 0.1 * y
            s = 0.999 * s + 0.001 * y * y
            step = (v / (1 - 0.9 ** (k + 1))) / (np.sqrt(s / (1 - 0.999 ** (k + 1))) + 1e-8)
            x = x - z * (step + (0.01 * x if name == "AdamW" else 0))
        elif name == "Lion":
            x = x - z * np.sign(0.9 * v + 0.1 * y)
            v = 0.99 * v + 0.01 * y
    return x


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_does_what_was_published(rule):
    run = descend("(x-1)^2 + 3(y+2)^2 + x y/2", start=[3, 1], rule=rule, rate=0.01, steps=40, tolerance=0)
    expected = _by_hand(
        rule.name,
        np.array([3.0, 1.0]),
        lambda p: np.array([2 * (p[0] - 1) + p[1] / 2, 6 * (p[1] + 2) + p[0] / 2]),
        0.01,
        40,
    )
    assert np.allclose(run.points[-1], expected, rtol=1e-12, atol=1e-12)


def test_a_rule_of_ones_own_is_a_value():
    signed = UpdateRule("sign descent", "x = x - z*sign(y)")
    run = descend("x^2", start=1, rule=signed, rate=0.25, steps=4)
    assert run.points[:, 0].tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert run.rule == "sign descent"


def test_a_wrong_rule_is_told_with_what_is_known():
    with pytest.raises(UsageError, match="'w' before it has a value"):
        UpdateRule("bad", "x = x - w").latex()
    with pytest.raises(UsageError, match="never assigns x"):
        UpdateRule("bad", "v = y").step(0, 0, 0, 0, {})
    with pytest.raises(UsageError, match="not an assignment"):
        UpdateRule("bad", "x - y").latex()
    with pytest.raises(SymgradError):
        UpdateRule("bad", "x = __import__('os')").latex()
    with pytest.raises(UsageError, match="Rules: gradient descent"):
        find_rule("addam")


def test_clipping_projections_and_proximal_steps_are_equations_too():
    x, y = np.array([3.0, -4.0]), np.array([30.0, -40.0])
    step = lambda rule, x=x, y=y, z=1.0: rule.step(x, y, z, 0, {})[0]  # noqa: E731
    assert np.allclose(step(clip_norm(GRADIENT_DESCENT, 5)), x - y / 10)
    assert np.allclose(step(clip_norm(GRADIENT_DESCENT, 100)), x - y)
    assert np.allclose(step(clip_value(GRADIENT_DESCENT, 1)), x - [1, -1])
    assert np.allclose(step(onto_box(GRADIENT_DESCENT, [0, 0], [1, 1]), y=0 * y), [1, 0])
    assert np.allclose(np.linalg.norm(step(onto_ball(GRADIENT_DESCENT, 1.0))), 1)
    assert np.allclose(step(with_l1(GRADIENT_DESCENT, 3.5), y=0 * y), [0, -0.5])
    assert np.allclose(step(with_l2(GRADIENT_DESCENT, 1.0), y=0 * y), x / 2)


def test_the_proximal_l1_step_finds_the_lasso_minimum():
    run = descend("(x-3)^2/2 + (y-0.2)^2/2", start=[0, 0], rule=with_l1(GRADIENT_DESCENT, 1.0), rate=0.5, steps=200)
    assert np.allclose(run.points[-1], [2, 0], atol=1e-9)


def test_a_schedule_is_a_formula_in_the_step_number():
    run = descend("x^2", start=1, rate="0.5/(1 + k)", steps=4, tolerance=0)
    assert run.rates.tolist() == [0.5]  # one step of 1/f″ is exact, and the step after it would change nothing
    run = descend("x^2", start=1, rate="0.2/(1 + k)", steps=3)
    assert np.allclose(run.rates, [0.2, 0.1, 0.2 / 3])
    with pytest.raises(UsageError, match="'q'"):
        descend("x^2", start=1, rate="q/2")
