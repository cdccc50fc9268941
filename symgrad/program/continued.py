"""Values continued by their power series: `continued`(u, f, c, loss, a₀, a₁, …) with f = Σ a_k·(u − c)^k near u = c.

There the series has the digits that f as it was written loses; at u = c itself it has the limit. The derivative is such
a node again: the series differentiated term by term, f by the rules. Where they come from is `removable`.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symgrad.program.exact import to_float
from symgrad.program.graph import Graph

Forward = Callable[[Graph, list[int], dict[int, int]], dict[int, int]]


def make(g: Graph, base: int, direct: int, point: Any, loss: int, coefficients: Sequence[Any]) -> int:
    """The node for a value with a series in base − point, whose direct form loses so many orders of it there.

    A negative loss: nothing is lost in the value, but it is 0/0, with zeros of that order.
    """
    numbers = [g.number(value) for value in coefficients]
    return g.node("continued", base, direct, g.number(point), g.number(loss), *numbers)


# ---- derivative ------------------------------------------------------------------------------------------------------


def slope(forward: Forward, g: Graph, d: int, i: int, *args: int) -> tuple[int, ...]:
    """The series differentiated term by term, and the direct form by the rules, which `forward` knows."""
    base, direct, point, loss, *numbers = args
    dots = forward(g, _between(g, direct, base), {base: g.number(1)})
    values: list[Any] = [g.constant[number] for number in numbers]
    coefficients = [k * value for k, value in enumerate(values)][1:]
    lost: Any = g.constant[loss]
    derivative = make(g, base, dots.get(direct, g.number(0)), g.constant[point], max(lost, 0) + 1, coefficients)
    return (g.multiply(d, derivative), *(g.number(0) for _ in args[1:]))


def _between(g: Graph, direct: int, base: int) -> list[int]:
    """The nodes that the direct form needs beyond the base."""
    seen, stack = {base}, [direct]
    while stack:
        i = stack.pop()
        if i not in seen and g.constant[i] is None:
            seen.add(i)
            stack += g.children(i)
    return sorted(seen)


# ---- form ------------------------------------------------------------------------------------------------------------

_RADII = [Fraction(k, 64) for k in (128, 96, 80, 64, 56, 48, 40, 32, 28, 24, 20, 16, 14, 12, 10, *range(8, 0, -1))]
_SMALL = 2.0**-58
_TINY = Fraction(1, 2**60)


def form(g: Graph, base: int, direct: int, point: int, loss: int, *numbers: int) -> int:
    """The series within a radius where it is right to the last digit, the direct form beyond."""
    coefficients: list[Any] = [g.constant[number] for number in numbers]
    step = g.subtract(base, point)
    lost: Any = g.constant[loss]
    if lost == -1:  # a simple zero over another
        return g.select(g.node("equal", base, point), g.number(coefficients[0]), direct)
    if lost < 0:  # only where powers underflow
        near = g.add(g.multiply(g.number(coefficients[1]), step), g.number(coefficients[0]))
        return g.select(g.node("less", g.unary("abs", step), g.number(_TINY)), near, direct)
    sizes = [to_float(value) for value in coefficients]
    if not any(sizes):  # all that is known of the series is 0: further terms underflow there
        return g.select(g.node("less", g.unary("abs", step), g.number(_TINY)), g.number(0), direct)
    radius, terms = _radius(sizes)
    series = _polynomial(g, step, coefficients[:terms])
    return g.select(g.node("less", g.unary("abs", step), g.number(radius)), series, direct)


def _radius(coefficients: list[float]) -> tuple[Fraction, int]:
    """The largest radius that the known terms suffice for, and how many are needed there."""
    lead = next(k for k, value in enumerate(coefficients) if value)
    for radius in _RADII:
        r = float(radius)
        sizes = [abs(value) * r**k for k, value in enumerate(coefficients)]
        enough = _SMALL * sizes[lead]
        if max(sizes[-4:]) <= enough and max(sizes) <= 4 * sizes[lead]:
            break
    return radius, max(k for k, size in enumerate(sizes) if size > enough / 4) + 1


def _polynomial(g: Graph, t: int, coefficients: Sequence[Any]) -> int:
    """Horner's rule in t, or in t² where every other coefficient is 0."""
    lead = next(k for k, value in enumerate(coefficients) if value)
    rest = coefficients[lead:]
    even = not any(rest[1::2])
    variable = g.multiply(t, t) if even else t
    value = g.number(0)
    for coefficient in reversed(rest[::2] if even else rest):
        value = g.add(g.multiply(variable, value), g.number(coefficient))
    return g.multiply(g.whole_power(t, lead), value) if lead else value
