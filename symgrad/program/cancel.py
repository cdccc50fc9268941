"""Differences that cancel, found exactly: sums over a graph written out as polynomials with rational coefficients.

(x + 1) − x is 1 and (x + e)² − x² is 2xe + e² whatever rounding does to them; 1/(x + 1) − 1/x is −1/(x(x + 1)). Atoms
are whatever is no sum, product or whole power. All this has a small budget: what is too large to write out stays.
"""

from collections.abc import Sequence
from fractions import Fraction

from symgrad.program.graph import Graph

Monomial = tuple[tuple[int, int], ...]  # (atom, exponent), by atom
Polynomial = dict[Monomial, int | Fraction]

_MOST = 16  # monomials of a polynomial
_DEEP = 8  # nodes deep


def polynomial(g: Graph, i: int, deep: int = _DEEP) -> Polynomial | None:
    """A node as a polynomial in atoms; None where that is too large. Kept with the graph: sums ask again and again.

    >>> g = Graph(1)
    >>> polynomial(g, g.multiply(g.add(0, g.number(1)), 0)) == {((0, 2),): 1, ((0, 1),): 1}
    True
    """
    constant = g.constant[i]
    if constant is not None:
        if isinstance(constant, float):
            return {((i, 1),): 1}
        return {(): constant} if constant else {}
    if g.ops[i] not in _POLYNOMIAL:
        return {((i, 1),): 1}
    known: dict[int, Polynomial | None] = g.polynomials
    if i not in known:
        known[i] = _written_out(g, i, deep)
    return known[i]


_POLYNOMIAL = frozenset(("add", "subtract", "multiply", "negate", "difference_of_squares"))


def _written_out(g: Graph, i: int, deep: int) -> Polynomial | None:
    op = g.ops[i]
    if deep and op == "difference_of_squares":
        squares = [polynomial(g, g.multiply(child, child), deep - 1) for child in g.args[i]]
        if squares[0] is None or squares[1] is None:
            return None
        return plus(squares[0], scaled(squares[1], -1))
    if deep and op in ("add", "subtract", "multiply", "negate"):
        parts = [polynomial(g, child, deep - 1) for child in g.args[i]]
        if any(part is None for part in parts):
            return None
        first = parts[0]
        assert first is not None
        if op == "negate":
            return scaled(first, -1)
        second = parts[1]
        assert second is not None
        if op == "multiply":
            return times(first, second)
        return plus(first, scaled(second, -1 if op == "subtract" else 1))
    return {((i, 1),): 1}


def scaled(p: Polynomial, factor: int | Fraction) -> Polynomial:
    return {monomial: factor * coefficient for monomial, coefficient in p.items()}


def plus(p: Polynomial, q: Polynomial) -> Polynomial | None:
    total = dict(p)
    for monomial, coefficient in q.items():
        value = total.get(monomial, 0) + coefficient
        if value:
            total[monomial] = value
        else:
            total.pop(monomial, None)
    return total if len(total) <= _MOST else None


def times(p: Polynomial, q: Polynomial) -> Polynomial | None:
    if len(p) * len(q) > 2 * _MOST:
        return None
    total: Polynomial = {}
    for m, a in p.items():
        for n, b in q.items():
            exponents = dict(m)
            for atom, exponent in n:
                exponents[atom] = exponents.get(atom, 0) + exponent
            monomial = tuple(sorted(exponents.items()))
            value = total.get(monomial, 0) + a * b
            if value:
                total[monomial] = value
            else:
                total.pop(monomial, None)
    return total if len(total) <= _MOST else None


def build(g: Graph, p: Polynomial) -> int:
    """The polynomial as a node, what all monomials share taken out."""
    if not p:
        return g.number(0)
    shared = dict(next(iter(p)))
    for monomial in p:
        exponents = dict(monomial)
        shared = {atom: min(k, exponents[atom]) for atom, k in shared.items() if atom in exponents}
    terms = []
    for monomial, coefficient in p.items():
        rest = [(atom, k - shared.get(atom, 0)) for atom, k in monomial]
        terms.append(g.product([g.number(coefficient), *(g.whole_power(atom, k) for atom, k in rest if k)]))
    return g.product([g.sum(terms), *(g.whole_power(atom, k) for atom, k in shared.items())])


