"""Programs on arrays with numpy alone: in blocks that fit the cache, written in place, buffers used again.

Every operation is one ufunc with an output given (`numpy_text`); here blocks are cut, buffers lent and work is shared
among threads. Nothing but the results is as long as the arguments are.
"""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from typing import Any

import numpy as np

from symgrad.program.backends import numpy_functions
from symgrad.program.backends._load import load
from symgrad.program.backends.numpy_rewrite import rewritten
from symgrad.program.backends.numpy_text import Written
from symgrad.program.backends.numpy_workspace import Workspaces
from symgrad.program.program import Program

BLOCK = 16_384  # points at once, at most
SMALLEST = 4_096  # fewer would be all overhead
WORTH_THREADS = 20_000_000  # operations on single numbers below which a second thread costs more than it does
CACHE = 3 << 19  # bytes that the buffers of a block may take


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        allowed: set[int] = os.sched_getaffinity(0)
        return len(allowed)
    return os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, _processors() - 1), thread_name_prefix="symgrad")


class NumpyKernel:
    """A program as a function of blocks of arrays."""

    def __init__(self, program: Program, dtype: Any = np.float64) -> None:
        self.program = program
        self.dtype = np.dtype(dtype)
        self._written = Written(rewritten(program, self.dtype))
        self._numbers = [(k, output) for k, output in enumerate(program.outputs) if not isinstance(output, str)]

    @property
    def source(self) -> str:
        return self._written.source

    @cached_property
    def _size(self) -> int:
        """Points in a block: the buffers should lie in the second-level cache."""
        fitting = CACHE // (self.dtype.itemsize * max(1, self._written.made["r"]))
        return int(max(SMALLEST, min(BLOCK, 1 << max(0, fitting.bit_length() - 1))))

    @cached_property
    def _workspaces(self) -> Workspaces:
        whole, made = np.dtype(f"i{self.dtype.itemsize}"), self._written.made
        dtypes = {"r": self.dtype, "i": whole, "b": np.dtype(np.bool_), "m": whole}
        return Workspaces({kind: (dtypes[kind], count) for kind, count in made.items()}, self._size)

    @cached_property
    def _block(self) -> Callable[..., None]:
        written, whole = self._written, np.dtype(f"i{self.dtype.itemsize}")

        def pattern(value: float) -> Any:
            return np.array(value, self.dtype).view(whole)

        table: dict[str, Any] = {numpy_functions.called(op): numpy_functions.function(op) for op in written.called}
        table |= {"copyto": np.copyto, "nan": math.nan, "one": np.array(1, whole), "bits": lambda row: row.view(whole)}
        table |= {f"bit_{op}": getattr(np, f"bitwise_{op}") for op in ("and", "or", "xor")}
        table |= {name: np.array(value, self.dtype) for value, name in written.constants.items()}
        table |= {name: pattern(one) ^ pattern(other) for (one, other), name in written.patterns.items()}
        return load(self.source, table, "block")  # type: ignore[no-any-return]

    def point(self, *x: float) -> tuple[float, ...]:
        """All outputs at one point, by way of arrays of one number."""
        out = np.empty((len(self.program.outputs), 1), self.dtype)
        self.batch([np.array([value], self.dtype) for value in x], out)
        return tuple(out[:, 0].tolist())

    def batch(self, inputs: Sequence[Any], out: Any) -> None:
        """All outputs at N points, block by block."""
        points = len(out[0]) if len(out) else 0
        rows = out
        if self._numbers:
            for k, number in self._numbers:
                out[k].fill(number)
            rows = [row for row, output in zip(out, self.program.outputs) if isinstance(output, str)]
        if points <= self._size:
            self._part(inputs, rows, 0, points, whole=True)
            return
        workers = min(_processors(), points // (4 * self._size))
        if workers < 2 or points * len(self.program.lines) < WORTH_THREADS:
            self._part(inputs, rows, 0, points)
            return
        ends = [points * k // workers for k in range(workers + 1)]
        others = [_pool().submit(self._part, inputs, rows, *ends[k : k + 2]) for k in range(1, workers)]
        self._part(inputs, rows, *ends[:2])
        for other in others:
            other.result()

    def _part(self, inputs: Sequence[Any], rows: Sequence[Any], start: int, stop: int, *, whole: bool = False) -> None:
        """The points from start to stop, in a workspace of one's own."""
        size = min(self._size, stop - start)
        work = self._workspaces.take()
        buffers = work.buffers(size)
        if whole:
            work.quietly(self._block, *inputs, *rows, *buffers)
        else:
            work.quietly(self._blocks, inputs, rows, range(start, stop, size), stop, buffers)
        self._workspaces.idle.append(work)

    def _blocks(self, inputs: Any, rows: Any, starts: range, stop: int, buffers: list[Any]) -> None:
        block, size = self._block, starts.step
        for low in starts:
            high = low + size
            if high > stop:
                high = stop
                buffers = [buffer[: stop - low] for buffer in buffers]
            block(*[column[low:high] for column in inputs], *[row[low:high] for row in rows], *buffers)


def build(program: Program, dtype: Any = np.float64) -> NumpyKernel:
    """The program for arrays.

    >>> from symgrad.program.program import Line
    >>> out = np.empty((1, 3))
    >>> build(Program(("x",), (Line("v0", "multiply", ("x0", "x0")),), ("v0",))).batch([np.arange(3.0)], out)
    >>> out
    array([[0., 1., 4.]])
    """
    return NumpyKernel(program, dtype)
