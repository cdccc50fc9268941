"""How one term stands on the page: the sign in front, then numbers, letters, brackets, roots and functions, and one
fraction bar for everything below it.

A Term is a product taken apart: a rational coefficient and bases with exponents. What is equal to what is decided
elsewhere; here only the order and the shape.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from symgrad.calculus.finish.keys import Key
from symgrad.calculus.finish.numbers import write_number
from symgrad.syntax.tree import (
    ONE,
    Add,
    Apply,
    Call,
    Constant,
    Derivative,
    Divide,
    Index,
    Multiply,
    Negate,
    Node,
    Number,
    Power,
    Symbol,
)
from symgrad.syntax.walks import walk

Exponent = Fraction | Node
HALF = Fraction(1, 2)


@dataclass(slots=True)
class Term:
    """coefficient · Π base^exponent; `powers` maps the key of a base to the base as written and its exponent."""

    coefficient: Fraction = Fraction(1)
    powers: dict[Key, tuple[Node, Exponent]] = field(default_factory=dict)

    def scaled(self, factor: Fraction) -> "Term":
        """The term times a rational number."""
        return Term(self.coefficient * factor, self.powers)


def write_power(base: Node, exponent: Exponent) -> Node:
    """base^exponent with roots for halves: u, √u, u^(3/2), u^n.

    >>> write_power(Symbol("x"), Fraction(1, 2))
    Call('sqrt', Symbol('x', None))
    """
    if isinstance(exponent, Node):
        return Power(base, exponent)
    if exponent == 1:
        return base
    if exponent == HALF:
        return Call("sqrt", base)
    return Power(base, write_number(exponent))


def write_product(coefficient: Fraction, above: Iterable[Node], below: Iterable[Node], decimals: bool = False) -> Node:
    """The product on the page: −(3·x)/(2·√(x + 1)), 3·x²/2 over one bar, 3/2·sin(x) with the number in front.

    >>> x = Symbol("x")
    >>> write_product(Fraction(-1, 2), [], [x])
    Negate(Divide(Number(Fraction(1, 1)), Multiply(Number(Fraction(2, 1)), Symbol('x', None))))
    """
    over, under = in_order(above), in_order(below)
    if coefficient < 0:
        return Negate(write_product(-coefficient, over, under, decimals))
    number = write_number(coefficient, decimals)
    front, bottom = number, under
    letters = all(_kind(factor) <= _LETTER for factor in over)
    if isinstance(number, Divide) and (under or coefficient.numerator == 1 or letters):
        front, bottom = number.numerator, [number.denominator, *under]
    top = over if isinstance(front, Number) and front.value == 1 else [front, *over]
    numerator = _times(top)
    return Divide(numerator, _times(bottom)) if bottom else numerator


def _times(factors: list[Node]) -> Node:
    if not factors:
        return ONE
    return factors[0] if len(factors) == 1 else Multiply(*factors)


def by_falling_powers(terms: list[Term]) -> list[Term]:
    """A polynomial in one letter by falling powers, unless it then began with a minus sign; any other sum as it is."""
    keys = {key for term in terms for key in term.powers}
    if len(keys) != 1:
        return terms
    (key,) = keys
    heights = [term.powers[key][1] if key in term.powers else Fraction(0) for term in terms]
    bases = [term.powers[key][0] for term in terms if key in term.powers]
    if not all(isinstance(height, Fraction) and height >= 0 for height in heights) or not isinstance(bases[0], Symbol):
        return terms
    order = sorted(range(len(terms)), key=lambda k: -heights[k])  # type: ignore[operator]
    return [terms[k] for k in order] if terms[order[0]].coefficient > 0 else terms


def in_order(factors: Iterable[Node]) -> list[Node]:
    """The factors sorted by kind, as typed within a kind; x^(n − 2) stands behind a bracket, n(n − 1)x^(n − 2)."""
    kinds = [(_kind(factor), factor) for factor in factors]
    if any(kind == _POLYNOMIAL and not _high(factor) for kind, factor in kinds):
        behind = {_LETTER: _HIGH, _POLYNOMIAL: _HIGH_BRACKET}
        kinds = [(behind.get(kind, kind) if _high(factor) else kind, factor) for kind, factor in kinds]
    return [factor for _, factor in sorted(kinds, key=lambda pair: pair[0])]


_NUMBER, _CONSTANT, _LETTER, _POLYNOMIAL, _HIGH, _HIGH_BRACKET, _ROOT, _FUNCTION, _SUM = range(9)


def _high(node: Node) -> bool:
    """Whether this is a power with a letter in the exponent."""
    return isinstance(node, Power) and _has_letter(node.exponent)


def _kind(node: Node) -> int:
    if isinstance(node, Power):
        inner = _kind(node.base)
        if not plain(node.exponent) or (inner <= _CONSTANT and _has_letter(node.exponent)):
            return _FUNCTION
        return inner
    if isinstance(node, (Symbol, Index)):
        return _LETTER
    if isinstance(node, Add):
        return (
            _SUM
            if any(isinstance(part, (Call, Apply, Derivative)) or _exponential(part) for part in walk(node))
            else _POLYNOMIAL
        )
    if isinstance(node, Call) and node.function == "abs":
        return _kind(node.children[0])
    if _is_root(node) and _has_letter(node):
        return _ROOT
    if not _has_letter(node) and not isinstance(node, (Apply, Derivative)):
        if isinstance(node, (Number, Divide)):
            return _NUMBER
        return _CONSTANT if isinstance(node, Constant) else _LETTER if _is_root(node) else _FUNCTION
    return _FUNCTION


def _is_root(node: Node) -> bool:
    return isinstance(node, Call) and node.function in ("sqrt", "root")


def _has_letter(node: Node) -> bool:
    return any(isinstance(part, Symbol) for part in walk(node))


def plain(exponent: Node) -> bool:
    """Whether an exponent is small enough that the power still counts as a letter: 2, 1/2, n, n − 1."""
    return not any(isinstance(part, (Call, Power)) for part in walk(exponent))


def _exponential(node: Node) -> bool:
    return isinstance(node, Power) and isinstance(node.base, (Constant, Number))
