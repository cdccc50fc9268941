"""Local derivatives of the operations: THE table of this room.

A row takes the graph, the adjoint d of the value, the value i itself and its arguments, and gives d·∂i/∂argument
for each argument. Values already there are used again: (e^u)′ is the value, (tan u)′ is 1 + value². At kinks a row
takes the subgradient that it says; a tie of max or min is shared equally, so that |u| = max(u, −u) has slope 0 at 0.
The same functions as `calculus.elementary`; a test compares them.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from symgrad.program.exact import PiTimes
from symgrad.program.graph import Graph
from symgrad.program.special_rules import SPECIAL_RULES

Rule = Callable[..., tuple[int, ...]]
_HALF = Fraction(1, 2)


def _one(g: Graph) -> int:
    return g.number(1)


def _square(g: Graph, x: int) -> int:
    return g.multiply(x, x)


def add(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    return d, d


def subtract(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    return d, g.negate(d)


def multiply(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    if u == v:
        return g.multiply(g.number(2), g.multiply(d, u)), g.number(0)
    if g.constant[u] is not None:
        return g.number(0), g.multiply(d, u)
    return g.multiply(d, v), g.multiply(d, u)


def divide(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    quotient = g.multiply(d, i) if g.constant[u] == 1 else g.divide(d, v)  # no division where there was one
    return quotient, g.negate(g.multiply(quotient, i))


def power(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    # v·u^(v−1); with a constant exponent u^(v−1) = u^v/u would be 0/0 at 0
    by_base = g.multiply(d, g.multiply(v, g.power(u, g.subtract(v, _one(g)))))
    if g.constant[v] is not None:
        return by_base, g.number(0)
    # u^v·ln u is 0 at u = 0 for v > 0, not 0·(−∞)
    logarithm = g.select(g.node("equal", u, g.number(0)), g.number(0), g.unary("log", u))
    if g.constant[u] is not None:
        logarithm = g.unary("log", u) if g.constant[u] != 0 else g.number(0)
    return by_base, g.multiply(d, g.multiply(i, logarithm))


def sqrt(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(g.multiply(g.number(_HALF), d), i),)


def cbrt(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, g.multiply(g.number(3), _square(g, i))),)


def exp(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, i),)


def expm1(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.unary("exp", u)),)


def log(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, u),)


def log1p(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, g.add(_one(g), u)),)


def sin(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.unary("cos", u)),)


def cos(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.negate(g.multiply(d, g.unary("sin", u))),)


def tan(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.add(_one(g), _square(g, i))),)


def arcsin(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, _root_of_one_minus_square(g, u)),)


def arccos(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.negate(g.divide(d, _root_of_one_minus_square(g, u))),)


def _root_of_one_minus_square(g: Graph, u: int) -> int:
    """√((1 − u)(1 + u)): no cancellation near ±1."""
    return g.unary("sqrt", g.multiply(g.subtract(_one(g), u), g.add(_one(g), u)))


def arctan(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, g.add(_one(g), _square(g, u))),)


def atan2(g: Graph, d: int, i: int, y: int, x: int) -> tuple[int, ...]:
    quotient = g.divide(d, g.add(_square(g, y), _square(g, x)))
    return g.multiply(quotient, x), g.negate(g.multiply(quotient, y))


def hypot(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    """u/√(u² + v²), and 0 at the origin."""
    safe = g.select(g.node("equal", i, g.number(0)), _one(g), i)
    quotient = g.divide(d, safe)
    return g.multiply(quotient, u), g.multiply(quotient, v)


def sinh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.unary("cosh", u)),)


def cosh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.unary("sinh", u)),)


def tanh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.node("tanh_slope", u)),)


def tanh_slope(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.multiply(g.number(-2), g.multiply(i, g.unary("tanh", u)))),)


def arsinh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, g.binary("hypot", _one(g), u)),)


def arcosh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    roots = g.multiply(g.unary("sqrt", g.subtract(u, _one(g))), g.unary("sqrt", g.add(u, _one(g))))
    return (g.divide(d, roots),)


def artanh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, g.multiply(g.subtract(_one(g), u), g.add(_one(g), u))),)


def erf(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.multiply(g.number(2 / math.sqrt(math.pi)), g.unary("exp", g.negate(_square(g, u))))),)


def erfc(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.negate(erf(g, d, i, u)[0]),)


def erfinv(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.multiply(g.number(math.sqrt(math.pi) / 2), g.unary("exp", _square(g, i)))),)


def gamma(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.multiply(i, g.unary("digamma", u))),)


def lgamma(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.unary("digamma", u)),)


def digamma(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.node("polygamma", _one(g), u)),)


def polygamma(g: Graph, d: int, i: int, n: int, u: int) -> tuple[int, ...]:
    return g.number(math.nan), g.multiply(d, g.node("polygamma", g.add(n, _one(g)), u))


def absolute(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """Kink at 0: slope 0 there."""
    return (g.multiply(d, g.unary("sign", u)),)


def mod(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    """u − v⌊u/v⌋: slopes 1 and −⌊u/v⌋ between the jumps, and on them."""
    return d, g.negate(g.multiply(d, g.unary("floor", g.divide(u, v))))


def maximum(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    """The larger one takes all; a tie is shared equally."""
    first = g.multiply(d, _share(g, u, v))
    return first, g.subtract(d, first)


def _share(g: Graph, u: int, v: int) -> int:
    """1 where u > v, 0 where u < v, ½ at a tie."""
    return g.multiply(g.number(_HALF), g.add(_one(g), g.unary("sign", g.subtract(u, v))))


def minimum(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    """The smaller one takes all; a tie is shared equally."""
    first = g.multiply(d, _share(g, v, u))
    return first, g.subtract(d, first)


def relu(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """Kink at 0: slope 0 there, as everybody trains with."""
    return (g.select(g.node("less", g.number(0), u), d, g.number(0)),)


def select(g: Graph, d: int, i: int, condition: int, u: int, v: int) -> tuple[int, ...]:
    """The value chosen takes all; what the other one would take is cut off where it leaves its branch (`guards`)."""
    return g.number(0), d, d


def constant_between_jumps(g: Graph, d: int, i: int, *args: int) -> tuple[int, ...]:
    return (g.number(0),) * len(args)


# ---- operations that stand for stable forms and are expanded before a program is made (see `stable`) ---------------


def sigmoid(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.node("sigmoid_slope", u)),)


def sigmoid_slope(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """σ″ = −σ′·tanh(u/2): no cancellation near 0."""
    return (g.negate(g.multiply(d, g.multiply(i, g.unary("tanh", g.multiply(g.number(_HALF), u))))),)


def softplus(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.node("sigmoid", u)),)


def logaddexp(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    difference = g.subtract(u, v)
    return g.multiply(d, g.node("sigmoid", difference)), g.multiply(d, g.node("sigmoid", g.negate(difference)))


def fixed(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """A value whose size does not matter for the result (the largest exponent): it carries no derivative."""
    return (g.number(0),)


def log_total(g: Graph, d: int, i: int, total: int) -> tuple[int, ...]:
    """log(total) of a sum of exponentials."""
    return (g.divide(d, total),)


def refined(g: Graph, d: int, i: int, u: int, better: int) -> tuple[int, ...]:
    """A value u whose digits are those of a better form; the derivative is that of u."""
    return d, g.number(0)


def log_of_sum(g: Graph, d: int, i: int, total: int, rest: int) -> tuple[int, ...]:
    """log(total) where rest = total − 1 is known more exactly; the derivative comes through the total."""
    return g.divide(d, total), g.number(0)


def bessel_ratio(g: Graph, d: int, i: int, order: int, u: int) -> tuple[int, ...]:
    """S_k = j_k(u)/u^k, S_0 = sin(u)/u: S_k′ = −u·S_(k+1)."""
    return g.number(0), g.negate(g.multiply(d, g.multiply(u, g.node("bessel_ratio", g.add(order, _one(g)), u))))


def exponential_moment(g: Graph, d: int, i: int, order: int, u: int) -> tuple[int, ...]:
    """E_k = ∫₀¹ t^k e^(ut) dt, E_0 = (e^u − 1)/u: E_k′ = E_(k+1)."""
    return g.number(0), g.multiply(d, g.node("exponential_moment", g.add(order, _one(g)), u))


def csch(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """1/sinh u: −csch u·coth u."""
    return (g.negate(g.multiply(d, g.divide(i, g.unary("tanh", u)))),)


def sech(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """1/cosh u: −sech u·tanh u."""
    return (g.negate(g.multiply(d, g.multiply(i, g.unary("tanh", u)))),)


def bose(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """b(u) = 1/(e^u − 1): b′ = b(u)·b(−u)."""
    return (g.multiply(d, g.multiply(i, g.node("bose", g.negate(u)))),)


def log_cosh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.multiply(d, g.unary("tanh", u)),)


def log_abs_sinh(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.divide(d, g.unary("tanh", u)),)


def log_expm1(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """ln(e^u − 1): 1/(1 − e^(−u))."""
    return (g.negate(g.multiply(d, g.node("bose", g.negate(u)))),)


def log_one_minus_exp(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """ln(1 − e^u): −e^u/(1 − e^u) = 1/(1 − e^(−u))."""
    return log_expm1(g, d, i, u)


def difference_of_squares(g: Graph, d: int, i: int, u: int, v: int) -> tuple[int, ...]:
    double = g.multiply(g.number(2), d)
    return g.multiply(double, u), g.negate(g.multiply(double, v))


def turn(g: Graph, d: int, i: int, u: int, period: int) -> tuple[int, ...]:
    """u less whole periods: slope 1; only functions with this period ever see it."""
    return d, g.number(0)


def faded_quotient(g: Graph, d: int, i: int, *args: int) -> tuple[int, ...]:
    """u/v that is 0 where a factor of u has vanished: like a quotient, with the value in place of u/v."""
    _, v, _ = args
    return g.divide(d, v), g.negate(g.divide(g.multiply(d, i), v)), g.number(0)


def compound(g: Graph, d: int, i: int, u: int, y: int) -> tuple[int, ...]:
    """(1 + u)^y: y·(1 + u)^(y − 1) by u and ln(1 + u) times the value by y."""
    by_base = g.multiply(d, g.multiply(y, g.node("compound", u, g.subtract(y, _one(g)))))
    if g.constant[y] is not None:
        return by_base, g.number(0)
    return by_base, g.multiply(d, g.multiply(i, g.unary("log1p", u)))


def sinpi(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """sin(πu): π·cos(πu)."""
    return (g.multiply(d, g.multiply(g.number(PiTimes(1)), g.node("cospi", u))),)


def cospi(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    """cos(πu): −π·sin(πu)."""
    return (g.multiply(d, g.multiply(g.number(PiTimes(-1)), g.node("sinpi", u))),)


def over_root(g: Graph, d: int, i: int, *args: int) -> tuple[int, ...]:
    """u/√(u² + c): c/√³ by u and −u/(2√³) by c; the root itself is counted there."""
    u, c, root = args
    cube = g.divide(d, g.multiply(root, _square(g, root)))
    return g.multiply(c, cube), g.multiply(g.number(-_HALF), g.multiply(u, cube)), g.number(0)


def homographic(g: Graph, d: int, i: int, *args: int) -> tuple[int, ...]:
    """u/v with v = ku + c: c/v² by u and −u/v² by c, all of it counted there."""
    _, v, c = args
    by_rest = g.number(0) if g.constant[c] is not None else g.negate(g.divide(g.multiply(d, i), v))
    return g.divide(g.multiply(d, c), _square(g, v)), g.number(0), by_rest


def parallel(g: Graph, d: int, i: int, *args: int) -> tuple[int, ...]:
    """uw/v with v = u + w: (w/v)² by u and (u/v)² by w, all of it counted there."""
    u, w, v = args
    first, second = g.divide(w, v), g.divide(u, v)
    return g.multiply(d, _square(g, first)), g.multiply(d, _square(g, second)), g.number(0)


def faded(g: Graph, d: int, i: int, u: int, far: int) -> tuple[int, ...]:
    """A product that is 0 where a factor has vanished: so are its derivatives, each a product of the same kind."""
    return d, g.number(0)


def odd_root(g: Graph, d: int, i: int, n: int, u: int) -> tuple[int, ...]:
    """|u|^(1/n − 1)/n: +∞ at 0."""
    exponent = g.subtract(g.divide(_one(g), n), _one(g))
    return g.number(0), g.multiply(d, g.divide(g.power(g.unary("abs", u), exponent), n))


def negate(g: Graph, d: int, i: int, u: int) -> tuple[int, ...]:
    return (g.negate(d),)


_NAMED: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        *(add, subtract, multiply, divide, negate, power, sqrt, cbrt, exp, expm1, log, log1p),
        *(sin, cos, tan, arcsin, arccos, arctan, atan2, hypot, sinh, cosh, tanh, arsinh, arcosh, artanh),
        *(erf, erfc, erfinv, gamma, lgamma, digamma, polygamma, mod, maximum, minimum, relu, select),
        *(tanh_slope, sigmoid, sigmoid_slope, softplus, logaddexp, fixed, refined, log_total, log_of_sum),
        *(bessel_ratio, exponential_moment, csch, sech, bose, log_cosh, log_abs_sinh, log_expm1, log_one_minus_exp),
        *(
            compound,
            homographic,
            parallel,
            difference_of_squares,
            over_root,
            turn,
            sinpi,
            cospi,
            odd_root,
            faded,
            faded_quotient,
        ),
    )
}
_OTHERS: dict[str, Rule] = {"abs": absolute} | dict.fromkeys(("sign", "floor", "ceil", "round"), constant_between_jumps)
DERIVATIVES: dict[str, Rule] = _NAMED | _OTHERS | SPECIAL_RULES
