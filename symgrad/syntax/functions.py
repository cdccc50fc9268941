"""The one table of functions: name, how many arguments, other spellings, LaTeX, a sentence, sympy's constructor.

The reader finds names here, the printers their spelling, `formula` the constructor (by a fixed attribute of sympy,
never by running text). Derivatives do not belong here: they are rows of calculus.
"""

from typing import NamedTuple


class Function(NamedTuple):
    """One function: `arity` is (least, most) with None for any number.

    `aliases` are other spellings that are read; `latex` is its command or operator name; `says` finishes the sentence
    "the …"; `sympy` names the constructor, or is None where sympy has none and `formula` builds it from others.
    `bare` functions may be applied without brackets (sin x). `inverse` is what the power −1 of the name means.
    """

    name: str
    arity: tuple[int, int | None]
    aliases: tuple[str, ...]
    latex: str
    says: str
    sympy: str | None
    bare: bool = False
    inverse: str | None = None


def _operator(name: str) -> str:
    return rf"\operatorname{{{name}}}"


def _bare(name: str, latex: str, says: str, sympy: str, *aliases: str, inverse: str | None = None) -> Function:
    return Function(name, (1, 1), aliases, latex, says, sympy, True, inverse)


def _row(
    name: str, least: int, most: int | None, says: str, sympy: str | None, *aliases: str, latex: str | None = None
) -> Function:
    return Function(name, (least, most), aliases, latex or _operator(name), says, sympy)


