"""Quotients that overflow, cancel in their derivative, or are 0/0: sinh/cosh, e^u/(e^u + e^v), u/(u + 1), sin(u)/u, …

Each rule takes the stable graph, numerator and denominator, and gives the quotient in another form, or None.
"""

from fractions import Fraction
from typing import TYPE_CHECKING

from symgrad.program import cancel
from symgrad.program.differences import Rule
from symgrad.program.graph import Graph
from symgrad.program.logarithms import exponent_of, log_sum_exp

if TYPE_CHECKING:
    from symgrad.program.stable import StableGraph

_HALF = Fraction(1, 2)


def _limit_at_zero(g: "StableGraph", x: int, y: int) -> int | None:
    """sin(u)/u and (e^u − 1)/u, continued to u = 0."""
    if g.ops[x] == "sin" and g.args[x][0] == y:
        return g.node("bessel_ratio", g.number(0), y)
    if g.ops[x] == "expm1" and g.args[x][0] == y:
        return g.node("exponential_moment", g.number(0), y)
    return None


def _hyperbolic(g: "StableGraph", x: int, y: int) -> int | None:
    """sinh/cosh in its spellings is tanh; 1/sinh and 1/cosh have derivatives that do not overflow."""
    (cx, u), (cy, v) = _coefficient(g, x), _coefficient(g, y)
    if g.ops[u] == "expm1" and g.ops[v] == "add" and g.constant[g.args[v][0]] == 1:
        power = g.args[v][1]
        if g.ops[power] == "exp" and g.args[power][0] == g.args[u][0]:
            return g.multiply(g.divide(cx, cy), g.unary("tanh", g.multiply(g.number(_HALF), g.args[u][0])))
    if g.ops[v] not in ("sinh", "cosh"):
        return None
    angle = g.args[v][0]
    factor = g.divide(cx, cy)
    if {g.ops[u], g.ops[v]} == {"sinh", "cosh"} and g.args[u][0] == angle:
        tangent = g.unary("tanh", angle)
        return g.multiply(factor, tangent if g.ops[v] == "cosh" else g.divide(g.number(1), tangent))
    return g.product([factor, u, g.node("csch" if g.ops[v] == "sinh" else "sech", angle)])


def _coefficient(g: "StableGraph", x: int) -> tuple[int, int]:
    """A value as a constant times another."""
    if g.ops[x] == "multiply" and g.constant[g.args[x][0]] is not None:
        return g.args[x][0], g.args[x][1]
    if g.ops[x] == "negate":
        return g.number(-1), g.args[x][0]
    return g.number(1), x


def _growing_square(g: "StableGraph", x: int, y: int) -> int | None:
    """u/(sinh v·sinh v), u/(e^v − 1)² and u/(1 + e^v)², factor by factor."""
    if g.ops[y] != "multiply" or not any(_grows(g, factor) for factor in g.args[y]):
        return None
    first, second = g.args[y]
    if not _grows(g, first):
        first, second = second, first
    return g.quotient(g.quotient(x, first), second)


def _grows(g: "StableGraph", x: int) -> bool:
    """Whether a value is sinh, cosh, e^u − 1, a sum of exponentials, or a product of two such."""
    if g.ops[x] == "multiply" and g.args[x][0] == g.args[x][1]:
        x = g.args[x][0]
    if g.ops[x] in ("add", "subtract"):
        exponents = [exponent_of(g, term) for term in g.addends(x, 8)]
        return None not in exponents and any(exponent != g.number(0) for exponent in exponents)
    return g.ops[x] in ("sinh", "cosh", "expm1")


def _logistic(g: "StableGraph", x: int, y: int) -> int | None:
    """x/(1 + e^u) = x·σ(−u), e^u/(1 + e^u) = σ(u), e^u/(e^u + e^v) = σ(u − v), and so on for more terms."""
    if g.ops[y] not in ("add", "subtract"):
        return None
    exponents = [exponent_of(g, term) for term in g.addends(y, 64)]
    if any(exponent is None for exponent in exponents) or all(exponent == g.number(0) for exponent in exponents):
        return None
    known = [exponent for exponent in exponents if exponent is not None]
    if g.ops[x] in ("add", "subtract", "multiply"):
        return _weighted(g, x, y, known)
    top = g.args[x][0] if g.ops[x] == "exp" else None
    if len(known) == 2:
        for wanted in (top, g.number(0)):
            if wanted in known:
                other = known[1 - known.index(wanted)]
                sigmoid = g.node("sigmoid", Graph.subtract(g, wanted, other))
                return sigmoid if wanted == top else g.product([x, sigmoid])
        return None
    if top is None:
        return None
    return g.unary("exp", Graph.subtract(g, top, log_sum_exp(g, known)))


