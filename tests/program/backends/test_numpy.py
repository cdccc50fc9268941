"""The numpy backend: where values are kept, how batches are cut, and what does not depend on either."""

import threading

import numpy as np
import pytest

from symgrad.program import compile as compile_formula
from symgrad.program.backends import numpy_
from symgrad.program.backends.numpy_text import Written
from symgrad.program.fresh import LINE, LONG, fresh
from symgrad.program.program import Line, Program
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


# ---- results -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_long_rows_begin_at_a_line_of_the_cache(dtype):
    for shape in ((LONG,), (3, LONG)):
        found = fresh(shape, np.dtype(dtype))
        assert found.ctypes.data % LINE == 0
        assert (found.shape, found.dtype, found.flags.c_contiguous, found.flags.writeable) == (shape, dtype, True, True)


def test_results_of_two_calls_share_nothing():
    f = compile_formula(parse("x^2"), backend="numpy")
    for length in (10, 2 * LONG):
        first, second = f(np.ones(length)), f(np.full(length, 3.0))
        assert not any(np.may_share_memory(a, b) for a in first for b in second)
        assert not np.may_share_memory(*first)
        assert first[0][0] == 1.0
