"""Moves that use an identity of functions: Pythagoras in all its dresses, tan = sin/cos, u/|u| = sign(u), even and odd
functions, roots of squares, e^(ln u). Each holds for all real arguments, or says where.
"""

from collections.abc import Iterator
from fractions import Fraction

from symgrad.calculus.finish.layout import Exponent, Term
from symgrad.calculus.finish.move import Offer, without
from symgrad.calculus.finish.numbers import power_of
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import ONE, TWO, ZERO, Add, Call, Compare, Divide, E, Multiply, Negate, Node, Power

# ---- squares: a·f² + b·g² = 1 ---------------------------------------------------------------------------------------

# f, g, a, b with a·f(u)² + b·g(u)² = 1, and which of f, g has points where it is not defined.
_SQUARES: tuple[tuple[str, str, int, int], ...] = (
    ("sin", "cos", 1, 1),
    ("cosh", "sinh", 1, -1),
    ("sec", "tan", 1, -1),
    ("csc", "cot", 1, -1),
    ("tanh", "sech", 1, 1),
    ("coth", "csch", 1, -1),
)
_HOLES = {"sec": "cos", "tan": "cos", "csc": "sin", "cot": "sin"}


def pythagoras(desk: Tidier, node: Node) -> Iterator[Offer]:
    """sin² u + cos² u = 1, 1 − tanh² u = sech² u, 1 + tan² u = sec² u, cosh² u − sinh² u = 1, with a common factor."""
    if not isinstance(node, Add) or not _mentions(desk, *(name for row in _SQUARES for name in row[:2])):
        return
    terms = desk.terms(node)
    place = {desk.term_key(term): k for k, term in enumerate(terms)}
    for k, term in enumerate(terms):
        for base, exponent in list(term.powers.values()):
            if not (isinstance(base, Call) and isinstance(exponent, Fraction) and exponent >= 2):
                continue
            for f, g, a, b in _SQUARES:
                if base.function not in (f, g):
                    continue
                name, other, own, others = (f, g, a, b) if base.function == f else (g, f, b, a)
                rest = without(desk, term, base, Fraction(2))
                yield from _pair(desk, terms, place, k, rest, base, other, Fraction(own), Fraction(others))


def _pair(
    desk: Tidier,
    terms: list[Term],
    place: dict[object, int],
    k: int,
    rest: Term,
    base: Call,
    other: str,
    own: Fraction,
    others: Fraction,
) -> Iterator[Offer]:
    """own·f² + others·g² = 1: term k is rest·f²; find rest·g² or rest beside it."""
    u = base.children[0]
    square, partner = Power(base, TWO), Power(Call(other, u), TWO)
    companion = desk.times([rest, desk.single(Call(other, u), Fraction(2))])
    m = place.get(desk.term_key(companion))
    if m is not None and m != k and terms[m].coefficient * own == rest.coefficient * others:
        hole = _HOLES.get(base.function) or _HOLES.get(other)
        lost = (Compare("!=", Call(hole, u), ZERO),) if hole else ()
        lost = (Compare("!=", u, ZERO),) if base.function in ("coth", "csch") else lost
        new = desk.merged([*_but(terms, k, m, rest.scaled(own))])
        parts = {"left": _combined(square, partner, own, others), "right": ONE}
        yield Offer("squares-identity", desk.write(new), parts, lost)
    m = place.get(desk.term_key(rest))
    if m is not None and m != k and terms[m].coefficient == -rest.coefficient * own:
        # 1 − own·f² = others·g², so rest·f² − own·rest = −own·(rest·others·g²)
        new = desk.merged([*_but(terms, k, m, companion.scaled(-own * others))])
        left = Add(ONE, Negate(square)) if own > 0 else Add(ONE, square)
        right = partner if others > 0 else Negate(partner)
        if others < 0:
            left, right = Add(square, Negate(ONE)), partner
        yield Offer("squares-identity", desk.write(new), {"left": left, "right": right})