_ROWS = (
    # trigonometric
    _bare("sin", r"\sin", "sine", "sin", inverse="arcsin"),
    _bare("cos", r"\cos", "cosine", "cos", inverse="arccos"),
    _bare("tan", r"\tan", "tangent", "tan", "tg", inverse="arctan"),
    _bare("cot", r"\cot", "cotangent", "cot", "ctg", "cotan", inverse="arccot"),
    _bare("sec", r"\sec", "secant", "sec", inverse="arcsec"),
    _bare("csc", r"\csc", "cosecant", "csc", "cosec", inverse="arccsc"),
    _bare("arcsin", r"\arcsin", "inverse sine", "asin", "asin"),
    _bare("arccos", r"\arccos", "inverse cosine", "acos", "acos"),
    _bare("arctan", r"\arctan", "inverse tangent", "atan", "atan", "arctg"),
    _bare("arccot", _operator("arccot"), "inverse cotangent", "acot", "acot", "arcctg"),
    _bare("arcsec", _operator("arcsec"), "inverse secant", "asec", "asec"),
    _bare("arccsc", _operator("arccsc"), "inverse cosecant", "acsc", "acsc", "arccosec"),
    # hyperbolic
    _bare("sinh", r"\sinh", "hyperbolic sine", "sinh", "sh", inverse="arsinh"),
    _bare("cosh", r"\cosh", "hyperbolic cosine", "cosh", "ch", inverse="arcosh"),
    _bare("tanh", r"\tanh", "hyperbolic tangent", "tanh", "th", inverse="artanh"),
    _bare("coth", r"\coth", "hyperbolic cotangent", "coth", "cth", inverse="arcoth"),
    _bare("sech", _operator("sech"), "hyperbolic secant", "sech", inverse="arsech"),
    _bare("csch", _operator("csch"), "hyperbolic cosecant", "csch", "cosech", inverse="arcsch"),
    _bare("arsinh", _operator("arsinh"), "inverse hyperbolic sine", "asinh", "asinh", "arcsinh", "arsh"),
    _bare("arcosh", _operator("arcosh"), "inverse hyperbolic cosine", "acosh", "acosh", "arccosh", "arch"),
    _bare("artanh", _operator("artanh"), "inverse hyperbolic tangent", "atanh", "atanh", "arctanh", "arth"),
    _bare("arcoth", _operator("arcoth"), "inverse hyperbolic cotangent", "acoth", "acoth", "arccoth"),
    _bare("arsech", _operator("arsech"), "inverse hyperbolic secant", "asech", "asech", "arcsech"),
    _bare("arcsch", _operator("arcsch"), "inverse hyperbolic cosecant", "acsch", "acsch", "arccsch"),
    # exponentials, logarithms, roots
    _bare("exp", r"\exp", "exponential", "exp", inverse=None),
    _bare("ln", r"\ln", "natural logarithm", "log"),
    Function("log", (2, 2), (), r"\log", "logarithm to a base", "log", True),
    _bare("sqrt", r"\sqrt", "square root", "sqrt"),
    _row("root", 2, 2, "real n-th root", "real_root", "real_root"),
    _row("lambertw", 1, 2, "Lambert W function", "LambertW", "LambertW", latex="W"),
    # parts, rounding, choices
    _row("abs", 1, 1, "absolute value", "Abs", "Abs"),
    _row("sign", 1, 1, "sign", "sign", "sgn", "signum"),
    _row("max", 1, None, "largest", "Max", "Max", latex=r"\max"),
    _row("min", 1, None, "smallest", "Min", "Min", latex=r"\min"),
    _row("clip", 3, 3, "value kept between two bounds", None, "clamp"),
    _row("floor", 1, 1, "floor", "floor"),
    _row("ceil", 1, 1, "ceiling", "ceiling", "ceiling"),
    _row("round", 1, 1, "nearest integer", None),
    _row("frac", 1, 1, "fractional part", "frac"),
    _row("mod", 2, 2, "remainder", "Mod", "Mod"),
    _row("conjugate", 1, 1, "complex conjugate", "conjugate", "conj"),
    _row("re", 1, 1, "real part", "re", "Re"),
    _row("im", 1, 1, "imaginary part", "im", "Im"),
    _row("arg", 1, 1, "argument of a complex number", "arg", latex=r"\arg"),
    # activations
    _row("sigmoid", 1, 1, "logistic sigmoid", None, "logistic", "expit"),
    _row("softplus", 1, 1, "softplus", None),
    _row("relu", 1, 1, "rectifier", None, "ReLU", "Relu"),
    _row("step", 1, 1, "unit step", "Heaviside", "heaviside", "Heaviside"),
    _row("sinc", 1, 1, "sine of u over u, 1 at 0", "sinc"),
    # of two variables
    _row("atan2", 2, 2, "angle of the point (x, y), y first", "atan2", "arctan2"),
    _row("hypot", 2, None, "length of a vector by its components", None),
    # combinatorial and gamma
    _row("factorial", 1, 1, "factorial", "factorial", "fact"),
    _row("binomial", 2, 2, "binomial coefficient", "binomial", "binom", "choose", latex=r"\binom"),
    _row("gamma", 1, 1, "gamma function", "gamma", "Gamma", latex=r"\Gamma"),
    _row("lngamma", 1, 1, "logarithm of the gamma function", "loggamma", "loggamma", "gammaln"),
    _row("digamma", 1, 1, "digamma function", "digamma"),
    _row("polygamma", 2, 2, "polygamma function, order first", "polygamma"),
    _row("beta", 2, 2, "beta function", "beta", "Beta", latex=r"\mathrm{B}"),
    _row("uppergamma", 2, 2, "upper incomplete gamma function", "uppergamma"),
    _row("lowergamma", 2, 2, "lower incomplete gamma function", "lowergamma"),
    _row("catalan", 1, 1, "Catalan number", "catalan"),
    # error functions
    _row("erf", 1, 1, "error function", "erf"),
    _row("erfc", 1, 1, "complementary error function", "erfc"),
    _row("erfi", 1, 1, "imaginary error function", "erfi"),
    _row("erfinv", 1, 1, "inverse error function", "erfinv"),
    _row("erfcinv", 1, 1, "inverse complementary error function", "erfcinv"),
    _row("erf2", 2, 2, "difference of two error functions", "erf2"),
    _row("erf2inv", 2, 2, "inverse of the two-argument error function", "erf2inv"),
    # integrals with names
    _row("Si", 1, 1, "sine integral", "Si"),
    _row("Ci", 1, 1, "cosine integral", "Ci"),
    _row("Shi", 1, 1, "hyperbolic sine integral", "Shi"),
    _row("Chi", 1, 1, "hyperbolic cosine integral", "Chi"),
    _row("Ei", 1, 1, "exponential integral", "Ei"),
    _row("expint", 2, 2, "generalized exponential integral, order first", "expint"),
    _row("li", 1, 1, "logarithmic integral", "li"),
    _row("fresnels", 1, 1, "Fresnel sine integral", "fresnels"),
    _row("fresnelc", 1, 1, "Fresnel cosine integral", "fresnelc"),
    _row("elliptic_k", 1, 1, "complete elliptic integral of the first kind, by the parameter m", "elliptic_k"),
    _row("elliptic_f", 2, 2, "incomplete elliptic integral of the first kind", "elliptic_f"),
    _row("elliptic_e", 1, 2, "elliptic integral of the second kind", "elliptic_e"),
    _row("elliptic_pi", 2, 3, "elliptic integral of the third kind", "elliptic_pi"),
    # special functions by family, order first
    _row("besselj", 2, 2, "Bessel function of the first kind", "besselj"),
    _row("bessely", 2, 2, "Bessel function of the second kind", "bessely"),
    _row("besseli", 2, 2, "modified Bessel function of the first kind", "besseli"),
    _row("besselk", 2, 2, "modified Bessel function of the second kind", "besselk"),
    _row("airyai", 1, 1, "Airy function Ai", "airyai"),
    _row("airybi", 1, 1, "Airy function Bi", "airybi"),
    _row("airyaiprime", 1, 1, "derivative of the Airy function Ai", "airyaiprime"),
    _row("airybiprime", 1, 1, "derivative of the Airy function Bi", "airybiprime"),
    _row("zeta", 1, 2, "Riemann (Hurwitz) zeta function", "zeta"),
    _row("polylog", 2, 2, "polylogarithm", "polylog"),
    _row("hyper", 3, 3, "generalized hypergeometric function of two rows of parameters", "hyper"),
    _row("legendre", 2, 2, "Legendre polynomial", "legendre"),
    _row("assoc_legendre", 3, 3, "associated Legendre function", "assoc_legendre"),
    _row("chebyshevt", 2, 2, "Chebyshev polynomial of the first kind", "chebyshevt"),
    _row("chebyshevu", 2, 2, "Chebyshev polynomial of the second kind", "chebyshevu"),
    _row("hermite", 2, 2, "Hermite polynomial", "hermite"),
    _row("laguerre", 2, 2, "Laguerre polynomial", "laguerre"),
    _row("assoc_laguerre", 3, 3, "associated Laguerre polynomial", "assoc_laguerre"),
    _row("gegenbauer", 3, 3, "Gegenbauer polynomial", "gegenbauer"),
    _row("jacobi", 4, 4, "Jacobi polynomial", "jacobi"),
    _row("mathieus", 3, 3, "Mathieu sine function", "mathieus"),
    _row("mathieuc", 3, 3, "Mathieu cosine function", "mathieuc"),
    _row("mathieusprime", 3, 3, "derivative of the Mathieu sine function", "mathieusprime"),
    _row("mathieucprime", 3, 3, "derivative of the Mathieu cosine function", "mathieucprime"),
    _row("marcumq", 3, 3, "Marcum Q function", "marcumq"),
    # vectors and matrices
    _row("transpose", 1, 1, "transpose", "Transpose"),
    _row("inverse", 1, 1, "inverse matrix", "Inverse", "inv"),
    _row("trace", 1, 1, "trace", "Trace", "tr", "Tr", latex=_operator("tr")),
    _row("det", 1, 1, "determinant", "Determinant", "Determinant", latex=r"\det"),
    _row("norm", 1, 1, "Euclidean (Frobenius) norm", None),
    _row("dot", 2, 2, "inner product", None),
    _row("total", 1, 1, "sum of all components", None),
)

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
"""Every function by its canonical name."""

SPELLINGS: dict[str, str] = {alias: row.name for row in _ROWS for alias in (row.name, *row.aliases)}
"""Every spelling that is read as a function, with the canonical name."""
