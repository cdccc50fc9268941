"""Conditions as they are stated at the end: solved for the variable where that is easy, and none that another implies.

The steps keep their conditions as the rules make them; how one is derived or when it always holds is `conditions`.
"""

from collections.abc import Iterator

from symgrad.calculus import algebra
from symgrad.calculus.conditions import always, prune, quadratic, sign
from symgrad.calculus.evaluate import Place
from symgrad.calculus.precision import CannotEvaluateError, UndefinedError
from symgrad.calculus.seams import roots
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import ONE, ZERO, Call, Compare, Node

_ROUNDS = 6  # how often a condition is solved further: ln(ln(x)) > 0, ln(x) > 1, x > e


def stated(conditions: tuple[Node, ...]) -> tuple[Node, ...]:
    """The same conditions, taken together, in the form in which a lecturer states them.

    >>> x = t.Symbol("x")
    >>> stated((Compare(">", Call("ln", x), ZERO), Compare(">", x, ZERO)))
    (Compare('>', Symbol('x', None), Number(Fraction(1, 1))),)
    """
    found: dict[Node, None] = {}
    for condition in conditions:
        found.update(dict.fromkeys(_solved(condition, _ROUNDS)))
    kept = list(found)
    for condition in found:
        others = [other for other in kept if other is not condition]
        if any(_implies(other, condition) for other in others):
            kept = others
    return tuple(sorted(kept, key=lambda condition: _place(condition, kept)))


def _place(condition: Node, among: list[Node]) -> tuple[int, bool]:
    """Conditions on the same quantity stand together, the lower bound first."""
    if not isinstance(condition, Compare):
        return among.index(condition), False
    first = next(k for k, other in enumerate(among) if isinstance(other, Compare) and other.left == condition.left)
    return first, condition.operator in ("<", "<=")


def _solved(condition: Node, rounds: int) -> Iterator[Node]:
    """The condition as one or several that are closer to being solved for the variable."""
    if not isinstance(condition, Compare) or len(walks.free_symbols(condition)) != 1 or not rounds:
        yield condition
        return
    if always(condition) or _root_wins(condition):
        return
    found = _by_function(condition) or _by_roots(condition)
    if found is None:
        yield condition
        return
    for part in found:
        pruned = prune(part)
        if pruned is not None:
            yield from _solved(pruned, rounds - 1)


def _root_wins(condition: Compare) -> bool:
    """Whether this is x + √(x² + 1) > 0 or the like, where the root is larger than what stands before it."""
    left = condition.left
    if condition.operator not in (">", ">=", "!=") or condition.right != ZERO or not isinstance(left, t.Add):
        return False
    radicals = [part for part in left.children if isinstance(part, Call) and part.function == "sqrt"]
    others = [part for part in left.children if part not in radicals]
    if len(radicals) != 1 or len(others) != 1:
        return False
    under, beside = radicals[0].children[0], algebra.square(others[0])
    rest = [part for part in under.children if part != beside] if isinstance(under, t.Add) else []
    return len(rest) == 1 and beside in under.children and sign(rest[0]) == "+"


def _by_function(condition: Compare) -> tuple[Compare, ...] | None:
    """ln(u) > c as u > e^c, √u < c as u < c², |√u| < c the same."""
    left, bound = condition.left, condition.right
    if not isinstance(left, Call) or walks.free_symbols(bound):
        return None
    (u, *more) = left.children
    if left.function == "ln" and not more and condition.operator in (">", ">=", "!="):
        height = ONE if bound == ZERO else algebra.E if bound == ONE else t.Power(algebra.E, bound)
        return (Compare(condition.operator, u, height),)
    if left.function == "abs" and isinstance(u, Call) and u.function == "sqrt":
        return (Compare(condition.operator, u, bound),)
    positive = (algebra.numeric(bound) or 0) > 0
    if left.function == "sqrt" and positive and condition.operator in ("<", "<=", ">", ">="):
        return (Compare(condition.operator, u, algebra.square(bound)),)
    return None


def _by_roots(condition: Compare) -> tuple[Compare, ...] | None:
    """A quadratic formula, or a quotient of linear ones, compared with zero: x ≠ −2 and x ≠ 2, |x| < 1, −1 < x < 3."""
    if condition.right != ZERO:
        return None
    left = t.Multiply(*condition.left.children) if isinstance(condition.left, t.Divide) else condition.left
    found = quadratic(left)
    (x,) = walks.free_symbols(condition)
    edges = roots(Compare("=", left, ZERO), x.name) if found is not None else ()
    if found is None or len(edges) != 2:
        return None
    first, second = edges
    if condition.operator == "!=":
        return Compare("!=", x, first), Compare("!=", x, second)
    if condition.operator not in ("<", ">"):
        return None
    inside = (found[0] < 0) == (condition.operator == ">")
    if found[1] == 0:
        return (Compare("<" if inside else ">", Call("abs", x), second),)
    return (Compare(">", x, first), Compare("<", x, second)) if inside else None


def _implies(known: Node, condition: Node) -> bool:
    """Whether x > 1 or |x| < 1 says that x > 0, x ≠ 0 or x ≠ 2 anyway."""
    if not isinstance(known, Compare) or not isinstance(condition, Compare):
        return False
    bound, limit = _value(known.right), _value(condition.right)
    if bound is None or limit is None:
        return False
    if known.left == condition.left:
        strict = known.operator in ("<", ">")
        if known.operator in (">", ">="):
            above = bound > limit or (bound == limit and (strict or condition.operator == ">="))
            return above and condition.operator in (">", ">=", "!=")
        if known.operator in ("<", "<="):
            below = bound < limit or (bound == limit and (strict or condition.operator == "<="))
            return below and condition.operator in ("<", "<=", "!=")
        return False
    if known.left == Call("abs", condition.left) and condition.operator == "!=":
        return (known.operator == "<" and abs(limit) >= bound) or (known.operator == ">" and abs(limit) <= bound)
    return False


def _value(node: Node) -> float | None:
    if walks.free_symbols(node):
        return None
    try:
        place = Place({}, 53, 1)
        return float(place.number_of(place.evaluate(node)))
    except (UndefinedError, CannotEvaluateError):
        return None
