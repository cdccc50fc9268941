"""Factors that many products share, multiplied once.

Constructors take constants out of products, so that they meet and fold; where the same constant and the same factor are
then in many products, it is cheaper the other way round.
"""

from collections.abc import Iterable, Sequence

from symgrad.program.graph import Graph


def with_shared_factors(g: Graph, outputs: Sequence[int]) -> tuple[Graph, list[int]]:
    """The same values where c·(a·b₁), c·(a·b₂), … with a number c are (c·a)·b₁, (c·a)·b₂, …: one product less each.

    >>> g = Graph(3)
    >>> outputs = [g.multiply(g.number(3), g.multiply(0, k)) for k in (1, 2)]
    >>> g, outputs = with_shared_factors(g, outputs)
    >>> [g.args[g.args[output][1]] == (g.numbers[3], 0) for output in outputs]
    [True, True]
    """
    live = g.live(outputs)
    pairs = _scaled_products(g, live, outputs)
    count: dict[tuple[int, int], int] = {}
    for scale, factors in pairs.values():
        for factor in {*factors}:
            count[scale, factor] = count.get((scale, factor), 0) + 1
    chosen: dict[int, tuple[int, int, int]] = {}
    for i, (scale, factors) in pairs.items():
        shared, rest = factors if count[scale, factors[0]] >= count[scale, factors[1]] else factors[::-1]
        if count[scale, shared] > 1:
            chosen[i] = (scale, shared, rest)
    if not chosen:
        return g, list(outputs)
    new, image = g.copy(), list(range(len(g.ops)))
    for i in live:
        if i in chosen:
            scale, shared, rest = (image[node] for node in chosen[i])
            image[i] = new.node("multiply", rest, new.node("multiply", scale, shared))
        elif g.ops[i] != "input" and g.ops[i] != "constant":
            moved = [image[child] for child in g.args[i]]
            if moved != [*g.args[i]]:
                image[i] = new.node(g.ops[i], *moved)
    return new, [image[output] for output in outputs]


def _scaled_products(g: Graph, live: Iterable[int], outputs: Sequence[int]) -> dict[int, tuple[int, tuple[int, int]]]:
    """The nodes c·(a·b) with a number c whose product a·b is not used elsewhere: (c, (a, b))."""
    ops, args, constant = g.ops, g.args, g.constant
    uses: dict[int, int] = dict.fromkeys(outputs, 2)
    found: list[int] = []
    for i in live:
        if ops[i] != "input" and ops[i] != "constant":
            for child in args[i]:
                uses[child] = uses.get(child, 0) + 1
            if ops[i] == "multiply" and constant[args[i][0]] is not None and ops[args[i][1]] == "multiply":
                found.append(i)
    pairs: dict[int, tuple[int, tuple[int, int]]] = {}
    for i in found:
        scale, product = args[i]
        if uses[product] == 1 and constant[args[product][0]] is None:
            pairs[i] = (scale, args[product])
    return pairs
