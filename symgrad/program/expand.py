"""From the graph of stable forms to the closed set of operations, and from there to a program.

The forms that `stable` finds (sigmoid, softplus, sin(u)/u, …) stay whole while they are differentiated, since each has
a derivative as well-behaved as itself; here, afterwards, they become exponentials that share e^(−|u|), series near the
place where the quotient would be 0/0, and so on.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symgrad.program.graph import Graph
from symgrad.program.program import OPERATIONS, Argument, Line, Program


def to_program(g: Graph, outputs: Sequence[int], names: Sequence[str], style: str = "plain") -> Program:
    """The program of some nodes of a graph, in the closed set, in an order with few values alive at once.

    Args:
        g, outputs: the graph, and what is wanted of it.
        names: what people call the inputs.
        style: "lazy" where only the chosen branch of a choice is computed (Python), "arrays" where choices cost more
            than exponentials (numpy), "plain" otherwise.

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
    return _written(g, _schedule(g, outputs), outputs, names)


# ---- stable forms --------------------------------------------------------------------------------------------------


def has_styles(g: Graph, outputs: Sequence[int]) -> bool:
    """Whether programs of these nodes differ by style."""
    return any(g.ops[i] in _LAZY or g.ops[i] in _ARRAYS for i in g.live(outputs))


def expand(g: Graph, outputs: Sequence[int], style: str = "plain") -> tuple[Graph, list[int]]:
    """The same values in a graph of closed operations only; the graph itself if it is one."""
    live = g.live(outputs)
    forms = _FORMS | {"lazy": _LAZY, "arrays": _ARRAYS}.get(style, {})
    if not any(g.ops[i] in _FORMS for i in live):
        return g, list(outputs)
    new = Graph(g.inputs)
    image: dict[int, int] = {}
    for i in live:
        op, args = g.ops[i], g.args[i]
        if op == "input":
            image[i] = args[0]
        elif op == "constant":
            image[i] = new.number(args[0])
        else:
            form = forms.get(op)
            arguments = [image[child] for child in args]
            image[i] = form(new, *arguments) if form else new.node(op, *arguments)
    return new, [image[output] for output in outputs]


def _one_over(g: Graph, x: int) -> int:
    return g.divide(g.number(1), x)


def _decay(g: Graph, u: int) -> int:
    """e^(−|u|): between 0 and 1 whatever u is."""
    return g.unary("exp", g.negate(g.unary("abs", u)))


def _logistic_parts(g: Graph, u: int) -> tuple[int, int]:
    """The larger and the smaller of σ(u) and σ(−u): 1/(1 + e) and e/(1 + e) with e = e^(−|u|)."""
    e = _decay(g, u)
    larger = _one_over(g, g.add(g.number(1), e))
    return larger, g.multiply(e, larger)


def _sigmoid(g: Graph, u: int) -> int:
    larger, smaller = _logistic_parts(g, u)
    return g.select(g.binary("less", u, g.number(0)), smaller, larger)


def _sigmoid_slope(g: Graph, u: int) -> int:
    return g.multiply(*_logistic_parts(g, u))


def _sigmoid_by_exponentials(g: Graph, u: int) -> int:
    """e^min(u, 0)/(1 + e^(−|u|)): no choice."""
    above = g.unary("exp", g.binary("minimum", u, g.number(0)))
    return g.multiply(above, _logistic_parts(g, u)[0])


def _tanh_slope(g: Graph, u: int) -> int:
    """1 − tanh²u as 4σ(2u)σ(−2u), which does not cancel."""
    return g.multiply(g.number(4), _sigmoid_slope(g, g.multiply(g.number(2), u)))


def _tanh_slope_near_and_far(g: Graph, u: int) -> int:
    """1 − tanh²u as it stands near 0, where it does not cancel."""
    t = g.unary("tanh", u)
    near = g.subtract(g.number(1), g.multiply(t, t))
    return g.select(g.node("less", g.unary("abs", u), g.number(1)), near, _tanh_slope(g, u))


def _tanh_slope_by_cosh(g: Graph, u: int) -> int:
    """1 − tanh²u as (1/cosh u)²."""
    secant = _one_over(g, g.unary("cosh", u))
    return g.multiply(secant, secant)


def _softplus(g: Graph, u: int) -> int:
    return g.add(g.binary("maximum", u, g.number(0)), g.unary("log1p", _decay(g, u)))


def _logaddexp(g: Graph, u: int, v: int) -> int:
    return g.add(g.binary("maximum", u, v), g.unary("log1p", _decay(g, g.subtract(u, v))))


def _turn(g: Graph, u: int, period: int) -> int:
    """u by whole periods nearer to 0: exact for all u of which the function still knows the angle."""
    return g.subtract(u, g.multiply(period, g.unary("round", g.divide(u, period))))


def _turn_if_far(g: Graph, u: int, period: int) -> int:
    """The same, left out within a few periods of 0, where little is to be gained."""
    limit = g.multiply(g.number(4), period)
    return g.select(g.node("less", g.unary("abs", u), limit), u, _turn(g, u, period))


