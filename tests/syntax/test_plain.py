"""Plain and Unicode formulas: what is typed, and how it is read with every bracket written."""

from fractions import Fraction

import pytest

from symgrad.errors import ReadError
from symgrad.syntax import parse, read
from symgrad.syntax.tree import Add, Apply, Constant, Multiply, Node, Number, Symbol
from symgrad.syntax.walks import walk

READINGS = [
    ("2x sin x", "2*x*sin(x)"),
    ("2 x", "2*x"),
    ("3xy", "3*x*y"),
    ("x(x+1)", "x*(x + 1)"),
    ("(x+1)(x-1)", "(x + 1)*(x - 1)"),
    ("2π r", "2*π*r"),
    ("2pi r^2", "2*π*(r^2)"),
    ("-x^2", "-(x^2)"),
    ("(-x)^2", "(-x)^2"),
    ("-2^2", "-(2^2)"),
    ("2^-x", "2^(-x)"),
    ("2^3^2", "2^(3^2)"),
    ("x^-2", "x^(-2)"),
    ("e^-x^2", "e^(-(x^2))"),
    ("a - b - c", "a - b - c"),
    ("a/b/c", "(a/b)/c"),
    ("a/b*c", "(a/b)*c"),
    ("a*b/c*d", "((a*b)/c)*d"),
    ("x--y", "x + y"),
    ("+x", "x"),
    ("x·y", "x*y"),
    ("x÷y", "x/y"),
    ("x−1", "x - 1"),
    ("x²y³", "(x^2)*(y^3)"),
    ("x⁻¹", "x^(-1)"),
    ("xⁿ", "x^n"),
    ("x^{2}", "x^2"),
    ("sin²x", "sin(x)^2"),
    ("sin^2(x)", "sin(x)^2"),
    ("sin^-2 x", "sin(x)^(-2)"),
    ("sin(x)^2", "sin(x)^2"),
    ("sin 2x", "sin(2*x)"),
    ("sin 2πx", "sin(2*π*x)"),
    ("sin x cos x", "sin(x)*cos(x)"),
    ("x sin x cos 2x", "x*sin(x)*cos(2*x)"),
    ("ln x", "ln(x)"),
    ("ln|x|", "ln(abs(x))"),
    ("ln sin x", "ln(sin(x))"),
    ("cos(x) sin(x)", "cos(x)*sin(x)"),
    ("sqrt x", "sqrt(x)"),
    ("√x", "sqrt(x)"),
    ("√2x", "sqrt(2)*x"),
    ("∛x", "root(x, 3)"),
    ("∛(x+1)", "root(x + 1, 3)"),
    ("|x-1|", "abs(x - 1)"),
    ("2|x|", "2*abs(x)"),
    ("|x|*|y|", "abs(x)*abs(y)"),
    ("|x| |y|", "abs(x)*abs(y)"),
    ("|x|+|y|", "abs(x) + abs(y)"),
    ("||x|-1|", "abs(abs(x) - 1)"),
    ("||x|-|y||", "abs(abs(x) - abs(y))"),
    ("|x|^2", "abs(x)^2"),
    ("|-x|", "abs(-x)"),
    ("⌊x⌋+⌈y⌉", "floor(x) + ceil(y)"),
    ("‖w‖", "norm(w)"),
    ("norm(w)", "norm(w)"),
    ("x!", "factorial(x)"),
    ("5!/3!", "factorial(5)/factorial(3)"),
    ("(n-1)!", "factorial(n - 1)"),
    ("sin 30°", "sin(30*(π/180))"),
    ("log x", "ln(x)"),
    ("log_2 x", "log(x, 2)"),
    ("log_2(x)", "log(x, 2)"),
    ("log_{10} x", "log(x, 10)"),
    ("log_a x", "log(x, a)"),
    ("log(x, 2)", "log(x, 2)"),
    ("log2(x)", "log(x, 2)"),
    ("log10(x)", "log(x, 10)"),
    ("lg x", "log(x, 10)"),
    ("log^2 x", "ln(x)^2"),
    ("ln(x)/ln(2)", "ln(x)/ln(2)"),
    ("f'(x)", "f'(x)"),
    ("f''(x)", "f''(x)"),
    ("f(x)", "f(x)"),
    ("f(x, y)", "f(x, y)"),
    ("f(2x)", "f(2*x)"),
    ("g(0)", "g(0)"),
    ("y(x)", "y(x)"),
    ("x(t)", "x(t)"),
    ("d/dx x^2", "diff(x^2, x)"),
    ("d/dx (x^2 sin x)", "diff((x^2)*sin(x), x)"),
    ("d^2/dx^2 x^3", "diff(x^3, (x, 2))"),
    ("d²/dx² x³", "diff(x^3, (x, 2))"),
    ("dy/dx", "diff(y(x), x)"),
    ("df(x)/dx", "diff(f(x), x)"),
    ("∂f/∂x", "∂/∂x (f(x))"),
    ("∂^2f/∂x∂y", "∂^2/∂x∂y (f(x, y))"),
    ("∂/∂x (x y)", "∂/∂x (x*y)"),
    ("d/dtheta sin theta", "diff(sin(θ), θ)"),
    ("diff(x^2)", "diff(x^2, x)"),
    ("diff(x^2, x)", "diff(x^2, x)"),
    ("diff(x^3, x, 2)", "diff(x^3, (x, 2))"),
    ("diff(x^3 y, (x, 2), y)", "diff((x^3)*y, (x, 2), y)"),
    ("Derivative(f(x), x)", "diff(f(x), x)"),
    ("Derivative(x**3, (x, 2))", "diff(x^3, (x, 2))"),
    ("{x^2 if x > 0; 0 otherwise}", "{x^2 if x > 0; 0 otherwise}"),
    ("{x if x>=0, -x if x<0}", "{x if x >= 0; -x if x < 0}"),
    ("{1 if 0 < x < 1; 0 otherwise}", "{1 if (0 < x) and (x < 1); 0 otherwise}"),
    (
        "{1 if x>0 and not y>0; 2 if x<0 or y<0; 0 otherwise}",
        "{1 if (x > 0) and (not (y > 0)); 2 if (x < 0) or (y < 0); 0 otherwise}",
    ),
    ("Piecewise((x, x > 0), (0, True))", "{x if x > 0; 0 otherwise}"),
    ("Piecewise((1, Eq(x, 0)), (sin(x)/x, True))", "{1 if x = 0; sin(x)/x otherwise}"),
    ("Piecewise((1, (x > 0) & (x < 1)), (0, True))", "{1 if (x > 0) and (x < 1); 0 otherwise}"),
    ("Max(x, 0)", "max(x, 0)"),
    ("Min(x, y, z)", "min(x, y, z)"),
    ("Abs(x)", "abs(x)"),
    ("min(1, max(0, x))", "min(1, max(0, x))"),
    ("clip(x, 0, 1)", "clip(x, 0, 1)"),
    ("atan2(y, x)", "atan2(y, x)"),
    ("arcsin x", "arcsin(x)"),
    ("asin(x)", "arcsin(x)"),
    ("arctg x", "arctan(x)"),
    ("sh x", "sinh(x)"),
    ("exp(1)", "exp(1)"),
    ("exp x", "exp(x)"),
    ("sum(k^2, k=1..n)", "sum(k^2, k=1..n)"),
    ("Sum(k**2, (k, 1, n))", "sum(k^2, k=1..n)"),
    ("sum(k^2, k, 1, n)", "sum(k^2, k=1..n)"),
    ("sum(x_i^2, i=1..n)", "sum(x[i]^2, i=1..n)"),
    ("sum((x[i+1]-x[i]^2)^2, i=1..n-1)", "sum((x[i + 1] - (x[i]^2))^2, i=1..n - 1)"),
    ("sum(w_ij x_j, j=1..n)", "sum(w[i, j]*x[j], j=1..n)"),
    ("∑_{k=1}^n k^2", "sum(k^2, k=1..n)"),
    ("∑_{k=1}^{n} k^2 + 1", "sum(k^2, k=1..n) + 1"),
    ("∏_{k=1}^n k", "product(k, k=1..n)"),
    ("Product(k, (k, 1, n))", "product(k, k=1..n)"),
    ("integral(x^2, x)", "integral(x^2, x)"),
    ("integral(x^2, x, 0, 1)", "integral(x^2, x, 0, 1)"),
    ("Integral(x**2, (x, 0, 1))", "integral(x^2, x, 0, 1)"),
    ("∫ x^2 dx", "integral(x^2, x)"),
    ("∫_0^1 x^2 dx", "integral(x^2, x, 0, 1)"),
    ("∫_0^∞ e^(-t) t^2 dt", "integral((e^(-t))*(t^2), t, 0, ∞)"),
    ("limit(sin(x)/x, x, 0)", "limit(sin(x)/x, x, 0)"),
    ("limit(1/x, x -> oo)", "limit(1/x, x, ∞)"),
    ("sum(1/k^2, k=1..oo)", "sum(1/(k^2), k=1..∞)"),
    ("x_1 + x_2", "x₁ + x₂"),
    ("x₁ + x₁₂", "x₁ + x₁₂"),
    ("x1 + x10", "x1 + x10"),
    ("w_{ij}", "w_ij"),
    ("w_{i,j}", "w[i, j]"),
    ("x_{i+1}", "x[i + 1]"),
    ("X[i, j]", "X[i, j]"),
    ("θ² + θ_1", "(θ^2) + θ₁"),
    ("alpha beta", "α*β"),
    ("λx", "λ*x"),
    ("xhat + ybar", "xhat + ybar"),
    ("x_max", "x_max"),
    ("beta_", "beta_"),
    ("gamma(x)", "gamma(x)"),
    ("gamma x", "γ*x"),
    ("beta(a, b)", "beta(a, b)"),
    ("zeta(s)", "zeta(s)"),
    ("σ(x)", "sigmoid(x)"),
    ("sigma x", "σ*x"),
    ("1/2x", "(1/2)*x"),
    ("2/3 x^2", "(2/3)*(x^2)"),
    ("-2/3 x", "-((2/3)*x)"),
    ("x/2", "x/2"),
    ("1/x y", "1/(x*y)"),
    ("x/2y", "x/(2*y)"),
    ("8/2a/2", "((8/2)*a)/2"),
    ("a/b c", "a/(b*c)"),
    ("e^2x", "(e^2)*x"),
    ("x^1/2", "(x^1)/2"),
    ("x y z w", "x*y*z*w"),
    ("xyz", "x*y*z"),
    ("abc", "a*b*c"),
    ("2ab", "2*a*b"),
    ("x1y2", "x1*y2"),
    ("2x1", "2*x1"),
    ("2E3", "2E3"),
    ("1.5e-3x", "1.5e-3*x"),
    (".5x", ".5*x"),
    ("2e", "2*e"),
    ("2e^x", "2*(e^x)"),
    ("0.1 + 0.2", "0.1 + 0.2"),
    ("x mod 2", "mod(x, 2)"),
    ("5x mod 3", "mod(5*x, 3)"),
    ("mod(x, y)", "mod(x, y)"),
    ("hyper((a, b), (c,), x)", "hyper([[a, b]], [[c]], x)"),
    ("Rational(1, 2)", "1/2"),
    ("cbrt(x)", "root(x, 3)"),
    ("root(x, 3)", "root(x, 3)"),
    ("nthroot(x, 5)", "root(x, 5)"),
    ("log1p(x)", "ln(1 + x)"),
    ("expm1(x)", "exp(x) - 1"),
    ("w^T x where w: vector(3), x: vector(3)", "transpose(w)*x"),
    ("xᵀ y", "transpose(x)*y"),
    ("tr(X)", "trace(X)"),
    ("re*im", "re*im"),
    ("N + S + I + E + Q", "N + S + I + E + Q"),
    ("lambda x", "λ*x"),
    ("sinx", "sin(x)"),
    ("2xsinx", "2*x*sin(x)"),
    ("sin2x", "sin(2*x)"),
    ("sinxcosx", "sin(x)*cos(x)"),
    ("xlnx", "x*ln(x)"),
    ("x sin x e^x", "x*sin(x)*(e^x)"),
    ("e^sin x", "e^sin(x)"),
    ("ln 2", "ln(2)"),
    ("3!10", "factorial(3)*10"),
    ("polygamma(0, x)", "polygamma(0, x)"),
    ("besselj(1, x)", "besselj(1, x)"),
    ("radius*cos(angle)", "radius*cos(angle)"),
    ("x_scale*y", "x_scale*y"),
    ("sum(w_{i,j} x_j, j=1..n)", "sum(w[i, j]*x[j], j=1..n)"),
    ("sum(sum(w_ij, i=1..n), j=1..m)", "sum(sum(w[i, j], i=1..n), j=1..m)"),
    ("d/dx f(x)", "diff(f(x), x)"),
    ("f(2x)", "f(2*x)"),
]


