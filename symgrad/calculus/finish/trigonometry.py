"""Identities of circular and hyperbolic functions as moves: between squares, between quotients, and the double angle.

Each row of the tables below is a theorem for all real arguments where both sides are defined.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from symgrad.calculus.finish.layout import Term
from symgrad.calculus.finish.move import Offer, height_of, mentions, whole, without
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import ONE, TWO, ZERO, Add, Call, Compare, Divide, Multiply, Negate, Node, Power

# ---- squares ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Squares:
    """own·f(u)² + other·g(u)² = 1; where g has poles, `hole` is the function that is zero there ('' for u itself)."""

    f: str
    g: str
    own: int
    other: int
    hole: str | None = None

    def turned(self) -> "Squares":
        """The same theorem with f and g exchanged."""
        return Squares(self.g, self.f, self.other, self.own, self.hole)

    def sides(self, u: Node) -> tuple[Node, Node]:
        """own·f² + other·g² as a sum that starts with a plus, and 1."""
        first, second = Power(Call(self.f, u), TWO), Power(Call(self.g, u), TWO)
        if self.own < 0:
            return Add(second, Negate(first)), ONE
        return Add(first, second if self.other > 0 else Negate(second)), ONE

    def solved(self, u: Node) -> tuple[Node, Node]:
        """±(1 − own·f²) = g²."""
        square, partner = Power(Call(self.f, u), TWO), Power(Call(self.g, u), TWO)
        if self.other < 0:
            return Add(square, Negate(ONE)), partner
        return (Add(ONE, Negate(square)) if self.own > 0 else Add(ONE, square)), partner


_ROWS = (
    Squares("sin", "cos", 1, 1),
    Squares("cosh", "sinh", 1, -1),
    Squares("sec", "tan", 1, -1, "cos"),
    Squares("csc", "cot", 1, -1, "sin"),
    Squares("tanh", "sech", 1, 1),
    Squares("coth", "csch", 1, -1, ""),
)
SQUARES: dict[str, Squares] = {row.f: row for row in (*_ROWS, *(row.turned() for row in _ROWS))}


def squares(desk: Tidier, node: Node) -> Iterator[Offer]:
    """sin² u + cos² u = 1, 1 − tanh² u = sech² u, 1 + tan² u = sec² u, cosh² u − sinh² u = 1, with a common factor."""
    if not isinstance(node, Add) or not mentions(desk, SQUARES):
        return
    terms = desk.terms(node)
    place: dict[Hashable, int] = {desk.term_key(term): k for k, term in enumerate(terms)}
    for k, term in enumerate(terms):
        for base, exponent in list(term.powers.values()):
            if isinstance(base, Call) and base.function in SQUARES and isinstance(exponent, Fraction) and exponent >= 2:
                yield from _beside(desk, terms, place, k, base)


def _beside(desk: Tidier, terms: list[Term], place: dict[Hashable, int], k: int, base: Call) -> Iterator[Offer]:
    """Term k is rest·f²: offers for a term rest·g², or rest, beside it."""
    row, u = SQUARES[base.function], base.children[0]
    rest = without(desk, terms[k], base, Fraction(2))
    companion = desk.times([rest, desk.single(Call(row.g, u), Fraction(2))])

    m = place.get(desk.term_key(companion), k)
    if m != k and terms[m].coefficient * row.own == rest.coefficient * row.other:
        left, right = row.sides(u)
        hole = None if row.hole is None else Call(row.hole, u) if row.hole else u
        lost = () if hole is None or desk.known.nonzero(hole) else (Compare("!=", hole, ZERO),)
        new = desk.merged(_but(terms, k, m, rest.scaled(Fraction(row.own))))
        yield Offer("squares-identity", desk.write(new), {"left": left, "right": right}, lost)

    m = place.get(desk.term_key(rest), k)
    if m != k and terms[m].coefficient == -rest.coefficient * row.own:
        left, right = row.solved(u)
        new = desk.merged(_but(terms, k, m, companion.scaled(Fraction(-row.own * row.other))))
        yield Offer("squares-identity", desk.write(new), {"left": left, "right": right})


def _but(terms: list[Term], k: int, m: int, new: Term) -> list[Term]:
    """The terms with the k-th and m-th replaced by one at the earlier place."""
    return [new if i == min(k, m) else term for i, term in enumerate(terms) if i != max(k, m)]


# ---- quotients -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """Six functions, each sine^p·cosine^q for the two first of them."""

    sine: str
    cosine: str
    tangent: str
    cotangent: str
    secant: str
    cosecant: str

    @property
    def exponents(self) -> dict[str, tuple[int, int]]:
        """p and q of each function."""
        return {
            self.sine: (1, 0),
            self.cosine: (0, 1),
            self.tangent: (1, -1),
            self.cotangent: (-1, 1),
            self.secant: (0, -1),
            self.cosecant: (-1, 0),
        }

    def natural(self, factors: list[tuple[Call, Fraction]]) -> bool:
        """Whether a product reads well as it is: sin·cos, tan·sec, cot·csc, or a single sin or cos anywhere."""
        names = {base.function for base, _ in factors}
        if len(factors) == 1 and names <= {self.sine, self.cosine}:
            return True
        pairs = {self.sine, self.cosine}, {self.tangent, self.secant}, {self.cotangent, self.cosecant}
        return all(exponent > 0 for _, exponent in factors) and any(names <= pair for pair in pairs)

    def forms(self, p: Fraction, q: Fraction) -> Iterator[tuple[tuple[str, Fraction], ...]]:
        """sine^p·cosine^q with the two, with as much tangent or cotangent, or with secants, as possible."""
        yield (self.sine, p), (self.cosine, q)
        if p > 0 > q:
            k = min(p, -q)
            yield (self.tangent, k), (self.sine, p - k), (self.cosine, q + k)
            yield (self.tangent, p), (self.secant, -q - p)
        if q > 0 > p:
            k = min(q, -p)
            yield (self.cotangent, k), (self.sine, p + k), (self.cosine, q - k)
            yield (self.cotangent, q), (self.cosecant, -p - q)
        if p == 0 and q < 0:
            yield ((self.secant, -q),)
        if q == 0 and p < 0:
            yield ((self.cosecant, -p),)


FAMILIES = (
    Family("sin", "cos", "tan", "cot", "sec", "csc"),
    Family("sinh", "cosh", "tanh", "coth", "sech", "csch"),
)


def quotients(desk: Tidier, node: Node) -> Iterator[Offer]:
    """sin u/cos u = tan u, tan u·cos u = sin u, and the like for all twelve functions."""
    if not isinstance(node, (Multiply, Divide, Negate)):
        return
    for family in FAMILIES:
        if not mentions(desk, family.exponents):
            continue
        term = desk.product(node)
        arguments: dict[Node, list[tuple[Call, Fraction]]] = {}
        for base, exponent in term.powers.values():
            if isinstance(base, Call) and base.function in family.exponents and whole(exponent):
                arguments.setdefault(base.children[0], []).append((base, exponent))
        for u, factors in arguments.items():
            if not family.natural(factors):
                yield from _rewritten(desk, term, family, u, factors)


def _rewritten(
    desk: Tidier, term: Term, family: Family, u: Node, factors: list[tuple[Call, Fraction]]
) -> Iterator[Offer]:
    old = desk.times([desk.single(base, exponent) for base, exponent in factors])
    rest = desk.times([term, desk.raised(old, Fraction(-1))])
    p, q = (sum((e * family.exponents[b.function][k] for b, e in factors), start=Fraction(0)) for k in (0, 1))
    lost: list[Compare] = []
    for name, k, total in ((family.sine, 0, p), (family.cosine, 1, q)):
        rows = [(Fraction(family.exponents[base.function][k]), exponent) for base, exponent in factors]
        below = any(own < 0 or own * exponent < 0 for own, exponent in rows)
        if below and total >= 0 and not desk.known.nonzero(Call(name, u)):
            lost.append(Compare("!=", Call(name, u), ZERO))
    left = desk.write_term(old)
    for form in family.forms(p, q):
        new = desk.times([desk.single(Call(name, u), e) for name, e in form if e])
        parts = {"left": left, "right": desk.write_term(new)}
        yield Offer("quotient-identity", desk.write_term(desk.times([rest, new])), parts, tuple(lost))


# ---- double angle ----------------------------------------------------------------------------------------------------


def double_angle(desk: Tidier, node: Node) -> Iterator[Offer]:
    """2·sin u·cos u = sin 2u, offered where the doubled argument is the simpler one: sin(x/2)·cos(x/2) = sin(x)/2."""
    if not isinstance(node, (Multiply, Divide, Negate)) or not mentions(desk, ("sin", "sinh")):
        return
    term = desk.product(node)
    for family in FAMILIES:
        for base, exponent in list(term.powers.values()):
            if not (isinstance(base, Call) and base.function == family.sine and whole(exponent)):
                continue
            u, other = base.children[0], Call(family.cosine, base.children[0])
            inside = desk.product(u)
            if height_of(desk, term, other) != exponent or inside.coefficient.denominator % 2:
                continue
            doubled = Call(family.sine, desk.write_term(inside.scaled(Fraction(2))))
            old = desk.times([desk.single(base, exponent), desk.single(other, exponent)])
            new = desk.times([desk.raised(Term(Fraction(1, 2)), exponent), desk.single(doubled, exponent)])
            rest = desk.times([term, desk.raised(old, Fraction(-1))])
            parts = {"left": Multiply(TWO, base, other), "right": doubled}
            yield Offer("double-angle", desk.write_term(desk.times([rest, new])), parts)
