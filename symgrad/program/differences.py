"""Differences of two values of a kind whose arguments are close by their form: √(x + 1) − √x, ln(x + 1) − ln x, …

Each rule takes the stable graph and the two values, and gives the difference in a form that keeps digits, or None where
the difference of the arguments does not cancel exactly (`cancel`).
"""

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from symgrad.program import cancel
from symgrad.program.graph import Graph

if TYPE_CHECKING:
    from symgrad.program.stable import StableGraph

_HALF = Fraction(1, 2)
Rule = Callable[["StableGraph", int, int], int | None]  # (stable graph, first, second) -> the better form


def _roots(g: "StableGraph", u: int, v: int) -> int | None:
    """√a − √b = (a − b)/(√a + √b)."""
    over = cancel.difference(g, g.args[u][0], g.args[v][0])
    return None if over is None else g.divide(over, g.add(u, v))


def _cube_roots(g: "StableGraph", u: int, v: int) -> int | None:
    """∛a − ∛b = (a − b)/(∛a² + ∛a∛b + ∛b²)."""
    over = cancel.difference(g, g.args[u][0], g.args[v][0])
    if over is None:
        return None
    return g.divide(over, Graph.sum(g, [g.multiply(u, u), g.multiply(u, v), g.multiply(v, v)]))


def _base(g: "StableGraph", i: int) -> int:
    """a of a^p, where that may be (1 + u)^p."""
    base = g.args[i][0]
    return g.add(g.number(1), base) if g.ops[i] == "compound" else base


def _powers(g: "StableGraph", u: int, v: int) -> int | None:
    """a^p − b^p = b^p·(e^(p·ln(1 + (a − b)/b)) − 1) for positive a and b."""
    (a, p), (b, q) = ((_base(g, i), g.args[i][1]) for i in (u, v))
    over = cancel.difference(g, a, b) if p == q else None
    if over is None:
        return None
    exponent = g.multiply(p, g.unary("log1p", g.divide(over, b)))
    growth = g.unary("expm1", exponent)
    plain = Graph.subtract(g, u, v)
    return g.select(g.node("less", exponent, g.number(1)), g.multiply(v, growth), plain)


def _logs(g: "StableGraph", u: int, v: int) -> int | None:
    """ln a − ln b = ln(1 + (a − b)/b)."""
    a, b = (g.add(g.number(1), g.args[i][0]) if g.ops[i] == "log1p" else g.args[i][0] for i in (u, v))
    over = cancel.difference(g, a, b)
    return None if over is None else g.unary("log1p", g.divide(over, b))


def _exponentials(g: "StableGraph", u: int, v: int) -> int | None:
    """e^a − e^b = e^b·(e^(a−b) − 1)."""
    over = cancel.difference(g, g.args[u][0], g.args[v][0])
    return None if over is None else g.multiply(v, g.unary("expm1", over))


def _arctangents(g: "StableGraph", u: int, v: int) -> int | None:
    """arctan a − arctan b is the angle of (1 + ab, a − b)."""
    a, b = g.args[u][0], g.args[v][0]
    over = cancel.difference(g, a, b)
    return None if over is None else g.node("atan2", over, g.add(g.number(1), g.multiply(a, b)))


def _halves(g: "StableGraph", u: int, v: int) -> tuple[int, int] | None:
    """Half the difference and the middle of two arguments whose difference cancels."""
    a, b = g.args[u][0], g.args[v][0]
    over = cancel.difference(g, a, b)
    if over is None:
        return None
    half = g.multiply(g.number(_HALF), over)
    return half, g.add(b, half)


def _sines(g: "StableGraph", u: int, v: int) -> int | None:
    """sin a − sin b = 2 cos((a + b)/2) sin((a − b)/2)."""
    found = _halves(g, u, v)
    return None if found is None else g.product([g.number(2), g.unary("cos", found[1]), g.unary("sin", found[0])])


def _cosines(g: "StableGraph", u: int, v: int) -> int | None:
    """cos a − cos b = −2 sin((a + b)/2) sin((a − b)/2)."""
    found = _halves(g, u, v)
    return None if found is None else g.product([g.number(-2), g.unary("sin", found[1]), g.unary("sin", found[0])])


def _tangents(g: "StableGraph", u: int, v: int) -> int | None:
    """tan a − tan b = sin(a − b)/(cos a·cos b)."""
    a, b = g.args[u][0], g.args[v][0]
    over = cancel.difference(g, a, b)
    if over is None:
        return None
    return g.divide(g.unary("sin", over), g.multiply(g.unary("cos", a), g.unary("cos", b)))


def _reciprocals(g: "StableGraph", u: int, v: int) -> int | None:
    """1/a − 1/b = (b − a)/(ab) where b − a has a better form, as for roots."""
    (p, a), (q, b) = g.args[u], g.args[v]
    if g.constant[p] != 1 or g.constant[q] != 1:
        return None
    over = g._difference(b, a)
    return None if over is None else g.divide(over, g.multiply(a, b))


DIFFERENCES: dict[tuple[str, str], Rule] = {
    ("sqrt", "sqrt"): _roots,
    ("cbrt", "cbrt"): _cube_roots,
    ("power", "power"): _powers,
    ("power", "compound"): _powers,
    ("compound", "power"): _powers,
    ("compound", "compound"): _powers,
    ("log", "log"): _logs,
    ("log1p", "log"): _logs,
    ("log", "log1p"): _logs,
    ("exp", "exp"): _exponentials,
    ("arctan", "arctan"): _arctangents,
    ("sin", "sin"): _sines,
    ("cos", "cos"): _cosines,
    ("tan", "tan"): _tangents,
    ("divide", "divide"): _reciprocals,
}
