"""Medians of interleaved rounds: everybody has a turn in each round, so that a busy minute is a busy minute for all.

A contender is a `Statement`: its text as a caller would write it, the names in it, and how to read what it computed, so
that the results of the very statement are compared before it is timed. Who they are stands in `contenders`.
"""

import contextlib
import statistics
import time
import timeit
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

LONGEST = 8.0  # seconds that all rounds of one statement may take together
GIVEN_UP = 20.0  # seconds of one call beyond which a statement is left out


class Statement(NamedTuple):
    """What is timed: an expression in Python, its names, and how its value is read as all outputs in order."""

    text: str
    names: Mapping[str, Any]
    read: Callable[[Any], Any]

    def result(self) -> Any:
        """All outputs, by the statement itself."""
        return self.read(eval(self.text, dict(self.names)))  # noqa: S307


def joined(parts: Any) -> Any:
    """Value, gradient (and Hessian) at one point in one row, value and gradient of arrays in rows."""
    value, slopes, *second = (np.asarray(part) for part in parts)
    if value.ndim:
        return np.concatenate([value[None], slopes])
    return np.concatenate([value.ravel(), slopes.ravel(), *(part.ravel() for part in second)])


class Timed(NamedTuple):
    """Seconds a call: the median of the rounds, and the quickest."""

    median: float
    least: float


def interleaved(
    statements: Mapping[str, Statement],
    *,
    rounds: int = 25,
    seconds: float = 0.002,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, Timed]:
    """Seconds a call of each of some statements.

    Args:
        statements: by name.
        rounds: how often everybody has a turn; fewer where a single call takes long.
        seconds: how long a turn should be.
        clock: CPU time, so that a busy machine does not tell stories; `time.perf_counter` where several threads work.
    """
    timers = {name: timeit.Timer(one.text, timer=clock, globals=dict(one.names)) for name, one in statements.items()}
    once = {name: _warm(timer) for name, timer in timers.items()}
    timers = {name: timer for name, timer in timers.items() if once[name] < GIVEN_UP}
    counts = {name: max(1, int(seconds / once[name])) for name in timers}
    turns = {name: max(1, min(rounds, int(LONGEST / (counts[name] * once[name])))) for name in timers}
    times: dict[str, list[float]] = {name: [] for name in timers}
    for turn in range(rounds):
        for name, timer in timers.items():
            if turn < turns[name]:
                times[name].append(timer.timeit(counts[name]) / counts[name])
    return {name: Timed(statistics.median(found), min(found)) for name, found in times.items()}


def _warm(timer: timeit.Timer) -> float:
    """Seconds a call after some that don't count: the first may compile, the next few fill caches."""
    start = time.perf_counter()
    timer.timeit(1)
    if time.perf_counter() - start < 0.01:
        timer.timeit(20)
        return max(timer.timeit(20) / 20, 1e-8)
    start = time.perf_counter()
    timer.timeit(1)
    return max(time.perf_counter() - start, 1e-8)


def quick(call: Callable[[], Any], rounds: int = 3, clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of a call that is too long, or too much of a first time, for rounds: the median of a few."""
    times = []
    for _ in range(rounds):
        start = clock()
        call()
        times.append(clock() - start)
        if times[0] > LONGEST / 2:
            break
    return statistics.median(times)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings of peers: what they warn of is compared, not printed."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def close(found: Any, expected: Any) -> bool:
    """Whether two contenders computed the same, up to rounding and to the last digits of sums that cancel."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    if found.shape != expected.shape:
        return False
    scale = np.abs(expected).max(initial=0.0)
    return bool(np.allclose(found, expected, rtol=1e-8, atol=1e-9 * scale))
