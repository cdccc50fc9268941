"""Functions that undo one another as moves: √(u²) = |u|, e^(ln u) = u, ln(e^u) = u, and values such as ln 1 = 0."""

from collections.abc import Iterator
from fractions import Fraction

from symgrad.calculus.finish.layout import HALF, Term
from symgrad.calculus.finish.move import Offer, mentions, without
from symgrad.calculus.finish.numbers import power_of
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import ONE, ZERO, Add, Call, Compare, Divide, E, Multiply, Negate, Node, Power, free_symbols


def root_of_square(desk: Tidier, node: Node) -> Iterator[Offer]:
    """√(u²) = |u|, √(9·u²·v) = 3·|u|·√v."""
    if not isinstance(node, (Multiply, Divide, Negate, Power, Call)):
        return
    term = desk.product(node)
    for base, height in term.powers.values():
        if not (isinstance(height, Fraction) and height.denominator == 2) or isinstance(base, Add):
            continue
        new = _out_of_root(desk, desk.product(base), height)
        if new is not None:
            rest = without(desk, term, base, height)
            parts = {"left": desk.write_term(desk.single(base, height)), "right": desk.write_term(new)}
            below = [b for b, e in desk.product(base).powers.values() if isinstance(e, Fraction) and e < 0 < e * height]
            lost = tuple(Compare("!=", b, ZERO) for b in below if not desk.known.nonzero(b))
            yield Offer("root-of-square", desk.write_term(desk.times([rest, new])), parts, lost)


def _out_of_root(desk: Tidier, inside: Term, height: Fraction) -> Term | None:
    """The product to a half-integer power with its squares taken out; None where it has none."""
    out: list[Term] = []
    left: list[Term] = []
    for base, exponent in inside.powers.values():
        if isinstance(exponent, Fraction) and exponent % 2 == 0:
            plain = desk.known.nonnegative(base) or exponent % 4 == 0
            out.append(desk.single(base if plain else Call("abs", base), exponent * height))
        else:
            left.append(desk.single(base, exponent))
    if not out:
        return None
    number = power_of(inside.coefficient, height) if inside.coefficient > 0 else None
    under = desk.times([*([] if number is not None else [Term(inside.coefficient)]), *left])
    root = desk.single(desk.write_term(under), height) if under.powers or under.coefficient != 1 else Term()
    return desk.times([Term(number or Fraction(1)), *out, root])


def one_root(desk: Tidier, node: Node) -> Iterator[Offer]:
    """√a/√b = √(a/b) for positive numbers: one root instead of two."""
    if not isinstance(node, (Multiply, Divide, Negate)) or not mentions(desk, ("sqrt",)):
        return
    term = desk.product(node)
    roots = [
        (base, height)
        for base, height in term.powers.values()
        if height in (HALF, -HALF) and not free_symbols(base) and desk.known.positive(base)
    ]
    if len(roots) < 2:
        return
    old = desk.times([desk.single(base, height) for base, height in roots])
    under = desk.times(
        [desk.raised(desk.product(base), Fraction(1 if height == HALF else -1)) for base, height in roots]
    )
    new = desk.single(desk.write_term(under), HALF)
    rest = desk.times([term, desk.raised(old, Fraction(-1))])
    parts = {"left": desk.write_term(old), "right": desk.write_term(new)}
    yield Offer("one-root", desk.write_term(desk.times([rest, new])), parts)


def exponential_of_logarithm(desk: Tidier, node: Node) -> Iterator[Offer]:
    """e^(c·ln u) = u^c for u > 0."""
    if not mentions(desk, ("ln",)) or not isinstance(node, (Multiply, Divide, Negate, Power, Call)):
        return
    term = desk.product(node)
    for base, height in term.powers.values():
        if not (isinstance(base, Power) and base.base == E and isinstance(base.exponent, Call)):
            continue
        if base.exponent.function == "ln" and isinstance(height, Fraction):
            u = base.exponent.children[0]
            new = desk.single(u, height) if height.denominator != 1 else desk.raised(desk.product(u), height)
            rest = without(desk, term, base, height)
            lost = () if desk.known.positive(u) else (Compare(">", u, ZERO),)
            parts = {"left": desk.write_term(desk.single(base, height)), "right": desk.write_term(new)}
            yield Offer("exponential-of-log", desk.write_term(desk.times([rest, new])), parts, lost)


def logarithm_of_exponential(desk: Tidier, node: Node) -> Iterator[Offer]:
    """ln(e^u) = u."""
    if not (isinstance(node, Call) and node.function == "ln"):
        return
    inside = desk.product(node.children[0])
    if inside.coefficient != 1 or len(inside.powers) != 1:
        return
    ((base, height),) = inside.powers.values()
    if not isinstance(height, Fraction):
        return
    new = None
    if base == E:
        new = desk.write_term(Term(height))
    elif isinstance(base, Power) and base.base == E:
        new = desk.write_term(desk.times([Term(height), desk.product(base.exponent)]))
    if new is not None:
        yield Offer("log-of-exponential", new, {"left": node, "right": new})


EXACT: dict[tuple[str, Node], Node] = {
    ("ln", ONE): ZERO,
    ("ln", E): ONE,
    ("sin", ZERO): ZERO,
    ("cos", ZERO): ONE,
    ("tan", ZERO): ZERO,
    ("sinh", ZERO): ZERO,
    ("cosh", ZERO): ONE,
    ("tanh", ZERO): ZERO,
    ("sign", ONE): ONE,
    ("abs", ONE): ONE,
}


def exact_values(_desk: Tidier, node: Node) -> Iterator[Offer]:
    """ln 1 = 0, ln e = 1, cos 0 = 1."""
    if isinstance(node, Call) and len(node.children) == 1:
        value = EXACT.get((node.function, node.children[0]))
        if value is not None:
            yield Offer("exact-value", value, {"left": node, "right": value})
