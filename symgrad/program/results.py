"""The arrays that a batch of points is computed into: the parts of a layout, and their rows, one for each output."""

import math
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from symgrad.program.fresh import fresh
from symgrad.program.layout import Layout

Rows = tuple[Any, ...]  # one array of N points for each output


class Results:
    """Value, gradient and Hessian over lines of points.

    >>> import numpy as np
    >>> results = Results(Layout(1, 2, 1, [], several=False), np.dtype(float))
    >>> (value, gradient), rows = results.made(5)
    >>> gradient.shape, [row.shape for row in rows]
    ((2, 5), [(5,), (5,), (5,)])
    """

    def __init__(self, layout: Layout, dtype: Any) -> None:
        self.layout, self.dtype = layout, dtype
        self._sizes = [math.prod(shape) for shape in layout.shapes]
        self._rows = [_picked([row for part, row in layout.places if part == k]) for k in range(len(layout.shapes))]
        self.cut = self._rows[-1]  # of simple ones, what gives the rows of the gradient

    @property
    def are_simple(self) -> bool:
        """Whether they are one value and its gradient."""
        return self.layout.order == 1 and not self.layout.several

    @property
    def are_complete(self) -> bool:
        """Whether nothing is left to do when all rows are computed."""
        return not self.layout.mirrors

    def made(self, points: int) -> tuple[Any, Rows]:
        """What is returned, and its rows in the order of the outputs."""
        if self.layout.order == 0 and not self.layout.several:
            value = fresh((points,), self.dtype)
            return value, (value,)
        if self.are_simple:
            value, slopes = fresh((points,), self.dtype), fresh((self.layout.inputs, points), self.dtype)
            return (value, slopes), (value, *self.cut(slopes))
        return self._made(points)

    def _made(self, points: int) -> tuple[Any, Rows]:
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
