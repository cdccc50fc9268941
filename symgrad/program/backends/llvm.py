"""Programs as native code through llvmlite: one point in nanoseconds, batches at the width of the machine.

A kernel compiles what is asked for when it is first asked for: short programs at once with all optimisation, long ones
quickly first and again, with all optimisation, by a thread in the background; both give the same bits. What is written
stands in `llvm_emit` and `llvm_block`, the functions in `llvm_math`, the native calls in `llvm_entry` and
`llvm_batch`, and what is kept on disk in `llvm_cache`.
"""

import ctypes
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.backends import (
    llvm_batch,
    llvm_block,
    llvm_cache,
    llvm_emit,
    llvm_engine,
    llvm_entry,
    llvm_fuse,
    llvm_threads,
    processors,
)
from symgrad.program.backends.llvm_engine import Loaded
from symgrad.program.program import Program
from symgrad.program.quick import Quick

Shapes = Sequence[tuple[int, ...]]
Places = Sequence[Sequence[int]] | None

SHORT = 300  # lines that are compiled with all optimisation at once
SLP_FROM = 100  # lines from which it pays that LLVM looks for vectors in the code for one point
KEPT_FROM = 0.02  # seconds of compilation from which object code is kept on disk
THREAD_WORK = 20_000.0  # nanoseconds of estimated work a thread should have at least


