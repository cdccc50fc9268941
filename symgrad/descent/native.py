"""Long runs of a rule as one loop of generated code: the same steps, the same rows, the same reasons to stop, sooner.

The loop of the program room makes the steps in blocks; what the watch says of each is found for a whole block at once,
and only where something looks suspicious is the watch itself asked step by step. Once a run keeps only every s-th row
(`rows.py`), it is also watched at those rows only; that a gradient is small or not finite is still seen at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgrad import syntax
from symgrad.descent.loop import Callback, Outcome
from symgrad.descent.methods.method import Method, Repeat
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.record import Iterate
from symgrad.descent.stop import Stop
from symgrad.descent.watch import CYCLE, FAR, Tolerance, Watch
from symgrad.errors import SymgradError
from symgrad.program.loop import Loop, Steps, compile_loop
from symgrad.syntax.tree import Call, Node, Symbol

_BOUNDS = ("lower bound", "upper bound")  # no rule's own names: these have no blanks
_CLIPPED = Call("clip", Symbol("x"), *map(Symbol, _BOUNDS))
LONG = 500  # steps from which compiling a loop pays
_FIRST, _LARGEST = 1_024, 20_000  # steps of the first block; numbers of a variable in the largest
_MOST = 4_000_000  # steps of a block, however few of them are kept
_BACK = 6  # steps before a suspicious one at which the watch begins to count


def loop_of(problem: Problem, method: Method, rate: Any) -> Loop | None:
    """The compiled loop of a rule; None where the rule or the problem is not made for it."""
    if not isinstance(method, Repeat) or problem.columns is not None or problem.project or callable(rate):
        return None
    rule = method.rule
    backend = problem.backend if problem.backend in ("llvm", "python") else "auto"
    assignments, hyper = rule.assignments, dict(rule.hyper)
    if problem.box is not None:
        assignments = (*assignments, ("x", _CLIPPED))
        hyper |= dict(zip(_BOUNDS, problem.box))
    # arrays as tuples, so that the loop is found again
    constants = tuple((name, tuple(np.ravel(value).tolist())) for name, value in hyper.items())
    given = rate if isinstance(rate, str) else None
    try:
        state = tuple(rule.state.items())
        return _compiled(problem.formula.tree, problem.names, assignments, state, constants, given, backend)
    except SymgradError:
        return None  # a function that only the step-by-step loop knows


@functools.lru_cache(maxsize=16)
def _compiled(
    tree: Node, names: tuple[str, ...], assignments: Any, state: Any, hyper: Any, rate: str | None, backend: str
) -> Loop:
    schedule = None if rate is None else syntax.parse(rate)
    return compile_loop(
        tree, names, assignments, state=dict(state), hyper=dict(hyper), rate=schedule, backend=backend
    )  # fmt: skip


def repeat_native(
    loop: Loop,
    problem: Problem,
    outcome: Outcome,
    rates: Callable[[int], float],
    *,
    steps: int,
    tolerance: Tolerance,
    callbacks: Sequence[Callback] = (),
) -> Outcome:
    """As `repeat` in loop.py; the callbacks are told of the last step of each block."""
    last = outcome.k + steps
    watch = outcome.watch(tolerance, overshoots=True)
    outcome.stop = watch.start(outcome.here)
    if outcome.k == 0:
        outcome.state = {name: np.full(loop.size, float(value)) for name, value in loop.state.items()}
    constant = not loop.scheduled
    seen = _Seen(watch, _row(problem, outcome.here.x)[np.newaxis])
    block = _FIRST
    try:
        while outcome.stop is None and outcome.k < last:
            steps = min(block, last - outcome.k)
            _block(loop, problem, outcome, seen, rates=rates(0) if constant else rates, steps=steps)
            block = min(4 * block, outcome.rows.stride * _LARGEST // loop.size, _MOST)
            for callback in callbacks:
                callback(Iterate(outcome.k, outcome.here.x, outcome.here.value, outcome.here.gradient))
    except KeyboardInterrupt:
        outcome.stop = Stop.INTERRUPTED
    outcome.watched = seen.memory()
    return outcome


def _block(loop: Loop, problem: Problem, outcome: Outcome, seen: _Seen, *, rates: Any, steps: int) -> None:
    """So many steps at once; where the watch stops inside them, only the steps up to there."""
    begun, before = dict(outcome.state), outcome.k
    stride, tolerance = outcome.rows.stride, seen.watch.tolerance.gradient
    numbers, rows, done = _steps(loop, outcome, rates=rates, steps=steps, state=begun, tolerance=tolerance)
    watched = len(rows) if stride == 1 or numbers[-1:] % stride == 0 else len(rows) - 1
    index, stop = seen.look(rows[:watched])
    if stop is not None:
        steps = int(numbers[index]) - before
        numbers, rows, done = _steps(loop, outcome, rates=rates, steps=steps, state=begun, tolerance=tolerance)
    elif done.stopped:
        stop = seen.watch.start(_evaluated(rows[-1], loop.size) if len(rows) else outcome.here)
    problem.evaluations.values += done.taken
    problem.evaluations.gradients += done.taken
    each = np.array([rates(int(k) - 1) for k in numbers]) if callable(rates) else rates
    outcome.rows.extend(numbers, rows, each)
    outcome.k = before + done.taken
    if len(rows):
        outcome.here = _evaluated(rows[-1], loop.size)
    outcome.state, outcome.stop = done.state, stop


def _steps(
    loop: Loop, outcome: Outcome, *, rates: Any, steps: int, state: Any, tolerance: float
) -> tuple[Any, Vector, Steps]:
    """The numbers and the rows of the points reached: those at multiples of the stride, and the last."""
    first, stride = outcome.k, outcome.rows.stride
    rate = 1.0 if callable(rates) else rates
    options: Any = {"tolerance": tolerance, "record": True}
    done = loop.run(outcome.here.x, rate, steps, state=state, first=first, every=stride, **options)
    # a row is the point before its step: that before the first is known, that after the last is seen by a step more
    last = first + done.taken
    known = 1 if first % stride == 0 else 0
    inner = np.arange(first + 1 + (-first - 1) % stride, last, stride)
    rows = np.empty((len(inner) + (done.taken > 0), done.rows.shape[1]))
    rows[: len(inner)] = done.rows[known : known + len(inner)]
    if done.taken:
        rows[-1] = loop.run(done.point, rate, 1, state=done.state, first=last, **options).rows[0]
    return np.append(inner, [last] * (done.taken > 0)).astype(np.int64), rows, done


def _row(problem: Problem, x: Vector) -> Vector:
    value, gradient = problem.function.vector(np.ascontiguousarray(x))
    return np.concatenate([[value], x, gradient])


def _evaluated(row: Vector, size: int) -> Evaluated:
    return Evaluated(row[1 : 1 + size].copy(), float(row[0]), row[1 + size :].copy())


# ---- the watch over a block --------------------------------------------------------------------------------------


class _Seen:
    """The watch, and the last rows that it need not have looked at one by one."""

    def __init__(self, watch: Watch, tail: Vector) -> None:
        self.watch = watch
        self.tail = tail
        self.fresh = True  # the watch's own memory belongs to the last row of the tail

    def look(self, rows: Vector) -> tuple[int, Stop | None]:
        """The index of the first row at which the watch says stop, and why."""
        if not len(rows):
            return 0, None
        known = len(self.tail)
        rows = np.vstack([self.tail, rows])
        suspicious = np.flatnonzero(_suspicious(self.watch, rows, known))
        self.tail = rows[-_BACK - 1 :]
        if not len(suspicious):
            self.fresh = False
            return 0, None
        begin = max(1, int(suspicious[0]) + known - _BACK)
        if self.fresh and begin <= known:
            begin = known
        index, stop = self._one_by_one(rows, begin, anew=not (self.fresh and begin == known))
        return index - known, stop

    def _one_by_one(self, rows: Vector, begin: int, *, anew: bool) -> tuple[int, Stop | None]:
        if anew:
            self.watch.forget()
        size = (rows.shape[1] - 1) // 2
        before = _evaluated(rows[begin - 1], size)
        self.fresh = True
        for index in range(begin, len(rows)):
            there = _evaluated(rows[index], size)
            stop = self.watch.step(before, there)
            if stop is not None:
                return index, stop
            before = there
        return 0, None

    def memory(self) -> dict[str, Any]:
        """What the watch must know to go on."""
        if not self.fresh and len(self.tail) > 1:
            self._one_by_one(self.tail, 1, anew=True)
        return self.watch.memory()


def _suspicious(watch: Watch, rows: Vector, known: int) -> Any:
    """At which of the rows after the first `known` a single step looks as it does before a stop."""
    size = (rows.shape[1] - 1) // 2
    columns = np.ascontiguousarray(rows[:, : 1 + size].T)  # every step below runs along a column
    values, points = columns[0, known - 1 :], columns[1:]
    there = points[:, known:]
    moved = np.abs(there - points[:, known - 1 : -1])
    most = moved.max(axis=0)
    found = ~(np.abs(values[1:]) <= FAR * watch.value_scale)  # NaN too
    far = FAR * watch.point_scale
    if not (there.max() <= far and there.min() >= -far):
        found |= np.any(np.abs(there) > far, axis=0)
    if watch.tolerance.step:
        found |= np.all(moved <= watch.tolerance.step * (1.0 + np.abs(there)), axis=0)
    else:
        found |= most == 0.0
    skipped = max(0, 2 - known)  # what has no row two steps before it
    back = np.abs(there[:, skipped:] - points[:, known + skipped - 2 : -2]).max(axis=0)
    found[skipped:] |= back <= 1e-9 * most[skipped:]
    if skipped and watch.before is not None:
        found[0] |= bool(np.max(np.abs(there[:, 0] - watch.before)) <= 1e-9 * most[0])
    if watch.tolerance.value:
        found |= np.abs(np.diff(values)) <= watch.tolerance.value * (1.0 + np.abs(values[1:]))
    return found


assert CYCLE <= _BACK
