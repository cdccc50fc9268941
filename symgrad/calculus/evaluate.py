"""The value of a formula at a point, to many digits: what verification and one-sided checks stand on.

An inert derivative is evaluated by high-precision differences, never by the rules it is there to check; an unspecified
function is replaced by a concrete smooth one. Real arithmetic is the default: where a sub-formula has no real value
the formula is undefined. Sampling points and judging equality live in `verify`.
"""

from collections.abc import Mapping
from typing import Any

from symgrad.calculus.operator_nodes import OPERATORS
from symgrad.calculus.precision import NOTHING, CannotEvaluateError, Raw, UndefinedError, context, magnitude, raw
from symgrad.calculus.real_nodes import REAL
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import Node

Definitions = Mapping[str, "tuple[tuple[str, ...], Node] | None"]  # a user's functions: letters and formula


class Place:
    """A point with a precision, and every value computed there so far; neighbours at ±h serve inert derivatives.

    Args:
        point: exact values of the variables.
        accuracy: bits that an evaluated derivative should be good for, halved; the step is h = 2^−accuracy.
        orders: the largest number of nested inert derivatives to come.
        variant: which of several concrete functions replaces an unspecified one.
    """

    def __init__(self, point: Mapping[str, Any], accuracy: int = 53, orders: int = 1, variant: int = 0) -> None:
        from mpmath import libmp

        self.accuracy = accuracy
        self.orders = orders
        self.variant = variant
        self.origin = point
        self.definitions: Definitions = {}
        self.precision = accuracy * (orders + 2)
        self.values: dict[str, Raw] = {name: raw(value, self.precision + 20) for name, value in point.items()}
        self.step = libmp.mpf_shift(libmp.fone, -accuracy)
        self.noise: dict[int, int] = {}  # the size of what rounding may leave in an evaluated derivative, in bits
        self._memo: dict[int, Raw] = {}
        self._kept: list[Node] = []
        self._family: dict[tuple[tuple[str, int], ...], Place] = {(): self}
        self._offset: tuple[tuple[str, int], ...] = ()

    def shifted(self, name: str, steps: int) -> "Place":
        """The place whose variable is moved by a number of steps h."""
        from mpmath import libmp

        if not steps:
            return self
        offset = dict(self._offset)
        offset[name] = offset.get(name, 0) + steps
        key = tuple(sorted((n, k) for n, k in offset.items() if k))
        if key not in self._family:
            moved = self._copy()
            moved._offset = key
            moved._family = self._family
            shift = libmp.mpf_mul(self.step, libmp.from_int(steps))
            moved.values[name] = libmp.mpf_add(self.value_of(name), shift, self.precision + self.accuracy, "n")
            self._family[key] = moved
        return self._family[key]

    def with_value(self, name: str, value: Raw) -> "Place":
        """The place with one variable (a bound one) set to a value."""
        moved = self._copy()
        moved.values[name] = value
        moved._family = {(): moved}
        return moved

    def _copy(self) -> "Place":
        copy = object.__new__(type(self))
        copy.accuracy, copy.orders, copy.variant, copy.precision = (
            self.accuracy,
            self.orders,
            self.variant,
            self.precision,
        )
        copy.origin, copy.definitions = self.origin, self.definitions
        copy.values, copy.step, copy._offset = dict(self.values), self.step, ()
        copy._memo, copy._kept, copy.noise = {}, [], {}
        return copy

    def value_of(self, name: str) -> Raw:
        """The value of a variable."""
        try:
            return self.values[name]
        except KeyError:
            raise CannotEvaluateError(f"the variable {name} has no value") from None

    def evaluate(self, node: Node) -> Raw:
        """The value of a formula here.

        Raises:
            UndefinedError: the formula has no real value here, or one out of range.
            CannotEvaluateError: it contains something without a numerical method.
        """
        memo = self._memo
        found = memo.get(id(node))
        if found is not None:
            return found
        stack = [node]
        while stack:
            current = stack[-1]
            if id(current) in memo:
                stack.pop()
                continue
            special = OPERATORS.get(type(current))
            if special is not None:
                value = special(self, current)
            else:
                missing = [child for child in current.children if id(child) not in memo]
                if missing:
                    stack.extend(reversed(missing))
                    continue
                value = self._plain(current, [memo[id(child)] for child in current.children])
            memo[id(current)] = value
            self._kept.append(current)
            stack.pop()
        return memo[id(node)]

    def _plain(self, node: Node, values: list[Raw]) -> Raw:
        from mpmath.libmp import ComplexResult

        if list in map(type, values) and node.payload != ("hyper",):
            raise CannotEvaluateError("no numerical value for a matrix inside a formula")
        try:
            return REAL[type(node)](self, node, values)
        except KeyError:
            raise CannotEvaluateError(f"no numerical value for {type(node).__name__}") from None
        except ComplexResult:
            raise UndefinedError("not a real number here") from None
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise UndefinedError(str(error) or "no value here") from None

    def truth(self, condition: Node) -> bool:
        """Whether a condition holds here."""
        if isinstance(condition, t.Truth):
            return condition.value
        if isinstance(condition, t.Compare):
            return self._compare(condition.operator, self.evaluate(condition.left), self.evaluate(condition.right))
        if isinstance(condition, t.Logic):
            truths = (self.truth(part) for part in condition.children)
            if condition.operator == "and":
                return all(truths)
            return any(truths) if condition.operator == "or" else not next(truths)
        raise CannotEvaluateError(f"{type(condition).__name__} is no condition")

    def _compare(self, operator: str, left: Raw, right: Raw) -> bool:
        from mpmath.libmp import mpf_cmp

        sign = mpf_cmp(left, right)
        truths: dict[str, bool] = {
            "<": sign < 0,
            "<=": sign <= 0,
            ">": sign > 0,
            ">=": sign >= 0,
            "=": sign == 0,
            "!=": sign != 0,
        }
        return truths[operator]

    # ---- arithmetic that the handlers of inert operators use

    def combine(self, weights: list[tuple[int, Raw]], divisor: Raw) -> Raw:
        """The integer combination of values over a divisor."""
        from mpmath import libmp

        total = libmp.fzero
        for weight, value in weights:
            total = libmp.mpf_add(total, libmp.mpf_mul_int(value, weight, self.precision, "n"), self.precision, "n")
        return libmp.mpf_div(total, divisor, self.precision, "n")

    def magnitude(self, value: Raw) -> int:
        """The binary magnitude of a value."""
        return magnitude(value)

    def largest(self) -> int:
        """The binary magnitude of the largest value that was met here or next to here."""
        values = (value for place in self._family.values() for value in place._memo.values())
        return max((self.magnitude(value) for value in values if not isinstance(value, list)), default=NOTHING)

    def add(self, a: Raw, b: Raw) -> Raw:
        """a + b."""
        from mpmath import libmp

        return libmp.mpf_add(a, b, self.precision, "n")

    def multiply(self, a: Raw, b: Raw) -> Raw:
        """a · b."""
        from mpmath import libmp

        return libmp.mpf_mul(a, b, self.precision, "n")

    def integer(self, value: int) -> Raw:
        """An integer as a value."""
        from mpmath import libmp

        return libmp.from_int(value)

    def difference_divisor(self, order: int) -> Raw:
        """(2h)^order."""
        from mpmath import libmp

        return libmp.mpf_shift(libmp.fone, (1 - self.accuracy) * order)

    def to_int(self, value: Raw) -> int:
        """The integer that a value is."""
        from mpmath import libmp

        if libmp.mpf_cmp(libmp.mpf_floor(value), value) != 0:
            raise CannotEvaluateError("a bound of the sum is not an integer here")
        return int(libmp.to_int(value))

    def number_of(self, value: Raw) -> Any:
        """The value as an mpmath number."""
        return context(self.precision).make_mpf(value)

    def raw_of(self, value: Any) -> Raw:
        """An mpmath number as a value; undefined where it isn't real and finite."""
        ctx = context(self.precision)
        if hasattr(value, "_mpc_"):
            if value.imag != 0:
                raise UndefinedError("not a real number here")
            value = value.real
        value = ctx.mpf(value)
        if not ctx.isfinite(value):
            raise UndefinedError("infinite here")
        return value._mpf_


