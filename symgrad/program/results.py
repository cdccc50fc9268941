"""The arrays that a batch of points is computed into: the parts of a layout, and their rows, one for each output."""

import math
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from symgrad.program.fresh import LONG, fresh
from symgrad.program.layout import Layout

Rows = tuple[Any, ...]  # one array of N points for each output


class Results:
    """Value, gradient and Hessian over lines of points.

    >>> results = Results(Layout(1, 2, 1, [], several=False), np.dtype(float))
    >>> (value, gradient), rows = results.made(5)
    >>> gradient.shape, [row.shape for row in rows]
    ((2, 5), [(5,), (5,), (5,)])
    """

    def __init__(self, layout: Layout, dtype: Any) -> None:
        self.layout, self.dtype = layout, dtype
        self.made: Callable[[int], tuple[Any, Rows]] = self._made
        self._sizes = [math.prod(shape) for shape in layout.shapes]
        self._rows = [_picked([row for part, row in layout.places if part == k]) for k in range(len(layout.shapes))]
        if layout.order < 2 and not layout.several:
            self.made = self._gradient() if layout.order else self._value

    @property
    def are_complete(self) -> bool:
        """Whether nothing is left to do when all rows are computed."""
        return not self.layout.mirrors

    def _value(self, points: int) -> tuple[Any, Rows]:
        value = fresh((points,), self.dtype)
        return value, (value,)

    def _gradient(self) -> Callable[[int], tuple[Any, Rows]]:
        """The commonest case with all at hand: a small batch takes as long for this as for its operations."""
        count, dtype, rows, empty = self.layout.inputs, self.dtype, self._rows[1], np.empty

        def made(points: int) -> tuple[Any, Rows]:
            if points < LONG:
                value, slopes = empty(points, dtype), empty((count, points), dtype)
            else:
                value, slopes = fresh((points,), dtype), fresh((count, points), dtype)
            return (value, slopes), (value, *rows(slopes))

        return made

    def _made(self, points: int) -> tuple[Any, Rows]:
        """What is returned, and its rows in the order of the outputs."""
        layout, rows = self.layout, Rows()
        parts = []
        for shape, size, pick in zip(layout.shapes, self._sizes, self._rows):
            part = fresh((size, points), self.dtype)
            rows += pick(part)
            parts.append(part if len(shape) == 1 else part.reshape((*shape, points)))
        for _, row in layout.zeros:
            parts[2].reshape(self._sizes[2], points)[row] = 0
        return tuple(parts) if layout.order else parts[0], rows

    def finished(self, parts: Any) -> Any:
        """The same, with the entries that are equal to others by symmetry."""
        table = parts[2].reshape(self._sizes[2], -1)
        for _, row, original in self.layout.mirrors:
            table[row] = table[original]
        return parts


def _picked(rows: Sequence[int]) -> Callable[[Any], Rows]:
    """These rows of an array, one after the other; asked for at once they cost half."""
    if len(rows) == 1:
        (only,) = rows
        return lambda array: (array[only],)
    return itemgetter(*rows) if rows else lambda array: ()
