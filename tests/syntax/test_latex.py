"""LaTeX formulas: what lecturers write, and how it is read with every bracket written."""

import pytest

from symgrad.errors import ReadError
from symgrad.syntax import read
from symgrad.syntax.tree import Constant, Index, Limit, Matrix, Number, Symbol
from symgrad.syntax.walks import walk

OPTIONS = {"accept": ("condition",)}

READINGS = [
    (r"\frac12 x", "(1/2)*x"),
    (r"\frac{1}{2}x", "(1/2)*x"),
    (r"\dfrac{x}{2} + \tfrac x2", "(x/2) + (x/2)"),
    (r"\frac xy", "x/y"),
    (r"\frac14s^4", "(1/4)*(s^4)"),
    (r"\sqrt x", "sqrt(x)"),
    (r"\sqrt2", "sqrt(2)"),
    (r"\sqrt{x+1}", "sqrt(x + 1)"),
    (r"\sqrt[3]{x}", "root(x, 3)"),
    (r"\left|x-1\right|", "abs(x - 1)"),
    (r"\lvert x \rvert", "abs(x)"),
    (r"\lVert x\rVert", "norm(x)"),
    (r"\|x\|", "norm(x)"),
    ("|x||y|", "abs(x)*abs(y)"),
    ("||x|-1|", "abs(abs(x) - 1)"),
    (r"\left\lfloor x \right\rfloor", "floor(x)"),
    (r"\lceil x \rceil", "ceil(x)"),
    (r"\operatorname{sech} x", "sech(x)"),
    (r"\operatorname{erf}\left(x\right)", "erf(x)"),
    (r"\mathrm{e}^{x}", "e^x"),
    (r"\exp\left(-x^2\right)", "exp(-(x^2))"),
    (r"\sin^2 x", "sin(x)^2"),
    (r"\sin^{-1} x", "arcsin(x)"),
    (r"\sin ^{2}(x)", "sin(x)^2"),
    (r"\sin\theta\cos\theta", "sin(θ)*cos(θ)"),
    (r"\tan{ \left( x\right)}", "tan(x)"),
    (r"\sin\frac{x}{2}", "sin(x/2)"),
    (r"\sin \omega t", "sin(ω*t)"),
    (r"\cos 2x", "cos(2*x)"),
    (r"\log x", "ln(x)"),
    (r"\log_2 x", "log(x, 2)"),
    (r"\log_{10} x", "log(x, 10)"),
    (r"\lg x", "log(x, 10)"),
    (r"\ln(x)^2", "ln(x)^2"),
    (r"2\cdot 3 \times x", "2*3*x"),
    (r"x \div y", "x/y"),
    (r"a\,b\;c\quad d", "a*b*c*d"),
    ("2xy", "2*x*y"),
    ("x^{2y}", "x^(2*y)"),
    ("e^{-x^2/2}", "e^(-((x^2)/2))"),
    (r"x^\alpha", "x^α"),
    (r"x^\frac23", "x^(2/3)"),
    ("2^{3^2}", "2^(3^2)"),
    ("x^{10}", "x^10"),
    ("x_1 + x_{12}", "x₁ + x₁₂"),
    ("w_{ij}", "w_ij"),
    ("x_{i+1}", "x[i + 1]"),
    (r"x_{\max}", "x_max"),
    (r"x_{\mathrm{max}}", "x_max"),
    ("x_i^2", "x_i^2"),
    ("x^2_i", "x_i^2"),
    ("x'", "x'"),
    ("a_b'", "a_b'"),
    (r"\hat{y} - y", "yhat - y"),
    (r"\hat y", "yhat"),
    (r"\bar{x}", "xbar"),
    (r"\dot x", "xdot"),
    (r"\mathrm{loss} + 1", "loss + 1"),
    (r"\mathit{rate}", "rate"),
    (r"\mathbf{w}^\top \mathbf{x}", "transpose(w)*x"),
    (r"\boldsymbol{\theta}", "θ"),
    (r"A^{\mathsf T} x", "transpose(A)*x"),
    ("f(x)", "f(x)"),
    ("f'(x)", "f'(x)"),
    ("f''(x)", "f''(x)"),
    ("f^{(4)}(x)", "f''''(x)"),
    ("f(x, y)", "f(x, y)"),
    (r"f\left(x\right)", "f(x)"),
    (r"\frac{d}{dx} x^2", "diff(x^2, x)"),
    (r"\frac{d}{dx} \left(x^2 + 1\right)", "diff((x^2) + 1, x)"),
    (r"\frac{\mathrm{d}}{\mathrm{d}x} \sin x", "diff(sin(x), x)"),
    (r"\frac{d^2}{dx^2} x^3", "diff(x^3, (x, 2))"),
    (r"\frac{d^{2}y}{dx^{2}}", "diff(y(x), (x, 2))"),
    (r"\frac{dy}{dx}", "diff(y(x), x)"),
    (r"\frac{d f(x)}{dx}", "diff(f(x), x)"),
    (r"\frac{d}{d x_1} x_1^2", "diff(x₁^2, x₁)"),
    (r"\frac{\partial f}{\partial x}", "∂/∂x (f(x))"),
    (r"\frac{\partial^2 f}{\partial x\,\partial y}", "∂^2/∂x∂y (f(x, y))"),
    (r"\frac{\partial}{\partial x} (x y)", "∂/∂x (x*y)"),
    (r"\sum_{k=1}^{n} k^2", "sum(k^2, k=1..n)"),
    (r"\sum_{i=1}^n x_i", "sum(x[i], i=1..n)"),
    (r"\sum_{i=1}^n \sum_{j=1}^m w_{ij} x_j", "sum(sum(w[i, j]*x[j], j=1..m), i=1..n)"),
    (r"\sum_{k=1}^n k^2 + 1", "sum(k^2, k=1..n) + 1"),
    (r"\prod_{k=1}^n k", "product(k, k=1..n)"),
    (r"\int x^2 \, dx", "integral(x^2, x)"),
    (r"\int_0^1 x^2 dx", "integral(x^2, x, 0, 1)"),
    (r"\int_{0}^{\infty} e^{-t} dt", "integral(e^(-t), t, 0, ∞)"),
    (r"\int \frac{dx}{x}", "integral(1/x, x)"),
    (r"\int_0^1 x\,\mathrm{d}x + 1", "integral(x, x, 0, 1) + 1"),
    (r"\lim_{x \to 0} \frac{\sin x}{x}", "limit(sin(x)/x, x, 0)"),
    (r"\lim_{x \to 0^+} \ln x", "limit(ln(x), x -> 0+)"),
    (r"\lim_{x\to\infty} \frac1x", "limit(1/x, x, ∞)"),
    (r"\begin{cases} x^2 & x > 0 \\ 0 & x \le 0 \end{cases}", "{x^2 if x > 0; 0 if x <= 0}"),
    (r"\begin{cases} x^2 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}", "{x^2 if x > 0; 0 otherwise}"),
    (
        r"\begin{cases} 1 & \text{for}\: 0 < x \wedge x < 1 \\0 & \text{otherwise} \end{cases}",
        "{1 if (0 < x) and (x < 1); 0 otherwise}",
    ),
    (r"\max(0, x)", "max(0, x)"),
    (r"\max\left\{0, x\right\}", "max(0, x)"),
    (r"\min\{a, b\}", "min(a, b)"),
    (r"\operatorname{ReLU}(x)", "relu(x)"),
    (r"\text{ReLU}(x)", "relu(x)"),
    (r"\sigma(x)", "sigmoid(x)"),
    (r"\Gamma(x)", "gamma(x)"),
    (r"\Gamma x", "Γ*x"),
    (r"\binom{n}{k}", "binomial(n, k)"),
    ("n!", "factorial(n)"),
    ("(n-1)!", "factorial(n - 1)"),
    ("x!^2", "factorial(x)^2"),
    (r"\sin 30^\circ", "sin(30*(π/180))"),
    (r"\pi r^2", "π*(r^2)"),
    (r"2\pi", "2*π"),
    (r"-\frac{2}{x^4}", "-(2/(x^4))"),
    ("18k^{(-11/2)}", "18*(k^(-(11/2)))"),
    ("3{,}5x", "3.5*x"),
    ("1.5x", "1.5*x"),
    (r"\left[x + \left(y - 1\right)\right]^2", "(x + (y - 1))^2"),
    (r"\big(x + 1\big)^2", "(x + 1)^2"),
    ("$x^2$", "x^2"),
    (r"\[x^2\]", "x^2"),
    (r"\displaystyle \frac{x}{2}", "x/2"),
    (r"\overline{z}", "conjugate(z)"),
    (r"\operatorname{mod}(x, y)", "mod(x, y)"),
    (r"x \bmod 2", "mod(x, 2)"),
    (r"x \ne y", "x != y"),
    (r"\det\left(A\right)", "det(A)"),
    (r"\operatorname{tr}(A)", "trace(A)"),
    (r"\det \left( \begin{matrix} a & b \\ c & d \end{matrix} \right)", "det([[a, b], [c, d]])"),
    (r"\frac{ \cos x }{ 4 x^{2 } }", "cos(x)/(4*(x^2))"),
    ("sin x cos x", "sin(x)*cos(x)"),
    (r"\log_{x}(2)", "log(2, x)"),
    (r"\ell^2", "ℓ^2"),
    (r"x \geqslant 1", "x >= 1"),
    (r"x \leq 1", "x <= 1"),
    (r"x \lt y", "x < y"),
    (r"x \geq y", "x >= y"),
    (r"x \neq y", "x != y"),
    (r"\vert x\vert", "abs(x)"),
    (r"\left\| x \right\|", "norm(x)"),
    (r"\left\lVert x \right\rVert^2", "norm(x)^2"),
    (r"\left\lbrace x\right\rbrace", "x"),
    (r"\left\lceil x\right\rceil", "ceil(x)"),
    (r"\Re(z) + \operatorname{Im}(z)", "re(z) + im(z)"),
    (r"xsinx + 2cos x", "(x*sin(x)) + (2*cos(x))"),
    (r"\operatorname{re}(z)", "re(z)"),
    (r"\mathrm{B}(a, b)", "beta(a, b)"),
    (r"\operatorname{log}(x)", "ln(x)"),
    (r"\operatorname{besselj}(n, x)", "besselj(n, x)"),
    (r"\mathrm{x\_scale} y", "x_scale*y"),
    (r"\mathbf{\theta} + \mathcal{L}", "θ + L"),
    (r"\vec{x} + \tilde\theta + \widehat{y} + \ddot y", "xvec + thetatilde + yhat + yddot"),
    (r"x_{1,2} + y_{\theta} + z_{\text{in}}", "x_1_2 + y_theta + z_in"),
    (r"x_{i,j}", "x[i, j]"),
    (r"x_{\max,1}", "x_max_1"),
    (r"\sum_{k=1}^3 x_{k} y_k", "sum(x[k]*y[k], k=1..3)"),
    (r"\prod\limits_{k=1}^{n}\left(1+x_k\right)", "product(1 + x[k], k=1..n)"),
    (r"\int\limits_{-1}^{1} \frac{x\,dx}{1+x^2}", "integral(x/(1 + (x^2)), x, -1, 1)"),
    (r"\int \sin x\,dx", "integral(sin(x), x)"),
    (r"\int dx", "integral(1, x)"),
    (r"\lim_{x \rightarrow -\infty} e^x", "limit(e^x, x, -∞)"),
    (r"\lim_{x \to 0^{-}} \frac1x", "limit(1/x, x -> 0-)"),
    (r"\frac{d^2 f(x)}{d x^2}", "diff(f(x), (x, 2))"),
    (r"\frac d{dx} x", "diff(x, x)"),
    (r"\frac{\partial^2}{\partial x \partial y} (xy)", "∂^2/∂x∂y (x*y)"),
    (r"\frac{d}{d\theta} \sin\theta", "diff(sin(θ), θ)"),
    (r"\frac{d(x^2)}{dx}", "diff(x^2, x)"),
    (r"\frac{a}{d}", "a/d"),
    (r"\frac{d}{2}", "d/2"),
    (r"d \cdot 2", "d*2"),
    (r"\left(\begin{matrix} 1 & x \\ 0 & 1 \end{matrix}\right) v", "[[1, x], [0, 1]]*v"),
    (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "det([[a, b], [c, d]])"),
    (r"\begin{matrix} a & b \\ c \end{matrix} v", "refused"),
    (r"\begin{cases} 1 & x \geq 0, \\ -1 & \text{otherwise} \end{cases}", "refused"),
    (r"\begin{cases} 1 & x \\ 2 & y > 0 \end{cases}", "refused"),
    (
        r"\begin{cases} 1, & x \geq 0 \lor y > 0 \\ -1 & \text{else} \end{cases}",
        "{1 if (x >= 0) or (y > 0); -1 otherwise}",
    ),
    (r"\begin{cases} 1 & \neg (x > 0) \\ 2 & \text{not } x > 1 \end{cases}", "{1 if not (x > 0); 2 if not (x > 1)}"),
    (r"x^{\prime\prime} y", "x''*y"),
    (r"f^{\prime}(x)", "f'(x)"),
    (r"A^\intercal B^{\text{T}}", "transpose(A)*transpose(B)"),
    (r"90^{\circ} + 45°", "(90*(π/180)) + (45*(π/180))"),
    (r"x² + y³", "(x^2) + (y^3)"),
    (r"a − b · c × d", "a - (b*c*d)"),
    (r"θ α", "θ*α"),
    (r"\sqrt 2 x", "sqrt(2)*x"),
    (r"\sqrt[2]{x}", "sqrt(x)"),
    (r"\frac{1}{2}\cdot\frac{1}{3}", "(1/2)*(1/3)"),
    (r"\log_28", "refused"),
    (r"\log_2 8", "log(8, 2)"),
    (r"\log_{2}8", "log(8, 2)"),
    (r"\ln 3x", "ln(3*x)"),
    (r"\cos\sqrt x", "cos(sqrt(x))"),
    (r"\sin x e^x", "sin(x)*(e^x)"),
    (r"e^{x}e^{y}", "(e^x)*(e^y)"),
    (r"\tan^2\theta", "tan(θ)^2"),
    (r"\sin^{n} x", "sin(x)^n"),
    (r"\varepsilon x", "ϵ*x"),
]


