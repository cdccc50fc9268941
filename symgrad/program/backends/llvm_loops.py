"""Whole loops of steps as native code, and the two ways in: one for any run, and one for short runs.

What is written stands in `llvm_loops_text`, and in `llvm_rolled` for sums of like terms.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from symgrad.program.backends import llvm_emit, llvm_engine, llvm_entry, llvm_loops_text
from symgrad.program.backends.llvm_loops_text import PARAMETERS
from symgrad.program.lanes import Lanes
from symgrad.program.program import Program

LONGEST = 2_000_000.0  # nanoseconds of estimated work after which Python may look for an interrupt
SHARE = 20  # of that work, the part for which the interpreter may be held
SLP_FROM = 100  # lines from which it pays that LLVM looks for vectors


def _unlike(*_: Any) -> None:
    raise TypeError("A brief run takes one vector, as long as its loop needs.")


class NativeLoop:
    """A compiled loop: `run` for any run, and for short ones that record nothing `brief`.

    `run` releases the interpreter meanwhile and lets it look for an interrupt; `brief(values)` does not, and costs a
    tenth as much: values are those of `run` with the numbers of the first step and of steps; its results are that of
    the loop, and what is left of the values.
    """

    def __init__(self, program: Program, carried: int, size: int, sums: Sequence[Lanes] = ()) -> None:
        lines = len(program.lines) + sum(len(lanes.program.lines) * (1 + lanes.terms // 8) for lanes in sums)
        text = llvm_loops_text.write(program, llvm_engine.host(), carried, size, sums)
        loaded = llvm_engine.Loaded(llvm_engine.object_code(text, 2, slp=lines > SLP_FROM))
        self._scratch = llvm_emit.memory_of(program)
        self._most = max(1, int(LONGEST / (1 + lines)))
        self._code = loaded  # lives as long as this object
        number, pointer = ctypes.c_int64, ctypes.c_void_p
        self._call = ctypes.CFUNCTYPE(number, pointer, number, number, pointer, pointer, number)(loaded.address("loop"))
        self._given = ctypes.c_double * (carried + PARAMETERS)  # an array passed as such costs half of its address
        self.brief_steps = -1  # up to which `brief` may be called
        if llvm_entry.available():
            inputs, shapes = carried + PARAMETERS + 2, ((), (carried + PARAMETERS,))
            entry = llvm_engine.Loaded(llvm_entry.code("vector", inputs, shapes, self._scratch))
            ctypes.c_uint64.from_address(entry.variable("symgrad.body")).value = loaded.address("brief")
            self.brief = llvm_entry.builtin(entry, "vector", _unlike, loaded)
            self.brief_steps = self._most // SHARE

    def run(self, values: Any, first: int, steps: int, rows: Any, every: int) -> tuple[int, bool]:
        """(steps taken, whether there was a reason to stop); `values` is what is carried, the rate and the tolerance,
        and is changed; every so manieth row is written."""
        x = self._given.from_buffer(values)
        memory = np.empty(self._scratch).ctypes if self._scratch else x
        taken = 0
        while taken < steps:
            begin = first + taken
            written = -(-begin // every) - -(-first // every)  # multiples from first up to begin
            place = None if rows is None else rows[written:].ctypes.data
            done = self._call(x, begin, min(self._most, steps - taken), place, memory, every)
            if done < 0:
                return taken - 1 - done, True
            taken += done
        return taken, False
