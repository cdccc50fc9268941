"""The fullest telling: before each line a sentence, the rule in letters, and what the letters are here.

The rule in letters is the step itself with letters for its parts, so it can't differ from what was done.
"""

from collections.abc import Iterator, Mapping, Sequence

from symgrad.calculus.derivation import State
from symgrad.calculus.finish import Hints, finish
from symgrad.calculus.narrate.chain import INSERT, equation, finishing, line, reason_beside
from symgrad.calculus.narrate.closing import joined, listed, sentence
from symgrad.calculus.narrate.letters import letters, slope, statement
from symgrad.calculus.prose import Language
from symgrad.calculus.step import Step
from symgrad.document import Block, Cell, Math, Prose, Steps
from symgrad.syntax.tree import Node, Symbol
from symgrad.syntax.walks import size

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
    if finishing(state):
        return language.sentence(state.rule_id, state.reason, state.parts)
    name = reason_beside(state, language)
    if state.rule_id == INSERT:
        return (name[:1].upper() + name[1:] + ".",)
    step = state.step if state.step is not None and state.rule_id == state.step.rule.id else None
    cells: list[Cell] = [name[:1].upper() + name[1:] + ". "]
    if step is not None and language.is_generic(step.rule.id, step.rule.says) and not letters(step):
        return (*cells, language.phrases["known-derivative"])
    cells += language.sentence(state.rule_id, state.reason, state.parts)
    if step is not None:
        parts = letters(step)
        theorem = statement(step, parts)
        if theorem is not None:
            cells += [" ", *sentence("in-letters", language, statement=[Math(theorem)])]
            cells += _here(step, parts, language)
    return tuple(joined(cells))


def _here(step: Step, parts: Mapping[str, Node], language: Language) -> list[Cell]:
    """What the letters are, and the slopes that can be read off at once."""
    definitions = [equation(Symbol(letter), part) for letter, part in parts.items()]
    slopes = []
    for child, _ in step.children:
        letter = next((letter for letter, part in parts.items() if part == child.before.body), None)
        value = at_once(child)
        if letter is not None and value is not None:
            slopes.append(equation(slope(letter, child.before), value))
    cells = {"definitions": listed(definitions, language), "slopes": listed(slopes, language)}
    return [" ", *sentence("here-slopes" if slopes else "here", language, **cells)]


def at_once(step: Step) -> Node | None:
    """The derivative if no more than one rule and trivial ones were needed for it, tidied."""
    if any(not child.done_in_passing for child, _ in step.children) or size(step.result) > _SHORT:
        return None
    rewrites = finish(step.result, Hints(step.before.body, step.before.variables[0].name))
    return rewrites[-1].after if rewrites else step.result
