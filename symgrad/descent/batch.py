"""Many starts at once: the points of all runs are one array, and one step of the rule moves them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgrad.descent.descend import Rate, as_rates
from symgrad.descent.problem import Vector, box_of
from symgrad.descent.rules import find_rule
from symgrad.descent.stop import Stop
from symgrad.descent.update import UpdateRule
from symgrad.descent.watch import FAR, GROWING
from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.program import compile  # noqa: A004 - the public name

_REASONS = (Stop.STEP_LIMIT, Stop.CONVERGED_GRADIENT, Stop.NOT_FINITE, Stop.DIVERGED, Stop.UNBOUNDED_BELOW)
_SIFT = 16  # steps between two looks at which runs are over


@dataclass(frozen=True, eq=False)
class Batch:
    """Where many runs of one rule ended.

    Args:
        formula, names, rule: as of a trace.
        starts, points: (B, n), one row a run.
        values: (B,), the values at `points`.
        gradients: (B, n), the gradients there.
        steps: (B,), how many steps each made.
        stops: (B,), why each ended, as `Stop` members.

    >>> runs = descend_many("x^4 - 2x^2", np.linspace(-2, 2, 5), rate=0.05, steps=500)
    >>> runs.points[:, 0].round(6).tolist(), runs.best
    ([-1.0, -1.0, 0.0, 1.0, 1.0], 0)
    """

    formula: Formula
    names: tuple[str, ...]
    rule: str
    starts: Vector
    points: Vector
    values: Vector
    gradients: Vector
    steps: Any
    stops: Any

    @property
    def best(self) -> int:
        """The index of the run with the lowest value; the first of equals, to nine digits."""
        finite = np.where(np.isfinite(self.values), self.values, np.inf)
        lowest = float(np.min(finite))
        return int(np.argmax(finite <= lowest + 1e-9 * (1 + abs(lowest))))

    @property
    def counts(self) -> dict[Stop, int]:
        """How many runs ended for each reason."""
        return {stop: int(np.sum(self.stops == stop)) for stop in Stop if np.any(self.stops == stop)}

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        told = ", ".join(f"{count} {stop.name}" for stop, count in self.counts.items())
        return f"<Batch of {len(self)} runs of {self.rule}: {told}>"


def descend_many(
    formula: Any,
    starts: Any,
    rate: Rate = None,
    *,
    steps: int = 1000,
    tolerance: float = 1e-8,
    rule: str | UpdateRule = "gradient descent",
    variables: Sequence[str] | None = None,
    backend: str = "auto",
) -> Batch:
    """Repeat a rule from many starts at once.

    Args:
        formula: as for `descend`.
        starts: (B, n), one start a row; (B,) for one variable.
        rate, steps, tolerance, variables, backend: as for `descend`.
        rule: an update rule; methods with line searches go one by one.

    Returns:
        Where each run ended, and why.
    """
    formula = as_formula(formula)
    names = tuple(variables) if variables is not None else formula.names
    whole = rule if isinstance(rule, UpdateRule) else find_rule(rule)
    given = np.array(starts, dtype=float)
    given = given[:, np.newaxis] if given.ndim == 1 and len(names) == 1 else given
    if given.ndim != 2 or given.shape[1] != len(names) or not np.all(np.isfinite(given)):
        raise UsageError(f"The starts are finite numbers, {len(names)} in each row; they have the shape {given.shape}.")
    if rate is None and whole.rate is None:
        raise UsageError("Many starts need a learning rate.", hint="Give rate=…, or a rule with a usual one (Adam).")
    herd = _Herd(compile(formula, order=1, variables=names, backend=backend), whole, given.T.copy(), tolerance)
    with np.errstate(all="ignore"):
        herd.run(as_rates(rate if rate is not None else whole.rate), steps)
    return Batch(formula, names, whole.name, given, herd.x.T, herd.value, herd.gradient.T, herd.taken, herd.stops())


def random_starts(
    bounds: Mapping[str, tuple[float, float]] | Sequence[tuple[float, float]], count: int, seed: int = 0
) -> Vector:
    """So many starts, evenly at random in a box: (count, n), in the order of the bounds."""
    pairs = list(bounds.values()) if isinstance(bounds, Mapping) else list(bounds)
    box = box_of(pairs, tuple(f"x{i}" for i in range(len(pairs))))
    assert box is not None
    if not (np.all(np.isfinite(box[0])) and np.all(np.isfinite(box[1]))):
        raise UsageError("Random starts need finite bounds.")
    return np.random.default_rng(seed).uniform(box[0], box[1], (count, len(pairs)))


class _Herd:
    """All runs: arrays over those still going, and the results of those that are over."""

    def __init__(self, function: Any, rule: UpdateRule, x: Vector, tolerance: float) -> None:
        self.function, self.rule, self.tolerance = function, rule, tolerance
        self.x, size = x, x.shape[1]
        self.value, self.gradient = np.empty(size), np.empty(x.shape)
        self.taken = np.zeros(size, int)
        self.scale = self.first = np.ones(size)
        self.code = np.zeros(size, int)  # the index in _REASONS; 0: still going

    def run(self, rates: Any, steps: int) -> None:
        """Step by step, sifting out what is over every few steps."""
        going = np.arange(self.x.shape[1])
        x, state = self.x.copy(), self.rule.start(self.x.shape)
        value, y = self.function(*x)
        self.scale, self.first = 1 + np.max(np.abs(x), axis=0), 1 + np.abs(value)
        growing = np.zeros(len(going), int)
        code = self._over(x, value, y, growing)
        self._put(going, (x, value, y), 0, code)
        for k in range(steps):
            if k % _SIFT == 0 or code.all():
                left = code == 0
                going, x, value, y = going[left], x[:, left], value[left], y[:, left]
                state = {name: part[:, left] for name, part in state.items()}
                self.scale, self.first = self.scale[left], self.first[left]
                growing, code = growing[left], code[left]
                if not len(going):
                    return
            x, state = self.rule.step(x, y, rates(k), k, state)
            before = value
            value, y = self.function(*x)
            growing = np.where(value >= before, growing + 1, 0)
            now = np.where(code == 0, self._over(x, value, y, growing), 0)
            done = now > 0
            if done.any():
                self._put(going[done], (x[:, done], value[done], y[:, done]), k + 1, now[done])
                code = np.where(done, now, code)
        left = code == 0
        self._put(going[left], (x[:, left], value[left], y[:, left]), steps, code[left])

    def _put(self, where: Any, here: tuple[Vector, Vector, Vector], taken: int, code: Any) -> None:
        self.x[:, where], self.value[where], self.gradient[:, where] = here
        self.taken[where], self.code[where] = taken, code

    def _over(self, x: Vector, value: Vector, y: Vector, growing: Any) -> Any:
        """Which runs are over, by the tests of the watch that need no look back."""
        slope = np.max(np.abs(y), axis=0)
        far = np.max(np.abs(x), axis=0) > FAR * self.scale
        code = np.where(slope <= self.tolerance, 1, 0)
        code = np.where((growing >= GROWING) & ((value > FAR * self.first) | far), 3, code)
        code = np.where((growing == 0) & (value < -self.first) & ((value < -FAR * self.first) | far), 4, code)
        return np.where(np.isfinite(value) & np.isfinite(slope), code, 2)

    def stops(self) -> Any:
        """The reasons as members."""
        return np.array(_REASONS)[self.code]
