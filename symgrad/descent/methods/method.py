"""What every method is to the loop: a name, a beginning and a move. Nothing concrete stands here but the repeating of a
rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from symgrad.descent.problem import Evaluated, Problem
from symgrad.descent.stop import Stop
from symgrad.descent.update import UpdateRule


class Move(NamedTuple):
    """One step made: where it led, what the method remembers, and the rate or length of the step."""

    there: Evaluated
    state: dict[str, Any]
    rate: float


class Failed(NamedTuple):
    """No step could be made, and why."""

    stop: Stop
    detail: str = ""


class Method(Protocol):
    """A way to go from one point to the next. State is passed, never kept: numbers and arrays by name, so that it can
    be saved."""

    @property
    def name(self) -> str:
        """What a lecturer calls it."""
        ...

    @property
    def rate(self) -> float | None:
        """The learning rate used where none is given; None: 1/λ at the start."""
        ...

    @property
    def overshoots(self) -> bool:
        """Whether its steps may lead up, so that growing values mean divergence."""
        ...

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The state before the first step."""
        ...

    def move(self, problem: Problem, here: Evaluated, state: Mapping[str, Any], k: int, rate: float) -> Move | Failed:
        """Step number k from here."""
        ...


@dataclass(frozen=True)
class Repeat:
    """An update rule, repeated."""

    rule: UpdateRule
    overshoots: bool = True

    @property
    def name(self) -> str:
        """The name of the rule."""
        return self.rule.name

    @property
    def rate(self) -> float | None:
        """The usual learning rate of the rule."""
        return self.rule.rate

    def begin(self, problem: Problem, first: Evaluated) -> dict[str, Any]:
        """The rule's state before the first step."""
        return self.rule.start(len(first.x))

    def move(self, problem: Problem, here: Evaluated, state: Mapping[str, Any], k: int, rate: float) -> Move | Failed:
        """x ← u(x, ∇f(x), rate), moved back into the bounds where there are any."""
        x, state = self.rule.step(here.x, here.gradient, rate, k, state)
        if problem.box is not None:
            x = np.clip(x, *problem.box)
        if problem.project is not None:
            x = np.asarray(problem.project(x), float)
        problem.turn(k + 1)
        return Move(problem.at(x), state, rate)
