"""The numpy backend: where values are kept, how batches are cut, and what does not depend on either."""

import math
import threading

import numpy as np
import pytest

from symgrad.program import compile as compile_formula
from symgrad.program.backends import numpy_
from symgrad.program.backends.numpy_text import Written
from symgrad.program.program import Line, Program, interpret
from symgrad.syntax import parse

FORMULAS = ["ln(e^x + e^y + e^(x*y))", "1/(1 + e^(-x)) + y^3", "sin(x) cos(y) + |x - y|", "x^2 y + tanh(x*y)"]


def program(*lines: tuple[str, str, tuple[str | float, ...]], outputs: tuple[str, ...]) -> Program:
    return Program(("x", "y"), tuple(Line(*line) for line in lines), outputs)


# ---- rows and buffers ------------------------------------------------------------------------------------------------


def test_what_becomes_an_output_is_computed_in_its_row():
    chain = program(("v0", "exp", ("x0",)), ("v1", "add", ("v0", 1.0)), ("v2", "log", ("v1",)), outputs=("v2",))
    assert Written(chain).made["r"] == 0


def test_a_value_that_is_needed_after_an_output_stays_out_of_its_row():
    both = program(("v0", "exp", ("x0",)), ("v1", "add", ("v0", 1.0)), ("v2", "log", ("v0",)), outputs=("v1", "v2"))
    text = Written(both).source
    assert "exp(x0, o1)" in text  # until the second output, which is made of it last
    x, out = np.linspace(-1, 1, 50), np.empty((2, 50))
    numpy_.build(both).batch([x, x], out)
    np.testing.assert_array_equal(out, [np.exp(x) + 1, np.log(np.exp(x))])


def test_an_output_that_is_read_later_is_not_written_over():
    kept = program(("v0", "exp", ("x0",)), ("v1", "multiply", ("v0", "x1")), outputs=("v0", "v1"))
    x, y, out = np.linspace(-1, 1, 50), np.linspace(3, 4, 50), np.empty((2, 50))
    numpy_.build(kept).batch([x, y], out)
    np.testing.assert_array_equal(out, [np.exp(x), np.exp(x) * y])


# ---- how batches are cut -------------------------------------------------------------------------------------------


def test_blocks_have_about_one_size(monkeypatch):
    kernel = numpy_.build(program(("v0", "exp", ("x0",)), outputs=("v0",)))
    cut, compute = [], numpy_.NumpyKernel._compute

    def noted(self, inputs, rows, *rest):
        cut.append(len(rows[0]))
        compute(self, inputs, rows, *rest)

    monkeypatch.setattr(numpy_.NumpyKernel, "_compute", noted)
    monkeypatch.setattr(numpy_, "_processors", lambda: 1)
    points = 6 * numpy_.BLOCK + 10
    kernel.batch([np.zeros(points)] * 2, np.empty((1, points)))
    assert sum(cut) == points
    assert len(cut) == 7
    assert max(cut) - min(cut) < len(cut) * numpy_.ALIGNED


@pytest.mark.parametrize("text", FORMULAS)
def test_bits_do_not_depend_on_the_length_of_the_batch(text, monkeypatch):
    monkeypatch.setattr(numpy_, "WORTH_THREADS", 1)
    monkeypatch.setattr(numpy_, "_processors", lambda: 3)
    f = compile_formula(parse(text), backend="numpy")
    x, y = np.random.default_rng(3).normal(size=(2, 5 * numpy_.BLOCK + 77))
    x[::1000], y[5::1000] = 800, np.nan
    value, slopes = f(x, y)
    for length in (2, 63, 64, 1000, numpy_.BLOCK + 1, 3 * numpy_.BLOCK):
        some, of_some = f(x[:length], y[:length])
        np.testing.assert_array_equal(some, value[:length])
        np.testing.assert_array_equal(of_some, slopes[:, :length])


