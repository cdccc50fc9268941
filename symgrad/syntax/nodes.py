"""Small questions about nodes that every part of the grammar asks, and small nodes that it makes."""

from symgrad.syntax.tokens import Token
from symgrad.syntax.tree import Apply, Compare, Logic, Multiply, Negate, Node, Symbol, Truth


def negated(node: Node, negative: bool) -> Node:
    return Negate(node) if negative else node


def product(factors: list[Node]) -> Node:
    return factors[0] if len(factors) == 1 else Multiply(*factors)


def is_condition(node: Node) -> bool:
    return isinstance(node, (Compare, Logic, Truth))


def is_numeric(node: Node) -> bool:
    """A number, a constant or a power, root or fraction of them."""
    return not any(True for _ in letters_of(node))


def letters_of(node: Node) -> list[Symbol]:
    stack, found = [node], []
    while stack:
        current = stack.pop()
        if isinstance(current, Symbol):
            found.append(current)
        elif isinstance(current, Apply):
            found.append(Symbol(current.name))
        stack.extend(current.children)
    return found


def one_token(token: Token) -> Node:
    """A number, a constant or a name as a node; a bracket as an ellipsis."""
    if token.kind in ("number", "constant"):
        node: Node = token.value
        return node
    return Symbol(token.text if token.kind == "name" else "…")
