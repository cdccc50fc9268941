"""The table of rules: how each kind of formula is differentiated, one application at a time.

Functions of known derivative are rows of `elementary`; here stand the rules about the shape of a formula. `RULES` is
the whole table in the order in which it is printed.
"""

from symgrad.calculus import algebra
from symgrad.calculus.conditions import prune
from symgrad.calculus.dependence import depends_on
from symgrad.calculus.elementary import ELEMENTARY
from symgrad.calculus.rule import Application, Inert, Rule
from symgrad.calculus.scalar_rules_cases import CASES
from symgrad.calculus.scalar_rules_operators import OPERATORS
from symgrad.errors import LimitError
from symgrad.syntax import tree as t
from symgrad.syntax.tree import ONE, ZERO, Add, Call, Divide, Multiply, Negate, Node, Number, Power, Symbol

_MOST_FACTORS = 150  # a product of more has a derivative of more than 20,000 factors


def _constant(node: Node, x: Symbol, d: Inert) -> Application | None:
    return None if depends_on(node, x.name) else Application(ZERO, {"c": node})


def _identity(node: Node, x: Symbol, d: Inert) -> Application | None:
    return Application(ONE, {"x": x}) if isinstance(node, Symbol) and node.name == x.name else None


def _sum(node: Node, x: Symbol, d: Inert) -> Application | None:
    terms = tuple(Negate(d(u.argument)) if isinstance(u, Negate) else d(u) for u in node.children)
    return Application(Add(*terms), _named(node.children))


def _minus(node: Node, x: Symbol, d: Inert) -> Application | None:
    return Application(Negate(d(node.children[0])), {"f": node.children[0]})


def _named(parts: tuple[Node, ...]) -> dict[str, Node]:
    """The parts under the letters f, g, h; more than three only as the first ones."""
    return dict(zip("fgh", parts, strict=False))


def _constant_factor(node: Node, x: Symbol, d: Inert) -> Application | None:
    """Factors free of x stay in front; in a quotient those above and below the bar."""
    if isinstance(node, Multiply):
        fixed = [u for u in node.children if not depends_on(u, x.name)]
        moving = [u for u in node.children if depends_on(u, x.name)]
        if not fixed or not moving:
            return None
        rest = moving[0] if len(moving) == 1 else Multiply(*moving)
        return Application(Multiply(*fixed, d(rest)), {"c": _product(fixed), "f": rest})
    assert isinstance(node, Divide)
    above, over = _split(node.numerator, x)
    below, under = _split(node.denominator, x)
    if not under:
        parts = {"c": node.denominator, "f": node.numerator}
        if above and over:
            front = Divide(_product(above), node.denominator)
            return Application(Multiply(front, d(_product(over))), {"c": front, "f": _product(over)})
        return Application(Divide(d(node.numerator), node.denominator), parts)
    if not below and (not above or not over or all(algebra.is_number(u, 1) for u in above)):
        return None
    kept = Divide(_product(over) if over else ONE, _product(under))
    factor = algebra.divide(_product(above), _product(below))
    if factor in (ONE, kept):
        return None
    return Application(Multiply(factor, d(kept)), {"c": factor, "f": kept})


def _split(node: Node, x: Symbol) -> tuple[list[Node], list[Node]]:
    """The factors free of x, and the others; a minus sign counts as the factor −1."""
    if isinstance(node, Negate):
        fixed, moving = _split(node.argument, x)
        return [algebra.negate(fixed[0]) if fixed else Number(-1), *fixed[1:]], moving
    factors = node.children if isinstance(node, Multiply) else (node,)
    return (
        [u for u in factors if not depends_on(u, x.name)],
        [u for u in factors if depends_on(u, x.name)],
    )


def _product(factors: list[Node]) -> Node:
    return ONE if not factors else factors[0] if len(factors) == 1 else Multiply(*factors)


def _product_rule(node: Node, x: Symbol, d: Inert) -> Application | None:
    factors = node.children
    if len(factors) > _MOST_FACTORS:
        raise LimitError(
            f"The product rule for {len(factors)} factors makes {len(factors) ** 2} factors.",
            hint=f"At most {_MOST_FACTORS} factors are differentiated; take the logarithm first.",
        )
    terms = (Multiply(*factors[:i], d(u), *factors[i + 1 :]) for i, u in enumerate(factors))
    return Application(Add(*terms), _named(factors))


def _reciprocal(node: Node, x: Symbol, d: Inert) -> Application | None:
    """(c/gⁿ)′ = −c·n·g′/gⁿ⁺¹ for a numerator free of x; a root below the bar counts as a power."""
    assert isinstance(node, Divide)
    if depends_on(node.numerator, x.name) or not depends_on(node.denominator, x.name):
        return None
    bottom = node.denominator
    base: Node = bottom
    height: Node = ONE
    if isinstance(bottom, Power) and not depends_on(bottom.exponent, x.name) and depends_on(bottom.base, x.name):
        base, height = bottom.base, bottom.exponent
    above = algebra.multiply(node.numerator, height)
    below = algebra.power(base, _successor(height))
    condition = None
    if isinstance(node.denominator, Power):
        condition = _needs_positive_base(base, height)
    if base == x:
        return Application(algebra.negate(algebra.divide(above, below)), {"c": node.numerator, "g": base}, condition)
    top = d(base) if above == ONE else Multiply(above, d(base))
    return Application(Negate(Divide(top, below)), {"c": node.numerator, "g": base, "n": height}, condition)


