"""What every numerical file here shares: the two ways in which a value may be missing, and private mpmath contexts."""

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
