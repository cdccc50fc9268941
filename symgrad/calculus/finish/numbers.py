"""Exact rational numbers inside formulas: powers, exact roots, common content, and how they are written."""

from fractions import Fraction
from math import gcd, isqrt

from symgrad.syntax.tree import Divide, Negate, Node, Number

_ROOT_LIMIT = 10**18  # an exact root is looked for below this only
_POWER_LIMIT = 4096  # bits: a power of numbers beyond this stays as it stands


def exact_root(value: Fraction, degree: int) -> Fraction | None:
    """The rational number whose power of this degree is the given positive value, if there is one.

    >>> exact_root(Fraction(9, 4), 2), exact_root(Fraction(2), 2)
    (Fraction(3, 2), None)
    """
    over, under = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return None if over is None or under is None else Fraction(over, under)


def _integer_root(value: int, degree: int) -> int | None:
    if value < 0 or value > _ROOT_LIMIT:
        return None
    guess = isqrt(value) if degree == 2 else round(value ** (1 / degree))
    return next((k for k in (guess - 1, guess, guess + 1) if k >= 0 and k**degree == value), None)


def power_of(value: Fraction, exponent: Fraction) -> Fraction | None:
    """value to the exponent where that is a rational number of modest size, else None.

    >>> power_of(Fraction(4), Fraction(-1, 2)), power_of(Fraction(2), Fraction(1, 2))
    (Fraction(1, 2), None)
    """
    if exponent.denominator != 1:
        if value <= 0 or exponent.denominator > 64:
            return None
        root = exact_root(value, exponent.denominator)
        if root is None:
            return None
        value, exponent = root, Fraction(exponent.numerator)
    if value == 0:
        return Fraction(0) if exponent > 0 else None
    bits = max(abs(value.numerator).bit_length(), value.denominator.bit_length())
    if abs(value) != 1 and abs(exponent) * bits > _POWER_LIMIT:
        return None
    return value**exponent.numerator


def common_content(values: "list[Fraction]") -> Fraction:
    """The largest positive rational that divides all values with whole quotients; 1 for none.

    >>> common_content([Fraction(4, 3), Fraction(-2)])
    Fraction(2, 3)
    """
    over, under = 0, 1
    for value in values:
        over = gcd(over, value.numerator)
        under = under * value.denominator // gcd(under, value.denominator)
    return Fraction(over, under) if over else Fraction(1)


def decimal_text(value: Fraction) -> str | None:
    """The finite decimal spelling of a positive value that is no integer, or None where it has none.

    >>> decimal_text(Fraction(5, 2)), decimal_text(Fraction(857, 10000)), decimal_text(Fraction(1, 3))
    ('2.5', '0.0857', None)
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1 or value.denominator == 1 or max(twos, fives) > 18:
        return None
    places = max(twos, fives)
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def write_number(value: Fraction, decimals: bool = False) -> Node:
    """A rational number as a lecturer writes it: the minus in front, a quotient of integers, or a decimal.

    >>> write_number(Fraction(-3, 2))
    Negate(Divide(Number(Fraction(3, 1)), Number(Fraction(2, 1))))
    """
    if value < 0:
        return Negate(write_number(-value, decimals))
    if value.denominator == 1:
        return Number(value)
    text = decimal_text(value) if decimals else None
    return Number(value, text) if text else Divide(Number(value.numerator), Number(value.denominator))
