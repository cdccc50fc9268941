"""Programs for one point in Python, which may give up: forms that are right within a range, and the tests for it.

Where giving up is cheap, the direct form is the best one: e^u/(1 + e^u) and ln Σe^u have fewer roundings and half the
operations of the forms that can't overflow. Python's functions raise where they overflow; what doesn't raise, a
condition tells: the quick results hold if every condition does, else the sure program is asked. So it is with NaN,
which comparisons would lose: as long as there is none, choices by the same condition can be made at once.
"""

import math
from collections.abc import Callable, Container, Sequence
from fractions import Fraction
from typing import NamedTuple

from symgrad.program import norms
from symgrad.program._collector import undisturbed
from symgrad.program.expand import _carries, _compared, _depth_first, _schedule, _written, without_lost_nans
from symgrad.program.factors import with_joined_constants, with_shared_factors
from symgrad.program.forms import ARRAYS, FORMS
from symgrad.program.graph import Graph
from symgrad.program.program import Program
from symgrad.program.scales import with_common_scales


class Quick(NamedTuple):
    """A program whose last outputs are conditions: where one doesn't hold, `sure()` has the results instead.

    None in place of `sure`: the program is right wherever no function raises.
    """

    program: Program
    conditions: int
    sure: Callable[[], Program] | None


@undisturbed
def to_quick(
    g: Graph, outputs: Sequence[int], names: Sequence[str], sure: Callable[[], Program], *, arrays: bool = False
) -> Quick:
    """The quick program of some nodes of a graph, beside what gives the program that is always right.

    For arrays, the conditions say all: nothing raises.

    >>> g = Graph(1)
    >>> print(to_quick(g, [g.node("sigmoid", 0)], ["x"], lambda: Program(("x",), (), ("x0",))).program)
    program(x)
      v0 = -x
      v1 = exp(v0)
      v2 = v1 + 1
      v3 = 1/v2
      return v3
    """
    wanted, same = len(outputs), True
    direct = _DirectArrays if arrays else _Direct
    for rebuilt, operations in ((direct, FORMS.keys()), (_Joined, {"select"})):
        if not g.kinds.isdisjoint(operations):
            live = g.live(outputs)
            if not operations.isdisjoint([g.ops[i] for i in live]):
                g, outputs = _rebuilt(g, live, outputs, rebuilt(g.inputs), operations)
                same = False
    outputs = [*outputs[:wanted], *_needed(g, outputs[wanted:])]
    g, outputs = with_common_scales(*with_joined_constants(*with_shared_factors(g, outputs)))
    program = _written(g, (_schedule if arrays else _depth_first)(g, outputs), outputs, names)
    return Quick(program, len(outputs) - wanted, None if same else sure)


def without_largest(
    g: Graph, outputs: Sequence[int], names: Sequence[str], sure: Callable[[], Program]
) -> Quick | None:
    """The program for one point of native code with ln Σe^u as it stands; None if that is nowhere.

    Nothing raises there: conditions say all. All other forms stay, for they cost less there than a condition.

    >>> g = Graph(3)
    >>> powers = [g.unary("exp", g.subtract(i, g.node("fixed", 0))) for i in range(3)]
    >>> print(without_largest(g, [g.node("log_total", g.sum(powers))], "xyz", lambda: None).program)
    program(x, y, z)
      v0 = exp(x)
      v1 = exp(y)
      v2 = exp(z)
      v3 = v0 + v1
      v4 = v2 + v3
      v5 = 1e-15 < v4
      v6 = v4 < inf
      v7 = log(v4)
      return v7, v5, v6
    """
    live = g.live(outputs) if "fixed" in g.kinds else []
    if "fixed" not in [g.ops[i] for i in live]:
        return None
    wanted = len(outputs)
    g, outputs = without_lost_nans(*_rebuilt(g, live, outputs, _DirectNative(g.inputs), FORMS.keys()))
    return Quick(_written(g, _schedule(g, outputs), outputs, names), len(outputs) - wanted, sure)


