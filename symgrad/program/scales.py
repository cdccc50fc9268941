"""Sums in which one constant multiplies several terms, or a sign all of them: multiplied once, signed for nothing.

The derivative of a mean of n terms by what enters all of them is Σ ±v/n, term by term as it is derived; and
−(0.3·a + b) is (−0.3)·a − b.
"""

from collections.abc import Sequence
from fractions import Fraction

from symgrad.program.exact import moderate
from symgrad.program.factors import Nodes, _replaced, _used
from symgrad.program.graph import Graph

Term = tuple[bool, int]  # whether it is subtracted; the node
Group = tuple[bool, int | None, list[Term]]  # whether it is subtracted; a constant's node; the sum that it multiplies


def with_common_scales(g: Graph, outputs: Sequence[int]) -> Nodes:
    """The same values with c·a + d − c·b as d + c·(a − b) and −(c·a + b) as (−c)·a − b, c a number.

    >>> g = Graph(3)
    >>> total = g.sum([g.multiply(g.number(3), 0), 1, g.multiply(g.number(-3), 2)])
    >>> g, (total,) = with_common_scales(g, [total])
    >>> [g.ops[i] for i in g.live([total])][4:]
    ['subtract', 'multiply', 'add']
    """
    if g.kinds.isdisjoint(("add", "subtract")) or "multiply" not in g.kinds:
        return g, list(outputs)
    live, uses = _used(g, outputs)
    ops, args = g.ops, g.args
    sums = [i for i in live if ops[i] in _SUMS]
    parts = {child for i in sums for child in args[i] if ops[child] in ("add", "subtract") and uses[child] == 1}
    groups: dict[int, list[Group]] = {}
    for i in sums:
        if i not in parts and (ops[i] != "negate" or args[i][0] in parts):
            terms = _terms(g, i, parts)
            found = _grouped(g, terms, uses)
            turned = all(minus for minus, _, _ in found) and _turned(g, found)
            if turned or len(found) < len(terms):
                groups[i] = found
    if not groups:
        return g, list(outputs)

    def made(new: Graph, i: int, image: Sequence[int]) -> int:
        terms: list[Term] = []
        for minus, scale, members in groups[i]:
            total = new._signed_sum([(inner, image[node]) for inner, node in members])
            terms.append((minus, total if scale is None else new.multiply(scale, total)))
        return new._signed_sum(terms)

    return _replaced(g, live, outputs, groups, made)


_SUMS = ("add", "subtract", "negate")


def _terms(g: Graph, top: int, parts: set[int]) -> list[Term]:
    """The terms of a sum, in order."""
    found: list[Term] = []
    stack: list[Term] = [(False, top)]
    while stack:
        minus, i = stack.pop()
        if i != top and i not in parts:
            found.append((minus, i))
        elif g.ops[i] == "negate":
            stack.append((not minus, g.args[i][0]))
        else:
            first, second = g.args[i]
            stack += [(minus != (g.ops[i] == "subtract"), second), (minus, first)]
    return found


def _grouped(g: Graph, terms: Sequence[Term], uses: Sequence[int]) -> list[Group]:
    """The terms c·v by the size of c, and all others by themselves."""
    groups: list[tuple[int | None, list[Term]]] = []
    places: dict[int, int] = {}
    for minus, i in terms:
        scale = g.args[i][0] if g.ops[i] == "multiply" and uses[i] == 1 else None
        factor = None if scale is None else g.constant[scale]
        if scale is None or factor is None or not moderate(factor):
            groups.append((None, [(minus, i)]))
            continue
        opposite = g.negate(scale)
        if scale in places:
            groups[places[scale]][1].append((minus, g.args[i][1]))
        elif opposite in places:
            groups[places[opposite]][1].append((not minus, g.args[i][1]))
        else:
            places[scale] = len(groups)
            groups.append((scale, [(minus, g.args[i][1])]))
    found: list[Group] = []
    for scale, members in groups:
        negative = all(minus for minus, _ in members)
        found.append((negative, scale, [(minus != negative, node) for minus, node in members]))
    return found


def _turned(g: Graph, groups: list[Group]) -> bool:
    """Whether a constant takes the sign of one of several negative terms; not that of u/n, which is rounded once."""
    for k, (_, scale, members) in enumerate(groups):
        factor = None if scale is None else g.constant[scale]
        if scale is not None and not (isinstance(factor, Fraction) and factor.numerator == 1):
            groups[k] = (False, g.negate(scale), members)
            return True
    return False
