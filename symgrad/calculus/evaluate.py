"""The value of a formula at a point, to many digits: what verification and one-sided checks stand on.

An inert derivative is evaluated by high-precision differences, never by the rules it is there to check; an unspecified
function is replaced by a concrete smooth one. Real arithmetic is the default: where a sub-formula has no real value
the formula is undefined. Sampling points and judging equality live in `verify`.
"""

import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import comb
from typing import Any

from symgrad.calculus.numerics import REAL_FUNCTIONS, function_value
from symgrad.calculus.precision import CannotEvaluateError, Raw, UndefinedError, context
from symgrad.syntax import tree as t
from symgrad.syntax.tree import Node

_NOTHING = -(1 << 40)
_LARGEST_EXP = 26  # exp(2^26) and beyond count as out of range
_LARGEST_TRIG = 4096
_LARGEST_POWER = 1 << 40
_LARGEST_GAMMA = 24
_LONGEST_SUM = 2000


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
        self.values: dict[str, Raw] = {name: _raw(value, self.precision + 20) for name, value in point.items()}
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
            special = _SPECIAL.get(type(current))
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
            return _REAL[type(node)](self, node, values)
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
        return _magnitude(value)

    def largest(self) -> int:
        """The binary magnitude of the largest value that was met here or next to here."""
        values = (value for place in self._family.values() for value in place._memo.values())
        return max((self.magnitude(value) for value in values if not isinstance(value, list)), default=_NOTHING)

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


def _raw(value: Any, precision: int) -> Raw:
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


def _magnitude(value: Raw) -> int:
    """The binary exponent of a value: |value| < 2^magnitude; very small for zero."""
    return int(value[2]) + int(value[3]) if value[1] else _NOTHING


# ---- plain nodes in real arithmetic --------------------------------------------------------------------------------


def _number(place: Place, node: Node, values: list[Raw]) -> Raw:
    from mpmath import libmp

    value = node.payload[0]
    return libmp.from_rational(value.numerator, value.denominator, place.precision, "n")


def _constant(place: Place, node: Node, values: list[Raw]) -> Raw:
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


def _symbol(place: Place, node: Node, values: list[Raw]) -> Raw:
    return place.value_of(node.payload[0])


