"""Moves between the forms of sums and quotients: common factor, common denominator, multiplied out, cancelled, signs.

Each offers equal formulas; none decides. Identities of functions belong to `identities`.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import isqrt, prod

from symgrad.calculus.algebra import numeric
from symgrad.calculus.finish.expand import Ring, TooLargeError, common_divisor, divided, expanded
from symgrad.calculus.finish.keys import Key
from symgrad.calculus.finish.layout import Term, by_falling_powers, plain
from symgrad.calculus.finish.move import Offer, brackets, without
from symgrad.calculus.finish.numbers import common_content
from symgrad.calculus.finish.tidy import Tidier
from symgrad.calculus.finish.trigonometry import squares
from symgrad.syntax.tree import ZERO, Add, Call, Compare, Constant, Divide, Index, Multiply, Negate, Node, Power, Symbol
from symgrad.syntax.walks import depends_on

_LONGEST_PRODUCT = 2  # terms that a mere product may become: (1 + x)·(1 − x) is opened, n·(n − 1)·(n − 2) stays
_MOST = 24  # sums with more terms are left alone


def common_factor(desk: Tidier, node: Node) -> Iterator[Offer]:
    """a·c + b·c = c·(a + b)."""
    if not isinstance(node, Add) or len(node.children) > _MOST:
        return
    terms = desk.terms(node)
    if len(terms) < 2:
        return
    shared = _shared(desk, terms)
    content = common_content([term.coefficient for term in terms])
    whole = Fraction(content.numerator) if content.numerator == 1 else content
    signed = -whole if all(term.coefficient < 0 for term in terms) else whole
    large = {key: pair for key, pair in shared.items() if not isinstance(pair[0], (Symbol, Index, Constant))}
    for coefficient, powers in _distinct(
        [(signed, shared), (Fraction(1), shared), (whole, shared), (Fraction(1), large), (whole, large)]
    ):
        if not powers and abs(coefficient) == 1:
            continue
        common = Term(coefficient, powers)
        inner = desk.merged(desk.times([desk.raised(common, Fraction(-1)), term]) for term in terms)
        for inside in _as_is_and_expanded(desk, inner):
            content, rest = _content_of(desk, inside) if powers else (Fraction(1), inside)
            result = desk.times([common.scaled(content), desk.product(rest)])
            name = desk.write_term(common.scaled(content))
            yield Offer("factor-out", desk.write_term(result), {"factor": name})


def _content_of(desk: Tidier, node: Node) -> tuple[Fraction, Node]:
    """The whole number common to the terms of a sum, and the sum without it."""
    terms = desk.terms(node)
    content = Fraction(common_content([term.coefficient for term in terms]).numerator)
    return content, node if content == 1 else desk.write([term.scaled(1 / content) for term in terms])


def _shared(desk: Tidier, terms: list[Term]) -> dict[Key, tuple[Node, Fraction | Node]]:
    """The powers that stand in every term, with the exponent nearest to zero."""
    first, *others = terms
    shared: dict[Key, tuple[Node, Fraction | Node]] = {}
    for key, (base, exponent) in first.powers.items():
        least: Fraction | Node | None = exponent
        for term in others:
            least = _nearer(desk, least, term.powers.get(key))
        if least is not None:
            shared[key] = (base, least)
    return shared


def _nearer(
    desk: Tidier, first: Fraction | Node | None, found: tuple[Node, Fraction | Node] | None
) -> Fraction | Node | None:
    if first is None or found is None:
        return None
    second = found[1]
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return None if first * second < 0 else min(first, second, key=abs)
    if isinstance(first, Node) and isinstance(second, Node):
        moving = desk.known.variable is not None and depends_on(first, desk.known.variable)
        if moving or not plain(first) or not plain(second):
            return first if desk.keys.of(first) == desk.keys.of(second) else None
        difference = numeric(desk.tidy(Add(first, Negate(second))))
        if difference is not None:  # x^n and x^(n − 1) share x^(n − 1)
            return first if difference <= 0 else second
    return None


def _distinct(
    choices: list[tuple[Fraction, dict[Key, tuple[Node, Fraction | Node]]]],
) -> list[tuple[Fraction, dict[Key, tuple[Node, Fraction | Node]]]]:
    found: list[tuple[Fraction, dict[Key, tuple[Node, Fraction | Node]]]] = []
    for choice in choices:
        if choice not in found:
            found.append(choice)
    return found


def _as_is_and_expanded(desk: Tidier, terms: list[Term]) -> Iterator[Node]:
    node = desk.write(by_falling_powers(terms))
    yield node
    if any(brackets(term) for term in terms):
        try:
            inside = expanded(desk, node)
        except TooLargeError:
            return
        if len(inside) < _terms_if_opened(desk, node):
            yield desk.write(by_falling_powers(inside))


def common_denominator(desk: Tidier, node: Node) -> Iterator[Offer]:
    """a/b + c/d = (a·d + b·c)/(b·d)."""
    if not isinstance(node, Add) or len(node.children) > _MOST:
        return
    terms = desk.terms(node)
    if all(not _below(term) and term.coefficient.denominator == 1 for term in terms):
        return
    groups: dict[Key, list[int]] = {}
    for k, term in enumerate(terms):
        groups.setdefault(frozenset(_below(term).items()), []).append(k)
    for members in groups.values():
        if 2 <= len(members) < len(terms) and _below(terms[members[0]]):
            yield from _joined(desk, terms, members)
    yield from _joined(desk, terms, list(range(len(terms))))


def _below(term: Term) -> dict[Key, Fraction]:
    return {
        key: -exponent
        for key, (_, exponent) in term.powers.items()
        if isinstance(exponent, Fraction) and exponent < 0 and not key_is_exponential(key)
    }


def key_is_exponential(key: Key) -> bool:
    """Whether a base is e^u: e^(−u) counts as a numerator."""
    return isinstance(key, tuple) and len(key) == 3 and key[0] == "Power" and key[2][0] == Constant("e")


def _joined(desk: Tidier, terms: list[Term], members: list[int]) -> Iterator[Offer]:
    heights = _highest(terms[k] for k in members)
    coefficient = Fraction(common_content([terms[k].coefficient for k in members]).denominator)
    bottom = Term(coefficient, dict(heights))
    over = desk.merged(desk.times([bottom, terms[k]]) for k in members)
    under = desk.raised(bottom, Fraction(-1))
    others = [term for k, term in enumerate(terms) if k not in members]
    for numerator in _as_is_and_expanded(desk, over):
        fraction = desk.times([desk.product(numerator), under])
        place = min(members)
        result = desk.merged([*others[:place], fraction, *others[place:]])
        yield Offer("common-denominator", desk.write(result), {"denominator": desk.write_term(bottom)})


def multiply_out(desk: Tidier, node: Node) -> Iterator[Offer]:
    """a·(b + c) = a·b + a·c where something can be collected or cancels."""
    if not isinstance(node, (Add, Multiply, Negate, Divide)) or (isinstance(node, Add) and len(node.children) > _MOST):
        return
    count = _terms_if_opened(desk, node)
    if not count:
        return
    try:
        terms = expanded(desk, node)
    except TooLargeError:
        return
    if not isinstance(node, Add) and len(terms) > _LONGEST_PRODUCT:
        return
    result = desk.write(by_falling_powers(terms))
    if len(terms) >= count and not _number_times_bracket(desk, node) and not any(squares(desk, result)):
        return
    yield Offer("multiply-out", result)


def _terms_if_opened(desk: Tidier, node: Node) -> int:
    """How many terms multiplying out would give if none were alike; 0 where there is no bracket to open."""
    opened = [[b for b in brackets(term) if b[1] > 0 and b[1].denominator == 1] for term in desk.terms(node)]
    if not any(opened):
        return 0
    return sum(prod(len(base.children) ** int(height) for base, height in factors) for factors in opened)


def _number_times_bracket(desk: Tidier, node: Node) -> bool:
    """Whether 400·(y − x²) stands in a sum: such a bracket is opened unless it was typed."""
    if not isinstance(node, Add):
        return False
    powers = [list(term.powers.values()) for term in desk.terms(node)]
    single = [factors[0] for factors in powers if len(factors) == 1]
    return any(isinstance(base, Add) and e == 1 and base not in desk.known.typed for base, e in single)


def cancel_sums(desk: Tidier, node: Node) -> Iterator[Offer]:
    """(a·b)/(a·c) = b/c for sums that divide one another, or share a polynomial factor."""
    if not isinstance(node, (Divide, Multiply, Negate)):
        return
    term = desk.product(node)
    pairs = [(over, under, e) for over, n in brackets(term) if n == 1 for under, e in brackets(term) if e < 0]
    for over, under, height in pairs[:6]:
        if all(desk.keys.of(under) in part.powers for part in desk.terms(over)):
            continue  # taking out the common factor says it better
        try:
            top, bottom = expanded(desk, over), expanded(desk, under)
        except TooLargeError:
            continue
        ring = Ring(top, bottom)
        first, second = ring.read(top), ring.read(bottom)
        if not first or not second:
            continue
        rest = without(desk, term, over, Fraction(1))
        lost = () if height < -1 or desk.known.nonzero(under) else (Compare("!=", under, ZERO),)
        quotient = divided(first, second)
        if quotient is not None:
            parts = [without(desk, rest, under, Fraction(-1)), desk.product(desk.write(ring.write(desk, quotient)))]
            yield Offer("cancel", desk.write_term(desk.times(parts)), {"factor": under}, lost)
            continue
        shared = common_divisor(first, second) if height.denominator == 1 else None
        above, below = (divided(p, shared) if shared else None for p in (first, second))
        if shared and above is not None and below is not None:
            factor = desk.write(ring.write(desk, shared))
            lower = desk.times([desk.product(desk.write(ring.write(desk, below))), desk.product(factor)])
            rest = without(desk, rest, under, height)
            parts = [
                rest,
                desk.product(desk.write(ring.write(desk, above))),
                desk.product(factor),
                desk.raised(lower, height),
            ]
            lost = () if height < -1 or desk.known.nonzero(factor) else (Compare("!=", factor, ZERO),)
            yield Offer("cancel", desk.write_term(desk.times(parts)), {"factor": factor}, lost)


def pull_content(desk: Tidier, node: Node) -> Iterator[Offer]:
    """3·(2·a + 4·b) = 6·(a + 2·b): the number common to a bracket moves to the number in front."""
    if not isinstance(node, (Multiply, Divide, Negate)):
        return
    term = desk.product(node)
    for base, exponent in brackets(term):
        content = Fraction(common_content([inner.coefficient for inner in desk.terms(base)]).numerator)
        if content == 1 or exponent.denominator != 1:
            continue
        if base in desk.known.typed and (term.coefficient / content).denominator != 1:
            continue
        smaller = desk.write([inner.scaled(1 / content) for inner in desk.terms(base)])
        rest = without(desk, term, base, exponent)
        result = desk.times([rest, desk.raised(Term(content), exponent), desk.single(smaller, exponent)])
        yield Offer("factor-out", desk.write_term(result), {"factor": desk.write_term(Term(content))})


def turn_signs(desk: Tidier, node: Node) -> Iterator[Offer]:
    """−(a − b)·c = (b − a)·c, for brackets that were not typed so."""
    if not isinstance(node, (Multiply, Divide, Negate)):
        return
    term = desk.product(node)
    if term.coefficient > 0:
        return
    for base, exponent in brackets(term):
        if exponent.denominator == 1 and exponent % 2 and base not in desk.known.typed:
            turned = desk.write([inner.scaled(Fraction(-1)) for inner in desk.terms(base)])
            rest = without(desk, term, base, exponent)
            result = desk.times([rest.scaled(Fraction(-1)), desk.single(turned, exponent)])
            yield Offer("turn-signs", desk.write_term(result))


def clear_small_fractions(desk: Tidier, node: Node) -> Iterator[Offer]:
    """1/(1 + a/b) = b/(b + a) and √(1 − a/b²) = √(b² − a)/|b|: a bracket without fractions inside."""
    if not isinstance(node, (Multiply, Divide, Negate, Power, Call)):
        return
    term = desk.product(node)
    for base, exponent in brackets(term):
        if exponent == 1:
            continue
        inner = desk.terms(base)
        bottom = _bottom_of(desk, inner, exponent)
        if bottom is None:
            continue
        cleared = desk.write(desk.merged(desk.times([bottom, part]) for part in inner))
        scale = _raised_by(desk, bottom, -exponent)
        if scale is None or not isinstance(cleared, Add):
            continue
        rest = without(desk, term, base, exponent)
        factor = desk.write_term(bottom)
        result = desk.times([rest, scale, desk.single(cleared, exponent)])
        below = _below(result)
        lost = tuple(
            Compare("!=", b, ZERO)
            for key, (b, _) in bottom.powers.items()
            if key not in below and not desk.known.nonzero(b)
        )
        yield Offer("clear-fractions", desk.write_term(result), {"factor": factor}, lost)


def _bottom_of(desk: Tidier, terms: list[Term], exponent: Fraction) -> Term | None:
    """The common denominator of a bracket; under a root the least one that is a square."""
    number = common_content([term.coefficient for term in terms]).denominator
    heights = _highest(terms)
    if exponent.denominator == 2:
        number = next(
            (number * k for k in range(1, min(number, 50)) if isqrt(number * k) ** 2 == number * k), number**2
        )
        heights = {key: (base, height + height % 2) for key, (base, height) in heights.items()}
    elif exponent.denominator != 1:
        return None
    return Term(Fraction(number), dict(heights)) if number != 1 or heights else None


def _highest(terms: Iterable[Term]) -> dict[Key, tuple[Node, Fraction]]:
    """The bases below the fraction bars of the terms, each with its highest exponent there."""
    heights: dict[Key, tuple[Node, Fraction]] = {}
    for term in terms:
        for key, height in _below(term).items():
            if key not in heights or heights[key][1] < height:
                heights[key] = (term.powers[key][0], height)
    return heights


def _raised_by(desk: Tidier, term: Term, exponent: Fraction) -> Term | None:
    """A denominator to an exponent that may be a half: √(b²) = |b|."""
    if exponent.denominator == 1:
        return desk.raised(term, exponent)
    factors = [desk.single(desk.write_term(Term(term.coefficient)), exponent)]
    for base, height in term.powers.values():
        assert isinstance(height, Fraction)
        size = base if desk.known.nonnegative(base) else desk.tidy(Call("abs", base))
        if (height * exponent).denominator != 1:
            return None
        factors.append(desk.single(size, height * exponent))
    return desk.times(factors)
