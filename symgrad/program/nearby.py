"""A quick look in doubles: what cancels or is 0/0 at a point is nearly so beside it.

All inputs are put close to 0, or close to 1 if there are logarithms; every value is computed there once. What looks as
if it might cancel is then worth exact arithmetic (`removable`); the rest, which is nearly everything, costs little.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from symgrad.program import _ieee
from symgrad.program.exact import to_float
from symgrad.program.graph import Graph
from symgrad.program.power_series import SAME
from symgrad.program.program import OPERATIONS

if TYPE_CHECKING:
    from symgrad.program.stable import StableGraph

_MOST = 48  # factors looked at
_BESIDE = 2.0**-10
_NEARLY = 2.0**-5


def nearly_nothing(g: "StableGraph", terms: Sequence[int]) -> bool:
    """Whether a sum is small beside its terms, close to one of the points."""
    for look in _looks(g):
        values = [look.of(term) for term in terms]
        if not abs(sum(values)) > _NEARLY * max(*values, -min(values)):
            return True
    return False


def nearly_undefined(g: "StableGraph", value: int) -> bool:
    """Whether a product or quotient is moderate close to a point where a factor is nearly 0 or infinite."""
    for look in _looks(g):
        if abs(look.of(value)) * _NEARLY < 1:
            factors, stack = [value], [value]
            while stack and len(factors) < _MOST:
                i = stack.pop()
                if g.ops[i] in ("multiply", "divide", "negate"):
                    stack += g.args[i]
                    factors += g.args[i]
            sizes = [abs(look.of(factor)) for factor in factors]
            if min(sizes) < _NEARLY or max(sizes) * _NEARLY > 1:
                return True
    return False


def _looks(g: "StableGraph") -> "list[Look]":
    if not g.looks:
        g.looks.append(Look(g, 0.0))
    if len(g.looks) == 1 and "log" in g.kinds:
        g.looks.append(Look(g, 1.0))
    return g.looks


class Look:
    """The nodes of a graph in doubles where all inputs are close to a point."""

    def __init__(self, g: Graph, point: float) -> None:
        self.g, self.point = g, point
        self.values: dict[int, float] = {}

    def of(self, root: int) -> float:
        g, values, stack = self.g, self.values, [root]
        while stack:
            i = stack[-1]
            if i in values:
                stack.pop()
                continue
            op, args = g.ops[i], g.args[i]
            if op == "input":
                values[i] = self.point + _BESIDE * (1 + args[0] * 0.618 % 1)
            elif op == "constant":
                values[i] = to_float(args[0])
            else:
                if op in SAME:
                    args = args[SAME[op] : SAME[op] + 1]
                waiting = [child for child in args if child not in values]
                if waiting:
                    stack += waiting
                    continue
                double = _DOUBLES.get(op)
                values[i] = math.inf if double is None else double(*[values[child] for child in args])
            stack.pop()
        return values[root]


def _moment(order: float, u: float) -> float:
    return 1 / (order + 1)


_DOUBLES: dict[str, Callable[..., float]] = {
    op: row.double for op, row in OPERATIONS.items() if not row.special and op not in ("gamma", "lgamma", "polygamma")
} | {
    "refined": lambda u: u,
    "continued": lambda u: u,
    "faded": lambda u, far: u,
    "faded_quotient": lambda u, v, far: _ieee.divide(u, v),
    "turn": lambda u, period: u,
    "sigmoid": lambda u: 1 / (1 + _ieee.exp(-u)),
    "softplus": lambda u: _ieee.log1p(_ieee.exp(u)),
    "log_cosh": lambda u: _ieee.log(_ieee.cosh(u)),
    "sinpi": lambda u: _ieee.sin(math.pi * u),
    "cospi": lambda u: _ieee.cos(math.pi * u),
    "csch": lambda u: _ieee.divide(1.0, _ieee.sinh(u)),
    "sech": lambda u: 1 / _ieee.cosh(u),
    "bose": lambda u: _ieee.divide(1.0, _ieee.expm1(u)),
    "homographic": lambda u, v, c: _ieee.divide(u, v),
    "compound": lambda u, y: _ieee.power(1 + u, y),
    "parallel": lambda u, w, v: _ieee.divide(u * w, v),
    "log_abs_sinh": lambda u: _ieee.log(abs(_ieee.sinh(u))),
    "log_one_minus_exp": lambda u: _ieee.log(-_ieee.expm1(u)),
    "log_expm1": lambda u: _ieee.log(_ieee.expm1(u)),
    "over_root": lambda u, c, root: _ieee.divide(u, root),
    "difference_of_squares": lambda u, v: u * u - v * v,
    "bessel_ratio": lambda order, u: 1.0 if not order else 0.3,
    "exponential_moment": _moment,
}