def _but(terms: list[Term], k: int, m: int, new: Term) -> list[Term]:
    """The terms with the k-th and m-th replaced by one at the earlier place."""
    return [new if i == min(k, m) else term for i, term in enumerate(terms) if i != max(k, m)]


def _combined(first: Node, second: Node, a: Fraction, b: Fraction) -> Node:
    if a < 0:
        return Add(second, Negate(first))
    return Add(first, second if b > 0 else Negate(second))


# ---- quotients: tan = sin/cos ------------------------------------------------------------------------------------------

_IN_SIN_COS: dict[str, tuple[int, int]] = {
    "sin": (1, 0),
    "cos": (0, 1),
    "tan": (1, -1),
    "cot": (-1, 1),
    "sec": (0, -1),
    "csc": (-1, 0),
}
_IN_SINH_COSH: dict[str, tuple[int, int]] = {
    "sinh": (1, 0),
    "cosh": (0, 1),
    "tanh": (1, -1),
    "coth": (-1, 1),
    "sech": (0, -1),
    "csch": (-1, 0),
}


def quotients(desk: Tidier, node: Node) -> Iterator[Offer]:
    """sin u/cos u = tan u, tan u·cos u = sin u, and the like for all twelve functions."""
    if not isinstance(node, (Multiply, Divide, Negate)):
        return
    term = desk.product(node)
    for family, (s, c, t, d) in (
        (_IN_SIN_COS, ("sin", "cos", "tan", "cot")),
        (_IN_SINH_COSH, ("sinh", "cosh", "tanh", "coth")),
    ):
        arguments: dict[Node, list[tuple[Call, Fraction]]] = {}
        for base, exponent in term.powers.values():
            if isinstance(base, Call) and base.function in family and _integer(exponent):
                arguments.setdefault(base.children[0], []).append((base, exponent))  # type: ignore[arg-type]
        for u, factors in arguments.items():
            if len(factors) < 2 and not (factors[0][1] < 0 and factors[0][0].function not in (s, c)):
                continue
            p = sum((e * family[b.function][0] for b, e in factors), Fraction(0))
            q = sum((e * family[b.function][1] for b, e in factors), Fraction(0))
            rest = desk.times([term, *(desk.single(b, -e) for b, e in factors)])
            lost = _poles(desk, factors, family, u, s, c, p, q)
            left = desk.write_term(desk.times([desk.single(b, e) for b, e in factors]))
            for form in _forms(desk, u, s, c, t, d, p, q):
                result = desk.times([rest, form])
                yield Offer(
                    "quotient-identity", desk.write_term(result), {"left": left, "right": desk.write_term(form)}, lost
                )


def _forms(desk: Tidier, u: Node, s: str, c: str, t: str, d: str, p: Fraction, q: Fraction) -> Iterator[Term]:
    """sin^p·cos^q written with sin and cos, or with as much tan, or cot, as possible."""

    def written(*factors: tuple[str, Fraction]) -> Term:
        return desk.times([desk.single(Call(name, u), e) for name, e in factors if e])

    yield written((s, p), (c, q))
    if p > 0 > q:
        k = min(p, -q)
        yield written((t, k), (s, p - k), (c, q + k))
        yield written((t, p), ("sec" if s == "sin" else "sech", -q - p))
    if q > 0 > p:
        k = min(q, -p)
        yield written((d, k), (s, p + k), (c, q - k))
        yield written((d, q), ("csc" if s == "sin" else "csch", -p - q))
    if p == 0 and q < 0:
        yield written(("sec" if s == "sin" else "sech", -q))
    if q == 0 and p < 0:
        yield written(("csc" if s == "sin" else "csch", -p))


def _poles(
    desk: Tidier,
    factors: list[tuple[Call, Fraction]],
    family: dict[str, tuple[int, int]],
    u: Node,
    s: str,
    c: str,
    p: Fraction,
    q: Fraction,
) -> tuple[Compare, ...]:
    """Where the product was not defined although sin^p·cos^q is."""
    lost = []
    for name, place, total in ((s, 0, p), (c, 1, q)):
        had = any(e * family[b.function][place] < 0 or (family[b.function][place] < 0) for b, e in factors)
        if had and total >= 0 and not desk.known.nonzero(Call(name, u)):
            lost.append(Compare("!=", Call(name, u), ZERO))
    return tuple(lost)


