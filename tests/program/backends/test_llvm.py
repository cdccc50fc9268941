"""Native code: the same bits everywhere, no argument that isn't checked, nothing that outlives its memory."""

import copy
import gc
import math
import mmap
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from symgrad.errors import UsageError
from symgrad.program import Line, Program, interpret
from symgrad.program import compile as compile_formula
from symgrad.program.backends import (
    llvm,
    llvm_batch,
    llvm_block,
    llvm_drive,
    llvm_emit,
    llvm_engine,
    llvm_entry,
    llvm_order,
)
from symgrad.program.backends.llvm_fuse import fused, gathered
from symgrad.program.backends.llvm_text import Target
from symgrad.program.kernels import IN_ALL
from symgrad.syntax.tree import Add, Call, Multiply, Number, Power, Symbol

X, Y = Symbol("x"), Symbol("y")
ROSENBROCK = Add(
    Multiply(Number(100), Power(Add(Y, Multiply(Number(-1), Power(X, Number(2)))), Number(2))),
    Power(Add(Number(1), Multiply(Number(-1), X)), Number(2)),
)


def transcendental(n=7):
    """Σ exp(sin xᵢ)·tanh(xᵢ xᵢ₊₁) + log(1 + xᵢ²): something of everything, in n variables."""
    x = [Symbol(f"x{i}") for i in range(n)]
    terms = []
    for a, b in zip(x, x[1:] + x[:1]):
        terms.append(Multiply(Call("exp", Call("sin", a)), Call("tanh", Multiply(a, b))))
        terms.append(Call("ln", Add(Number(1), Power(a, Number(2)))))
    return Add(*terms)


def chain(n, op="sin"):
    """A program of n lines that depend on each other, and on all that came 50 lines before."""
    lines = [Line("v0", op, ("x0",))]
    for i in range(1, n):
        kind = (op, "add", "multiply")[i % 3]
        args = (f"v{i - 1}",) if kind == op else (f"v{i - 1}", f"v{max(0, i - 50)}")
        if kind == "multiply":
            args = (args[0], 0.4)  # contracts: rounding doesn't grow
        lines.append(Line(f"v{i}", kind, args))
    return Program(("x", "y"), tuple(lines), (f"v{n - 1}", f"v{n // 2}", "x1", 3.0))


# ---- the same bits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [1, 2, 7, 8, 9, 63, 64, 1000])
def test_a_batch_has_the_bits_of_its_points(points):
    f = compile_formula(transcendental(), order=2, backend="llvm")
    x = np.random.default_rng(points).uniform(-2, 2, (7, points))
    together = f(*x)
    for k in {0, points // 2, points - 1}:
        for whole, one in zip(together, f(*x[:, k].tolist())):
            np.testing.assert_array_equal(whole[..., k], one)


def test_every_level_of_optimisation_gives_the_same_bits():
    program = compile_formula(transcendental(), order=2, backend="python").program
    text = llvm_emit.write_point(program, llvm_engine.host()).text
    x, found = np.random.default_rng(0).uniform(-2, 2, 7), []
    for level, slp in ((0, False), (1, False), (2, False), (2, True)):
        loaded = llvm_engine.Loaded(llvm_engine.object_code(text, level, slp=slp))
        found.append(_run(loaded.address("point"), x, len(program.outputs)))
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def _run(address, x, outputs):
    import ctypes

    out = np.empty(outputs)
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)(address)(x.ctypes.data, out.ctypes.data, np.empty(1000).ctypes.data)
    return out


def test_a_long_program_is_split_and_improved_in_the_background_without_changing_a_bit():
    program = chain(4000)
    kernel = llvm.build(program)
    quick = kernel.point(0.7, 2.0)
    llvm.settle()
    assert kernel.point(0.7, 2.0) == quick
    assert kernel.source.count("define internal void @point.") >= 4
    np.testing.assert_allclose(quick, interpret(program, [0.7, 2.0]), rtol=1e-11)
    out = np.empty((4, 19))
    kernel.batch([np.full(19, 0.7), np.full(19, 2.0)], out)
    assert tuple(out[:, 18]) == quick