def _log_cosh(g: Graph, u: int) -> int:
    """ln(1 + 2 sinh²(u/2)) near 0, |u| − ln 2 + ln(1 + e^(−2|u|)) elsewhere."""
    sine = g.unary("sinh", g.multiply(g.number(Fraction(1, 2)), u))
    near = g.unary("log1p", g.multiply(g.number(2), g.multiply(sine, sine)))
    return _near_and_far(g, u, near, 1)


def _log_abs_sinh(g: Graph, u: int) -> int:
    """ln|sinh u| as it stands near 0, |u| − ln 2 + ln(1 − e^(−2|u|)) elsewhere."""
    return _near_and_far(g, u, g.unary("log", g.unary("abs", g.unary("sinh", u))), -1)


def _near_and_far(g: Graph, u: int, near: int, sign: int) -> int:
    size = g.unary("abs", u)
    tail = g.multiply(g.number(sign), g.unary("exp", g.multiply(g.number(-2), size)))
    far = g.add(g.subtract(size, g.number(math.log(2))), g.unary("log1p", tail))
    return g.select(g.node("less", size, g.number(1)), near, far)


def _bessel_ratio(g: Graph, order: int, u: int) -> int:
    """S_k(u) = j_k(u)/u^k: the power series near 0, the upward recurrence (2k+1)S_k = S_(k−1) + u²S_(k+1) elsewhere."""
    k = _whole(g, order)
    if k == 0:
        quotient = g.node("divide", g.unary("sin", u), u)
        return g.select(g.node("equal", u, g.number(0)), g.number(1), quotient)
    square = g.multiply(u, u)
    lower, upper = g.divide(g.unary("sin", u), u), g.unary("cos", u)
    previous, current = upper, lower
    for n in range(k):  # the start: u²S_1 = S_0 − cos u
        scaled = g.multiply(g.number(2 * n + 1 if n else 1), current)
        previous, current = current, g.divide(g.subtract(scaled, previous), square)
    terms, value = 9 + k, g.number(0)
    for m in range(terms, -1, -1):
        coefficient = Fraction((-1) ** m, 2**m * math.factorial(m) * _odd_factorial(2 * k + 2 * m + 1))
        value = g.add(g.multiply(square, value), g.number(coefficient))
    limit = g.number(Fraction(3 * k + 1, 2))
    return g.select(g.node("less", g.unary("abs", u), limit), value, current)


def _odd_factorial(n: int) -> int:
    return math.prod(range(1, n + 1, 2))


def _exponential_moment(g: Graph, order: int, u: int) -> int:
    """E_k(u) = ∫₀¹ t^k e^(ut) dt: the power series near 0, u·E_k = e^u − k·E_(k−1) elsewhere.

    Beyond 700, where e^u overflows before the quotient does, e^u/u is (e^(u/2)/u)·e^(u/2).
    """
    k = _whole(g, order)
    one, power = g.number(1), g.divide(g.unary("exp", u), u)
    current, tail = g.divide(g.unary("expm1", u), u), one
    for n in range(1, k + 1):
        current = g.subtract(power, g.divide(g.multiply(g.number(n), current), u))
        tail = g.subtract(one, g.divide(g.multiply(g.number(n), tail), u))
    half = g.unary("exp", g.multiply(g.number(Fraction(1, 2)), u))
    large = g.multiply(g.multiply(g.divide(half, u), half), tail)
    current = g.select(g.node("less", g.number(700), u), large, current)
    if k == 0:
        return g.select(g.node("equal", u, g.number(0)), one, current)
    return g.select(g.node("less", g.unary("abs", u), g.number(k + 1)), _moment_series(g, k, u), current)


def _moment_series(g: Graph, k: int, u: int) -> int:
    """Σ u^m / (m!(m + k + 1))."""
    value = g.number(0)
    for m in range(18 + 6 * k, -1, -1):
        value = g.add(g.multiply(u, value), g.number(Fraction(1, math.factorial(m) * (m + k + 1))))
    return value


def _whole(g: Graph, order: int) -> int:
    constant = g.constant[order]
    assert constant is not None
    return int(constant)


_FORMS: dict[str, Callable[..., int]] = {
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
    "tanh_slope": _tanh_slope,
    "softplus": _softplus,
    "relu": lambda g, u: g.binary("maximum", u, g.number(0)),
    "logaddexp": _logaddexp,
    "fixed": lambda g, u: u,
    "log_of_sum": lambda g, total, rest: g.unary("log1p", rest),
    "bessel_ratio": _bessel_ratio,
    "exponential_moment": _exponential_moment,
    "csch": lambda g, u: _one_over(g, g.unary("sinh", u)),
    "sech": lambda g, u: _one_over(g, g.unary("cosh", u)),
    "bose": lambda g, u: _one_over(g, g.unary("expm1", u)),
    "log_cosh": _log_cosh,
    "log_abs_sinh": _log_abs_sinh,
    "homographic": lambda g, u, v, c: g.divide(u, v),
    "turn": _turn,
    "over_root": lambda g, u, c, root: g.divide(u, root),
    "difference_of_squares": lambda g, u, v: g.multiply(g.subtract(u, v), g.add(u, v)),
}

