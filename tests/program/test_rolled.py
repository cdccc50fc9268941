"""Short sums of like terms in lanes: the same value and gradient as term by term, and only where it pays."""

import math

import numpy as np
import pytest

from symgrad.program import compile as compile_formula
from symgrad.program import interpret
from symgrad.program.lanes import Lanes
from symgrad.program.loop import compile_loop
from symgrad.program.rolled import rolled
from symgrad.program.templates import free_names
from symgrad.syntax import parse
from symgrad.syntax.tree import Add, Multiply, Negate, Symbol

MIXTURE = " + ".join(f"{k + 0.5}*exp(-((x - {k}.25)^2 + (y + 0.{k}5)^2)/{k + 1.75})" for k in range(7))
LOSS = " + ".join(f"ln(1 + exp({(-1) ** k}*(a*{k - 2.5} + b*{0.3 * k - 1:.2f})))" for k in range(6))
NETWORK = " + ".join(f"(sigmoid(c*tanh(a*0.{k}1 + b) + d) - {k % 2})^2" for k in range(4))
DESCENT = [("x", Add(Symbol("x"), Negate(Multiply(Symbol("y"), Symbol("z")))))]


def term_by_term(lanes: Lanes, point: list[float]) -> list[list[float]]:
    """The outputs of each term."""
    given = [
        [point[place] if isinstance(place, int) else place[k] for place in lanes.places] for k in range(lanes.terms)
    ]
    return [interpret(lanes.program, numbers) for numbers in given]


@pytest.mark.parametrize("text", [MIXTURE, LOSS, NETWORK], ids=["mixture", "loss", "network"])
def test_the_terms_add_up_to_value_and_gradient(text):
    names = free_names(parse(text))
    rest, (lanes,) = rolled(parse(text), names)
    assert str(rest.payload[0]) == "_sum0"
    point = np.random.default_rng(3).uniform(-1, 1, len(names)).tolist()
    value, gradient = compile_formula(parse(text), variables=names, backend="python").vector(np.array(point))
    total = np.sum(term_by_term(lanes, point), axis=0)
    found = np.zeros(len(names))
    np.add.at(found, list(lanes.moving), total[1:])
    np.testing.assert_allclose([total[0], *found], [value, *gradient], rtol=1e-13, atol=1e-15)


def test_constant_factors_are_one_number_and_meet_what_is_ready_first():
    _, (lanes,) = rolled(parse(MIXTURE), ["x", "y"])
    lines = {line.name: line for line in lanes.program.lines}
    assert not any(line.op in ("divide", "negate") for line in lanes.program.lines)
    for output in lanes.program.outputs[1:]:
        early, late = (lines[str(argument)] for argument in lines[str(output)].args)
        assert (early.op, late.op) == ("multiply", "exp")


@pytest.mark.parametrize(
    "text",
    [
        "exp(x/2) + exp(x/3) + exp(x/5)",  # too few
        "exp(x) + exp(y) + exp(z) + exp(w)",  # other variables in each
        "2x + 3y + 5x + 7y",  # nothing to compute
        "exp(x/2) + sin(x/3) + cos(x/5) + tan(x/7)",  # unlike
        "exp(x*10^400) + exp(x*2*10^400) + exp(x*3*10^400) + exp(x*4*10^400)",  # no doubles
        "exp(x*10^-280) + exp(x*2*10^-280) + exp(x*3*10^-280) + exp(x*5*10^-280)",  # lost if put together
    ],
)
def test_other_sums_are_left_alone(text):
    tree = parse(text)
    assert rolled(tree, list("xyzw")) == (tree, [])


@pytest.mark.parametrize("text", [MIXTURE, LOSS, NETWORK, f"ln(2 + ({MIXTURE})^2) + x^2*y"])
def test_a_loop_in_lanes_takes_the_steps_of_the_plain_one(text):
    pytest.importorskip("llvmlite")
    names = free_names(parse(text))
    start = np.random.default_rng(5).uniform(-0.5, 0.5, len(names))
    plain, native = (compile_loop(parse(text), names, DESCENT, backend=backend) for backend in ("python", "llvm"))
    for options in ({}, {"record": True}, {"record": True, "every": 4, "first": 3}, {"tolerance": 1e-3}):
        expected, found = (loop.run(start, 0.01, 50, **options) for loop in (plain, native))
        assert (found.taken, found.stopped) == (expected.taken, expected.stopped)
        np.testing.assert_allclose(found.point, expected.point, rtol=1e-12, atol=1e-14)
        if "record" in options:
            np.testing.assert_allclose(found.rows, expected.rows, rtol=1e-11, atol=1e-14)


def test_signs_make_no_difference():
    names = ["x", "y"]
    text = " + ".join(f"(x + cos({inner} + y*exp(x)))^2/(1 + exp(x)^2)" for inner in ("-2x", "3x", "-(5x)", "7x"))
    _, (lanes,) = rolled(parse(text), names)
    assert lanes.terms == 4


@pytest.mark.parametrize("terms", [4, 5, 7, 8, 16, 23, 64])
def test_any_number_of_terms(terms):
    pytest.importorskip("llvmlite")
    text = " + ".join(f"cos({k}.5*x + y)" for k in range(terms))
    loops = [compile_loop(parse(text), ["x", "y"], DESCENT, backend=backend) for backend in ("python", "llvm")]
    expected, found = (loop.run([0.3, -0.2], 1e-4, 5, record=True).rows for loop in loops)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_value_that_is_no_longer_finite_ends_a_loop_in_lanes():
    pytest.importorskip("llvmlite")
    text = " + ".join(f"ln(x - 0.{k})" for k in range(1, 6))
    loop = compile_loop(parse(text), ["x"], DESCENT, backend="llvm")
    found = loop.run([1.0], 0.05, 100)
    assert found.stopped
    assert found.taken < 100
    assert math.isfinite(found.point[0])
