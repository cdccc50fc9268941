r"""Names in LaTeX: a letter with its subscript and primes, f'(x), f^{(4)}(x), and the mark of a differential."""

from symgrad.syntax.application import DEPENDENT_LETTERS, applied, is_applied, tell_increment
from symgrad.syntax.grammar import FUNCTION_LETTERS, Choice, Grammar
from symgrad.syntax.names import display_key, is_index_list, is_name
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    Apply,
    Index,
    Multiply,
    Node,
    Number,
    Symbol,
)


def name(g: Grammar) -> Node:
    """A letter with its subscript and primes; applied to a bracket where the shared rule says so."""
    token = g.advance()
    is_d = token.text == "d" and g.token.kind == "name" and "d" not in g.variables
    if is_d and (token.value == "upright" or not g.token.spaced or _ends_numerator(g)):
        return _differential(g, token)
    inner = _primes(g)
    if inner and g.token.kind == "(" and (_is_function_letter(g, token) or _is_at_point(g)):
        return applied(g, token, inner)
    text = token.text + "'" * inner
    if g.token.kind == "_":
        subscript = _subscript(g)
        if isinstance(subscript, str) and is_index_list(subscript) and not _is_whole_name(g, text + subscript):
            subscript = [Symbol(letter) for letter in subscript[1:].split("_")]
        if not isinstance(subscript, str):
            return Index(g.symbol(token.text), *subscript)
        text += subscript
        primes = _primes(g)
        if primes and not inner and g.token.kind == "(" and (_is_function_letter(g, token) or _is_at_point(g)):
            return applied(g, token._replace(text=declared_spelling(g, text)), primes)
        text += "'" * primes
    elif not inner and _is_order(g, token):
        return _derivative_in_brackets(g, token)
    if not is_name(text):
        g.fail("This is not a name.", "A name is a letter with a subscript of letters and digits.", token)
    text = declared_spelling(g, text)
    _refuse_bracket_above(g)
    if inner or text.endswith("'"):
        bare = text.replace("'", "")
        other = Apply(bare if is_name(bare) else token.text, Symbol("…"), orders=(text.count("'"),))
        g.choices.append(Choice(token.start, g.tokens[g.at - 1].stop, f"{text} is a name", Symbol(text), other))
    elif g.token.kind == "(" and is_applied(g, token._replace(text=text)):
        return applied(g, token._replace(text=text), 0)
    if text == "Delta" and g.token.kind == "name":
        tell_increment(g, token)
    return g.symbol(text)


def _ends_numerator(g: Grammar) -> bool:
    """\\int \\frac{d x}{x}: the d before the last letter of a numerator inside an integral."""
    return bool(g.integrals) and g.integrals[-1].level < g.depth and g.peek().kind == "}"


def _is_at_point(g: Grammar) -> bool:
    """Whether the bracket after a prime holds one letter or number, as in a'(x): nobody writes a product so."""
    inside, _ = g.inside_bracket()
    return len(inside) == 1 and inside[0].kind in ("name", "number", "constant")


def _refuse_bracket_above(g: Grammar) -> None:
    """x^{(3)}: a derivative, an index of a sample or a power?"""
    tokens = [g.peek(k) for k in range(6)]
    if [t.kind for t in tokens[:3] + tokens[4:]] == ["^", "{", "(", ")", "}"] and tokens[3].kind in ("name", "number"):
        inside = tokens[3].text
        hint = f"Write ^{{{inside}}} for a power, _{{{inside}}} for an index, f^{{(3)}}(x) for a derivative."
        g.fail("I can't tell what the bracket in this exponent means.", hint, tokens[2])


def after_power(g: Grammar, base: Node) -> Node:
    """The base once more, with the subscript that stands behind its exponent (x^{2}_{1}); x^2^3 is refused."""
    if g.token.kind in ("^", "raised", "prime"):
        g.fail("Two exponents in a row.", "Put braces: x^{2^3} or {x^2}^3.")
    if g.token.kind != "_":
        return base
    if not isinstance(base, Symbol) or "_" in base.name:
        g.fail("This subscript belongs to nothing.", "Write it right behind the letter.")
    low = _subscript(g)
    return g.symbol(declared_spelling(g, base.name + low)) if isinstance(low, str) else Index(base, *low)


