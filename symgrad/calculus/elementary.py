"""The table of functions and their derivatives, in our own syntax: derivations, adjoints and the reference read it.

A row holds for every argument u; the chain rule is applied by whoever uses the row. Functions whose derivative has
cases (max, clip, piecewise) are rules of `scalar_rules`.
"""

from functools import cache

from symgrad.calculus.rule import Rule
from symgrad.syntax.tree import Node

_OUTSIDE_IN = "Differentiate outside, keep the inside, multiply by the derivative of the inside."
_DLMF = "NIST Digital Library of Mathematical Functions, "


def _row(function: str, *derivatives: "str | Node | None", **more: str | tuple[str, ...]) -> Rule:
    return Rule.of_function(function, *derivatives, **more)  # type: ignore[arg-type]


EXPONENTIAL = (
    _row("exp", "exp(u)", name="derivative of the exponential", says="The exponential is its own derivative."),
    _row("ln", "1/u", needs="u > 0", name="derivative of the logarithm", says="The derivative of ln u is 1 over u."),
    _row(
        "sqrt",
        "1/(2 sqrt(u))",
        needs="u > 0",
        name="derivative of the square root",
        says="The derivative of a root is 1 over twice the root.",
    ),
    _row(
        "sigmoid",
        "sigmoid(u) (1 - sigmoid(u))",
        name="derivative of the sigmoid",
        says="The sigmoid's derivative is the sigmoid times one minus the sigmoid.",
    ),
    _row(
        "softplus",
        "sigmoid(u)",
        name="derivative of softplus",
        says="Softplus is an antiderivative of the sigmoid.",
    ),
)

TRIGONOMETRIC = (
    _row("sin", "cos(u)", name="derivative of the sine", says="The derivative of sine is cosine."),
    _row("cos", "-sin(u)", name="derivative of the cosine", says="The derivative of cosine is minus sine."),
    _row("tan", "sec(u)^2", name="derivative of the tangent", says="The derivative of tangent is secant squared."),
    _row(
        "cot",
        "-csc(u)^2",
        name="derivative of the cotangent",
        says="The derivative of cotangent is minus cosecant squared.",
    ),
    _row(
        "sec",
        "sec(u) tan(u)",
        name="derivative of the secant",
        says="The derivative of secant is secant times tangent.",
    ),
    _row(
        "csc",
        "-csc(u) cot(u)",
        name="derivative of the cosecant",
        says="The derivative of cosecant is minus cosecant times cotangent.",
    ),
    _row("arcsin", "1/sqrt(1 - u^2)", needs="|u| < 1", name="derivative of the arcsine"),
    _row("arccos", "-1/sqrt(1 - u^2)", needs="|u| < 1", name="derivative of the arccosine"),
    _row("arctan", "1/(1 + u^2)", name="derivative of the arctangent"),
    _row("arccot", "-1/(1 + u^2)", needs="u != 0", seam="u = 0", name="derivative of the arccotangent"),
    _row("arcsec", "1/(|u| sqrt(u^2 - 1))", needs="|u| > 1", name="derivative of the arcsecant"),
    _row("arccsc", "-1/(|u| sqrt(u^2 - 1))", needs="|u| > 1", name="derivative of the arccosecant"),
)

HYPERBOLIC = (
    _row("sinh", "cosh(u)", says="The derivative of sinh is cosh."),
    _row("cosh", "sinh(u)", says="The derivative of cosh is sinh, without a minus sign."),
    _row("tanh", "1 - tanh(u)^2", says="The derivative of tanh is one minus its square."),
    _row("coth", "1 - coth(u)^2", says="The derivative of coth is one minus its square."),
    _row("sech", "-sech(u) tanh(u)"),
    _row("csch", "-csch(u) coth(u)"),
    _row("arsinh", "1/sqrt(u^2 + 1)"),
    _row("arcosh", "1/sqrt(u^2 - 1)", needs="u > 1"),
    _row("artanh", "1/(1 - u^2)", needs="|u| < 1"),
    _row("arcoth", "1/(1 - u^2)", needs="|u| > 1"),
    _row("arsech", "-1/(u sqrt(1 - u^2))", needs="u > 0 and u < 1"),
    _row("arcsch", "-1/(|u| sqrt(1 + u^2))", needs="u != 0"),
)

