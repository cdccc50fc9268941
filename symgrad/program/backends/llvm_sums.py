"""Sums of like terms with their gradient as native code: one pass over memory, compiled when first needed.

Every vector of terms is loaded, computed, added to the running sum and written to the gradient at once; how the text
of that pass is written is in `llvm_sums_text`.
"""

import ctypes
import math
import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symgrad.program.backends import llvm_cache, llvm_engine
from symgrad.program.backends.llvm_sums_text import Mode, Places, Writer, windows
from symgrad.program.program import Program

PAST = 4 * 2**20  # bytes of gradient from which it goes past the cache
KEPT_FROM = 0.02  # seconds of compilation from which object code is kept on disk
MOST_LINES = 1_000  # lines of a program that is written out twice


class NativeSum:
    """A sum of like terms with its gradient as native code."""

    def __init__(self, program: Program, places: Places, moving: Sequence[int], terms: int) -> None:
        self.program, self.terms = program, terms
        self.places = [
            (
                kind,
                np.ascontiguousarray(where, np.int64 if kind == "many" else float)
                if kind in ("many", "data")
                else where,
            )
            for kind, where in places
        ]
        self.target = llvm_engine.host()
        outputs = {k: row for row, k in enumerate(moving, start=1)}
        self.windows = windows(places, outputs, self.target.width)
        self.ones = tuple(row for k, row in outputs.items() if places[k][0] == "one")
        self.many = tuple((k, row) for k, row in outputs.items() if places[k][0] == "many")
        self.positions = [places[k][1] for k in outputs if places[k][0] == "one"]
        self._calls: dict[tuple[bool, bool], tuple[Any, Writer, llvm_engine.Loaded]] = {}

    @cached_property
    def _table(self) -> Any:
        """The addresses of the rows, as far as they are always the same."""
        return np.array(
            [where.ctypes.data if kind in ("many", "data") else 8 * where for kind, where in self.places], np.uint64
        )

    @cached_property
    def _in_x(self) -> Any:
        return np.array([kind in ("one", "slice") for kind, _ in self.places], np.uint64)

    def _mode(self, fresh: bool, past: bool) -> Mode:
        added = frozenset(w for w in range(len(self.windows)) if not fresh or self.many or w in self._overlapping)
        return Mode(tuple(self.windows), added, past, self.ones, self.many)

    @cached_property
    def _overlapping(self) -> frozenset[int]:
        """The windows that reach into one that is written before them."""
        ends = [(window.begin, window.begin + self.terms + window.reach) for window in self.windows]
        return frozenset(
            w for w, (low, high) in enumerate(ends) if any(low < end and begin < high for begin, end in ends[:w])
        )

    def _call(self, fresh: bool, past: bool) -> tuple[Any, Writer, llvm_engine.Loaded]:
        found = self._calls.get((fresh, past))
        if found is None:
            kinds = [kind for kind, _ in self.places]
            writer = Writer(self.program, kinds, self.target, self._mode(fresh, past))
            loaded = llvm_engine.Loaded(_object_code(writer.text()))
            pointer, number = ctypes.c_void_p, ctypes.c_int64
            kind = ctypes.CFUNCTYPE(None, *[pointer] * 4, number, number, pointer, pointer)
            found = self._calls[fresh, past] = kind(loaded.address("sum")), writer, loaded
        return found

    @property
    def source(self) -> str:
        """The IR of the pass that writes a gradient."""
        kinds = [kind for kind, _ in self.places]
        return Writer(self.program, kinds, self.target, self._mode(fresh=True, past=False)).text()

    def add(self, x: Any, slopes: Any, *, fresh: bool) -> float:
        """The sum at x; its gradient is added into `slopes`, or (fresh) written over whatever is there."""
        if fresh:
            self._clear(slopes)
        past = fresh and bool(self.windows) and not self.many and 8 * self.terms >= PAST
        call, writer, _ = self._call(fresh, past)
        width = self.target.width
        table = self._table + self._in_x * np.uint64(x.ctypes.data)
        base = slopes.ctypes.data
        out = np.array([base + 8 * window.begin for window in self.windows], np.uint64)
        state, tails = np.zeros((writer.state, width)), np.empty((len(self.windows), width))
        call(
            x.ctypes.data, base, table.ctypes.data, out.ctypes.data, 0, self.terms, state.ctypes.data, tails.ctypes.data
        )
        for window, tail in zip(self.windows, tails):
            slopes[window.begin + self.terms : window.begin + self.terms + window.reach] += tail[: window.reach]
        sums = [_total(state[n : n + 2]) for n in range(len(writer.before), writer.state, 2)]
        for position, value in zip(self.positions, sums[1:]):
            slopes[position] += value
        return sums[0]

    def _clear(self, slopes: Any) -> None:
        """Zero what is not written, or only added to."""
        if self.many or self._overlapping or not self.windows:
            slopes.fill(0.0)
            return
        end = 0
        for window in reversed(self.windows):  # by position
            slopes[end : window.begin] = 0.0
            end = window.begin + self.terms
            slopes[end : end + window.reach] = 0.0
            end += window.reach
        slopes[end:] = 0.0


def _object_code(text: str) -> bytes:
    """The object code, kept on disk where it took long to make."""
    name = llvm_cache.key(llvm_engine.processor(), text)
    known = llvm_cache.read(name)
    if known is None:
        started = time.perf_counter()
        known = llvm_engine.object_code(text, 2)
        if time.perf_counter() - started > KEPT_FROM:
            llvm_cache.write(name, known)
    return known


def _total(parts: Any) -> float:
    """The sum of all lanes; what the additions lost is NaN where they overflowed."""
    values = parts.ravel().tolist()
    if all(map(math.isfinite, values)):
        return math.fsum(values)
    return float(sum(values[: len(values) // 2]))


def fits(program: Program) -> bool:
    """Whether a program is short enough for a function of its own."""
    return len(program.lines) <= MOST_LINES
