"""Formulas that are polynomials, exactly: coefficients as fractions, derivatives, and real roots by Sturm's chains.

Only what the landscape and the exact line search need: no factoring, no Gröbner bases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symgrad.syntax import tree as t
from symgrad.syntax import walks

Exponents = tuple[int, ...]
Terms = dict[Exponents, Fraction]
Line = list[Fraction]  # coefficients in one variable, the constant first

_LARGEST = 5000  # terms


@dataclass(frozen=True)
class Polynomial:
    """A polynomial in `names`: coefficients by exponents, none of them zero."""

    names: tuple[str, ...]
    terms: Terms

    @property
    def degree(self) -> int:
        """The largest sum of exponents; 0 for the zero polynomial."""
        return max(map(sum, self.terms), default=0)

    def derivative(self, index: int) -> Polynomial:
        """∂/∂names[index]."""
        found: Terms = {}
        for exponents, value in self.terms.items():
            if exponents[index]:
                lower = (*exponents[:index], exponents[index] - 1, *exponents[index + 1 :])
                found[lower] = value * exponents[index]
        return Polynomial(self.names, found)

    def at(self, point: Sequence[Fraction]) -> Fraction:
        """The exact value."""
        return sum(
            (value * math.prod(x**e for x, e in zip(point, exponents) if e) for exponents, value in self.terms.items()),
            Fraction(0),
        )

    def hessian(self) -> list[list[Fraction]]:
        """The constant matrix of second derivatives of a polynomial of degree at most two."""
        zero = (Fraction(0),) * len(self.names)
        gradient = [self.derivative(i) for i in range(len(self.names))]
        return [[first.derivative(j).at(zero) for j in range(len(self.names))] for first in gradient]

    def along(self, point: Sequence[float], direction: Sequence[float]) -> Line:
        """The coefficients of φ(a) = p(point + a·direction), exactly, doubles being the fractions they are."""
        ways = [[Fraction(x), Fraction(d)] for x, d in zip(point, direction)]
        powers: list[list[Line]] = [[[Fraction(1)]] for _ in ways]
        result: Line = [Fraction(0)]
        for exponents, value in self.terms.items():
            product: Line = [value]
            for index, exponent in enumerate(exponents):
                while len(powers[index]) <= exponent:
                    powers[index].append(multiply_lines(powers[index][-1], ways[index]))
                product = multiply_lines(product, powers[index][exponent])
            result = [
                (result[k] if k < len(result) else Fraction(0)) + (product[k] if k < len(product) else Fraction(0))
                for k in range(max(len(result), len(product)))
            ]
        return trimmed(result)


def polynomial(tree: t.Node, names: Sequence[str], *, degree: int = 12) -> Polynomial | None:
    """The formula as a polynomial with rational coefficients of at most that degree, or None.

    >>> from symgrad import syntax
    >>> polynomial(syntax.parse("(w + 1)^2 * 69/4"), ["w"]).hessian()
    [[Fraction(69, 2)]]
    """
    names = tuple(names)
    known: dict[int, Terms] = {}
    for node in walks.unique(tree):
        terms = _terms(node, names, known, degree)
        if terms is None or len(terms) > _LARGEST:
            return None
        known[id(node)] = terms
    return Polynomial(names, known[id(tree)])


def _terms(node: t.Node, names: tuple[str, ...], known: dict[int, Terms], degree: int) -> Terms | None:
    constant = (0,) * len(names)
    parts = [known[id(child)] for child in node.children]
    if isinstance(node, t.Number):
        return {constant: node.value} if node.value else {}
    if isinstance(node, t.Symbol):
        return {tuple(int(name == node.name) for name in names): Fraction(1)} if node.name in names else None
    if isinstance(node, t.Negate):
        return {exponents: -value for exponents, value in parts[0].items()}
    if isinstance(node, t.Add):
        return _sum(parts)
    if isinstance(node, t.Multiply):
        return _product(parts, degree)
    if isinstance(node, t.Divide) and set(parts[1]) == {constant}:
        return {exponents: value / parts[1][constant] for exponents, value in parts[0].items()}
    if isinstance(node, t.Power) and set(parts[1]) <= {constant}:
        exponent = parts[1].get(constant, Fraction(0))
        if exponent.denominator == 1 and 0 <= exponent <= degree:
            return _product([parts[0]] * int(exponent), degree) if exponent else {constant: Fraction(1)}
    return None


def _sum(parts: Sequence[Terms]) -> Terms:
    total: Terms = {}
    for part in parts:
        for exponents, value in part.items():
            total[exponents] = total.get(exponents, Fraction(0)) + value
    return {exponents: value for exponents, value in total.items() if value}


def _product(parts: Sequence[Terms], degree: int) -> Terms | None:
    total = parts[0]
    for part in parts[1:]:
        if len(total) * len(part) > 20 * _LARGEST:
            return None
        found: Terms = {}
        for first, value in total.items():
            for second, other in part.items():
                exponents = tuple(a + b for a, b in zip(first, second))
                found[exponents] = found.get(exponents, Fraction(0)) + value * other
        total = {exponents: value for exponents, value in found.items() if value}
        if any(sum(exponents) > degree for exponents in total):
            return None
    return total


# ---- one variable --------------------------------------------------------------------------------------------------


def trimmed(line: Sequence[Fraction]) -> Line:
    """The coefficients without leading zeros."""
    result = list(line)
    while result and not result[-1]:
        result.pop()
    return result


def multiply_lines(first: Sequence[Fraction], second: Sequence[Fraction]) -> Line:
    """The product of two polynomials in one variable."""
    result = [Fraction(0)] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            result[i + j] += a * b
    return result


def value_of(line: Sequence[Fraction], x: Fraction) -> Fraction:
    """Horner's rule."""
    total = Fraction(0)
    for coefficient in reversed(line):
        total = total * x + coefficient
    return total


