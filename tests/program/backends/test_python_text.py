"""Generated Python: what stands in it, and that no reordering of choices changes what it computes."""

import math
import random

import pytest

from symgrad.program import Line, Program, compile, interpret  # noqa: A004
from symgrad.program.backends import python_
from symgrad.program.backends.python_text import write
from symgrad.syntax import parse


def source(text: str) -> str:
    return compile(parse(text), backend="python", order=0).source


def test_values_used_once_stand_where_they_are_used():
    assert "return (sin((x0 * 2.0)),)" in source("sin(x*2)").replace("2.0 * x0", "x0 * 2.0")


def test_what_one_branch_needs_is_computed_there():
    lines = (
        Line("v0", "less", (0.0, "x0")), Line("v1", "sqrt", ("x0",)), Line("v2", "divide", (0.5, "v1")),
        Line("v3", "select", ("v0", "v1", 1.0)), Line("v4", "select", ("v0", "v2", 0.0)),
    )  # fmt: skip
    body, outputs = write(Program(("x",), lines, ("v3", "v4")), quick=True)
    yes, no = ["v1 = sqrt(x0)", "v3 = v1", "v4 = 0.5 / v1"], ["v3 = 1.0", "v4 = 0.0"]
    assert body == ["if (0.0 < x0):", *("    " + line for line in yes), "else:", *("    " + line for line in no)]
    assert outputs == ["v3", "v4"]


def test_sizes_that_are_only_compared_are_not_computed():
    lines = (Line("v0", "abs", ("x0",)), Line("v1", "less", ("v0", 2.0)), Line("v2", "select", ("v1", "x0", 1.0)))
    body, (output,) = write(Program(("x",), lines, ("v2",)), quick=True)
    assert (body, output) == ([], "(x0 if (-2.0 < x0 and x0 < 2.0) else 1.0)")


def tangled(seed: int, length: int = 60) -> Program:
    """A program of many choices by few conditions, which depend on one another in every way."""
    choose = random.Random(seed)
    names: list[str | float] = ["x0", "x1", "x2"]
    lines, conditions = [], []
    for k in range(length):
        name = f"v{k}"
        kind = choose.random()
        if not conditions or (kind < 0.12 and len(conditions) < 5):
            operands = (choose.choice(names), choose.choice([*names, 0.25]))
            lines.append(Line(name, choose.choice(["less", "less_equal"]), operands))
            conditions.append(name)
        elif kind < 0.6:
            args = (choose.choice(conditions), choose.choice(names[-6:]), choose.choice([*names[-6:], 1.5]))
            lines.append(Line(name, "select", args))
            names.append(name)
        else:
            op = choose.choice(["add", "subtract", "multiply", "sin", "abs", "maximum", "negate"])
            count = 2 if op in ("add", "subtract", "multiply", "maximum") else 1
            lines.append(Line(name, op, tuple(choose.choice(names[-5:]) for _ in range(count))))
            names.append(name)
    return Program(("a", "b", "c"), tuple(lines), (*names[-3:], choose.choice(names))).check()


@pytest.mark.parametrize("seed", range(150))
def test_tangled_choices_mean_what_the_interpreter_says(seed):
    program, choose = tangled(seed), random.Random(seed)
    point = python_.build(program).point
    for _ in range(12):
        x = [choose.uniform(-1, 1) for _ in program.inputs]
        assert list(point(*x)) == interpret(program, x)


def test_choices_are_written_without_recursion():
    lines = [Line("v0", "less", ("x0", 0.5))]
    for k in range(1, 6001):
        before = f"v{k - 1}" if k > 1 else "x0"
        op = Line(f"v{k}", "select", ("v0", before, 2.0)) if k % 3 == 0 else Line(f"v{k}", "add", (before, 1e-3))
        lines.append(op)
    program = Program(("x",), tuple(lines), ("v6000",))
    body, outputs = write(program, quick=True)
    assert len(body) > 1000
    assert outputs == ["v6000"]


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [("divide", (1.0, 0.0), math.inf), ("log", (0.0,), -math.inf), ("sqrt", (-1.0,), math.nan),
     ("exp", (1000.0,), math.inf), ("mod", (1.0, 0.0), math.nan), ("power", (-8.0, 1 / 3), math.nan)],
)  # fmt: skip
def test_where_python_raises_the_careful_text_answers(op, args, expected):
    program = Program(tuple("xy"[: len(args)]), (Line("v0", op, tuple(f"x{i}" for i in range(len(args)))),), ("v0",))
    (found,) = python_.build(program).point(*args)
    assert found == expected or (math.isnan(found) and math.isnan(expected))
