"""Power series of nodes, exactly: what a value is like beside a point, leading terms that cancel included.

A series is (valuation, coefficients): t^v·(c₀ + c₁t + …) with rational c₀ ≠ 0, in t = base − point. Here is only the
arithmetic; which values are continued by their series stands in `removable`. What has no such series beside the point
(a kink, a branch, an irrational constant inside a function) is None.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from symgrad.program.graph import Graph

Coefficients = list[Any]  # int or Fraction


class Series(NamedTuple):
    """t^valuation·Σ c_k t^k, known as far as there are coefficients."""

    valuation: int
    coefficients: Coefficients


class Expansion:
    """The series of nodes of a graph beside base = point, each computed once.

    >>> g = Graph(1)
    >>> Expansion(g, 0, 0, 4).of(g.subtract(g.unary("sin", 0), 0))
    Series(valuation=3, coefficients=[Fraction(-1, 6)])
    """

    def __init__(self, g: Graph, base: int, point: int, terms: int) -> None:
        self.g, self.terms = g, terms
        start = [point, 1] if point else [1]
        self.known: dict[int, Series | None] = {
            base: Series(0 if point else 1, start + [0] * (terms - len(start))),
        }

    def of(self, root: int) -> Series | None:
        """The series of a node; None where there is none."""
        g, known = self.g, self.known
        stack = [root]
        while stack:
            i = stack[-1]
            if i in known:
                stack.pop()
                continue
            waiting = [child for child in self._parts(i) if child not in known]
            if waiting:
                if len(stack) > _DEEPEST or g.ops[i] not in RULES:
                    return None
                stack += waiting
                continue
            stack.pop()
            known[i] = self._made(i)
            if known[i] is None:
                return None
        return known[root]

    def _parts(self, i: int) -> tuple[int, ...]:
        """What the series of a node comes from."""
        op, args = self.g.ops[i], self.g.args[i]
        if op in ("input", "constant"):
            return ()
        return args[SAME[op] : SAME[op] + 1] if op in SAME else args

    def _made(self, i: int) -> Series | None:
        g = self.g
        constant = g.constant[i]
        if constant is not None:
            return self.number(constant)
        rule = RULES.get(g.ops[i])
        parts = [self.known[child] for child in self._parts(i)]
        if rule is None or any(part is None for part in parts):
            return None
        found: Series | None = rule(self, *parts)
        return found if found is None or found.coefficients else None

    def number(self, value: Any) -> Series | None:
        """A constant: a double counts as the rational number that it is."""
        if isinstance(value, float):
            if not math.isfinite(value):
                return None
            value = Fraction(value)
        return Series(0, [value] + [0] * (self.terms - 1))


_DEEPEST = 40


# ---- arithmetic ------------------------------------------------------------------------------------------------------


def _stripped(valuation: int, coefficients: Coefficients) -> Series:
    """Without the leading terms that cancelled."""
    k = next((k for k, value in enumerate(coefficients) if value), len(coefficients))
    return Series(valuation + k, coefficients[k:])


def _is_zero(p: Series) -> bool:
    return not any(p.coefficients)


def plus(p: Series, q: Series, sign: int = 1) -> Series:
    """p ± q, as far as both are known."""
    low = min(p.valuation, q.valuation)
    high = min(p.valuation + len(p.coefficients), q.valuation + len(q.coefficients))
    total = [0] * max(0, high - low)
    for (valuation, coefficients), factor in ((p, 1), (q, sign)):
        for k, value in enumerate(coefficients[: max(0, high - valuation)]):
            if value:
                total[valuation - low + k] += factor * value
    if not any(total) and total:  # 0 as far as is known
        return Series(low, total)
    return _stripped(low, total)


def times(p: Series, q: Series) -> Series:
    """p·q."""
    return Series(p.valuation + q.valuation, _product(p.coefficients, q.coefficients))


def _product(p: Coefficients, q: Coefficients) -> Coefficients:
    length = min(len(p), len(q))
    total: Coefficients = [0] * length
    right = [(j, value) for j, value in enumerate(q[:length]) if value]
    for k, left in enumerate(p[:length]):
        if left:
            for j, value in right:
                if k + j >= length:
                    break
                total[k + j] += left * value
    return total


def over(p: Series, q: Series) -> Series | None:
    """p/q, where q is not 0."""
    if not q.coefficients or not q.coefficients[0]:
        return None
    length = min(len(p.coefficients), len(q.coefficients))
    first, rest = Fraction(q.coefficients[0]), [(j, c) for j, c in enumerate(q.coefficients[:length]) if c and j]
    quotient: Coefficients = []
    for k in range(length):
        value = p.coefficients[k]
        for j, c in rest:
            if j > k:
                break
            value -= c * quotient[k - j]
        quotient.append(value / first)
    return Series(p.valuation - q.valuation, quotient)


def _absolute(p: Series, terms: int) -> Coefficients | None:
    """The coefficients from t⁰ on; None at a pole."""
    if p.valuation < 0:
        return None if not _is_zero(p) else [0] * terms
    return ([0] * p.valuation + list(p.coefficients))[:terms]


def _integral(slope: Coefficients, first: Any) -> Series:
    return _stripped(0, [first, *(Fraction(value) / (k + 1) for k, value in enumerate(slope))])


def _slope(w: Coefficients) -> Coefficients:
    return [k * value for k, value in enumerate(w)][1:]


# ---- functions: y(w(t)) by the differential equation of y ------------------------------------------------------------

Rule = Callable[..., Series | None]


def _at_zero(rule: Callable[[Expansion, Coefficients], Series | None]) -> Rule:
    """A function of a series without constant term."""

    def make(self: Expansion, p: Series) -> Series | None:
        w = _absolute(p, self.terms)
        return None if w is None or not w or w[0] else rule(self, w)

    return make


def _exp(w: Coefficients) -> Coefficients:
    """y′ = w′y."""
    return _solved(w, [1], lambda slope, y, k: sum(c * y[k - j] for j, c in slope if j <= k))


def _solved(w: Coefficients, y: Coefficients, right: Callable[[Any, Coefficients, int], Any]) -> Coefficients:
    slope = [(j, c) for j, c in enumerate(_slope(w)) if c]
    for k in range(len(w) - 1):
        y.append(Fraction(right(slope, y, k)) / (k + 1))
    return y


def _sine_and_cosine(w: Coefficients, sign: int) -> tuple[Coefficients, Coefficients]:
    """s′ = w′c, c′ = ∓w′s."""
    slope = [(j, c) for j, c in enumerate(_slope(w)) if c]
    s: Coefficients = [0]
    c: Coefficients = [1]
    for k in range(len(w) - 1):
        up = sum(d * c[k - j] for j, d in slope if j <= k)
        down = sum(d * s[k - j] for j, d in slope if j <= k)
        s.append(Fraction(up) / (k + 1))
        c.append(Fraction(sign * down) / (k + 1))
    return s, c


def _circular(pick: Callable[[Series, Series], Series | None], sign: int) -> Rule:
    def make(self: Expansion, w: Coefficients) -> Series | None:
        s, c = _sine_and_cosine(w, sign)
        return pick(_stripped(0, s), Series(0, c))

    return _at_zero(make)


def _times_pi(p: Series) -> Series:
    return Series(p.valuation, [value * Fraction(math.pi) for value in p.coefficients])


def _power(p: Series, exponent: Any, terms: int) -> Series | None:
    """w^a with w(0) = 1, or any root that is rational: w·y′ = a·w′·y."""
    w = _absolute(p, terms)
    if w is None or not w or w[0] <= 0:
        return None
    first = Fraction(w[0])
    root = _rational_power(first, exponent)
    if root is None:
        return None
    w = [Fraction(value) / first for value in w]
    y: Coefficients = [1]
    for k in range(1, len(w)):
        total = sum((exponent * j - (k - j)) * w[j] * y[k - j] for j in range(1, k + 1) if w[j])
        y.append(Fraction(total) / k)
    return _stripped(0, [root * value for value in y])


def _rational_power(value: Fraction, exponent: Fraction) -> Fraction | None:
    if value == 1:
        return Fraction(1)
    if exponent.denominator > 4 or abs(exponent.numerator) > 64:
        return None
    n = exponent.denominator
    roots = [round(float(part) ** (1 / n)) for part in (value.numerator, value.denominator)]
    if roots[0] ** n != value.numerator or roots[1] ** n != value.denominator:
        return None
    return Fraction(*roots) ** exponent.numerator


def _by_slope(slope: Callable[[Expansion, Series], Series | None], first: Any = 0) -> Rule:
    """y(0) = first and y′ = w′·slope(w)."""

    def make(self: Expansion, w: Coefficients) -> Series | None:
        inner = slope(self, Series(0, w))
        derivative = None if inner is None else _absolute(inner, len(w))
        return None if derivative is None else _integral(_product(_slope(w), derivative), first)

    return _at_zero(make)


def _one_plus_square(sign: int, exponent: Fraction) -> Callable[[Expansion, Series], Series | None]:
    def slope(self: Expansion, w: Series) -> Series | None:
        one = Series(0, [1] + [0] * (len(w.coefficients) - 1))
        square = Series(0, _product(w.coefficients, w.coefficients))
        return _power(plus(one, square, sign), exponent, self.terms)

    return slope


def _log(self: Expansion, p: Series) -> Series | None:
    """ln w with w(0) = 1: y′ = w′/w."""
    w = _absolute(p, self.terms)
    if w is None or not w or w[0] != 1:
        return None
    quotient = over(Series(0, _slope(w)), Series(0, w))
    return None if quotient is None else _integral(quotient.coefficients, 0)


def _log1p(self: Expansion, p: Series) -> Series | None:
    w = _absolute(p, self.terms)
    return None if not w else _log(self, Series(0, [w[0] + 1, *w[1:]]))


def _sigmoid(self: Expansion, w: Series) -> Series | None:
    """1/(1 + e^(−w))."""
    power = _exp([-value for value in w.coefficients])
    one = Series(0, [1] + [0] * (len(power) - 1))
    return over(one, Series(0, [power[0] + 1, *power[1:]]))


def _tanh(self: Expansion, w: Series) -> Series | None:
    return RULES["tanh"](self, w)


def _in_powers(coefficients: Callable[[int, int], Any]) -> Rule:
    """Σ c_m w^m of an order and w = c·t^k."""

    def make(self: Expansion, order: Series, p: Series) -> Series | None:
        k = int(order.coefficients[0])
        return monomial(self, p, [coefficients(k, m) for m in range(self.terms)])

    return make


def monomial(self: Expansion, p: Series, coefficients: Coefficients) -> Series | None:
    """Σ c_m w^m where w is a multiple of a power of t; None for other w."""
    if p.valuation < 1 or any(p.coefficients[1:]):
        return None
    total: Coefficients = [0] * self.terms
    factor: Any = 1
    for m, value in enumerate(coefficients):
        if m * p.valuation >= self.terms:
            break
        total[m * p.valuation] = value * factor
        factor *= p.coefficients[0]
    return _stripped(0, total)


def _bessel_coefficient(k: int, m: int) -> Fraction:
    if m % 2:
        return Fraction(0)
    m //= 2
    return Fraction((-1) ** m, 2**m * math.factorial(m) * math.prod(range(1, 2 * (k + m) + 2, 2)))


def _pow(self: Expansion, p: Series, q: Series) -> Series | None:
    if any(q.coefficients[1:]) or q.valuation:
        return None
    return _power(p, Fraction(q.coefficients[0]), self.terms)


def _one_over(op: str) -> Rule:
    def make(self: Expansion, p: Series) -> Series | None:
        found = RULES[op](self, p)
        return None if found is None else over(Series(0, [1] + [0] * (self.terms - 1)), found)

    return make


_HALF = Fraction(1, 2)
_negated: Rule = lambda self, p: Series(p.valuation, [-value for value in p.coefficients])  # noqa: E731

RULES: dict[str, Rule] = {
    "add": lambda self, p, q: plus(p, q),
    "subtract": lambda self, p, q: plus(p, q, -1),
    "multiply": lambda self, p, q: times(p, q),
    "divide": lambda self, p, q: over(p, q),
    "negate": _negated,
    "power": _pow,
    "compound": lambda self, p, q: _pow(self, plus(p, Series(0, [1] + [0] * (self.terms - 1))), q),
    "sqrt": lambda self, p: _power(p, _HALF, self.terms),
    "cbrt": lambda self, p: _power(p, Fraction(1, 3), self.terms),
    "exp": _at_zero(lambda self, w: _stripped(0, _exp(w))),
    "expm1": _at_zero(lambda self, w: _stripped(0, [0, *_exp(w)[1:]])),
    "log": _log,
    "log1p": _log1p,
    "sin": _circular(lambda s, c: s, -1),
    "cos": _circular(lambda s, c: c, -1),
    "tan": _circular(over, -1),
    "sinpi": lambda self, p: RULES["sin"](self, _times_pi(p)),
    "cospi": lambda self, p: RULES["cos"](self, _times_pi(p)),
    "sinh": _circular(lambda s, c: s, 1),
    "cosh": _circular(lambda s, c: c, 1),
    "tanh": _circular(over, 1),
    "arctan": _by_slope(_one_plus_square(1, Fraction(-1))),
    "artanh": _by_slope(_one_plus_square(-1, Fraction(-1))),
    "arsinh": _by_slope(_one_plus_square(1, -_HALF)),
    "arcsin": _by_slope(_one_plus_square(-1, -_HALF)),
    "sigmoid": _at_zero(lambda self, w: _sigmoid(self, Series(0, w))),
    "softplus": _by_slope(_sigmoid, Fraction(math.log(2))),
    "log_cosh": _by_slope(_tanh),
    "csch": _one_over("sinh"),
    "sech": _one_over("cosh"),
    "bose": _one_over("expm1"),
    "turn": lambda self, p, period: p,
    "refined": lambda self, p: p,
    "difference_of_squares": lambda self, p, q: plus(times(p, p), times(q, q), -1),
    "homographic": lambda self, p, q, c: over(p, q),
    "over_root": lambda self, p, c, root: over(p, root),
    "bessel_ratio": _in_powers(_bessel_coefficient),
    "exponential_moment": _in_powers(lambda k, m: Fraction(1, math.factorial(m) * (m + k + 1))),
    "continued": lambda self, p: p,
}
# values that are one of their arguments in another form: which
SAME = {"refined": 0, "continued": 1}