def nested_orders(node: Node) -> int:
    """The largest number of inert derivatives inside one another, counted by their orders."""
    deep: dict[int, int] = {}
    for current in walks.unique(node):
        below = max((deep[id(child)] for child in current.children), default=0)
        deep[id(current)] = below + (sum(current.orders) if isinstance(current, t.Derivative) else 0)
    return deep[id(node)]


_DOUBLINGS = 5


def evaluate(node: Node, point: Mapping[str, Any], digits: int = 30) -> Any:
    """The real value of a formula at a point as an mpmath number, right to this many digits.

    The precision is raised until two evaluations agree; inert derivatives get finer differences with it.

    Args:
        point: the values of the variables: int, Fraction, float, text or mpmath numbers.

    Raises:
        UndefinedError: no real value there.
        CannotEvaluateError: no numerical method for a part of it, or too sensitive for the largest precision.

    >>> from symgrad.syntax.tree import Divide, Symbol, Number
    >>> print(evaluate(Divide(Number(1), Symbol("x")), {"x": 7}, 10))
    0.1428571429
    """
    wanted = int(digits * 3.33) + 4
    accuracy = max(32, wanted // 2 + 12)
    orders = max(1, nested_orders(node))
    before = Place(point, accuracy, orders)
    rough = before.evaluate(node)
    for _ in range(_DOUBLINGS):
        accuracy = accuracy * 7 // 4
        place = Place(point, accuracy, orders)
        value = place.evaluate(node)
        off = place.magnitude(place.combine([(1, value), (-1, rough)], place.integer(1)))
        if off <= place.magnitude(value) - wanted:
            return context(int(digits * 3.33) + 2).make_mpf(value) * 1
        rough = value
    if place.magnitude(value) < -accuracy and place.largest() < accuracy:
        return context(53).zero  # what only shrinks as the precision grows, with nothing huge that could hide it
    raise CannotEvaluateError("the value is too sensitive to be computed to so many digits")