def _needed(g: Graph, conditions: Sequence[int]) -> list[int]:
    """The conditions without those that a value is no NaN where another compares it: NaN is not less than anything."""
    compared = {side for i in conditions if g.ops[i] in ("less", "less_equal") for side in g.args[i]}
    return [i for i in conditions if not (g.ops[i] == "equal" and g.args[i][0] == g.args[i][1] in compared)]


def _rebuilt(
    g: Graph, live: Sequence[int], outputs: Sequence[int], new: "_Rebuilt", concerned: Container[str]
) -> tuple[Graph, list[int]]:
    """The nodes made again in another graph: some operations, and arithmetic on choices, in its way."""
    image = [-1] * len(g.ops)
    special = bytearray(len(g.ops))  # choices, and numbers that come of something else
    all_ops, all_args, made, again = g.ops, g.args, new.made, new.again
    keys = {i: key for key, i in g.numbers.items()}
    for i in live:
        op, args = all_ops[i], all_args[i]
        if op == "input":
            image[i] = args[0]
        elif op == "constant":
            image[i] = new._constant(keys[i], args[0])
        elif op in concerned or special[args[0]] or special[args[-1]] or 1 in [special[child] for child in args[1:-1]]:
            image[i] = value = again(g, i, image)
            special[i] = new.ops[value] == "select" or new.constant[value] is not None
        elif len(args) == 2:
            image[i] = made(op, (image[args[0]], image[args[1]]))
        else:
            image[i] = made(op, tuple([image[child] for child in args]))
    return new, [*(image[output] for output in outputs), *new.conditions]


