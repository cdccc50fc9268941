"""Constants in products and quotients where they cost least.

Constructors take constants out of products, so that they meet and fold; where the same constant and the same factor are
then in many products, it is cheaper the other way round. So the 2 of a square's derivative goes into the chain's
first factor once, not into each of its ends.
"""

from collections.abc import Callable, Container, Iterable, Sequence

from symgrad.program.exact import Number, exact
from symgrad.program.graph import Graph

Nodes = tuple[Graph, list[int]]  # a graph, and the nodes that are wanted of it
Scaled = dict[int, list[tuple[int, int]]]  # for products that only constant multiples are used of: [(constant, where)]
Shared = tuple[int, int]  # a constant and a factor


def with_joined_constants(g: Graph, outputs: Sequence[int]) -> Nodes:
    """The same values where c·(d·a/b) with numbers c and d is (c·d)·a/b, unless the quotient is used for itself.

    >>> g = Graph(2)
    >>> twice = g.divide(g.multiply(g.number(2), 0), 1)
    >>> g, (output,) = with_joined_constants(g, [g.multiply(g.number(3), twice)])
    >>> g.args[output] == (g.multiply(g.number(6), 0), 1)
    True
    """
    found = _multiples(g, "divide")
    if not found:
        return g, list(outputs)
    live, uses = _used(g, outputs)
    joined = {  # the product and the quotient in it
        i: quotient
        for i, _, quotient in found
        if uses[i] and uses[quotient] == 1 and _constant_of(g, g.args[quotient][0]) is not None
    }
    if not joined:
        return g, list(outputs)

    def made(new: Graph, i: int, image: Sequence[int]) -> int:
        top, bottom = g.args[joined[i]]
        scaled = new.multiply(g.args[i][0], image[top])
        return new.node("divide", scaled, image[bottom])

    return _replaced(g, live, outputs, joined, made)


def _constant_of(g: Graph, top: int) -> Number | None:
    """The number that a value is or begins with."""
    return g.constant[g.args[top][0]] if g.ops[top] == "multiply" else g.constant[top]


def _multiples(g: Graph, op: str) -> list[tuple[int, int, int]]:
    """The products (node, number, value) of a number and a value of a kind, whether anything needs them or not."""
    if op not in g.kinds:
        return []
    ops, constant = g.ops, g.constant
    return [(i, u, v) for (u, v), i in g.tables["multiply"].items() if constant[u] is not None and ops[v] == op]


def _used(g: Graph, outputs: Sequence[int]) -> tuple[list[int], list[int]]:
    """The live nodes, and how often each node is used; an output at least twice."""
    ops, args = g.ops, g.args
    uses, live = [0] * len(ops), []
    for i in outputs:
        uses[i] = 2
    for i in range(max(outputs, default=-1), -1, -1):
        if uses[i]:
            live.append(i)
            if ops[i] != "input" and ops[i] != "constant":
                for child in args[i]:
                    uses[child] += 1
    live.reverse()
    return live, uses


def _replaced(
    g: Graph, live: Iterable[int], outputs: Sequence[int], which: Container[int], made: Callable[..., int]
) -> Nodes:
    """The graph with `made(new, i, image)` in place of some nodes."""
    new, image = g.copy(), list(range(len(g.ops)))
    ops, args, moved = g.ops, g.args, bytearray(len(g.ops))
    for i in live:
        if i in which:
            image[i], moved[i] = made(new, i, image), 1
        elif ops[i] != "input" and ops[i] != "constant":
            for child in args[i]:
                if moved[child]:
                    image[i], moved[i] = new.node(ops[i], *[image[child] for child in args[i]]), 1
                    break
    return new, [image[output] for output in outputs]


