"""How hard a formula is to read: one number, the sum of what the eye has to take in.

    a letter, a constant, a digit                  1 (each further digit 0.6)
    + or −                                         1 (a minus sign in front 0.5)
    a fraction bar                                 1 (a bar inside a bar 3; a letter or number > 1 that all terms
                                                   of a sum above it share 1.5 each, since zeros should be seen)
    a whole exponent                               1 (a fraction 2, a negative one 2 more, any other 2 and its own)
    a bracket around a sum that is a factor        2.5
    √ 1.5, | | 2, a function 3, one of the rarer functions (sec, coth, …) 4.5, and what stands in them

The weights were set on the answers in textbooks: 2x·sin x + x²·cos x stays a sum, a common e^(2x) is taken out.
"""

from math import gcd

from symgrad.calculus.algebra import numeric
from symgrad.syntax.tree import Add, Apply, Call, Constant, Divide, Multiply, Negate, Node, Number, Power, Symbol

BRACKET = 2.5
_RARE = frozenset({"sec", "csc", "cot", "sech", "csch", "coth"})
_FUNCTION = {"sqrt": 1.5, "abs": 2.0}


class Cost:
    """Readability costs, each computed once."""

    def __init__(self) -> None:
        self._known: dict[Node, float] = {}

    def __call__(self, node: Node) -> float:
        """The cost of a whole formula.

        >>> x = Symbol("x")
        >>> Cost()(Add(x, Number(7))), Cost()(Negate(x)), Cost()(Power(x, Number(2)))
        (3.0, 1.5, 2.0)
        """
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._of(node)
        return known

    def _of(self, node: Node) -> float:
        if isinstance(node, Number):
            text = node.text or str(node.value)
            return 1 + 0.6 * (len(text) - 1)
        if isinstance(node, (Symbol, Constant)):
            return 1
        if isinstance(node, Add):
            inside = [
                self(child.argument if k and isinstance(child, Negate) else child)
                for k, child in enumerate(node.children)
            ]
            return sum(inside) + len(inside) - 1
        if isinstance(node, Negate):
            return 0.5 + self._factor(node.argument)
        if isinstance(node, Multiply):
            return sum(self._factor(child) for child in node.children)
        if isinstance(node, Divide):
            nested = 2.0 * sum(_has_bar(child) for child in node.children)
            return 1 + nested + self(node.numerator) + self(node.denominator) + 1.5 * _in_common(node.numerator)
        if isinstance(node, Power):
            return self._factor(node.base) + self._height(node.exponent)
        if isinstance(node, Call):
            name = 4.5 if node.function in _RARE else _FUNCTION.get(node.function, 3.0)
            minus = 0.5 if isinstance(node.children[0], Negate) else 0.0
            return name + minus + sum(self(child) for child in node.children)
        if isinstance(node, Apply):
            return 2 + sum(node.orders) * 0.5 + sum(self(child) for child in node.children)
        return 1 + sum(self(child) for child in node.children)

    def _factor(self, node: Node) -> float:
        return self(node) + (BRACKET if isinstance(node, Add) else 0)

    def _height(self, exponent: Node) -> float:
        height = numeric(exponent)
        if height is not None:
            return (1.0 if height.denominator == 1 else 2.0) + (2.0 if height < 0 else 0.0)
        return 2 + self(exponent)


def _in_common(node: Node) -> int:
    """How many of these two all terms of a sum share: a letter, and a whole number above 1."""
    if not isinstance(node, Add):
        return 0
    letters: set[Node] | None = None
    divisor = 0
    for term in node.children:
        core = term.argument if isinstance(term, Negate) else term
        factors = core.children if isinstance(core, Multiply) else (core,)
        here = {factor.base if isinstance(factor, Power) else factor for factor in factors}
        here = {factor for factor in here if isinstance(factor, Symbol)}
        letters = here if letters is None else letters & here
        number = numeric(factors[0])
        divisor = gcd(divisor, 1 if number is None or number.denominator != 1 else int(number))
    return (1 if letters else 0) + (1 if divisor > 1 else 0)


def _has_bar(node: Node) -> bool:
    """Whether a fraction bar stands in a numerator or denominator, outside brackets of functions."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Divide):
            return True
        if isinstance(current, (Add, Multiply, Negate)):
            stack.extend(current.children)
        elif isinstance(current, Power):
            stack.append(current.base)
    return False
