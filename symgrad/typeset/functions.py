"""The shape of functions applied: words with or without brackets, bars, roots, floors, subscripted families, f′(x)."""

from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.tree import ONE, Apply, Call, Constant, Multiply, Node, Symbol
from symgrad.typeset.forms import ATOM, POWER, Form, Forms, within
from symgrad.typeset.layout import Accent, Digits, Fence, Fraction, Glyph, Layout, Name, Root, Row, Script, Space, Word
from symgrad.typeset.line import has_named_places, is_whole
from symgrad.typeset.style import Style


def _operator(text: str, latex: str | None = None) -> Word:
    return Word(text, latex or rf"\operatorname{{{text}}}")


# Functions whose argument is written without brackets while it is simple: sin x, ln 2x, tanh √x.
_TRIGONOMETRIC = ("sin", "cos", "tan", "cot", "sec", "csc")
BARE = frozenset(
    prefix + stem + ending
    for stem in _TRIGONOMETRIC
    for prefix, ending in (("", ""), ("arc", ""), ("", "h"), ("ar", "h"))
) | {"ln", "log"}

# Letters that stand for a function of the table: its Unicode text and its LaTeX.
_LETTERS = {"gamma": ("Γ", r"\Gamma"), "beta": ("B", r"\mathrm{B}")}
_SPECIAL_LETTERS = {
    "digamma": ("ψ", r"\psi"),
    "zeta": ("ζ", r"\zeta"),
    "lambertw": ("W", r"\operatorname{W}"),
    "sigmoid": ("σ", r"\sigma"),
}
_OTHER_WORDS = {"relu": ("ReLU", r"\operatorname{ReLU}"), "sign": ("sgn", r"\operatorname{sgn}")}

# Families written with their first argument as a subscript, J_n(x), where special symbols are wanted.
_FAMILIES = {
    "besselj": "J",
    "bessely": "Y",
    "besseli": "I",
    "besselk": "K",
    "polylog": "Li",
    "legendre": "P",
    "hermite": "H",
    "laguerre": "L",
    "chebyshevt": "T",
    "chebyshevu": "U",
}

_FENCES = {"abs": ("|", "|"), "floor": ("⌊", "⌋"), "ceil": ("⌈", "⌉"), "norm": ("‖", "‖")}


def word_of(function: str, style: Style) -> Word:
    """The upright name of a function."""
    if function == "ln" and style.ln_or_log == "log":
        return Word("log", r"\log")
    letters = _LETTERS | _OTHER_WORDS | (_SPECIAL_LETTERS if style.special_symbols else {})
    if function in letters:
        return Word(*letters[function])
    row = FUNCTIONS.get(function)
    return Word(function, row.latex if row is not None and row.latex.startswith("\\") else _operator(function).latex)


def call(node: Call, parts: list[Forms], compact: bool, style: Style, power: Layout | None = None) -> Form:
    """A function of the table applied; `power` is set between its name and its argument, as in sin²x."""
    name = node.function
    if name in _FENCES and len(parts) == 1:
        left, right = _FENCES[name]
        return Form(Fence(left, parts[0].form(compact).layout, right), ATOM, "fenced")
    if name == "sqrt":
        return Form(Root(parts[0].form(compact).layout), ATOM, "fenced")
    if name == "root":
        return Form(Root(parts[0].form(compact).layout, parts[1].compact.layout), ATOM, "fenced")
    if name == "factorial":
        inside = within(parts[0].form(compact), ATOM)
        return Form(Row((inside.layout, Glyph("!", "postfix"))), POWER, "number" if inside.kind == "number" else "name")
    if name == "binomial":
        above, below = (part.form(compact).layout for part in parts)
        return Form(Fence("(", Fraction(above, below, bar=False), ")"), ATOM, "fenced")
    if name == "conjugate":
        return Form(Accent(parts[0].form(compact).layout, "‾"), ATOM, "fenced")
    if name == "transpose":
        return Form(Script(within(parts[0].form(compact), ATOM).layout, None, Glyph("⊤")), POWER, "name")
    return _word(node, parts, compact, style, power)


