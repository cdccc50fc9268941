"""The one door of the room: `finish` tidies an answer, searches its best form and records each step."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symgrad.calculus.finish.known import Known
from symgrad.calculus.finish.record import Hints, Rewrite
from symgrad.calculus.finish.search import LARGEST, Search
from symgrad.calculus.finish.tidy import Tidier
from symgrad.syntax.tree import Compare, Matrix, Node, Number, Path, depth, replace_at, size, walk

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
    "exponential-of-log": "The exponential undoes the logarithm.",
    "log-of-exponential": "The logarithm undoes the exponential.",
    "exact-value": "Insert the exact value.",
}

_LARGEST_TIDIED = 20_000
_DEEPEST = 150  # tidying recurses; a deeper formula stays as derived


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
    if isinstance(tree, Matrix):
        return _by_entry(tree, hints)
    if depth(tree) > _DEEPEST or size(tree) > _LARGEST_TIDIED:
        return ()
    desk = Tidier(Known(hints.formula, tree, hints.conditions, hints.variable))
    tidied = desk.tidy(tree)
    rewrites: list[Rewrite] = []
    if tidied != tree or (desk.known.decimals and _spelling(tidied) != _spelling(tree)):
        rule_id = _what_happened(desk.events)
        rewrites += _rewrites(rule_id, tree, tidied, desk.conditions, {})
    if size(tidied) > LARGEST:
        return tuple(rewrites)
    for step in Search(desk).best(tidied).steps:
        rewrites += _rewrites(step.offer.rule_id, step.before, step.after, step.conditions, step.offer.parts)
    return tuple(rewrites)


def _by_entry(tree: Matrix, hints: Hints) -> tuple[Rewrite, ...]:
    """The steps of each entry, as steps of the whole matrix."""
    rewrites = []
    whole: Node = tree
    for k, entry in enumerate(tree.children):
        for step in finish(entry, hints):
            after = replace_at(whole, (k,), step.after)
            rewrites.append(replace(step, before=whole, after=after, path=(k, *step.path)))
            whole = after
    return tuple(rewrites)


def _spelling(tree: Node) -> list[str | None]:
    """How the numbers of a formula are spelled, which equality of formulas does not see."""
    return [part.text for part in walk(tree) if isinstance(part, Number)]


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
    path = changed_place(before, after)
    rewrites = [Rewrite(rule_id, SAYS[rule_id], before, after, path, first, parts)]
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
