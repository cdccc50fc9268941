"""The machine form of a formula: one line of ASCII that symgrad and sympy both read back to the same value.

`2*x*sin(x) + x**2*cos(x)`. It keeps the order of the tree but not its every wrinkle (the number −3 and minus three are
written alike). How people write formulas belongs in `line`, not here.
"""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from symgrad.errors import SymgradError
from symgrad.syntax.tree import (
    Add,
    Antiderivative,
    Apply,
    Call,
    Compare,
    Constant,
    Derivative,
    Divide,
    Index,
    Integral,
    Limit,
    Logic,
    Matrix,
    Multiply,
    Negate,
    Node,
    Number,
    Piecewise,
    Power,
    Product,
    Sum,
    Symbol,
    Truth,
)
from symgrad.syntax.walks import unique

CONDITION, SUM, SIGNED, PRODUCT, POWER, ATOM = range(6)


class Piece(NamedTuple):
    """A printed sub-formula and how tightly its outermost operation binds."""

    text: str
    level: int


def plain(node: Node) -> str:
    """The formula as one line of ASCII for machines, equal by value when read back.

    >>> from symgrad.syntax.tree import Add, Call, E, Multiply, Negate, Number, Power, Symbol
    >>> x = Symbol("x")
    >>> plain(Add(Multiply(Number(2), x, Call("arcsin", x)), Negate(Power(E, Negate(x)))))
    '2*x*asin(x) - exp(-x)'
    """
    printed: dict[int, Piece] = {}
    for current in unique(node):
        children = [printed[id(child)] for child in current.children]
        printed[id(current)] = _PRINTERS[type(current)](current, children)
    return printed[id(node)].text


def _within(piece: Piece, level: int) -> str:
    """The text of a piece, bracketed where it binds less tightly than its place asks for."""
    return piece.text if piece.level >= level else f"({piece.text})"


def _call(name: str, *arguments: str) -> Piece:
    return Piece(f"{name}({', '.join(arguments)})", ATOM)


_DECIMAL = re.compile(r"\d+\.\d+")


def _number(node: Number, _: Sequence[Piece]) -> Piece:
    value = node.value
    if node.text and _DECIMAL.fullmatch(node.text) and Fraction(node.text) == value:
        return Piece(node.text, ATOM)
    if value.denominator == 1:
        return Piece(digits(value.numerator), ATOM if value >= 0 else SIGNED)
    return Piece(f"{digits(value.numerator)}/{digits(value.denominator)}", PRODUCT if value >= 0 else SIGNED)


def digits(value: int) -> str:
    """The decimal digits of an integer of any length: Python's own limit guards input, which has its budget."""
    if abs(value).bit_length() < 10_000:
        return str(value)
    half = int(abs(value).bit_length() * 0.1505)
    high, low = divmod(abs(value), 10**half)
    return ("-" if value < 0 else "") + digits(high) + digits(low).zfill(half)


_CONSTANTS = {"e": "exp(1)", "pi": "pi", "i": "I", "infinity": "oo"}


def join_terms(terms: Sequence[str], minus: str) -> str:
    """Terms with + between them, and a minus sign where a later term begins with one."""
    text = terms[0]
    for term in terms[1:]:
        text += f" {minus} {term[len(minus) :]}" if term.startswith(minus) else f" + {term}"
    return text


def _add(node: Add, terms: Sequence[Piece]) -> Piece:
    """A sum; a nested sum is bracketed, as is one behind a minus sign."""
    texts = [
        f"({piece.text})" if isinstance(child, Add) else _within(piece, SUM)
        for child, piece in zip(node.children, terms, strict=True)
    ]
    return Piece(join_terms(texts, "-"), SUM)


def _multiply(_: Multiply, factors: Sequence[Piece]) -> Piece:
    """A product; a quotient among the later factors is bracketed, a minus sign on the first goes before the whole."""
    signed = factors[0].level == SIGNED
    first = factors[0].text if signed else _within(factors[0], PRODUCT)
    texts = [first] + [_within(factor, POWER) for factor in factors[1:]]
    return Piece("*".join(texts), SIGNED if signed else PRODUCT)


def _divide(_: Divide, parts: Sequence[Piece]) -> Piece:
    return Piece(f"{_within(parts[0], PRODUCT)}/{_within(parts[1], POWER)}", PRODUCT)


def _power(node: Power, parts: Sequence[Piece]) -> Piece:
    base, exponent = parts
    if node.base == Constant("e"):
        return _call("exp", exponent.text)
    return Piece(f"{_within(base, ATOM)}**{_within(exponent, ATOM)}", POWER)


def _negate(_: Negate, parts: Sequence[Piece]) -> Piece:
    return Piece("-" + _within(parts[0], PRODUCT), SIGNED)


