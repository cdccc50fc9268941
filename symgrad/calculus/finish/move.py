"""The shape of a move: one named algebraic step at one place, offered to the search, which takes it or not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeGuard

from symgrad.calculus.finish.layout import Exponent, Term
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import Add, Compare, Node


@dataclass(frozen=True)
class Offer:
    """An equal form of the formula at one place, the rule that gives it, the pieces it names, and what must hold."""

    rule_id: str
    node: Node
    parts: Mapping[str, Node] = field(default_factory=dict)
    conditions: tuple[Compare, ...] = ()


Move = Callable[[Tidier, Node], Iterable[Offer]]


def without(desk: Tidier, term: Term, base: Node, exponent: Exponent) -> Term:
    """The term divided by base^exponent."""
    return desk.times([term, desk.raised(desk.single(base, exponent), Fraction(-1))])


def brackets(term: Term) -> list[tuple[Add, Fraction]]:
    """The sums with a rational exponent among the factors of a term."""
    return [(b, e) for b, e in term.powers.values() if isinstance(b, Add) and isinstance(e, Fraction)]


def height_of(desk: Tidier, term: Term, base: Node) -> Fraction | None:
    """The exponent of a base in a term, 0 where it does not occur, None where it is no number."""
    found = term.powers.get(desk.keys.of(base))
    if found is None:
        return Fraction(0)
    return found[1] if isinstance(found[1], Fraction) else None


def mentions(desk: Tidier, functions: Iterable[str]) -> bool:
    """Whether any of the functions occurs in the formula at hand."""
    return not desk.functions.isdisjoint(functions)


def whole(exponent: Exponent) -> TypeGuard[Fraction]:
    """Whether an exponent is an integer."""
    return isinstance(exponent, Fraction) and exponent.denominator == 1


def odd(exponent: Exponent) -> TypeGuard[Fraction]:
    """Whether an exponent is an odd integer."""
    return whole(exponent) and exponent % 2 == 1