def _word(node: Call, parts: list[Forms], compact: bool, style: Style, power: Layout | None) -> Form:
    """A function with a name, its subscript or power, and its arguments, bare where that can't be misread."""
    word: Layout = word_of(node.function, style)
    arguments = list(parts)
    if node.function == "log" and len(parts) == 2:
        word = Script(Word("log", r"\log"), arguments.pop().compact.layout, power)
    elif node.function in _FAMILIES and len(parts) > 1 and style.special_symbols:
        word = Script(_operator(_FAMILIES[node.function]), arguments.pop(0).compact.layout, power)
    elif node.function == "polygamma" and style.special_symbols:
        order = arguments.pop(0).compact.layout
        word = Script(_operator("ψ", r"\psi"), None, Fence("(", order, ")"))
    elif power is not None:
        word = Script(word, None, power)
    bracketed = _applied(word, arguments, compact)
    if len(arguments) == 1 and node.function in BARE and _is_bare(arguments[0].node, compact):
        layout = Row((word, Space(automatic=True), arguments[0].form(compact).layout))
        return Form(layout, POWER, "bare", bracketed)
    kind = "call" if node.function in _LETTERS | _SPECIAL_LETTERS | _FAMILIES else "word call"
    return Form(bracketed, ATOM if power is None else POWER, kind)


def _applied(word: Layout, arguments: list[Forms], compact: bool) -> Row:
    inside: list[Layout] = []
    for argument in arguments:
        inside += [Glyph(",", "punctuation")] if inside else []
        inside.append(argument.form(compact).layout)
    return Row((word, Fence("(", Row(tuple(inside)), ")", tight=True)))


def _is_bare(node: Node, compact: bool) -> bool:
    """Whether an argument may stand behind a function's name without brackets: x, 2x, πx, √x, |x|."""
    if isinstance(node, Call) and node.function in ("sqrt", "abs"):
        return not compact
    if isinstance(node, Multiply):
        first = node.children[0]
        if first == ONE or len(set(node.children)) < len(node.children):
            return False
        return _is_letter_or_number(first) and all(isinstance(part, (Symbol, Constant)) for part in node.children[1:])
    return _is_letter_or_number(node)


def _is_letter_or_number(node: Node) -> bool:
    return isinstance(node, (Symbol, Constant)) or is_whole(node)


def primes(body: Layout, order: int) -> Layout:
    """A body with a prime for each derivative, or its order in brackets beyond three."""
    if order <= 3:
        return Row((body, *[Glyph("′", "postfix")] * order))
    return Script(body, None, Fence("(", Digits(str(order)), ")"))


def unspecified(node: Node, parts: list[Forms], compact: bool, style: Style) -> Form:
    """f(x), f′(x); a partial derivative of f as ∂f/∂y where the places have names, else as ∂₂f."""
    assert isinstance(node, Apply)
    name: Layout = Name(node.name)
    if any(node.orders):
        name = primes(name, node.orders[0]) if len(parts) == 1 else _partial(node, parts, name)
    return Form(_applied(name, parts, compact), ATOM, "call")


def _partial(node: Apply, parts: list[Forms], name: Layout) -> Layout:
    total = sum(node.orders)
    sign = Glyph("∂")
    if not has_named_places(node):
        below = "".join(str(k + 1) * order for k, order in enumerate(node.orders))
        return Row((Script(sign, Digits(below), None), name))
    above: Layout = sign if total == 1 else Script(sign, None, Digits(str(total)))
    slots: list[Layout] = []
    for part, order in zip(parts, node.orders, strict=True):
        variable = part.display.layout
        slots += [sign, variable if order == 1 else Script(variable, None, Digits(str(order)))] if order else []
    return Fraction(Row((above, name)), Row(tuple(slots)))
