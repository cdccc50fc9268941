"""A point in the complex plane, where formulas with i or without real values are evaluated, on principal branches."""

from collections.abc import Mapping
from typing import Any

from symgrad.calculus.evaluate import Place
from symgrad.calculus.numerics import MPMATH_FUNCTIONS, REAL_FUNCTIONS
from symgrad.calculus.precision import CannotEvaluateError, Raw, UndefinedError, context
from symgrad.syntax import tree as t
from symgrad.syntax.tree import Node

_LARGEST = 24  # bits
_REAL_ONLY = {
    "abs",
    "sign",
    "floor",
    "ceil",
    "round",
    "max",
    "min",
    "clip",
    "relu",
    "mod",
    "frac",
    "step",
    "atan2",
    "im",
}


class ComplexPlace(Place):
    """A place whose values are complex; a variable's value may be complex as well."""

    def __init__(self, point: Mapping[str, Any], accuracy: int = 53, orders: int = 1, variant: int = 0) -> None:
        super().__init__({}, accuracy, orders, variant)
        self.origin = point
        ctx = context(self.precision)
        for name, value in point.items():
            real, imaginary = value if isinstance(value, tuple) else (value, 0)
            self.values[name] = ctx.mpc(
                ctx.mpf(real.numerator) / real.denominator, ctx.mpf(imaginary.numerator) / imaginary.denominator
            )

    def shifted(self, name: str, steps: int) -> Place:
        """The place whose variable is moved by a number of steps h along the real direction."""
        offset = dict(self._offset)
        offset[name] = offset.get(name, 0) + steps
        key = tuple(sorted((n, k) for n, k in offset.items() if k))
        if key not in self._family:
            moved = self._copy()
            moved._offset, moved._family = key, self._family
            ctx = context(self.precision + self.accuracy)
            moved.values[name] = self.value_of(name) + ctx.ldexp(steps, -self.accuracy)
            self._family[key] = moved
        return self._family[key]

    def _plain(self, node: Node, values: list[Raw]) -> Raw:
        ctx = context(self.precision)
        try:
            return _finite(ctx, self._value(ctx, node, values))
        except ZeroDivisionError:
            raise UndefinedError("division by zero") from None
        except (ValueError, OverflowError) as error:
            raise UndefinedError(str(error)) from None
        except (ctx.NoConvergence, NotImplementedError, TypeError):
            raise CannotEvaluateError("not computed over the complex numbers") from None

    def _value(self, ctx: Any, node: Node, values: list[Raw]) -> Raw:
        if isinstance(node, t.Number):
            return ctx.mpf(node.value.numerator) / node.value.denominator
        if isinstance(node, t.Constant):
            known = {"e": ctx.e, "pi": ctx.pi, "i": ctx.mpc(0, 1)}
            if node.name not in known:
                raise CannotEvaluateError(f"the constant {node.name} has no value here")
            return +known[node.name]
        if isinstance(node, t.Symbol):
            return self.value_of(node.name)
        if isinstance(node, t.Add):
            return ctx.fsum(values)
        if isinstance(node, t.Multiply):
            return ctx.fprod(values)
        if isinstance(node, t.Divide):
            return values[0] / values[1]
        if isinstance(node, t.Negate):
            return -values[0]
        if isinstance(node, t.Power):
            _moderate(ctx, values[1])
            return ctx.exp(values[1]) if node.base == t.Constant("e") else ctx.power(*values)
        if isinstance(node, t.Call):
            return self._function(ctx, node.function, values)
        raise CannotEvaluateError(f"no complex value for {type(node).__name__}")

    def _function(self, ctx: Any, name: str, values: list[Raw]) -> Raw:
        if name in _REAL_ONLY and not any(ctx.im(value) for value in values):
            return ctx.make_mpf(REAL_FUNCTIONS[name](self, [ctx.mpf(ctx.re(value))._mpf_ for value in values]))
        if name in _REAL_ONLY or name not in MPMATH_FUNCTIONS:
            raise CannotEvaluateError(f"no complex value for the function {name}")
        for value in values:
            _moderate(ctx, value)
        return MPMATH_FUNCTIONS[name](ctx, *values)

    def _compare(self, operator: str, left: Raw, right: Raw) -> bool:
        raise CannotEvaluateError("complex numbers have no order")

    def combine(self, weights: list[tuple[int, Raw]], divisor: Raw) -> Raw:
        """The integer combination of values over a divisor."""
        return context(self.precision).fsum(weight * value for weight, value in weights) / divisor

    def magnitude(self, value: Raw) -> int:
        """The binary magnitude of a value."""
        return int(context(53).mag(value)) if value else -self.precision

    def add(self, a: Raw, b: Raw) -> Raw:
        """a + b."""
        return a + b

    def multiply(self, a: Raw, b: Raw) -> Raw:
        """a · b."""
        return a * b

    def integer(self, value: int) -> Raw:
        """An integer as a value."""
        return context(self.precision).mpf(value)

    def difference_divisor(self, order: int) -> Raw:
        """(2h)^order."""
        return context(self.precision).ldexp(1, (1 - self.accuracy) * order)

    def to_int(self, value: Raw) -> int:
        """The integer that a value is."""
        if value.imag or value.real != int(value.real):
            raise CannotEvaluateError("a bound of the sum is not an integer here")
        return int(value.real)

    def number_of(self, value: Raw) -> Any:
        """The value as an mpmath number."""
        return value

    def raw_of(self, value: Any) -> Raw:
        """An mpmath number as a value."""
        return value


def _moderate(ctx: Any, value: Raw) -> None:
    """Refuse what would take thousands of digits of π to reduce."""
    for part in value if isinstance(value, list) else [value]:
        if part and ctx.mag(part) > _LARGEST:
            raise UndefinedError("out of range")


def _finite(ctx: Any, value: Raw) -> Raw:
    if not ctx.isfinite(value):
        raise UndefinedError("infinite here")
    return value
