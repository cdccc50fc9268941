"""States to lines: which steps get a line of their own, what is marked on it, and the short reason beside it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from symgrad.calculus.derivation import State
from symgrad.calculus.finish import SAYS
from symgrad.calculus.narrate.closing import sentence, spoken
from symgrad.calculus.prose import Language
from symgrad.document import Cell, Prose, StepLine, Steps
from symgrad.syntax.tree import Compare, Node, Path
from symgrad.syntax.walks import at, size
from symgrad.typeset import line as one_line

_IN_PASSING = frozenset({"tidy", "collect-like-terms", "collect-like-powers"})
_PAGE = 400  # nodes
INSERT = "insert-names"  # the line that puts the long formulas back
_OPENING = frozenset({"given", "next-order"})


def finishing(state: State) -> bool:
    """Whether a state comes from finishing and not from a rule of differentiation."""
    return state.step is None and state.rule_id in SAYS


def told(states: Iterable[State], *, full: bool = False) -> tuple[State, ...]:
    """The states that get a line: none that looks like the one before, and below "full" no step done in passing.

    Several uses of one rule in a row, on different places, share a line; a sum rule inside gives way to what follows.
    """
    kept: list[State] = []
    for state in states:
        if kept and looks_alike(kept[-1].tree, state.tree):
            kept[-1] = replace(kept[-1], tree=state.tree, condition=kept[-1].condition or state.condition)
        elif full:
            kept.append(state)
        else:
            while kept and _joins(kept[-1], state):
                state = _joined(kept.pop(), state)  # noqa: PLW2901 - the two become one
            kept.append(state)
    return tuple(kept)


def looks_alike(first: Node, second: Node) -> bool:
    """Whether two formulas are the same on the page; large ones are compared as trees only."""
    return first == second or (size(first) <= _PAGE and one_line(first) == one_line(second))


def _joins(last: State, state: State) -> bool:
    if None not in (last.condition, state.condition) and last.condition != state.condition:
        return False
    if finishing(state):
        return last.rule_id in _IN_PASSING
    place = state.path if state.old_path is None else state.old_path
    if last.trivial and any(path and place[: len(path)] == path for path in last.paths):
        return True
    done = last.step is not None and not last.step.brief[1]
    return done and last.rule_id == state.rule_id


def _joined(last: State, state: State) -> State:
    """One line for two steps: the second's name, the places of both where the first ones are still there."""
    if finishing(state):
        return replace(state, condition=last.condition or state.condition, path=(), paths=((),))
    condition = last.condition or state.condition
    if last.rule_id != state.rule_id:
        return replace(state, condition=condition, path=last.path, paths=last.paths)
    return replace(state, paths=(*last.paths, *state.paths), parts={}, condition=condition)


def steps(states: Sequence[State], language: Language, *, before: Node | None = None) -> Steps:
    """The chain: the first state to the left of the first =, each further one on its own line."""
    first, *others = states
    lines = [line(state, language) for state in others]
    if before is not None:
        lines.insert(0, StepLine(first.tree, before=before))
    elif lines:
        lines[0] = replace(lines[0], before=first.tree)
    else:
        lines = [StepLine(first.tree)]
    return Steps(tuple(lines))


def line(state: State, language: Language) -> StepLine:
    """One line: = the formula, the rule's name, marks on what is new, and the condition below."""
    reason = "" if state.rule_id in _OPENING else reason_beside(state, language)
    return StepLine(state.tree, reason=reason, marks=marks(state), note=note(state, language))


def reason_beside(state: State, language: Language) -> str:
    """The rule's name in the language; what only the telling does has its name from there already."""
    return state.name if state.rule_id == INSERT else language.name(state.rule_id, state.name)


def marks(state: State) -> dict[Path, str]:
    """The places that are new on this line; none if that is the whole line."""
    found = {path: "new" for path in state.paths if path and _exists(state.tree, path)}
    return found if state.rule_id not in _OPENING else {}


def _exists(tree: Node, path: Path) -> bool:
    try:
        at(tree, path)
    except IndexError:
        return False
    return True


def note(state: State, language: Language) -> Prose | str:
    """What stands below a line: the identity used and the condition made."""
    parts = tuple(_notes(state, language))
    return Prose(parts) if parts else ""


def _notes(state: State, language: Language) -> Iterator[Cell]:
    if {"left", "right"} <= set(state.parts) and finishing(state):
        yield from language.phrase("identity", left=state.parts["left"], right=state.parts["right"])
        if state.condition is not None:
            yield "; "
    if state.condition is not None:
        yield from sentence("on-line", language, condition=spoken(state.condition, language))


def equation(left: Node, right: Node) -> Compare:
    """left = right."""
    return Compare("=", left, right)
