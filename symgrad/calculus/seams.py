"""Where a function may have a kink or a jump, and what happens there: roots of seam equations, one-sided slopes.

Slopes at a seam are measured by high-precision differences on one side, then recognised as exact numbers; nothing is
claimed that isn't recognised.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import comb, isqrt, lcm
from typing import Any

from symgrad.calculus import algebra
from symgrad.calculus.conditions import always, linear, quadratic
from symgrad.calculus.evaluate import Place
from symgrad.calculus.precision import CannotEvaluateError, UndefinedError, context
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import Compare, Node, Number

_BITS = 64
_GUESSES = tuple(Fraction(n, d) for d in (1, 2, 3) for n in range(-9 * d, 9 * d + 1) if d == 1 or n % d)


@dataclass(frozen=True)
class Kink:
    """A place at which the function is not smooth, or could be not.

    Args:
        where: the equation of the place: x = 1/2, or an unsolved one.
        kind: "kink" (two slopes), "jump", "smooth" (the slopes agree), "vertical" or "unknown".
        left: the slope from the left, as an exact number where it was recognised.
        right: the slope from the right.
        value: for "removable", where the formula has no value of its own, its limit; the slopes are those with it.
    """

    where: Node
    kind: str
    left: Node | None = None
    right: Node | None = None
    value: Node | None = None


def roots(equation: Node, name: str) -> tuple[Node, ...]:
    """Exact solutions for the named variable that are easy to find: of linear and quadratic equations, small rationals.

    >>> from symgrad.syntax.tree import Symbol, Compare, Number, Power
    >>> roots(Compare("=", Power(Symbol("x"), Number(2)), Number(4)), "x")
    (Number(Fraction(-2, 1)), Number(Fraction(2, 1)))
    >>> roots(Compare("=", Power(Symbol("x"), Number(2)), Number(2)), "x")
    (Negate(Call('sqrt', Number(Fraction(2, 1)))), Call('sqrt', Number(Fraction(2, 1))))
    """
    if not isinstance(equation, Compare):
        return ()
    difference = algebra.subtract(equation.left, equation.right)
    if {s.name for s in walks.free_symbols(difference)} != {name}:
        return ()
    if equation.left == t.Symbol(name) and not walks.free_symbols(equation.right):
        return (equation.right,)
    line = linear(difference)
    if line is not None:
        return (algebra.number(-line[2] / line[1]),)
    curved = quadratic(difference)
    if curved is not None:
        return _of_quadratic(*curved)
    found = []
    for guess in _GUESSES:
        try:
            value = Place({name: guess}, _BITS).evaluate(difference)
        except (UndefinedError, CannotEvaluateError):
            continue
        if _tiny(value):
            found.append(guess)
    return tuple(Number(value) for value in sorted(found))


def _of_quadratic(a: Fraction, b: Fraction, c: Fraction) -> tuple[Node, ...]:
    """The real solutions of a·x² + b·x + c = 0, the smaller one first."""
    under = b * b - 4 * a * c
    if under < 0:
        return ()
    middle, square = -b / (2 * a), under / (4 * a * a)
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    if root * root == square:
        return tuple(algebra.number(value) for value in sorted({middle - root, middle + root}))
    outside, inside = _square_out(square.numerator * square.denominator)
    factor = Fraction(outside, square.denominator)
    below = lcm(factor.denominator, middle.denominator)
    size = algebra.multiply(algebra.number(factor * below), algebra.sqrt(Number(inside)))
    center = algebra.number(middle * below)
    above = [algebra.negate(size), size] if middle == 0 else [t.Add(center, t.Negate(size)), t.Add(center, size)]
    return tuple(part if below == 1 else t.Divide(part, Number(below)) for part in above)


def _square_out(number: int) -> tuple[int, int]:
    """√number = outside·√inside, squares of small factors taken out.

    >>> _square_out(12)
    (2, 3)
    """
    outside = 1
    for factor in range(2, 100):
        while number % (factor * factor) == 0:
            number, outside = number // (factor * factor), outside * factor
    return outside, number


def same_value(first: Node, second: Node, name: str, point: Node) -> bool:
    """Whether two formulas of one variable have the same value at a point."""
    try:
        place = Place({}, _BITS, 1)
        here = place.with_value(name, place.evaluate(point))
        return _tiny(here.evaluate(algebra.subtract(first, second)))
    except (UndefinedError, CannotEvaluateError):
        return False


def _tiny(value: Any) -> bool:
    return not value[1] or value[2] + value[3] < -_BITS


def slopes(node: Node, name: str, point: Node) -> tuple[str, Node | None, Node | None]:
    """What a function of one variable does at a point: its kind, and the slopes from the left and the right.

    >>> from symgrad.syntax.tree import Call, Symbol
    >>> kind, left, right = slopes(Call("abs", Symbol("x")), "x", Number(0))
    >>> kind, left, right
    ('kink', Number(Fraction(-1, 1)), Number(Fraction(1, 1)))
    """
    ctx = context(6 * _BITS)
    try:
        place = Place({}, _BITS, 4)
        center = place.evaluate(point)
        here = ctx.make_mpf(place.with_value(name, center).evaluate(node))
        curve = _Curve(place, node, name, center)
    except UndefinedError:
        return "outside", None, None
    except CannotEvaluateError:
        return "unknown", None, None
    try:
        left, right = _one_sided(curve, here, -1), _one_sided(curve, here, +1)
    except UndefinedError:
        return ("smooth", t.ZERO, t.ZERO) if _flat(curve, here) else ("outside", None, None)
    except CannotEvaluateError:
        return "unknown", None, None
    if left is None or right is None:
        return "jump", None, None
    if max(abs(left), abs(right)) > ctx.ldexp(1, _BITS // 3):
        return "vertical", None, None
    if abs(left - right) <= ctx.ldexp(1 + abs(left), -_BITS // 2):
        value = recognised((left + right) / 2)
        return "smooth", value, value
    return "kink", recognised(left), recognised(right)


@dataclass(frozen=True)
class _Curve:
    """A function of one variable near a point."""

    place: Place
    node: Node
    name: str
    center: Any

    def value(self, shift: Any) -> Any:
        moved = self.place.raw_of(self.place.number_of(self.center) + shift)
        return context(6 * _BITS).make_mpf(self.place.with_value(self.name, moved).evaluate(self.node))


def _one_sided(curve: _Curve, here: Any, side: int) -> Any:
    """The slope on one side from values at h and h/2 by extrapolation; None where the function jumps."""
    ctx = context(6 * _BITS)
    h = ctx.ldexp(side, -_BITS)
    first, second = curve.value(h) - here, curve.value(h / 2) - here
    if abs(second) > abs(first) * ctx.mpf("0.9") and abs(second) > ctx.ldexp(1, -_BITS // 2):
        return None
    return (4 * second - first) / h


def _flat(curve: _Curve, here: Any) -> bool:
    """Whether the function stays so close to its value that it leaves the range of numbers, as e^(−1/x²) does at 0."""
    ctx = context(6 * _BITS)
    try:
        near = [curve.value(ctx.ldexp(side, -8)) for side in (-1, 1)]
    except (UndefinedError, CannotEvaluateError):
        return False
    return all(abs(value - here) < ctx.ldexp(1, -16 * _BITS) for value in near)


def recognised(value: Any) -> Node | None:
    """A number as a small rational, or a small rational times π, e or a square root; None if it is none of these.

    >>> recognised(context(200).mpf(1) / 3)
    Number(Fraction(1, 3))
    """
    ctx = context(6 * _BITS)
    tolerance = ctx.ldexp(1, -_BITS // 2)
    for unit, make in _units(ctx):
        quotient = ctx.mpf(value) / unit
        guess = _rational(quotient)
        if abs(guess.numerator) < 10**4 and abs(quotient * guess.denominator - guess.numerator) < tolerance:
            return make if guess == 1 and make is not None else _times(guess, make)
    return None


def _rational(value: Any) -> Fraction:
    exact = Fraction(int(context(6 * _BITS).nint(value * (1 << 80))), 1 << 80)
    return exact.limit_denominator(360)


def _times(value: Fraction, unit: Node | None) -> Node:
    if unit is None or value == 0:
        return algebra.number(value)
    return algebra.multiply(algebra.number(value), unit)


def _units(ctx: Any) -> Iterator[tuple[Any, Node | None]]:
    yield ctx.mpf(1), None
    yield ctx.pi, algebra.PI
    yield ctx.e, algebra.E
    for radicand in (2, 3, 5, 6, 7):
        yield ctx.sqrt(radicand), algebra.sqrt(Number(radicand))


def kinks(node: Node, name: str, seams: Iterable[Node]) -> tuple[Kink, ...]:
    """Each seam with what the function does there; a seam that can't be solved stays as its equation."""
    found: dict[Node, Kink] = {}
    alone = {s.name for s in walks.free_symbols(node)} <= {name} and not any(
        isinstance(p, t.Apply) for p in walks.unique(node)
    )
    for seam in dict.fromkeys(seams):
        solved = roots(seam, name)
        if not solved:
            if walks.free_symbols(seam) and not _never(seam):
                found.setdefault(seam, Kink(seam, "unknown"))
            continue
        for point in solved:
            where = Compare("=", t.Symbol(name), point)
            if where not in found:
                found[where] = Kink(where, *slopes(node, name, point)) if alone else Kink(where, "unknown")
    return tuple(kink for kink in found.values() if kink.kind != "outside")