@pytest.mark.parametrize(("text", "bracketed"), READINGS, ids=[text for text, _ in READINGS])
def test_a_formula_is_read_as_a_lecturer_means_it(text: str, bracketed: str) -> None:
    assert read(text).bracketed == bracketed


@pytest.mark.parametrize("text", [text for text, _ in READINGS if "where" not in text])
def test_the_bracketed_reading_reads_back_to_the_same_tree_and_is_told_no_further(text: str) -> None:
    tree = read(text).tree
    names = tuple(sorted(_names(tree)))
    again = read(read(text).bracketed, options={"variables": names, "functions": tuple(_functions(tree))})
    assert again.tree == tree
    assert not again.choices


def _names(tree: Node) -> set[str]:
    return {node.name for node in walk(tree) if isinstance(node, Symbol)}


def _functions(tree: Node) -> set[str]:
    return {node.name for node in walk(tree) if isinstance(node, Apply)}


MORE_READINGS = [
    ("xe^x", "x*(e^x)"),
    ("2xe^(3x)", "2*x*(e^(3*x))"),
    ("xye^-x", "x*y*(e^(-x))"),
    ("Piecewise((1, (x > 1) | (x < -1)), (0, True))", "{1 if (x > 1) or (x < (-1)); 0 otherwise}"),
    ("∫x^2dx", "integral(x^2, x)"),
    ("sqrt3", "sqrt(3)"),
    ("cos2θ", "cos(2*θ)"),
    ("f(x)+f(a)", "f(x) + f(a)"),
    ("5/9(F-32)", "(5/9)*(F - 32)"),
    ("x^2e^x", "(x^2)*(e^x)"),
    ("e^x(x+1)", "(e^x)*(x + 1)"),
    ("2√3x", "2*sqrt(3)*x"),
    ("sigma(x+1)", "sigmoid(x + 1)"),
    ("x_{i,j}", "x[i, j]"),
    ("limit(ln(x), x -> 0+)", "limit(ln(x), x -> 0+)"),
    ("limit(1/x, x -> 0 from below)", "limit(1/x, x -> 0-)"),
    ("|x + 1| |y|", "abs(x + 1)*abs(y)"),
    ("x|x|", "x*abs(x)"),
    ("(|x|)(|y|) + [[|x|, 1]] v", "(abs(x)*abs(y)) + ([[abs(x), 1]]*v)"),
    ("|x|3|", "refused"),
    ("diff(a(x) + b, x)", "diff(a(x) + b, x)"),
    ("diff(k(t)^2, t) + k*t", "refused"),
    ("sin√x + cos|x| + ln∛x", "sin(sqrt(x)) + cos(abs(x)) + ln(root(x, 3))"),
    ("xsin√x", "x*sin(sqrt(x))"),
    ("2xsin|x|", "2*x*sin(abs(x))"),
    ("sin x_1 cos x_2", "sin(x₁)*cos(x₂)"),
    ("sin^n x", "sin(x)^n"),
    ("sin^2x + cos²x", "(sin(x)^2) + (cos(x)^2)"),
    ("e^(2x) - e^-2", "(e^(2*x)) - (e^(-2))"),
    ("x*-2/-3", "(x*(-2))/(-3)"),
    ("-x*-y", "-(x*(-y))"),
    ("x≤3", "refused"),
    ("x + \u00a0y\u2009z\tw", "x + (y*z*w)"),
    ("x ⋅ y ∕ z ∗ w", "((x*y)/z)*w"),
    ("∜16", "root(16, 4)"),
    ("ⅇ^x", "e^x"),
    ("f″(x)", "f''(x)"),
    ("f^(3)(x)", "refused"),
    ("∑_(k=1)^(n+1) x_k", "sum(x[k], k=1..n + 1)"),
    ("∑_{k=1}^∞ 1/k²", "sum(1/(k^2), k=1..∞)"),
    ("∫_{-1}^1 x dx", "integral(x, x, -1, 1)"),
    ("∫_-1^1 x dx", "integral(x, x, -1, 1)"),
    ("integral(integral(x y, x), y)", "integral(integral(x*y, x), y)"),
    ("Integral(x*y, (x, 0, 1), (y, 0, 2))", "integral(integral(x*y, x, 0, 1), y, 0, 2)"),
    ("Sum(a*b, (a, 1, 2), (b, 1, 3))", "sum(sum(a*b, a=1..2), b=1..3)"),
    ("product(x_k, k=1..3)", "product(x[k], k=1..3)"),
    (
        "Piecewise((1, And(x > 0, Not(y > 0))), (0, Or(x < 1, Eq(y, 0))))",
        "{1 if (x > 0) and (not (y > 0)); 0 if (x < 1) or (y = 0)}",
    ),
    (
        "Piecewise((1, Lt(x, 0)), (2, Ge(x, 1)), (3, Ne(x, 1/2)), (4, Le(x, 2)), (5, Gt(x, 3)))",
        "{1 if x < 0; 2 if x >= 1; 3 if x != (1/2); 4 if x <= 2; 5 if x > 3}",
    ),
    ("{1 when x > 0, 0 else}", "{1 if x > 0; 0 otherwise}"),
    ("{1 for (x > 0 or y > 0) and x != 2; 0 otherwise}", "{1 if ((x > 0) or (y > 0)) and (x != 2); 0 otherwise}"),
    ("Piecewise((1, ~(x > 0)), (0, True))", "{1 if not (x > 0); 0 otherwise}"),
    ("Piecewise((x, y), (0, True))", "refused"),
    ("det([[a, b], [c, d]])", "det([[a, b], [c, d]])"),
    ("det(matrix([[a, b], [c, d]]))", "det([[a, b], [c, d]])"),
    ("det([[a, b], [c]])", "refused"),
    ("log2 x + lg 2x + log^2(x)", "log(x, 2) + log(2*x, 10) + (ln(x)^2)"),
    ("log(x, e)", "log(x, e)"),
    ("log(x, 2, 3)", "refused"),
    ("nthroot(x)", "refused"),
    ("hyper(a, b, x)", "hyper([[a]], [[b]], x)"),
    ("X[1, 2] + x[i]^2", "X[1, 2] + (x[i]^2)"),
    ("x_{i+1,j}", "x[i + 1, j]"),
    ("d/dx (f(x)) + 1", "diff(f(x), x) + 1"),
    ("d^2f/dxdy", "diff(f(x, y), x, y)"),
    ("d²y/dx² + dy/dx", "diff(y(x), (x, 2)) + diff(y(x), x)"),
    ("d/dx_1 (x_1 x_2)", "diff(x₁*x₂, x₁)"),
    ("dx/dx", "diff(x, x)"),
    ("diff(x y, x, y, x)", "diff(x*y, (x, 2), y)"),
    ("diff(x^2, x, 0)", "refused"),
    ("a_1(2+3)", "a₁*(2 + 3)"),
    ("theta1 + phi0", "θ1 + φ0"),
    ("xdot + thetaddot", "xdot + thetaddot"),
    ("_x", "refused"),
    ("d2x", "refused"),
    ("exx", "refused"),
    ("if", "refused"),
    ("x ±1", "refused"),
    ("xsinx + 1", "(x*sin(x)) + 1"),
    ("det(Matrix([[a, b], [c, d]]))", "det([[a, b], [c, d]])"),
    ("x_1y", "x₁*y"),
    ("x_1y*2", "x_1y*2"),
    ("log_e x", "log(x, e)"),
    ("lnx (x+1)", "ln(x)*(x + 1)"),
    ("sinx(x+1)", "refused"),
    ("xsin", "refused"),
    ("[[1, 2], [3, x]] v where v: vector(2)", "[[1, 2], [3, x]]*v"),
]


