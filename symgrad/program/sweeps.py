"""One pass over all terms of a long sum: its value, and derivatives added into place.

With native code the pass is one loop (`llvm_sums`); otherwise it goes block by block through arrays.
"""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symgrad.program.program import Program

Place = tuple[str, Any]  # ("one", position), ("slice", first position), ("many", positions) or ("data", array)

BLOCK = 16_384


def kernel_of(program: Program, backend: str) -> Any:
    """What computes a program for arrays."""
    if backend == "llvm" and not program.special:
        from symgrad.program.backends import llvm

        return llvm.build(program)
    from symgrad.program.backends import numpy_

    return numpy_.build(program)


def column(x: Any, place: Place, low: int, high: int) -> Any:
    """What an input is for the terms from low to high."""
    kind, where = place
    if kind == "slice":
        return x[where + low : where + high]
    if kind == "one":
        return np.full(high - low, x[where])
    return x[where[low:high]] if kind == "many" else np.ascontiguousarray(where[low:high])


class Sweep:
    """A program (value, derivative by each moving input) over all terms."""

    def __init__(
        self, program: Program, places: Sequence[Place], moving: Sequence[int], terms: int, backend: str
    ) -> None:
        self.program, self.places, self.moving, self.terms, self.backend = program, places, moving, terms, backend

    @cached_property
    def _kernel(self) -> Any:
        return kernel_of(self.program, self.backend)

    @cached_property
    def _native(self) -> Any:
        """The whole pass as native code; None where there is none, or the program is too long for it."""
        if self.backend != "llvm" or self.program.special:
            return None
        from symgrad.program.backends import llvm_sums

        if not llvm_sums.fits(self.program):
            return None
        return llvm_sums.NativeSum(self.program, self.places, self.moving, self.terms)

    @property
    def source(self) -> str:
        """The generated code, for reading."""
        return str(self._kernel.source if self._native is None else self._native.source)

    def add(self, x: Any, slopes: Any, *, fresh: bool = False) -> float:
        """The sum at x; its gradient is added into `slopes`, or (fresh) written over whatever is there.

        What is written for the first time is not cleared before: at the speed of memory that would cost a third.
        """
        if self._native is not None:
            return float(self._native.add(x, slopes, fresh=fresh))
        clean = len(slopes)  # from here on nothing is written yet
        if fresh and self.moving and all(self.places[k][0] == "slice" for k in self.moving):
            clean = 0
        elif fresh:
            slopes.fill(0.0)
        total, parts = [], np.zeros(len(self.moving))
        out = np.empty((1 + len(self.moving), min(BLOCK, self.terms)))
        for low in range(0, self.terms, BLOCK):
            high = min(low + BLOCK, self.terms)
            rows = out[:, : high - low]
            self._kernel.batch([column(x, place, low, high) for place in self.places], rows)
            with np.errstate(all="ignore"):
                total.append(float(rows[0].sum()))
                clean = self._spread(rows, low, high, slopes, parts, clean)
        slopes[clean:] = 0.0
        for part, k in zip(parts, self.moving):
            if self.places[k][0] == "one":
                slopes[self.places[k][1]] += part
        return math.fsum(total) if all(map(math.isfinite, total)) else float(np.sum(total))

    def _spread(self, rows: Any, low: int, high: int, slopes: Any, parts: Any, clean: int) -> int:
        """The derivatives of one block put where they belong; the new `clean`."""
        for row, k in enumerate(self.moving, start=1):
            kind, where = self.places[k]
            if kind == "one":
                parts[row - 1] += rows[row].sum()
            elif kind == "slice":
                clean = _add_or_write(slopes, where + low, where + high, rows[row], clean)
            else:
                np.add.at(slopes, where[low:high], rows[row])
        return clean


def _add_or_write(slopes: Any, low: int, high: int, values: Any, clean: int) -> int:
    """Add where something stands already, write from `clean` on; the new `clean`."""
    if low >= clean:
        slopes[clean:low] = 0.0
        slopes[low:high] = values
        return high
    known = min(high, clean)
    slopes[low:known] += values[: known - low]
    if high > known:
        slopes[known:high] = values[known - low :]
    return max(high, clean)


class Entries:
    """The second derivatives of every term, and the places of the Hessian to which they belong."""

    def __init__(self, program: Program, places: Sequence[Place], pairs: Sequence[tuple[int, int]], terms: int) -> None:
        self.program, self.places, self.pairs, self.terms = program, places, pairs, terms

    @cached_property
    def _kernel(self) -> Any:
        return kernel_of(self.program, "numpy")

    def keys(self, size: int) -> Any:
        """row·size + column of everything that `values` returns, in its order."""
        parts = [np.empty(0, np.int64)]
        for i, j in self.pairs:
            row, other = self._positions(i), self._positions(j)
            parts.append(row * size + other)
            if i != j:
                parts.append(other * size + row)
        return np.concatenate(parts)

    def _positions(self, k: int) -> Any:
        kind, where = self.places[k]
        if kind == "one":
            return np.full(self.terms, where, np.int64)
        return np.asarray(where, np.int64) if kind == "many" else np.arange(where, where + self.terms, dtype=np.int64)

    def values(self, x: Any) -> Any:
        """The second derivatives: those of a pair for all terms, once more for the pair the other way round."""
        parts = [np.empty(0)]
        if self.pairs and self.terms:
            found = np.empty((len(self.pairs), self.terms))
            self._kernel.batch([column(x, place, 0, self.terms) for place in self.places], found)
            for (i, j), row in zip(self.pairs, found):
                parts += [row] * (1 if i == j else 2)
        return np.concatenate(parts)
