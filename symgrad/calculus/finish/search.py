"""Choosing the form: offers of the moves, taken while they make the formula easier to read, a few ways side by side.

Bounded: formulas above LARGEST nodes are only tidied, and the forms looked at have no more than _MOST_NODES in all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from symgrad.calculus.finish import forms, inverses, signs, trigonometry
from symgrad.calculus.finish.cost import Cost
from symgrad.calculus.finish.move import Move, Offer
from symgrad.calculus.finish.tidy import Tidier, UndefinedError
from symgrad.syntax.tree import Add, Call, Compare, Divide, Multiply, Negate, Node, Path, Piecewise, Power
from symgrad.syntax.walks import replace_at, size, unique

LARGEST = 400
_MOST_NODES = 9000
_BEAM = 3
_ROUNDS = 3

# What a step has to save before it is worth a line of its own. Identities come first, then the form as a whole, then
# what polishes a form.
_IDENTITIES: tuple[tuple[Move, float], ...] = (
    (inverses.exact_values, 0.0),
    (trigonometry.squares, 0.6),
    (trigonometry.quotients, 0.6),
    (trigonometry.double_angle, 0.0),
    (signs.absolute_values, 0.0),
    (signs.even_and_odd, 0.0),
    (inverses.root_of_square, 0.0),
    (inverses.squares_under_root, 0.0),
    (inverses.function_of_inverse, 0.0),
    (inverses.one_root, 0.0),
    (inverses.exponential_of_logarithm, 0.0),
    (inverses.logarithm_of_exponential, 0.0),
    (forms.clear_small_fractions, 0.4),
)
_POLISH: tuple[tuple[Move, float], ...] = (
    (forms.pull_content, 0.2),
    (forms.turn_signs, 0.2),
)
_FORMS: tuple[tuple[Move, float], ...] = (
    (forms.cancel_sums, -0.5),  # a fraction that can be reduced is reduced, even if that saves no ink
    (forms.common_factor, 0.05),
    (forms.common_denominator, 1.0),
    (forms.multiply_out, 0.4),
)


@dataclass(frozen=True)
class Step:
    """One offer taken: the whole formula before and after, and the place."""

    offer: Offer
    before: Node
    after: Node
    path: Path
    conditions: tuple[Compare, ...]


@dataclass(frozen=True)
class State:
    """A form reached, the steps that lead there, and its cost with the price of the steps."""

    node: Node
    steps: tuple[Step, ...]
    cost: float


class Search:
    """The search for the most readable form of one answer."""

    def __init__(self, desk: Tidier) -> None:
        self.desk = desk
        self.cost = Cost()
        self._left = _MOST_NODES
        self._offered: dict[tuple[Move, Node], tuple[Offer, ...]] = {}

    def best(self, node: Node) -> State:
        """The most readable form found, with the steps to it."""
        start = self._closed(State(node, (), self.cost(node)), _IDENTITIES)
        beam, best, seen = [start], self._polished(start), {start.node}
        for _ in range(_ROUNDS):
            found: list[State] = []
            for state in beam:
                for step, price in self._offers(state.node, _FORMS):
                    reached = self._closed(self._after(state, step, price), _IDENTITIES)
                    if reached.node not in seen:
                        seen.add(reached.node)
                        found.append(reached)
            beam = sorted(found, key=lambda state: state.cost)[:_BEAM]
            if not beam:
                break
            best = min((best, *map(self._polished, beam)), key=lambda state: state.cost)
        return best

    def _polished(self, state: State) -> State:
        return self._closed(state, _POLISH + _IDENTITIES)

    def _closed(self, state: State, moves: tuple[tuple[Move, float], ...]) -> State:
        """The state after all these moves that reduce its cost, the most saving one first."""
        while self._left > 0:
            reached = [self._after(state, step, price) for step, price in self._offers(state.node, moves)]
            better = min(reached, key=lambda s: s.cost, default=state)
            if better.cost >= state.cost - 1e-9:
                break
            state = better
        return state

    def _after(self, state: State, step: Step, price: float) -> State:
        spent = state.cost - self.cost(state.node)
        return State(step.after, (*state.steps, step), self.cost(step.after) + spent + price)

    def _offered_by(self, move: Move, place: Node) -> tuple[Offer, ...]:
        """What a move offers for a formula, asked once."""
        found = self._offered.get((move, place))
        if found is None:
            try:
                found = tuple(offer for offer in move(self.desk, place) if offer.node != place)
            except UndefinedError:
                found = ()
            self._offered[move, place] = found
        return found

    def _offers(self, node: Node, moves: tuple[tuple[Move, float], ...]) -> Iterator[tuple[Step, float]]:
        weight = size(node)
        self.desk.functions = frozenset(part.function for part in unique(node) if isinstance(part, Call))
        for path, place in places(node):
            if path and isinstance(place, Add) and place in self.desk.known.typed:
                continue
            for move, price in moves:
                for offer in self._offered_by(move, place):
                    self._left -= weight
                    if self._left < 0:
                        return
                    self.desk.journal.conditions.clear()
                    after = self.desk.tidy(replace_at(node, path, offer.node))
                    lost = (*offer.conditions, *self.desk.journal.conditions)
                    if after != node:
                        yield Step(offer, node, after, path, lost), price


def places(node: Node) -> Iterator[tuple[Path, Node]]:
    """Where a move may act: the answer's sums, products, quotients and powers, not what stands in functions."""
    stack: list[tuple[Path, Node]] = [((), node)]
    while stack:
        path, current = stack.pop()
        if not current.children:
            continue
        yield path, current
        if isinstance(current, (Add, Multiply, Divide, Negate)):
            inside = list(range(len(current.children)))
        elif isinstance(current, Power):
            inside = [0]
        elif isinstance(current, Piecewise):
            inside = list(range(0, len(current.children), 2))
        else:
            inside = []
        stack.extend(((*path, k), current.children[k]) for k in reversed(inside))