@pytest.mark.parametrize(("text", "bracketed"), MORE_READINGS, ids=[text for text, _ in MORE_READINGS])
def test_what_people_type_is_read(text: str, bracketed: str) -> None:
    if bracketed == "refused":
        with pytest.raises(ReadError):
            read(text)
    else:
        assert read(text).bracketed == bracketed


AMBIGUITIES = [
    ("1/2x", "(1/2)*x", "1/(2*x)"),
    ("2/3 x^2", "(2/3)*(x^2)", "2/(3*(x^2))"),
    ("1/x y", "1/(x*y)", "(1/x)*y"),
    ("a/b c", "a/(b*c)", "(a/b)*c"),
    ("2^3^2", "2^(3^2)", "(2^3)^2"),
    ("e^2x", "(e^2)*x", "e^(2*x)"),
    ("x^1/2", "(x^1)/2", "x^(1/2)"),
    ("√2x", "sqrt(2)*x", "sqrt(2*x)"),
    ("xy", "x*y", "xy"),
    ("sin x^2", "sin(x^2)", "sin(x)^2"),
    ("sin x cos x", "sin(x)*…", "sin(x*…)"),
    ("sin xy", "sin(x*y)", "sin(x)*y"),
    ("sin x/2", "sin(x)/…", "sin(x/…)"),
    ("tan^-1 x", "arctan(x)", "1/tan(x)"),
    ("f(x)", "f(x)", "f*x"),
    ("d/dx x^2+1", "diff(x^2, x) + …", "diff((x^2) + …, x)"),
    ("√2x", "sqrt(2)*x", "sqrt(2*x)"),
    ("sqrt 2x", "sqrt(2*x)", "sqrt(2)*x"),
    ("σ(x)", "sigmoid(x)", "σ*x"),
    ("e^(i x)", "i", "i"),
    ("d/dx (x)(x+1)", "diff(x*(x + 1), x)", "diff(x, x)*(x + 1)"),
]