def _successor(node: Node) -> Node:
    value = algebra.numeric(node)
    return Number(value + 1) if value is not None else Add(node, ONE)


def _quotient(node: Node, x: Symbol, d: Inert) -> Application | None:
    f, g = node.children
    if not depends_on(f, x.name) or not depends_on(g, x.name):
        return None
    top = Add(Multiply(d(f), g), Negate(Multiply(f, d(g))))
    return Application(Divide(top, algebra.square(g)), {"f": f, "g": g})


def _power(node: Node, x: Symbol, d: Inert) -> Application | None:
    """(uⁿ)′ = n·uⁿ⁻¹·u′ for an exponent free of x."""
    assert isinstance(node, Power)
    base, height = node.base, node.exponent
    if depends_on(height, x.name):
        return None
    lowered = algebra.power(base, algebra.predecessor(height))
    parts = {"u": base, "n": height}
    condition = _needs_positive_base(base, height)
    front = (_plain(height), lowered) if lowered != ONE else (_plain(height),)
    if base == x:
        return Application(_signed(Multiply(*front) if len(front) > 1 else front[0]), parts, condition)
    return Application(_signed(Multiply(*front, d(base))), parts, condition)


def _plain(height: Node) -> Node:
    """An exponent as a factor: a number as one number, so that −2 in front is a minus sign."""
    value = algebra.numeric(height)
    return height if value is None or (isinstance(height, Number) and value >= 0) else Number(value)


def _signed(node: Node) -> Node:
    """−2·u as −(2·u)."""
    first = node.children[0] if isinstance(node, Multiply) else node
    if isinstance(first, Number) and first.value < 0:
        rest = node.children[1:] if isinstance(node, Multiply) else ()
        size = Number(-first.value)
        return Negate(
            Multiply(size, *rest)
            if size != ONE and rest
            else Multiply(*rest)
            if len(rest) > 1
            else (rest or (size,))[0]
        )
    return node


def _needs_positive_base(base: Node, height: Node) -> Node | None:
    """A fractional or unknown power needs a positive base where that isn't plain from the power itself."""
    value = algebra.numeric(height)
    if value is not None and (value.denominator == 1 or value > 1):
        return None
    if value is None:
        return None
    return prune(t.Compare(">", base, ZERO))


def _exponential(node: Node, x: Symbol, d: Inert) -> Application | None:
    """(aᵘ)′ = aᵘ·ln a·u′ for a base free of x; ln e is 1."""
    assert isinstance(node, Power)
    base, u = node.base, node.exponent
    if depends_on(base, x.name):
        return None
    if algebra.is_number(base, 0):
        return Application(ZERO, {"a": base, "u": u}, prune(t.Compare(">", u, ZERO)))
    factors: list[Node] = [node] if base == algebra.E else [node, Call("ln", base)]
    condition = None if base == algebra.E else prune(t.Compare(">", base, ZERO))
    after = _product(factors) if u == x else Multiply(*factors, d(u))
    return Application(after, {"a": base, "u": u}, condition)


def _logarithmic(node: Node, x: Symbol, d: Inert) -> Application | None:
    """(f^g)′ = f^g·(g·ln f)′."""
    assert isinstance(node, Power)
    f, g = node.children
    if not depends_on(f, x.name) or not depends_on(g, x.name):
        return None
    exponent = Multiply(*(g.children if isinstance(g, Multiply) else (g,)), Call("ln", f))
    return Application(Multiply(node, d(exponent)), {"f": f, "g": g}, prune(t.Compare(">", f, ZERO)))


def _log_base(node: Node, x: Symbol, d: Inert) -> Application | None:
    u, base = node.children
    if not depends_on(base, x.name):
        condition = prune(t.Compare(">", u, ZERO))
        below = Multiply(u, Call("ln", base))
        return Application(Divide(ONE if u == x else d(u), below), {"u": u, "a": base}, condition)
    return Application(d(Divide(Call("ln", u), Call("ln", base))), {"u": u, "a": base})


def _root(node: Node, x: Symbol, d: Inert) -> Application | None:
    """The real n-th root: 1/(n·root(u, n)ⁿ⁻¹) outside, and everywhere but at u = 0."""
    u, index = node.children
    n = algebra.numeric(index)
    if n is None or n.denominator != 1 or n < 2 or depends_on(index, x.name):
        return None
    below = Multiply(Number(n), algebra.power(node, Number(n - 1)))
    operator = ">" if n % 2 == 0 else "!="
    seam = () if n % 2 == 0 else (t.Compare("=", u, ZERO),)
    return Application(
        Divide(ONE if u == x else d(u), below), {"u": u, "n": index}, prune(t.Compare(operator, u, ZERO)), seam
    )


