"""Multiplying out, and dividing sums exactly: sums of terms as polynomials in whatever stands in them."""

from fractions import Fraction

from symgrad.calculus.finish.keys import Key
from symgrad.calculus.finish.layout import Term
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import Add, Node

MOST_TERMS = 48  # a product that would have more terms is not multiplied out
_HIGHEST = 6  # nor is a higher power of a sum


class TooLargeError(Exception):
    """Multiplying out would fill the page."""


def expanded(desk: Tidier, node: Node) -> list[Term]:
    """The formula as a sum of products without brackets, like terms merged; denominators stay as they are.

    Raises:
        TooLargeError: there would be more than MOST_TERMS terms.
    """
    return desk.journal.remember("expanded", node, lambda whole: _expanded(desk, whole))


def _expanded(desk: Tidier, node: Node) -> list[Term]:
    return desk.merged(part for term in desk.terms(node) for part in _open(desk, term))


def _open(desk: Tidier, term: Term) -> list[Term]:
    closed = {key: pair for key, pair in term.powers.items() if not _openable(pair[0], pair[1])}
    result = [Term(term.coefficient, closed)]
    for key, (base, exponent) in term.powers.items():
        if key in closed:
            continue
        if exponent > _HIGHEST:  # type: ignore[operator]
            raise TooLargeError
        factor = expanded(desk, base)
        for _ in range(int(exponent)):  # type: ignore[arg-type]
            if len(result) * len(factor) > MOST_TERMS:
                raise TooLargeError
            result = desk.merged(desk.times([left, right]) for left in result for right in factor)
    return result


def _openable(base: Node, exponent: Fraction | Node) -> bool:
    return isinstance(base, Add) and isinstance(exponent, Fraction) and exponent.denominator == 1 and exponent > 0


Monomial = tuple[Fraction, ...]
Polynomial = dict[Monomial, Fraction]


class Ring:
    """Terms as polynomials over the bases that occur in them."""

    def __init__(self, *sums: list[Term]) -> None:
        self._bases: dict[Key, tuple[Node, Fraction | Node]] = {}
        above: set[Key] = set()
        for terms in sums:
            for term in terms:
                for key, (base, exponent) in term.powers.items():
                    generator = _generator(key, exponent)
                    self._bases.setdefault(generator, (base, exponent))
                    if not isinstance(exponent, Fraction) or exponent > 0:
                        above.add(generator)
        self._turned = [-1 if key not in above else 1 for key in self._bases]  # e^(−2x) is the square of e^(−x)
        self._order = {key: k for k, key in enumerate(self._bases)}

    def read(self, terms: list[Term]) -> Polynomial:
        """The polynomial of a sum."""
        result: Polynomial = {}
        for term in terms:
            exponents = [Fraction(0)] * len(self._order)
            for key, (_, exponent) in term.powers.items():
                place = self._order[_generator(key, exponent)]
                exponents[place] += exponent * self._turned[place] if isinstance(exponent, Fraction) else 1
            monomial = tuple(exponents)
            result[monomial] = result.get(monomial, Fraction(0)) + term.coefficient
        return {monomial: c for monomial, c in result.items() if c}

    def write(self, desk: Tidier, polynomial: Polynomial) -> list[Term]:
        """The sum of a polynomial."""
        terms = []
        for monomial, coefficient in polynomial.items():
            factors = [Term(coefficient)]
            for (base, typed), turn, height in zip(self._bases.values(), self._turned, monomial, strict=True):
                exponent = height * turn
                if exponent:
                    power = desk.single(base, exponent if isinstance(typed, Fraction) else typed)
                    if not isinstance(typed, Fraction):
                        power = desk.raised(power, exponent)
                    factors.append(power)
            terms.append(desk.times(factors))
        return desk.merged(terms)


def _generator(key: Key, exponent: Fraction | Node) -> Key:
    return key if isinstance(exponent, Fraction) else (key, exponent)


def divided(over: Polynomial, under: Polynomial) -> Polynomial | None:
    """The exact quotient of two polynomials, None where there is a rest.

    >>> f = Fraction
    >>> divided({(f(2),): f(1), (f(0),): f(-1)}, {(f(1),): f(1), (f(0),): f(1)})
    {(Fraction(1, 1),): Fraction(1, 1), (Fraction(0, 1),): Fraction(-1, 1)}
    """
    lead = max(under)
    rest, quotient = dict(over), dict[Monomial, Fraction]()
    for _ in range(4 * MOST_TERMS):
        if not rest:
            return quotient
        top = max(rest)
        step = tuple(a - b for a, b in zip(top, lead, strict=True))
        if any(part < 0 for part in step):
            return None
        factor = rest[top] / under[lead]
        quotient[step] = factor
        for monomial, coefficient in under.items():
            place = tuple(a + b for a, b in zip(step, monomial, strict=True))
            value = rest.get(place, Fraction(0)) - factor * coefficient
            if value:
                rest[place] = value
            else:
                rest.pop(place, None)
    return None


def common_divisor(first: Polynomial, second: Polynomial) -> Polynomial | None:
    """The greatest common divisor of two polynomials in one same variable with whole exponents; None otherwise.

    >>> f = Fraction
    >>> common_divisor({(f(2),): f(1), (f(0),): f(-1)}, {(f(1),): f(2), (f(0),): f(2)})
    {(Fraction(1, 1),): Fraction(1, 1), (Fraction(0, 1),): Fraction(1, 1)}
    """
    monomials = [*first, *second]
    used = {k for monomial in monomials for k, part in enumerate(monomial) if part}
    if len(used) != 1 or any(part < 0 or part.denominator != 1 for m in monomials for part in m):
        return None
    while second:
        first, second = second, _rest(first, second)
    lead = first[max(first)]
    return {monomial: c / lead for monomial, c in first.items()} if any(max(first)) else None


def _rest(over: Polynomial, under: Polynomial) -> Polynomial:
    lead, rest = max(under), dict(over)
    while rest and max(rest) >= lead:
        top = max(rest)
        factor = rest[top] / under[lead]
        for monomial, coefficient in under.items():
            place = tuple(t - m + p for t, m, p in zip(top, lead, monomial, strict=True))
            value = rest.get(place, Fraction(0)) - factor * coefficient
            if value:
                rest[place] = value
            else:
                rest.pop(place, None)
    return rest
