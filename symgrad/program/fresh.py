"""Arrays for results: long rows begin at a line of the cache, and lie where results that are gone have lain.

Storing across lines of the cache takes a third more, and memory that the system hands out anew, page by page, takes as
long as a dozen operations on it. So the memory of some results is kept when they are gone. Whether they are gone is
asked of Python's count of references: every view of a result refers to the memory itself.
"""

import math
import sys
from ctypes import addressof, c_char
from typing import Any

import numpy as np

LINE = 64  # bytes
LONG = 1 << 13  # numbers in a row from which all this is worth the time
KEPT = 1 << 26  # bytes of memory, in use or not, that are looked through for results that are gone
MOST = 32  # pieces of it
_FLOAT64 = np.dtype(np.float64)
_kept: list[tuple[Any, int]] = []  # memory and where its first line begins; the last is the one used last


def fresh(shape: tuple[int, ...], dtype: Any = _FLOAT64) -> Any:
    """An array of any contents that nobody else has; where rows are long, the first begins at a line of the cache.

    >>> fresh((2, 100_000)).ctypes.data % 64
    0
    """
    if shape[-1] < LONG:
        return np.empty(shape, dtype)
    memory, start = _memory(math.prod(shape) * dtype.itemsize)
    return np.ndarray(shape, dtype, memory, start)


def _memory(size: int) -> tuple[Any, int]:
    """So many bytes that nobody refers to, from a line of the cache on.

    What is looked at is taken out of the list meanwhile, so that no two threads ever look at the same.
    """
    others: list[tuple[Any, int]] = []
    found, total = None, size
    while _kept and found is None and not _FREE_THREADED:
        try:
            entry = _kept.pop()
        except IndexError:  # taken by another thread
            break
        if size + LINE <= len(entry[0]) <= size + size // 4 + LINE and sys.getrefcount(entry[0]) == _ALONE:
            found = entry
        elif total + len(entry[0]) <= KEPT and len(others) < MOST:
            others.append(entry)
            total += len(entry[0])
    memory, start = found or _made(size)  # two more references, before others may see it again
    _kept.extend(others[::-1])
    if len(memory) <= KEPT:
        _kept.append((memory, start))
    return memory, start


def _made(size: int) -> tuple[Any, int]:
    memory = np.empty(size + LINE, np.uint8)
    return memory, -addressof(c_char.from_buffer(memory.data)) % LINE


_FREE_THREADED = not getattr(sys, "_is_gil_enabled", lambda: True)()
_ENTRY = _made(0)
_ALONE = sys.getrefcount(_ENTRY[0])  # references to memory that only the list knows
