"""The one-line form of a formula, as a lecturer types it: `2x sin(x) + x² cos(x)`.

Our own reader reads it back to the same tree; every bracket below is there because the reader would otherwise see
another tree. Two-dimensional forms belong in `box`, machine forms in `plain`.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeGuard

from symgrad.syntax.names import unicode_name
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
from symgrad.syntax.words import COORDINATES, is_short_product
from symgrad.typeset.plain import digits, join_terms
from symgrad.typeset.style import DEFAULT, Style
from symgrad.typeset.words import looks_like_a_function

MINUS = "−"
CHOICE, AND, CONDITION, SUM, PRODUCT, POWER, ATOM = range(7)


class Piece(NamedTuple):
    """A printed sub-formula, how tightly its outermost operation binds, and what kind of factor it makes.

    The kinds: "number", "letter", "letters" (xy), "name", "call", "bracketed", "raised" ((x + 1)²) and "other".
    """

    text: str
    level: int
    kind: str = "other"


def line(node: Node, style: Style = DEFAULT) -> str:
    """The formula on one line of Unicode, which the reader reads back to the same tree.

    >>> from symgrad.syntax.tree import Add, Call, Multiply, Negate, Number, Power, Symbol
    >>> x = Symbol("x")
    >>> line(Add(Multiply(Number(2), x, Call("sin", x)), Negate(Power(x, Number(2)))))
    '2x sin(x) − x²'
    """
    printed: dict[int, Piece] = {}
    for current in unique(node):
        children = [printed[id(child)] for child in current.children]
        printed[id(current)] = _PRINTERS[type(current)](current, children, style)
    return printed[id(node)].text


def _within(piece: Piece, level: int) -> Piece:
    """The piece, bracketed where it binds less tightly than its place asks for."""
    return piece if piece.level >= level else Piece(f"({piece.text})", ATOM, "bracketed")


# ---- leaves ------------------------------------------------------------------------------------------------------


def _number(node: Number, _: Sequence[Piece], style: Style) -> Piece:
    value = node.value
    if node.text is not None and is_decimal(node):
        return Piece(node.text.replace(".", style.decimal), ATOM, "number")
    if value < 0:
        return Piece(MINUS + _number(Number(-value), (), style).text, SUM)
    if value.denominator == 1:
        return Piece(digits(value.numerator), ATOM, "number")
    return Piece(f"{digits(value.numerator)}/{digits(value.denominator)}", PRODUCT)


def is_decimal(node: Number) -> bool:
    """Whether the number was typed with a decimal point and its spelling still says its value."""
    whole, point, decimals = (node.text or "").partition(".")
    return bool(point) and (whole + decimals).isdecimal() and decimals != "" and Fraction(node.text or 0) == node.value


_CONSTANTS = {"e": "e", "pi": "π", "i": "i", "infinity": "∞"}


def _symbol(node: Symbol, _: Sequence[Piece], __: Style) -> Piece:
    return Piece(unicode_name(node.name), ATOM, "letter" if _is_plain_letter(node.name) else "name")


# ---- arithmetic --------------------------------------------------------------------------------------------------


def _add(node: Add, terms: Sequence[Piece], _: Style) -> Piece:
    texts = [
        f"({piece.text})" if isinstance(child, Add) else _within(piece, SUM).text
        for child, piece in zip(node.children, terms, strict=True)
    ]
    return Piece(join_terms(texts, MINUS), SUM)


def _multiply(node: Multiply, factors: Sequence[Piece], _: Style) -> Piece:
    """A product by juxtaposition, with a dot wherever juxtaposition would be read or seen as something else."""
    pieces = _letters_joined([_within(factor, POWER) for factor in factors])
    text = pieces[0].text
    for left, right in pairwise(pieces):
        text += _between(left, right) + right.text
    return Piece(text, PRODUCT)


def _letters_joined(pieces: list[Piece]) -> list[Piece]:
    """Runs of letters that are safely read as products, as one piece: xy, abc."""
    joined = pieces[:1]
    for piece in pieces[1:]:
        run = joined[-1].text + piece.text
        if piece.kind == "letter" and joined[-1].kind in ("letter", "letters") and is_short_product(run):
            joined[-1] = Piece(run, POWER, "letters")
        else:
            joined.append(piece)
    return joined


def _is_plain_letter(name: str) -> bool:
    """Whether a bracket behind the name makes a product, never an application."""
    return len(name) == 1 and not looks_like_a_function(name)


def _between(left: Piece, right: Piece) -> str:
    """What stands between two factors: nothing, a space or a dot."""
    first = right.text[0]
    if left.text == "1":
        return "·"
    if first == "|" and left.kind == "number":
        return ""
    if first.isdigit() or first in "|[{√∛" or "other" in (left.kind, right.kind):
        return "·"
    if right.kind == "bracketed":
        return "" if left.kind in ("number", "bracketed", "raised", "letter") else "·"
    if right.kind == "raised" and left.kind in ("number", "bracketed", "raised", "letter"):
        return ""
    if left.kind == "number":
        return "" if right.kind in ("name", "letter", "letters") else " "
    if {left.text, right.text} <= COORDINATES:
        return "·"
    return " " if left.kind != "bracketed" or right.kind == "call" else ""


def _divide(_node: Divide, parts: Sequence[Piece], _: Style) -> Piece:
    numerator, denominator = parts
    above = _within(numerator, PRODUCT)
    if isinstance(_node.numerator, (Divide, Number)) and above.level == PRODUCT:
        above = Piece(f"({numerator.text})", ATOM, "bracketed")
    return Piece(f"{above.text}/{_within(denominator, POWER).text}", PRODUCT)


SUPERSCRIPTS = str.maketrans("0123456789" + MINUS, "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def is_whole(node: Node) -> bool:
    return isinstance(node, Number) and node.value.denominator == 1 and node.value >= 0 and not node.text


def _power(node: Power, parts: Sequence[Piece], style: Style) -> Piece:
    base, exponent = parts
    whole = is_whole(node.exponent)
    if whole or (isinstance(node.exponent, Negate) and is_whole(node.exponent.argument)):
        raised = exponent.text.translate(SUPERSCRIPTS)
        if whole and style.power_of_function == "sin²x" and takes_power(node.base):
            word, bracket, arguments = base.text.partition("(")
            return Piece(word + raised + bracket + arguments, POWER, "call")
        if not isinstance(node.base, Call) or whole:
            inside = _within(base, ATOM)
            return Piece(inside.text + raised, POWER, _power_kind(inside))
    return Piece(f"{_within(base, ATOM).text}^{_within(exponent, ATOM).text}", POWER, _power_kind(base))


def _power_kind(base: Piece) -> str:
    if base.kind == "bracketed":
        return "raised"
    return "name" if base.kind in ("name", "letter") else "call"


POWERED_WORDS = frozenset(
    stem + ending for stem in ("sin", "cos", "tan", "cot", "sec", "csc") for ending in ("", "h")
) | {"ln"}


def takes_power(node: Node) -> TypeGuard[Call]:
    """Whether a power is written between the function's name and its argument, as in sin²x."""
    return isinstance(node, Call) and node.function in POWERED_WORDS


