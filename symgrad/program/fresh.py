"""Arrays for results: long rows begin at a line of the cache, and lie where results that are gone have lain.

Storing across lines of the cache takes a third more, and memory that the system hands out anew, page by page, takes as
long as a dozen operations on it. So the memory of some results is kept when they are gone, as long as it is asked for.
Whether they are gone is told by Python's count of references: every view of a result refers to the memory itself.
"""

import math
import os
import sys
from ctypes import addressof, c_char
from itertools import count
from typing import Any, NamedTuple

import numpy as np

LINE = 64  # bytes
LONG = 1 << 14  # numbers in a row from which all this is worth the time
SHARE, KEPT = 32, 1 << 29  # memory of results, in use or not, that is watched: a 32nd of all, and at most so many bytes
MOST = 32  # pieces of it
WHILE = 64  # long results after which memory that none of them lay in is given back
_FLOAT64 = np.dtype(np.float64)


class _Piece(NamedTuple):
    memory: Any
    start: int  # of its first line of the cache
    used: int  # when it was used last, counted in results


_kept: list[_Piece] = []  # the last is the one used last
_calls = count(1)


def fresh(shape: tuple[int, ...], dtype: Any = _FLOAT64) -> Any:
    """An array of any contents that nobody else has; where rows are long, the first begins at a line of the cache.

    >>> fresh((2, 100_000)).ctypes.data % 64
    0
    """
    if shape[-1] < LONG:
        return np.empty(shape, dtype)
    memory, start, _ = _piece(math.prod(shape) * dtype.itemsize)
    return np.ndarray(shape, dtype, memory, start)


def _piece(size: int) -> _Piece:
    """So many bytes that nobody refers to, from a line of the cache on.

    Pieces that are looked at are taken out of the list meanwhile, so that no two threads ever look at the same.
    """
    now, total, found = next(_calls), size, None
    others: list[_Piece] = []
    while _kept and (found is None or not now % WHILE):
        try:
            piece = _kept.pop()
        except IndexError:  # taken by another thread
            break
        length = len(piece.memory)
        if found is None and size + LINE <= length <= size + size // 4 + LINE and _is_alone(piece):
            found = piece
        elif total + length <= KEPT_HERE and len(others) < MOST and piece.used > now - WHILE:
            others.append(piece)
            total += length
    memory, start = found[:2] if found else _made(size)  # one more reference, before others may see it again
    _kept.extend(others[::-1])
    piece = _Piece(memory, start, now)
    if len(memory) <= KEPT_HERE:
        _kept.append(piece)
    return piece


def _is_alone(piece: _Piece) -> bool:
    return sys.getrefcount(piece.memory) == _ALONE


def _made(size: int) -> tuple[Any, int]:
    memory = np.empty(size + LINE, np.uint8)
    return memory, -addressof(c_char.from_buffer(memory.data)) % LINE


def _kept_here() -> int:
    if not getattr(sys, "_is_gil_enabled", lambda: True)():  # without it, counts of references say nothing
        return 0
    try:
        return min(KEPT, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // SHARE)
    except (AttributeError, ValueError, OSError):  # a system without this
        return KEPT // 8


KEPT_HERE = _kept_here()
_EXAMPLE = _Piece(*_made(0), 0)
_ALONE = sys.getrefcount(_EXAMPLE.memory)  # references to memory that only a piece knows
