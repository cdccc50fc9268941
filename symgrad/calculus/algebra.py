"""Light constructors of trees: they fold zero, one and numbers, and nothing else.

Rules, finishing and telling build with these where a lecturer would not write `1·u` or `u + 0`. No identity of
functions, no reordering, no expanding belongs here: those are named steps of `finish`.
"""

from collections.abc import Iterable
from fractions import Fraction

from symgrad.syntax.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Constant,
    Divide,
    Multiply,
    Negate,
    Node,
    Number,
    Power,
)

E = Constant("e")
PI = Constant("pi")

_LARGEST_EXPONENT = 64  # a power of numbers with a larger exponent stays a power
_LARGEST_BITS = 512


def number(value: int | Fraction) -> Node:
    """The number as a tree.

    >>> number(Fraction(1, 2))
    Number(Fraction(1, 2))
    """
    return Number(value)


def numeric(node: Node) -> Fraction | None:
    """The exact rational value of a formula of numbers only, such as −2, 3/4 or −(1/2); None for anything else.

    >>> numeric(Divide(Number(1), Negate(Number(2))))
    Fraction(-1, 2)
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Negate):
        inner = numeric(node.argument)
        return None if inner is None else -inner
    if isinstance(node, Divide):
        over, under = numeric(node.numerator), numeric(node.denominator)
        return over / under if over is not None and under else None
    return None


def is_number(node: Node, value: int | Fraction) -> bool:
    """Whether the formula is this very number, typed or computed."""
    return numeric(node) == value


def negate(node: Node) -> Node:
    """Minus a formula, two minus signs cancelled.

    >>> negate(Negate(Number(3)))
    Number(Fraction(3, 1))
    """
    if isinstance(node, Number):
        return Number(-node.value)
    if isinstance(node, Negate):
        return node.argument
    return Negate(node)


def add(*terms: Node) -> Node:
    """The sum of the terms: nested sums flattened, zeros dropped, numbers collected at the place of the first.

    >>> add(Number(1), Constant("e"), Number(2))
    Add(Number(Fraction(3, 1)), Constant('e'))
    """
    kept: list[Node] = []
    total, place, typed = Fraction(0), -1, 0
    for term in _flat(terms, Add):
        value = numeric(term)
        if value is None:
            kept.append(term)
            continue
        if value == 0:
            continue
        if place < 0:
            place = len(kept)
            kept.append(term)
        total, typed = total + value, typed + 1
    if place >= 0 and typed > 1:
        kept[place : place + 1] = [_signed(total)] if total else []
    if not kept:
        return ZERO
    return kept[0] if len(kept) == 1 else Add(*kept)


def _signed(value: Fraction) -> Node:
    return Number(value) if value >= 0 else Negate(Number(-value))


def subtract(first: Node, second: Node) -> Node:
    """The difference of two formulas."""
    return add(first, negate(second))


def multiply(*factors: Node) -> Node:
    """The product of the factors: nested products flattened, ones dropped, zero wins, numbers collected in front.

    Minus signs of the factors are collected in front as well.

    >>> multiply(Constant("e"), Number(2), Negate(Constant("pi")))
    Negate(Multiply(Number(Fraction(2, 1)), Constant('e'), Constant('pi')))
    """
    coefficient, kept = Fraction(1), []
    spelled: Number | None = None
    stack = list(reversed(factors))
    while stack:
        factor = stack.pop()
        value = numeric(factor)
        if value is not None:
            if abs(value) != 1:
                spelled = factor if isinstance(factor, Number) and abs(coefficient) == 1 else None
            coefficient *= value
        elif isinstance(factor, Negate):
            coefficient = -coefficient
            stack.append(factor.argument)
        elif isinstance(factor, Multiply):
            stack.extend(reversed(factor.children))
        else:
            kept.append(factor)
    if coefficient == 0:
        return ZERO
    if not kept:
        return spelled if spelled is not None and spelled.value == coefficient else Number(coefficient)
    if abs(coefficient) != 1:
        same = spelled is not None and spelled.value == abs(coefficient)
        kept.insert(0, spelled if spelled is not None and same else Number(abs(coefficient)))
    product = kept[0] if len(kept) == 1 else Multiply(*kept)
    return Negate(product) if coefficient < 0 else product


def divide(over: Node, under: Node) -> Node:
    """A quotient: over one is itself, zero over anything is zero, numbers are reduced, a minus sign goes in front.

    >>> divide(Number(6), Number(4))
    Number(Fraction(3, 2))
    """
    above, below = numeric(over), numeric(under)
    if above is not None and below:
        return Number(above / below)
    if below == 1:
        return over
    if above == 0 and below != 0:
        return ZERO
    if below == -1:
        return negate(over)
    sign = 1
    while isinstance(over, Negate):
        sign, over = -sign, over.argument
    while isinstance(under, Negate):
        sign, under = -sign, under.argument
    if isinstance(over, Number) and over.value < 0:
        sign, over = -sign, Number(-over.value)
    if isinstance(under, Number) and under.value < 0:
        sign, under = -sign, Number(-under.value)
    quotient = Divide(over, under)
    return quotient if sign > 0 else Negate(quotient)


def power(base: Node, exponent: Node) -> Node:
    """A power: exponents 0 and 1 disappear, small powers of numbers are computed.

    u⁰ is 1 as in every polynomial.

    >>> power(Constant("pi"), Number(1)), power(Number(2), Number(-2))
    (Constant('pi'), Number(Fraction(1, 4)))
    """
    height = numeric(exponent)
    if height == 1:
        return base
    if height == 0:
        return ONE
    value = numeric(base)
    if value == 1:
        return ONE
    if value is not None and height is not None and height.denominator == 1 and abs(height) <= _LARGEST_EXPONENT:
        bits = max(value.numerator.bit_length(), value.denominator.bit_length()) * abs(int(height))
        if bits <= _LARGEST_BITS and (value != 0 or height > 0):
            return Number(value ** int(height))
    return Power(base, exponent)


def square(node: Node) -> Node:
    """The square of a formula."""
    return power(node, Number(2))


def sqrt(node: Node) -> Node:
    """The square root of a formula, perfect squares of numbers taken.

    >>> sqrt(Number(9))
    Number(Fraction(3, 1))
    """
    value = numeric(node)
    if value is not None and value >= 0:
        root = Fraction(_integer_root(value.numerator), _integer_root(value.denominator))
        if root * root == value:
            return Number(root)
    return Call("sqrt", node)


def _integer_root(value: int) -> int:
    from math import isqrt

    return isqrt(value)


def predecessor(node: Node) -> Node:
    """The formula minus one, computed where it is a number or ends in one.

    >>> predecessor(Number(3))
    Number(Fraction(2, 1))
    """
    value = numeric(node)
    if value is not None:
        return Number(value - 1)
    return add(node, MINUS_ONE) if isinstance(node, Add) else Add(node, Negate(ONE))


def _flat(nodes: Iterable[Node], kind: type[Node]) -> list[Node]:
    flat: list[Node] = []
    for node in nodes:
        if type(node) is kind:
            flat.extend(node.children)
        else:
            flat.append(node)
    return flat