STEPWISE = (
    _row(
        "abs",
        "sign(u)",
        needs="u != 0",
        seam="u = 0",
        name="derivative of the absolute value",
        says="|u| rises with slope 1 where u is positive and falls with slope −1 where it is negative.",
    ),
    _row("sign", "0", needs="u != 0", seam="u = 0", says="The sign is constant on either side of its jump."),
    _row("step", "0", needs="u != 0", seam="u = 0", says="The step is constant on either side of its jump."),
    _row("floor", "0", needs="floor(u) != u", says="Rounding is constant between its jumps."),
    _row("ceil", "0", needs="ceil(u) != u", says="Rounding is constant between its jumps."),
    _row("round", "0", needs="frac(u) != 1/2", says="Rounding is constant between its jumps."),
    _row("frac", "1", needs="floor(u) != u", says="Between its jumps the fractional part rises like u itself."),
    _row(
        "mod",
        "1",
        "-floor(u/v)",
        needs="floor(u/v) != u/v",
        says="mod(u, v) is u − v⌊u/v⌋, and ⌊u/v⌋ is constant between its jumps.",
    ),
)

TWO_ARGUMENTS = (
    _row("atan2", "v/(u^2 + v^2)", "-u/(u^2 + v^2)", name="derivative of the polar angle", pattern="atan2(f(x), g(x))"),
    _row("hypot", "u/hypot(u, v)", "v/hypot(u, v)", name="derivative of the length"),
)

SPECIAL = (
    _row(
        "erf",
        "2 e^(-u^2)/sqrt(pi)",
        says="The error function is the integral of the bell curve.",
        source=_DLMF + "7.2.1",
    ),
    _row("erfc", "-2 e^(-u^2)/sqrt(pi)", source=_DLMF + "7.2.2"),
    _row("erfi", "2 e^(u^2)/sqrt(pi)", source=_DLMF + "7.2"),
    _row("erfinv", "sqrt(pi) e^(erfinv(u)^2)/2", needs="|u| < 1", source=_DLMF + "7.17"),
    _row("gamma", "gamma(u) digamma(u)", source=_DLMF + "5.2.2"),
    _row("lngamma", "digamma(u)", source=_DLMF + "5.2.2"),
    _row("factorial", "gamma(u + 1) digamma(u + 1)", source=_DLMF + "5.2.2", says="n! is Γ(n + 1)."),
    _row("digamma", "polygamma(1, u)", source=_DLMF + "5.15.1"),
    _row(
        "polygamma",
        None,
        "polygamma(n + 1, u)",
        arguments=("n", "u"),
        source=_DLMF + "5.15",
        example="polygamma(2, x^2)",
        pattern="polygamma(2, f(x))",
    ),
    _row(
        "beta",
        "beta(u, v) (digamma(u) - digamma(u + v))",
        "beta(u, v) (digamma(v) - digamma(u + v))",
        source=_DLMF + "5.12.1",
    ),
    _row(
        "binomial",
        "binomial(u, v) (digamma(u + 1) - digamma(u - v + 1))",
        "binomial(u, v) (digamma(u - v + 1) - digamma(v + 1))",
        source=_DLMF + "5.12.1",
    ),
    _row("lambertw", "e^(-lambertw(u))/(1 + lambertw(u))", source=_DLMF + "4.13.4"),
    _row("airyai", "airyaiprime(u)", source=_DLMF + "9.2"),
    _row("airybi", "airybiprime(u)", source=_DLMF + "9.2"),
    _row("airyaiprime", "u airyai(u)", source=_DLMF + "9.2.1"),
    _row("airybiprime", "u airybi(u)", source=_DLMF + "9.2.1"),
    _row("Si", "sin(u)/u", source=_DLMF + "6.2.9"),
    _row("Ci", "cos(u)/u", needs="u > 0", source=_DLMF + "6.2.11"),
    _row("Shi", "sinh(u)/u", source=_DLMF + "6.2.15"),
    _row("Chi", "cosh(u)/u", needs="u > 0", source=_DLMF + "6.2.16"),
    _row("Ei", "e^u/u", source=_DLMF + "6.2.5"),
    _row("li", "1/ln(u)", source=_DLMF + "6.2.8"),
    _row("fresnels", "sin(pi u^2/2)", source=_DLMF + "7.2.8"),
    _row("fresnelc", "cos(pi u^2/2)", source=_DLMF + "7.2.7"),
    _row("elliptic_k", "(elliptic_e(u) - (1 - u) elliptic_k(u))/(2 u (1 - u))", source=_DLMF + "19.4.1, with m = k²"),
    _row(
        "elliptic_f",
        "1/sqrt(1 - m sin(u)^2)",
        "elliptic_e(u, m)/(2 m (1 - m)) - elliptic_f(u, m)/(2 m) - sin(2 u)/(4 (1 - m) sqrt(1 - m sin(u)^2))",
        arguments=("u", "m"),
        source=_DLMF + "19.4.5, with m = k²",
        example="elliptic_f(x^2, 1/3)",
        pattern="elliptic_f(f(x), g(x))",
    ),
    _row(
        "elliptic_pi",
        None,
        "1/((1 - n sin(u)^2) sqrt(1 - m sin(u)^2))",
        None,
        arguments=("n", "u", "m"),
        source=_DLMF + "19.2.7, with m = k²",
        example="elliptic_pi(1/2, x^2, 1/3)",
        pattern="elliptic_pi(1/2, f(x), 1/3)",
    ),
    _row("erfcinv", "-sqrt(pi) e^(erfcinv(u)^2)/2", needs="u > 0 and u < 2", source=_DLMF + "7.17"),
    _row("erf2", "-2 e^(-u^2)/sqrt(pi)", "2 e^(-v^2)/sqrt(pi)", source=_DLMF + "7.2"),
    _row(
        "erf2inv",
        "e^(erf2inv(u, v)^2 - u^2)",
        "sqrt(pi) e^(erf2inv(u, v)^2)/2",
        source="inverse function of erf(z) − erf(u) = v",
        pattern="erf2inv(f(x), g(x)/9)",
    ),
    _row(
        "catalan",
        "catalan(u) (digamma(u + 1/2) - digamma(u + 2) + ln(4))",
        source=_DLMF + "26.5.2 and 5.2.2",
    ),
    _row("zeta", None, "-s zeta(s + 1, u)", arguments=("s", "u"), source=_DLMF + "25.11.17", pattern="zeta(3, f(x))"),
    _row(
        "polylog", None, "polylog(s - 1, u)/u", arguments=("s", "u"), source=_DLMF + "25.12", pattern="polylog(3, f(x))"
    ),
    _row(
        "uppergamma",
        None,
        "-u^(a - 1) e^(-u)",
        arguments=("a", "u"),
        source=_DLMF + "8.8.13",
        pattern="uppergamma(3/2, f(x))",
    ),
    _row(
        "lowergamma",
        None,
        "u^(a - 1) e^(-u)",
        arguments=("a", "u"),
        source=_DLMF + "8.8.13",
        pattern="lowergamma(3/2, f(x))",
    ),
)


