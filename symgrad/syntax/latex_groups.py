r"""What LaTeX puts together: groups in braces, the arguments of commands, exponents, brackets.

TeX's own rule is kept that a command or ^ without braces takes one token.
"""

from symgrad.syntax.grammar import Grammar
from symgrad.syntax.numerals import number_node
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    Call,
    Node,
    Number,
    Symbol,
)


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


def bracket(g: Grammar) -> Node:
    """( ), [ ] and \\{ \\} group; [x] and {x} around a letter are told, as they may be ⌊x⌋ and x − ⌊x⌋."""
    opening = g.token
    node = matched(g)
    square, curly = opening.text in ("[", "\\lbrack"), opening.text in ("\\{", "\\lbrace")
    if (square or curly) and isinstance(node, Symbol):
        what = "floor" if square else "frac"
        g.told(opening.start, "these brackets group", node, Call(what, node))
    return node


def matched(g: Grammar) -> Node:
    """( ), [ ] and \\{ \\}: each closed by its own kind."""
    opening = g.token
    node = Grammar.bracket(g)
    closing = g.tokens[g.at - 1]
    pairs = {"(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack"}
    if pairs[opening.text] != closing.text:
        g.fail(f"'{closing.text}' does not close '{opening.text}'.", None, closing)
    return node


def jump(g: Grammar, at: int) -> None:
    g.at = at
    g.token = g.tokens[at]