@pytest.mark.parametrize("rows", [3, 60])
@pytest.mark.parametrize("points", [5, 255, 1024, 5003])
def test_tiles_and_stores_past_the_cache_change_nothing(rows, points, monkeypatch):
    lines = tuple(Line(f"v{i}", "multiply", (f"x{i}", f"x{(i + 1) % rows}")) for i in range(rows))
    program = Program(tuple(f"a{i}" for i in range(rows)), lines, tuple(line.name for line in lines))
    x = np.random.default_rng(1).normal(size=(rows, points))
    monkeypatch.setattr(llvm_batch, "FEW", 1000)
    monkeypatch.setattr(llvm_drive, "FAR", 200)
    for large in (10**12, 0):
        monkeypatch.setattr(llvm_batch, "LARGE", large)
        llvm_batch.code.cache_clear()
        out = np.empty((rows, points + 3))[:, 1 : points + 1]  # not aligned to a vector
        llvm.build(program).batch(list(x), [np.ascontiguousarray(row) for row in out])
        target = [np.empty(points + 1)[1:] for _ in range(rows)]
        llvm.build(program).batch(list(x), target)
        np.testing.assert_array_equal(target, x * np.roll(x, -1, axis=0))
    llvm_batch.code.cache_clear()


@pytest.mark.parametrize("points", [*range(1, 40), 255, 1003])
@pytest.mark.parametrize("shift", [0, 3])
def test_every_point_is_computed_once_or_twice_and_nothing_beside_them(points, shift):
    """Vectors at the ends lie across others; one and two vectors at once take turns."""
    softmax = "ln(e^x + e^y + e^z + e^(x y) + e^(y z))"
    kernel = llvm.build(compile_formula(softmax, backend="python").program)
    x = np.random.default_rng(points).uniform(-2, 2, (3, points))
    room = np.full((4, points + 24), 7.0)
    kernel.batch(tuple(x), tuple(row[8 + shift : 8 + shift + points] for row in room))
    expected = np.array([kernel.point(*point) for point in x.T.tolist()]).T
    np.testing.assert_array_equal(room[:, 8 + shift : 8 + shift + points], expected)
    assert (room[:, : 8 + shift] == 7.0).all()
    assert (room[:, 8 + shift + points :] == 7.0).all()


def test_two_vectors_at_once_where_one_would_wait_for_itself():
    long_chain = compile_formula("ln(e^x + e^y + e^z + e^(x y) + e^(y z))", backend="python").program
    for program, expected in ((long_chain, True), (chain(3), False), (chain(300), False)):
        assert ("@block.2(" in llvm_block.write_block(program, Target(8, avx512=True)).text) == expected
        assert "@block.2(" not in llvm_block.write_block(program, Target(4)).text


@pytest.mark.parametrize("points", [0, 1, 7, 1000])
def test_tuples_and_lists_of_rows_are_computed_alike(points):
    kernel = llvm.build(chain(30))
    x = np.random.default_rng(4).uniform(0.5, 2, (2, points))
    found = np.empty((2, 4, points))
    kernel.batch(tuple(x), tuple(found[0]))
    kernel.batch(list(x), list(found[1]))
    np.testing.assert_array_equal(found[0], found[1])


def test_rows_that_do_not_fit_are_refused_however_they_come():
    kernel = llvm.build(chain(30))
    x, out = np.ones((2, 10)), np.empty((4, 10))
    for rows, results in [(x[:, :9], out), (x.astype(np.float32), out), (x[:1], out), (x, out[:3])]:
        for kind in (tuple, list):
            with pytest.raises(UsageError):
                kernel.batch(kind(rows), kind(results))


def test_several_threads_compute_what_one_does(monkeypatch):
    f = compile_formula(transcendental(), backend="llvm")
    x = np.random.default_rng(2).uniform(-2, 2, (7, 10_007))
    alone = f(*x)
    monkeypatch.setattr(llvm, "THREAD_WORK", 1.0)
    monkeypatch.setattr(llvm, "_processors", lambda: 4)
    for one, other in zip(f(*x), alone):
        np.testing.assert_array_equal(one, other)