def _bessel_zero(node: Node, x: Symbol, d: Inert) -> Application | None:
    """J₀′ = −J₁, Y₀′ = −Y₁, K₀′ = −K₁, I₀′ = I₁."""
    assert isinstance(node, Call)
    order, u = node.children
    if not algebra.is_number(order, 0):
        return None
    outer = Call(node.function, ONE, u)
    after = outer if u == x else Multiply(outer, d(u))
    return Application(after if node.function == "besseli" else Negate(after), {"u": u})


STRUCTURE = (
    Rule(
        "constant",
        "constant rule",
        "A constant doesn't change, so its derivative is 0.",
        "c′ = 0",
        ("*",),
        _constant,
        "7",
        trivial=True,
    ),
    Rule(
        "identity",
        "derivative of the variable",
        "The variable itself grows at the rate 1.",
        "x′ = 1",
        ("*",),
        _identity,
        "x",
        trivial=True,
    ),
    Rule(
        "sum",
        "sum rule",
        "The derivative of a sum is the sum of the derivatives.",
        "(f + g)′ = f′ + g′",
        ("Add",),
        _sum,
        "x^2 + sin(x)",
        "f(x) + g(x) - h(x)",
        trivial=True,
    ),
    Rule(
        "minus",
        "minus sign",
        "A minus sign stays in front.",
        "(−f)′ = −f′",
        ("Negate",),
        _minus,
        "-sin(x)",
        "-f(x)",
        trivial=True,
    ),
    Rule(
        "constant-factor",
        "constant factor rule",
        "A constant factor stays in front.",
        "(c·f)′ = c·f′",
        ("Multiply", "Divide"),
        _constant_factor,
        "3 sin(x)",
        "c f(x)/b",
        trivial=True,
    ),
    Rule(
        "product",
        "product rule",
        "Differentiate one factor at a time, keep the others, and add.",
        "(f·g)′ = f′·g + f·g′",
        ("Multiply",),
        _product_rule,
        "x^2 sin(x)",
        "f(x) g(x) h(x)",
    ),
    Rule(
        "reciprocal",
        "reciprocal rule",
        "Minus the derivative of the bottom, over the bottom squared; for a power below the bar, one power more.",
        "(c/gⁿ)′ = −c·n·g′/gⁿ⁺¹",
        ("Divide",),
        _reciprocal,
        "1/(x^2 + 1)",
        "c/f(x)^3",
    ),
    Rule(
        "quotient",
        "quotient rule",
        "Derivative of the top times the bottom, minus top times derivative of the bottom, over the bottom squared.",
        "(f/g)′ = (f′·g − f·g′)/g²",
        ("Divide",),
        _quotient,
        "sin(x)/x",
        "f(x)/g(x)",
    ),
    Rule(
        "power",
        "power rule",
        "Bring the exponent down and lower it by one.",
        "(uⁿ)′ = n·uⁿ⁻¹·u′",
        ("Power",),
        _power,
        "x^3",
        "f(x)^n",
        caveat="A power that isn't whole needs u > 0.",
    ),
    Rule(
        "exponential",
        "exponential rule",
        "An exponential returns, times the logarithm of its base, times the derivative of the exponent.",
        "(aᵘ)′ = aᵘ·ln a·u′",
        ("Power",),
        _exponential,
        "2^x",
        "a^f(x)",
        caveat="needs a > 0; for a = e the logarithm is 1",
    ),
    Rule(
        "general-power",
        "logarithmic differentiation",
        "Take logarithms: ln y = g·ln f, so y′/y is the derivative of g·ln f.",
        "(f^g)′ = f^g·(g·ln f)′",
        ("Power",),
        _logarithmic,
        "x^x",
        "f(x)^g(x)",
        caveat="needs f > 0",
    ),
    Rule(
        "log-base",
        "derivative of a logarithm to any base",
        "A logarithm to base a is the natural one over ln a.",
        "(log_a u)′ = u′/(u·ln a)",
        ("Call:log",),
        _log_base,
        "log(x, 10)",
        "log(f(x), g(x))",
        caveat="needs u > 0, a > 0, a ≠ 1",
    ),
    Rule(
        "root",
        "derivative of a real root",
        "The n-th root falls to the power n − 1 below the bar.",
        "(ⁿ√u)′ = u′/(n·(ⁿ√u)ⁿ⁻¹)",
        ("Call:root",),
        _root,
        "root(x, 3)",
        "root(f(x), 3)",
        caveat="needs u ≠ 0, for even n u > 0",
    ),
    Rule(
        "bessel-zero",
        "Bessel function of order 0",
        "The Bessel functions of order 0 lead to those of order 1.",
        "J₀(u)′ = −J₁(u)·u′",
        ("Call:besselj", "Call:bessely", "Call:besselk", "Call:besseli"),
        _bessel_zero,
        "besselj(0, x^2)",
        "besselj(0, f(x))",
        source="NIST Digital Library of Mathematical Functions, 10.6.3 and 10.29.3",
        family="functions",
    ),
)

RULES: tuple[Rule, ...] = (*STRUCTURE, *OPERATORS, *CASES, *ELEMENTARY)
