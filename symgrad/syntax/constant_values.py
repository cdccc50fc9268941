"""Constants that have no real value (1/0, √(−1), ln(−2), tan(π/2), (−8)^(1/3)) are refused when they are read.

Every part without variables is given its value bottom-up: exact while it is rational or a rational multiple of π, then
in floating point with a margin. A value that cannot be told stays open; nothing is refused on a doubt.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from symgrad.errors import ReadError
from symgrad.syntax.bracketed import bracketed
from symgrad.syntax.tree import (
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


class Value(NamedTuple):
    """A constant: rational, or a rational multiple of π, or near `near` with the margin that callers use."""

    near: float
    exact: Fraction | None = None
    pi: Fraction | None = None


_MARGIN = 1e-9
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    name: getattr(math, {"arsinh": "asinh", "arctan": "atan", "ln": "log", "abs": "fabs"}.get(name, name))
    for name in ("sin", "cos", "tan", "exp", "sinh", "cosh", "tanh", "arctan", "arsinh", "ln", "sqrt", "abs")
}
_DOMAIN: dict[str, tuple[float, float, str]] = {
    "ln": (0.0, math.inf, "a positive number"),
    "sqrt": (0.0, math.inf, "a number that is not negative"),
    "arcsin": (-1.0, 1.0, "a number from -1 to 1"),
    "arccos": (-1.0, 1.0, "a number from -1 to 1"),
    "artanh": (-1.0, 1.0, "a number between -1 and 1"),
    "arcosh": (1.0, math.inf, "a number from 1 on"),
}
_OPEN_ENDS = frozenset({"ln", "artanh"})
_POLES: dict[str, tuple[Fraction, Fraction]] = {  # poles at first + k·step, in multiples of π
    "tan": (Fraction(1, 2), Fraction(1)),
    "sec": (Fraction(1, 2), Fraction(1)),
    "cot": (Fraction(0), Fraction(1)),
    "csc": (Fraction(0), Fraction(1)),
}
_FIRST = {"gamma": 1, "digamma": 1, "lngamma": 1, "factorial": 0}  # whole numbers below are poles


def check_constants(order: Sequence[Node], source: str) -> None:
    """Refuse a formula, given as its nodes with children before parents, with a constant part without a real value.

    Raises:
        ReadError: says which part.
    """
    values: dict[int, Value | None] = {}
    for node in order:
        kind = type(node)
        if kind is Number:
            exact: Fraction = node.payload[0]
            values[id(node)] = Value(_float(exact), exact)
        elif kind is Constant:
            values[id(node)] = _CONSTANTS.get(node.payload[0])
        elif kind in _RULES:
            values[id(node)] = _RULES[kind](node, [values[id(child)] for child in node.children], source)
        else:
            values[id(node)] = None


_CONSTANTS = {"e": Value(math.e), "pi": Value(math.pi, None, Fraction(1))}


def _float(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _no_value(node: Node, why: str, source: str, hint: str | None = None) -> ReadError:
    text = bracketed(node)
    shown = text if len(text) < 60 else text[:57] + "…"
    return ReadError(f"{shown} has no real value: {why}.", source=source, span=(0, len(source)), hint=hint)


def _negate(node: Node, parts: list[Value | None], source: str) -> Value | None:
    part = parts[0]
    if part is None:
        return None
    return Value(-part.near, None if part.exact is None else -part.exact, None if part.pi is None else -part.pi)


def _add(node: Node, parts: list[Value | None], source: str) -> Value | None:
    known = [part for part in parts if part is not None]
    if len(known) != len(parts):
        return None
    if all(part.exact is not None for part in known):
        exact = sum((part.exact for part in known if part.exact is not None), Fraction(0))
        return Value(_float(exact), exact)
    pis = [part.pi if part.pi is not None else Fraction(0) if part.exact == 0 else None for part in known]
    pi = None if None in pis else sum((p for p in pis if p is not None), Fraction(0))
    if pi == 0:
        return Value(0.0, Fraction(0))
    near = sum(part.near for part in known)
    scale = sum(abs(part.near) for part in known)
    return Value(near, None, pi) if pi is not None or abs(near) > _MARGIN * scale else None


def _multiply(node: Node, parts: list[Value | None], source: str) -> Value | None:
    total: Value | None = Value(1.0, Fraction(1))
    for part in parts:
        if part is None or total is None:
            return None
        total = _times(total, part)
    return total


def _times(first: Value, second: Value) -> Value | None:
    if first.exact is not None and second.exact is not None:
        exact = first.exact * second.exact
        return Value(_float(exact), exact)
    pi = None
    if first.exact is not None and second.pi is not None:
        pi = first.exact * second.pi
    elif second.exact is not None and first.pi is not None:
        pi = second.exact * first.pi
    return _finite(first.near * second.near, pi)


def _finite(near: float, pi: Fraction | None = None) -> Value | None:
    return Value(near, None, pi) if math.isfinite(near) else None


def _divide(node: Node, parts: list[Value | None], source: str) -> Value | None:
    top, bottom = parts
    if bottom is not None and bottom.exact == 0:
        raise _no_value(node, "it divides by zero", source)
    if top is None or bottom is None:
        return None
    if top.exact is not None and bottom.exact is not None:
        exact = top.exact / bottom.exact
        return Value(_float(exact), exact)
    if bottom.near == 0:
        return None
    return _finite(top.near / bottom.near, top.pi / bottom.exact if top.pi is not None and bottom.exact else None)


def _power(node: Node, parts: list[Value | None], source: str) -> Value | None:
    base, exponent = parts
    if base is None or exponent is None:
        return None
    if base.exact == 0 and exponent.exact is not None and exponent.exact < 0:
        raise _no_value(node, "it divides by zero", source)
    negative = (base.exact is not None and base.exact < 0) or (base.exact is None and base.near < -_MARGIN)
    if negative and exponent.exact is not None and exponent.exact.denominator != 1:
        odd = exponent.exact.denominator % 2 == 1
        hint = f"The real root is root({_sign_free(node)}, {exponent.exact.denominator})." if odd else None
        raise _no_value(node, "a negative number to a fraction", source, hint)
    if base.exact is not None and exponent.exact is not None and exponent.exact.denominator == 1:
        if abs(exponent.exact) <= 4096 and (base.exact or exponent.exact >= 0):
            exact = base.exact ** int(exponent.exact)
            return Value(_float(exact), exact)
        return None
    if base.near <= 0:
        return None
    try:
        return _finite(base.near**exponent.near)
    except OverflowError:
        return None


def _sign_free(node: Node) -> str:
    return bracketed(node.children[0])


def _call(node: Node, parts: list[Value | None], source: str) -> Value | None:
    name: str = node.payload[0]
    part = parts[0]
    if part is None:
        return None
    if name in _DOMAIN:
        low, high, wanted = _DOMAIN[name]
        below = part.near < low - _MARGIN * (part.exact is None) or (name in _OPEN_ENDS and part.exact == low)
        above = part.near > high + _MARGIN * (part.exact is None) or (name in _OPEN_ENDS and part.exact == high)
        if below or above:
            raise _no_value(node, f"{name} needs {wanted}", source)
    if name in _POLES:
        multiple = Fraction(0) if part.exact == 0 else part.pi
        first, step = _POLES[name]
        if multiple is not None and ((multiple - first) / step).denominator == 1:
            raise _no_value(node, "it is a pole", source)
    if name in _FIRST and part.exact is not None and part.exact.denominator == 1 and part.exact < _FIRST[name]:
        raise _no_value(node, "it is a pole", source)
    if name == "abs" and part.exact is not None:
        return Value(abs(part.near), abs(part.exact))
    if name == "exp" and part.exact == 0:
        return Value(1.0, Fraction(1))
    function = _FUNCTIONS.get(name)
    if function is None or len(parts) > 1:
        return None
    try:
        return _finite(function(part.near))
    except (OverflowError, ValueError):
        return None


_RULES: dict[type[Node], Callable[[Node, list[Value | None], str], Value | None]] = {
    Negate: _negate,
    Add: _add,
    Multiply: _multiply,
    Divide: _divide,
    Power: _power,
    Call: _call,
}