def _sum_of_terms(place: Place, node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import mpf_add

    total = values[0]
    precision = place.precision
    for value in values[1:]:
        total = mpf_add(total, value, precision, "n")
    return total


def _product_of_factors(place: Place, node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import mpf_mul

    total = values[0]
    precision = place.precision
    for value in values[1:]:
        total = mpf_mul(total, value, precision, "n")
    return total


def _quotient(place: Place, node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import fzero, mpf_div

    if values[1] == fzero:
        raise UndefinedError("division by zero")
    return mpf_div(values[0], values[1], place.precision, "n")


def _minus(place: Place, node: Node, values: list[Raw]) -> Raw:
    from mpmath.libmp import mpf_neg

    return mpf_neg(values[0])


def _power(place: Place, node: Node, values: list[Raw]) -> Raw:
    from mpmath import libmp

    base, exponent = values
    if base == libmp.fzero and exponent != libmp.fzero and libmp.mpf_sign(exponent) < 0:
        raise UndefinedError("division by zero")
    if base not in (libmp.fzero, libmp.fone):
        if _magnitude(exponent) + max(_magnitude(base), 2 - _magnitude(base)).bit_length() > 60:
            raise UndefinedError("out of range")
        if node.children[0] == t.Constant("e"):
            return _exp(place, exponent)
    return libmp.mpf_pow(base, exponent, place.precision, "n")


def _exp(place: Place, value: Raw) -> Raw:
    from mpmath import libmp

    if value != libmp.fzero and _magnitude(value) > _LARGEST_EXP:
        raise UndefinedError("out of range")
    return libmp.mpf_exp(value, place.precision, "n")


def _call(place: Place, node: Node, values: list[Raw]) -> Raw:
    name = node.payload[0]
    direct = REAL_FUNCTIONS.get(name)
    if direct is not None:
        return direct(place, values)
    return function_value(place, name, values)


def _apply(place: Place, node: Node, values: list[Raw]) -> Raw:
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
        if angle != libmp.fzero and _magnitude(angle) > _LARGEST_TRIG:
            raise UndefinedError("out of range")
        turned = sum(orders) % 4
        wave = (libmp.mpf_sin, libmp.mpf_cos)[turned % 2](angle, precision, "n")
        if turned >= 2:
            wave = libmp.mpf_neg(wave)
        total = libmp.mpf_add(total, libmp.mpf_mul(weight, wave, precision, "n"), precision, "n")
    return total


def _defined(place: Place, name: str, orders: tuple[int, ...], values: list[Raw]) -> Raw:
    """A function of a user's rule, by the formula that the rule gives for it."""
    definition = place.definitions[name]
    if definition is None or any(orders):
        raise CannotEvaluateError(f"the rule for {name} does not say what {name} is")
    letters, formula = definition
    inside = place.with_value(letters[0], values[0])
    inside.values.update(zip(letters, values, strict=True))
    return inside.evaluate(formula)


def _index(place: Place, node: Node, values: list[Raw]) -> Raw:
    raise CannotEvaluateError("no numerical value for an indexed name")


_REAL: dict[type[Node], Callable[[Place, Node, list[Raw]], Raw]] = {
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


# ---- nodes that choose where to evaluate their children ------------------------------------------------------------


def _derivative(place: Place, node: Node) -> Raw:
    """Central differences: h is so small and the precision so high that 2·accuracy bits are right."""
    assert isinstance(node, t.Derivative)
    samples: list[tuple[int, Place]] = [(1, place)]
    order = sum(node.orders)
    for variable, times in zip(node.variables, node.orders, strict=True):
        samples = [
            (weight * (-1) ** k * comb(times, k), here.shifted(variable.name, times - 2 * k))
            for weight, here in samples
            for k in range(times + 1)
        ]
    values = [(weight, here.evaluate(node.body)) for weight, here in samples]
    place.noise[id(node)] = max(place.magnitude(value) for _, value in values) - 2 * place.accuracy
    return place.combine(values, place.difference_divisor(order))


def _piecewise(place: Place, node: Node) -> Raw:
    assert isinstance(node, t.Piecewise)
    for value, condition in node.pieces:
        if place.truth(condition):
            return place.evaluate(value)
    raise UndefinedError("no condition of the cases holds here")


def _indexed(place: Place, node: Node) -> Raw:
    """A component x[2] is looked up under the name 'x[2]'; an unnamed one is a fixed number made from its indices."""
    assert isinstance(node, t.Index)
    if not isinstance(node.base, t.Symbol):
        raise CannotEvaluateError("no numerical value for a component of a formula")
    indices = [place.to_int(place.evaluate(subscript)) for subscript in node.subscripts]
    name = f"{node.base.name}[{','.join(map(str, indices))}]"
    if name not in place.values:
        seed = zlib.crc32(name.encode())
        place.values[name] = _raw(Fraction(seed % 1999 + 100, 997), place.precision)
    return place.values[name]


def _bounds(place: Place, node: Node) -> tuple[Raw, Raw]:
    return place.evaluate(node.children[2]), place.evaluate(node.children[3])


def _terms(place: Place, node: Node) -> list[Place]:
    from mpmath import libmp

    lower, upper = _bounds(place, node)
    if upper in (libmp.finf, libmp.fninf) or lower in (libmp.finf, libmp.fninf):
        raise CannotEvaluateError("an infinite sum or product is not computed here")
    first, last = place.to_int(lower), place.to_int(upper)
    if last - first > _LONGEST_SUM:
        raise CannotEvaluateError("the sum is too long to compute here")
    name = node.children[1].payload[0]
    return [place.with_value(name, place.integer(k)) for k in range(first, last + 1)]


def _series(place: Place, node: Node) -> Raw:
    """A sum; an infinite one until its terms have become negligible, which only a fast one does."""
    from mpmath import libmp

    total = place.integer(0)
    lower, upper = _bounds(place, node)
    if upper == libmp.finf and lower not in (libmp.finf, libmp.fninf):
        name, first = node.children[1].payload[0], place.to_int(lower)
        small = 0
        for k in range(first, first + _LONGEST_SUM):
            term = place.with_value(name, place.integer(k)).evaluate(node.children[0])
            total = place.add(total, term)
            negligible = term == libmp.fzero or _magnitude(term) < _magnitude(total) - place.precision
            small = small + 1 if negligible else 0
            if small == 4:
                return total
        raise CannotEvaluateError("the infinite sum converges too slowly to compute here")
    for here in _terms(place, node):
        total = place.add(total, here.evaluate(node.children[0]))
    return total


def _repeated_product(place: Place, node: Node) -> Raw:
    total = place.integer(1)
    for here in _terms(place, node):
        total = place.multiply(total, here.evaluate(node.children[0]))
    return total


def _integral(place: Place, node: Node) -> Raw:
    lower, upper = (place.number_of(bound) for bound in _bounds(place, node))
    name = node.children[1].payload[0]
    ctx = context(place.precision)

    def integrand(value: Any) -> Any:
        return place.number_of(place.with_value(name, place.raw_of(value)).evaluate(node.children[0]))

    value, error = ctx.quad(integrand, [lower, upper], error=True)
    if error > abs(value) * ctx.ldexp(1, -2 * place.accuracy) + ctx.ldexp(1, -2 * place.accuracy):
        raise CannotEvaluateError("the integral is not computed to enough digits here")
    return place.raw_of(value)


def _antiderivative(place: Place, node: Node) -> Raw:
    """An indefinite integral by its representative that starts at 1."""
    body, variable = node.children
    assert isinstance(variable, t.Symbol)
    bound = t.Symbol("t_integration")
    return _integral(place, t.Integral(t.substitute(body, {variable.name: bound}), bound, t.ONE, variable))


def _row_of_values(place: Place, node: Node) -> Raw:
    """The entries as a list: only rows of parameters are met here, matrices are compared entry by entry."""
    return [place.evaluate(entry) for entry in node.children]


def _unavailable(place: Place, node: Node) -> Raw:
    raise CannotEvaluateError(f"no numerical value for {type(node).__name__}")


_SPECIAL: dict[type[Node], Callable[[Place, Node], Raw]] = {
    t.Derivative: _derivative,
    t.Piecewise: _piecewise,
    t.Index: _indexed,
    t.Sum: _series,
    t.Product: _repeated_product,
    t.Integral: _integral,
    t.Antiderivative: _antiderivative,
    t.Limit: _unavailable,
    t.Matrix: _row_of_values,
}


def nested_orders(node: Node) -> int:
    """The largest number of inert derivatives inside one another, counted by their orders."""
    deep: dict[int, int] = {}
    for current in t.unique(node):
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