@pytest.mark.parametrize(("text", "taken", "other"), AMBIGUITIES)
def test_two_readings_are_told(text: str, taken: str, other: str) -> None:
    assert (taken, other) in [(place.taken, place.other) for place in read(text).ambiguities]


@pytest.mark.parametrize("text", ["2x+1", "x^2 sin(x)", "e^(-x^2)", "1/(1+x)", "sin 2x", "|x-1|", "e^-x^2", "x^2y"])
def test_a_clear_text_is_not_told_as_ambiguous(text: str) -> None:
    assert not read(text).choices


def test_plain_log_is_natural_unless_asked_otherwise() -> None:
    assert read("log x").bracketed == "ln(x)"
    assert read("log x", options={"log": "10"}).bracketed == "log(x, 10)"
    assert read("log_2 x", options={"log": "10"}).bracketed == "log(x, 2)"


def test_the_decimal_comma_is_an_option() -> None:
    assert read("1,5x + max(1,5; x)", options={"decimal_comma": True}).bracketed == "(1.5*x) + max(1.5, x)"


def test_declared_names_are_variables_whatever_they_look_like() -> None:
    options = {"variables": ["e", "pi", "sinx", "rate", "sin"]}
    assert read("e^rate + pi + sinx + sin*2", options=options).bracketed == "(e^rate) + π + sinx + (sin*2)"
    assert {n.name for n in walk(read("e + pi", options=options).tree) if isinstance(n, Symbol)} == {"e", "pi"}


