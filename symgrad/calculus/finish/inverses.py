"""Functions that undo one another as moves: √(u²) = |u|, e^(ln u) = u, tan(arctan u) = u, and values as ln 1 = 0."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from symgrad.calculus.finish.layout import HALF, Term
from symgrad.calculus.finish.move import Offer, mentions, without
from symgrad.calculus.finish.numbers import power_of
from symgrad.calculus.finish.tidy import Tidier
from symgrad.calculus.finish.trigonometry import SQUARES, squares
from symgrad.syntax import parse
from symgrad.syntax.tree import ONE, ZERO, Add, Call, Compare, Divide, E, Multiply, Negate, Node, Power
from symgrad.syntax.walks import free_symbols, substitute


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


def squares_under_root(desk: Tidier, node: Node) -> Iterator[Offer]:
    """√(1 − sin² u) = √(cos² u) and the like, where nothing but the square is left under the root."""
    if not isinstance(node, (Multiply, Divide, Negate, Power, Call)) or not mentions(desk, SQUARES):
        return
    term = desk.product(node)
    for base, height in term.powers.values():
        if not (isinstance(base, Add) and isinstance(height, Fraction) and height.denominator == 2):
            continue
        for offer in squares(desk, base):
            if isinstance(offer.node, Power):
                rest = without(desk, term, base, height)
                new = desk.times([rest, desk.single(offer.node, height)])
                yield Offer(offer.rule_id, desk.write_term(new), offer.parts, offer.conditions)


UNDONE: dict[tuple[str, str], str] = {
    ("sin", "arcsin"): "u",
    ("cos", "arccos"): "u",
    ("tan", "arctan"): "u",
    ("sinh", "arsinh"): "u",
    ("cosh", "arcosh"): "u",
    ("tanh", "artanh"): "u",
    ("arsinh", "sinh"): "u",
    ("artanh", "tanh"): "u",
    ("cos", "arcsin"): "sqrt(1 - u^2)",
    ("sec", "arcsin"): "1/sqrt(1 - u^2)",
    ("tan", "arcsin"): "u/sqrt(1 - u^2)",
    ("sin", "arccos"): "sqrt(1 - u^2)",
    ("tan", "arccos"): "sqrt(1 - u^2)/u",
    ("sin", "arctan"): "u/sqrt(1 + u^2)",
    ("cos", "arctan"): "1/sqrt(1 + u^2)",
    ("sec", "arctan"): "sqrt(1 + u^2)",
    ("cosh", "arsinh"): "sqrt(1 + u^2)",
    ("tanh", "arsinh"): "u/sqrt(1 + u^2)",
    ("sinh", "arcosh"): "sqrt(u^2 - 1)",
    ("tanh", "arcosh"): "sqrt(u^2 - 1)/u",
    ("sinh", "artanh"): "u/sqrt(1 - u^2)",
    ("cosh", "artanh"): "1/sqrt(1 - u^2)",
    ("sech", "artanh"): "sqrt(1 - u^2)",
}


def function_of_inverse(desk: Tidier, node: Node) -> Iterator[Offer]:
    """sin(arcsin u) = u, cos(arcsin u) = √(1 − u²) and the like, true wherever the inverse has a value."""
    if not isinstance(node, (Multiply, Divide, Negate, Power, Call)) or not mentions(desk, _INVERSES):
        return
    term = desk.product(node)
    for base, height in term.powers.values():
        if not (isinstance(base, Call) and len(base.children) == 1 and isinstance(height, Fraction)):
            continue
        (inner,) = base.children
        if not isinstance(inner, Call) or (base.function, inner.function) not in UNDONE:
            continue
        text = UNDONE[base.function, inner.function]
        (u,) = inner.children
        value = substitute(parse(text), {"u": u})
        lost = () if inner in desk.known.typed or inner.function not in _NEEDS else (_NEEDS[inner.function](u),)
        rest = without(desk, term, base, height)
        new = desk.times([rest, desk.raised(desk.product(value), height)])
        yield Offer("function-of-inverse", desk.write_term(new), {"left": base, "right": desk.tidy(value)}, lost)


_INVERSES = frozenset(inner for _, inner in UNDONE)
_NEEDS: dict[str, Callable[[Node], Compare]] = {
    "arcsin": lambda u: Compare("<=", Call("abs", u), ONE),
    "arccos": lambda u: Compare("<=", Call("abs", u), ONE),
    "arcosh": lambda u: Compare(">=", u, ONE),
    "artanh": lambda u: Compare("<", Call("abs", u), ONE),
}


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
