"""JavaScript for pages: the whole closed set, only the helpers that are needed, and all the digits."""

import re
import shutil
import subprocess

import mpmath
import pytest

from symgrad.errors import UsageError
from symgrad.program import Line, Program
from symgrad.program.backends import javascript
from symgrad.program.backends.javascript_functions import NEEDS, OWN
from symgrad.program.program import OPERATIONS

PLAIN = [op for op, row in OPERATIONS.items() if not row.special]


def program(op: str) -> Program:
    arguments = ("x0", "x1", "x2")[: OPERATIONS[op].arity]
    return Program(("x", "y", "z"), (Line("v0", op, arguments),), ("v0",))


@pytest.mark.parametrize("op", PLAIN)
def test_every_function_that_is_called_is_there(op):
    text = javascript.source(program(op))
    defined = re.findall(r"const (\w+) = \(", text)
    assert len(set(defined)) == len(defined)
    called = set(re.findall(r"(?<![\w.])([a-zA-Z]\w*)\(", text)) - {"f", "for", "while", "if", "isNaN", "isFinite"}
    assert called <= set(defined)
    assert set(defined) <= set(OWN)


def test_nothing_is_written_that_is_not_needed():
    assert "const" not in javascript.source(program("sin")).split("function")[0]
    assert "gamma" not in javascript.source(program("erf"))


def test_what_a_helper_needs_is_what_it_calls():
    for name, text in OWN.items():
        called = {other for other in OWN if other != name and re.search(rf"(?<![\w.]){other}\(", text)}
        assert called == set(NEEDS.get(name, ())), name


@pytest.mark.parametrize("op", [op for op, row in OPERATIONS.items() if row.special])
def test_a_special_function_is_refused_by_name(op):
    with pytest.raises(UsageError, match=op):
        javascript.source(program(op))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize(
    ("op", "true"),
    [
        ("lgamma", lambda u: mpmath.log(abs(mpmath.gamma(u)))),
        ("gamma", mpmath.gamma),
        ("erf", mpmath.erf),
        ("erfc", mpmath.erfc),
        ("erfinv", mpmath.erfinv),
    ],
)
def test_digits_over_the_whole_range(op, true):
    points = [0.3 + k * 0.07 for k in range(-40, 340)] + [1 + k * 1e-6 for k in range(-30, 30)]
    if op == "erfinv":
        points = [k / 400 + 1e-3 for k in range(-399, 399)]
    points = [u for u in points if u != round(u)]
    text = (
        javascript.source(program(op)) + f"\nconsole.log([{','.join(map(repr, points))}].map(u => f(u)[0]).join(' '))"
    )
    found = subprocess.run(["node", "-"], input=text, capture_output=True, text=True, check=True, timeout=60).stdout
    with mpmath.workdps(40):
        for u, value in zip(points, map(float, found.split()), strict=True):
            exact = true(mpmath.mpf(u))
            if op == "lgamma" and u < 0 and abs(exact) < 0.5:
                continue  # near a zero below zero the reflection cancels
            assert abs(value - exact) <= 12 * abs(exact) * 2.0**-53, f"{op}({u})"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("order", [0, 1, 2, 5])
def test_polygamma_goes_on_below_zero(order):
    points = [-0.5, -1.25, -7.75, -40.125, -1e6 - 0.25, 0.25, 3.5]
    text = javascript.source(program("polygamma"))
    text += f"\nconsole.log([{','.join(map(repr, points))}].map(u => f({order}, u)[0]).join(' '))"
    found = subprocess.run(["node", "-"], input=text, capture_output=True, text=True, check=True, timeout=60).stdout
    for u, value in zip(points, map(float, found.split()), strict=True):
        assert value == pytest.approx(float(mpmath.polygamma(order, u)), rel=1e-12), u
