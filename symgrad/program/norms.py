"""√(u² + v²) as a norm, whose squares neither overflow nor vanish.

Only here, when all is differentiated, do such roots get a name of their own: the rules that keep digits know roots.
"""

from math import inf

from symgrad.program.graph import Graph

_LEAST = 2.0**-900  # of u² + v²: where it is less, a square that counts may have lost digits


def name_norms(g: Graph) -> None:
    """Roots of two squares become `norm`(u, v), in place.

    >>> from symgrad.program.stable import StableGraph
    >>> g = StableGraph(2)
    >>> root = g.unary("sqrt", g.add(g.multiply(0, 0), g.multiply(1, 1)))
    >>> name_norms(g)
    >>> g.ops[root], g.args[root]
    ('norm', (0, 1))
    """
    for (radicand,), i in g.tables.get("sqrt", {}).items():
        if g.ops[i] != "sqrt" or g.ops[radicand] != "add":
            continue
        sides = tuple(_square_root(g, term) for term in g.args[radicand])
        if None not in sides:
            g.ops[i], g.args[i] = "norm", sides
            g.tables.setdefault("norm", {})[sides] = i


def _square_root(g: Graph, term: int) -> int | None:
    """u of u², and the 1 of 1."""
    if g.ops[term] == "multiply" and g.args[term][0] == g.args[term][1]:
        return int(g.args[term][0])
    return term if g.constant[term] == 1 else None


def form(g: Graph, u: int, v: int) -> int:
    return g.binary("hypot", u, v)


def form_for_arrays(g: Graph, u: int, v: int) -> tuple[int, list[int]]:
    """The root as it stands, which takes a tenth of the time, and what must hold for it to be right."""
    total = g.add(g.multiply(u, u), g.multiply(v, v))
    conditions = [g.node("less", total, g.number(inf))]
    if g.constant[u] is None and g.constant[v] is None:
        conditions.append(g.node("less", g.number(_LEAST), total))
    return g.unary("sqrt", total), conditions
