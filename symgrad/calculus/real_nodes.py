"""The value of one node from the values of its children, in real arithmetic of a place's precision.

Where there is no real value the formula is undefined there. Operators that choose where to evaluate their children
(derivatives, sums, integrals, choices) live in `operator_nodes`.
"""

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from symgrad.calculus.numerics import REAL_FUNCTIONS, function_value
from symgrad.calculus.precision import CannotEvaluateError, Raw, UndefinedError, magnitude
from symgrad.syntax import tree as t
from symgrad.syntax.tree import Node

if TYPE_CHECKING:
    from symgrad.calculus.evaluate import Place

_LARGEST_EXP = 26  # exp(2^26) and beyond count as out of range
_LARGEST_TRIG = 4096


def _number(place: "Place", node: Node, values: list[Raw]) -> Raw:
    from mpmath import libmp

    value = node.payload[0]
    return libmp.from_rational(value.numerator, value.denominator, place.precision, "n")


def _constant(place: "Place", node: Node, values: list[Raw]) -> Raw:
    from mpmath import libmp

    name = node.payload[0]
    if name == "e":
        return libmp.mpf_e(place.precision)
    if name == "pi":
        return libmp.mpf_pi(place.precision)
    if name == "infinity":
        return libmp.finf
    known = {"gamma": "euler", "EulerGamma": "euler", "catalan": "catalan", "golden": "phi", "phi": "phi"}
    if name == "i":
        raise UndefinedError("not a real number here")
    if name in known:
        return getattr(libmp, "mpf_" + known[name])(place.precision)
    raise CannotEvaluateError(f"the constant {name} has no value here")


def _symbol(place: "Place", node: Node, values: list[Raw]) -> Raw:
    return place.value_of(node.payload[0])


def _sum_of_terms(place: "Place", node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import mpf_add

    total = values[0]
    precision = place.precision
    for value in values[1:]:
        total = mpf_add(total, value, precision, "n")
    return total


def _product_of_factors(place: "Place", node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import mpf_mul

    total = values[0]
    precision = place.precision
    for value in values[1:]:
        total = mpf_mul(total, value, precision, "n")
    return total


def _quotient(place: "Place", node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import fzero, mpf_div

    if values[1] == fzero:
        raise UndefinedError("division by zero")
    return mpf_div(values[0], values[1], place.precision, "n")


def _minus(place: "Place", node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import mpf_neg

    return mpf_neg(values[0])


def _power(place: "Place", node: Node, values: list[Raw]) -> Raw:
    from mpmath import libmp

    base, exponent = values
    if base == libmp.fzero and exponent != libmp.fzero and libmp.mpf_sign(exponent) < 0:
        raise UndefinedError("division by zero")
    if base not in (libmp.fzero, libmp.fone):
        if magnitude(exponent) + max(magnitude(base), 2 - magnitude(base)).bit_length() > 60:
            raise UndefinedError("out of range")
        if node.children[0] == t.Constant("e"):
            return _exp(place, exponent)
    return libmp.mpf_pow(base, exponent, place.precision, "n")


def _exp(place: "Place", value: Raw) -> Raw:
    from mpmath import libmp

    if value != libmp.fzero and magnitude(value) > _LARGEST_EXP:
        raise UndefinedError("out of range")
    return libmp.mpf_exp(value, place.precision, "n")


def _call(place: "Place", node: Node, values: list[Raw]) -> Raw:
    name = node.payload[0]
    direct = REAL_FUNCTIONS.get(name)
    if direct is not None:
        return direct(place, values)
    return function_value(place, name, values)


def _apply(place: "Place", node: Node, values: list[Raw]) -> Raw:
    """An unspecified function as a concrete smooth one: c₀ + Σ a·sin(Σ cⱼuⱼ + φ), with exact derivatives."""
    from mpmath import libmp

    name, orders = node.payload
    if name in place.definitions:
        return _defined(place, name, orders, values)
    precision = place.precision
    center, scale = ((3, 1), (0, 1), (0, 3), (6, 2))[place.variant % 4]
    total = libmp.from_int(center if not any(orders) else 0)
    for k in range(2):
        seed = zlib.crc32(f"{name}/{len(values)}/{k}/{place.variant}".encode())
        angle = libmp.from_rational(seed % 61, 10, precision, "n")
        weight = libmp.from_rational((seed // 61 % 7 + 2) * scale, 20, precision, "n")
        for j, value in enumerate(values):
            rate = libmp.from_rational((seed >> (5 + 3 * j)) % 7 + 3, 8, precision, "n")
            angle = libmp.mpf_add(angle, libmp.mpf_mul(rate, value, precision, "n"), precision, "n")
            if orders[j]:
                weight = libmp.mpf_mul(weight, libmp.mpf_pow_int(rate, orders[j], precision, "n"), precision, "n")
        if angle != libmp.fzero and magnitude(angle) > _LARGEST_TRIG:
            raise UndefinedError("out of range")
        turned = sum(orders) % 4
        wave = (libmp.mpf_sin, libmp.mpf_cos)[turned % 2](angle, precision, "n")
        if turned >= 2:
            wave = libmp.mpf_neg(wave)
        total = libmp.mpf_add(total, libmp.mpf_mul(weight, wave, precision, "n"), precision, "n")
    return total


def _defined(place: "Place", name: str, orders: tuple[int, ...], values: list[Raw]) -> Raw:
    """A function of a user's rule, by the formula that the rule gives for it."""
    definition = place.definitions[name]
    if definition is None or any(orders):
        raise CannotEvaluateError(f"the rule for {name} does not say what {name} is")
    letters, formula = definition
    inside = place.with_value(letters[0], values[0])
    inside.values.update(zip(letters, values, strict=True))
    return inside.evaluate(formula)


def _index(place: "Place", node: Node, values: list[Raw]) -> Raw:
    raise CannotEvaluateError("no numerical value for an indexed name")


REAL: dict[type[Node], Callable[["Place", Node, list[Raw]], Raw]] = {
    t.Number: _number,
    t.Constant: _constant,
    t.Symbol: _symbol,
    t.Add: _sum_of_terms,
    t.Multiply: _product_of_factors,
    t.Divide: _quotient,
    t.Negate: _minus,
    t.Power: _power,
    t.Call: _call,
    t.Apply: _apply,
}
