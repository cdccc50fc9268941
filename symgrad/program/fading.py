"""Products of something that underflows and something that overflows: x⁴·e^(−x⁴), e^x·e^(−e^x), e^(−1/x)/x².

0·∞ is NaN though the product is 0. Where the exponent of a vanishing factor e lies beyond −10⁶, the product of e with a
polynomial (or a quotient of polynomials) in doubles is 0 whatever its size, as their degree is far below 10³; so it is
with e^u where u contributes to that exponent as −e^u. There the product is 0 by a choice; nearer it is what it is.
Growth that is not known (sinh u, Γ(u), another e^u) is left alone: a NaN is better than a wrong 0.
"""

from functools import reduce
from typing import TYPE_CHECKING

from symgrad.program.graph import Graph

if TYPE_CHECKING:
    from symgrad.program.stable import StableGraph

FAR = 2**20  # beyond it e^(−u) is less than any product of some hundred doubles
# vanishing functions of u: for u → −∞, +∞, or both
_DOWN, _UP, _BOTH = ("exp",), ("bose", "erfc"), ("csch", "sech")
_VANISHING = frozenset((*_DOWN, *_UP, *_BOTH))  # those that have this mark in `graph`
_BOUNDED = frozenset(
    ("sin", "cos", "tanh", "arctan", "erf", "erfc", "sign", "sigmoid", "sech", "tanh_slope", "sigmoid_slope", "turn")
)
_SLOW = frozenset(("log", "log1p", "sqrt", "cbrt", "abs", "arsinh", "softplus", "log_cosh", "relu", "hypot", "maximum"))
_SUMS = frozenset(("add", "subtract", "negate"))
_MOST = 24  # nodes looked at
FADED = ("faded", "faded_quotient")
_NESTED = 2


def guarded(g: "StableGraph", value: int, vanishing: int, other: int) -> int:
    """The product or quotient `value` of a vanishing value and another, as 0 where the one makes sure of that."""
    for op, u in vanished(g, vanishing):
        if _overflows(g, other, u):
            far = _beyond(g, op, u)
            if g.ops[value] == "divide":
                return g.node("faded_quotient", vanishing, other, far)
            factors = _few_factors(g, other)
            if factors:  # one after the other they don't overflow
                return reduce(g.multiply, factors, vanishing)
            return g.node("faded", value, far)
    return value


def _few_factors(g: Graph, value: int) -> list[int]:
    """The factors of a product, if they are few and none of them overflows by itself."""
    factors: list[int] = []
    stack = [value]
    while stack:
        i = stack.pop()
        if g.ops[i] == "multiply" and len(stack) < _FEW:
            stack += g.args[i][::-1]
        elif g.ops[i] in ("input", *_BOUNDED) or _is_linear(g, i):
            factors.append(i)
        else:
            return []
    return factors if len(factors) <= _FEW else []


def _is_linear(g: Graph, i: int) -> bool:
    """Whether a value is a sum of inputs and numbers."""
    return g.ops[i] in _SUMS and all(g.ops[child] in ("input", "constant") for child in g.args[i])


_FEW = 3


GROWING = frozenset(("multiply", "divide", "add", "subtract", "negate", "exp", "power", *FADED))


def vanished(g: "StableGraph", value: int) -> list[tuple[str, int]]:
    """The vanishing factors of a value: functions with their arguments."""
    found: list[tuple[str, int]] = []
    stack, sums = [value], 0
    for _ in range(_MOST):
        if not stack:
            break
        i = stack.pop()
        op, args = g.ops[i], g.args[i]
        if op in _VANISHING:
            found.append((op, args[0]))
        elif op in FADED:
            found.append(_known(g, args[-1]))
        elif op in ("multiply", "divide", "negate"):
            stack += args[:1] if op == "divide" else args[::-1]
        elif op in ("add", "subtract") and sums < _NESTED:
            sums += 1
            others = vanished(g, args[1])
            found += [row for row in vanished(g, args[0]) if row in others]
    return found


def _known(g: Graph, far: int) -> tuple[str, int]:
    """The function and the argument that a condition was made for."""
    first, second = g.args[far]
    if g.constant[second] is not None:
        return "exp", first
    return ("sech", g.args[second][0]) if g.ops[second] == "abs" else ("bose", second)


def _beyond(g: Graph, op: str, u: int) -> int:
    if op in _DOWN:
        return g.binary("less", u, g.number(-FAR))
    if op in _UP:
        return g.binary("less", g.number(FAR), u)
    return g.binary("less", g.number(FAR), g.unary("abs", u))


def _overflows(g: "StableGraph", value: int, exponent: int) -> bool:
    """Whether a value is of a kind that may overflow, but no faster than the other factor vanishes."""
    seen, stack, grows = {value}, [value], False
    while stack:
        i = stack.pop()
        op, args = g.ops[i], g.args[i]
        if op in ("input", "constant") or op in _BOUNDED:
            continue
        if op in ("exp", "expm1"):
            if not _below(g, exponent, g.unary("exp", args[0])):
                return False
            grows = True
            continue
        if op == "power":
            if g.constant[args[1]] is None and not _power_below(g, exponent, args[0]):
                return False
            grows = True
            args = args[:1]
        elif op == "select":
            args = args[1:]
        elif op == "divide":
            grows = grows or _shared(g, args[1], exponent)
        elif op == "multiply":
            grows = grows or (g.constant[args[0]] is None and _shared(g, i, exponent))
        elif op not in _SUMS and op not in _SLOW and op not in FADED:
            return False
        stack += [child for child in args if child not in seen]
        seen.update(args)
        if len(seen) > _MOST:
            return False
    return grows


def _below(g: Graph, top: int, sought: int) -> bool:
    """Whether an exponent has a value as a summand, or as a factor of one."""
    return any(i == sought for i in _parts(g, top))


def _power_below(g: Graph, top: int, base: int) -> bool:
    """Whether an exponent has a power of the base as a summand, or as a factor of one."""
    return any(g.ops[i] == "power" and g.args[i][0] == base for i in _parts(g, top))


def _shared(g: Graph, value: int, exponent: int) -> bool:
    """Whether a product is one of values that the exponent is made of too: then it may overflow where that does."""
    own = set(_parts(g, exponent, ("divide", "hypot", "sqrt", "abs", "power")))
    return not own.isdisjoint(i for i in _parts(g, value) if g.constant[i] is None)


def _parts(g: Graph, top: int, more: tuple[str, ...] = ()) -> list[int]:
    found: list[int] = []
    stack = [top]
    while stack and len(found) < _MOST:
        i = stack.pop()
        found.append(i)
        if g.ops[i] in _SUMS or g.ops[i] == "multiply" or g.ops[i] in more:
            stack += g.args[i]
    return found


def form(g: Graph, value: int, far: int) -> int:
    """0 where a factor has vanished."""
    return g.select(far, g.number(0), value)


def form_of_quotient(g: Graph, u: int, v: int, far: int) -> int:
    """u/v, and 0 where a factor of u has vanished."""
    return g.select(far, g.number(0), g.divide(u, v))
