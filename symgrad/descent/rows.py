"""The rows of a run while it grows: one buffer, and no more rows than are wanted.

A run of K steps keeps the rows 0, s, 2s, … with the smallest power of two s for which they are at most `keep`, and the
last one; so what is kept depends on K alone and not on how the run came there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.descent.problem import Evaluated, Vector

KEEP = 20_000


class Rows:
    """Step number, rate of the step that led there, value, point and gradient of the iterates."""

    def __init__(self, size: int, keep: int = KEEP) -> None:
        self.size = size
        self.keep = max(2, keep)
        self.stride = 1
        self.count = 0
        self._numbers, self._rates = np.empty(64, np.int64), np.empty(64)
        self._data = np.empty((64, 1 + 2 * size))  # value, point, gradient

    def add(self, here: Evaluated, rate: float = np.nan) -> None:
        """One row more."""
        k = self.steps + 1 if self.count else 0
        if self.count and self.steps % self.stride:
            self.count -= 1  # it was there only because it was the last
        self._room(1)
        self._numbers[self.count], self._rates[self.count] = k, rate
        row = self._data[self.count]
        row[0] = here.value
        row[1 : 1 + self.size] = here.x
        row[1 + self.size :] = here.gradient
        self.count += 1
        self._thin()

    def extend(self, k: Vector, block: Vector, rates: Vector | float) -> None:
        """Many rows more, each (value, point, gradient), with their numbers and the rates of the steps that led there:
        those that are multiples of the stride, and the last."""
        if not len(block):
            return
        if self.steps % self.stride:
            self.count -= 1
        self._room(len(k))
        place = slice(self.count, self.count + len(k))
        self._numbers[place], self._rates[place], self._data[place] = k, rates, block
        self.count += len(k)
        self._thin()

    def _room(self, more: int) -> None:
        if self.count + more <= len(self._data):
            return
        length = max(2 * len(self._data), self.count + more)
        for name in ("_numbers", "_rates", "_data"):
            old = getattr(self, name)
            grown = np.empty((length, *old.shape[1:]), old.dtype)
            grown[: self.count] = old[: self.count]
            setattr(self, name, grown)

    def _thin(self) -> None:
        last, before = self.steps, self.stride
        while last // self.stride + 1 > self.keep:
            self.stride *= 2
        if self.stride == before:
            return
        # row number i is that of step i·before, but perhaps for the last
        chosen = slice(0, last // before + 1, self.stride // before)
        ends = slice(self.count - 1, self.count) if last % self.stride else slice(0, 0)
        for old in (self._numbers, self._rates, self._data):
            kept = np.concatenate([old[chosen], old[ends]])
            old[: len(kept)] = kept
        self.count = len(kept)

    @property
    def steps(self) -> int:
        """The number of the last step; −1 before the first row."""
        return int(self._numbers[self.count - 1]) if self.count else -1

    @property
    def kept(self) -> Any:
        """The step number of each row."""
        return self._numbers[: self.count].copy()

    @property
    def rates(self) -> Vector:
        """The rate of the step that led to each row but the first."""
        return self._rates[1 : self.count].copy()

    @property
    def values(self) -> Vector:
        """The values."""
        return self._data[: self.count, 0].copy()

    @property
    def points(self) -> Vector:
        """The points, one a row."""
        return self._data[: self.count, 1 : 1 + self.size].copy()

    @property
    def gradients(self) -> Vector:
        """The gradients, one a row."""
        return self._data[: self.count, 1 + self.size :].copy()

    def at(self, index: int) -> Evaluated:
        """One row as the point that it was."""
        row = self._data[: self.count][index]
        return Evaluated(row[1 : 1 + self.size].copy(), float(row[0]), row[1 + self.size :].copy())

    @classmethod
    def of(cls, points: Vector, values: Vector, gradients: Vector, *, rates: Vector, kept: Vector, keep: int) -> Rows:
        """The rows of a run that is to be taken up again."""
        rows = cls(points.shape[1], keep)
        rows._room(len(points))
        rows.count = count = len(points)
        rows._numbers[:count], rows._rates[0], rows._rates[1:count] = kept, np.nan, rates
        rows._data[:count] = np.column_stack([values, points, gradients])
        rows.stride = int(kept[1]) if len(kept) > 2 else 1
        rows._thin()
        return rows
