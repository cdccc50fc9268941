r"""The LaTeX grammar: what it has beyond the shared one. Fractions, roots, environments, d/dx, primed names.

TeX's own rule is kept that a command without braces takes one token (`\frac12y` is ½·y), and what TeX refuses is
refused (`x^2^3`, `e^-x`).
"""

from symgrad.syntax.application import COMMON
from symgrad.syntax.bars import match_bars
from symgrad.syntax.binders import big, tell_end
from symgrad.syntax.forms import form
from symgrad.syntax.grammar import Grammar, Handler
from symgrad.syntax.latex_environments import environment
from symgrad.syntax.latex_fractions import closing_brace, fraction
from symgrad.syntax.latex_groups import argument, bracket, exponent, group, jump, matched
from symgrad.syntax.latex_lexer import LatexLexer
from symgrad.syntax.latex_names import after_power, name
from symgrad.syntax.tokens import ReadOptions, Token
from symgrad.syntax.tree import (
    Call,
    Limit,
    Node,
    Number,
)


def latex_grammar(source: str, options: ReadOptions) -> Grammar:
    """The grammar over a LaTeX text's tokens."""
    tokens = LatexLexer(source, options).run()
    if any(token.kind == "|" for token in tokens):
        match_bars(tokens, source, strict=False)
    grammar = Grammar(tokens, source, options, LATEX, latex=True)
    grammar.after_power = after_power
    return grammar


def command(g: Grammar) -> Node:
    return _COMMANDS[g.token.text](g)


def square_root(g: Grammar) -> Node:
    """\\sqrt{x}, \\sqrt x, \\sqrt[3]{x}."""
    g.advance()
    degree: Node | None = None
    if g.token.kind == "(" and g.token.text == "[":
        degree = matched(g)
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
    closing = closing_brace(g, g.at + 1)
    variable = g.symbol(g.peek(2).text)
    jump(g, g.at + 4)
    side, stop = _side(g.tokens, closing)
    if side != "+-":
        mark = g.tokens[stop]
        g.tokens[stop] = Token("}", "}", mark.start, mark.stop)
    point = g.sum_()
    if g.at != stop:
        raise g.unexpected()
    jump(g, closing + 1)
    opening = g.token
    node = Limit(g.term(), variable, point, side)
    tell_end(g, token, opening, node, "the limit")
    return node


def _side(tokens: list[Token], closing: int) -> tuple[str, int]:
    """From which side a limit comes, and where its point ends."""
    kinds = [token.kind for token in tokens[closing - 4 : closing]]
    if len(kinds) == 4 and kinds[2] == "^" and kinds[3] in ("+", "-"):
        return kinds[3], closing - 2
    if len(kinds) == 4 and kinds[:2] == ["^", "{"] and kinds[2] in ("+", "-") and kinds[3] == "}":
        return kinds[2], closing - 4
    return "+-", closing


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
