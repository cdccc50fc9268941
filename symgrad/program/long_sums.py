"""Finding the sums in a formula that are long enough for arrays: those over an index, and those written out."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from symgrad.errors import UsageError
from symgrad.program.ranges import span
from symgrad.program.templates import LONG, Alike
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node

Kind = TypeVar("Kind", bound=Node)


def has_long_sums(formula: Node) -> bool:
    """Whether a sum over an index is long enough for a template."""
    return next(outermost_long_sums(formula), None) is not None


def outermost_long_sums(formula: Node) -> Iterator[tree.Sum]:
    return _outermost(tree.Sum, _is_long, formula)


def outermost_long_additions(formula: Node) -> Iterator[tree.Add]:
    return _outermost(tree.Add, lambda node: len(node.children) >= LONG, formula)


def _outermost(kind: type[Kind], wanted: Callable[[Kind], bool], formula: Node) -> Iterator[Kind]:
    """What is wanted of a kind, from left to right, outside sums and products; a shared part is looked at once."""
    stack, seen = [formula], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, kind) and wanted(node):
            yield node
        elif not isinstance(node, (tree.Sum, tree.Product)):
            stack.extend(reversed(node.children))


def _is_long(node: tree.Sum) -> bool:
    try:
        low, high = span(node, {})
    except UsageError:
        return False
    return high - low + 1 >= LONG and not _sets_bounds(node)


def _sets_bounds(node: tree.Sum) -> bool:
    """Whether sums or products within run to where the index of the sum is: each term has another length."""
    inner = [part for part in walks.unique(node.body) if isinstance(part, (tree.Sum, tree.Product))]
    return any(walks.depends_on(bound, node.variable.name) for part in inner for bound in (part.lower, part.upper))


@lru_cache(maxsize=1)
def by_pattern(node: tree.Add) -> list[list[tuple[Node, Alike]]]:
    """The terms of a sum by their pattern."""
    groups: dict[tuple[object, ...], list[tuple[Node, Alike]]] = {}
    for term in node.children:
        like = Alike.of(term)
        groups.setdefault(like.pattern, []).append((term, like))
    return list(groups.values())


def worth_rolling(formula: Node, least: int = 300) -> bool:
    """Whether a sum is written out so long, in so few patterns, that arrays are quicker than straight-line code."""
    for node in outermost_long_additions(formula):
        if len(node.children) >= least and walks.depth(node) < 100:
            groups = by_pattern(node)
            if sum(len(terms) for terms in groups if len(terms) >= LONG) > 0.9 * len(node.children):
                return True
    return False


def replaced(formula: Node, names: Mapping[Node, Node]) -> Node:
    if formula in names or not names:
        return names.get(formula, formula)
    return walks.transform(formula, lambda node: names.get(node, node) if type(node) in (tree.Sum, tree.Add) else node)
