"""Differences that cancel, found exactly: sums over a graph written out as polynomials with rational coefficients.

(x + 1) − x is 1 and (x + e)² − x² is 2xe + e² whatever rounding does to them; 1/(x + 1) − 1/x is −1/(x(x + 1)). Atoms
are whatever is no sum, product or whole power. All this has a small budget: what is too large to write out stays.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

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


# ---- a quick look first ----------------------------------------------------------------------------------------------

Sketch = dict[int, int]  # a code for each monomial -> its coefficient modulo a prime
_PRIME = 2**61 - 1


def sketch(g: Graph, i: int, deep: int = _DEEP) -> Sketch | None:
    """A node as a polynomial in codes instead of monomials: what does not cancel here does not cancel at all.

    A code is Σ exponent·(a number for the atom), so that monomials are multiplied by adding. What does cancel is
    written out exactly to be sure: two monomials of one code, or a coefficient divisible by the prime, do no harm.
    """
    known: dict[int, Sketch | None] = g.sketches
    if i not in known:
        constant = g.constant[i]
        if g.ops[i] in _POLYNOMIAL and deep:
            known[i] = _sketched(g, i, deep)
        elif constant is None or isinstance(constant, float):
            known[i] = {hash((i, _PRIME)): 1}
        else:
            top, bottom = constant.as_integer_ratio()
            known[i] = {0: top * _inverse(bottom) % _PRIME} if bottom % _PRIME and top else {}
    return known[i]


@lru_cache(maxsize=1000)
def _inverse(bottom: int) -> int:
    return pow(bottom, -1, _PRIME)


def _sketched(g: Graph, i: int, deep: int) -> Sketch | None:
    op, args = g.ops[i], g.args[i]
    p = sketch(g, args[0], deep - 1)
    q = p if op == "negate" or args[0] == args[-1] else sketch(g, args[1], deep - 1)
    if p is None or q is None:
        return None
    if op == "negate":
        return {code: -coefficient % _PRIME for code, coefficient in p.items()}
    if op == "multiply":
        return _sketched_product(p, q)
    if op == "difference_of_squares":
        first, second = _sketched_product(p, p), _sketched_product(q, q)
        if first is None or second is None:
            return None
        p, q = first, second
    total, sign = p.copy(), 1 if op == "add" else -1
    for code, coefficient in q.items():
        total[code] = (total.get(code, 0) + sign * coefficient) % _PRIME
    return _short(total)


def _sketched_product(p: Sketch, q: Sketch) -> Sketch | None:
    if len(p) * len(q) > 2 * _MOST:
        return None
    total: Sketch = {}
    for m, a in p.items():
        for n, b in q.items():
            total[m + n] = (total.get(m + n, 0) + a * b) % _PRIME
    return _short(total)


def _short(total: Sketch) -> Sketch | None:
    if 0 in total.values():
        total = {code: coefficient for code, coefficient in total.items() if coefficient}
    return total if len(total) <= _MOST else None


def _left(*parts: tuple[Sketch, int]) -> int:
    """How many monomials are left of a sum of multiples."""
    total: Sketch = {}
    for part, factor in parts:
        for code, coefficient in part.items():
            total[code] = (total.get(code, 0) + factor * coefficient) % _PRIME
    return len(total) - list(total.values()).count(0)


# ---- the same exactly ------------------------------------------------------------------------------------------------


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
    first, second = sketch(g, u), sketch(g, v)
    if first is None or second is None or first.keys().isdisjoint(second):
        return None
    most = len(first) + len(second) - 1 - (not merging and len(first) + len(second) > 2)
    if _left((first, 1), (second, -1)) > most:
        return None
    p, q = polynomial(g, u), polynomial(g, v)
    total = None if p is None or q is None else plus(p, scaled(q, -1))
    return None if total is None or len(total) > most else build(g, total)


def divided(g: Graph, u: int, v: int) -> Polynomial | None:
    """u/v as a polynomial, if v divides u: long division by the leading monomial."""
    p, q = polynomial(g, u), polynomial(g, v)
    if not p or not q or len(q) < 2 or {atom for m in q for atom, _ in m} - {atom for m in p for atom, _ in m}:
        return None
    lead = max(q, key=_rank)
    quotient: Polynomial = {}
    left: Polynomial | None = p
    for _ in range(_MOST):
        if not left:
            return quotient if left is not None else None
        top = max(left, key=_rank)
        exponents = dict(top)
        for atom, exponent in lead:
            exponents[atom] = exponents.get(atom, 0) - exponent
        if min(exponents.values(), default=0) < 0:
            return None
        monomial = tuple(sorted((atom, exponent) for atom, exponent in exponents.items() if exponent))
        step: Polynomial = {monomial: Fraction(left[top]) / q[lead]}
        quotient |= step
        part = times(step, q)
        left = None if part is None else plus(left, scaled(part, -1))
    return None


def _rank(monomial: Monomial) -> tuple[int, Monomial]:
    """An order that products keep: by degree, then by the exponents of the later atoms."""
    return sum(exponent for _, exponent in monomial), monomial[::-1]


def never_negative(g: Graph, i: int) -> bool:
    """Whether a node is a square, a number from zero up, √u, e^u, |u|, or a product or sum of such, by its shape."""
    stack = [i]
    while stack:
        j = stack.pop()
        op, constant, args = g.ops[j], g.constant[j], g.args[j]
        if op in ("add", "multiply") and len(stack) < _MOST:
            if op == "add" or args[0] != args[1]:
                stack += args
        elif op not in _POSITIVE and (constant is None or constant < 0):
            return False
    return True


_POSITIVE = frozenset(("sqrt", "exp", "abs", "cosh", "sigmoid", "softplus", "hypot"))


def cancelled_sum(g: Graph, terms: Sequence[int]) -> int | None:
    """The sum as a node if writing it out makes terms vanish, else None."""
    if all(never_negative(g, term) for term in terms):
        return None  # squares cannot cancel as they stand; written out, near their common zero, they would
    sketches = [sketch(g, term) for term in terms]
    known = [(part, 1) for part in sketches if part is not None]
    if len(known) < len(terms):
        return None
    most = sum([len(part) for part, _ in known]) - 2  # a pair that vanishes takes two away
    if _left(*known) > min(most, _MOST):
        return None
    total: Polynomial | None = {}
    for term in terms:
        part = polynomial(g, term)
        total = None if total is None or part is None else plus(total, part)
    return None if total is None or len(total) > most else build(g, total)


def cancelled_fractions(g: Graph, terms: Sequence[int]) -> int | None:
    """A sum of quotients over the common denominator, if the numerator loses terms by that."""
    if not 2 <= len(terms) <= 4 or g.kinds.isdisjoint(("divide", "homographic", "over_root")):
        return None
    fractions = [_fraction(g, term) for term in terms]
    common: Counter[int] = Counter()
    for _, bottom in fractions:
        common |= bottom
    if not common or common.total() > _DEEP or any(len(top) > _MOST for top, _ in fractions):
        return None
    tops = [[*top, *(common - bottom).elements()] for top, bottom in fractions]
    sketches = [_expanded([sketch(g, factor) for factor in top], _sketched_product) for top in tops]
    known = [(part, 1) for part in sketches if part is not None]
    most = sum([len(part) for part, _ in known]) - 2
    if len(known) < len(terms) or _left(*known) > min(most, _MOST):
        return None
    numerator: Polynomial | None = {}
    for top in tops:
        part = _expanded([polynomial(g, factor) for factor in top], times)
        numerator = None if part is None or numerator is None else plus(numerator, part)
    if numerator is None or len(numerator) > most:
        return None
    return g.divide(build(g, numerator), g.product(list(common.elements())))


def _expanded(factors: Sequence[Any], multiplied: Callable[[Any, Any], Any]) -> Any:
    """The product of polynomials or of sketches; None where it is too large."""
    product = factors[0] if factors else None
    for factor in factors[1:]:
        product = None if product is None or factor is None else multiplied(product, factor)
    return product


def _fraction(g: Graph, term: int) -> tuple[list[int], "Counter[int]"]:
    """The factors above and below the line of a product of quotients; constants stand above."""
    above, below = [g.number(1)], []
    stack = [(term, True)]
    while stack and len(above) <= _MOST:
        i, up = stack.pop()
        op, args, constant = g.ops[i], g.args[i], g.constant[i]
        if op == "negate":
            above.append(g.number(-1))
            stack.append((args[0], up))
        elif op in ("multiply", "divide", "homographic", "over_root"):
            stack += [(args[-1 if op == "over_root" else 1], up if op == "multiply" else not up), (args[0], up)]
        elif up or (constant and not isinstance(constant, float)):
            above.append(i if up else g.number(Fraction(1) / constant))  # type: ignore[operator]
        else:
            below.append(i)
    return above, Counter(below)


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
