"""A step as a theorem in letters: the rule applied once more, to f, g, u, … in place of the parts it had.

Since the rule itself is asked, the statement in letters cannot differ from what was done.
"""

from collections.abc import Mapping

from symgrad.calculus.narrate.chain import equation
from symgrad.calculus.step import Step
from symgrad.syntax.tree import Apply, Derivative, Node, Symbol
from symgrad.syntax.walks import depends_on, depth, transform

_NOTHING_TO_SAY = frozenset({"sum", "minus", "constant", "identity", "unevaluated"})
_DEEPEST = 100  # levels; what is deeper is no help in letters
_PLAIN_IN_X = frozenset({"power", "exponential", "reciprocal"})  # with u = x the line itself is the statement


def letters(step: Step) -> dict[str, Node]:
    """The letters of the rule that stand for parts which depend on the variable."""
    x = step.before.variables[0]
    parts = {letter: part for letter, part in step.parts.items() if letter != x.name and depends_on(part, x.name)}
    plain = step.rule.elementary is not None or step.rule.id in _PLAIN_IN_X
    return {} if plain and all(part == x for part in parts.values()) else parts


def statement(step: Step, parts: Mapping[str, Node]) -> Node | None:
    """d/dx(f·g) = f′·g + f·g′ for this step; None where the letters do not cover what the rule did."""
    if not parts or step.rule.id in _NOTHING_TO_SAY or depth(step.before) > _DEEPEST:
        return None
    x, partial = step.before.variables[0], step.before.partial
    left = dict(parts)
    body = _with_letters(step.before.body, left, x)
    if left or any(isinstance(name, Symbol) and name == x for name in _outside(body)):
        return None
    outcome = step.rule.apply(body, x, lambda part: Derivative(part, x, partial=partial))
    if outcome is None:
        return None
    return equation(_plain(Derivative(body, x, partial=partial), parts), _plain(outcome.after, parts))


def slope(letter: str, derivative: Derivative) -> Node:
    """f′, or ∂f/∂x where there are several variables."""
    return (
        Derivative(Symbol(letter), *derivative.variables, partial=True) if derivative.partial else Symbol(letter + "'")
    )


def _with_letters(node: Node, left: dict[str, Node], x: Symbol) -> Node:
    """The formula with each part replaced once by an unknown function of x; what is not found stays in `left`."""
    for letter, part in left.items():
        if node == part:
            del left[letter]
            return Apply(letter, x)
    if not node.children or not left:
        return node
    return node.with_children(tuple(_with_letters(child, left, x) for child in node.children))


def _outside(node: Node) -> list[Node]:
    """The leaves of a formula that do not stand below an unknown function."""
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        if not isinstance(current, Apply):
            stack.extend(current.children)
            if not current.children:
                found.append(current)
    return found


def _plain(node: Node, parts: Mapping[str, Node]) -> Node:
    """f(x) as f, its derivative as f′."""

    def change(part: Node) -> Node:
        if isinstance(part, Apply) and part.name in parts:
            return Symbol(part.name + "'" * sum(part.orders))
        if isinstance(part, Derivative) and isinstance(part.body, Symbol) and part.body.name in parts:
            return slope(part.body.name, part)
        return part

    return transform(node, change)