def test_functions_may_be_called_from_many_threads():
    f = compile_formula(transcendental(), backend="llvm")
    x = np.random.default_rng(3).uniform(-2, 2, (40, 7))
    expected = [compile_formula(transcendental(), backend="llvm").vector(row)[0] for row in x]
    wrong = []

    def work():
        for _ in range(50):
            wrong.extend(k for k, row in enumerate(x) if f.vector(row)[0] != expected[k])

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_nan_stays_at_its_point_and_nothing_warns():
    f = compile_formula(transcendental(), backend="llvm")
    x = np.random.default_rng(4).uniform(-2, 2, (7, 21))
    clean = f(*x)
    x[3, 10] = math.nan
    value, gradient = f(*x)
    assert np.isnan(value[10])
    assert np.isnan(gradient[3, 10])
    np.testing.assert_array_equal(np.delete(value, 10), np.delete(clean[0], 10))
    np.testing.assert_array_equal(np.delete(gradient, 10, axis=1), np.delete(clean[1], 10, axis=1))


# ---- what is fused and gathered --------------------------------------------------------------------------------------


def test_a_product_used_once_is_fused_and_one_used_twice_is_not():
    once = Program(("x", "y"), (Line("v0", "multiply", ("x0", "x1")), Line("v1", "subtract", ("x1", "v0"))), ("v1",))
    twice = Program(once.inputs, once.lines, ("v1", "v0"))
    target = Target(4, fma=True)
    assert [step.op for step in fused(once, target)] == ["fnma"]
    assert [step.op for step in fused(twice, target)] == ["multiply", "subtract"]
    assert [step.op for step in fused(once, Target(4, fma=False))] == ["multiply", "subtract"]


def test_independent_calls_are_gathered_and_dependent_ones_are_not():
    lines = [Line(f"v{i}", "exp", (f"x{i}",)) for i in range(3)] + [Line("v3", "exp", ("v0",))]
    program = Program(("a", "b", "c"), tuple(lines), ("v1", "v2", "v3"))
    groups = gathered(fused(program, Target(8)), Target(8))
    assert [[step.names[0] for step in group] for group in groups] == [["v0", "v1", "v2"], ["v3"]]


def shared_sum(terms):
    """Σ exp(xᵢ), then its gradient, all values before all slopes: as a program stands in order."""
    lines = [Line(f"e{i}", "exp", (f"x{i}",)) for i in range(terms)]
    lines += [Line(f"s{i}", "add", (f"s{i - 1}" if i > 1 else "e0", f"e{i}")) for i in range(1, terms)]
    lines += [Line(f"g{i}", "multiply", (f"e{i}", 2.0)) for i in range(terms)]
    outputs = (f"s{terms - 1}", *(f"g{i}" for i in range(terms)))
    return Program(tuple(f"a{i}" for i in range(terms)), tuple(lines), outputs)


def test_what_shares_a_value_is_computed_while_it_is_in_a_register():
    program = shared_sum(100)
    steps = fused(program, Target(8))
    assert llvm_order.pressure(steps) > 1000
    assert llvm_order.pressure(llvm_order.ordered(steps, program.outputs)) == 0


@pytest.mark.parametrize("make", [lambda: shared_sum(13), lambda: chain(300), lambda: chain(100, "tanh")])
def test_a_group_needs_only_what_stands_before_it(make):
    program = make()
    steps = fused(program, Target(8))
    groups = llvm_order.grouped(steps, program.outputs, 4)
    assert sorted(step for group in groups for step in group) == sorted(steps)
    made = {f"x{i}" for i in range(len(program.inputs))}
    for group in groups:
        assert {argument for step in group for argument in step.args if isinstance(argument, str)} <= made
        assert len({step.op for step in group}) == 1
        assert len(group) in (1, 2, 4)
        made.update(name for step in group for name in step.names)


def test_like_calls_over_vectors_stand_side_by_side():
    program = shared_sum(7)
    groups = llvm_order.grouped(fused(program, Target(8)), program.outputs, 4)
    assert [len(group) for group in groups if group[0].op == "exp"] == [4, 2, 1]


