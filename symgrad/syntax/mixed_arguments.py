"""Arguments of forms: formulas, tuples as sympy writes them, and ranges such as k = 1..n or x -> a."""

from symgrad.syntax.grammar import Grammar
from symgrad.syntax.nodes import is_condition
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    Node,
    Symbol,
)

Argument = Node | tuple[Node, ...]


def mixed_arguments(g: Grammar, bound: tuple[str, ...] = ()) -> list[Argument]:
    """( formula, (x, a, b), k = 1..n, x -> a, … ): formulas, tuples, and ranges as tuples."""
    if g.token.kind != "(":
        raise g.unexpected()
    opening = g.advance()
    g.deeper()
    found: list[Argument] = []
    while g.token.kind != ")":
        found.append(_argument(g))
        if g.token.kind in (",", ";"):
            g.advance()
        elif g.token.kind == "end":
            g.fail("This bracket is not closed.", "Add the closing ).", opening)
        elif g.token.kind != ")":
            raise g.unexpected()
    g.advance()
    g.depth -= 1
    return found


def _argument(g: Grammar) -> Argument:
    if g.token.kind == "(" and g.inside_bracket()[1] and _closes_argument(g):
        return tuple_of(g)
    if g.token.kind == "name" and g.peek().kind in ("relation", "->") and g.peek().text in ("=", "->"):
        name = g.symbol(g.advance().text)
        g.advance()
        lower = g.sum_()
        if g.token.kind != "..":
            return (name, lower)
        g.advance()
        return (name, lower, g.sum_())
    return g.sum_()


def _closes_argument(g: Grammar) -> bool:
    """Whether the bracket that opens here is the whole argument."""
    inside, _ = g.inside_bracket()
    return g.peek(len(inside) + 2).kind in (",", ")", ";", "end")


def tuple_of(g: Grammar) -> tuple[Node, ...]:
    g.advance()
    g.deeper()
    parts: list[Node] = []
    while g.token.kind != ")":
        parts.append(g.statement())
        if g.token.kind == ",":
            g.advance()
        elif g.token.kind != ")":
            raise g.unexpected()
    g.advance()
    g.depth -= 1
    return tuple(parts)


def names_after_comma(g: Grammar) -> tuple[str, ...]:
    """Names in the bracket that opens after this token, behind its first comma: what the form binds."""
    g_at = g.at
    g.at += 1
    inside, _ = g.inside_bracket()
    g.at = g_at
    depth = 0
    for k, token in enumerate(inside):
        if token.kind in ("(", "[", "{"):
            depth += 1
        elif token.kind in (")", "]", "}"):
            depth -= 1
        elif token.kind == "," and depth == 0:
            return tuple(other.text for other in inside[k:] if other.kind == "name")
    return ()


def formula_of(g: Grammar, argument: Argument, token: Token) -> Node:
    if isinstance(argument, tuple) or is_condition(argument):
        g.fail("A formula is missing here.", None, token)
    return argument


def variable_of(g: Grammar, argument: Argument, token: Token) -> Symbol:
    if not isinstance(argument, Symbol):
        g.fail("A variable's name is missing here.", None, token)
    return argument
