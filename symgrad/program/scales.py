"""Sums in which one constant multiplies several terms, or a sign all of them: multiplied once, signed for nothing.

The derivative of a mean of n terms by what enters all of them is Σ ±v/n, term by term as it is derived; and
−(0.3·a + b) is (−0.3)·a − b.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from symgrad.program.exact import Number, PiTimes, moderate
from symgrad.program.factors import Nodes, _replaced, _used
from symgrad.program.graph import Graph

Term = tuple[bool, int]  # whether it is subtracted; the node
Group = tuple[bool, int | None, list[Term]]  # whether it is subtracted; a constant's node; the sum that it multiplies

WORTH = 32  # at least one operation of so many must be spared


def with_common_scales(g: Graph, outputs: Sequence[int]) -> Nodes:
    """The same values with c·a + d − c·b as d + c·(a − b) and −(c·a + b) as (−c)·a − b, c a number.

    >>> g = Graph(3)
    >>> total = g.sum([g.multiply(g.number(3), 0), 1, g.multiply(g.number(-3), 2)])
    >>> g, (total,) = with_common_scales(g, [total])
    >>> [g.ops[i] for i in g.live([total])][4:]
    ['subtract', 'multiply', 'add']
    """
    constant = g.constant
    multiples = [(i, u) for (u, _), i in g.tables.get("multiply", {}).items() if constant[u] is not None]
    if not multiples:
        return g, list(outputs)
    live, uses = _used(g, outputs)
    sizes = _sizes(g, {scale for _, scale in multiples})
    scaled = {i: sizes[scale] for i, scale in multiples if uses[i] == 1 and scale in sizes}
    parts, tops = _sums(g, live, uses, scaled)
    if sum(tops.values()) * WORTH < len(live):
        return g, list(outputs)
    groups: dict[int, list[Group]] = {}
    for top in tops:
        terms = _terms(g, top, parts)
        found = _grouped(g, terms, scaled)
        turned = all(minus for minus, _, _ in found) and _turned(g, found)
        if turned or len(found) < len(terms):
            groups[top] = found

    def made(new: Graph, i: int, image: Sequence[int]) -> int:
        terms: list[Term] = []
        for minus, scale, members in groups[i]:
            total = new._signed_sum([(inner, image[node]) for inner, node in members])
            terms.append((minus, total if scale is None else new.multiply(scale, total)))
        return new._signed_sum(terms)

    return _replaced(g, live, outputs, groups, made)


def _sizes(g: Graph, scales: Iterable[int]) -> dict[int, int]:
    """For the nodes of moderate numbers one node that those of a number and its negative have in common."""
    known: dict[Any, int] = {}
    return {
        scale: known.setdefault(_size(number), scale)
        for scale in scales
        if (number := g.constant[scale]) is not None and moderate(number)
    }


def _size(number: Number) -> Any:
    """|number|, exactly and quick to hash: 1/10 is not 0.1."""
    if type(number) is Fraction:
        top, bottom = number.as_integer_ratio()
        return abs(top), bottom
    if type(number) is PiTimes:
        return "pi", abs(number.factor)
    return abs(number) if type(number) is int else ("float", abs(number))


_SUMS = frozenset(("add", "subtract", "negate"))


def _sums(
    g: Graph, live: Sequence[int], uses: Sequence[int], scaled: Mapping[int, int]
) -> tuple[set[int], dict[int, int]]:
    """The sums that are nothing but parts of others; and those with constants to join or to take a sign, with how many.

    A negative sum is counted once more, for the sign, if it has a constant at all.
    """
    ops, args = g.ops, g.args
    top_of: dict[int, int] = {}  # of parts
    seen: dict[int, set[int]] = {}  # the sizes of a sum's constants
    tops: dict[int, int] = {}
    for i in reversed(live):
        if ops[i] not in _SUMS:
            continue
        top = top_of.get(i, i)
        for child in args[i]:
            if uses[child] == 1 and (ops[child] == "add" or ops[child] == "subtract"):
                top_of[child] = top
            elif child in scaled:
                sizes = seen.get(top)
                if sizes is None:
                    sizes = seen[top] = set()
                    if ops[top] == "negate":
                        tops[top] = 1
                if scaled[child] in sizes:
                    tops[top] = tops.get(top, 0) + 1
                sizes.add(scaled[child])
    return set(top_of), tops


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


def _grouped(g: Graph, terms: Sequence[Term], scaled: Mapping[int, int]) -> list[Group]:
    """The terms c·v by the size of c, and all others by themselves."""
    groups: list[tuple[int | None, list[Term]]] = []
    places: dict[int, int] = {}
    for minus, i in terms:
        size = scaled.get(i)
        if size is None:
            groups.append((None, [(minus, i)]))
            continue
        scale, value = g.args[i]
        if size not in places:
            places[size] = len(groups)
            groups.append((scale, [(minus, value)]))
        else:
            first, members = groups[places[size]]
            members.append((minus != (scale != first), value))
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