def test_a_call_does_not_wait_for_ever():
    program = chain(400, "tanh")
    first = Line("w", "exp", ("x1",))
    steps = fused(Program(program.inputs, (first, *program.lines), (*program.outputs, "w")), Target(8))
    position = [group[0].op for group in llvm_order.grouped(steps, program.outputs, 4)].index("exp")
    assert position <= llvm_order.HELD + 2


@pytest.mark.parametrize("divisor", [3.0, 10.0, -7.0, 0.1, 1e300, 4.0, 6.02e23])
def test_division_by_a_number_is_as_exact_as_division(divisor):
    program = Program(("x",), (Line("v0", "divide", ("x0", divisor)),), ("v0",))
    x = np.concatenate([np.random.default_rng(5).normal(size=2000), [0.0, -0.0, math.inf, -math.inf, math.nan, 1e308]])
    out = np.empty((1, len(x)))
    llvm.build(program).batch([x], out)
    with np.errstate(over="ignore", invalid="ignore"):
        expected = x / divisor
    np.testing.assert_array_equal(out[0], expected)
    np.testing.assert_array_equal(np.signbit(out[0]), np.signbit(expected))


# ---- entries check everything ----------------------------------------------------------------------------------------

WRONG_VECTORS = [
    np.zeros(3), np.zeros((2, 1)), np.zeros(()), np.zeros(2, complex), np.array(["a", "b"]), "ab", None, object(),
    [1.0],
]  # fmt: skip


@pytest.mark.parametrize("x", WRONG_VECTORS, ids=lambda x: f"{type(x).__name__} {getattr(x, 'shape', '')}")
def test_a_vector_of_another_kind_is_refused(x):
    f = compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm")
    with pytest.raises((UsageError, TypeError)):
        f.vector(x)
    with pytest.raises((UsageError, TypeError)):
        f.into(x, np.empty(2))


CONVERTED = [
    np.array([1, 2]), np.array([1.0, 2.0], np.float32), np.array([1.0, 9.0, 2.0])[::2], np.array([2.0, 1.0])[::-1],
    np.array([1.0, 2.0], ">f8"), [1, 2], (1.0, 2.0), np.frombuffer(b"\0" + np.array([1.0, 2.0]).tobytes(), "f8", 2, 1),
    np.array([1.0, 2.0]).view(type("Sub", (np.ndarray,), {})),
]  # fmt: skip


@pytest.mark.parametrize("x", CONVERTED, ids=lambda x: f"{type(x).__name__} {getattr(x, 'dtype', '')}")
def test_a_vector_that_can_be_converted_is(x):
    f = compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm")
    value, gradient = f.vector(x)
    assert (value, *gradient) == (100.0, -400.0, 200.0)
    out = np.empty(2)
    assert f.into(x, out) == 100.0
    np.testing.assert_array_equal(out, [-400.0, 200.0])


def read_only():
    out = np.empty(2)
    out.flags.writeable = False
    return out


@pytest.mark.parametrize(
    "out", [np.empty(3), np.empty((2, 1)), np.empty(2, complex), [0.0, 0.0], None, np.empty(2, int)]
)
def test_results_of_another_kind_are_refused(out):
    with pytest.raises(UsageError):
        compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm").into(np.ones(2), out)


def test_a_read_only_result_is_not_written_to():
    out = read_only()
    with pytest.raises((UsageError, ValueError)):
        compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm").into(np.ones(2), out)


def test_results_may_be_strided_and_may_overlap_the_vector():
    f = compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm")
    wide = np.zeros(4)
    assert f.into(np.array([1.0, 2.0]), wide[::2]) == 100.0
    np.testing.assert_array_equal(wide, [-400.0, 0.0, 200.0, 0.0])
    x = np.array([1.0, 2.0])
    assert f.into(x, x) == 100.0
    np.testing.assert_array_equal(x, [-400.0, 200.0])