def _negate(_node: Negate, parts: Sequence[Piece], _: Style) -> Piece:
    return Piece(MINUS + _within(parts[0], PRODUCT).text, SUM)


# ---- functions ---------------------------------------------------------------------------------------------------


def _function(node: Call, arguments: Sequence[Piece], style: Style) -> Piece:
    texts = [argument.text for argument in arguments]
    if node.function == "abs" and "|" not in texts[0]:
        return Piece(f"|{texts[0]}|", ATOM, "call")
    if node.function == "factorial":
        return Piece(_within(arguments[0], ATOM).text + "!", POWER, "call")
    if node.function == "hyper":  # [[a, b]] is the row (a, b) of parameters
        texts[:2] = [f"({text[2:-2]},)" if "," not in text else f"({text[2:-2]})" for text in texts[:2]]
    return Piece(f"{node.function}({', '.join(texts)})", ATOM, "call")


def _unspecified(node: Apply, arguments: Sequence[Piece], _: Style) -> Piece:
    """f(x), f′(x), ∂f/∂y(x, y); where the places have no names of their own, ∂₂f(x, x²)."""
    inside = ", ".join(argument.text for argument in arguments)
    name = unicode_name(node.name)
    if len(arguments) == 1:
        return Piece(f"{name}{'′' * node.orders[0]}({inside})", ATOM, "call")
    if not any(node.orders):
        return Piece(f"{name}({inside})", ATOM, "call")
    if not has_named_places(node):
        places = "".join(str(k + 1) * order for k, order in enumerate(node.orders))
        return Piece(f"∂{places.translate(SUBSCRIPTS)}{name}({inside})", ATOM, "other")
    total = sum(node.orders)
    below = [
        "∂" + argument.text + _raised(order) for argument, order in zip(arguments, node.orders, strict=True) if order
    ]
    return Piece(f"∂{_raised(total)}{name}/{' '.join(below)}({inside})", ATOM, "other")


