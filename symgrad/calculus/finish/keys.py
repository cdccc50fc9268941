"""When two formulas are the same up to the order of terms and factors: a hashable key for each.

x + 1 and 1 + x share a key, and so do 2·x and x·2; no identity of functions and no expanding is known here.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from fractions import Fraction

from symgrad.calculus.algebra import numeric
from symgrad.syntax.tree import Add, Call, E, Multiply, Negate, Node, Number, Power

Key = Hashable


@dataclass(frozen=True)
class SumKey:
    """The key of a sum: its terms without order, each with its coefficient."""

    items: frozenset[tuple[Key, Fraction]]


class Keys:
    """Keys of formulas, each computed once."""

    def __init__(self) -> None:
        self._known: dict[Node, Key] = {}

    def of(self, node: Node) -> Key:
        """The key: equal for formulas that differ in the order of terms and factors only.

        >>> from symgrad.syntax.tree import ONE, Symbol
        >>> x, keys = Symbol("x"), Keys()
        >>> keys.of(Add(x, ONE)) == keys.of(Add(ONE, x)), keys.of(Add(x, ONE)) == keys.of(Add(x, Negate(ONE)))
        (True, False)
        """
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._make(node)
        return known

    def opposite(self, node: Add) -> Key:
        """The key that minus this sum has."""
        key = self.of(node)
        assert isinstance(key, SumKey)
        return SumKey(frozenset((core, -coefficient) for core, coefficient in key.items))

    def _make(self, node: Node) -> Key:
        if isinstance(node, Add):
            total: dict[Key, Fraction] = {}
            for term in _flat(node):
                coefficient, core = self._split(term)
                total[core] = total.get(core, Fraction(0)) + coefficient
            return SumKey(frozenset((core, c) for core, c in total.items() if c))
        if not node.children:
            return node
        value = numeric(node)
        if value is not None:
            return Number(value)
        if isinstance(node, (Multiply, Negate)):
            coefficient, core = self._split(node)
            return "·", coefficient, core
        if isinstance(node, Call) and node.function == "exp":
            return self.of(Power(E, node.children[0]))
        return type(node).__name__, node.payload, tuple(self.of(child) for child in node.children)

    def _split(self, node: Node) -> tuple[Fraction, Key]:
        """A product as its rational coefficient and the key of the rest."""
        coefficient, factors = Fraction(1), Counter[Key]()
        stack = [node]
        while stack:
            current = stack.pop()
            value = numeric(current)
            if value is not None:
                coefficient *= value
            elif isinstance(current, Negate):
                coefficient = -coefficient
                stack.append(current.argument)
            elif isinstance(current, Multiply):
                stack.extend(current.children)
            else:
                factors[self.of(current)] += 1
        return coefficient, frozenset(factors.items())


def _flat(node: Add) -> list[Node]:
    flat: list[Node] = []
    stack = list(reversed(node.children))
    while stack:
        current = stack.pop()
        if isinstance(current, Add):
            stack.extend(reversed(current.children))
        else:
            flat.append(current)
    return flat