def _bessel(function: str, general: str, number: str) -> Rule:
    return _row(
        function,
        None,
        general,
        arguments=("n", "u"),
        source=_DLMF + number,
        example=f"{function}(2, x^2)",
        pattern=f"{function}(2, f(x))",
    )


ORDERS = (
    _bessel("besselj", "(besselj(n - 1, u) - besselj(n + 1, u))/2", "10.6.1"),
    _bessel("bessely", "(bessely(n - 1, u) - bessely(n + 1, u))/2", "10.6.1"),
    _bessel("besseli", "(besseli(n - 1, u) + besseli(n + 1, u))/2", "10.29.1"),
    _bessel("besselk", "-(besselk(n - 1, u) + besselk(n + 1, u))/2", "10.29.1"),
    _bessel("legendre", "n (u legendre(n, u) - legendre(n - 1, u))/(u^2 - 1)", "18.9.17"),
    _bessel("chebyshevt", "n chebyshevu(n - 1, u)", "18.9.21"),
    _bessel("chebyshevu", "((n + 1) chebyshevt(n + 1, u) - u chebyshevu(n, u))/(u^2 - 1)", "18.9.22"),
    _bessel("laguerre", "-assoc_laguerre(n - 1, 1, u)", "18.9.23"),
    _bessel("expint", "-expint(n - 1, u)", "8.19.13"),
    _bessel("hermite", "2 n hermite(n - 1, u)", "18.9.25"),
)

