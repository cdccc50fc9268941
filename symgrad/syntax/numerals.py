"""Digits to exact numbers: decimals remember their spelling, and a number of very many digits is refused."""

from fractions import Fraction
from functools import lru_cache

from symgrad.syntax.tokens import ReadOptions, refuse
from symgrad.syntax.tree import Negate, Node, Number, Symbol


@lru_cache(maxsize=512)
def _small(text: str) -> Number:
    return Number(int(text))


def number_node(text: str, source: str, span: tuple[int, int], options: ReadOptions) -> Number:
    """An exact number from its digits; decimals remember their spelling."""
    if len(text) < 16 and text.isdigit():
        return _small(text)
    digits, _, exponent = text.lower().partition("e")
    limit = options.budgets.literal_digits
    if len(digits) > limit or len(exponent) > 6 or (exponent and abs(int(exponent)) > limit):
        raise options.budgets.exceeded("literal_digits", "A number has very many digits", source=source, span=span)
    if digits.isdigit() and not exponent:
        return Number(int(digits))
    return Number(Fraction(text.replace(",", ".")), text.replace(",", "."))


def raised_node(text: str, source: str, span: tuple[int, int], options: ReadOptions) -> Node:
    """The exponent that raised characters write: ², ⁻¹, ⁿ."""
    negative = text.startswith("-")
    body = text.lstrip("+-").strip("()") if text[:1] in "+-" else text
    if body.isdigit() and text.count("-") + text.count("+") <= 1:
        node: Node = number_node(body, source, span, options)
    elif body in ("n", "i"):
        node = Symbol(body)
    else:
        raise refuse(source, span, "I can't read this raised text.", "Write ^(…) for a longer exponent.")
    return Negate(node) if negative else node
