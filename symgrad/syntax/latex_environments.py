r"""\begin{cases} and the matrices."""

from symgrad.syntax.forms import cases
from symgrad.syntax.grammar import Grammar
from symgrad.syntax.nodes import is_condition
from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import (
    OTHERWISE,
    Call,
    Matrix,
    Node,
)


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
