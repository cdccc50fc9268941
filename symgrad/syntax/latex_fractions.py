r"""\frac: a quotient, or the derivative that it writes (\frac{d}{dx}, \frac{\partial^2 f}{\partial x \partial y})."""

from symgrad.syntax.derivative_forms import derivative, leibniz_node, tell_constant
from symgrad.syntax.grammar import Grammar
from symgrad.syntax.latex_groups import argument, jump
from symgrad.syntax.latex_names import declared_spelling, plain_subscript, without_differential
from symgrad.syntax.leibniz import Leibniz
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    Divide,
    Node,
    Number,
    Symbol,
)


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
        top = without_differential(top)
    below = argument(g, "\\frac")
    if before is not None and before.kind == "number" and isinstance(top, Number) and isinstance(below, Number):
        g.fail("This may be a mixed number.", "Write a \\cdot between them for a product.", token)
    return Divide(top, below)


def closing_brace(g: Grammar, at: int) -> int:
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
    top_stop = closing_brace(g, at) if tokens[at].kind == "{" else at
    first = at + 1 if tokens[at].kind == "{" else at
    if top_stop < 0 or not _is_d(tokens[first]) or "d" in g.variables:
        return None
    below = top_stop + 1
    if tokens[below].kind != "{":
        return None
    stop = closing_brace(g, below)
    variables = _below(g, below + 1, stop)
    if variables is None:
        return None
    order, rest = _small_power(tokens, first + 1)
    if order != sum(count for _, count in variables):
        g.fail("The orders above and below do not agree.", "Write \\frac{d^2}{dx^2}.", token)
    partial = tokens[first].text == "partial"
    if rest >= top_stop:
        jump(g, stop + 1)
        return leibniz_node(g, Leibniz(None, (), variables, partial), token)
    names = [variable for variable, _ in variables]
    jump(g, rest)
    g.deeper()
    g.by.extend(names)
    body = g.sum_()
    del g.by[len(g.by) - len(names) :]
    g.depth -= 1
    if g.at != top_stop:
        raise g.unexpected()
    jump(g, stop + 1)
    if isinstance(body, Symbol):
        return leibniz_node(g, Leibniz(body.name, (), variables, partial), token)
    node = derivative(g, body, [(g.symbol(variable), count) for variable, count in variables], token, partial)
    tell_constant(g, token, node)
    return node


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
                closing = closing_brace(g, at + 1)
                low = plain_subscript(tokens[at + 2 : closing])
                if low is None:
                    return None
                text, at = text + low, closing + 1
            else:
                return None
        order, at = _small_power(tokens, at)
        found.append((declared_spelling(g, text), order))
    return tuple(found) or None
