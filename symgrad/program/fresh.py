"""Arrays for results: where a large one begins at a line of the cache, storing into it is a third quicker."""

import math
from ctypes import addressof, c_char
from typing import Any

import numpy as np

LINE = 64  # bytes
LONG = 1 << 13  # numbers in a row from which looking where it lies is worth the time
_FLOAT64 = np.dtype(np.float64)


def fresh(shape: tuple[int, ...], dtype: Any = _FLOAT64) -> Any:
    """An array of any contents; where rows are long, the first begins at a line of the cache.

    >>> fresh((2, 100_000)).ctypes.data % 64
    0
    """
    if shape[-1] < LONG:
        return np.empty(shape, dtype)
    raw = np.empty(math.prod(shape) * dtype.itemsize + LINE, np.uint8)
    start = addressof(c_char.from_buffer(raw.data))  # a third of the time that raw.ctypes.data takes
    return np.ndarray(shape, dtype, raw, -start % LINE)