def double_angle(desk: Tidier, node: Node) -> Iterator[Offer]:
    """2·sin u·cos u = sin 2u, offered where the doubled argument is the simpler one: sin(x/2)·cos(x/2) = sin(x)/2."""
    if not isinstance(node, (Multiply, Divide, Negate)) or not _mentions(desk, "sin", "sinh"):
        return
    term = desk.product(node)
    for first, second in (("sin", "cos"), ("sinh", "cosh")):
        for base, exponent in list(term.powers.values()):
            if not (isinstance(base, Call) and base.function == first and _integer(exponent)):
                continue
            u, other = base.children[0], Call(second, base.children[0])
            inside = desk.product(u)
            if _height(desk, term, other) != exponent or inside.coefficient.denominator % 2:
                continue
            doubled = Call(first, desk.write_term(inside.scaled(Fraction(2))))
            old = desk.times([desk.single(base, exponent), desk.single(other, exponent)])  # type: ignore[arg-type]
            form = desk.times([desk.raised(Term(Fraction(1, 2)), exponent), desk.single(doubled, exponent)])  # type: ignore[arg-type]
            rest = desk.times([term, desk.raised(old, Fraction(-1))])
            parts = {"left": Multiply(TWO, base, other), "right": doubled}
            yield Offer("double-angle", desk.write_term(desk.times([rest, form])), parts)


# ---- absolute values and signs -----------------------------------------------------------------------------------------


def absolute_values(desk: Tidier, node: Node) -> Iterator[Offer]:
    """u/|u| = sign(u), u²/|u| = |u|, sign(u)·|u| = u, sign(u)·u = |u|."""
    if not isinstance(node, (Multiply, Divide, Negate, Power)) or not _mentions(desk, "abs", "sign"):
        return
    term = desk.product(node)
    for base, _ in list(term.powers.values()):
        if not (isinstance(base, Call) and base.function in ("abs", "sign")):
            continue
        u = base.children[0]
        size, sign = (_height(desk, term, Call(name, u)) for name in ("abs", "sign"))
        inside = desk.product(u)
        own = _shared_height(desk, term, inside)
        if own is None or size is None or sign is None or any(h.denominator != 1 for h in (size, sign, own)):
            continue
        form = _signed_power(desk, u, size, sign, own)
        if form is None:
            continue
        old = [desk.single(Call("abs", u), size), desk.single(Call("sign", u), sign), desk.raised(inside, own)]
        rest = desk.times([term, *(desk.raised(part, Fraction(-1)) for part in old)])
        lost = () if desk.known.nonzero(u) or form.coefficient != 1 else _lost(desk, u, size, own, sign, form)
        parts = {"left": desk.write_term(desk.times(old)), "right": desk.write_term(form)}
        yield Offer("sign-identity", desk.write_term(desk.times([rest, form])), parts, lost)
        return


def _height(desk: Tidier, term: Term, base: Node) -> Fraction | None:
    found = term.powers.get(desk.keys.of(base))
    if found is None:
        return Fraction(0)
    return found[1] if isinstance(found[1], Fraction) else None


def _shared_height(desk: Tidier, term: Term, inside: Term) -> Fraction | None:
    """How often u stands in the term as a factor, u itself being a product."""
    heights = []
    for key, (_, exponent) in inside.powers.items():
        if not isinstance(exponent, Fraction):
            return Fraction(0)
        found = term.powers.get(key)
        if found is None or not isinstance(found[1], Fraction):
            return Fraction(0)
        heights.append(found[1] / exponent)
    if not heights:
        return None
    least = min(heights, key=abs)
    if any(h * least < 0 for h in heights):
        return Fraction(0)
    return Fraction(int(least))


