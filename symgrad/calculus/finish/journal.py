"""What tidying did and what it lost: the conditions under which both sides have the same domain, and what happened.

Results are remembered together with their conditions, so that a part tidied twice states them twice.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

from symgrad.calculus.algebra import numeric
from symgrad.calculus.finish.known import Known
from symgrad.calculus.finish.layout import Term
from symgrad.syntax.tree import ZERO, Call, Compare, Divide, E, Node, Power
from symgrad.syntax.walks import depends_on, walk

Result = TypeVar("Result")
_POLES = {"tan": "cos", "sec": "cos", "cot": "sin", "csc": "sin"}


class Journal:
    """The record of one desk: `conditions` that a step made, `events` that name it; whoever asks clears them first."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.conditions: list[Compare] = []
        self.events: list[str] = []
        self._memo: dict[tuple[str, Node], tuple[Any, tuple[Compare, ...], tuple[str, ...]]] = {}

    def remember(self, task: str, node: Node, work: Callable[[Node], Result]) -> Result:
        """The result of some work on a formula, done once; what it lost and did is told again each time."""
        found = self._memo.get((task, node))
        if found is None:
            outer_conditions, outer_events = self.conditions, self.events
            self.conditions, self.events = [], []
            try:
                result = work(node)
                found = self._memo[task, node] = result, tuple(self.conditions), tuple(self.events)
            finally:
                self.conditions, self.events = outer_conditions, outer_events
        self.conditions.extend(found[1])
        self.events.extend(found[2])
        return found[0]

    def nonzero(self, node: Node) -> None:
        """From here on the step needs node ≠ 0, unless that is known."""
        if not self.known.nonzero(node):
            self.conditions.append(Compare("!=", node, ZERO))

    def nonnegative(self, node: Node) -> None:
        """From here on the step needs node ≥ 0, unless that is known."""
        if not self.known.nonnegative(node):
            self.conditions.append(Compare(">=", node, ZERO))

    def positive(self, node: Node) -> None:
        """From here on the step needs node > 0, unless that is known."""
        if not self.known.positive(node):
            self.conditions.append(Compare(">", node, ZERO))

    def merged(self, base: Node, first: Fraction, second: Fraction) -> None:
        """base^first·base^second became one power."""
        total = first + second
        self.events.append("like powers" if min(first, second) >= 0 else "cancel")
        if min(first, second) < 0 <= total:
            self.nonzero(base)
        if (first.denominator % 2 == 0 or second.denominator % 2 == 0) and total.denominator % 2:
            self.nonnegative(base)

    def raised(self, base: Node, height: Fraction, total: Fraction) -> None:
        """(base^height)^… became base^total."""
        if height < 0 < total:
            self.nonzero(base)
        if height.denominator % 2 == 0 and total.denominator % 2:
            self.nonnegative(base)

    def raised_symbolically(self, base: Node, height: Node, exponent: Fraction) -> None:
        """(base^height)^exponent became base^(height·exponent) for a height that is no number."""
        if exponent < 0:
            self.nonzero(base)
        if self.known.variable is not None and depends_on(height, self.known.variable):
            self.positive(base)

    def vanished(self, term: Term) -> None:
        """A term times zero disappeared: where it made no sense, the formula without it does."""
        for base, exponent in term.powers.values():
            if isinstance(exponent, Node):
                self.gone(Power(base, exponent))
                continue
            if exponent < 0:
                self.nonzero(base)
            if exponent.denominator % 2 == 0:
                self.nonnegative(base)
            self.gone(base)

    def gone(self, formula: Node) -> None:
        """A part disappeared, and with it what its denominators, roots, logarithms and poles asked for."""
        for node in walk(formula):
            if isinstance(node, Divide):
                self.nonzero(_base(node.denominator))
            elif isinstance(node, Power):
                self._power_gone(node)
            elif isinstance(node, Call):
                self._call_gone(node)

    def _power_gone(self, power: Power) -> None:
        height = numeric(power.exponent)
        if height is None:
            if power.base != E:
                self.positive(power.base)
            return
        if height < 0:
            self.nonzero(power.base)
        if height.denominator % 2 == 0:
            self.nonnegative(power.base)

    def _call_gone(self, call: Call) -> None:
        u = call.children[0]
        if call.function in ("ln", "log"):
            self.positive(u)
        elif call.function == "sqrt":
            self.nonnegative(u)
        elif call.function in _POLES:
            self.nonzero(Call(_POLES[call.function], u))
        elif call.function in ("coth", "csch"):
            self.nonzero(u)


def _base(node: Node) -> Node:
    return node.base if isinstance(node, Power) else node
