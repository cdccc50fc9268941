"""The tree of steps: one application of a rule, the smaller derivatives it left, and the result they add up to.

Two forms of every step are kept: `after` is exactly what the rule says, with every derivative still to be done;
`brief` is how it is told, with trivial derivatives (of constants, of x, of sums of these) carried out in passing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from symgrad.calculus import algebra
from symgrad.calculus.rule import Rule
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import ONE, ZERO, Derivative, Node, Path

Holes = tuple[tuple["Step", tuple[Path, ...]], ...]


@dataclass(frozen=True, eq=False)
class Step:
    """One rule applied to one derivative.

    Args:
        rule: the rule.
        before: the inert derivative it was applied to.
        after: what it became, smaller derivatives inert.
        parts: the letters of the rule's statement and what they stand for.
        condition: where it holds, if that isn't plain.
        seams: equations of possible kinks.
        children: the step of each smaller derivative, and its places in `after`.
    """

    rule: Rule
    before: Derivative
    after: Node
    parts: Mapping[str, Node]
    condition: Node | None
    seams: tuple[Node, ...]
    children: Holes

    @cached_property
    def result(self) -> Node:
        """The derivative with everything carried out and nothing tidied."""
        result = self.after
        for child, paths in self.children:
            for path in paths:
                result = walks.replace_at(result, path, child.result)
        return result

    @cached_property
    def folded(self) -> Node:
        """The result with its numbers computed, zeros and ones dropped."""
        return walks.transform(self.result, _folded)

    @property
    def done_in_passing(self) -> bool:
        """Whether only trivial rules were needed, as for 3x + 2."""
        return self.rule.trivial and all(child.done_in_passing for child, _ in self.children)

    @cached_property
    def brief(self) -> "tuple[Node, Holes]":
        """`after` as told: trivial derivatives carried out, zeros and ones dropped; and the holes that are left."""
        return _brief(self)

    @cached_property
    def in_passing(self) -> tuple[str, ...]:
        """The ids of the trivial rules that `brief` carries out."""
        names: dict[str, None] = {}
        for child, _ in self.children:
            if _told_with(self, child):
                names[child.rule.id] = None
                names.update(dict.fromkeys(child.in_passing))
        return tuple(names)


def _told_with(parent: Step, child: Step) -> bool:
    return child.done_in_passing or (parent.rule.trivial and child.rule.trivial)


def _brief(step: Step) -> "tuple[Node, Holes]":
    """Carry out the trivial children, bottom-up, and keep track of where the others went."""
    if not any(_told_with(step, child) for child, _ in step.children):
        return step.after, step.children
    wanted: dict[Path, Node] = {}
    left: dict[Node, Step] = {}
    for child, paths in step.children:
        if child.done_in_passing:
            new: Node = child.folded
        elif _told_with(step, child):
            new, holes = child.brief
            left.update((hole.before, hole) for hole, _ in holes)
        else:
            new = child.before
            left[child.before] = child
        wanted.update(dict.fromkeys(paths, new))
    node = _rebuilt(step.after, wanted, ())
    return node, tuple((left[hole], tuple(paths)) for hole, paths in _places(node, set(left)).items())


def _rebuilt(node: Node, wanted: dict[Path, Node], here: Path) -> Node:
    """The template with its holes filled and zeros and ones dropped on the way up; typed parts stay as they are."""
    if here in wanted:
        return wanted[here]
    touched = {path[len(here)] for path in wanted if path[: len(here)] == here}
    if not touched:
        return node
    children = [_rebuilt(child, wanted, (*here, i)) if i in touched else child for i, child in enumerate(node.children)]
    return _units_dropped(node, children)


def _units_dropped(node: Node, children: list[Node]) -> Node:
    """The node over new children, without + 0 and · 1; a product with 0 is 0."""
    if isinstance(node, t.Add):
        kept = [child for child in children if child != ZERO]
        return ZERO if not kept else kept[0] if len(kept) == 1 else t.Add(*kept)
    if isinstance(node, t.Multiply):
        if ZERO in children:
            return ZERO
        kept = [child for child in children if child != ONE]
        return ONE if not kept else kept[0] if len(kept) == 1 else t.Multiply(*kept)
    if isinstance(node, (t.Negate, t.Divide)) and children[0] == ZERO:
        return ZERO
    if isinstance(node, t.Negate) and isinstance(children[0], t.Negate):
        return children[0].argument
    if isinstance(node, t.Negate) and isinstance(children[0], t.Number) and children[0].value < 0:
        return algebra.negate(children[0])
    return node.with_children(children)


def _folded(node: Node) -> Node:
    """Numbers folded by the light constructors."""
    if isinstance(node, t.Add):
        return algebra.add(*node.children)
    if isinstance(node, t.Multiply):
        return algebra.multiply(*node.children)
    if isinstance(node, t.Negate):
        return algebra.negate(node.argument)
    if isinstance(node, t.Divide):
        return algebra.divide(node.numerator, node.denominator)
    return node


def _places(node: Node, wanted: set[Node]) -> dict[Node, list[Path]]:
    """Where the inert derivatives stand, from left to right."""
    found: dict[Node, list[Path]] = {}
    stack: list[tuple[Node, Path]] = [(node, ())]
    while stack:
        current, path = stack.pop()
        if isinstance(current, Derivative) and current in wanted:
            found.setdefault(current, []).append(path)
            continue
        stack.extend((child, (*path, i)) for i, child in reversed(list(enumerate(current.children))))
    return found
