"""The one door of the room: `finish` tidies an answer, searches its best form and records each step."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symgrad.calculus.finish.known import Known
from symgrad.calculus.finish.record import Hints, Rewrite
from symgrad.calculus.finish.search import LARGEST, Search
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import Compare, Matrix, Node, Path
from symgrad.syntax.walks import depth, replace_at, size, unique
from symgrad.typeset import line

SAYS: dict[str, str] = {
    "tidy": "Write it in order.",
    "collect-like-terms": "Collect like terms.",
    "collect-like-powers": "Collect like powers.",
    "cancel": "Cancel.",
    "factor-out": "Factor out what the terms have in common.",
    "common-denominator": "Bring the terms to a common denominator.",
    "multiply-out": "Multiply out and collect like terms.",
    "turn-signs": "Turn the signs in the bracket.",
    "clear-fractions": "Clear the fractions inside the bracket.",
    "quotient-identity": "Use the quotient of the two functions.",
    "squares-identity": "Use the identity between the squares.",
    "double-angle": "Use the double angle.",
    "sign-identity": "A quantity over its absolute value is its sign.",
    "even-function": "The function is even.",
    "odd-function": "The function is odd.",
    "root-of-square": "The root of a square is the absolute value.",
    "function-of-inverse": "Insert the value of the function at the inverse function.",
    "one-root": "Write the two roots as one.",
    "exponential-of-log": "The exponential undoes the logarithm.",
    "log-of-exponential": "The logarithm undoes the exponential.",
    "exact-value": "Insert the exact value.",
}

_LARGEST_TIDIED = 20_000
_DEEPEST = 60  # tidying recurses, about nine calls a level; a deeper formula stays as derived
_DEEPEST_TYPED = 150  # and about three calls a level of what stays as typed


def finish(tree: Node, hints: Hints | None = None) -> tuple[Rewrite, ...]:
    """The named steps from an answer to its most readable form; none where it is there already.

    Args:
        tree: a formula without inert derivatives.
        hints: the question, whose sub-formulas stay as typed; its variable; conditions that hold anyway.

    Returns:
        Rewrites of the whole formula, each `before` the `after` of the one before; every one keeps the value where its
        `condition` holds. The search is bounded by steps and nodes, not by time: the same input gives the same answer.

    >>> from symgrad.syntax.tree import E, Multiply, Negate, Number, Power, Symbol
    >>> x = Symbol("x")
    >>> inner = Negate(Power(x, Number(2)))
    >>> [step] = finish(Multiply(Power(E, inner), Negate(Multiply(Number(2), x))), Hints(Power(E, inner), "x"))
    >>> step.rule_id, step.after == Negate(Multiply(Number(2), x, Power(E, inner)))
    ('tidy', True)
    """
    hints = hints or Hints()
    if isinstance(tree, (Matrix, Compare)):
        return _by_entry(tree, hints)
    if size(tree) > _LARGEST_TIDIED or max(depth(tree), depth(hints.formula or tree)) > _DEEPEST_TYPED:
        return ()
    known = Known(hints.formula, tree, hints.conditions, hints.variable)
    if _levels(tree, known.typed) > _DEEPEST:
        return ()
    found: list[Rewrite] = []
    tidied = tree
    for desk in (Tidier(known, like_powers=False, like_terms=False), Tidier(known, like_terms=False), Tidier(known)):
        before, tidied = tidied, desk.tidy(tidied)
        found += _rewrites(_what_happened(desk.journal.events), before, tidied, desk.journal.conditions, {})
    if size(tidied) <= LARGEST:
        for step in Search(desk).best(tidied).steps:
            found += _rewrites(step.offer.rule_id, step.before, step.after, step.conditions, step.offer.parts)
    return _visible(tree, found)


def _visible(tree: Node, rewrites: Iterable[Rewrite]) -> tuple[Rewrite, ...]:
    """The steps that change what stands on the page, or state a condition; the others go into the next one."""
    kept: list[Rewrite] = []
    current, page = tree, line(tree)
    for step in rewrites:
        new = line(step.after)
        if new != page or step.condition is not None:
            kept.append(replace(step, before=current, path=changed_place(current, step.after)))
            current, page = step.after, new
    return tuple(kept)


def _levels(tree: Node, typed: frozenset[Node]) -> int:
    """The depth of a formula, parts that stay as typed counted as leaves."""
    deep: dict[int, int] = {}
    for node in unique(tree):
        below = (1 if child in typed else deep[id(child)] for child in node.children)
        deep[id(node)] = 1 + max(below, default=0)
    return deep[id(tree)]


def _by_entry(tree: Matrix | Compare, hints: Hints) -> tuple[Rewrite, ...]:
    """The steps of each entry of a matrix, or side of an equation, as steps of the whole."""
    rewrites = []
    whole: Node = tree
    for k, entry in enumerate(tree.children):
        own = replace(hints, variable=hints.by_entry[k], by_entry=()) if hints.by_entry else hints
        for step in finish(entry, own):
            after = replace_at(whole, (k,), step.after)
            rewrites.append(replace(step, before=whole, after=after, path=(k, *step.path)))
            whole = after
    return tuple(rewrites)


def _what_happened(events: Iterable[str]) -> str:
    happened = set(events)
    for event, rule_id in (
        ("cancel", "cancel"),
        ("like terms", "collect-like-terms"),
        ("like powers", "collect-like-powers"),
    ):
        if event in happened:
            return rule_id
    return "tidy"


def _rewrites(
    rule_id: str, before: Node, after: Node, conditions: Iterable[Compare], parts: Mapping[str, Node]
) -> list[Rewrite]:
    """The step with its first condition; each further condition as a step that adds nothing else."""
    distinct: list[Compare | None] = [*dict.fromkeys(conditions)] or [None]
    first, *others = distinct
    rewrites = [Rewrite(rule_id, SAYS[rule_id], before, after, (), first, parts)]
    return rewrites + [Rewrite(rule_id, SAYS[rule_id], after, after, (), condition) for condition in others]


def changed_place(before: Node, after: Node) -> Path:
    """The smallest part outside which two formulas are the same; it has the same path in both.

    >>> from symgrad.syntax.tree import Add, Number, Symbol
    >>> changed_place(Add(Symbol("x"), Number(1)), Add(Symbol("x"), Number(2)))
    (1,)
    """
    path: Path = ()
    while type(before) is type(after) and before.payload == after.payload:
        pairs = list(enumerate(zip(before.children, after.children, strict=False)))
        different = [k for k, (old, new) in pairs if old != new]
        if len(before.children) != len(after.children) or len(different) != 1:
            break
        (k,) = different
        path, before, after = (*path, k), before.children[k], after.children[k]
    return path