def _is_whole_name(g: Grammar, text: str) -> bool:
    return text in g.variables or g.token.kind == "prime"


def declared_spelling(g: Grammar, text: str) -> str:
    """x_1 is x1 where x1 is declared: both look the same in LaTeX."""
    if not g.variables or text in g.variables:
        return text
    key = display_key(text)
    return next((other for other in g.variables if is_name(other) and display_key(other) == key), text)


def _is_function_letter(g: Grammar, token: Token) -> bool:
    return token.text in FUNCTION_LETTERS | DEPENDENT_LETTERS or token.text in g.functions


def _primes(g: Grammar) -> int:
    count = 0
    while g.token.kind == "prime":
        count += g.advance().value
    return count


def _is_order(g: Grammar, token: Token) -> bool:
    """Whether f^{(4)}(x) stands here."""
    kinds = [g.peek(k).kind for k in range(6)]
    return kinds == ["^", "{", "(", "number", ")", "}"] and g.peek(6).kind == "(" and _is_function_letter(g, token)


def _derivative_in_brackets(g: Grammar, token: Token) -> Node:
    order = g.peek(3).value.value
    if order.denominator != 1 or order > g.options.budgets.derivative_order:
        g.fail("The order of a derivative is a small whole number.", None, g.peek(3))
    for _ in range(6):
        g.advance()
    return applied(g, token, int(order))


def _subscript(g: Grammar) -> str | list[Node]:
    """What stands below: the text of a name's subscript, or formulas of an index."""
    g.advance()
    token = g.token
    if token.kind == "number" and len(token.text) > 1:
        g.fail("TeX lowers only the first digit.", f"Write _{{{token.text}}}.")
    if token.kind in ("name", "number", "constant"):
        g.advance()
        if g.token.kind == "_":
            g.fail("Two subscripts in a row.", "Put them in one pair of braces.")
        return "_" + token.text
    if token.kind != "{":
        raise g.unexpected()
    inside, _ = g.inside_bracket()
    plain = plain_subscript(inside)
    if plain is not None:
        for _ in range(len(inside) + 2):
            g.advance()
        return plain
    g.advance()
    return g.subscripts("}")


def plain_subscript(inside: list[Token]) -> str | None:
    """The subscript as part of a name, if letters, digits, commas and primes are all it holds."""
    out, primes = "", 0
    for token in inside:
        if token.kind in ("name", "constant", "function") or (token.kind == "number" and token.text.isdigit()):
            if primes:
                return None
            out += str(token.value) if token.kind == "function" else token.text
        elif token.kind == "," and out and not primes:
            out += "_"
        elif token.kind == "prime" and out:
            primes += token.value
        else:
            return None
    if primes:
        return f"_{{{out}{chr(39) * primes}}}" if out.isalnum() else None
    return "_" + out if out and is_name("x_" + out) else None


def _differential(g: Grammar, token: Token) -> Node:
    """dx inside the numerator of an integrand's fraction; anywhere else it has no meaning."""
    if not g.integrals or g.integrals[-1].found or g.integrals[-1].level >= g.depth or g.tokens[g.at - 2].kind == "(":
        g.fail("This differential belongs to no integral or derivative.", "Write d \\cdot x for a product.", token)
    g.integrals[-1].found.append(g.advance().text)
    return _DIFFERENTIAL


_DIFFERENTIAL = Number(1)


def without_differential(node: Node) -> Node:
    """The numerator without the mark that the differential left."""
    if isinstance(node, Multiply) and node.children[-1] is _DIFFERENTIAL:
        rest = node.children[:-1]
        return rest[0] if len(rest) == 1 else Multiply(*rest)
    if node is _DIFFERENTIAL:
        return Number(1)
    return node
