"""The first calls run line by line: the same bits as the text that takes over, whenever and however it does."""

import copy
import itertools
import math
import pickle
import struct
import threading

import numpy as np
import pytest

from symgrad.errors import SymgradError
from symgrad.program import Line, Program, compile  # noqa: A004
from symgrad.program.backends import python_, python_steps
from symgrad.program.backends.python_steps import OPERATORS, PATIENCE, outputs_at
from symgrad.program.backends.python_text import INFIX
from symgrad.syntax import parse
from tests.program.test_quick import FORMULAS

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -3.0, math.inf, -math.inf, math.nan, -math.nan, 5e-324, 1e308, -1e-300, 710.0]
CHOICES = [
    "piecewise((sqrt(x), x > 0), (ln(-x), x < 0), (y, True))", "sqrt(max(x, 0))*ln(max(y, 1))", "clip(x/y, -1, 1)",
    "piecewise((ln(x)*ln(y), x > 0 and y > 0), (x^y, x > 1), (1/x, True))", "abs(x)^1.5 - min(x, y, 2)", "mod(x, y)",
    "sign(x)*floor(y) + ceil(x*y) + round(x)", "ln(abs(sinh(x)))*sech(y)", "hypot(x, y) + atan2(y, x)", "relu(x)*x/y",
    "gamma(x) + lngamma(y)", "x^y", "x/y + y/x", "exp(x)*exp(y^3)", "besselj(0, x)*lambertw(y)", "arcsin(x)/artanh(y)",
]  # fmt: skip


def bits(result):
    """Everything that a result holds, to the last bit, with its shapes and types.

    NaN is NaN: the sign of one that comes of two depends on how Python itself adds.
    """
    parts = result if isinstance(result, tuple) else (result,)
    numbers = [np.asarray(part, float) for part in parts]
    return [
        (type(part), number.shape, np.where(np.isnan(number), np.nan, number).tobytes())
        for part, number in zip(parts, numbers)
    ]


def generated(f, name):
    """The generated function behind one that begins line by line; None where it gives up."""
    kernels = f._kernels
    return kernels.python.function(name, kernels._returned, kernels._extra, lambda *_: None)


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_an_operator_is_what_its_text_says(op):
    arity = 3 if op == "select" else 1 if op in ("negate", "not", "abs", "sign", "minus_size") else 2
    names = [f"x{k}" for k in range(arity)]
    kernel = python_.build(Program(tuple(names), (Line("v0", op, tuple(names)),), ("v0",)))
    text = kernel.function("point", python_._flat, more=lambda *_: None)
    with_constant = op in ("maximum", "minimum")
    for point in itertools.product(SPECIAL, repeat=arity):
        try:
            found = (OPERATORS[op](*point),)
        except python_steps.ERRORS:
            found = None
        expected = text(*point)
        assert found == expected is None or bits(found) == bits(expected), point
        if with_constant:
            line = Line("v0", op, ("x0", point[1]))
            (expected,) = python_.build(Program(("x0",), (line,), ("v0",))).point(point[0])
            assert bits(found[0]) == bits(expected), point


def test_every_operation_that_is_written_as_text_has_an_operator():
    assert INFIX.keys() <= OPERATORS.keys()


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("text", FORMULAS + CHOICES)
def test_no_bit_changes_when_the_text_takes_over(text, order):
    f = compile(parse(text), variables=["x", "y"], backend="python", order=order)
    values = [*SPECIAL, 0.3, -0.7, 2.5, -40.0]
    for point in itertools.product(values, repeat=2):
        assert_same(f, point)


def assert_same(f, point):
    """That lines and text give the same at a point; where only the text goes on, lines leave the point to it."""
    kernel, kernels = f._kernels.python, f._kernels
    wanted = len(kernel.program.outputs) - kernel.conditions
    found = outputs_at(kernel._stepped, python_._STEPS, point)
    text = generated(f, "point") if "text" not in f.__dict__ else f.text
    f.text = text
    expected = text(*point)
    if found is not None and all(found[wanted:]):
        assert expected is not None, f"{point}: the text gives up, lines do not"
        assert bits(kernels._assembled_in_python(found[:wanted])) == bits(expected), point


