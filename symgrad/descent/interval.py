"""Interval arithmetic on formulas: bounds that hold for every point of a box, rounding included.

Each operation widens its result by one unit in the last place (two for library functions), so that a bound is a proof.
What has no interval rule gives no bound (None) rather than a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from symgrad.syntax import tree as t
from symgrad.syntax import walks


class Interval(NamedTuple):
    """All numbers from low to high; an end may be infinite."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """A number inside, the middle where both ends are finite."""
        if math.isinf(self.low):
            return 0.0 if math.isinf(self.high) else min(self.high, 0.0) - 1.0
        return max(self.low, 0.0) + 1.0 if math.isinf(self.high) else self.low + (self.high - self.low) / 2

    @property
    def width(self) -> float:
        """The distance of the ends."""
        return self.high - self.low

    @property
    def size(self) -> float:
        """The largest magnitude inside."""
        return max(abs(self.low), abs(self.high))

    def has(self, value: float) -> bool:
        """Whether the number lies inside."""
        return self.low <= value <= self.high


EVERYTHING = Interval(-math.inf, math.inf)


def _out(low: float, high: float, units: int = 1) -> Interval:
    if math.isnan(low):
        low = -math.inf
    if math.isnan(high):
        high = math.inf
    for _ in range(units):
        low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    return Interval(low, high)


def add(u: Interval, v: Interval) -> Interval:
    """u + v."""
    return _out(u.low + v.low, u.high + v.high)


def negate(u: Interval) -> Interval:
    """−u."""
    return Interval(-u.high, -u.low)


def _times(a: float, b: float) -> float:
    return 0.0 if a == 0 or b == 0 else a * b


def multiply(u: Interval, v: Interval) -> Interval:
    """u·v."""
    corners = [_times(a, b) for a in u for b in v]
    return _out(min(corners), max(corners))


def divide(u: Interval, v: Interval) -> Interval:
    """u/v; everything where v may be zero."""
    if v.low <= 0 <= v.high:
        return EVERYTHING
    return multiply(u, _out(1 / v.high, 1 / v.low))


def whole_power(u: Interval, exponent: int) -> Interval:
    """u to a whole exponent."""
    if exponent < 0:
        return divide(Interval(1.0, 1.0), whole_power(u, -exponent))
    ends = sorted((_power(u.low, exponent), _power(u.high, exponent)))
    if exponent % 2 == 0 and u.low < 0 < u.high:
        ends[0] = 0.0
    low, high = _out(ends[0], ends[1], units=2)
    return Interval(max(low, 0.0), high) if exponent % 2 == 0 else Interval(low, high)


def _power(x: float, exponent: int) -> float:
    try:
        return x**exponent
    except OverflowError:
        return math.inf if x > 0 or exponent % 2 == 0 else -math.inf


def sine(u: Interval, *, shift: float = 0.0) -> Interval:
    """sin(u + shift), shift being 0 or π/2."""
    if not u.width < 6.2 or u.size > 1e8:
        return Interval(-1.0, 1.0)
    function = math.cos if shift else math.sin
    low, high = sorted((function(u.low), function(u.high)))
    peaks = ((0.5, -0.5), (0.0, 1.0))[bool(shift)]  # in units of π: where it is 1 and where it is −1

    def inside(offset: float) -> bool:
        k = math.floor((u.high / math.pi - offset) / 2 + 1e-9)
        return (2 * k + offset) * math.pi >= u.low - 1e-9 * (1 + u.size)

    high = 1.0 if inside(peaks[0]) else high
    low = -1.0 if inside(peaks[1]) else low
    low, high = _out(low, high, units=2)
    return Interval(max(low, -1.0), min(high, 1.0))


def _rising(
    function: Callable[[float], float], low: float = -math.inf, high: float = math.inf
) -> Callable[[Interval], Interval | None]:
    """The rule of a function that rises on (low, high); no bound where the interval leaves it."""

    def rule(u: Interval) -> Interval | None:
        if u.low < low or u.high > high:
            return None
        return _out(_limit(function, u.low), _limit(function, u.high), units=2)

    return rule


def _limit(function: Callable[[float], float], x: float) -> float:
    try:
        return function(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf
    except ValueError:
        return -math.inf  # ln 0


def _absolute(u: Interval) -> Interval:
    ends = sorted((abs(u.low), abs(u.high)))
    return Interval(0.0 if u.low < 0 < u.high else ends[0], ends[1])


def _sign(u: Interval) -> Interval:
    return Interval(float((u.low > 0) - (u.low < 0)), float((u.high > 0) - (u.high < 0)))


def _hyperbolic_cosine(u: Interval) -> Interval:
    size = _absolute(u)
    low, high = _out(_limit(math.cosh, size.low), _limit(math.cosh, size.high), units=2)
    return Interval(max(low, 1.0), high)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


_RULES: Mapping[str, Callable[[Interval], Interval | None]] = {
    "sin": sine,
    "cos": lambda u: sine(u, shift=math.pi / 2),
    "exp": lambda u: _inside(_rising(math.exp)(u), 0.0, math.inf),
    "ln": _rising(math.log, low=0.0),
    "sqrt": lambda u: _inside(_rising(math.sqrt, low=0.0)(u), 0.0, math.inf),
    "tanh": lambda u: _inside(_rising(math.tanh)(u), -1.0, 1.0),
    "arctan": _rising(math.atan),
    "sinh": _rising(math.sinh),
    "cosh": _hyperbolic_cosine,
    "arsinh": _rising(math.asinh),
    "erf": lambda u: _inside(_rising(math.erf)(u), -1.0, 1.0),
    "sigmoid": lambda u: _inside(_rising(_logistic)(u), 0.0, 1.0),
    "softplus": _rising(_softplus),
    "relu": lambda u: Interval(max(u.low, 0.0), max(u.high, 0.0)),
    "step": lambda u: Interval(float(u.low > 0), float(u.high >= 0)),
    "abs": _absolute,
    "sign": _sign,
}  # fmt: skip


def _inside(u: Interval | None, low: float, high: float) -> Interval | None:
    return u and Interval(max(u.low, low), min(u.high, high))


def enclose(tree: t.Node, box: Mapping[str, Interval]) -> Interval | None:
    """An interval that holds every value of the formula over the box; None where no bound is known.

    >>> from symgrad import syntax
    >>> low, high = enclose(syntax.parse("x^2 - 2x"), {"x": Interval(0.0, 1.0)})
    >>> round(low, 12), round(high, 12)
    (-2.0, 1.0)
    """
    known: dict[int, Interval] = {}
    for node in walks.unique(tree):
        found = _enclose(node, [known.get(id(child)) for child in node.children], box)
        if found is None:
            return None
        known[id(node)] = found
    return known[id(tree)]


def _enclose(node: t.Node, parts: list[Interval | None], box: Mapping[str, Interval]) -> Interval | None:
    if any(part is None for part in parts):
        return None
    inside = [part for part in parts if part is not None]
    if isinstance(node, t.Number):
        value = float(node.value)
        return Interval(value, value) if node.value == value else _out(value, value)
    if isinstance(node, t.Constant):
        value = {"e": math.e, "pi": math.pi}.get(node.name, math.nan)
        return None if math.isnan(value) else _out(value, value)
    if isinstance(node, t.Symbol):
        return box.get(node.name)
    if isinstance(node, t.Negate):
        return negate(inside[0])
    if isinstance(node, t.Add):
        return _fold(add, inside)
    if isinstance(node, t.Multiply):
        return _product(node, inside)
    if isinstance(node, t.Divide):
        return divide(*inside)
    if isinstance(node, t.Power):
        return _general_power(node, inside)
    if isinstance(node, t.Call) and node.function in ("max", "min"):
        choose = max if node.function == "max" else min
        return Interval(choose(u.low for u in inside), choose(u.high for u in inside))
    if isinstance(node, t.Call) and node.function in _RULES:
        return _RULES[node.function](inside[0])
    return None


def _fold(join: Callable[[Interval, Interval], Interval], parts: list[Interval]) -> Interval:
    total = parts[0]
    for part in parts[1:]:
        total = join(total, part)
    return total


def _product(node: t.Node, parts: list[Interval]) -> Interval:
    """A product; a factor that occurs twice is squared, which is tighter."""
    total: Interval | None = None
    done: set[t.Node] = set()
    for child, part in zip(node.children, parts):
        if child in done:
            continue
        done.add(child)
        times = sum(child == other for other in node.children)
        factor = whole_power(part, times) if times > 1 else part
        total = factor if total is None else multiply(total, factor)
    assert total is not None
    return total


def _general_power(node: t.Power, parts: list[Interval]) -> Interval | None:
    base, exponent = parts
    if isinstance(node.base, t.Constant) and node.base.name == "e":
        return _RULES["exp"](exponent)
    number = _constant(node.exponent)
    if number is not None and number == int(number) and abs(number) < 1000:
        return whole_power(base, int(number))
    if base.low <= 0:
        return None
    logarithm = _RULES["ln"](base)
    return None if logarithm is None else _RULES["exp"](multiply(exponent, logarithm))


def _constant(node: t.Node) -> float | None:
    if isinstance(node, t.Negate):
        inner = _constant(node.argument)
        return None if inner is None else -inner
    return float(node.value) if isinstance(node, t.Number) else None
