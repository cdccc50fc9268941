"""The rows of a run while it grows: one buffer, and no more rows than are wanted.

A run of K steps keeps the rows 0, s, 2s, … with the smallest power of two s for which they are at most `keep`, and the
last one; so what is kept depends on K alone and not on how the run came there.
"""

from __future__ import annotations

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
        self._data = np.empty((64, 3 + 2 * size))

    def add(self, here: Evaluated, rate: float = np.nan) -> None:
        """One row more."""
        k = self.steps + 1 if self.count else 0
        if self.count and self.steps % self.stride:
            self.count -= 1  # it was there only because it was the last
        self._room(1)
        row = self._data[self.count]
        row[0], row[1], row[2] = k, rate, here.value
        row[3 : 3 + self.size] = here.x
        row[3 + self.size :] = here.gradient
        self.count += 1
        self._thin()

    def extend(self, k: Vector, block: Vector, rates: Vector) -> None:
        """Many rows more, each (value, point, gradient), with their numbers and the rates of the steps that led there:
        those that are multiples of the stride, and the last."""
        if not len(block):
            return
        if self.steps % self.stride:
            self.count -= 1
        self._room(len(k))
        target = self._data[self.count : self.count + len(k)]
        target[:, 0], target[:, 1], target[:, 2:] = k, rates, block
        self.count += len(k)
        self._thin()

    def _room(self, more: int) -> None:
        if self.count + more > len(self._data):
            grown = np.empty((max(2 * len(self._data), self.count + more), self._data.shape[1]))
            grown[: self.count] = self._data[: self.count]
            self._data = grown

    def _thin(self) -> None:
        last = self.steps
        if last // self.stride + 1 <= self.keep:
            return
        while last // self.stride + 1 > self.keep:
            self.stride *= 2
        chosen = np.flatnonzero(self._data[: self.count, 0] % self.stride == 0)
        if last % self.stride:
            chosen = np.append(chosen, self.count - 1)
        self.count = len(chosen)
        self._data[: self.count] = self._data[chosen]

    @property
    def steps(self) -> int:
        """The number of the last step; −1 before the first row."""
        return int(self._data[self.count - 1, 0]) if self.count else -1

    @property
    def kept(self) -> Vector:
        """The step number of each row."""
        return self._data[: self.count, 0].astype(np.int64)

    @property
    def rates(self) -> Vector:
        """The rate of the step that led to each row but the first."""
        return self._data[1 : self.count, 1].copy()

    @property
    def values(self) -> Vector:
        """The values."""
        return self._data[: self.count, 2].copy()

    @property
    def points(self) -> Vector:
        """The points, one a row."""
        return self._data[: self.count, 3 : 3 + self.size].copy()

    @property
    def gradients(self) -> Vector:
        """The gradients, one a row."""
        return self._data[: self.count, 3 + self.size :].copy()

    def at(self, index: int) -> Evaluated:
        """One row as the point that it was."""
        row = self._data[: self.count][index]
        return Evaluated(row[3 : 3 + self.size].copy(), float(row[2]), row[3 + self.size :].copy())

    @classmethod
    def of(cls, points: Vector, values: Vector, gradients: Vector, *, rates: Vector, kept: Vector, keep: int) -> Rows:
        """The rows of a run that is to be taken up again."""
        rows = cls(points.shape[1], keep)
        rows._room(len(points))
        rows.count = len(points)
        data = rows._data[: rows.count]
        data[:, 0], data[0, 1], data[1:, 1], data[:, 2] = kept, np.nan, rates, values
        data[:, 3 : 3 + rows.size], data[:, 3 + rows.size :] = points, gradients
        rows.stride = int(kept[1]) if len(kept) > 2 else 1
        rows._thin()
        return rows