@pytest.mark.parametrize(
    "args", [(), (1.0,), (1.0, 2.0, 3.0), ("1", 2.0), (None, 2.0), (1j, 2.0), (1.0, [[1], [1, 2]])]
)
def test_wrong_arguments_of_a_call_are_explained(args):
    with pytest.raises(UsageError):
        compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm")(*args)


@pytest.mark.parametrize(
    "args", [(1, 2), (np.float64(1), 2.0), (True, 2), (np.int8(1), np.array(2.0)), (1.0, np.float32(2))]
)
def test_other_numbers_are_converted(args):
    value, gradient = compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm")(*args)
    assert (value, *gradient) == (100.0, -400.0, 200.0)
    assert type(value) is float


def test_the_entry_itself_refuses_keywords_and_wrong_counts():
    f = compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm")
    for wrong in (f.vector, lambda: f.vector(np.ones(2), np.ones(2)), lambda: f.into(np.ones(2))):
        with pytest.raises((UsageError, TypeError)):
            wrong()
    with pytest.raises(TypeError):
        f.vector(y=np.ones(2))
    assert f.vector(x=np.array([1.0, 2.0]))[0] == 100.0


def test_the_batch_entry_refuses_rows_that_are_not_plain():
    kernel = llvm.build(compile_formula(ROSENBROCK, variables=["x", "y"], backend="python").program)
    good, out = (np.ones(8), np.ones(8)), tuple(np.empty((3, 8)))
    entry = kernel._batch_entry(False)
    assert entry(good, out, 0, 8) is None
    wrong = [
        (list(good), out, 0, 8), (good, out[:2], 0, 8), ((np.ones(8), np.ones(7)), out, 0, 8), (good, out, 0, 9),
        (good, out, -1, 8), (good, out, 5, 4), ((np.ones(16)[::2], np.ones(8)), out, 0, 8), (good, out, "0", 8),
        ((np.ones(8, np.float32), np.ones(8)), out, 0, 8), (good, (*out[:2], None), 0, 8), (good, out, 0),
        (good, (), 0, 0), (good, (*out[:2], np.broadcast_to(1.0, 8)), 0, 8),
    ]  # fmt: skip
    for args in wrong:
        with pytest.raises(UsageError):
            entry(*args)


# ---- lifetimes -------------------------------------------------------------------------------------------------------


def test_an_entry_keeps_its_code_alive():
    vector = compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm").vector
    gc.collect()
    for _ in range(20):
        compile_formula(transcendental(3), backend="llvm").vector(np.ones(3))  # memory is used again
    assert vector(np.array([1.0, 2.0]))[0] == 100.0


def test_calls_leak_nothing():
    f = compile_formula(transcendental(), order=2, backend="llvm")
    x = np.ones(7)
    out = np.empty(7), np.empty((7, 7))
    for call in (lambda: f.vector(x), lambda: f(*x.tolist()), lambda: f.into(x, *out)):
        call()
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(2000):
            call()
        assert sys.getallocatedblocks() - before < 200
    assert sys.getrefcount(x) <= 4


def test_results_of_calls_are_separate():
    f = compile_formula(ROSENBROCK, variables=["x", "y"], backend="llvm")
    first = f.vector(np.array([1.0, 2.0]))[1]
    f.vector(np.array([3.0, 4.0]))
    np.testing.assert_array_equal(first, [-400.0, 200.0])
    assert first.flags.owndata
    assert first.flags.writeable


