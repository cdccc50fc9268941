"""Helpers of a batch: every point once and with the same bits, whoever calls, sleeps or forks meanwhile."""

import ctypes
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from symgrad.program import Line, Program
from symgrad.program.backends import llvm, llvm_entry, llvm_threads

pytestmark = pytest.mark.skipif(not llvm_entry.available(), reason="no native entries for this interpreter")
PROGRAM = Program(("x",), (Line("v0", "exp", ("x0",)), Line("v1", "sin", ("v0",))), ("v1", "v0"))


@pytest.fixture
def four(monkeypatch):
    """As if there were four processors, and any work were worth a thread."""
    monkeypatch.setattr(llvm, "THREAD_WORK", 1.0)
    monkeypatch.setattr(llvm, "_processors", lambda: 4)


def results(kernel, x):
    out = np.full((2, len(x)), 7.0)
    kernel.batch([x], out)
    return out


@pytest.mark.parametrize("points", [1, 63, 64, 65, 1000, 4096, 30_011])
def test_all_points_are_computed_whatever_their_number(points, four):
    x = np.random.default_rng(points).uniform(-3, 3, points)
    expected = np.empty((2, points))
    kernel = llvm.build(PROGRAM)
    kernel._batch_entry(False)((x,), tuple(expected), 0, points)
    for _ in range(20):
        np.testing.assert_array_equal(results(kernel, x), expected)


def test_sleeping_helpers_are_woken(four):
    kernel, x = llvm.build(PROGRAM), np.linspace(-1, 1, 10_000)
    expected = results(kernel, x)
    team = llvm_threads.helpers()
    deadline = time.monotonic() + 20
    while not all(team._asleep[1 : team.count + 1]):
        assert time.monotonic() < deadline, "helpers go on waiting in native code"
        time.sleep(0.001)
    np.testing.assert_array_equal(results(kernel, x), expected)
    assert team.count >= 3


@pytest.mark.skipif(sys.platform == "win32", reason="no usleep")
def test_a_helper_that_cannot_yet_lie_down_hears_the_bell(four):
    """It has given up waiting, but needs the interpreter, which the caller keeps until the next batch begins."""
    kernel, x = llvm.build(PROGRAM), np.linspace(-1, 1, 10_000)
    expected = results(kernel, x)
    team, interval = llvm_threads.helpers(), sys.getswitchinterval()
    nap = ctypes.PyDLL(None).usleep  # leaves the processor to others, but keeps the interpreter
    sys.setswitchinterval(30)
    try:
        deadline = time.monotonic() + 60
        while not team._asleep[1]:
            assert time.monotonic() < deadline, "the helper goes on waiting in native code"
            time.sleep(0.001)  # it may have missed the batch, wanting the interpreter: let it begin to wait
            kernel.batch([x], np.empty((2, len(x))))
            given_up = time.monotonic() + 0.2
            while not team._asleep[1] and time.monotonic() < given_up:
                nap(1000)
        team.wake(1)
        assert team._bells[0].qsize() == 1
    finally:
        sys.setswitchinterval(interval)
    np.testing.assert_array_equal(results(kernel, x), expected)


def test_many_callers_at_once_get_their_own_results(four):
    kernels = [llvm.build(Program(("x",), (Line("v0", "multiply", ("x0", float(k))),), ("v0",))) for k in range(4)]
    x, wrong = np.arange(20_000.0), []

    def work(k):
        out = np.empty((1, len(x)))
        for _ in range(100):
            out[:] = -1
            kernels[k].batch([x], out)
            wrong.extend([k] * (not np.array_equal(out[0], x * k)))

    callers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_has_helpers_of_its_own():
    code = """
import os, numpy as np
from symgrad.program import Line, Program
from symgrad.program.backends import llvm, llvm_threads
llvm.THREAD_WORK, llvm._processors = 1.0, lambda: 3
kernel = llvm.build(Program(("x",), (Line("v0", "exp", ("x0",)),), ("v0",)))
x, out = np.linspace(-1, 1, 30_000), np.empty((1, 30_000))
kernel.batch([x], out)
expected = out.copy()
child = os.fork()
for _ in range(50):
    out[:] = 0
    kernel.batch([x], out)
    good = np.array_equal(out, expected) and llvm_threads.helpers().count == 2
    if not good:
        os._exit(1)
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print("ok")
"""
    environment = {**os.environ, "SYMGRAD_CACHE": "off"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.stdout == "ok\n", done.stderr


def test_first_calls_from_many_threads_at_once_compile_one_result():
    lines = [Line("v0", "tanh", ("x0",))] + [Line(f"v{i}", "sin", (f"v{i - 1}",)) for i in range(1, 400)]
    kernel = llvm.build(Program(("x",), tuple(lines), ("v399",)))
    x, found, start = np.linspace(-1, 1, 777), [], threading.Barrier(6)

    def work():
        start.wait()
        out = np.empty((1, len(x)))
        kernel.batch([x], out)
        found.append((out[0].tobytes(), kernel.point(0.5)))

    callers = [threading.Thread(target=work) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    llvm.settle()
    assert len(found) == 6
    assert len({*found, (found[0][0], kernel.point(0.5))}) == 1
