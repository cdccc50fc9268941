"""Ways through a tree: its places, its parts, its variables, and the tree with something replaced.

All are iterative, since a tree may be deeper than the stack. Parts that nothing touched stay the same objects.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from symgrad.syntax.tree import Integral, Limit, Node, Path, Product, Sum, Symbol, rebuilt

BINDERS: tuple[type[Node], ...] = (Sum, Product, Integral)


def at(node: Node, path: Path) -> Node:
    """The sub-formula at a path."""
    for index in path:
        node = node.children[index]
    return node


def replace_at(node: Node, path: Path, new: Node) -> Node:
    """The formula with the sub-formula at a path replaced."""
    spine = [node]
    for index in path:
        spine.append(spine[-1].children[index])
    for parent, index in zip(reversed(spine[:-1]), reversed(path), strict=True):
        new = parent.with_children((*parent.children[:index], new, *parent.children[index + 1 :]))
    return new


def walk(node: Node) -> Iterator[Node]:
    """Every sub-formula once for each place it stands at, parents before children, left to right."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def unique(node: Node) -> list[Node]:
    """Every distinct sub-formula object once, children before parents: the order to compute in."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(node, False)]
    while stack:
        current, done = stack.pop()
        if done:
            order.append(current)
        elif id(current) not in seen:
            seen.add(id(current))
            stack.append((current, True))
            stack.extend((child, False) for child in reversed(current.children))
    return order


def flattened(nodes: Iterable[Node]) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Formulas without nesting, for pickling what is deeper than Python's stack: rows, and the row of each formula.

    A row is a leaf, or (class, payload, the rows of the children).

    >>> from symgrad.syntax.tree import Negate
    >>> flattened([Negate(Symbol("x"))])[0][1][1:], from_flat(*flattened([Negate(Symbol("x"))]))
    (((), (0,)), (Negate(Symbol('x', None)),))
    """
    rows: list[Any] = []
    place: dict[int, int] = {}
    formulas = tuple(nodes)
    for formula in formulas:
        for node in unique(formula):
            if id(node) not in place:
                place[id(node)] = len(rows)
                children = tuple([place[id(child)] for child in node.children])
                rows.append((type(node), node.payload, children) if children else node)
    return tuple(rows), tuple([place[id(formula)] for formula in formulas])


def from_flat(rows: Iterable[Any], roots: Iterable[int]) -> tuple[Node, ...]:
    """The formulas that `flattened` gave rows for."""
    found: list[Node] = []
    for row in rows:
        if isinstance(row, Node):
            found.append(row)
            continue
        kind, payload, children = row
        found.append(rebuilt(kind, tuple([found[child] for child in children]), payload))
    return tuple([found[root] for root in roots])


def transform(node: Node, change: Callable[[Node], Node]) -> Node:
    """The formula with `change` applied to every node, children first; untouched parts stay the same objects."""
    result: dict[int, Node] = {}
    for current in unique(node):
        children = tuple(result[id(child)] for child in current.children)
        if any(new is not old for new, old in zip(children, current.children, strict=True)):
            result[id(current)] = change(current.with_children(children))
        else:
            result[id(current)] = change(current)
    return result[id(node)]


def size(node: Node) -> int:
    """The number of nodes, counted with repetition."""
    count: dict[int, int] = {}
    for current in unique(node):
        count[id(current)] = 1 + sum(count[id(child)] for child in current.children)
    return count[id(node)]


def depth(node: Node) -> int:
    """The number of nodes on the longest way down."""
    deep: dict[int, int] = {}
    for current in unique(node):
        deep[id(current)] = 1 + max((deep[id(child)] for child in current.children), default=0)
    return deep[id(node)]


def free_symbols(node: Node) -> tuple[Symbol, ...]:
    """The unbound variables in the order in which they first appear in print, left to right."""
    found: dict[Symbol, None] = {}
    for symbol, bound in _symbols(node):
        if symbol.name not in bound:
            found.setdefault(symbol)
    return tuple(found)


def _symbols(node: Node) -> Iterator[tuple[Symbol, frozenset[str]]]:
    """Every symbol with the names bound at its place."""
    stack: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    seen: set[tuple[int, frozenset[str]]] = set()
    while stack:
        current, bound = stack.pop()
        if (id(current), bound) in seen:
            continue
        seen.add((id(current), bound))
        if isinstance(current, Symbol):
            yield current, bound
            continue
        inner = bound
        if isinstance(current, (*BINDERS, Limit)):
            inner = bound | {current.children[1].payload[0]}
            outside = current.children[2:]
            stack.extend((child, bound) for child in reversed(outside))
            stack.append((current.children[0], inner))
            continue
        stack.extend((child, bound) for child in reversed(current.children))


def depends_on(node: Node, name: str) -> bool:
    """Whether the variable stands free anywhere in the formula."""
    return any(symbol.name == name and name not in bound for symbol, bound in _symbols(node))


def substitute(node: Node, values: dict[str, Node]) -> Node:
    """The formula with free variables replaced by formulas; a bound variable that would capture one is renamed."""
    incoming = {symbol.name for value in values.values() for symbol in free_symbols(value)}
    result: dict[tuple[int, frozenset[str]], Node] = {}
    renamed: dict[tuple[int, frozenset[str]], tuple[Node, Node]] = {}  # body and bound variable, kept alive by it
    stack = [(node, frozenset(values))]  # a formula with the names that are replaced in it
    while stack:
        current, active = stack[-1]
        key = (id(current), active)
        if key in result or not current.children or not active:
            if isinstance(current, Symbol) and current.name in active:
                result[key] = values[current.name]
            result.setdefault(key, current)
            stack.pop()
            continue
        parts = [(child, active) for child in current.children]
        if isinstance(current, (*BINDERS, Limit)):
            if key not in renamed:
                renamed[key] = _without_capture(current, active, incoming)
            body, variable = renamed[key]
            parts[:2] = [
                (body, active - {variable.payload[0], current.children[1].payload[0]}),
                (variable, frozenset()),
            ]
        missing = [part for part in parts if (id(part[0]), part[1]) not in result]
        if missing:
            stack.extend(reversed(missing))
            continue
        children = [result[id(part), names] for part, names in parts]
        same = all(new is old for new, old in zip(children, current.children, strict=True))
        result[key] = current if same else current.with_children(children)
        stack.pop()
    return result[id(node), frozenset(values)]


def _without_capture(node: Node, active: frozenset[str], incoming: set[str]) -> tuple[Node, Node]:
    """The body and the bound variable of an operator, renamed if a formula that comes in uses its name."""
    body, variable = node.children[:2]
    name = variable.payload[0]
    if name not in incoming or not active - {name}:
        return body, variable
    fresh = Symbol(_fresh(name, incoming | {symbol.name for symbol in free_symbols(body)}))
    return substitute(body, {name: fresh}), fresh


def _fresh(name: str, taken: set[str]) -> str:
    stem = name.split("_", maxsplit=1)[0]
    return next(candidate for k in range(1, len(taken) + 2) if (candidate := f"{stem}_{k}") not in taken)