def derivative_of(line: Sequence[Fraction]) -> Line:
    """The derivative in one variable."""
    return [k * coefficient for k, coefficient in enumerate(line)][1:]


def _remainder(first: Line, second: Line) -> Line:
    result = list(first)
    while len(result) >= len(second):
        factor = result[-1] / second[-1]
        shift = len(result) - len(second)
        for k, coefficient in enumerate(second):
            result[shift + k] -= factor * coefficient
        result = trimmed(result[:-1])
    return result


def _divided(first: Line, second: Line) -> Line:
    """The quotient of a division that leaves no remainder."""
    rest, found = list(first), [Fraction(0)] * (len(first) - len(second) + 1)
    for shift in reversed(range(len(found))):
        found[shift] = rest[shift + len(second) - 1] / second[-1]
        for k, coefficient in enumerate(second):
            rest[shift + k] -= found[shift] * coefficient
    return found


def sturm(line: Sequence[Fraction]) -> list[Line]:
    """Sturm's chain: its sign changes at a and b tell how many distinct real roots lie between."""
    chain = [trimmed(line), trimmed(derivative_of(line))]
    while chain[-1]:
        rest = _remainder(chain[-2], chain[-1])
        scale: Fraction = max((abs(c) for c in rest), default=Fraction(1))
        chain.append([-c / scale for c in rest])  # a positive factor keeps the signs and the numbers short
    return chain[:-1]


def _changes(chain: Sequence[Line], x: Fraction) -> int:
    signs = [s for s in (_sign(value_of(line, x)) for line in chain) if s]
    return sum(a != b for a, b in pairwise(signs))


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def real_roots(line: Sequence[Fraction], *, width: Fraction = Fraction(1, 2**70)) -> list[Fraction]:
    """All distinct real roots in ascending order, each to within `width`, certified by Sturm's theorem.

    >>> [round(float(root), 6) for root in real_roots([Fraction(c) for c in (-2, 0, 1)])]
    [-1.414214, 1.414214]
    """
    line = trimmed(line)
    if len(line) < 2:
        return []
    common = sturm(line)[-1]  # what a polynomial shares with its derivative: the repeated roots, once less each
    line = _divided(line, common) if len(common) > 1 else line
    chain = sturm(line)
    bound: Fraction = 1 + max(abs(c / line[-1]) for c in line[:-1])
    bound = Fraction(2) ** max(1, math.ceil(math.log2(float(bound))) + 1) if bound < 10**300 else bound
    roots: list[Fraction] = []
    stack = [(-bound, bound, _changes(chain, -bound), _changes(chain, bound))]
    while stack:
        low, high, at_low, at_high = stack.pop()
        if at_low == at_high:
            continue
        if at_low - at_high == 1 or high - low <= width:
            roots.append(_refined(line, chain, (low, high), at_low, width))
            continue
        middle = (low + high) / 2
        at_middle = _changes(chain, middle)
        stack += [(low, middle, at_low, at_middle), (middle, high, at_middle, at_high)]
    return sorted(roots)


def _refined(
    line: Line, chain: Sequence[Line], ends: tuple[Fraction, Fraction], at_low: int, width: Fraction
) -> Fraction:
    """The one root in (low, high], by bisection: on the sign where it changes, else on Sturm's count."""
    low, high = ends
    if value_of(line, high) == 0:
        return high
    left, right = _sign(value_of(line, low)), _sign(value_of(line, high))
    by_sign = left * right < 0
    while high - low > width * (1 + abs(high)):
        middle = (low + high) / 2
        value = value_of(line, middle)
        if value == 0:
            return middle
        root_is_right = _sign(value) == left if by_sign else _changes(chain, middle) == at_low
        low, high = (middle, high) if root_is_right else (low, middle)
    return (low + high) / 2
