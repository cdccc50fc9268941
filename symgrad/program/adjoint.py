"""Derivatives of graphs: reverse accumulation for gradients, forward accumulation for Hessians and directions.

One sweep over the nodes each, linear in the size of the graph. What the derivative of one operation is stands in
`derivatives`; how a value chosen by a condition keeps its secrets (0/0 in the branch not taken) in `guards`.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from symgrad.errors import NoRuleError
from symgrad.program import choices, continued
from symgrad.program._collector import undisturbed
from symgrad.program.derivatives import DERIVATIVES, Rule
from symgrad.program.graph import Graph
from symgrad.program.guards import Guards


def gradient(g: Graph, root: int, wrt: Sequence[int]) -> list[int]:
    """∂root/∂w for each node w of `wrt`, by reverse accumulation: w̄ = Σ value̅·∂value/∂w over the values that use w.

    Source: Griewank & Walther, Evaluating Derivatives, 2nd ed., ch. 3.

    >>> g = Graph(2)
    >>> x_bar, y_bar = gradient(g, g.multiply(0, 1), [0, 1])
    >>> x_bar == 1, y_bar == 0
    (True, True)
    """
    return vector_jacobian(g, [(root, g.number(1))], wrt)


@undisturbed
def vector_jacobian(g: Graph, seeds: Iterable[tuple[int, int]], wrt: Sequence[int]) -> list[int]:
    """Σ seed·∂root/∂w over pairs (root, seed), for each node w of `wrt`."""
    seeds = list(seeds)
    roots = [root for root, _ in seeds]
    top, zero = max(roots, default=-1) + 1, g.number(0)
    ops, args, add = g.ops, g.args, g.add
    active = _active(g, top, wrt)
    order = g.live(roots) if "select" in g.kinds else []
    guards = Guards(g, order, roots) if "select" in [ops[i] for i in order] else None
    singular = choices.singular_below(g, top) if choices.needed(g) else b""
    bars, ends = [-1] * len(ops), {*wrt, *g.input_nodes}
    simple = () if guards or singular else ("add", "subtract", "multiply")  # most operations: quickly done
    leaving: Leaving = {}
    for root, seed in seeds:
        bars[root] = seed if bars[root] < 0 else add(bars[root], seed)
    for i in range(top - 1, -1, -1):
        if leaving and i in leaving:
            bars[i] = _arrived(g, bars[i], leaving.pop(i), guards, i)
        bar = bars[i]
        if bar < 0 or bar == zero or not active[i] or i in ends:
            continue
        children, op = args[i], ops[i]
        if op in simple:
            contributions: Sequence[int] = (bar, bar)
            if op == "multiply":
                contributions = _product(g, bar, children, active)
            elif op == "subtract":
                contributions = bar, g.negate(bar)
        else:
            rule = DERIVATIVES.get(op)
            if rule is None:
                raise _no_rule(op)
            if singular:
                rule = choices.RULES.get(op, rule)
            if singular and singular[i] and op != "select":
                contributions = choices.through(g, bar, partial(_apply, rule, g, i, children))
            else:
                contributions = rule(g, bar, i, *children)
            if guards is not None:
                contributions = _staying(g, i, contributions, guards, leaving, active)
        for child, part in zip(children, contributions):
            if part != zero and active[child]:
                old = bars[child]
                bars[child] = part if old < 0 else add(old, part)
    return [zero if bars[node] < 0 else bars[node] for node in wrt]


def _product(g: Graph, bar: int, factors: Sequence[int], active: Sequence[int]) -> Sequence[int]:
    """The row of products, without what goes to a constant."""
    u, v = factors
    if u == v:
        two = g.number(2)
        if g.constant[bar] is not None:
            return (g.multiply(g.multiply(two, bar), u),)
        return (g.multiply(two, g.multiply(bar, u)),)
    return g.multiply(bar, v) if active[u] else bar, g.multiply(bar, u) if active[v] else bar


def _apply(rule: Rule, g: Graph, i: int, children: Sequence[int], d: int) -> tuple[int, ...]:
    return rule(g, d, i, *children)


Leaving = dict[int, dict[int, int]]  # for each node what comes to it from branches that it is outside of, by branch


def _staying(
    g: Graph, i: int, contributions: Sequence[int], guards: Guards, leaving: Leaving, active: Sequence[int]
) -> list[int]:
    """What a node contributes to arguments of its own branch; what goes out of it is put by."""
    staying, zero = [], g.number(0)
    for child, part, branch in zip(g.args[i], contributions, guards.levels(g, i)):
        if part == zero or not active[child] or branch == guards.branch[child]:
            staying.append(part)
            continue
        parts = leaving.setdefault(child, {})
        parts[branch] = g.add(parts[branch], part) if branch in parts else part
        staying.append(zero)
    return staying


def _arrived(g: Graph, bar: int, parts: dict[int, int], guards: Guards | None, i: int) -> int:
    """The adjoint of a node with what came to it from other branches."""
    assert guards is not None
    target = guards.branch[i]
    if bar >= 0:
        parts[target] = bar
    return guards.gathered(g, parts, target)


def _active(g: Graph, top: int, wrt: Sequence[int]) -> list[bool] | bytearray:
    """Marks the nodes below `top` that depend on any of `wrt`."""
    if len(wrt) >= g.inputs and set(wrt) >= set(g.input_nodes):
        return [constant is None for constant in g.constant]
    active = bytearray(len(g.ops))
    for node in wrt:
        active[node] = 1
    ops, args = g.ops, g.args
    for i in range(top):
        if not active[i] and ops[i] != "input" and ops[i] != "constant":
            for child in args[i]:
                if active[child]:
                    active[i] = 1
                    break
    return active


# ---- forward -------------------------------------------------------------------------------------------------------


def tangents(g: Graph, roots: Sequence[int], directions: dict[int, int]) -> dict[int, int]:
    """The derivative of every node that depends on `directions` (node -> its rate of change), by forward accumulation.

    >>> g = Graph(1)
    >>> square = g.multiply(0, 0)
    >>> tangents(g, [square], {0: g.number(1)})[square] == g.multiply(g.number(2), 0)
    True
    """
    return forward(g, g.live(roots), directions)


def forward(g: Graph, order: Iterable[int], directions: dict[int, int]) -> dict[int, int]:
    """`tangents` over nodes given in an order to compute in."""
    dots = dict(directions)
    ops, args, constant = g.ops, g.args, g.constant
    zero = g.number(0)
    singular: set[int] = set()
    if choices.needed(g):
        order = list(order)
        singular = choices.singular_above(g, order)
    for i in order:
        if i in dots or ops[i] == "input" or ops[i] == "constant":
            continue
        children = args[i]
        moving = [child for child in children if child in dots]
        if not moving:
            continue
        dot = _forward_one(g, i, children, dots, zero, i in singular)
        if constant[dot] != 0:
            dots[i] = dot
    return dots


def _forward_one(g: Graph, i: int, children: tuple[int, ...], dots: dict[int, int], zero: int, near: bool) -> int:
    op = g.ops[i]
    if op == "select":
        return g.select(children[0], dots.get(children[1], zero), dots.get(children[2], zero))
    if op == "add":
        return g.add(dots.get(children[0], zero), dots.get(children[1], zero))
    if op == "subtract":
        return g.subtract(dots.get(children[0], zero), dots.get(children[1], zero))
    if op == "multiply" and children[0] == children[1]:
        return g.multiply(g.number(2), g.multiply(dots[children[0]], children[0]))
    rule = DERIVATIVES.get(op)
    if rule is None:
        if op in _TRUTH:
            return zero
        raise _no_rule(op)
    if not near:
        if len(children) == 1:
            return rule(g, dots[children[0]], i, children[0])[0]
        parts = [rule(g, dots[child], i, *children)[k] for k, child in enumerate(children) if child in dots]
        return Graph.sum(g, parts)
    rule = choices.RULES.get(op, rule)
    parts = []
    for k, child in enumerate(children):
        if child in dots:
            apply = partial(_apply, rule, g, i, children)
            parts.append(choices.through(g, dots[child], lambda d, k=k, apply=apply: (apply(d)[k],))[0])  # type: ignore[misc]
    return Graph.sum(g, parts)


_TRUTH = frozenset(["less", "less_equal", "equal", "not_equal", "and", "or", "not"])
DERIVATIVES.update({name: lambda g, d, i, *args: (g.number(0),) * len(args) for name in _TRUTH})
DERIVATIVES["continued"] = partial(continued.slope, forward)


def _no_rule(op: str) -> NoRuleError:
    return NoRuleError(
        f"The operation {op!r} has no derivative.",
        hint=f"Add a row {op}(g, d, i, u) to symgrad/program/derivatives.py.",
    )


@undisturbed
def hessian(g: Graph, slopes: Sequence[int], wrt: Sequence[int]) -> dict[tuple[int, int], int]:
    """The entries (i, j), i ≥ j, of the Hessian that are not zero by structure, by forward over reverse.

    Each column visits only the nodes that depend on its variable.
    """
    order = g.live(slopes)
    users: dict[int, list[int]] = {}
    for i in order:
        if g.ops[i] != "input" and g.ops[i] != "constant":
            for child in g.args[i]:
                users.setdefault(child, []).append(i)
    entries: dict[tuple[int, int], int] = {}
    rows: dict[int, list[int]] = {}
    for row, slope in enumerate(slopes):
        rows.setdefault(slope, []).append(row)
    for column, variable in enumerate(wrt):
        above = _descendants(variable, users)
        dots = forward(g, sorted(above), {variable: g.number(1)})
        for node in above | {variable}:
            if node in dots and node in rows:
                entries |= {(row, column): dots[node] for row in rows[node] if row >= column}
    return entries


def _descendants(node: int, users: dict[int, list[int]]) -> set[int]:
    found: set[int] = set()
    stack = [node]
    while stack:
        for user in users.get(stack.pop(), ()):
            if user not in found:
                found.add(user)
                stack.append(user)
    return found
