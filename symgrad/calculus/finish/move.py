"""The shape of a move: one named algebraic step at one place, offered to the search, which decides whether to take it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symgrad.calculus.finish.layout import Term
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import Add, Compare, Node


@dataclass(frozen=True)
class Offer:
    """An equal form of the formula at one place, the rule that gives it, the pieces its sentence names, and what must hold."""

    rule_id: str
    node: Node
    parts: Mapping[str, Node] = field(default_factory=dict)
    conditions: tuple[Compare, ...] = ()


Move = Callable[[Tidier, Node], Iterable[Offer]]


def without(desk: Tidier, term: Term, base: Node, exponent: Fraction) -> Term:
    """The term divided by base^exponent."""
    return desk.times([term, desk.single(base, -exponent)])


def brackets(term: Term) -> list[tuple[Add, Fraction]]:
    """The sums with a rational exponent among the factors of a term."""
    return [(b, e) for b, e in term.powers.values() if isinstance(b, Add) and isinstance(e, Fraction)]