def test_no_bit_changes_over_the_corpus(corpus):
    compared = 0
    for row in corpus("derivatives.jsonl"):
        try:
            f = compile(row["expr"], backend="python")
        except SymgradError:
            continue
        for k, value in enumerate((*SPECIAL[::2], 0.37, 1.9, -0.21, 0.91)):
            assert_same(f, tuple(value + (j * 0.11 if k > 6 else 0.0) for j in range(len(f.names))))
            compared += 1
    assert compared > 3_000


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("formula", ["x sin(y) + e^(x y)/y", "1e30 x + y", "3", ["x y", "x - y"]])
def test_calls_are_the_same_before_and_after(formula, dtype):
    for order in (0, 1) if isinstance(formula, list) else (0, 1, 2):
        formulas = [parse(text) for text in formula] if isinstance(formula, list) else parse(formula)
        f = compile(formulas, variables=["x", "y"], backend="python", order=order, dtype=dtype)
        for function, args in ((f, (1e10, 0.3)), (f.vector, (np.array([1e10, 0.3]),)), (f, (10**10, 0.3))):
            seen = [bits(function(*args)) for _ in range(PATIENCE + 3)]
            assert all(one == seen[0] for one in seen)


def test_a_function_held_from_the_beginning_has_the_generated_code_later():
    f = compile(parse("x*y + sin(x)"), backend="python")
    vector, x = f.vector, np.array([0.3, 2.0])
    before = vector.__code__
    first = bits(vector(x))
    for _ in range(PATIENCE):
        vector(x)
    assert vector.__code__ is not before
    assert vector is f.vector
    assert bits(vector(x)) == first
    assert vector.__code__.co_filename == "<symgrad program>"
    assert vector.__builtins__ == {}


def test_what_is_no_vector_is_refused_from_the_first_call_on():
    f = compile(parse("x*y"), backend="python")
    for _ in range(PATIENCE + 2):
        for wrong in (np.zeros(3), np.zeros((2, 1)), [1.0], np.array(1.0)):
            with pytest.raises(SymgradError, match="vector takes one vector of 2 numbers"):
                f.vector(wrong)
        assert f.vector([2, 3])[0] == f(y=3, x=2.0)[0] == f(np.float64(2), 3.0)[0] == 6.0


def test_a_branch_not_taken_that_raises_does_no_harm():
    f = compile(parse("piecewise((sqrt(x), x > 0), (x^2, True))"), backend="python")
    f(4.0)
    kernel = f._kernels.python
    assert outputs_at(kernel._stepped, python_._STEPS, (-3.0,))[:2] == [9.0, -6.0]
    everywhere = Program(("x",), (Line("v0", "sqrt", ("x0",)), Line("v1", "less", ("x0", 0.0)),
                                  Line("v2", "select", ("v1", "x0", "v0"))), ("v2", "v0"))  # fmt: skip
    assert outputs_at(everywhere, python_._STEPS, (-1.0,)) is None


def test_a_copy_begins_anew_and_agrees():
    f = compile(parse("e^(x y)/(1 + e^x)"), backend="python")
    expected = bits(f(0.2, 1.5))
    for _ in range(PATIENCE + 2):
        f(0.2, 1.5)
    for other in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert bits(other(0.2, 1.5)) == bits(other.vector(np.array([0.2, 1.5]))) == expected


def test_threads_see_one_result_while_the_text_takes_over():
    f = compile(parse("sin(x)*e^y + ln(1 + e^(x - y))"), backend="python", order=2)
    start, found = threading.Barrier(6), []

    def work():
        vector = f.vector
        start.wait()
        for _ in range(4 * PATIENCE):
            found.append(str(bits(f(0.4, -1.1)) + bits(vector(np.array([0.4, -1.1])))))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 24 * PATIENCE
    assert len(set(found)) == 1


def test_text_is_written_only_when_it_pays(monkeypatch):
    made = []
    build = python_.PythonKernel.function
    monkeypatch.setattr(python_.PythonKernel, "function", lambda *args: made.append(args[1]) or build(*args))
    f = compile(parse("x^3 + y"), backend="python")
    for k in range(PATIENCE + 3):
        f(1.0, 2.0)
        assert made == (["call"] if k >= PATIENCE else [])
    assert struct.pack("d", f(1.0, 2.0)[0]) == struct.pack("d", 3.0)
