"""`read` and `parse`: the door to formulas as text. Budgets first, then tokens, grammar, checks of the whole."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from symgrad.errors import LimitError, ReadError, UsageError
from symgrad.syntax import resolve
from symgrad.syntax.application import COMMON
from symgrad.syntax.bars import match_bars
from symgrad.syntax.binders import big
from symgrad.syntax.bracketed import bracketed
from symgrad.syntax.budgets import check_tree
from symgrad.syntax.constant_values import check_constants
from symgrad.syntax.declare import split_declarations
from symgrad.syntax.derivative_forms import leibniz
from symgrad.syntax.forms import CONDITIONS, braces, form, hyper_call, matrix_literal
from symgrad.syntax.grammar import Choice, Grammar, Handler
from symgrad.syntax.nodes import is_condition
from symgrad.syntax.plain_lexer import PlainLexer
from symgrad.syntax.tokens import ReadOptions, options_from
from symgrad.syntax.tree import Call, Compare, E, Matrix, Multiply, Node, Symbol

PLAIN: dict[str, Handler] = {
    **COMMON,
    "function": hyper_call,
    "form": form,
    "leibniz": leibniz,
    "big": big,
    "{": braces,
    "[": matrix_literal,
    "‖": lambda g: Call("norm", g.closed("‖", "norm")),
}


class Ambiguity(NamedTuple):
    """A part of the text with two common readings: where, why, the reading taken and the other, fully bracketed."""

    span: tuple[int, int]
    says: str
    taken: str
    other: str


class Reading(NamedTuple):
    """What was read: the tree, the text, the places with another common reading, the declarations in the text."""

    tree: Node
    text: str
    choices: tuple[Choice, ...] = ()
    declarations: tuple[tuple[str, tuple[int | str, ...]], ...] = ()

    @property
    def bracketed(self) -> str:
        """The whole reading with every bracket written."""
        return bracketed(self.tree)

    @property
    def ambiguities(self) -> tuple[Ambiguity, ...]:
        """Every place where the text has another common reading."""
        return tuple(
            Ambiguity((start, stop), says, bracketed(taken), bracketed(other))
            for start, stop, says, taken, other in self.choices
        )


def read(text: str, *, syntax: str = "plain", options: ReadOptions | Mapping[str, Any] | None = None) -> Reading:
    """Read a formula, in plain (and Unicode) or in LaTeX notation.

    Args:
        text: the formula.
        syntax: "plain" or "latex".
        options: how to read; see ReadOptions.

    Raises:
        ReadError: the text is not a formula of the syntax; it points at the place.
        LimitError: the formula exceeds a budget.

    >>> reading = read("1/2x")
    >>> reading.bracketed, reading.ambiguities[0].other
    ('(1/2)*x', '1/(2*x)')
    """
    given = options_from(options)
    if not isinstance(text, str):
        raise UsageError(f"A formula is a text, not {type(text).__name__}.", hint='Write it in quotes: "x^2".')
    if syntax not in ("plain", "latex"):
        raise UsageError(f"There is no syntax {syntax!r}.", hint="Use 'plain' or 'latex'.")
    if len(text) > given.budgets.characters:
        raise given.budgets.exceeded("characters", f"The text has {len(text):,} characters")
    if not text.strip():
        raise ReadError("There is no formula here.", source=text or " ", span=(0, 1), hint="Write one, such as x^2.")
    formula, declarations = split_declarations(text)
    if declarations:
        given = given._replace(shapes=(*given.shapes, *declarations))
    try:
        grammar = _grammar(formula, text, syntax, given)
        tree = _whole(grammar, given)
    except RecursionError:
        raise LimitError(
            "The formula is nested too deep for the stack that is left here.",
            hint="Read it nearer to the top of the program.",
        ) from None
    return Reading(tree, text, tuple(grammar.choices), declarations)


def _grammar(formula: str, text: str, syntax: str, options: ReadOptions) -> Grammar:
    if syntax == "latex":
        from symgrad.syntax.latex import latex_grammar

        return latex_grammar(formula, options)
    lexer = PlainLexer(formula, options)
    tokens = lexer.run()
    if "|" in formula:
        match_bars(tokens, formula, strict=True)
    grammar = Grammar(tokens, text, options, PLAIN)
    for word, start, stop in lexer.products:
        parts = re.findall(r"[A-Za-z][0-9]*", word)
        letters = Multiply(*(E if part == "e" else Symbol(part) for part in parts))
        grammar.choices.append(Choice(start, stop, f"'{word}' is a product of its letters", letters, Symbol(word)))
    return grammar


def _whole(grammar: Grammar, options: ReadOptions) -> Node:
    """The tree of all tokens, with the checks that need the whole."""
    welcome = options.accept
    tree = grammar.statement() if _may_compare(grammar) else grammar.sum_()
    if grammar.token.kind != "end":
        raise grammar.unexpected()
    source = grammar.source
    everything = (0, len(source))
    if is_condition(tree):
        kind = "equation" if isinstance(tree, Compare) and tree.operator == "=" else "condition"
        if kind not in welcome:
            article = "an" if kind == "equation" else "a"
            raise ReadError(
                f"This is {article} {kind}, not a formula with a value.",
                source=source,
                span=everything,
                hint=f"Give one side of it, or ask for {article} {kind} where one is welcome.",
            )
    if isinstance(tree, Matrix) and "matrix" not in welcome:
        raise ReadError("This is a matrix, not a formula with one value.", source=source, span=everything)
    tree, nodes = resolve.resolve(tree, grammar)
    check_tree(tree, options.budgets, source, nodes)
    if not options.complex:
        check_constants(nodes, source)
    return tree


def _may_compare(grammar: Grammar) -> bool:
    return any(
        token.kind in ("relation", "keyword", "&", "~") or (token.kind == "form" and token.text in CONDITIONS)
        for token in grammar.tokens
    )


@lru_cache(maxsize=2048)
def parse(text: str) -> Node:
    """The tree of a plain text, remembered: what rule tables are written in.

    >>> parse("1 - tanh(u)^2")
    Add(Number(Fraction(1, 1)), Negate(Power(Call('tanh', Symbol('u', None)), Number(Fraction(2, 1)))))
    """
    return read(text).tree
