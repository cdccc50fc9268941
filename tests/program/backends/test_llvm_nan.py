"""Choices of NaN: left out where a value is NaN by itself, kept everywhere else."""

import math
import random

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from symgrad.program import Line, Program, interpret
from symgrad.program import compile as compile_formula
from symgrad.program.backends import llvm
from symgrad.program.backends.llvm_fuse import Step
from symgrad.program.backends.llvm_nan import without_needless

NAN = math.nan
# steps after is = (x0 == x0); the last is the output, and the choice of NaN goes into something before it
NEEDLESS = {
    "itself": [("sqrt", "x0"), ("select", "is", "v0", NAN), ("exp", "v1")],
    "by way of its size": [("abs", "x0"), ("negate", "v0"), ("exp", "v1"), ("select", "is", "v2", NAN), ("exp", "v3")],
    "a branch that a comparison with NaN takes": [
        ("less", "x0", 1.0), ("exp", "x0"), ("select", "v0", 2.0, "v1"), ("select", "is", "v2", NAN), ("negate", "v3"),
    ],
    "both branches": [
        ("less", "x1", 1.0), ("sin", "x0"), ("cos", "x0"), ("select", "v0", "v1", "v2"), ("select", "is", "v3", NAN),
        ("negate", "v4"),
    ],
    "the other branch where what differs is not equal": [
        ("not_equal", "x0", 1.0), ("exp", "x0"), ("select", "v0", "v1", 2.0), ("select", "is", "v2", NAN),
        ("negate", "v3"),
    ],
    "what it goes into": [("sin", "x0"), ("select", "is", 1.0, NAN), ("multiply", "v0", "v1")],
    "two in one sum with it": [
        ("select", "is", "x1", NAN), ("select", "is", 1.0, NAN), ("add", "v0", "x0"), ("fma", "v1", "v2", 1.0),
    ],
}  # fmt: skip
NEEDED = {
    "a number": [("select", "is", 1.0, NAN), ("exp", "v0")],
    "another input": [("sqrt", "x1"), ("select", "is", "v0", NAN), ("exp", "v1")],
    "a branch that NaN does not take": [
        ("less", "x0", 1.0), ("exp", "x0"), ("select", "v0", "v1", 2.0), ("select", "is", "v2", NAN), ("negate", "v3"),
    ],
    "a power, which may be 1": [("power", "x1", "x0"), ("select", "is", "v0", NAN), ("exp", "v1")],
    "two that only have each other": [
        ("select", "is", 1.0, NAN), ("select", "is", 2.0, NAN), ("add", "v0", "v1"), ("exp", "v2"),
    ],
    "an output": [("sqrt", "x0"), ("select", "is", "v0", NAN)],
    "one of its uses": [
        ("select", "is", 1.0, NAN), ("add", "v0", "x0"), ("add", "v0", "x1"), ("add", "v1", "v2"),
        ("less", "v2", 1.0), ("select", "v4", 1.0, "v3"),
    ],
}  # fmt: skip


def steps(parts):
    made = [Step(("is",), "equal", ("x0", "x0"))]
    return made + [Step((f"v{i}",), op, tuple(args)) for i, (op, *args) in enumerate(parts)]


def left(found):
    return sum(step.op == "select" and step.args[-1] is NAN for step in found)


@pytest.mark.parametrize("name", NEEDLESS)
def test_a_choice_that_changes_nothing_is_left_out(name):
    made = steps(NEEDLESS[name])
    found = without_needless(made, [made[-1].names[0]])
    assert left(found) == 0
    assert "is" not in [step.names[0] for step in found]


@pytest.mark.parametrize("name", NEEDED)
def test_a_choice_that_matters_stays(name):
    made = steps(NEEDED[name])
    assert left(without_needless(made, [made[-1].names[0]])) >= 1


_NAMES = "add multiply abs negate sqrt exp sin sign maximum equal less not_equal select select"
OPERATIONS = _NAMES.split(" ")


def random_program(seed):
    """Choices between numbers, with NaN and without, among other operations."""
    chosen = random.Random(seed)
    lines, values, truths = [], ["x0", "x1", 1.0, 0.0, NAN], []
    for i in range(30):
        op = chosen.choice(OPERATIONS)
        if op == "select" and not truths:
            op = "equal"
        if op == "select":
            args = (chosen.choice(truths), chosen.choice(values), chosen.choice([*values, NAN, NAN]))
        elif op == "equal":
            args = (chosen.choice(values[:2] + values[5:]),) * 2
        else:
            arity = 2 if op in ("add", "multiply", "maximum", "less", "not_equal") else 1
            args = tuple(chosen.choice(values) for _ in range(arity))
        lines.append(Line(f"v{i}", op, args))
        (truths if op in ("equal", "less", "not_equal") else values).append(f"v{i}")
    return Program(("x", "y"), tuple(lines), tuple(v for v in values[-4:] if isinstance(v, str)))


@pytest.mark.parametrize("seed", range(60))
def test_random_programs_are_nan_just_where_the_interpreter_is(seed):
    program = random_program(seed)
    odd = [NAN, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 2.0]
    x = np.array([(a, b) for a in odd for b in odd]).T.copy()
    out = np.empty((len(program.outputs), x.shape[1]))
    llvm.build(program).batch(tuple(x), tuple(out))
    expected = np.array([interpret(program, point) for point in x.T.tolist()]).T
    np.testing.assert_array_equal(np.isnan(out), np.isnan(expected))
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_a_piecewise_formula_keeps_none():
    text = "piecewise((x^2/2, |x| <= 1), (|x| - 1/2, True))"
    function = compile_formula(text, backend="llvm")
    program = function.program
    made = [Step((name,), op, tuple(args)) for name, op, args in program.lines]
    assert left(made) > left(without_needless(made, program.outputs))
    value, slope = function(np.array([NAN, 0.5, 3.0, -2.0]))
    np.testing.assert_array_equal(value, [NAN, 0.125, 2.5, 1.5])
    np.testing.assert_array_equal(slope, [[NAN, 0.5, 1.0, -1.0]])
