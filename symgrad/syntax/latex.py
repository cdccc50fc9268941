r"""The LaTeX grammar: what it has beyond the shared one. Fractions, roots, environments, d/dx, primed names.

TeX's own rule is kept that a command without braces takes one token (`\frac12y` is ½·y), and what TeX refuses is
refused (`x^2^3`, `e^-x`).
"""

from symgrad.syntax.application import COMMON, DEPENDENT_LETTERS, applied, is_applied
from symgrad.syntax.bars import match_bars
from symgrad.syntax.binders import big, derivative, leibniz_node
from symgrad.syntax.forms import cases, form
from symgrad.syntax.grammar import FUNCTION_LETTERS, Choice, Grammar, Handler, is_condition
from symgrad.syntax.latex_lexer import LatexLexer
from symgrad.syntax.leibniz import Leibniz
from symgrad.syntax.names import display_key, is_index_list, is_name
from symgrad.syntax.numerals import number_node
from symgrad.syntax.tokens import ReadOptions, Token
from symgrad.syntax.tree import (
    OTHERWISE,
    Apply,
    Call,
    Divide,
    Index,
    Limit,
    Matrix,
    Multiply,
    Negate,
    Node,
    Number,
    Power,
    Symbol,
)


def latex_grammar(source: str, options: ReadOptions) -> Grammar:
    """The grammar over a LaTeX text's tokens."""
    tokens = LatexLexer(source, options).run()
    if any(token.kind == "|" for token in tokens):
        match_bars(tokens, source, strict=False)
    grammar = Grammar(tokens, source, options, LATEX, latex=True)
    grammar.after_power = after_power
    return grammar


# ---- groups and arguments ----------------------------------------------------------------------------------------


def group(g: Grammar) -> Node:
    """{ formula }"""
    opening = g.advance()
    g.deeper()
    if g.token.kind == "}":
        g.fail("These braces are empty.", "Put a formula between them.", opening)
    before, g.conditions = g.conditions, False
    node = g.sum_()
    if g.token.kind != "}":
        if g.token.kind == "end":
            g.fail("This brace is not closed.", "Add the closing }.", opening)
        raise g.unexpected()
    g.advance()
    g.conditions = before
    g.depth -= 1
    return node


def argument(g: Grammar, what: str) -> Node:
    """What a command takes: a group, or one token (of a number, one digit)."""
    token = g.token
    if token.kind == "{":
        return group(g)
    if token.kind == "number":
        return _first_digit(g)
    if token.kind == "name":
        g.advance()
        return g.symbol(token.text)
    if token.kind in ("constant", "command"):
        return g.prefix[token.kind](g)
    if token.kind == "end":
        g.fail(f"{what} needs its argument.", "Write it in braces.", g.tokens[g.at - 1])
    return g.fail(f"{what} needs its argument here.", "Write it in braces.")


def _first_digit(g: Grammar) -> Node:
    """One digit of a number; the others stay behind as the next token."""
    token = g.token
    if len(token.text) == 1:
        g.advance()
        return token.value  # type: ignore[no-any-return]
    if not token.text.isdigit():
        g.fail("TeX takes only the first digit of this number.", "Put it in braces.")
    rest = token.text[1:]
    span = (token.start + 1, token.stop)
    g.token = Token("number", rest, *span, False, number_node(rest, g.source, span, g.options))
    g.tokens[g.at] = g.token
    return Number(int(token.text[0]))


def exponent(g: Grammar) -> Node:
    """What ^ raises to: a group, or one token; nothing that TeX would refuse or take apart."""
    token = g.token
    if token.kind == "{":
        node = group(g)
    elif token.kind == "number":
        if len(token.text) > 1:
            g.fail("TeX raises only the first digit.", f"Write ^{{{token.text}}}.")
        g.advance()
        node = token.value
    elif token.kind == "name":
        g.advance()
        node = g.symbol(token.text)
    elif token.kind in ("constant", "command"):
        node = g.prefix[token.kind](g)
    elif token.kind in ("+", "-"):
        return g.fail("TeX raises only the sign.", "Put the exponent in braces: ^{-x}.")
    else:
        raise g.unexpected()
    return node