def _signed_power(desk: Tidier, u: Node, size: Fraction, sign: Fraction, own: Fraction) -> Term | None:
    """|u|^size·sign(u)^sign·u^own in its shortest form; None where it has it already."""
    total, odd = size + own, (sign + own) % 2 != 0
    if sign == 0 and size >= 0 and own >= 0 and size < 2:
        return None
    absolute, plain = desk.single(Call("abs", u), total), desk.raised(desk.product(u), total)
    if not odd:
        form = plain if total % 2 == 0 else absolute
    elif total % 2:
        form = plain
    else:
        form = desk.times([plain, desk.single(Call("sign", u), Fraction(1))])
    old = desk.times(
        [desk.single(Call("abs", u), size), desk.single(Call("sign", u), sign), desk.raised(desk.product(u), own)]
    )
    return None if desk.term_key(old) == desk.term_key(form) else form


def _lost(desk: Tidier, u: Node, size: Fraction, own: Fraction, sign: Fraction, form: Term) -> tuple[Compare, ...]:
    """u ≠ 0, where a denominator disappears or sign(0) = 0 does."""
    still_below = any(isinstance(e, Fraction) and e < 0 for _, e in form.powers.values())
    if (min(size, own) < 0 or sign > 1) and not still_below:
        return (Compare("!=", u, ZERO),)
    return ()


_EVEN = frozenset({"cos", "sec", "cosh", "sech", "abs", "sinc"})
_ODD = frozenset(
    {
        "sin",
        "tan",
        "csc",
        "cot",
        "sinh",
        "tanh",
        "csch",
        "coth",
        "arcsin",
        "arctan",
        "arsinh",
        "artanh",
        "erf",
        "sign",
        "erfi",
        "Si",
    }
)


def even_and_odd(desk: Tidier, node: Node) -> Iterator[Offer]:
    """cos(−u) = cos u, cos |u| = cos u, sin(−u) = −sin u, sign(u)·sin u = sin |u|."""
    if isinstance(node, Call) and node.function in _EVEN | _ODD and len(node.children) == 1:
        inside = desk.product(node.children[0])
        size = next(
            (b for b, e in inside.powers.values() if isinstance(b, Call) and b.function == "abs" and _odd(e)), None
        )
        if node.function in _EVEN and isinstance(size, Call):
            u = desk.times([without(desk, inside, size, Fraction(1)), desk.product(size.children[0])])
            new = node.with_children((desk.write_term(u),))
            yield Offer("even-function", new, {"left": node, "right": new})
        elif inside.coefficient < 0 and node.children[0] not in desk.known.typed:
            positive = node.with_children((desk.write_term(inside.scaled(Fraction(-1))),))
            new = positive if node.function in _EVEN else Negate(positive)
            yield Offer(
                "even-function" if node.function in _EVEN else "odd-function", new, {"left": node, "right": new}
            )
    if isinstance(node, (Multiply, Divide, Negate)) and _mentions(desk, "sign", "abs"):
        yield from _sign_goes_inside(desk, node)


def _sign_goes_inside(desk: Tidier, node: Node) -> Iterator[Offer]:
    """sign(u)·sin(c·u) = sin(c·|u|) for the odd functions."""
    term = desk.product(node)
    for base, exponent in list(term.powers.values()):
        if not (isinstance(base, Call) and base.function == "sign" and exponent == 1):
            continue
        u = base.children[0]
        for call, height in list(term.powers.values()):
            if not (
                isinstance(call, Call)
                and call.function in _ODD - {"sign", "csc", "cot", "csch", "coth"}
                and _odd(height)
            ):
                continue
            ratio = desk.times([desk.product(call.children[0]), desk.raised(desk.product(u), Fraction(-1))])
            if ratio.powers:
                continue
            inside = desk.write_term(desk.single(Call("abs", u), Fraction(1)).scaled(ratio.coefficient))
            new = call.with_children((inside,))
            rest = desk.times([term, desk.single(base, Fraction(-1)), desk.single(call, -height)])  # type: ignore[operator]
            result = desk.times([rest, desk.single(new, height)])
            yield Offer("odd-function", desk.write_term(result), {"left": Multiply(base, call), "right": new})


