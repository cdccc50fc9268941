"""Rules for functions with cases: maxima, minima, clipping, piecewise formulas, removable points.

Between the seams one case counts and is differentiated; at a seam the derivative exists only where both sides agree,
which is measured, never assumed.
"""

from itertools import combinations

from symgrad.calculus import algebra
from symgrad.calculus.conditions import linear, prune
from symgrad.calculus.rule import Application, Inert, Rule
from symgrad.calculus.seams import roots, same_value, slopes
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import ZERO, Call, Compare, Divide, Logic, Multiply, Negate, Node, Piecewise, Symbol

_STRICT = {"<=": "<", ">=": ">"}
_NOT = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "!=", "!=": "="}


def _ordered(left: Node, operator: str, right: Node) -> Node:
    """left < right or left > right, solved for the variable where that is easy, the formula on the left."""
    difference = algebra.subtract(left, right)
    if linear(difference) is not None:
        solved = prune(Compare(operator, difference, ZERO))
        return solved if solved is not None else t.Truth(True)
    if algebra.numeric(left) is not None:
        return Compare({"<": ">", ">": "<"}[operator], right, left)
    return Compare(operator, left, right)


def _largest_of(node: Node, x: Symbol, d: Inert) -> Application | None:
    return _largest(node, node.children, ">", x, d)


def _smallest_of(node: Node, x: Symbol, d: Inert) -> Application | None:
    return _largest(node, node.children, "<", x, d)


def _largest(node: Node, candidates: tuple[Node, ...], operator: str, x: Symbol, d: Inert) -> Application | None:
    """One case for each candidate that beats all the others; at ties the slopes are compared."""
    distinct = tuple(dict.fromkeys(candidates))
    if len(distinct) == 1:
        return Application(d(distinct[0]))
    pieces: list[tuple[Node, Node]] = []
    for u in distinct:
        wins = [_ordered(u, operator, v) for v in distinct if v is not u]
        condition = prune(wins[0] if len(wins) == 1 else Logic("and", *wins))
        if condition is None:
            return Application(d(u), dict(zip("uvw", distinct, strict=False)))
        pieces.append((d(u), condition))
    seams = _live_seams(node, x, [Compare("=", u, v) for u, v in combinations(distinct, 2)])
    pieces += _smooth_points(node, x, seams)
    return Application(Piecewise(*pieces), dict(zip("uvw", distinct, strict=False)), seams=seams)


def _live_seams(node: Node, x: Symbol, seams: list[Compare]) -> tuple[Node, ...]:
    """The seams solved where that is possible, less the points at which some other candidate wins anyway."""
    if {s.name for s in walks.free_symbols(node)} != {x.name}:
        return tuple(seams)
    live: dict[Node, None] = {}
    for seam in seams:
        solved = roots(seam, x.name)
        for point in solved:
            if same_value(node, seam.left, x.name, point):
                live[Compare("=", x, point)] = None
        if not solved:
            live[seam] = None
    return tuple(live)


def _smooth_points(node: Node, x: Symbol, seams: tuple[Node, ...]) -> list[tuple[Node, Node]]:
    """The seam points at which both slopes agree, each with its derivative."""
    if {s.name for s in walks.free_symbols(node)} != {x.name}:
        return []
    found: dict[Node, tuple[Node, Node]] = {}
    for seam in seams:
        for point in roots(seam, x.name):
            kind, slope, _ = slopes(node, x.name, point)
            if kind == "smooth" and slope is not None:
                found[point] = (slope, Compare("=", x, point))
    return list(found.values())


def _relu(node: Node, x: Symbol, d: Inert) -> Application | None:
    u = node.children[0]
    return _largest(node, (u, ZERO), ">", x, d)


def _clip(node: Node, x: Symbol, d: Inert) -> Application | None:
    u, low, high = node.children
    inside = Logic("and", _ordered(u, ">", low), _ordered(u, "<", high))
    seams = (Compare("=", u, low), Compare("=", u, high))
    pieces = [(d(u), inside), (d(low), _ordered(u, "<", low)), (d(high), _ordered(u, ">", high))]
    pieces += _smooth_points(node, x, seams)
    return Application(Piecewise(*pieces), {"u": u, "a": low, "b": high}, seams=seams)


def _piecewise(node: Node, x: Symbol, d: Inert) -> Application | None:
    """Each case on the inside of its region; at every seam point the two one-sided slopes decide."""
    assert isinstance(node, Piecewise)
    pieces: list[tuple[Node, Node]] = []
    seams: dict[Node, None] = {}
    before: list[Node] = []
    moving = False
    for value, condition in node.pieces:
        here = _boundaries(condition, x)
        seams.update(dict.fromkeys(here))
        moving = moving or bool(here)
        region = _inside(condition, before, x)
        if region is not None:
            pieces.append((d(value), region))
        before.append(condition)
    if not moving:
        return Application(Piecewise(*((d(value), condition) for value, condition in node.pieces)))
    solved = _smooth_points(node, x, tuple(seams))
    if not pieces:
        return None
    return Application(Piecewise(*_merged(node, pieces, solved)), {"f": node.pieces[0][0]}, seams=tuple(seams))


def _merged(
    node: Piecewise, pieces: list[tuple[Node, Node]], points: list[tuple[Node, Node]]
) -> list[tuple[Node, Node]]:
    """A smooth seam point joins the case that owned it (x < 1 becomes x ≤ 1 again); others become their own case."""
    rest = []
    for slope, where in points:
        assert isinstance(where, Compare)
        for k, (value, region) in enumerate(pieces):
            closed = _closed_at(region, where, node)
            if closed is not None:
                pieces[k] = (value, closed)
                break
        else:
            rest.append((slope, where))
    return pieces + rest