def after_power(g: Grammar, base: Node) -> Node:
    """The base once more, with the subscript that stands behind its exponent (x^{2}_{1}); x^2^3 is refused."""
    if g.token.kind in ("^", "raised", "prime"):
        g.fail("Two exponents in a row.", "Put braces: x^{2^3} or {x^2}^3.")
    if g.token.kind != "_":
        return base
    if not isinstance(base, Symbol) or "_" in base.name:
        g.fail("This subscript belongs to nothing.", "Write it right behind the letter.")
    low = _subscript(g)
    return g.symbol(_declared_spelling(g, base.name + low)) if isinstance(low, str) else Index(base, *low)


def bracket(g: Grammar) -> Node:
    """( ), [ ] and \\{ \\}: each closed by its own kind."""
    opening = g.token
    node = Grammar.bracket(g)
    closing = g.tokens[g.at - 1]
    pairs = {"(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack"}
    if pairs[opening.text] != closing.text:
        g.fail(f"'{closing.text}' does not close '{opening.text}'.", None, closing)
    return node


# ---- names -------------------------------------------------------------------------------------------------------


def name(g: Grammar) -> Node:
    """A letter with its subscript and primes; applied to a bracket where the shared rule says so."""
    token = g.advance()
    is_d = token.text == "d" and g.token.kind == "name" and "d" not in g.variables
    if is_d and (token.value == "upright" or not g.token.spaced):
        return _differential(g, token)
    inner = _primes(g)
    if inner and g.token.kind == "(" and _is_function_letter(g, token):
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
        if primes and not inner and g.token.kind == "(" and _is_function_letter(g, token):
            return applied(g, token._replace(text=_declared_spelling(g, text)), primes)
        text += "'" * primes
    elif not inner and _is_order(g, token):
        return _derivative_in_brackets(g, token)
    if not is_name(text):
        g.fail("This is not a name.", "A name is a letter with a subscript of letters and digits.", token)
    text = _declared_spelling(g, text)
    if inner or text.endswith("'"):
        other = Apply(token.text, Symbol("…"), orders=(max(inner, text.count("'")),))
        g.choices.append(Choice(token.start, g.tokens[g.at - 1].stop, f"{text} is a name", Symbol(text), other))
    elif g.token.kind == "(" and is_applied(g, token._replace(text=text)):
        return applied(g, token._replace(text=text), 0)
    return g.symbol(text)


def _is_whole_name(g: Grammar, text: str) -> bool:
    return text in g.variables or g.token.kind == "prime"


def _declared_spelling(g: Grammar, text: str) -> str:
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
    plain = _plain_subscript(inside)
    if plain is not None:
        for _ in range(len(inside) + 2):
            g.advance()
        return plain
    g.advance()
    g.deeper()
    parts = [g.sum_()]
    while g.token.kind == ",":
        g.advance()
        parts.append(g.sum_())
    g.expect("}", "The closing }")
    g.depth -= 1
    return parts


def _plain_subscript(inside: list[Token]) -> str | None:
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


def _without_differential(node: Node) -> Node:
    """The numerator without the mark that the differential left."""
    if isinstance(node, Multiply) and node.children[-1] is _DIFFERENTIAL:
        rest = node.children[:-1]
        return rest[0] if len(rest) == 1 else Multiply(*rest)
    if node is _DIFFERENTIAL:
        return Number(1)
    return node


# ---- commands ----------------------------------------------------------------------------------------------------


def command(g: Grammar) -> Node:
    return _COMMANDS[g.token.text](g)


def fraction(g: Grammar) -> Node:
    """\\frac in all its forms; \\frac{d}{dx} and \\frac{dy}{dx} are derivatives."""
    token = g.advance()
    found = _leibniz(g, token)
    if found is not None:
        return found
    open_integral = bool(g.integrals) and not g.integrals[-1].found
    before = g.tokens[g.at - 2] if g.at > 1 else None
    top = argument(g, "\\frac")
    if open_integral and g.integrals[-1].found:
        top = _without_differential(top)
    below = argument(g, "\\frac")
    if before is not None and before.kind == "number" and isinstance(top, Number) and isinstance(below, Number):
        g.fail("This may be a mixed number.", "Write a \\cdot between them for a product.", token)
    return Divide(top, below)


def _closing(g: Grammar, at: int) -> int:
    """The place of the brace that closes the one at `at`, or −1."""
    depth = 0
    for k in range(at, len(g.tokens)):
        kind = g.tokens[k].kind
        if kind == "{":
            depth += 1
        elif kind == "}":
            depth -= 1
            if depth == 0:
                return k
    return -1