# ---- roots, exponentials, logarithms ------------------------------------------------------------------------------------


def root_of_square(desk: Tidier, node: Node) -> Iterator[Offer]:
    """√(u²) = |u|, √(9·u²·v) = 3·|u|·√v."""
    if not isinstance(node, (Multiply, Divide, Negate, Power, Call)):
        return
    term = desk.product(node)
    for base, height in term.powers.values():
        if not (isinstance(height, Fraction) and height.denominator == 2) or isinstance(base, Add):
            continue
        inside = desk.product(base)
        out, left = [], []
        for b, e in inside.powers.values():
            if isinstance(e, Fraction) and e % 2 == 0:
                size = b if desk.known.nonnegative(b) or (e / 2) % 2 == 0 else Call("abs", b)
                out.append(desk.single(size, e * height))
            else:
                left.append(desk.single(b, e))
        number = power_of(inside.coefficient, height) if inside.coefficient > 0 else None
        if number is None:
            number = Fraction(1)
            left.insert(0, Term(inside.coefficient))
        if not out:
            continue
        under = desk.times(left)
        rest = without(desk, term, base, height)
        root = [] if not under.powers and under.coefficient == 1 else [desk.single(desk.write_term(under), height)]
        form = desk.times([Term(number), *out, *root])
        parts = {"left": desk.write_term(desk.single(base, height)), "right": desk.write_term(form)}
        yield Offer("root-of-square", desk.write_term(desk.times([rest, form])), parts)


def exponential_of_logarithm(desk: Tidier, node: Node) -> Iterator[Offer]:
    """e^(c·ln u) = u^c for u > 0, ln(e^u) = u."""
    if isinstance(node, Call) and node.function == "ln":
        inside = desk.product(node.children[0])
        if inside.coefficient == 1 and len(inside.powers) == 1:
            ((base, height),) = inside.powers.values()
            if base == E and isinstance(height, Fraction):
                yield Offer(
                    "log-of-exponential",
                    desk.write_term(Term(height)),
                    {"left": node, "right": desk.write_term(Term(height))},
                )
            elif isinstance(base, Power) and base.base == E and isinstance(height, Fraction):
                new = desk.write_term(desk.product(base.exponent).scaled(height))
                yield Offer("log-of-exponential", new, {"left": node, "right": new})
    if not _mentions(desk, "ln") or not isinstance(node, (Multiply, Divide, Negate, Power, Call)):
        return
    term = desk.product(node)
    for base, height in term.powers.values():
        if (
            isinstance(base, Power)
            and base.base == E
            and isinstance(base.exponent, Call)
            and base.exponent.function == "ln"
        ):
            u = base.exponent.children[0]
            new_power: Exponent = height
            form = (
                desk.times([desk.single(u, new_power)])
                if not isinstance(u, (Multiply, Divide))
                else desk.raised(desk.product(u), Fraction(height))
            )  # type: ignore[arg-type]
            rest = without(desk, term, base, height)  # type: ignore[arg-type]
            lost = () if desk.known.positive(u) else (Compare(">", u, ZERO),)
            parts = {"left": desk.write_term(desk.single(base, height)), "right": desk.write_term(form)}
            yield Offer("exponential-of-log", desk.write_term(desk.times([rest, form])), parts, lost)


_EXACT: dict[tuple[str, Node], Node] = {
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


def exact_values(desk: Tidier, node: Node) -> Iterator[Offer]:
    """ln 1 = 0, ln e = 1, cos 0 = 1."""
    if isinstance(node, Call) and len(node.children) == 1:
        value = _EXACT.get((node.function, node.children[0]))
        if value is not None:
            yield Offer("exact-value", value, {"left": node, "right": value})


def _mentions(desk: Tidier, *functions: str) -> bool:
    return not desk.functions.isdisjoint(functions)


def _integer(exponent: Exponent) -> bool:
    return isinstance(exponent, Fraction) and exponent.denominator == 1


def _odd(exponent: Exponent) -> bool:
    return isinstance(exponent, Fraction) and exponent.denominator == 1 and exponent % 2 == 1
