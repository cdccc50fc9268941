"""Bounds of values: never narrower than what the operations compute, and known where functions are cheaper for it."""

import math
import random

import pytest

from symgrad.program import Line, Program, interpret
from symgrad.program.backends.llvm_bounds import refined
from symgrad.program.backends.llvm_fuse import fused
from symgrad.program.backends.llvm_text import Target

NEVER_POSITIVE = {
    "−x²": [("multiply", "x0", "x0"), ("negate", "v0")],
    "−|x|": [("abs", "x0"), ("negate", "v0")],
    "−3x² − 2y²": [
        ("multiply", "x0", "x0"), ("multiply", "x1", "x1"), ("multiply", 3.0, "v0"), ("multiply", 2.0, "v1"),
        ("add", "v2", "v3"), ("negate", "v4"),
    ],
    "−(x − y)²/7": [("subtract", "x0", "x1"), ("multiply", "v0", "v0"), ("divide", "v1", -7.0)],
    "x − max(y, max(x, z))": [("maximum", "x0", "x2"), ("maximum", "x1", "v0"), ("subtract", "x0", "v1")],
    "sin x − 1": [("sin", "x0"), ("subtract", "v0", 1.0)],
    "min(x, −1)": [("minimum", "x0", -1.0)],
    "−eˣ if x < y else −√z": [
        ("exp", "x0"), ("negate", "v0"), ("sqrt", "x2"), ("negate", "v2"), ("less", "x0", "x1"),
        ("select", "v4", "v1", "v3"),
    ],
}  # fmt: skip
SOMETIMES_POSITIVE = {
    "x": [("add", "x0", 0.0)],
    "x²": [("multiply", "x0", "x0")],
    "−x y": [("multiply", "x0", "x1"), ("negate", "v0")],
    "1 − x²": [("multiply", "x0", "x0"), ("subtract", 1.0, "v0")],
    "−|x| + 1": [("abs", "x0"), ("negate", "v0"), ("add", "v1", 1.0)],
    "x − max(y, z)": [("maximum", "x1", "x2"), ("subtract", "x0", "v0")],
    "max(x, y) − x": [("maximum", "x0", "x1"), ("subtract", "v0", "x0")],
    "min(x, 1)": [("minimum", "x0", 1.0)],
    "x³": [("multiply", "x0", "x0"), ("multiply", "v0", "x0")],
}


def exponential(parts):
    lines = [Line(f"v{i}", op, tuple(args)) for i, (op, *args) in enumerate(parts)]
    lines.append(Line(f"v{len(lines)}", "exp", (lines[-1].name,)))
    return Program(("x", "y", "z"), tuple(lines), (lines[-1].name, lines[-2].name))


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", NEVER_POSITIVE)
def test_the_exponential_of_what_is_never_positive_is_found(name, fma):
    steps = refined(fused(exponential(NEVER_POSITIVE[name]), Target(8, fma=fma)))
    assert steps[-1].op == "exp_of_negative"


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", SOMETIMES_POSITIVE)
def test_nothing_is_claimed_that_is_not_so(name, fma):
    steps = refined(fused(exponential(SOMETIMES_POSITIVE[name]), Target(8, fma=fma)))
    assert steps[-1].op == "exp"


@pytest.mark.parametrize("seed", range(300))
def test_no_value_of_a_random_program_that_is_called_negative_is_positive(seed):
    chosen = random.Random(seed)
    arities = {"add": 2, "subtract": 2, "multiply": 2, "negate": 1, "abs": 1, "maximum": 2, "minimum": 2, "exp": 1,
               "tanh": 1, "sin": 1, "sqrt": 1}  # fmt: skip
    lines, values = [], ["x0", "x1", "x2", 1.0, -2.0, 0.0]
    for i in range(12):
        op = chosen.choice(list(arities))
        picked = [chosen.choice(values) for _ in range(arities[op])]
        if op == "multiply" and chosen.random() < 0.5:
            picked[1] = picked[0]
        lines.append(Line(f"v{i}", op, tuple(picked)))
        values.append(f"v{i}")
    lines += [Line(f"w{i}", "exp", (f"v{i}",)) for i in range(12)]
    program = Program(("x", "y", "z"), tuple(lines), tuple(f"v{i}" for i in range(12)))
    named = {step.names[0]: step for step in refined(fused(program, Target(8)))}
    negative = [i for i in range(12) if named[f"w{i}"].op == "exp_of_negative"]
    for _ in range(30):
        point = [chosen.choice([0.0, -0.0, math.inf, -math.inf, chosen.uniform(-3, 3), 1e200, 1e-200]) for _ in "xyz"]
        found = interpret(program, point)
        assert not [i for i in negative if found[i] > 0], point