class NativeKernel:
    """A program as native code, without any Python around it."""

    def __init__(self, program: Program, direct: Quick | None = None) -> None:
        llvm_engine.binding()
        self.program = program
        self.direct = direct
        self.target = llvm_engine.host()
        self._lock = threading.Lock()
        self._blocks: dict[bool, _Code] = {}
        self._batches: dict[bool, Callable[..., None]] = {}
        self._bodies: dict[tuple[tuple[tuple[int, ...], ...] | None, tuple[int, ...]], _Code] = {}

    @property
    def source(self) -> str:
        """The IR of the code for one point."""
        return llvm_emit.write_point(self.program, self.target, direct=self.direct).text

    # ---- one point ---------------------------------------------------------------------------------------------------

    @cached_property
    def point(self) -> Callable[..., tuple[float, ...]]:
        """(x0, x1, …) -> all outputs."""
        inputs, outputs = len(self.program.inputs), len(self.program.outputs)
        call = self.entry("vector", [(outputs,)], None, self._slowly)

        def point(*x: float) -> tuple[float, ...]:
            if len(x) != inputs:
                raise UsageError(f"The program takes {inputs} numbers, not {len(x)}.")
            return tuple(call(np.array(x, np.float64)).tolist())

        return point

    def entry(self, name: str, shapes: Shapes, places: Places, slow: Callable[..., Any]) -> Callable[..., Any]:
        """A native callable for one point.

        Args:
            name: "point" takes one float for each input and "vector" one array; both return the parts, one as it is,
                several as a tuple. "into" takes an array and the arrays to write to, and returns the value.
            shapes: the shapes of the parts; () is a float.
            places: for each output of the program the places that it fills when all parts lie in a row, the rest being
                zero; None if the outputs are just the parts in a row.
            slow: called instead with all other arguments: another number of them, other types, shapes or strides.
        """
        if not llvm_entry.available():
            return self._by_ctypes(name, shapes, places, slow)
        body = self._body(places, shapes)
        memory = llvm_emit.memory_of(self.program)
        code = llvm_entry.code(name, len(self.program.inputs), tuple(map(tuple, shapes)), memory)
        loaded = Loaded(code)
        body.attach(loaded, "symgrad.body")
        return llvm_entry.builtin(loaded, name, slow, body)  # type: ignore[no-any-return]

    def _body(self, places: Places, shapes: Shapes) -> "_Code":
        fixed = None if places is None else tuple(map(tuple, places))
        sizes = tuple(math.prod(shape) for shape in shapes)
        with self._lock:
            found = self._bodies.get((fixed, sizes))
            if found is None:
                long = len(self.program.lines) > SLP_FROM
                found = self._bodies[fixed, sizes] = _Code(
                    lambda: llvm_emit.write_point(self.program, self.target, fixed, sizes, direct=self.direct).text,
                    ("point", self.program.lines, self.program.outputs, fixed, sizes, self.direct and self.direct[:2]),
                    len(self.program.lines),
                    slp=long,
                )
            return found

    def _slowly(self, *_: Any) -> Any:
        raise UsageError(f"The native code takes one vector of {len(self.program.inputs)} float64 numbers.")

    def _by_ctypes(self, name: str, shapes: Shapes, places: Places, slow: Callable[..., Any]) -> Callable[..., Any]:
        """The same where objects lie in memory in another way: through ctypes, which is slower by 1 µs."""
        body = self._body(places, shapes)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        inputs, memory = len(self.program.inputs), llvm_emit.memory_of(self.program)

        def parts(x: Any) -> list[Any]:
            found, scratch = [np.empty(shape) for shape in shapes], np.empty(memory)
            pointers = (ctypes.c_void_p * len(found))(*(part.ctypes.data for part in found))
            kind(body.address)(x.ctypes.data, ctypes.addressof(pointers), scratch.ctypes.data)
            return [part if part.shape else float(part) for part in found]

        def call(*args: Any) -> Any:
            good = len(args) == inputs and all(type(a) is float for a in args)
            if name == "point" and good:
                found = parts(np.array(args))
            elif name != "point" and args and _is_vector(args[0], (inputs,)):
                found = parts(args[0])
            else:
                return slow(*args)
            if name != "into":
                return found[0] if len(found) == 1 else tuple(found)
            targets = [part for part, shape in zip(found, shapes) if shape]
            if len(args) != 1 + len(targets) or not all(_is_vector(a, p.shape) for a, p in zip(args[1:], targets)):
                return slow(*args)
            for target, part in zip(args[1:], targets):
                target[...] = part
            return None if shapes[0] else found[0]

        return call

    # ---- batches -----------------------------------------------------------------------------------------------------

    @cached_property
    def batch(self) -> Callable[[Sequence[Any], Any], None]:
        """batch(inputs, out): all outputs at N points, from rows and into rows.

        Tuples of rows with little work go straight to native code; all else is looked at by Python first.
        """
        if not llvm_entry.available():
            return self._batch
        loaded = self._batch_code(large=False)
        ctypes.c_int64.from_address(loaded.variable("symgrad.most")).value = int(2 * THREAD_WORK / self._cost)
        return llvm_entry.builtin(loaded, "batch", self._batch, self._block(False))  # type: ignore[no-any-return]

    def _batch(self, inputs: Sequence[Any], out: Any) -> None:
        """The same for any sequences of rows, by several threads where there is work for them."""
        rows, results = tuple(inputs), tuple(out)
        points = len(results[0]) if results else 0
        if not points:
            return
        large = llvm_batch.is_large(points, len(results)) and self._waits_for_memory
        call = self._batch_entry(large)
        threads = min(_processors(), int(points * self._cost / THREAD_WORK))
        if threads < 2:
            call(rows, results, 0, points)
        elif not llvm_entry.available():
            grain = -(-points // (threads * 64)) * 64
            starts = range(0, points, grain)
            list(_pool().map(lambda start: call(rows, results, start, min(start + grain, points)), starts))
        else:
            llvm_threads.helped(call, rows, results, points, threads)

    @cached_property
    def _cost(self) -> float:
        """Nanoseconds a point, roughly: what decides about threads."""
        calls = sum(count for op, count in self.program.counts().items() if op in llvm_fuse.GATHERED)
        return 0.12 * len(self.program.lines) + calls + 0.3 * (len(self.program.inputs) + len(self.program.outputs))

    @cached_property
    def _waits_for_memory(self) -> bool:
        """Whether large results are waited for less if they don't go through the cache."""
        return llvm_block.waits_for_memory(self.program, self.target)

    def _block(self, past_the_cache: bool) -> "_Code":
        with self._lock:
            found = self._blocks.get(past_the_cache)
            if found is None:
                program, target = self.program, self.target
                found = self._blocks[past_the_cache] = _Code(
                    lambda: llvm_block.write_block(program, target, past_the_cache=past_the_cache).text,
                    ("block", program.lines, program.outputs, past_the_cache),
                    len(program.lines),
                    slp=False,
                )
            return found

    def _batch_entry(self, large: bool) -> Callable[..., None]:
        """batch(inputs, outputs, start, stop) on tuples of rows."""
        found = self._batches.get(large)
        if found is None:
            if not llvm_entry.available():
                found = self._batch_by_ctypes(self._block(False))
            else:
                blocks = [self._block(False)] + [self._block(True)] * large
                found = llvm_entry.builtin(self._batch_code(large=large), "batch", llvm_batch.slow, *blocks)
            self._batches[large] = found
        return found

    def _batch_code(self, *, large: bool) -> Loaded:
        """The code of the entry, joined to that of the block."""
        program, width, memory = self.program, self.target.width, llvm_emit.memory_of(self.program)
        loaded = Loaded(llvm_batch.code(len(program.inputs), len(program.outputs), width, memory, large))
        blocks = [self._block(False)] + [self._block(True)] * large
        for block, variable in zip(blocks, ("symgrad.block", "symgrad.past")):
            block.attach(loaded, variable)
        return loaded

    def _batch_by_ctypes(self, block: "_Code") -> Callable[..., None]:
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p)
        width = self.target.width
        memory = llvm_emit.memory_of(self.program) * width

        def call(inputs: Sequence[Any], out: Sequence[Any], start: int, stop: int) -> None:
            whole = start + (stop - start) // width * width
            scratch = np.empty(memory)
            pairs = [(inputs, out, start, whole)]
            if whole < stop:
                padded = [np.concatenate([row[whole:stop], np.repeat(row[stop - 1], width)])[:width] for row in inputs]
                rest = [np.empty(width) for _ in out]
                pairs.append((padded, rest, 0, width))
            for rows, results, first, last in pairs:
                ins = (ctypes.c_void_p * len(rows))(*(row.ctypes.data for row in rows))
                outs = (ctypes.c_void_p * len(results))(*(row.ctypes.data for row in results))
                kind(block.address)(ins, outs, first, last, scratch.ctypes.data)
            if whole < stop:
                for row, part in zip(out, rest):
                    row[whole:stop] = part[: stop - whole]

        return call


