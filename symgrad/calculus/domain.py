"""Where a formula has a real value by its own shape, and what of that a formula derived from it no longer shows.

Denominators, even roots, logarithms, inverse functions: what can be read off. Formulas with cases, sums and integrals
are not looked into: their parts need not hold everywhere.
"""

from collections.abc import Collection

from symgrad.calculus import algebra
from symgrad.calculus.conditions import follows, prune
from symgrad.calculus.evaluate import Place
from symgrad.calculus.precision import CannotEvaluateError, UndefinedError
from symgrad.calculus.seams import roots
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import ONE, ZERO, Call, Compare, Logic, Node

_WITHIN = {"arcsin": "<=", "arccos": "<=", "arcsec": ">=", "arccsc": ">=", "artanh": "<", "arcoth": ">", "erfinv": "<"}
_OPAQUE = (t.Piecewise, t.Sum, t.Product, t.Integral, t.Antiderivative, t.Limit, t.Derivative)


def needs(formula: Node) -> tuple[Node, ...]:
    """The conditions under which a formula has a real value, each once, those that always hold left out.

    >>> from symgrad.syntax.tree import Divide, Symbol
    >>> needs(Divide(ONE, Symbol("x")))
    (Compare('!=', Symbol('x', None), Number(Fraction(0, 1))),)
    """
    found: dict[Node, None] = {}
    stack = [formula]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen or isinstance(node, _OPAQUE):
            continue
        seen.add(id(node))
        condition = prune(_own_need(node))
        if condition is not None:
            found.update(dict.fromkeys(conjuncts(condition)))
        stack.extend(reversed(node.children))
    return tuple(found)


def conjuncts(condition: Node) -> tuple[Node, ...]:
    """The conditions that "and" joins."""
    return condition.children if isinstance(condition, Logic) and condition.operator == "and" else (condition,)


def _own_need(node: Node) -> Node | None:
    """What this node asks of its children."""
    if isinstance(node, t.Divide):
        return Compare("!=", node.denominator, ZERO)
    if isinstance(node, t.Power):
        height = algebra.numeric(node.exponent)
        if height is None:
            return (
                Compare(">", node.base, ZERO)
                if walks.free_symbols(node.exponent) and walks.free_symbols(node.base)
                else None
            )
        if height.denominator == 1:
            return Compare("!=", node.base, ZERO) if height < 0 else None
        return Compare(">" if height < 0 else ">=", node.base, ZERO)
    if not isinstance(node, Call):
        return None
    u = node.children[0] if node.children else ZERO
    if node.function in ("ln", "log"):
        return Compare(">", u, ZERO)
    if node.function == "sqrt":
        return Compare(">=", u, ZERO)
    if node.function in _WITHIN:
        return Compare(_WITHIN[node.function], Call("abs", u), ONE)
    return Compare(">=", u, ONE) if node.function == "arcosh" else None


def lost(before: Node, after: Node, stated: tuple[Node, ...]) -> tuple[Node, ...]:
    """What `before` needs that can't be seen in `after` and isn't stated: x ≠ 0 for x/x and 1.

    >>> from symgrad.syntax.tree import Divide, Symbol
    >>> lost(Divide(Symbol("x"), Symbol("x")), ONE, ())
    (Compare('!=', Symbol('x', None), Number(Fraction(0, 1))),)
    """
    visible = {*needs(after), *stated}
    gone: list[Node] = []
    for condition in needs(before):
        if not implied(condition, visible):
            gone += _gone(condition, after)
    return tuple(dict.fromkeys(gone))


def implied(condition: Node, known: Collection[Node]) -> bool:
    """Whether a condition is among the known ones or can be read off them."""
    if condition in known:
        return True
    if not isinstance(condition, Compare):
        return False
    stricter = {"!=": ("<", ">"), ">=": (">", "="), "<=": ("<", "=")}.get(condition.operator, ())
    if any(Compare(operator, condition.left, condition.right) in known for operator in stricter):
        return True
    return bool(known) and follows(condition, list(known))


def _gone(condition: Node, after: Node) -> tuple[Node, ...]:
    """What of the condition `after` no longer shows by failing where it fails, though in other words (factored)."""
    if not isinstance(condition, Compare):
        return (condition,)
    symbols = walks.free_symbols(condition)
    same = condition.left in set(walks.unique(after)) and not isinstance(condition.left, t.Symbol)
    if condition.operator != "!=" or len(symbols) != 1:
        return () if same else (condition,)
    variable = symbols[0]
    edges = roots(Compare("=", condition.left, condition.right), variable.name)
    if not edges:
        return () if same else (condition,)
    if {s.name for s in walks.free_symbols(after)} - {variable.name}:
        return () if same else (condition,)
    return tuple(Compare("!=", variable, edge) for edge in edges if _has_value(after, variable.name, edge))


def _has_value(node: Node, name: str, point: Node) -> bool:
    try:
        place = Place({}, 53, 1)
        place.with_value(name, place.evaluate(point)).evaluate(node)
    except (UndefinedError, CannotEvaluateError):
        return False
    return True