def test_threads_share_a_kernel():
    f = compile_formula(parse(FORMULAS[0]), backend="numpy")
    x = np.random.default_rng(1).normal(size=(6, 2, 3000))
    expected, found = [f(*some) for some in x], [None] * 6

    def call(k):
        for _ in range(20):
            found[k] = f(*x[k])

    threads = [threading.Thread(target=call, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (value, slopes), (other, others) in zip(expected, found):
        np.testing.assert_array_equal(value, other)
        np.testing.assert_array_equal(slopes, others)


# ---- what overflows ------------------------------------------------------------------------------------------------

EXPONENTIAL = [
    "1/(1 + e^(-x)) + y",
    "1/(1 + e^x) + y/(1 + e^(-x))",
    "ln(1 + e^x) y",
    "ln(e^x + e^y)",
    "ln(e^x + e^y + e^(x - y))",
    "(1/(1 + e^(-x)) - y)^2 ln(1 + e^y)",
    "tanh(x) / (1 + e^(-y))",
]
EXTREME = [-math.inf, -1e308, -800.0, -745.0, -709.0, -1.0, -0.0, 2.0, 709.0, 710.0, 1e308, math.inf, math.nan]


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("text", EXPONENTIAL)
def test_exponentials_may_overflow_or_be_infinite_at_any_point(text, heard, monkeypatch):
    if not heard:
        monkeypatch.setattr(numpy_, "alarms_are_heard", lambda: False)
    f = compile_formula(parse(text), variables=["x", "y"], backend="numpy")
    points = np.array([(x, y) for x in EXTREME for y in EXTREME])
    expected = np.array([interpret(f.program, point) for point in points.tolist()]).T
    for row, (x, y) in enumerate(points):  # beside ordinary points, so that nothing else raises an alarm
        value, slopes = f(np.array([0.5, x, 0.25]), np.array([0.5, y, 0.25]))
        found = np.array([value[1], *slopes[:, 1]])
        np.testing.assert_allclose(found, expected[:, row], rtol=1e-12, atol=1e-300, err_msg=f"x = {x}, y = {y}")


def test_a_kernel_that_is_alarmed_again_and_again_looks_at_every_condition():
    f = compile_formula(parse("1/(1 + e^(-x))"), backend="numpy")
    kernel = f._kernels.plain_arrays
    if not kernel._listens:
        pytest.skip("this numpy does not tell of overflow")
    x = np.array([-1000.0, 800.0, -720.0, 0.0])
    first = f(x)
    for _ in range(numpy_.FALSE + 1):
        f(x)
    assert kernel._alarms == numpy_.FALSE + 1
    for again in (f(x), f(x)):
        np.testing.assert_array_equal(first[0], again[0])
        np.testing.assert_array_equal(first[1], again[1])
    assert kernel._alarms == numpy_.FALSE + 1


def test_where_nothing_is_at_stake_nothing_is_heard():
    kernel = compile_formula(parse("x^2 y + ln(x)"), backend="numpy")._kernels.plain_arrays
    kernel.batch([np.array([-1.0, 1e300])] * 2, np.empty((3, 2)))
    assert kernel._alarms == 0


# ---- lines of numbers go the shortest way --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("text", "order"), [("x^2 y + sin(x*y)", 0), ("x^2 y + sin(x*y)", 1), ("x^2 y + e^z", 2)])
def test_lines_give_what_arrays_of_any_shape_give(text, order, dtype):
    f = compile_formula(parse(text), variables=["x", "y", "z"], backend="numpy", order=order, dtype=dtype)
    for length in (0, 2, 1000, numpy_.BLOCK + 7):
        x = np.random.default_rng(2).normal(size=(3, length)).astype(dtype)
        lines, table = f(*x), f(*x[:, :, None])
        for part, other in zip(lines if order else (lines,), table if order else (table,)):
            assert (part.shape, part.dtype) == (other.shape[:-1], x.dtype)
            np.testing.assert_array_equal(part, other[..., 0])


def test_lines_of_several_formulas():
    f = compile_formula([parse("x*y"), parse("x"), parse("2")], backend="numpy")
    values, slopes = f(np.array([2.0, 4.0]), np.array([3.0, 5.0]))
    assert values.tolist() == [[6.0, 20.0], [2.0, 4.0], [2.0, 2.0]]
    assert slopes[0].tolist() == [[3.0, 5.0], [2.0, 4.0]]
    assert slopes[1:].tolist() == [[[1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_line_of_one_number_is_one_point(order):
    f = compile_formula(parse("x^2 sin(y)"), backend="numpy", order=order)
    line, point = f(np.array([0.3]), np.array([0.7])), f(0.3, 0.7)
    for part, other in zip(line if order else (line,), point if order else (point,)):
        assert part.shape == (*np.shape(other), 1)
        np.testing.assert_array_equal(part[..., 0], other)