def with_shared_factors(g: Graph, outputs: Sequence[int], *, same_bits: bool = False) -> Nodes:
    """The same values where c·(a·b₁), c·(a·b₂), … with a number c are (c·a)·b₁, (c·a)·b₂, …: one product less each.

    So with products of any length, and where several multiples of a product are used if c, one of them, is a power of
    two: no other rounding. With `same_bits` only powers of two, and products that one multiple is used of.

    >>> g = Graph(3)
    >>> outputs = [g.multiply(g.number(3), g.multiply(0, k)) for k in (1, 2)]
    >>> g, outputs = with_shared_factors(g, outputs)
    >>> [g.args[g.args[output][1]] == (g.numbers[3], 0) for output in outputs]
    [True, True]
    """
    found = _multiples(g, "multiply")
    if same_bits:  # products that other multiples are used of are used more often than their multiples here
        powers = {scale for scale in {u for _, u, _ in found} if _is_power_of_two(_number(g, scale))}
        found = [multiple for multiple in found if multiple[1] in powers]
    if not found:
        return g, list(outputs)
    live, uses = _used(g, outputs)
    scaled = _scaled_products(g, found, uses)
    if same_bits:
        scaled = {product: multiples for product, multiples in scaled.items() if len(multiples) == 1}
    chosen = _chosen(g, scaled, uses)
    if not chosen:
        return g, list(outputs)
    multiples = {where: (scale, product) for product in chosen for scale, where in scaled[product]}

    def made(new: Graph, i: int, image: Sequence[int]) -> int:
        if i in chosen:
            return _rebuilt(g, new, i, chosen[i], image, uses)
        scale, product = multiples[i]
        factor = exact("divide", _number(g, scale), _number(g, chosen[product][0]))
        return new.multiply(new.number(factor), image[product])

    return _replaced(g, live, outputs, {*chosen, *multiples}, made)


def _number(g: Graph, i: int) -> Number:
    value = g.constant[i]
    assert value is not None
    return value


def _scaled_products(g: Graph, found: Iterable[tuple[int, int, int]], uses: Sequence[int]) -> Scaled:
    """The products that only constant multiples are used of, with these."""
    scaled: Scaled = {}
    for i, scale, product in found:
        if uses[i]:
            scaled.setdefault(product, []).append((scale, i))
    return {
        product: multiples
        for product, multiples in scaled.items()
        if uses[product] == len(multiples) and g.constant[g.args[product][0]] is None
    }


def _chosen(g: Graph, scaled: Scaled, uses: Sequence[int]) -> dict[int, Shared]:
    """For each product the constant to take in, and into which of its factors: what most products share."""
    offers = {product: _offers(g, product, scaled[product], uses) for product in scaled}
    count: dict[Shared, int] = {}
    products = g.tables["multiply"]
    for offered in offers.values():
        for shared in {*offered}:
            there = products.get(shared)
            count[shared] = count.get(shared, there is not None and uses[there] > 0) + 1
    chosen = {}
    for product, offered in offers.items():
        best = max(offered, key=count.__getitem__, default=None)
        if best is not None and count[best] > 1:
            chosen[product] = best
    return chosen


def _offers(g: Graph, product: int, multiples: Sequence[tuple[int, int]], uses: Sequence[int]) -> list[Shared]:
    scales = [scale for scale, _ in multiples if len(multiples) == 1 or _is_power_of_two(_number(g, scale))]
    factors = _factors(g, product, uses) if scales else []
    return [(scale, factor) for scale in scales for factor in factors]


def _factors(g: Graph, product: int, uses: Sequence[int]) -> list[int]:
    """The factors of a product, and of factors that are products used nowhere else."""
    found, stack = [], [*g.args[product]]
    while stack:
        factor = stack.pop()
        if g.ops[factor] == "multiply" and _is_part(g, factor, uses):
            stack += g.args[factor]
        else:
            found.append(factor)
    return found


def _is_part(g: Graph, factor: int, uses: Sequence[int]) -> bool:
    return g.ops[factor] == "multiply" and uses[factor] == 1 and g.constant[g.args[factor][0]] is None


def _is_power_of_two(value: Number) -> bool:
    if isinstance(value, float):
        return False
    top, bottom = value.as_integer_ratio()
    return bool(abs(top) & (abs(top) - 1) == 0 == bottom & (bottom - 1))


def _rebuilt(g: Graph, new: Graph, product: int, shared: Shared, image: Sequence[int], uses: Sequence[int]) -> int:
    """The product with a constant in one of its factors: the parts on the way to it are made again."""
    scale, factor = shared
    way: list[tuple[int, int]] = []  # from the factor outwards: the other side of each part
    stack = [(product, way)]
    while stack:
        part, way = stack.pop()
        for inner, other in (g.args[part], g.args[part][::-1]):
            if inner == factor:
                value = new.node("multiply", scale, image[factor])
                for side in (other, *way[::-1]):
                    value = new.node("multiply", image[side], value)
                return value
            if _is_part(g, inner, uses):
                stack.append((inner, [*way, other]))
    raise AssertionError("a factor of the product")
