"""What every numerical file here shares: the two ways in which a value may be missing, and private mpmath contexts."""

from fractions import Fraction
from typing import Any

Raw = Any  # a libmp number (sign, mantissa, exponent, bits), or an mpmath complex number in a complex place


class UndefinedError(ArithmeticError):
    """The formula has no (real) value at this point."""


class CannotEvaluateError(LookupError):
    """There is no way here to compute this kind of formula."""


_CONTEXTS: dict[int, Any] = {}


def context(precision: int) -> Any:
    """A private mpmath context of this precision (the global one is never touched)."""
    if precision not in _CONTEXTS:
        import mpmath

        fresh = mpmath.MPContext()
        fresh.prec = precision
        _CONTEXTS[precision] = fresh
    return _CONTEXTS[precision]


NOTHING = -(1 << 40)  # the magnitude of zero


def raw(value: Any, precision: int) -> Raw:
    """A number or its text as a libmp number; exact values are rounded to the precision."""
    from mpmath import libmp

    if isinstance(value, (int, Fraction)):
        exact = Fraction(value)
        return libmp.from_rational(exact.numerator, exact.denominator, precision, "n")
    if hasattr(value, "_mpf_"):
        return value._mpf_
    if isinstance(value, str):
        return libmp.from_str(value, precision, "n")
    if isinstance(value, tuple):
        return value
    return libmp.from_float(float(value))


def magnitude(value: Raw) -> int:
    """The binary exponent of a value: |value| < 2^magnitude; very small for zero."""
    return int(value[2]) + int(value[3]) if value[1] else NOTHING