PARAMETERS = (
    Rule.of_function(
        "lambertw",
        "e^(-lambertw(u, k))/(1 + lambertw(u, k))",
        None,
        arguments=("u", "k"),
        id="lambertw-branch",
        name="derivative of a branch of the Lambert W function",
        source=_DLMF + "4.13.4",
        example="lambertw(x, -1)",
        pattern="lambertw(-f(x)/25, -1)",
    ),
    Rule.of_function(
        "elliptic_e",
        "(elliptic_e(u) - elliptic_k(u))/(2 u)",
        id="elliptic_e-complete",
        name="derivative of the complete elliptic integral of the second kind",
        source=_DLMF + "19.4.2, with m = k²",
    ),
    Rule.of_function(
        "elliptic_e",
        "sqrt(1 - m sin(u)^2)",
        "(elliptic_e(u, m) - elliptic_f(u, m))/(2 m)",
        arguments=("u", "m"),
        source=_DLMF + "19.4.6, with m = k²",
        example="elliptic_e(x^2, 1/3)",
        pattern="elliptic_e(f(x), g(x))",
    ),
    Rule.of_function(
        "elliptic_pi",
        "(elliptic_e(m)/(m - u) + elliptic_k(m)/u - (m - u^2) elliptic_pi(u, m)/(u (m - u)))/(2 (u - 1))",
        "(elliptic_e(m)/(m - 1) + elliptic_pi(u, m))/(2 (u - m))",
        arguments=("u", "m"),
        id="elliptic_pi-complete",
        name="derivative of the complete elliptic integral of the third kind",
        source=_DLMF + "19.4.3, with m = k²",
        pattern="elliptic_pi(f(x)/20, g(x)/10)",
    ),
    _row(
        "assoc_laguerre",
        None,
        None,
        "-assoc_laguerre(n - 1, a + 1, u)",
        arguments=("n", "a", "u"),
        source=_DLMF + "18.9.23",
        example="assoc_laguerre(3, 1/2, x^2)",
        pattern="assoc_laguerre(3, 1/2, f(x))",
    ),
    _row(
        "gegenbauer",
        None,
        None,
        "2 a gegenbauer(n - 1, a + 1, u)",
        arguments=("n", "a", "u"),
        source=_DLMF + "18.9.19",
        example="gegenbauer(3, 1/2, x^2)",
        pattern="gegenbauer(3, 1/2, f(x))",
    ),
    _row(
        "jacobi",
        None,
        None,
        None,
        "(n + a + b + 1) jacobi(n - 1, a + 1, b + 1, u)/2",
        arguments=("n", "a", "b", "u"),
        source=_DLMF + "18.9.15",
        example="jacobi(3, 1/2, 1/3, x^2)",
        pattern="jacobi(3, 1/2, 1/3, f(x))",
    ),
    _row(
        "mathieus",
        None,
        None,
        "mathieusprime(a, q, u)",
        arguments=("a", "q", "u"),
        source=_DLMF + "28.2.1",
    ),
    _row(
        "mathieuc",
        None,
        None,
        "mathieucprime(a, q, u)",
        arguments=("a", "q", "u"),
        source=_DLMF + "28.2.1",
    ),
    _row(
        "mathieusprime",
        None,
        None,
        "(2 q cos(2 u) - a) mathieus(a, q, u)",
        arguments=("a", "q", "u"),
        source=_DLMF + "28.2.1",
    ),
    _row(
        "mathieucprime",
        None,
        None,
        "(2 q cos(2 u) - a) mathieuc(a, q, u)",
        arguments=("a", "q", "u"),
        source=_DLMF + "28.2.1",
    ),
    _row(
        "marcumq",
        None,
        "a (marcumq(m + 1, a, b) - marcumq(m, a, b))",
        "-b^m e^(-(a^2 + b^2)/2) besseli(m - 1, a b)/a^(m - 1)",
        arguments=("m", "a", "b"),
        source="Simon & Alouini, Digital Communication over Fading Channels, ch. 4",
        pattern="marcumq(2, f(x), g(x))",
    ),
)

ELEMENTARY: tuple[Rule, ...] = (
    *EXPONENTIAL,
    *TRIGONOMETRIC,
    *HYPERBOLIC,
    *STEPWISE,
    *TWO_ARGUMENTS,
    *SPECIAL,
    *ORDERS,
    *PARAMETERS,
)


_ROWS = {rule.id: rule for rule in ELEMENTARY}

# functions whose derivative has cases: what an adjoint uses, with the value at the seam by the usual convention
_CONVENTIONS = {"relu": ("step(u)",), "clip": ("step(u - v) step(w - u)", "step(v - u)", "step(u - w)")}


@cache
def local_derivatives(function: str) -> tuple[Node | None, ...]:
    """The partial derivatives of a function by each of its arguments, as trees in u, v, w (None where none is known).

    Raises:
        KeyError: the function has no row.

    >>> local_derivatives("sin")
    (Call('cos', Symbol('u', None)),)
    """
    from symgrad.syntax import parse
    from symgrad.syntax.tree import Symbol
    from symgrad.syntax.walks import substitute

    if function in _CONVENTIONS:
        return tuple(parse(text) for text in _CONVENTIONS[function])
    row = _ROWS[function].elementary
    assert row is not None
    letters: dict[str, Node] = {old: Symbol(new) for old, new in zip(row.arguments, "uvwz", strict=False) if old != new}
    trees = (None if text is None else parse(text) if isinstance(text, str) else text for text in row.derivatives)
    return tuple(tree and substitute(tree, letters) for tree in trees)
