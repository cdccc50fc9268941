"""Programs on arrays with numpy alone: in blocks that fit the cache, written in place, buffers used again.

Every operation is one ufunc with an output given (`numpy_text`); here blocks are cut, buffers lent and work is shared
among threads. Nothing but the results is as long as the arguments are.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from typing import Any

import numpy as np

from symgrad.program.backends import numpy_functions, processors
from symgrad.program.backends._load import load
from symgrad.program.backends.numpy_order import ordered
from symgrad.program.backends.numpy_rewrite import guarded, rewritten, watched
from symgrad.program.backends.numpy_text import Written
from symgrad.program.backends.numpy_workspace import Workspace, Workspaces, alarms_are_heard
from symgrad.program.fresh import LONG
from symgrad.program.program import Program
from symgrad.program.results import Results

BLOCK = 16_384  # points at once, at most
SMALLEST = 8_192  # fewer would be all overhead
ALIGNED = 64  # blocks begin at multiples of so many points, where the arrays' own lines of the cache begin
TOGETHER = 65_536  # the same where threads work: the interpreter changes hands twice with every operation
WORTH_THREADS = 20_000_000  # operations on single numbers below which a second thread costs more than it does
FALSE = 8  # alarms after which every condition is looked at: the next would be no sooner over
CACHE = 3 << 19  # bytes that the buffers of a block may take

Lines = Callable[[Sequence[Any]], Any]  # arrays of N points -> values, slopes and so on over all points

_processors = processors


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, _processors() - 1), thread_name_prefix="symgrad")


class NumpyKernel:
    """A program as a function of blocks of arrays.

    The last outputs may be conditions. At points where one does not hold, `sure()` has the results instead.
    """

    def __init__(
        self,
        program: Program,
        dtype: Any = np.float64,
        conditions: int = 0,
        sure: Callable[[], Program] | None = None,
        *,
        listen: bool = True,
    ) -> None:
        self.program = program
        self.dtype = np.dtype(dtype)
        outputs = program.outputs[: len(program.outputs) - conditions]
        self._fixed = [(k, output) for k, output in enumerate(outputs) if not isinstance(output, str)]
        self._computed = [k for k, output in enumerate(outputs) if isinstance(output, str)]
        self._outputs = len(outputs)
        self._made_sure, self._conditions, self._listens = sure, conditions, False
        self._alarms = 0
        if conditions and listen and alarms_are_heard():
            program, left = watched(program, conditions)
            self._listens, conditions = left < conditions, left
        self._guarded = conditions > 0
        self._written = Written(ordered(rewritten(guarded(program, conditions), self.dtype)))
        fitting = CACHE // (self.dtype.itemsize * max(1, self._written.made["r"]))
        self._size = max(SMALLEST, min(BLOCK, 1 << max(0, fitting.bit_length() - 1)))
        self._room, self._wide = self._made_room(self._size), self._made_room(TOGETHER)
        self._block = self._loaded()

    @property
    def source(self) -> str:
        return self._written.source

    def _made_room(self, size: int) -> Workspaces:
        whole, made = np.dtype(f"i{self.dtype.itemsize}"), self._written.made
        truth = np.dtype(np.bool_)
        dtypes = {"r": self.dtype, "i": whole, "b": truth, "m": whole}
        kinds = {"ok": (truth, 1)} if self._guarded else {}
        kinds |= {kind: (dtypes[kind], count) for kind, count in made.items()}
        return Workspaces(kinds, size, listen=self._listens)

    @cached_property
    def _sure(self) -> "NumpyKernel":
        assert self._made_sure is not None
        return NumpyKernel(self._made_sure(), self.dtype)

    @cached_property
    def _careful(self) -> "NumpyKernel":
        """The same program with a look at every condition."""
        return NumpyKernel(self.program, self.dtype, self._conditions, self._made_sure, listen=False)

    def _loaded(self) -> Callable[..., None]:
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
        out = np.empty((self._outputs, 1), self.dtype)
        self.batch([np.array([value], self.dtype) for value in x], tuple(out))
        return tuple(out[:, 0].tolist())

    def batch(self, inputs: Sequence[Any], out: Sequence[Any], *, alone: bool = False) -> None:
        """All outputs at N points, block by block; `alone` in this thread."""
        points = len(out[0]) if len(out) else 0
        if self._alarms > FALSE:
            self._careful.batch(inputs, out, alone=alone)
        elif points > self._size or self._fixed:
            self._long(inputs, out, points, alone)
        else:
            work = self._room.take()
            self._compute(inputs, out, work.buffers(points), work)
            self._room.idle.append(work)

    def lines(self, results: Results, few: Lines | None) -> Lines:
        """The same as a function that makes the arrays for the results; lines of one number may go to `few`.

        All that a small batch needs is at hand, since its calls cost as much as its operations.
        """
        batch, block, guarded, check = self.batch, self._block, self._guarded, self._check
        made, room, idle = results.made, self._room, self._room.idle
        simple, cut, count = results.are_simple, results.cut, results.layout.inputs  # made by hand: a call less
        empty, dtype = np.empty, self.dtype
        most, finished = -1 if self._fixed else self._size, None if results.are_complete else results.finished

        def lines(columns: Sequence[Any]) -> Any:
            points = len(columns[0])
            if points == 1 and few:
                return few(columns)
            if simple and points < LONG:
                found = value, slopes = empty(points, dtype), empty((count, points), dtype)
                rows = (value, *cut(slopes))
            else:
                found, rows = made(points)
            if points > most or self._alarms > FALSE:
                batch(columns, rows)
            else:
                try:
                    work = idle.pop()
                except IndexError:
                    work = room.made()
                buffers = work.rows if work.points == points else work.buffers(points)
                work.quietly(block, *columns, *rows, *buffers)
                if work.alarms or (guarded and 0 in buffers[0].tobytes()):
                    check(columns, rows, buffers, work)
                idle.append(work)
            return finished(found) if finished else found

        return lines

    def _long(self, inputs: Sequence[Any], out: Sequence[Any], points: int, alone: bool) -> None:
        """What is more than one block of points, or has outputs that are numbers."""
        if not points:
            return
        for k, value in self._fixed:
            out[k].fill(value)
        if self._fixed:
            out = [out[k] for k in self._computed]
        workers = min(_processors(), points // BLOCK)
        if workers < 2 or alone or points * len(self.program.lines) < WORTH_THREADS:
            self._shares(inputs, out, [0], points, points, self._room)
            return
        share = min(TOGETHER, -(-points // (workers * ALIGNED)) * ALIGNED)
        starts = list(range(0, points, share))[::-1]
        work = (inputs, out, starts, points, share, self._wide)
        others = [_pool().submit(self._shares, *work) for _ in range(1, workers)]
        self._shares(*work)
        for other in others:
            other.result()

    def _shares(self, inputs: Any, rows: Any, starts: list[int], points: int, share: int, room: Workspaces) -> None:
        """Shares of the work until none is left: a thread that is held up takes fewer of them."""
        work = room.take()
        while starts:
            try:
                start = starts.pop()
            except IndexError:  # taken by another thread
                break
            self._blocks(inputs, rows, start, min(start + share, points), work, room.size)
        room.idle.append(work)

    def _blocks(self, inputs: Any, rows: Any, start: int, stop: int, work: Workspace, size: int) -> None:
        """Blocks of about one size: a short last one would cost as many calls as a long one."""
        count = -(-(stop - start) // size)
        size = -(-(stop - start) // (count * ALIGNED)) * ALIGNED
        buffers = work.buffers(size)
        for low in range(start, stop, size):
            high = low + size
            if high > stop:
                high = stop
                buffers = [buffer[: stop - low] for buffer in buffers]
            self._compute([column[low:high] for column in inputs], [row[low:high] for row in rows], buffers, work)

    def _compute(self, inputs: Sequence[Any], rows: Sequence[Any], buffers: list[Any], work: Workspace) -> None:
        """One block: all points by the quick program, then those again where a condition does not hold."""
        work.quietly(self._block, *inputs, *rows, *buffers)
        if work.alarms or (self._guarded and 0 in buffers[0].tobytes()):
            self._check(inputs, rows, buffers, work)

    def _check(self, inputs: Sequence[Any], rows: Sequence[Any], buffers: list[Any], work: Workspace) -> None:
        """What is to be done about a block where something overflowed, was invalid, or a condition does not hold."""
        if work.alarms:
            work.alarms.clear()
            self._alarms += 1
            self._careful._shares(inputs, rows, [0], len(rows[0]), len(rows[0]), self._careful._room)
        else:
            self._mend(inputs, rows, np.flatnonzero(~buffers[0]))

    def _mend(self, inputs: Sequence[Any], rows: Sequence[Any], where: Any) -> None:
        """The results at some points of a block by the program that is right everywhere."""
        found = np.empty((self._outputs, len(where)), self.dtype)
        self._sure.batch([column[where] for column in inputs], tuple(found), alone=True)
        for row, k in zip(rows, self._computed):
            row[where] = found[k]


def build(
    program: Program, dtype: Any = np.float64, conditions: int = 0, sure: Callable[[], Program] | None = None
) -> NumpyKernel:
    """The program for arrays; its last outputs may be conditions for it to be right (see `quick`).

    >>> from symgrad.program.program import Line
    >>> out = np.empty((1, 3))
    >>> build(Program(("x",), (Line("v0", "multiply", ("x0", "x0")),), ("v0",))).batch([np.arange(3.0)], out)
    >>> out
    array([[0., 1., 4.]])
    """
    return NumpyKernel(program, dtype, conditions, sure)
