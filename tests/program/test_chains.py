"""Shorter chains: the same numbers but for roundings, ready sooner."""

import math

import numpy as np
import pytest

from symgrad.descent.rules import RULES
from symgrad.program import interpret
from symgrad.program.chains import shortened
from symgrad.program.loop import compile_loop
from symgrad.syntax import parse

FORMULAS = (
    "100(y - x^2)^2 + (1 - x)^2",
    "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    "x^2 + 3y^4 + exp(x*y)",
    "-x - y",
    "sin(x) + sin(2x) + sin(3x) + sin(4y) + sin(5y) + sin(6y) - 7x y",
    "x^3 y^2 (x + y)^5/3",
    "|x| + max(x, y)",
)


def program_of(formula, rule):
    loop = compile_loop(
        parse(formula), ["x", "y"], rule.assignments, state=rule.state, hyper=rule.hyper, backend="python"
    )
    return loop.program, 2 * (1 + len(rule.state))


def short(program, carried):
    return shortened(program, carried, (f"x{carried}", f"x{carried + 1}"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("formula", FORMULAS)
def test_it_is_the_same_function(formula, rule):
    program, carried = program_of(formula, rule)
    other = short(program, carried).check()
    point = [0.7, -0.4, *([0.3] * (carried - 2)), 0.01, 1e-9, 3]
    for value, found in zip(interpret(program, point, digits=60), interpret(other, point, digits=60)):
        assert abs(value - found) <= 1e-15 * (1 + abs(value))  # only the numbers of the lines are rounded


@pytest.mark.parametrize("formula", FORMULAS[:3])
def test_a_step_is_rounded_a_few_times_at_most(formula):
    program, carried = program_of(formula, RULES[0])
    other = short(program, carried)
    rng = np.random.default_rng(0)
    for x, y in rng.uniform(-2, 2, (200, 2)):
        point = [x, y, 1e-3, -1.0, 0.0]
        true = interpret(program, point, digits=40)
        found = interpret(other, point)
        scale = 1 + 1e-3 * 400 * (1 + abs(x) ** 3 + abs(y) ** 3)
        for k in range(carried):
            assert abs(found[k] - true[k]) <= 4 * 2**-53 * scale


def longest_chain(program, steady):
    """Operations on the longest way from what is carried in to what is carried out."""
    depth = {}
    for name, _, args in program.lines:
        moving = [depth.get(a, 0) for a in args if isinstance(a, str) and a not in steady]
        if moving:
            depth[name] = 1 + max(moving)
        else:
            steady.add(name)
    return max(depth[output] for output in program.outputs[:2])


def test_the_rate_is_multiplied_in_before_the_gradient_is_known():
    program, carried = program_of(FORMULAS[0], RULES[0])
    steady = {f"x{carried}", f"x{carried + 1}"}
    assert longest_chain(program, set(steady)) == 7
    assert longest_chain(short(program, carried), set(steady)) == 4  # a product and a sum, twice: two fused operations


def test_a_long_sum_is_no_long_chain():
    formula = " + ".join(f"sin({k}x)" for k in range(1, 33))
    program, carried = program_of(formula + " + y", RULES[0])
    steady = {f"x{carried}", f"x{carried + 1}"}
    assert longest_chain(program, set(steady)) > 32
    assert longest_chain(short(program, carried), set(steady)) <= 3 + 1 + math.ceil(math.log2(33)) + 2


def test_lines_without_use_are_gone():
    program, carried = program_of(FORMULAS[1], RULES[0])
    other = short(program, carried)
    used = {argument for line in other.lines for argument in line.args} | set(other.outputs)
    assert all(line.name in used for line in other.lines)