def has_named_places(node: Apply) -> bool:
    """Whether all arguments are different variables, so that ∂/∂y says by which place."""
    return all(isinstance(child, Symbol) for child in node.children) and len(set(node.children)) == len(node.children)


def _raised(order: int) -> str:
    """An order of differentiation as an exponent; nothing for the first."""
    return str(order).translate(SUPERSCRIPTS) if order > 1 else ""


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _index(_node: Index, parts: Sequence[Piece], _: Style) -> Piece:
    return Piece(f"{parts[0].text}[{', '.join(part.text for part in parts[1:])}]", ATOM, "call")


def _matrix(node: Matrix, parts: Sequence[Piece], _: Style) -> Piece:
    columns = node.shape[1]
    texts = [part.text for part in parts]
    rows = [", ".join(texts[k : k + columns]) for k in range(0, len(texts), columns)]
    return Piece("[" + ", ".join(f"[{row}]" for row in rows) + "]", ATOM)


# ---- operators with a bound variable -----------------------------------------------------------------------------


def _derivative(node: Derivative, parts: Sequence[Piece], _: Style) -> Piece:
    sign = "∂" if node.partial else "d"
    total = sum(node.orders)
    above = sign + _raised(total)
    below = [sign + part.text + _raised(order) for part, order in zip(parts[1:], node.orders, strict=True)]
    return Piece(f"{above}/{' '.join(below)}({parts[0].text})", POWER, "other")


def _bounded(name: str) -> Callable[[Node, Sequence[Piece], Style], Piece]:
    def printer(_node: Node, parts: Sequence[Piece], _: Style) -> Piece:
        body, variable, lower, upper = (part.text for part in parts)
        return Piece(f"{name}({body}, {variable}={lower}..{upper})", ATOM, "call")

    return printer


def _antiderivative(_node: Antiderivative, parts: Sequence[Piece], _: Style) -> Piece:
    return Piece(f"integral({parts[0].text}, {parts[1].text})", ATOM, "call")


_SIDES = {"+-": "", "+": " from above", "-": " from below"}


def _limit(node: Limit, parts: Sequence[Piece], _: Style) -> Piece:
    body, variable, point = (part.text for part in parts)
    return Piece(f"limit({body}, {variable} -> {point}{_SIDES[node.side]})", ATOM, "call")


# ---- conditions --------------------------------------------------------------------------------------------------

RELATIONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "!=": "≠"}


def _compare(node: Compare, parts: Sequence[Piece], _: Style) -> Piece:
    left, right = (_within(part, SUM).text for part in parts)
    return Piece(f"{left} {RELATIONS[node.operator]} {right}", CONDITION)


def _logic(node: Logic, parts: Sequence[Piece], _: Style) -> Piece:
    if node.operator == "not":
        return Piece(f"not {_within(parts[0], ATOM).text}", AND)
    level = AND if node.operator == "and" else CHOICE
    return Piece(f" {node.operator} ".join(_within(part, level + 1).text for part in parts), level)


def _piecewise(node: Piecewise, parts: Sequence[Piece], _: Style) -> Piece:
    texts = []
    for (_value, condition), (value, when) in zip(node.pieces, zip(parts[::2], parts[1::2], strict=True), strict=True):
        texts.append(f"{value.text} otherwise" if condition == Truth(True) else f"{value.text} if {when.text}")
    return Piece("{" + "; ".join(texts) + "}", ATOM)


_PRINTERS: dict[type[Node], Callable[..., Piece]] = {
    Number: _number,
    Constant: lambda node, _, __: Piece(_CONSTANTS[node.name], ATOM, "name"),
    Symbol: lambda node, _, __: Piece(
        unicode_name(node.name), ATOM, "letter" if _is_plain_letter(node.name) else "name"
    ),
    Truth: lambda node, _, __: Piece(str(node.value).lower(), ATOM),
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
    Sum: _bounded("sum"),
    Product: _bounded("product"),
    Integral: _bounded("integral"),
    Antiderivative: _antiderivative,
    Limit: _limit,
    Compare: _compare,
    Logic: _logic,
    Piecewise: _piecewise,
}