@pytest.mark.parametrize(("text", "bracketed"), READINGS, ids=[text for text, _ in READINGS])
def test_latex_is_read_as_a_lecturer_means_it(text: str, bracketed: str) -> None:
    if bracketed == "refused":
        with pytest.raises(ReadError):
            read(text, syntax="latex", options=OPTIONS)
    else:
        assert read(text, syntax="latex", options=OPTIONS).bracketed == bracketed


def test_a_one_sided_limit_keeps_its_side() -> None:
    for text in (r"\lim_{x \to 0^+} x", r"\lim_{x \to 0^{+}} x"):
        limit = read(text, syntax="latex").tree
        assert isinstance(limit, Limit)
        assert (limit.side, limit.children[2]) == ("+", Number(0))


def test_a_subscript_that_a_sum_binds_is_an_index() -> None:
    tree = read(r"\left(\sum_{i=1}^n w_{i,j} x_i\right) + x_i", syntax="latex").tree
    assert sorted(len(node.subscripts) for node in walk(tree) if isinstance(node, Index)) == [1, 2]
    assert Symbol("x_i") in list(walk(tree))


def test_a_matrix_is_read_where_one_is_welcome() -> None:
    tree = read(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", syntax="latex", options={"accept": ("matrix",)}).tree
    assert isinstance(tree, Matrix)
    assert tree.shape == (2, 2)


def test_a_name_declared_as_x1_is_the_x_with_subscript_1() -> None:
    assert read("x_1 + x_{2}", syntax="latex", options={"variables": ("x1",)}).bracketed == "x1 + x₂"


def test_the_decimal_comma_is_an_option() -> None:
    assert read("3,5x", syntax="latex", options={"decimal_comma": True}).bracketed == "3.5*x"


def test_the_imaginary_unit_is_asked_for() -> None:
    tree = read(r"e^{\mathrm{i} x}", syntax="latex", options={"constants": {"i": "i"}}).tree
    assert Constant("i") in list(walk(tree))


def test_the_letter_e_is_eulers_number_unless_declared() -> None:
    assert Constant("e") in list(walk(read("xe^x", syntax="latex").tree))
    assert Constant("e") not in list(walk(read("xe^x", syntax="latex", options={"variables": ("e",)}).tree))
