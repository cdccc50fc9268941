"""Absolute values, signs, even and odd functions as moves: u/|u| = sign(u), cos |u| = cos u."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from symgrad.calculus.finish.layout import Term
from symgrad.calculus.finish.move import Offer, height_of, mentions, odd, whole, without
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import ZERO, Call, Compare, Divide, Multiply, Negate, Node, Power

# ---- |u|, sign(u) and u in one product -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Signed:
    """|u|^size·sign(u)^sign·u^own."""

    u: Node
    size: Fraction
    sign: Fraction
    own: Fraction

    def term(self, desk: Tidier) -> Term:
        """The product as it stands."""
        absolute, sign = desk.single(Call("abs", self.u), self.size), desk.single(Call("sign", self.u), self.sign)
        return desk.times([absolute, sign, desk.raised(desk.product(self.u), self.own)])

    def shortest(self) -> "_Signed":
        """The same value for u ≠ 0 with one factor, or with a sign and a power of u."""
        total = self.size + self.own
        if (self.sign + self.own) % 2 == 0:
            size, own = (Fraction(0), total) if total % 2 == 0 else (total, Fraction(0))
            return _Signed(self.u, size, Fraction(0), own)
        return _Signed(self.u, Fraction(0), Fraction(1 if total % 2 == 0 else 0), total)


def absolute_values(desk: Tidier, node: Node) -> Iterator[Offer]:
    """u/|u| = sign(u), u²/|u| = |u|, sign(u)·|u| = u, sign(u)·u = |u|."""
    if not isinstance(node, (Multiply, Divide, Negate, Power)) or not mentions(desk, ("abs", "sign")):
        return
    term = desk.product(node)
    for base, _ in list(term.powers.values()):
        if not (isinstance(base, Call) and base.function in ("abs", "sign")):
            continue
        old = _signed(desk, term, base.children[0])
        if old is None or (old.sign == 0 and 0 <= old.size < 2 and old.own >= 0):
            continue
        new = old.shortest()
        left, right = old.term(desk), new.term(desk)
        if desk.term_key(left) == desk.term_key(right):
            continue
        zero_is_lost = (min(old.size, old.own) < 0 or old.sign not in (0, 1)) and min(new.size, new.own) >= 0
        lost = (Compare("!=", old.u, ZERO),) if zero_is_lost and not desk.known.nonzero(old.u) else ()
        rest = desk.times([term, desk.raised(left, Fraction(-1))])
        parts = {"left": desk.write_term(left), "right": desk.write_term(right)}
        yield Offer("sign-identity", desk.write_term(desk.times([rest, right])), parts, lost)
        return


def _signed(desk: Tidier, term: Term, u: Node) -> _Signed | None:
    size, sign = (height_of(desk, term, Call(name, u)) for name in ("abs", "sign"))
    own = _shared_height(term, desk.product(u))
    if size is None or sign is None or own is None or size.denominator != 1 or sign.denominator != 1:
        return None
    return _Signed(u, size, sign, own)


def _shared_height(term: Term, inside: Term) -> Fraction | None:
    """How often a product stands in the term as a factor; None for a number."""
    heights = []
    for key, (_, exponent) in inside.powers.items():
        found = term.powers.get(key)
        if found is None or not isinstance(exponent, Fraction) or not isinstance(found[1], Fraction):
            return Fraction(0)
        heights.append(found[1] / exponent)
    if not heights:
        return None
    least = min(heights, key=abs)
    return Fraction(0) if any(height * least < 0 for height in heights) else Fraction(int(least))


# ---- even and odd functions ------------------------------------------------------------------------------------------

EVEN = frozenset({"cos", "sec", "cosh", "sech", "abs", "sinc"})
_ODD_AT_ZERO = frozenset({"sin", "tan", "sinh", "tanh", "arcsin", "arctan", "arsinh", "artanh", "erf", "erfi", "Si"})
ODD = _ODD_AT_ZERO | {"csc", "cot", "csch", "coth", "sign"}


def even_and_odd(desk: Tidier, node: Node) -> Iterator[Offer]:
    """cos(−u) = cos u, cos |u| = cos u, sin(−u) = −sin u, sign(u)·sin u = sin |u|."""
    if isinstance(node, Call) and len(node.children) == 1:
        yield from _inside(desk, node)
    if isinstance(node, (Multiply, Divide, Negate)) and mentions(desk, ("sign",)):
        yield from _sign_goes_inside(desk, node)


def _inside(desk: Tidier, node: Call) -> Iterator[Offer]:
    u = node.children[0]
    if node.function in EVEN and mentions(desk, ("abs",)):
        inside = desk.product(u)
        for base, exponent in inside.powers.values():
            if isinstance(base, Call) and base.function == "abs" and odd(exponent):
                plain = desk.times([without(desk, inside, base, Fraction(1)), desk.product(base.children[0])])
                new = node.with_children((desk.write_term(plain),))
                yield Offer("even-function", new, {"left": node, "right": new})
    if node.function in EVEN | ODD and u not in desk.known.typed:
        inside = desk.product(u)
        if inside.coefficient < 0:
            positive = node.with_children((desk.write_term(inside.scaled(Fraction(-1))),))
            if node.function in EVEN:
                yield Offer("even-function", positive, {"left": node, "right": positive})
            else:
                yield Offer("odd-function", Negate(positive), {"left": node, "right": Negate(positive)})


def _sign_goes_inside(desk: Tidier, node: Node) -> Iterator[Offer]:
    """sign(u)·sin(c·u) = sin(c·|u|) for the odd functions that are zero at zero."""
    term = desk.product(node)
    powers = list(term.powers.values())
    signs = [base for base, height in powers if isinstance(base, Call) and base.function == "sign" and height == 1]
    calls = [(b, h) for b, h in powers if isinstance(b, Call) and b.function in _ODD_AT_ZERO and odd(h) and h > 0]
    for sign in signs:
        for call, height in calls:
            u = sign.children[0]
            if not desk.product(u).coefficient:
                continue
            ratio = desk.times([desk.product(call.children[0]), desk.raised(desk.product(u), Fraction(-1))])
            if ratio.powers or not whole(height):
                continue
            size = desk.write_term(desk.single(Call("abs", u), Fraction(1)).scaled(ratio.coefficient))
            new = call.with_children((size,))
            rest = without(desk, without(desk, term, sign, Fraction(1)), call, height)
            result = desk.times([rest, desk.single(new, height)])
            yield Offer("odd-function", desk.write_term(result), {"left": Multiply(sign, call), "right": new})
