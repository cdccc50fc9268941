"""Constants of programs: whole numbers, fractions and multiples of π stay exact for as long as they can."""

import math
from fractions import Fraction
from typing import Any

from symgrad.program.program import OPERATIONS

Number = Any  # int, Fraction, or float where it is no longer exact
_MODERATE = 2**20  # constants are gathered only within this size, so that no product leaves the range by it


class PiTimes(float):
    """A rational multiple of π: a double for arithmetic, its factor known exactly.

    >>> PiTimes(Fraction(1, 2))
    1.5707963267948966
    """

    factor: Fraction

    def __new__(cls, factor: int | Fraction) -> "PiTimes":
        self = super().__new__(cls, math.pi * factor.numerator / factor.denominator)
        self.factor = Fraction(factor)
        return self

    def __neg__(self) -> "PiTimes":
        return PiTimes(-self.factor)


def is_whole(value: Any) -> bool:
    """Whether a constant is a whole number: infinity and NaN are none."""
    return bool(abs(value) < math.inf and value == int(value))


def sign(value: Any) -> int:
    return int(value > 0) - int(value < 0)


EXACT: dict[str, Any] = {
    "abs": abs,
    "sign": sign,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "maximum": max,
    "minimum": min,
    "mod": lambda u, v: u % v,
}


def exact(op: str, x: Number, y: Number) -> Number:
    """Arithmetic on constants: exact on int, Fraction and multiples of π, IEEE where a float takes part."""
    if type(x) is int and type(y) is int and op != "divide":
        return x * y if op == "multiply" else x + y if op == "add" else x - y
    if op in ("multiply", "divide") and isinstance(x, PiTimes) != isinstance(y, PiTimes):
        if isinstance(x, PiTimes) and not isinstance(y, float):
            return PiTimes(x.factor * y if op == "multiply" else x.factor / y)
        if isinstance(y, PiTimes) and op == "multiply" and not isinstance(x, float):
            return PiTimes(x * y.factor)
    if isinstance(x, float) or isinstance(y, float):
        return float(OPERATIONS[op].double(to_float(x), to_float(y)))
    if op == "add":
        return x + y
    if op == "subtract":
        return x - y
    if op == "multiply":
        return x * y
    return Fraction(x) / y


def exact_root(value: int | Fraction) -> Fraction | None:
    value = Fraction(value)
    p, q = math.isqrt(value.numerator), math.isqrt(value.denominator)
    return Fraction(p, q) if p * p == value.numerator and q * q == value.denominator else None


def moderate(value: Number) -> bool:
    if type(value) is int:
        return -_MODERATE < value < _MODERATE and value != 0
    if type(value) is Fraction:
        top, bottom = value.as_integer_ratio()
        return bottom < abs(top) * _MODERATE and abs(top) < bottom * _MODERATE
    return bool(1 / _MODERATE < abs(value) < _MODERATE)


def to_float(value: Number) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
