"""Values that cancel beside a point though they are smooth there: tan(u)/u, (u − sin u)/u³, 1/u − 1/sinh u, …

Here they are found: a quick look in doubles (`nearby`) tells where to look, exact series (`power_series`) tell what
cancels, so nothing is continued that is not smooth. What becomes of them stands in `continued`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from symgrad.program import continued, nearby
from symgrad.program.graph import Graph
from symgrad.program.power_series import RULES, SAME, Expansion, Series

if TYPE_CHECKING:
    from symgrad.program.stable import StableGraph

Losing = Callable[[Expansion, Series], int]  # how many orders are lost
_RATIONAL = frozenset(("add", "subtract", "multiply", "negate", "divide", "difference_of_squares", "homographic"))
FUNCTIONS = frozenset(RULES) - _RATIONAL
CONTINUED = ("continued", "bessel_ratio", "exponential_moment")
_ORDERED = CONTINUED[1:]  # the argument comes second
_POLES = frozenset(("divide", "csch", "bose", "homographic"))
_SHORT, _LONG = 9, 42  # terms to see what cancels, and to compute with
_MOST = 48  # nodes looked at


def continued_sum(g: "StableGraph", terms: Sequence[int]) -> int | None:
    """A sum whose leading terms cancel beside a point."""
    terms = g._flat(terms)
    if not _of_one_value(g, terms) or not nearby.nearly_nothing(g, terms):
        return None
    total = Graph.sum(g, terms)

    def losing(expansion: Expansion, found: Series) -> int:
        parts = [expansion.of(term) for term in terms]
        low = min((part.valuation for part in parts if part is not None and any(part.coefficients)), default=0)
        return found.valuation - low

    return _continued(g, total, losing, derivative=False)


def continued_function(g: "StableGraph", value: int, direct: int) -> int:
    """A function of a continued value beside a place where the function vanishes, its direct form elsewhere."""
    found = _found(g, value, lambda expansion, found: found.valuation, False, direct)
    return direct if found is None else found


def _of_one_value(g: Graph, terms: Sequence[int]) -> bool:
    """Whether terms with functions among them may be functions of one value: of one input, or of the same angle."""
    angles, others = set(), set()
    for term in terms:
        i = _angle(g, term)
        factors = g.args[i] if g.ops[i] in ("multiply", "divide") else (i,)
        functions = [factor for factor in factors if g.ops[factor] in FUNCTIONS]
        for factor in functions:
            angles.add(_angle(g, g.args[factor][-1 if g.ops[factor] in _ORDERED else 0]))
        if not functions and g.constant[i] is None and angles.isdisjoint(factors):
            others.add(i)
    if g.inputs > 1 and len(angles) + len(others - angles) > 1:
        return len(_inputs_of(g, angles | others)) == 1
    return bool(angles)


def _inputs_of(g: Graph, nodes: Iterable[int]) -> set[int]:
    """The inputs that some nodes come from, as far as a short look shows: no more than two."""
    found: set[int] = set()
    seen, stack = set(nodes), list(nodes)
    while stack and len(found) < 2 and len(seen) < _MOST:
        i = stack.pop()
        if g.ops[i] == "input":
            found.add(i)
        else:
            new = [child for child in g.children(i) if child not in seen]
            stack += new
            seen.update(new)
    return found


def continued_quotient(g: "StableGraph", value: int) -> int | None:
    """A quotient or product of something that vanishes by something that vanishes: 0/0 that has a limit."""
    if not nearby.nearly_undefined(g, value):
        return None
    return _continued(g, value, lambda expansion, found: _pole(g, expansion, value), derivative=True)


def has_pole(g: Graph, factors: Sequence[int]) -> bool:
    """Whether one of some factors may be infinite somewhere."""
    return any(g.ops[_angle(g, factor)] in _POLES for factor in factors)


def _pole(g: Graph, expansion: Expansion, value: int) -> int:
    """The order of the poles among the factors of a product at the point."""
    pole, stack = 0, [(value, 1)]
    while stack:
        i, sign = stack.pop()
        if g.ops[i] in ("multiply", "negate"):
            stack += [(child, sign) for child in g.args[i]]
        elif g.ops[i] == "divide":
            stack += [(g.args[i][0], sign), (g.args[i][1], -sign)]
        else:
            part = expansion.of(i)
            if part is not None:
                pole += max(0, -sign * part.valuation)
    return pole


def _continued(g: "StableGraph", value: int, losing: Losing, *, derivative: bool) -> int | None:
    if value not in g.continuations:
        g.continuations[value] = _found(g, value, losing, derivative, value)
    return g.continuations[value]


def _found(g: "StableGraph", value: int, losing: Losing, derivative: bool, direct: int) -> int | None:
    for base, point in _bases(g, value):
        expansion = Expansion(g, base, point, _SHORT)
        found = expansion.of(value)
        if found is None or not any(found.coefficients) or found.valuation < 0:
            continue
        lost = losing(expansion, found)
        if lost <= 0 or (derivative and found.valuation > 1):
            continue
        series = Expansion(g, base, point, _LONG).of(value)
        if series is not None:
            return continued.make(g, base, direct, point, -lost if derivative else lost, _from_zero(series))
    return None


def _from_zero(series: Series) -> list[Any]:
    return [0] * series.valuation + list(series.coefficients)


def _bases(g: Graph, value: int) -> list[tuple[int, int]]:
    """What a value may be a function of, and the points where functions in it vanish."""
    leaves: set[int] = set()
    angles: set[int] = set()
    seen, stack, points = {value}, [(value, False)], [0]
    while stack:
        i, inside = stack.pop()
        op = g.ops[i]
        if op not in RULES:
            leaves.add(i)
            if len(leaves) > 1 < len(angles):
                return []
            continue
        if len(seen) > _MOST:
            return []
        args = g.args[i][SAME[op] : SAME[op] + 1] if op in SAME else g.args[i]
        if op in FUNCTIONS and op not in SAME:
            if not inside:
                angles.add(_angle(g, args[-1] if op in _ORDERED else args[0]))
            if op == "log":
                points.append(1)
        for child in args:
            if g.constant[child] is None and child not in seen:
                seen.add(child)
                stack.append((child, inside or (op in FUNCTIONS and op not in SAME)))
    if not angles:
        return []
    found = [(leaf, point) for leaf in leaves for point in dict.fromkeys(points)] if len(leaves) == 1 else []
    if len(angles) == 1:
        angle = angles.pop()
        if angle not in leaves or len(leaves) > 1:
            found.append((angle, 0))
    return found


def _angle(g: Graph, x: int) -> int:
    """The argument without its sign and factor."""
    while g.ops[x] == "negate" or (g.ops[x] == "multiply" and g.constant[g.args[x][0]] is not None):
        x = g.args[x][-1]
    return x