def _weighted(g: "StableGraph", x: int, y: int, known: list[int]) -> int | None:
    """(a·e^u + b·e^v)/(e^u + e^v) with each exponential divided by the sum."""
    terms = []
    for term in g.addends(x, 16):
        exponent = next((u for u in known if _over_power(g, term, u) is not None), None)
        if exponent is None:
            return _one_over(g, x, known) if len(known) == 2 else None
        rest = _over_power(g, term, exponent)
        assert rest is not None
        terms.append(g.product([rest, g.quotient(g.unary("exp", exponent), y)]))
    return g.sum(terms)


def _one_over(g: "StableGraph", x: int, known: list[int]) -> int | None:
    """x/(1 + e^u) = x·σ(−u)."""
    zero = g.number(0)
    if zero not in known:
        return None
    return g.product([x, g.node("sigmoid", g.negate(known[1 - known.index(zero)]))])


def _bose(g: "StableGraph", x: int, y: int) -> int | None:
    """x/(e^u − 1) and e^u/(e^u − 1): 1/(e^u − 1) has a derivative that does not overflow."""
    constant, v = _coefficient(g, y)
    if g.ops[v] != "expm1":
        return None
    angle = g.args[v][0]
    rest = _over_power(g, x, angle)
    if rest is not None:
        return g.negate(g.product([g.divide(rest, constant), g.node("bose", g.negate(angle))]))
    return g.product([g.divide(x, constant), g.node("bose", angle)])


def _over_power(g: "StableGraph", x: int, exponent: int) -> int | None:
    """x/e^u where e^u is a factor of x."""
    power = g.unary("exp", exponent)
    return _without(g, x, power) if power in _exponents_of(g, x) else None


def _exponential_taken_out(g: "StableGraph", x: int, y: int) -> int | None:
    """x/(e^u·v) and x/(Σ e^u·v_k): the exponential divided into the numerator, which then need not overflow."""
    if g.ops[y] == "exp":
        if g.ops[x] == "exp":
            return g.unary("exp", g.sum([g.args[x][0], g.negate(g.args[y][0])]))
        return None
    if g.ops[y] not in ("add", "subtract", "multiply"):
        return None
    terms = g.addends(y, 16)
    common = set(_exponents_of(g, terms[0]))
    for term in terms[1:]:
        common &= set(_exponents_of(g, term))
    if not common:
        return None
    power = min(common)
    below = g.sum([_without(g, term, power) for term in terms])
    above = g.sum([_without(g, term, power) for term in g.addends(x, 16)])
    return g.quotient(above, below)


def _cosh_taken_out(g: "StableGraph", x: int, y: int) -> int | None:
    """(a·sinh u + b)/(c·cosh u + d) with both divided by cosh u, which then need not overflow."""
    if g.ops[y] not in ("add", "subtract") or "cosh" not in g.tables:
        return None
    above, below = ([_factors(g, term) for term in g.addends(part, 16)] for part in (x, y))
    growing = {factor for factors in above for factor in factors if g.ops[factor] in ("sinh", "cosh")}
    power = next((f for factors in below for f in factors if g.ops[f] == "cosh"), None)
    if power is None or g.args[power] not in [g.args[factor] for factor in growing]:
        return None
    angle = g.args[power][0]
    scaled = [g.sum([_over_cosh(g, factors, angle) for factors in part]) for part in (above, below)]
    return g.divide(*scaled)


def _over_cosh(g: "StableGraph", factors: list[int], angle: int) -> int:
    """A product divided by cosh u."""
    for k, factor in enumerate(factors):
        if g.ops[factor] in ("sinh", "cosh") and g.args[factor][0] == angle:
            left = [*factors[:k], *factors[k + 1 :]]
            return g.product([*left, g.unary("tanh", angle)] if g.ops[factor] == "sinh" else left)
    return g.product([*factors, g.node("sech", angle)])


def _exponents_of(g: "StableGraph", term: int) -> list[int]:
    """The exponentials that are factors of a term."""
    found, stack = [], [term]
    while stack:
        i = stack.pop()
        if g.ops[i] in ("multiply", "negate"):
            stack.extend(g.args[i])
        elif g.ops[i] == "exp":
            found.append(i)
    return found


