"""Room to compute in: buffers that lie well in the cache, kept from one call of a kernel to the next."""

from collections import deque
from collections.abc import Callable, Mapping
from contextvars import Context
from functools import cache
from threading import Lock
from typing import Any
from weakref import ref

import numpy as np

HAS_CONTEXTS = int(np.__version__.partition(".")[0]) >= 2  # before, errors were handled by thread
LINE = 64  # bytes; where a result crosses the lines of the cache, storing it takes twice the time
KEPT = 1 << 26  # bytes kept for later calls, by all kernels together


class Workspace:
    """Buffers, and a way to run code in which numpy does not warn: for one call at a time.

    Where it listens, `alarms` has what overflowed or was invalid since it was last emptied.
    """

    def __init__(self, kinds: Mapping[str, tuple[Any, int]], size: int, *, listens: bool = False) -> None:
        self._kinds = kinds
        self.bytes = sum(count * _lines(dtype, size) for dtype, count in kinds.values()) + LINE
        self._arena = np.empty(self.bytes, np.uint8)
        self._start = -self._arena.ctypes.data % LINE
        self.points, self.rows = -1, list[Any]()  # as cut last
        self.alarms: list[str] = []
        self.quietly = _quietly(self.alarms if listens else None)

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


def _quietly(alarms: list[str] | None = None) -> Callable[..., Any]:
    """A call in which floating-point errors are no warnings: a context of its own costs a tenth of `errstate`."""
    if HAS_CONTEXTS:
        context = Context()
        context.run(np.seterr, all="ignore")
        if alarms is not None:
            context.run(np.seterr, over="call", invalid="call")
            context.run(np.seterrcall, lambda kind, _: alarms.append(kind))
        return context.run

    def call(function: Callable[..., Any], *args: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*args)

    return call


@cache
def alarms_are_heard() -> bool:
    """Whether numpy tells of every e^u that is too large, of sums that are, and of ∞·0: once asked, of long and short.

    The flags of the processor are the only thing that says so without a look at each number.
    """
    if not HAS_CONTEXTS:
        return False
    for dtype, large in ((np.float64, 1e308), (np.float32, 3e38)):
        for length in (1, 5, 16):
            for place in {0, length - 1}:
                for function, values in ((np.exp, (1000,)), (np.add, (large, large)), (np.multiply, (np.inf, 0))):
                    args = np.ones((len(values) + 1, length), dtype)
                    args[: len(values), place] = values
                    if not _is_heard(function, args):
                        return False
    return True


def _is_heard(function: Callable[..., Any], args: Any) -> bool:
    alarms: list[str] = []
    _quietly(alarms)(function, *args)
    return bool(alarms)


class Workspaces:
    """The workspaces of a kernel that are not in use; as many as there were threads at once."""

    def __init__(self, kinds: Mapping[str, tuple[Any, int]], size: int, *, listen: bool = False) -> None:
        self._kinds, self.size, self._listen = kinds, size, listen
        self.idle: list[Workspace] = []

    def take(self) -> Workspace:
        """One for this call only: to be appended to `idle` after it."""
        try:
            return self.idle.pop()
        except IndexError:
            return self.made()

    def made(self) -> Workspace:
        """A new one, for the same."""
        work = Workspace(self._kinds, self.size, listens=self._listen)
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
