"""The fullest telling: before each line a sentence, the rule in letters, and what the letters are here.

The rule in letters is the step itself with letters for its parts, so it can't differ from what was done.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symgrad.calculus.derivation import State
from symgrad.calculus.finish import Hints, finish
from symgrad.calculus.narrate.chain import equation, line
from symgrad.calculus.narrate.closing import listed, sentence
from symgrad.calculus.prose import Language
from symgrad.calculus.step import Step
from symgrad.document import Block, Cell, Prose, Steps
from symgrad.syntax.tree import Derivative, Node, Number, Symbol, depends_on, size

_SHORT = 40  # nodes of a slope that is told at once


def explained(states: Sequence[State], language: Language) -> Iterator[Block]:
    """The chain with its reasons: a paragraph and a line for every step."""
    first, *others = states
    if not others:
        yield Steps((line(first, language),))
        return
    for number, state in enumerate(others):
        yield Prose(_paragraph(state, language))
        shown = line(state, language)
        before = first.tree if number == 0 else None
        yield Steps((type(shown)(shown.node, shown.relation, "", shown.marks, shown.note, before),))


def _paragraph(state: State, language: Language) -> tuple[Cell, ...]:
    name = language.name(state.rule_id, state.name)
    cells: list[Cell] = [
        name[:1].upper() + name[1:] + ". ",
        *language.sentence(state.rule_id, state.reason, state.parts),
    ]
    step = state.step
    if step is not None and state.rule_id == step.rule.id:
        letters = _letters(step)
        statement = in_letters(step, letters)
        if statement is not None:
            cells += [" ", *sentence("in-letters", language, statement=listed([statement], language))]
        cells += _here(step, letters, language) if statement is not None else []
    return tuple(sentence_of(cells))


def sentence_of(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Neighbouring pieces of text as one."""
    text = ""
    for cell in cells:
        if isinstance(cell, str):
            text += cell
            continue
        if text:
            yield text
        yield cell
        text = ""
    if text:
        yield text


def _letters(step: Step) -> dict[Node, Symbol]:
    """The parts that get a letter: those that depend on the variable and are more than the variable itself."""
    x = step.before.variables[0]
    return {
        part: Symbol(letter)
        for letter, part in step.parts.items()
        if isinstance(part, Node) and part != x and depends_on(part, x.name) and letter != x.name
    }


def in_letters(step: Step, letters: Mapping[Node, Symbol]) -> Node | None:
    """The step as a theorem in letters, d/dx (f·g) = df/dx·g + f·dg/dx; None if that says no more than the step."""
    if not letters or step.rule.id in ("sum", "unevaluated"):
        return None
    x = step.before.variables[0]
    before, after = (_written(side, letters) for side in (step.before, step.after))
    if before == step.before or any(_has_bare(side, x, {s.name for s in letters.values()}) for side in (before, after)):
        return None
    return equation(before, after)


def _written(node: Node, letters: Mapping[Node, Symbol]) -> Node:
    if node in letters:
        return letters[node]
    if isinstance(node, Derivative):
        return node.with_children((_written(node.body, letters), *node.variables))
    return node.with_children(tuple(_written(child, letters) for child in node.children)) if node.children else node


def _has_bare(node: Node, x: Symbol, letters: set[str]) -> bool:
    """Whether the variable is left anywhere but below a d; then the letters did not cover the step."""
    if isinstance(node, Derivative):
        return _has_bare(node.body, x, letters)
    if isinstance(node, Symbol):
        return node.name == x.name
    return any(_has_bare(child, x, letters) for child in node.children)


def _here(step: Step, letters: Mapping[Node, Symbol], language: Language) -> list[Cell]:
    """What the letters are, and the slopes that can be read off at once."""
    definitions = [equation(letter, part) for part, letter in letters.items()]
    definitions += [
        equation(Symbol(letter), part)
        for letter, part in step.parts.items()
        if isinstance(part, Node) and part not in letters and letter in _used(step) and not isinstance(part, Number)
    ]
    slopes = [
        equation(Derivative(letters[child.before.body], *child.before.variables, partial=child.before.partial), slope)
        for child, _ in step.children
        if child.before.body in letters and (slope := at_once(child)) is not None
    ]
    cells: dict[str, Any] = {"definitions": listed(definitions, language)}
    if slopes:
        cells["slopes"] = listed(slopes, language)
    return [" ", *sentence("here-slopes" if slopes else "here", language, **cells)]


def _used(step: Step) -> str:
    """The letters of constants worth naming: none, since they stand in the statement as they are."""
    return ""


def at_once(step: Step) -> Node | None:
    """The derivative if no more than one rule and trivial ones were needed for it, tidied."""
    if any(not child.done_in_passing for child, _ in step.children) or size(step.result) > _SHORT:
        return None
    rewrites = finish(step.result, Hints(step.before.body, step.before.variables[0].name))
    return rewrites[-1].after if rewrites else step.result