def _is_d(token: Token) -> bool:
    return (token.kind == "name" and token.text == "d") or (token.kind == "command" and token.text == "partial")


def _leibniz(g: Grammar, token: Token) -> Node | None:
    """The derivative that a fraction writes, or None if it is a fraction."""
    tokens, at = g.tokens, g.at
    top_stop = _closing(g, at) if tokens[at].kind == "{" else at
    first = at + 1 if tokens[at].kind == "{" else at
    if top_stop < 0 or not _is_d(tokens[first]) or "d" in g.variables:
        return None
    below = top_stop + 1
    if tokens[below].kind != "{":
        return None
    stop = _closing(g, below)
    variables = _below(g, below + 1, stop)
    if variables is None:
        return None
    order, rest = _small_power(tokens, first + 1)
    if order != sum(count for _, count in variables):
        g.fail("The orders above and below do not agree.", "Write \\frac{d^2}{dx^2}.", token)
    partial = tokens[first].text == "partial"
    if rest >= top_stop:
        _jump(g, stop + 1)
        return leibniz_node(g, Leibniz(None, (), variables, partial), token)
    names = [variable for variable, _ in variables]
    _jump(g, rest)
    g.deeper()
    g.by.extend(names)
    body = g.sum_()
    del g.by[len(g.by) - len(names) :]
    g.depth -= 1
    if g.at != top_stop:
        raise g.unexpected()
    _jump(g, stop + 1)
    if isinstance(body, Symbol):
        return leibniz_node(g, Leibniz(body.name, (), variables, partial), token)
    return derivative(g, body, [(g.symbol(variable), count) for variable, count in variables], token, partial)


def _jump(g: Grammar, at: int) -> None:
    g.at = at
    g.token = g.tokens[at]


def _small_power(tokens: list[Token], at: int) -> tuple[int, int]:
    """The order that a power after d or a variable writes, and the place behind it."""
    if tokens[at].kind == "raised" and tokens[at].text.isdigit():
        return int(tokens[at].text[:6]), at + 1
    if tokens[at].kind != "^":
        return 1, at
    if tokens[at + 1].kind == "number" and tokens[at + 1].text.isdigit():
        return int(tokens[at + 1].text[:6]), at + 2
    if [tokens[at + k].kind for k in (1, 2, 3)] == ["{", "number", "}"] and tokens[at + 2].text.isdigit():
        return int(tokens[at + 2].text[:6]), at + 4
    return 1, at


def _below(g: Grammar, at: int, stop: int) -> tuple[tuple[str, int], ...] | None:
    """dx^2 dy below a derivative's line: variables and orders; None if it is not of that form."""
    found: list[tuple[str, int]] = []
    tokens = g.tokens
    while at < stop:
        if not _is_d(tokens[at]) or tokens[at + 1].kind != "name":
            return None
        text = tokens[at + 1].text
        at += 2
        if tokens[at].kind == "_":
            if tokens[at + 1].kind in ("number", "name") and len(tokens[at + 1].text) == 1:
                text, at = f"{text}_{tokens[at + 1].text}", at + 2
            elif tokens[at + 1].kind == "{":
                closing = _closing(g, at + 1)
                low = _plain_subscript(tokens[at + 2 : closing])
                if low is None:
                    return None
                text, at = text + low, closing + 1
            else:
                return None
        order, at = _small_power(tokens, at)
        found.append((_declared_spelling(g, text), order))
    return tuple(found) or None


def square_root(g: Grammar) -> Node:
    """\\sqrt{x}, \\sqrt x, \\sqrt[3]{x}."""
    g.advance()
    degree: Node | None = None
    if g.token.kind == "(" and g.token.text == "[":
        degree = bracket(g)
    inner = argument(g, "\\sqrt")
    if degree is None or degree == Number(2):
        return Call("sqrt", inner)
    return Call("root", inner, degree)


def binomial(g: Grammar) -> Node:
    g.advance()
    top = argument(g, "\\binom")
    return Call("binomial", top, argument(g, "\\binom"))


def overline(g: Grammar) -> Node:
    g.advance()
    return Call("conjugate", argument(g, "\\overline"))


def lonely_partial(g: Grammar) -> Node:
    return g.fail("∂ stands only in a derivative.", "Write \\frac{\\partial}{\\partial x}.")