def _is_vector(array: Any, shape: tuple[int, ...]) -> bool:
    return type(array) is np.ndarray and array.dtype == np.float64 and array.shape == shape and array.flags.carray


def build(program: Program, direct: Quick | None = None) -> NativeKernel:
    """The program as native code; at one point the direct program first, where its conditions hold.

    >>> from symgrad.program.program import Line
    >>> build(Program(("x",), (Line("v0", "multiply", ("x0", "x0")),), ("v0",))).point(3.0)
    (9.0,)
    """
    return NativeKernel(program, direct)


# ---- code in two grades ----------------------------------------------------------------------------------------------


class _Code:
    """The compiled body of a program: from memory, from disk, compiled at once, or quickly first and well later.

    Entries call the body through a pointer of theirs; `attach` sets it, and the better code sets it again.
    Neither code is ever given up while it may run: both live as long as this object.
    """

    def __init__(self, text: Callable[[], str], parts: tuple[object, ...], lines: int, *, slp: bool) -> None:
        self._text = text
        self._slp = slp
        self._symbol = str(parts[0])
        self._slots: list[ctypes.c_uint64] = []
        self._kept: list[Any] = []
        self._lock = threading.Lock()
        self._name = llvm_cache.key(_version(), llvm_engine.processor(), slp, *parts) if lines > SHORT // 4 else ""
        self._improvable = False
        self.address = 0
        known = llvm_cache.read(self._name) if self._name else None
        if known is not None:
            self._use(known)
        elif lines <= SHORT:
            self._use(self._best())
        else:
            self._use(llvm_engine.object_code(self._text(), 0))
            self._improvable = True

    def _best(self) -> bytes:
        started = time.perf_counter()
        code = llvm_engine.object_code(self._text(), 2, slp=self._slp)
        if self._name and time.perf_counter() - started > KEPT_FROM:
            llvm_cache.write(self._name, code)
        return code

    def improve(self) -> None:
        """Compile with all optimisation and go over to the result."""
        self._use(self._best())

    def _use(self, code: bytes) -> None:
        loaded = Loaded(code)
        with self._lock:
            self._kept.append(loaded)
            self.address = loaded.address(self._symbol)
            for slot in self._slots:
                slot.value = self.address

    def attach(self, entry: Loaded, variable: str) -> None:
        """Let an entry's pointer point here from now on."""
        with self._lock:
            slot = ctypes.c_uint64.from_address(entry.variable(variable))
            self._slots.append(slot)
            self._kept.append(entry)  # the slot is written to later: it must still be there
            slot.value = self.address
            improvable, self._improvable = self._improvable, False
        if improvable:  # only now: LLVM does one thing at a time, and the entry had to be compiled first
            _later(self)


@lru_cache(maxsize=1)
def _version() -> str:
    """What the generated code depends on besides the program: this package, llvmlite, and the text of the writers."""
    from symgrad import __version__

    llvm = llvm_engine.binding()
    here = Path(__file__).parent
    texts = [path.read_bytes() for path in sorted(here.glob("llvm*.py"))]
    return llvm_cache.key(__version__, llvm.llvm_version_info, *texts)


# ---- threads ---------------------------------------------------------------------------------------------------------

_WORKERS: dict[str, ThreadPoolExecutor] = {}
_PENDING: "set[Future[None]]" = set()


def _forget() -> None:
    """After a fork the child has none of the threads."""
    _WORKERS.clear()
    _PENDING.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _pool() -> ThreadPoolExecutor:
    if "points" not in _WORKERS:
        _WORKERS["points"] = ThreadPoolExecutor(_processors(), thread_name_prefix="symgrad")
    return _WORKERS["points"]


def _later(code: _Code) -> None:
    """Have the code improved by the background thread; at the end of the process what still waits is dropped."""
    if "compiler" not in _WORKERS:
        _WORKERS["compiler"] = ThreadPoolExecutor(1, thread_name_prefix="symgrad-compiler")

    def work() -> None:
        with llvm_engine.LOCK:  # all of it, so that a fork waits until nothing is half done
            if threading.main_thread().is_alive():
                code.improve()

    future = _WORKERS["compiler"].submit(work)
    _PENDING.add(future)
    future.add_done_callback(_PENDING.discard)


def settle() -> None:
    """Wait until all code that was compiled quickly has been compiled well: for benchmarks and tests."""
    for future in list(_PENDING):
        future.result()


_processors = lru_cache(maxsize=1)(processors)