class _Rebuilt(Graph):
    """A graph made from another, with conditions for its values to be right."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs)
        self.conditions: list[int] = []

    def again(self, g: Graph, i: int, image: Sequence[int]) -> int:
        """The value of node i of a graph whose arguments have images here."""
        raise NotImplementedError

    def require(self, condition: int) -> None:
        """What must hold: a truth value, or a number that must not be zero."""
        if self.constant[condition] is None and condition not in self.conditions:
            self.conditions.append(condition)

    def folded(self, op: str, args: Sequence[int]) -> int:
        """op(args), folded where an argument is a number."""
        if op == "select":
            return self.select(*args)
        if len(args) == 1:
            return self.unary(op, *args)
        return self.binary(op, *args) if len(args) == 2 else self.node(op, *args)


# ---- direct forms ----------------------------------------------------------------------------------------------------


class _Direct(_Rebuilt):
    """Stable forms written out in their direct forms."""

    raises = True  # where a function overflows

    def again(self, g: Graph, i: int, image: Sequence[int]) -> int:
        op, args = g.ops[i], [image[child] for child in g.args[i]]
        form = self.form(op)
        if form:
            return form(self, *args)
        if any(self.constant[new] is not None and g.constant[old] is None for new, old in zip(args, g.args[i])):
            return self.folded(op, args)
        return self.node(op, *args)

    def form(self, op: str) -> Callable[..., int] | None:
        return _DIRECT.get(op) or FORMS.get(op)

    def has(self, op: str, *args: int) -> bool:
        return args in self.tables.get(op, ())


class _DirectArrays(_Direct):
    """The same for arrays: nothing raises there, and all parts of a choice are computed."""

    raises = False

    def form(self, op: str) -> Callable[..., int] | None:
        return _FOR_ARRAYS.get(op) or FORMS.get(op)


class _DirectNative(_Direct):
    """The same for native code, where overflow is the only thing that a direct form may bring about."""

    raises = False

    def form(self, op: str) -> Callable[..., int] | None:
        return _FOR_NATIVE.get(op) or FORMS.get(op)


_LEAST = 1e-15  # of Σe^u: where it is less, an entry of the gradient might be the quotient of two subnormal numbers


def _logistic_parts(g: _Direct, u: int) -> tuple[int, int, bool] | None:
    """e = e^u or e^(−u), 1 + e, and whether it is e^u; None where e^(−|u|) is there already."""
    minus = g.negate(u)
    if g.has("abs", u) and g.has("exp", g.negate(g.unary("abs", u))):
        return None
    spares = (g.ops[u] == "negate") == g.raises  # for arrays, a negation; for Python, the condition on e^u
    up = g.has("exp", u) or (spares and not g.has("exp", minus))
    e = g.unary("exp", u if up else minus)
    return e, g.add(g.number(1), e), up


def _sigmoid(g: _Direct, u: int) -> int:
    parts = _logistic_parts(g, u)
    if parts is None:
        return FORMS["sigmoid"](g, u)
    e, total, up = parts
    return _larger_share(g, e, total) if up else _finite(g, e, g.divide(g.number(1), total))


def _sigmoid_slope(g: _Direct, u: int) -> int:
    parts = _logistic_parts(g, u)
    if parts is None:
        return FORMS["sigmoid_slope"](g, u)
    e, total, up = parts
    if up and not g.raises:
        return g.divide(_larger_share(g, e, total), total)
    share = g.divide(g.number(1), total)
    return g.multiply(share, _times(g, e, share))


def _larger_share(g: _Direct, e: int, total: int) -> int:
    """e/(1 + e): for arrays a quotient, as quick as a product by what is left and 1 where it should be."""
    return _times(g, e, g.divide(g.number(1), total)) if g.raises else _finite(g, e, g.divide(e, total))


def _times(g: _Direct, e: int, share: int) -> int:
    """e·1/(1 + e), wrong where e is infinite: the share is zero then."""
    if g.raises:
        g.require(share)
    return _finite(g, e, g.multiply(e, share))


def _finite(g: _Direct, e: int, value: int) -> int:
    """The value, if the exponential in it does not overflow."""
    if not g.raises:
        g.require(g.node("not_equal", e, g.number(math.inf)))  # which lets NaN pass
    return value


def _softplus(g: _Direct, u: int) -> int:
    power = g.unary("exp", u)
    return _finite(g, power, g.unary("log1p", power))


def _tanh_slope(g: _Direct, u: int) -> int:
    """1 − tanh²u as it stands near 0, where it does not cancel; (1/cosh u)² elsewhere."""
    t, secant = g.unary("tanh", u), g.divide(g.number(1), g.unary("cosh", u))
    square = g.multiply(t, t)
    near = g.subtract(g.number(1), square)
    return g.select(g.node("less", square, g.number(Fraction(3, 5))), near, g.multiply(secant, secant))


def _turn(g: _Direct, u: int, period: int) -> int:
    """u by whole periods nearer to 0; left out within a few periods of 0, where little is to be gained."""
    limit = g.multiply(g.number(4), period)
    if g.has("multiply", u, u):  # one comparison instead of two; just where the limit lies is no matter
        near = g.node("less", g.multiply(u, u), g.multiply(limit, limit))
    else:
        near = g.node("less", g.unary("abs", u), limit)
    return g.select(near, u, FORMS["turn"](g, u, period))


def _log_total(g: _Direct, total: int) -> int:
    """ln Σe^u, as ln(1 + (Σ − 1)) where the difference is exact: Python's log1p is three times as quick as its log.

    That the total isn't too small is looked at where it may be: the logarithm of −Σ raises.
    """
    g.require(g.node("less", total, g.number(math.inf)))
    near = g.unary("log1p", g.subtract(total, g.number(1)))
    far = g.unary("log", g.select(g.node("less", g.number(_LEAST), total), total, g.negate(total)))
    return g.select(g.node("less", g.number(Fraction(1, 2)), total), near, far)


def _log_total_of_arrays(g: _Direct, total: int) -> int:
    g.require(g.node("less", g.number(_LEAST), total))
    g.require(g.node("less", total, g.number(math.inf)))
    return g.unary("log", total)


def _log_of_sum(g: _Direct, total: int, rest: int) -> int:
    """ln(1 + Σe^u), where the total is a sum with the term 1."""
    g.require(g.node("less", total, g.number(math.inf)))
    terms, found = [total], []
    while terms:
        term = terms.pop()
        if g.ops[term] == "add":
            terms += g.args[term]
        else:
            found.append(term)
    ones = [term for term in found if g.constant[term] == 1]
    if len(ones) != 1:
        return g.unary("log1p", rest)
    return g.unary("log1p", g.sum([term for term in reversed(found) if term not in ones]))


def _norm_of_arrays(g: _Direct, u: int, v: int) -> int:
    value, conditions = norms.form_for_arrays(g, u, v)
    for condition in conditions:
        g.require(condition)
    return value


_DIRECT: dict[str, Callable[..., int]] = {
    "sigmoid": _sigmoid,
    "sigmoid_slope": _sigmoid_slope,
    "softplus": _softplus,
    "tanh_slope": _tanh_slope,
    "turn": _turn,
    "fixed": lambda g, u: g.number(0),  # the largest exponent need not be taken out
    "log_total": _log_total,
    "log_of_sum": _log_of_sum,
}

_FOR_ARRAYS: dict[str, Callable[..., int]] = {
    **ARRAYS,
    **{op: form for op, form in _DIRECT.items() if op not in ("tanh_slope", "turn")},
    "log_total": _log_total_of_arrays,
    "norm": _norm_of_arrays,
}


_FOR_NATIVE = {op: _FOR_ARRAYS[op] for op in ("fixed", "log_total", "log_of_sum")}


# ---- choices ---------------------------------------------------------------------------------------------------------


class _Joined(_Rebuilt):
    """Choices by the same condition joined where that saves something; no NaN in what is compared."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs)
        self.compared: dict[int, list[int]] = {}  # for conditions of the other graph what they compare
        self.certain: set[int] = set()  # values of the other graph that are known to be no NaN

    def again(self, g: Graph, i: int, image: Sequence[int]) -> int:
        op, args = g.ops[i], [image[child] for child in g.args[i]]
        if op == "select":
            condition, first, second = g.args[i]
            if condition not in self.compared:
                self.compared[condition] = _compared(g, condition)
            for operand in self.compared[condition]:
                if operand not in self.certain and not (_carries(g, operand, first) and _carries(g, operand, second)):
                    self.certain.add(operand)
                    self._not_nan(image[operand])
            return self.select(*args)
        if op in ("add", "subtract", "multiply") and any(self.ops[argument] == "select" for argument in args):
            found = self._product(*args) if op == "multiply" else self._sum(op, *args)
            if found is not None:
                return found
        if any(self.constant[new] is not None and g.constant[old] is None for new, old in zip(args, g.args[i])):
            return self.folded(op, args)
        return self.node(op, *args)

    def _not_nan(self, value: int) -> None:
        while self.ops[value] in ("abs", "negate"):
            value = self.args[value][0]
        self.require(self.node("equal", value, value))

    def select(self, condition: int, x: int, y: int) -> int:
        if self.ops[x] == "select" and self.args[x][0] == condition:
            x = self.args[x][1]
        if self.ops[y] == "select" and self.args[y][0] == condition:
            y = self.args[y][2]
        return super().select(condition, x, y)

    def _sum(self, op: str, x: int, y: int) -> int | None:
        """(a if c else b) ± (d if c else e) as one choice, where a zero spares both sums."""
        if self.ops[x] == "select" == self.ops[y] and self.args[x][0] == self.args[y][0]:
            parts = []
            for a, b in zip(self.args[x][1:], self.args[y][1:]):
                if self.constant[a] is not None or self.constant[b] is not None:
                    parts.append(self.binary(op, a, b) if 0 in (self.constant[a], self.constant[b]) else None)
                else:
                    parts.append(self._sum(op, a, b))
            if None not in parts:
                return self.select(self.args[x][0], *(part for part in parts if part is not None))
        return None

    def _product(self, x: int, y: int) -> int | None:
        """(1 if c else 0)·y as (y if c else 0)."""
        for choice, factor in ((x, y), (y, x)):
            if self.ops[choice] == "select":
                condition, *values = self.args[choice]
                if all(self.constant[value] in (0, 1, -1) for value in values):
                    return self.select(condition, *(self.multiply(value, factor) for value in values))
        return None