def _never(equation: Node) -> bool:
    """Whether an equation is seen to have no real solution."""
    if not isinstance(equation, Compare):
        return False
    difference = algebra.subtract(equation.left, equation.right)
    return always(Compare("!=", difference, t.ZERO)) or quadratic(difference) is not None


def removable(node: Node, name: str, order: int = 1) -> tuple[Kink, ...]:
    """The points where a denominator is 0 but the formula has a limit, with that limit and the slopes there.

    For a higher order the slopes are the derivative of that order, and places with two slopes are left out.

    >>> from symgrad.syntax.tree import Call, Divide, Symbol
    >>> x = Symbol("x")
    >>> [point] = removable(Divide(Call("sin", x), x), "x")
    >>> point.value, point.left
    (Number(Fraction(1, 1)), Number(Fraction(0, 1)))
    """
    if {s.name for s in walks.free_symbols(node)} != {name}:
        return ()
    below = dict.fromkeys(part.denominator for part in walks.unique(node) if isinstance(part, t.Divide))
    points = dict.fromkeys(point for under in below for point in roots(Compare("=", under, t.ZERO), name))
    return tuple(kink for point in points if (kink := _filled(node, name, point, order)) is not None)


def _filled(node: Node, name: str, point: Node, order: int) -> Kink | None:
    """A hole of the formula with its limit and slope; None where there is none, or no limit that is recognised."""
    ctx = context(6 * _BITS)
    try:
        place = Place({}, _BITS, 4)
        curve = _Curve(place, node, name, place.evaluate(point))
    except (UndefinedError, CannotEvaluateError):
        return None
    if _defined(curve):
        return None
    h = ctx.ldexp(1, -_BITS)
    try:
        left, right, far_left, far_right = (curve.value(step * h) for step in (-1, 1, -2, 2))
    except (UndefinedError, CannotEvaluateError):
        return None
    limit = (4 * (left + right) - (far_left + far_right)) / 6
    slope = (8 * (right - left) - (far_right - far_left)) / (12 * h)
    jump = max(abs(left - limit), abs(right - limit), abs(far_left - limit))
    if jump > ctx.ldexp(1 + abs(limit), -_BITS // 2) or abs(slope) > ctx.ldexp(1, _BITS // 3):
        return None
    from_left, from_right = (left - far_left) / h, (far_right - right) / h
    smooth = abs(from_left - from_right) <= ctx.ldexp(1 + abs(slope), -_BITS // 2)
    value = recognised(limit)
    if order > 1:
        return _higher(curve, point, limit, order) if smooth else None
    tangents = (recognised(slope),) * 2 if smooth else (recognised(from_left), recognised(from_right))
    if value is None or None in tangents:
        return None
    return Kink(Compare("=", t.Symbol(name), point), "removable", *tangents, value)


def _higher(curve: _Curve, point: Node, limit: Any, order: int) -> Kink | None:
    """The hole with its derivative of a higher order, by central differences."""
    ctx = context(6 * _BITS)
    h = ctx.ldexp(1, -_BITS // 2)
    try:
        near = {k: curve.value(k * h) if k else limit for k in range(-order, order + 1, 2)}
    except (UndefinedError, CannotEvaluateError):
        return None
    total = sum((-1) ** k * comb(order, k) * near[order - 2 * k] for k in range(order + 1))
    tangent, value = recognised(total / (2 * h) ** order), recognised(limit)
    if tangent is None or value is None:
        return None
    where = Compare("=", t.Symbol(curve.name), point)
    return Kink(where, "removable", tangent, tangent, value)


def _defined(curve: _Curve) -> bool:
    try:
        curve.value(context(6 * _BITS).zero)
    except (UndefinedError, CannotEvaluateError):
        return False
    return True
