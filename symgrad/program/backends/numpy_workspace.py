"""Room to compute in: buffers that lie well in the cache, kept from one call of a kernel to the next."""

from collections import deque
from collections.abc import Callable, Mapping
from contextvars import Context
from threading import Lock
from typing import Any
from weakref import ref

import numpy as np

LINE = 64  # bytes; where a result crosses the lines of the cache, storing it takes twice the time
KEPT = 1 << 26  # bytes kept for later calls, by all kernels together


class Workspace:
    """Buffers, and a way to run code in which numpy does not warn: for one call at a time."""

    def __init__(self, kinds: Mapping[str, tuple[Any, int]], size: int) -> None:
        self._kinds = kinds
        self.bytes = sum(count * _lines(dtype, size) for dtype, count in kinds.values()) + LINE
        self._arena = np.empty(self.bytes, np.uint8)
        self._start = -self._arena.ctypes.data % LINE
        self.points, self.rows = 0, list[Any]()
        self.quietly = _quietly()

    def buffers(self, size: int) -> list[Any]:
        """All buffers, each of so many numbers; the bit patterns "i" are those of the reals "r"."""
        if self.points != size:
            rows, offset, starts = [], self._start, {}
            for kind, (dtype, count) in self._kinds.items():
                step = _lines(dtype, size)
                starts[kind] = offset
                if kind == "i" and count:
                    offset = starts["r"]
                for _ in range(count):
                    rows.append(np.ndarray(size, dtype, self._arena, offset))
                    offset += step
            self.points, self.rows = size, rows
        return self.rows


def _lines(dtype: Any, size: int) -> int:
    """The bytes of whole lines of the cache that so many numbers need."""
    return int(-(-size * dtype.itemsize // LINE) * LINE)


def _quietly() -> Callable[..., Any]:
    """A call in which floating-point errors are ignored: a context of its own costs a tenth of `errstate`."""
    if int(np.__version__.partition(".")[0]) >= 2:
        context = Context()
        context.run(np.seterr, all="ignore")
        return context.run

    def call(function: Callable[..., Any], *args: Any) -> Any:  # before, the setting belonged to the thread
        with np.errstate(all="ignore"):
            return function(*args)

    return call


class Workspaces:
    """The workspaces of a kernel that are not in use; as many as there were threads at once."""

    def __init__(self, kinds: Mapping[str, tuple[Any, int]], size: int) -> None:
        self._kinds, self.size = kinds, size
        self.idle: list[Workspace] = []

    def take(self) -> Workspace:
        """One for this call only: to be appended to `idle` after it."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.made()

    def made(self) -> Workspace:
        """A new one, for the same."""
        work = Workspace(self._kinds, self.size)
        _KEEPING.add(self, work.bytes)
        return work


class _Keeping:
    """Which workspaces were made; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: deque[tuple[ref[Workspaces], int]] = deque()
        self._bytes = 0

    def add(self, owner: Workspaces, size: int) -> None:
        with self._lock:
            self._made.append((ref(owner), size))
            self._bytes += size
            while self._bytes > KEPT and len(self._made) > 1:
                oldest, size = self._made.popleft()
                self._bytes -= size
                kernel = oldest()
                if kernel is not None:
                    kernel.idle.clear()


_KEEPING = _Keeping()
