"""Whether a formula depends on a variable, asked so often during one derivation that the answers are kept."""

from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import Node

_MOST = 200_000
_KNOWN: dict[str, dict[Node, bool]] = {}
_BINDING = (*walks.BINDERS, t.Limit, t.Derivative, t.Antiderivative)


def depends_on(node: Node, name: str) -> bool:
    """Whether the variable stands free in the formula.

    >>> from symgrad.syntax.tree import Symbol, Add, ONE
    >>> depends_on(Add(Symbol("x"), ONE), "x"), depends_on(Add(Symbol("x"), ONE), "y")
    (True, False)
    """
    known = _KNOWN.setdefault(name, {})
    found = known.get(node)
    if found is not None:
        return found
    if len(known) > _MOST:
        known.clear()
    stack = [node]
    while stack:
        current = stack[-1]
        if current in known:
            stack.pop()
            continue
        if isinstance(current, t.Symbol):
            known[current] = current.name == name
        elif isinstance(current, _BINDING):
            known[current] = walks.depends_on(current, name)
        else:
            missing = [child for child in current.children if child not in known]
            if missing:
                stack.extend(missing)
                continue
            known[current] = any(known[child] for child in current.children)
        stack.pop()
    return known[node]
