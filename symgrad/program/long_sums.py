"""Finding the sums in a formula that are long enough for arrays: those over an index, and those written out."""

from collections.abc import Mapping
from functools import lru_cache

from symgrad.errors import UsageError
from symgrad.program.ranges import span
from symgrad.program.templates import LONG, Alike
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node


def has_long_sums(formula: Node) -> bool:
    """Whether a sum over an index is long enough for a template."""
    return next(iter(outermost_long_sums(formula)), None) is not None


def outermost_long_sums(formula: Node) -> list[tree.Sum]:
    found, stack, seen = [], [formula], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:  # a shared part is looked at once
            continue
        seen.add(id(node))
        if isinstance(node, tree.Sum):
            try:
                low, high = span(node, {})
            except UsageError:
                low, high = 0, 0
            if high - low + 1 >= LONG:
                found.append(node)
                continue
        if isinstance(node, (tree.Sum, tree.Product)):
            continue
        stack.extend(reversed(node.children))
    return found


def outermost_long_additions(formula: Node) -> list[tree.Add]:
    found, stack, seen = [], [formula], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:  # a shared part is looked at once
            continue
        seen.add(id(node))
        if isinstance(node, tree.Add) and len(node.children) >= LONG:
            found.append(node)
        elif not isinstance(node, (tree.Sum, tree.Product)):
            stack.extend(reversed(node.children))
    return found


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