def test_a_declared_variable_before_a_bracket_is_a_factor() -> None:
    assert read("f(x) + y(t)", options={"variables": ("f", "y")}).bracketed == "(f*x) + (y*t)"
    assert read("A(x)", options={"shapes": {"A": (2, 2)}}).bracketed == "A*x"


def test_declared_functions_are_functions() -> None:
    assert read("a(x) + f(b)", options={"functions": ("a", "f")}).bracketed == "a(x) + f(b)"


def test_constants_can_be_spelt_otherwise() -> None:
    tree = read("E^(i x)", options={"constants": {"E": "e", "i": "i"}}).tree
    assert [n.name for n in walk(tree) if isinstance(n, Constant)] == ["e", "i"]


def test_every_name_of_sympy_is_a_variable() -> None:
    for name in ("beta", "gamma", "zeta", "lambda", "N", "S", "I", "E", "Q", "O", "C"):
        assert read(f"2*{name} + 1").tree == Add(Multiply(Number(2), Symbol(name)), Number(1))


def test_declared_shapes_are_part_of_the_symbols() -> None:
    reading = read("X w where X: matrix(n, d), w: vector(d)")
    assert reading.tree == Multiply(Symbol("X", ("n", "d")), Symbol("w", ("d",)))
    assert reading.declarations == (("X", ("n", "d")), ("w", ("d",)))


def test_decimals_stay_exact_and_remember_their_spelling() -> None:
    node = read("0.10").tree
    assert isinstance(node, Number)
    assert node == Number(Fraction(1, 10))
    assert node.text == "0.10"


def test_an_equation_is_read_where_one_is_welcome() -> None:
    assert read("x^2 + y^2 = 25", options={"accept": ("equation",)}).bracketed == "((x^2) + (y^2)) = 25"
    assert read("y' = 2xy", options={"accept": ("equation",)}).bracketed == "y'(x) = (2*x*y(x))"
    assert read("dy/dx = x y", options={"accept": ("equation",)}).bracketed == "diff(y(x), x) = (x*y(x))"


def test_a_condition_is_read_where_one_is_welcome() -> None:
    options = {"accept": ("condition",)}
    assert read("0 < x <= 1 or not x = 2", options=options).bracketed == "((0 < x) and (x <= 1)) or (not (x = 2))"


def test_parse_remembers() -> None:
    assert parse("1 - tanh(u)^2") is parse("1 - tanh(u)^2")
