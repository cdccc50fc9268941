"""Logarithms: ln Σ e^u, ln of products with exponentials, of sinh, cosh, e^u − 1 and of what is close to 1.

None of them overflows where the logarithm does not, and beside 1 the digits of what is missing from 1 are kept.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from symgrad.program import cancel, complements, removable
from symgrad.program.graph import Graph

if TYPE_CHECKING:
    from symgrad.program.stable import StableGraph

_HALF = Fraction(1, 2)


def log(g: "StableGraph", x: int, inner: str) -> int | None:
    """ln x in a better form, where x is of the kind `inner`; None if there is none."""
    args = g.args[x]
    if inner == "exp":
        return int(args[0])
    if inner == "sigmoid":
        return g.negate(g.node("softplus", g.negate(args[0])))
    if inner == "abs" and g.ops[args[0]] == "sinh":
        return g.node("log_abs_sinh", g.args[args[0]][0])
    if inner == "cosh":
        return g.node("log_cosh", args[0])
    if inner == "sinh":  # NaN below 0
        return g.add(g.node("log_abs_sinh", args[0]), g.unary("log", g.unary("sign", args[0])))
    if inner == "expm1":
        return g.node("log_expm1", args[0])
    if inner == "multiply":
        return _log_of_product(g, x)
    if inner == "negate" and g.ops[args[0]] == "expm1":
        return g.node("log_one_minus_exp", g.args[args[0]][0])
    if inner == "divide" and g.constant[args[1]] is not None:
        scale = g.unary("log", args[1])
        return g.subtract(g.args[args[0]][0], scale) if g.ops[args[0]] == "exp" else None
    if inner in ("divide", "homographic"):
        step = cancel.difference(g, *args[:2])
        return None if step is None else g.unary("log1p", g.divide(step, args[1]))
    if inner in ("add", "subtract"):
        terms = g.addends(x)
        found = None
        if len(terms) == 2 and "cosh" in g.tables:
            found = _log_of_one_plus_cosh(g, terms)
        elif len(terms) == 2 and "sqrt" in g.tables:
            found = complements.area(g, terms)
        if found is not None:
            return found
        exponents = [_scaled_exponent(g, term) for term in terms]
        if all(exponent is not None for exponent in exponents) and _has_powers(g, terms):
            return log_sum_exp(g, [exponent for exponent in exponents if exponent is not None])
        for k, term in enumerate(terms):
            if g.constant[term] == 1:
                return Graph.unary(g, "log1p", Graph.sum(g, terms[:k] + terms[k + 1 :]))
    if inner == "negate" and g.ops[args[0]] == "select":  # √(u² + 1) − u with its conjugate where u > 0
        terms = [g.negate(term) for term in g.addends(g.args[args[0]][2], 3)]
        return complements.area(g, terms) if len(terms) == 2 else None
    if inner in removable.CONTINUED:  # ln(sin(u)/u) is 0 to the second order
        return removable.continued_function(g, g.node("log", x), _log_of_growing(g, x))
    return None


def _log_of_growing(g: "StableGraph", x: int) -> int:
    """ln(sinh(u)/u) = ln|sinh u| − ln|u|, and likewise with e^u − 1: these do not overflow."""
    op, args = g.ops[x], g.args[x]
    direct = args[1] if op == "continued" else x
    if op == "exponential_moment" and g.constant[args[0]] == 0:
        below, above = (g.node(name, args[1]) for name in ("log_one_minus_exp", "log_expm1"))
        growth = g.select(g.node("less", args[1], g.number(0)), below, above)
        return g.subtract(growth, g.unary("log", g.unary("abs", args[1])))
    if g.ops[direct] == "divide" and g.args[direct] == (g.unary("sinh", args[0]), args[0]):
        return g.subtract(g.node("log_abs_sinh", args[0]), g.unary("log", g.unary("abs", args[0])))
    return g.node("log", x)


def _log_of_product(g: "StableGraph", x: int) -> int | None:
    """ln(c·e^u·v) = u + ln(c·v), and ln(c·v) = ln c + ln v where ln v is better than v."""
    c, v = g.args[x]
    if g.ops[v] == "exp" or g.ops[c] == "exp":
        power, rest = (v, c) if g.ops[v] == "exp" else (c, v)
        return g.add(g.args[power][0], g.unary("log", rest))
    scale = g.constant[c]
    if scale is None or scale <= 0 or g.ops[v] not in ("multiply", "cosh", "expm1", "sigmoid", "add", "abs"):
        return None
    found = log(g, v, g.ops[v])
    if found is None or g.ops[found] == "log1p":
        return None
    return g.add(found, g.unary("log", c))


def exponent_of(g: "StableGraph", x: int) -> int | None:
    """u where x is e^u; 1 counts as e^0."""
    if g.ops[x] == "exp":
        return int(g.args[x][0])
    return g.number(0) if g.constant[x] == 1 else None


def _scaled_exponent(g: "StableGraph", x: int) -> int | None:
    """u where x is e^u; c·e^u with a number c > 0 counts as e^(u + ln c)."""
    scale, power = g.constant[x], exponent_of(g, x)
    if power is None and scale is not None:
        return g.unary("log", x) if scale > 0 else None
    if power is None and g.ops[x] == "multiply":
        scale, power = g.constant[g.args[x][0]], exponent_of(g, g.args[x][1])
        if scale is None or scale <= 0 or power is None:
            return None
        return g.add(power, g.unary("log", g.args[x][0]))
    return power


def _log_of_one_plus_cosh(g: "StableGraph", terms: Sequence[int]) -> int | None:
    """ln(c + c·cosh u) = ln 2c + 2 ln cosh(u/2)."""
    first, second = terms if g.constant[terms[0]] is not None else terms[::-1]
    scale, v = g.args[second] if g.ops[second] == "multiply" else (g.number(1), second)
    if g.ops[v] != "cosh" or scale != first or g.constant[scale] <= 0:
        return None
    half = g.node("log_cosh", g.multiply(g.number(_HALF), g.args[v][0]))
    twice = g.number(2)
    return g.add(g.multiply(twice, half), g.unary("log", g.multiply(twice, scale)))


def _has_powers(g: "StableGraph", terms: Sequence[int]) -> bool:
    return any(g.constant[term] is None for term in terms)


def log_sum_exp(g: "StableGraph", exponents: Sequence[int]) -> int:
    """ln Σ e^(u_k): the largest exponent taken out, so that nothing overflows."""
    if len(exponents) == 2:
        u, v = exponents
        if g.constant[u] == 0:
            return g.node("softplus", v)
        if g.constant[v] == 0:
            return g.node("softplus", u)
        return g.node("logaddexp", u, v)
    row = list(exponents)
    while len(row) > 1:  # in pairs: the chain of comparisons stays short
        row = [g.binary("maximum", *row[k : k + 2]) if k + 1 < len(row) else row[k] for k in range(0, len(row), 2)]
    largest = g.node("fixed", row[0])
    powers = [g.unary("exp", Graph.subtract(g, exponent, largest)) for exponent in exponents]
    total = Graph.sum(g, powers)
    if all(g.constant[exponent] is None for exponent in exponents):
        return g.add(largest, g.node("log_total", total))
    # with a constant among them the result can be tiny: total − 1 as the sum of all but the largest power
    zero, one = g.number(0), g.number(1)
    first = [g.node("equal", exponent, largest) for exponent in exponents]
    others = Graph.sum(g, [g.select(is_first, zero, power) for is_first, power in zip(first, powers)])
    ties = Graph.sum(g, [g.select(is_first, one, zero) for is_first in first])
    rest = g.add(others, g.subtract(ties, one))
    return g.add(largest, g.node("log_of_sum", total, rest))