def _without(g: "StableGraph", term: int, power: int) -> int:
    """The term divided by an exponential."""
    if term == power:
        return g.number(1)
    if g.ops[term] == "negate":
        return g.negate(_without(g, g.args[term][0], power))
    if g.ops[term] == "multiply":
        for own, other in (g.args[term], g.args[term][::-1]):
            if power in _exponents_of(g, own):
                return g.multiply(_without(g, own, power), other)
    return g.product([term, g.unary("exp", g.negate(g.args[power][0]))])


def _homographic(g: "StableGraph", x: int, y: int) -> int | None:
    """u/(ku + c): its derivative c/(ku + c)² without the cancellation of the quotient rule."""
    if g.ops[y] not in ("add", "subtract") or g.constant[x] is not None:
        return None
    found = cancel.affine(g, y, x)
    if found is not None and found[1]:
        return g.node("homographic", x, y, g.number(found[1]))
    rest = cancel.difference(g, y, x)
    return None if rest is None or g.constant[rest] is not None else g.node("homographic", x, y, rest)


def _part_of_the_sum(g: "StableGraph", x: int, y: int) -> int | None:
    """uw/(u + w), where neither derivative cancels, and s·u/(u + w) with u/(u + w) for itself."""
    if g.ops[y] not in ("add", "subtract") or g.ops[x] != "multiply":
        return None
    for u, other in (g.args[x], g.args[x][::-1]):
        if g.constant[u] is None and g.constant[other] is None:
            rest = cancel.difference(g, y, u)
            if rest == other:
                return g.node("parallel", u, rest, y)
            if rest is not None and g.constant[rest] is None:
                return g.multiply(other, g.node("homographic", u, y, rest))
    return None


def _over_root(g: "StableGraph", x: int, y: int) -> int | None:
    """u/√(u² + c): its derivative c/√(u² + c)³ without the cancellation of the quotient rule."""
    if g.ops[y] != "sqrt" or g.constant[x] is not None:
        return None
    rest = cancel.difference(g, g.args[y][0], g.multiply(x, x))
    return None if rest is None else g.node("over_root", x, rest, y)


def _into_branches(g: "StableGraph", x: int, y: int) -> int | None:
    """(p/w if … else q)/y where y divides p: the conjugate form of a root of a quadratic without its 0/0."""
    if g.ops[x] == "negate":
        found = _into_branches(g, g.args[x][0], y)
        return None if found is None else g.negate(found)
    if g.ops[x] != "select":
        return None
    condition, first, second = g.args[x]
    shorter = [_factors_cancelled(g, branch, y) for branch in (first, second)]
    if shorter == [None, None]:
        return None
    chosen = [g.divide(old, y) if new is None else new for old, new in zip((first, second), shorter)]
    return g.select(condition, *chosen)


def _factors_cancelled(g: "StableGraph", x: int, y: int) -> int | None:
    """(p/w)/y where every factor of y is one of p."""
    sign = g.ops[x] == "negate"
    x = g.args[x][0] if sign else x
    if g.ops[x] != "divide":
        return None
    above, below = _factors(g, g.args[x][0]), _factors(g, y)
    left = []
    for factor in below:
        if factor in above:
            above.remove(factor)
        elif g.constant[factor] is not None:
            left.append(factor)
        else:
            return None
    value = g.divide(g.divide(g.product(above), g.product(left)), g.args[x][1])
    return g.negate(value) if sign else value


def _factors(g: "StableGraph", x: int) -> list[int]:
    found, stack = [], [x]
    while stack:
        i = stack.pop()
        if g.ops[i] == "multiply":
            stack.extend(g.args[i])
        elif g.ops[i] == "negate":
            found.append(g.number(-1))
            stack.append(g.args[i][0])
        else:
            found.append(i)
    return found


def _divided_out(g: "StableGraph", x: int, y: int) -> int | None:
    """A polynomial divided by one that divides it: (u³ − 1)/(u − 1) = u² + u + 1."""
    if g.ops[y] not in ("add", "subtract") or g.ops[x] not in ("add", "subtract", "difference_of_squares", "refined"):
        return None
    found = cancel.divided(g, g.args[x][0] if g.ops[x] == "refined" else x, y)
    return None if found is None else cancel.build(g, found)


QUOTIENTS: tuple[Rule, ...] = (
    _into_branches,
    _divided_out,
    _over_root,
    _limit_at_zero,
    _hyperbolic,
    _growing_square,
    _logistic,
    _bose,
    _exponential_taken_out,
    _cosh_taken_out,
    _homographic,
    _part_of_the_sum,
)