_LAZY: dict[str, Callable[..., int]] = {"tanh_slope": _tanh_slope_near_and_far, "turn": _turn_if_far}
_ARRAYS: dict[str, Callable[..., int]] = {"tanh_slope": _tanh_slope_by_cosh, "sigmoid": _sigmoid_by_exponentials}

# ---- NaN ------------------------------------------------------------------------------------------------------------


def without_lost_nans(g: Graph, outputs: Sequence[int]) -> tuple[Graph, list[int]]:
    """The same values, and NaN where a choice depends on NaN: a comparison with NaN is false and would pick a side."""
    live = g.live(outputs)
    if not any(g.ops[i] == "select" for i in live):
        return g, list(outputs)
    new = Graph(g.inputs)
    image: dict[int, int] = {}
    for i in live:
        op, args = g.ops[i], g.args[i]
        if op == "input":
            image[i] = args[0]
        elif op == "constant":
            image[i] = new.number(args[0])
        elif op == "select":
            condition, first, second = (image[child] for child in args)
            value = new.select(condition, first, second)
            for operand in _compared(g, args[0]):
                if not _carries(g, operand, args[1]) or not _carries(g, operand, args[2]):
                    compared = image[operand]
                    value = new.select(new.node("equal", compared, compared), value, new.number(math.nan))
            image[i] = value
        else:
            image[i] = new.node(op, *(image[child] for child in args))
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


_TRUTHS = frozenset(name for name, row in OPERATIONS.items() if row.truth)
_FAR = 64  # nodes looked at before giving up


def _carries(g: Graph, operand: int, value: int) -> bool:
    """Whether NaN in the operand is NaN in the value anyway: it, or everything it comes from, goes into the value."""
    missing = {operand}
    return _all_reached(g, value, missing) or _all_reached(g, value, _sources(g, operand))


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
    if g.constant[value] is not None:
        return bool(g.constant[value] != g.constant[value])
    left, seen, queue = set(missing), {value}, [value]
    for i in queue:  # breadth first: what is sought is mostly near
        left.discard(i)
        if not left:
            return True
        if len(queue) < _FAR and g.ops[i] != "select" and g.ops[i] not in _TRUTHS:
            for child in g.children(i):
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
    return late if _pressure(g, late, outputs) < _pressure(g, made, outputs) else made


_LONG = 20_000  # operations beyond which orders are not compared


def _depth_first(g: Graph, outputs: Sequence[int]) -> list[int]:
    order: list[int] = []
    ops, args = g.ops, g.args
    state = bytearray(len(ops))  # 1: waiting for its arguments, 2: placed
    stack = list(reversed(outputs))
    while stack:
        i = stack[-1]
        if state[i] == 2 or ops[i] == "input" or ops[i] == "constant":
            stack.pop()
        elif state[i] == 1:
            state[i] = 2
            order.append(i)
            stack.pop()
        else:
            state[i] = 1
            stack.extend(child for child in reversed(args[i]) if not state[child])
    return order


def _pressure(g: Graph, order: Sequence[int], outputs: Sequence[int]) -> int:
    """The largest number of values alive at once."""
    last: dict[int, int] = {}
    for position, i in enumerate(order):
        for child in g.args[i]:
            last[child] = position
    ends = [0] * (len(order) + 1)
    kept = set(outputs)
    for i in order:
        if i not in kept:
            ends[last[i]] += 1
    alive = most = 0
    for position, i in enumerate(order):
        alive += i not in kept
        most = max(most, alive)
        alive -= ends[position]
    return most


def _written(g: Graph, order: Sequence[int], outputs: Sequence[int], names: Sequence[str]) -> Program:
    shown: dict[int, Argument] = {node: f"x{k}" for k, node in enumerate(g.input_nodes)}
    constant = g.constant

    def argument(i: int) -> Argument:
        found = shown.get(i)
        if found is None:
            value: Any = constant[i]
            found = shown[i] = _double(value)
        return found

    lines: list[Line] = []
    for i in order:
        op, args = g.ops[i], g.args[i]
        if op == "multiply" and type(constant[args[0]]) is Fraction:
            op, args = _as_quotient(g, op, args)
        elif op == "add" and constant[args[0]] is not None:
            op, args = _constant_last(g, args)
        name = f"v{len(lines)}"
        lines.append(Line(name, op, tuple(map(argument, args))))
        shown[i] = name
    return Program(tuple(names), tuple(lines), tuple(map(argument, outputs)))


def _as_quotient(g: Graph, op: str, args: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """u·(1/3) is written u/3, which rounds once; u·(1/2) stays a product, which does not round."""
    factor: Any = g.constant[args[0]]
    bottom = factor.denominator
    if factor.numerator == 1 and bottom & (bottom - 1) and bottom < 2**53:
        return "divide", (args[1], g.number(bottom))
    return op, args


def _constant_last(g: Graph, args: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    value: Any = g.constant[args[0]]
    return ("subtract", (args[1], g.number(-value))) if value < 0 else ("add", (args[1], args[0]))


def _double(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


assert all(op not in OPERATIONS for op in _FORMS)
