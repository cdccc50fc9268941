"""Figures: numbers as they are shown to people, rounded correctly from what the double exactly is."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

MINUS, ELLIPSIS = "−", "…"
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_EXACT = Context(prec=800)  # every double has an exact decimal expansion of fewer digits


def rounded(number: float, decimals: int) -> Decimal:
    """The decimal nearest to a double, ties to even: no second rounding from a shorter decimal."""
    return Decimal(float(number)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _EXACT)


def show(number: float, decimals: int = 2) -> str:
    """A number rounded correctly from its exact binary value to so many decimals, without trailing zeros.

    What would be shown as 0 but is not, and what is very large, is shown with three digits and a power of ten.

    >>> show(1.90031), show(2.675), show(-16.25), show(3.0), show(0.00018), show(1.5e12)
    ('1.9', '2.67', '−16.25', '3', '1.8·10⁻⁴', '1.5·10¹²')
    """
    number = float(number)
    if not np.isfinite(number):
        return "undefined" if np.isnan(number) else ("∞" if number > 0 else MINUS + "∞")
    near = rounded(number, decimals)
    if (near == 0 and number != 0) or abs(near) >= 10**7:
        return _scientific(Decimal(number), max(3 if near else 2, decimals))
    text = f"{abs(near) if near == 0 else near:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def _scientific(exact: Decimal, digits: int) -> str:
    mantissa, exponent = f"{Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(exact):e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return {"1": power, "-1": MINUS + power}.get(mantissa, f"{mantissa}·{power}".replace("-", MINUS))


def shortest(number: float) -> str:
    """The shortest decimal that reads back as the same double: what was most likely typed.

    >>> shortest(0.5), shortest(-1e-05), shortest(3)
    ('0.5', '−10⁻⁵', '3')
    """
    text = repr(float(number)).removesuffix(".0")
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
        text = {"1": power, "-1": "-" + power}.get(mantissa, f"{mantissa}·{power}")
    return text.replace("-", MINUS)


def number(value: float, digits: int = 4) -> str:
    """A number in a sentence: as typed where it is short, else rounded to so many significant digits.

    >>> number(-0.5), number(1505.6), number(2.5e-7), number(1e9, 3)
    ('−0.5', '1506', '2.5·10⁻⁷', '10⁹')
    """
    value = float(value)
    if not math.isfinite(value):
        return show(value)
    near = float(f"{value:.{digits}g}")
    if 1e-3 <= abs(near) < 1e6 or near == 0:
        return shortest(near)
    mantissa, exponent = f"{near:.{digits - 1}e}".split("e")
    return _power(float(mantissa), int(exponent))


def _power(mantissa: float, exponent: int) -> str:
    power = "10" + str(exponent).translate(_SUPERSCRIPTS)
    return power if mantissa == 1 else f"{shortest(mantissa)}·{power}"


def fraction(value: Any) -> str:
    """A fraction as such, another number rounded."""
    return str(value).replace("-", MINUS) if not isinstance(value, float) else number(value)


def exactly(value: Any) -> str:
    """A fraction with its decimal value, another number rounded.

    >>> from fractions import Fraction
    >>> exactly(Fraction(4, 69)), exactly(Fraction(3)), exactly(Fraction(1, 2)), exactly(0.25)
    ('4/69 ≈ 0.05797', '3', '1/2 = 0.5', '0.25')
    """
    if isinstance(value, float) or value.denominator == 1:
        return number(float(value))
    near = float(f"{float(value):.4g}")
    return f"{fraction(value)} {'=' if Fraction(repr(near)) == value else '≈'} {number(float(value))}"


def counted(count: int, thing: str) -> str:
    """So many of a thing.

    >>> counted(1, "step"), counted(12, "step")
    ('1 step', '12 steps')
    """
    return f"{count} {thing}{'' if count == 1 else 's'}"