def test_a_function_pickles_and_copies():
    f = compile_formula(transcendental(), backend="llvm")
    x = np.linspace(-1, 1, 7)
    for twin in (pickle.loads(pickle.dumps(f)), copy.copy(f), copy.deepcopy(f)):
        assert twin.vector(x)[0] == f.vector(x)[0]
        assert twin.backend == "llvm"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_process_compiles_too():
    code = """
import os, numpy as np
from symgrad.program.backends import llvm
from symgrad.program import Line, Program
def program(n):
    lines = [Line("v0", "sin", ("x0",))] + [Line(f"v{i}", "add", (f"v{i-1}", "x0")) for i in range(1, n)]
    return Program(("x",), tuple(lines), (f"v{n-1}",))
first = llvm.build(program(2000)).point(0.5)
child = os.fork()
if not child:
    again = llvm.build(program(2000)).point(0.5)
    llvm.build(program(2001)).point(0.5); llvm.settle()
    os._exit(0 if again == first else 1)
assert os.waitpid(child, 0)[1] == 0
print("ok")
"""
    environment = {**os.environ, "SYMGRAD_CACHE": "off"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert done.stdout == "ok\n", done.stderr


def test_a_process_ends_while_code_is_being_improved():
    code = """
from symgrad.program.backends import llvm
from symgrad.program import Line, Program
for n in range(1000, 1040):
    lines = [Line("v0", "sin", ("x0",))] + [Line(f"v{i}", "tanh", (f"v{i-1}",)) for i in range(1, n)]
    llvm.build(Program(("x",), tuple(lines), (f"v{n-1}",))).point(0.5)
print("ok")
"""
    environment = {**os.environ, "SYMGRAD_CACHE": "off"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


# ---- without what is usual -------------------------------------------------------------------------------------------


def test_unknown_memory_layouts_go_through_ctypes(monkeypatch):
    monkeypatch.setattr(llvm_entry, "available", lambda: False)
    f = compile_formula(transcendental(), order=2, backend="llvm")
    x = np.random.default_rng(6).uniform(-2, 2, (7, 21))
    found, by_points = f(*x), [f(*column.tolist()) for column in x.T]
    out = np.empty(7), np.empty((7, 7))
    value = f.into(np.ascontiguousarray(x[:, 5]), *out)
    monkeypatch.undo()
    usual = compile_formula(transcendental(), order=2, backend="llvm")(*x)
    for part, expected in zip(found, usual):
        np.testing.assert_array_equal(part, expected)
    for part, expected in zip(by_points[20], usual):
        np.testing.assert_array_equal(part, expected[..., 20])
    assert value == usual[0][5]
    np.testing.assert_array_equal(out[1], usual[2][..., 5])
    with pytest.raises(UsageError):
        f.vector(np.zeros(3))


def test_importing_symgrad_loads_no_llvmlite():
    code = "import symgrad, symgrad.program, sys; symgrad.program.compile; print('llvmlite' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"


def test_auto_goes_over_to_native_code_after_many_calls(monkeypatch):
    monkeypatch.setattr("symgrad.program.kernels.PATIENCE", 3)
    f = compile_formula(ROSENBROCK, variables=["x", "y"])
    found = [f.vector(np.array([1.5, 2.0]))]
    assert "llvm" not in vars(f._kernels)
    found += [f.vector(np.array([1.5, 2.0])) for _ in range(5)]
    assert "llvm" in vars(f._kernels)
    for value, gradient in found:
        assert math.isclose(value, found[0][0], rel_tol=1e-14)
        np.testing.assert_allclose(gradient, found[0][1], rtol=1e-14)


def test_auto_goes_over_to_native_code_after_many_points():
    f = compile_formula(ROSENBROCK, variables=["x", "y"])
    x = np.linspace(-2, 2, 1000)
    found = [f(x, x)]
    assert "llvm" not in vars(f._kernels)
    for _ in range(IN_ALL // (1000 * f.program.operations)):
        found.append(f(x, x))
    assert "llvm" in vars(f._kernels)
    for value, gradient in (found[0], found[-1]):
        np.testing.assert_allclose(value, found[0][0], rtol=1e-13)
        np.testing.assert_allclose(gradient, found[0][1], rtol=1e-13, atol=1e-12)


@pytest.mark.skipif(sys.platform != "linux", reason="memory in use is read from /proc")
def test_what_llvm_needed_for_a_compilation_is_given_back():
    def compiled(first, last):
        for k in range(first, last):
            llvm_engine.object_code(
                f"define double @f(double %x) {{\n %y = fmul double %x, {k}.0\n ret double %y\n}}", 2
            )
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

    before = compiled(0, 50)
    assert compiled(50, 200) - before < 150 * 8_000
