"""From the graph of stable forms to the closed set of operations, and from there to a program.

Stable forms are written out (`forms`), NaN is kept where a comparison would lose it, and the operations get an order
with few values alive and names of their own.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symgrad.program._collector import undisturbed
from symgrad.program.factors import with_shared_factors
from symgrad.program.forms import ARRAYS, FORMS
from symgrad.program.graph import Graph
from symgrad.program.program import OPERATIONS, Line, Program


@undisturbed
def to_program(g: Graph, outputs: Sequence[int], names: Sequence[str], style: str = "plain") -> Program:
    """The program of some nodes of a graph, in the closed set, in an order with few values alive at once.

    Args:
        g, outputs: the graph, and what is wanted of it.
        names: what people call the inputs.
        style: "arrays" where choices cost more than exponentials (numpy), "plain" otherwise.

    >>> g = Graph(1)
    >>> print(to_program(g, [g.node("sigmoid", 0)], ["x"]))
    program(x)
      v0 = abs(x)
      v1 = -v0
      v2 = exp(v1)
      v3 = v2 + 1
      v4 = 1/v3
      v5 = v2*v4
      v6 = x < 0
      v7 = v5 if v6 else v4
      return v7
    """
    g, outputs = without_lost_nans(*expand(g, outputs, style))
    g, outputs = with_shared_factors(g, outputs, same_bits=True)
    return _written(g, _schedule(g, outputs), outputs, names)


# ---- stable forms --------------------------------------------------------------------------------------------------


def has_styles(g: Graph, outputs: Sequence[int]) -> bool:
    """Whether programs of these nodes differ by style."""
    styled = ARRAYS.keys()
    return not g.kinds.isdisjoint(styled) and any(g.ops[i] in styled for i in g.live(outputs))


def expand(g: Graph, outputs: Sequence[int], style: str = "plain") -> tuple[Graph, list[int]]:
    """The same values in a graph of closed operations only; the graph itself if it is one."""
    if g.kinds.isdisjoint(FORMS):
        return g, list(outputs)
    live = g.live(outputs)
    forms = FORMS | (ARRAYS if style == "arrays" else {})
    if forms.keys().isdisjoint([g.ops[i] for i in live]):
        return g, list(outputs)
    new, image = g.copy(), list(range(len(g.ops)))
    for i in live:
        op, args = g.ops[i], g.args[i]
        if op in _LEAVES:
            continue
        moved = [image[child] for child in args]
        if op in forms:
            image[i] = forms[op](new, *moved)
        elif moved != [*args]:
            image[i] = new.node(op, *moved)
    return new, [image[output] for output in outputs]


_LEAVES = frozenset(("input", "constant"))


# ---- NaN ------------------------------------------------------------------------------------------------------------


def without_lost_nans(g: Graph, outputs: Sequence[int]) -> tuple[Graph, list[int]]:
    """The same values, and NaN where a choice depends on NaN: a comparison with NaN is false and would pick a side."""
    if "select" not in g.kinds:
        return g, list(outputs)
    live = g.live(outputs)
    if "select" not in [g.ops[i] for i in live]:
        return g, list(outputs)
    new, image = g.copy(), list(range(len(g.ops)))
    for i in live:
        op, args = g.ops[i], g.args[i]
        if op in _LEAVES:
            continue
        moved = [image[child] for child in args]
        if op == "select":
            value = new.select(*moved)
            # a comparison with NaN fails: then only what is chosen otherwise must carry it
            chosen = args[2:] if g.ops[args[0]] in _FAILING else args[1:]
            for operand in _compared(g, args[0]):
                if not all(_carries(g, operand, branch) for branch in chosen):
                    compared = image[operand]
                    value = new.select(new.node("equal", compared, compared), value, new.number(math.nan))
            image[i] = value
        elif moved != [*args]:
            image[i] = new.node(op, *moved)
    return new, [image[output] for output in outputs]


def _compared(g: Graph, condition: int) -> list[int]:
    """The values that a condition compares."""
    found: dict[int, None] = {}
    stack = [condition]
    while stack:
        i = stack.pop()
        for child in g.children(i):
            if OPERATIONS[g.ops[i]].truth and g.ops[child] in _TRUTHS:
                stack.append(child)
            elif g.constant[child] is None and g.ops[child] != "select":
                found.setdefault(child)
    return list(found)


_FAILING = ("less", "less_equal", "equal")
_TRUTHS = frozenset(name for name, row in OPERATIONS.items() if row.truth)
_ENDS = _TRUTHS | {"select", "input", "constant"}  # beyond which NaN isn't looked for
_FAR = 64  # nodes looked at before giving up


def _carries(g: Graph, operand: int, value: int) -> bool:
    """Whether NaN in the operand is NaN in the value anyway: it, or everything it comes from, goes into the value."""
    constant = g.constant[value]
    if constant is not None:
        return bool(constant != constant)  # noqa: PLR0124 - the test for NaN
    return _all_reached(g, value, {operand}) or _all_reached(g, value, _sources(g, operand))


def _sources(g: Graph, start: int) -> set[int]:
    """The inputs that a node comes from; the node itself where there are too many to look for."""
    found: set[int] = set()
    seen: set[int] = set()
    stack = [start]
    while stack:
        i = stack.pop()
        if i in seen:
            continue
        seen.add(i)
        if len(seen) > _FAR:
            return {start}
        if g.ops[i] == "input":
            found.add(i)
        stack.extend(g.children(i))
    return found or {start}


def _all_reached(g: Graph, value: int, missing: set[int]) -> bool:
    """Whether the value is NaN where any of some nodes is, as far as a short look shows."""
    ops, args = g.ops, g.args
    left, seen, queue = set(missing), {value}, [value]
    for i in queue:  # breadth first: what is sought is mostly near
        left.discard(i)
        if not left:
            return True
        if len(queue) < _FAR and ops[i] not in _ENDS:
            for child in args[i]:
                if child not in seen:
                    seen.add(child)
                    queue.append(child)
    return False


# ---- order and names -----------------------------------------------------------------------------------------------


def _schedule(g: Graph, outputs: Sequence[int]) -> list[int]:
    """The live operations, each as late as its first use allows or as they were made: whichever keeps fewer alive."""
    late = _depth_first(g, outputs)
    if len(late) > _LONG:
        return late
    made = sorted(late)
    most = _pressure(g, late, outputs)
    return late if _pressure(g, made, outputs, most) > most else made


_LONG = 3_000  # operations beyond which orders are not compared


def _depth_first(g: Graph, outputs: Sequence[int]) -> list[int]:
    args = g.args
    order: list[int] = []
    seen = bytearray(len(args))
    for i in (*g.input_nodes, *g.numbers.values()):
        seen[i] = 1
    stack = list(reversed(outputs))
    push, pop, place = stack.append, stack.pop, order.append
    while stack:
        i = pop()
        if i < 0:  # its arguments are placed
            place(~i)
        elif not seen[i]:
            seen[i] = 1
            push(~i)
            for child in args[i][::-1]:
                if not seen[child]:
                    push(child)
    return order


def _pressure(g: Graph, order: Sequence[int], outputs: Sequence[int], enough: float = math.inf) -> int:
    """The largest number of values alive at once, besides inputs, constants and outputs: seen from the end.

    Where it is more than `enough`, some number that is more.
    """
    args = g.args
    seen = bytearray(len(args))
    for i in (*g.input_nodes, *g.numbers.values(), *outputs):
        seen[i] = 1
    kept = bytearray(len(args))
    for i in outputs:
        kept[i] = 1
    alive = most = 0
    for i in reversed(order):
        for child in args[i]:
            if not seen[child]:
                seen[child] = 1
                alive += 1
        if alive > most:
            most = alive
            if most > enough:
                break
        if not kept[i]:
            alive -= 1
    return most


_NAMES = tuple([f"v{k}" for k in range(2_000)])  # of the lines of most programs


def _written(g: Graph, order: Sequence[int], outputs: Sequence[int], names: Sequence[str]) -> Program:
    constant, all_ops, all_args = g.constant, g.ops, g.args
    shown: list[Any] = [None] * len(all_ops)  # what stands for each node: a name or a number
    for k, node in enumerate(g.input_nodes):
        shown[node] = f"x{k}"
    for node in g.numbers.values():
        shown[node] = _double(constant[node])
    make = tuple.__new__  # a Line without a call of its own: there may be millions
    lines: list[Line] = []
    few = len(order) <= len(_NAMES)
    for i, name in zip(order, _NAMES if few else [f"v{k}" for k in range(len(order))]):
        op, args = all_ops[i], all_args[i]
        shown[i] = name
        if len(args) == 2:
            u, v = args
            texts: tuple[Any, ...] = (shown[u], shown[v])
            if constant[u] is not None:
                op, texts = _constant_last(op, constant[u], texts)
        elif len(args) == 1:
            texts = (shown[args[0]],)
        else:
            texts = tuple([shown[child] for child in args])
        lines.append(make(Line, (name, op, texts)))
    return Program(tuple(names), tuple(lines), tuple([shown[output] for output in outputs]))


def _constant_last(op: str, first: Any, texts: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """u·(1/3) is written u/3, which rounds once; u·(1/2) stays a product, which does not round; c + u is u + c."""
    if op == "multiply" and type(first) is Fraction:
        bottom = first.denominator
        if first.numerator == 1 and bottom & (bottom - 1) and bottom < 2**53:
            return "divide", (texts[1], float(bottom))
    elif op == "add":
        return ("subtract", (texts[1], _double(-first))) if first < 0 else ("add", (texts[1], texts[0]))
    return op, texts


def _double(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