def limit(g: Grammar) -> Node:
    """\\lim_{x \\to a} formula, with a^+ or a^- for one side."""
    token = g.advance()
    if g.token.kind != "_" or g.peek().kind != "{" or g.peek(2).kind != "name" or g.peek(3).kind != "->":
        g.fail("A limit needs its variable and point.", "Write \\lim_{x \\to 0}.", token)
    closing = _closing(g, g.at + 1)
    variable = g.symbol(g.peek(2).text)
    _jump(g, g.at + 4)
    side, stop = _side(g.tokens, closing)
    if side != "+-":
        mark = g.tokens[stop]
        g.tokens[stop] = Token("}", "}", mark.start, mark.stop)
    point = g.sum_()
    if g.at != stop:
        raise g.unexpected()
    _jump(g, closing + 1)
    return Limit(g.term(), variable, point, side)


def _side(tokens: list[Token], closing: int) -> tuple[str, int]:
    """From which side a limit comes, and where its point ends."""
    kinds = [token.kind for token in tokens[closing - 4 : closing]]
    if len(kinds) == 4 and kinds[2] == "^" and kinds[3] in ("+", "-"):
        return kinds[3], closing - 2
    if len(kinds) == 4 and kinds[:2] == ["^", "{"] and kinds[2] in ("+", "-") and kinds[3] == "}":
        return kinds[2], closing - 4
    return "+-", closing


def environment(g: Grammar) -> Node:
    token = g.advance()
    g.deeper()
    node = _cases(g, token) if token.value == "cases" else _matrix(g, token)
    if g.token.kind != "end-environment" or g.token.value != token.value:
        if g.token.kind == "end":
            g.fail(f"This {token.value} is not ended.", f"Add \\end{{{token.value}}}.", token)
        raise g.unexpected()
    g.advance()
    g.depth -= 1
    return node


def _cases(g: Grammar, token: Token) -> Node:
    pieces: list[tuple[Node, Node]] = []
    while g.token.kind not in ("end-environment", "end"):
        before, g.conditions = g.conditions, False
        value = g.sum_()
        g.conditions = before
        if g.token.kind == ",":
            g.advance()
        if g.token.kind == "cell":
            g.advance()
        if g.token.kind == "keyword" and g.token.text in ("if", "for", "when"):
            g.advance()
        if g.token.kind == "keyword" and g.token.text == "otherwise":
            g.advance()
            pieces.append((value, OTHERWISE))
        else:
            condition = g.statement()
            if not is_condition(condition):
                g.fail("A condition is missing in this row.", "Write value & x > 0.", token)
            pieces.append((value, condition))
        if g.token.kind == "row":
            g.advance()
        elif g.token.kind not in ("end-environment", "end"):
            raise g.unexpected()
    return cases(g, pieces, token)


def _matrix(g: Grammar, token: Token) -> Node:
    rows: list[list[Node]] = [[]]
    while g.token.kind not in ("end-environment", "end"):
        rows[-1].append(g.sum_())
        if g.token.kind == "cell":
            g.advance()
        elif g.token.kind == "row":
            g.advance()
            if g.token.kind != "end-environment":
                rows.append([])
        elif g.token.kind not in ("end-environment", "end"):
            raise g.unexpected()
    if not rows[0] or len({len(row) for row in rows}) != 1:
        g.fail("The rows of a matrix are equally long.", None, token)
    node = Matrix(rows)
    return Call("det", node) if token.value == "vmatrix" else node


def norm(g: Grammar, closing: str) -> Node:
    """\\lVert x \\rVert, also with the 2 of the Euclidean norm below."""
    node = Call("norm", g.closed(closing, "norm"))
    if g.token.kind == "_":
        if g.peek().text != "2":
            g.fail("Only the Euclidean norm is known.", "Write \\lVert x \\rVert.")
        g.advance()
        g.advance()
    return node


_COMMANDS: dict[str, Handler] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), fraction),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), binomial),
    "sqrt": square_root,
    "overline": overline,
    "lim": limit,
    "partial": lonely_partial,
    "begin": environment,
}

LATEX: dict[str, Handler] = {
    **COMMON,
    "(": bracket,
    "{": group,
    "name": name,
    "exponent": exponent,
    "command": command,
    "form": form,
    "big": big,
    "‖<": lambda g: norm(g, ">‖"),
    "‖": lambda g: norm(g, "‖"),
}

__all__ = ["LATEX", "Negate", "Power", "latex_grammar"]