def _function(node: Call, arguments: Sequence[Piece]) -> Piece:
    texts = [argument.text for argument in arguments]
    if node.function in _SPELLED_OUT:
        return _SPELLED_OUT[node.function](*texts)
    if node.function == "hyper":
        texts[:2] = [f"({text[9:-3]},)" for text in texts[:2]]  # Matrix([[a, b]]) is the row (a, b)
    return _call(SYMPY_SPELLING.get(node.function, node.function), *texts)


# The names under which sympy reads our functions; names not listed are the same in both.
SYMPY_SPELLING = {
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh", "coth", "sech", "csch")},
    "abs": "Abs",
    "max": "Max",
    "min": "Min",
    "ceil": "ceiling",
    "step": "Heaviside",
    "root": "real_root",
    "mod": "Mod",
    "lngamma": "loggamma",
    "lambertw": "LambertW",
}

_SPELLED_OUT: dict[str, Callable[..., Piece]] = {
    "sigmoid": lambda u: Piece(f"1/(1 + exp(-({u})))", PRODUCT),
    "softplus": lambda u: _call("log", f"1 + exp({u})"),
    "relu": lambda u: _call("Max", "0", u),
    "clip": lambda u, low, high: _call("Max", low, f"Min({u}, {high})"),
    "hypot": lambda *us: _call("sqrt", " + ".join(f"({u})**2" for u in us)),
}


def _unspecified(node: Apply, arguments: Sequence[Piece]) -> Piece:
    """f(x), or for a derivative of f at a place the inert form that names each slot."""
    texts = [argument.text for argument in arguments]
    if not any(node.orders):
        return _call(node.name, *texts)
    if all(isinstance(argument, Symbol) for argument in node.children) and len(set(node.children)) == len(texts):
        slots = [f"({text}, {order})" for text, order in zip(texts, node.orders, strict=True) if order]
        return _call("Derivative", _call(node.name, *texts).text, *slots)
    if len(texts) == 1:
        return _call(node.name + "'" * node.orders[0], *texts)
    raise SymgradError(
        f"A derivative of '{node.name}' at a place has no plain form.", hint="Use the one-line form instead."
    )


def _derivative(node: Derivative, parts: Sequence[Piece]) -> Piece:
    slots = [f"({part.text}, {order})" for part, order in zip(parts[1:], node.orders, strict=True)]
    return _call("Derivative", parts[0].text, *slots)


def _bounded(name: str) -> Callable[[Node, Sequence[Piece]], Piece]:
    def printer(_: Node, parts: Sequence[Piece]) -> Piece:
        body, variable, lower, upper = (part.text for part in parts)
        return _call(name, body, f"({variable}, {lower}, {upper})")

    return printer


def _limit(node: Limit, parts: Sequence[Piece]) -> Piece:
    if node.side != "+-":
        raise SymgradError("A one-sided limit has no plain form.", hint="Use the one-line form instead.")
    return _call("Limit", *(part.text for part in parts))


_COMPARISONS = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _compare(node: Compare, parts: Sequence[Piece]) -> Piece:
    left, right = (part.text for part in parts)
    if node.operator in _COMPARISONS:
        return Piece(f"{left} {node.operator} {right}", CONDITION)
    return _call("Eq" if node.operator == "=" else "Ne", left, right)


def _logic(node: Logic, parts: Sequence[Piece]) -> Piece:
    return _call({"and": "And", "or": "Or", "not": "Not"}[node.operator], *(part.text for part in parts))


def _piecewise(_: Piecewise, parts: Sequence[Piece]) -> Piece:
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return _call("Piecewise", *(f"({value.text}, {condition.text})" for value, condition in pairs))


def _matrix(node: Matrix, parts: Sequence[Piece]) -> Piece:
    _, columns = node.shape
    texts = [part.text for part in parts]
    rows = [f"[{', '.join(texts[k : k + columns])}]" for k in range(0, len(texts), columns)]
    return _call("Matrix", f"[{', '.join(rows)}]")


def _index(_: Index, parts: Sequence[Piece]) -> Piece:
    return Piece(f"{parts[0].text}[{', '.join(part.text for part in parts[1:])}]", ATOM)


_PRINTERS: dict[type[Node], Callable[..., Piece]] = {
    Number: _number,
    Constant: lambda node, _: Piece(_CONSTANTS[node.name], ATOM),
    Symbol: lambda node, _: Piece(node.name, ATOM),
    Truth: lambda node, _: Piece(str(node.value), ATOM),
    Add: _add,
    Multiply: _multiply,
    Divide: _divide,
    Power: _power,
    Negate: _negate,
    Call: _function,
    Apply: _unspecified,
    Index: _index,
    Matrix: _matrix,
    Derivative: _derivative,
    Sum: _bounded("Sum"),
    Product: _bounded("Product"),
    Integral: _bounded("Integral"),
    Antiderivative: lambda _, parts: _call("Integral", parts[0].text, parts[1].text),
    Limit: _limit,
    Compare: _compare,
    Logic: _logic,
    Piecewise: _piecewise,
}