def difference(g: Graph, u: int, v: int, *, merging: bool = False) -> int | None:
    """u − v as a node if something cancels in it exactly, or (merging) at least two terms become one; else None."""
    p, q = polynomial(g, u), polynomial(g, v)
    if p is None or q is None or not (p.keys() & q.keys()):
        return None
    total = plus(p, scaled(q, -1))
    if total is None or len(total) >= len(p) + len(q) - (not merging and len(p) + len(q) > 2):
        return None
    return build(g, total)


def _never_negative(g: Graph, i: int) -> bool:
    """Whether a node is a square, a number from zero up, or a product or sum of such, by its shape."""
    constant = g.constant[i]
    if constant is not None:
        return bool(constant >= 0)
    if g.ops[i] == "multiply" and g.args[i][0] == g.args[i][1]:
        return True
    return g.ops[i] in ("add", "multiply") and all(_never_negative(g, child) for child in g.args[i])


def cancelled_sum(g: Graph, terms: Sequence[int]) -> int | None:
    """The sum as a node if writing it out makes terms vanish, else None."""
    if all(_never_negative(g, term) for term in terms):
        return None  # squares cannot cancel as they stand; written out, near their common zero, they would
    parts = [polynomial(g, term) for term in terms]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if len(set().union(*known)) == sum(map(len, known)):
        return None  # no two terms share a monomial: nothing can cancel
    total: Polynomial | None = {}
    written = 0
    for part in known:
        written += len(part)
        total = plus(total, part) if total is not None else None
    if total is None or len(total) > written - 2:  # a pair that vanishes takes two away
        return None
    return build(g, total)


def cancelled_fractions(g: Graph, terms: Sequence[int]) -> int | None:
    """A sum of quotients over the common denominator, if the numerator loses terms by that."""
    if not 2 <= len(terms) <= 4:
        return None
    tops, bottoms = [], []
    for term in terms:
        top, bottom = _quotient(g, term)
        tops.append(top)
        bottoms.append(bottom)
    distinct = [bottom for bottom in dict.fromkeys(bottoms) if bottom is not None]
    if len(distinct) < len(terms) - 1 or not distinct:
        return None
    numerator: Polynomial | None = {}
    written = 0
    for top, bottom in zip(tops, bottoms):
        part = polynomial(g, top)
        for other in distinct:
            if part is not None and other != bottom:
                factor = polynomial(g, other)
                part = None if factor is None else times(part, factor)
        if part is None or numerator is None:
            return None
        written += len(part)
        numerator = plus(numerator, part)
    if numerator is None or len(numerator) > written - 2:
        return None
    return g.divide(build(g, numerator), g.product(distinct))


def _quotient(g: Graph, term: int) -> tuple[int, int | None]:
    """Numerator and denominator; a sign or constant in front goes into the numerator."""
    op, args = g.ops[term], g.args[term]
    if op == "negate":
        top, bottom = _quotient(g, args[0])
        return g.negate(top), bottom
    if op == "multiply" and g.constant[args[0]] is not None:
        top, bottom = _quotient(g, args[1])
        return g.multiply(args[0], top), bottom
    if op == "divide":
        return args[0], args[1]
    return term, None


def affine(g: Graph, v: int, u: int) -> tuple[Fraction, Fraction] | None:
    """(k, c) with v = k·u + c, if that is so."""
    p, q = polynomial(g, v), polynomial(g, u)
    if p is None or q is None:
        return None
    moving = next((monomial for monomial in q if monomial), None)
    if moving is None or moving not in p:
        return None
    k = Fraction(p[moving]) / q[moving]
    rest = plus(p, scaled(q, -k))
    if rest is None or any(monomial for monomial in rest):
        return None
    return k, Fraction(rest.get((), 0))