def _closed_at(region: Node, where: Compare, node: Piecewise) -> Node | None:
    if not isinstance(region, Compare) or region.operator not in ("<", ">"):
        return None
    if (region.left, region.right) != (where.left, where.right):
        return None
    closed = Compare(region.operator + "=", region.left, region.right)
    return closed if closed in [condition for _, condition in node.pieces] else None


def _boundaries(condition: Node, x: Symbol) -> list[Node]:
    """The equations of the edges of a condition that move with the variable."""
    return [
        Compare("=", part.left, part.right)
        for part in walks.unique(condition)
        if isinstance(part, Compare) and walks.depends_on(part, x.name)
    ]


def _inside(condition: Node, before: list[Node], x: Symbol) -> Node | None:
    """The inside of a case's region as a condition; None for a case that is a single point."""
    if isinstance(condition, t.Truth):
        left_over = [_strict(_negated(earlier)) for earlier in before]
        if any(part is None for part in left_over):
            return None
        kept = [part for part in left_over if part is not None]
        return condition if not kept else kept[0] if len(kept) == 1 else Logic("and", *kept)
    return _strict(condition)


def _strict(condition: Node) -> Node | None:
    """The condition without its edge; None if nothing but the edge is in it."""
    if isinstance(condition, Compare):
        if condition.operator == "=":
            return None
        return Compare(_STRICT.get(condition.operator, condition.operator), condition.left, condition.right)
    if isinstance(condition, Logic) and condition.operator in ("and", "or"):
        parts = [_strict(part) for part in condition.children]
        kept = [part for part in parts if part is not None]
        if condition.operator == "and":
            return Logic("and", *kept) if len(kept) == len(parts) else None
        return None if not kept else kept[0] if len(kept) == 1 else Logic("or", *kept)
    return condition


def _negated(condition: Node) -> Node:
    if isinstance(condition, Compare):
        return Compare(_NOT[condition.operator], condition.left, condition.right)
    if isinstance(condition, t.Truth):
        return t.Truth(not condition.value)
    if isinstance(condition, Logic):
        if condition.operator == "not":
            return condition.children[0]
        other = "or" if condition.operator == "and" else "and"
        return Logic(other, *(_negated(part) for part in condition.children))
    return Logic("not", condition)


def _sinc(node: Node, x: Symbol, d: Inert) -> Application | None:
    """sinc(u) = sin(u)/u with 1 at 0: the quotient's derivative, which has the limit 0 there."""
    u = node.children[0]
    outer = Divide(
        t.Add(Multiply(u, Call("cos", u)), Negate(Call("sin", u))),
        algebra.square(u),
    )
    inside = outer if u == x else Multiply(outer, d(u))
    pieces = ((inside, Compare("!=", u, ZERO)), (ZERO, Compare("=", u, ZERO)))
    return Application(Piecewise(*pieces), {"u": u})


CASES = (
    Rule(
        "max",
        "derivative of a maximum",
        "Where one candidate is the largest, its derivative counts; at a tie the slopes must agree.",
        "max(u, v)′ = u′ if u > v, v′ if v > u",
        ("Call:max",),
        _largest_of,
        "max(x, x^2)",
        "max(f(x), g(x))",
        caveat="no derivative where candidates with different slopes meet",
        family="cases",
    ),
    Rule(
        "min",
        "derivative of a minimum",
        "Where one candidate is the smallest, its derivative counts; at a tie the slopes must agree.",
        "min(u, v)′ = u′ if u < v, v′ if v < u",
        ("Call:min",),
        _smallest_of,
        "min(x, 1 - x)",
        "min(f(x), g(x))",
        caveat="no derivative where candidates with different slopes meet",
        family="cases",
    ),
    Rule(
        "relu",
        "derivative of the rectifier",
        "Where u is positive its derivative counts, where it is negative 0.",
        "relu(u)′ = u′ if u > 0, 0 if u < 0",
        ("Call:relu",),
        _relu,
        "relu(2x - 1)",
        "relu(f(x) - 3)",
        caveat="no derivative at u = 0",
        family="cases",
    ),
    Rule(
        "clip",
        "derivative of clipping",
        "Between the bounds the derivative of u counts, outside that of the bound.",
        "clip(u, a, b)′ = u′ if a < u < b, a′ if u < a, b′ if u > b",
        ("Call:clip",),
        _clip,
        "clip(x, 0, 1)",
        "clip(f(x), 2, 3)",
        caveat="no derivative at the bounds",
        family="cases",
    ),
    Rule(
        "piecewise",
        "derivative of a formula with cases",
        "Differentiate each case inside its region; at a seam the slopes from both sides must agree.",
        "(f if c, g otherwise)′ = f′ inside c, g′ inside the rest",
        ("Piecewise",),
        _piecewise,
        "{x^2 if x < 1; 2x - 1 otherwise}",
        "{f(x) if x < 1; g(x) otherwise}",
        caveat="at a seam only where value and slope agree",
        family="cases",
    ),
    Rule(
        "sinc",
        "derivative of sin(u)/u",
        "The quotient rule away from 0; at 0 the limit, which is 0.",
        "sinc(u)′ = (u·cos u − sin u)/u²·u′, 0 at u = 0",
        ("Call:sinc",),
        _sinc,
        "sinc(x)",
        "sinc(f(x))",
        family="cases",
    ),
)
