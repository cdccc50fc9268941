"""Sympy expressions come out in the order in which sympy prints them, as a person would write them, or are refused."""

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from symgrad.errors import SymgradError, UsageError
from symgrad.formula import from_sympy, to_sympy
from symgrad.syntax import read
from symgrad.syntax.tree import Symbol
from symgrad.typeset import line

x, y, a = sp.symbols("x y a", real=True)
f = sp.Function("f", real=True)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (x**2 + 2 * x + 1, "x² + 2x + 1"),
        (1 / x, "1/x"),
        (-x / 2, "−x/2"),
        (sp.Rational(-3, 2) * x, "−3x/2"),
        (1 / sp.sqrt(x), "1/sqrt(x)"),
        (x ** sp.Rational(1, 3), "x^(1/3)"),
        (sp.exp(-x) / (1 + sp.exp(-x)) ** 2, "e^(−x)/(1 + e^(−x))²"),
        (sp.exp(1) + sp.pi, "e + π"),
        (x**y, "x^y"),
        (2.5 * x, "2.5x"),
        (sp.sin(x) ** 2, "sin²(x)"),
        (sp.asinh(x), "arsinh(x)"),
        (sp.Heaviside(x), "step(x)"),
        (sp.digamma(x), "digamma(x)"),
        (sp.Derivative(f(x), x), "f′(x)"),
        (f(x**2).diff(x), "2x f′(x²)"),
        (sp.Derivative(x**2, x), "d/dx(x²)"),
        (sp.Integral(sp.exp(-(y**2)), (y, 0, x)), "integral(e^(−y²), y=0..x)"),
        (sp.Sum(x**a, (a, 0, sp.oo)), "sum(x^a, a=0..∞)"),
        (sp.Piecewise((x, x > 0), (-x, True)), "{x if x > 0; −x otherwise}"),
        (sp.Max(x, 1), "max(1, x)"),
        (sp.Symbol("theta_1") * sp.Symbol("w_{ij}"), "θ₁ w_ij"),
        (-sp.oo, "−∞"),
    ],
)
def test_expressions_come_out_as_written_by_hand(expression: sp.Expr, shown: str) -> None:
    assert line(from_sympy(expression)) == shown


@pytest.mark.parametrize(
    "expression",
    [
        sp.meijerg([[1], []], [[1], []], x),
        sp.DiracDelta(x),
        sp.zoo,
        sp.nan,
        sp.Order(x),
        sp.Lambda(x, x),
        sp.Interval(0, 1),
        sp.Tuple(x, y),
    ],
    ids=lambda expression: type(expression).__name__,
)
def test_what_is_not_known_is_refused_by_name(expression: sp.Basic) -> None:
    with pytest.raises(SymgradError):
        from_sympy(expression)


HOSTILE_NAMES = ["x y", "__import__('os')", "<script>", "\\input{x}", "1x", "", "x" * 200, "x'", "None"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        from_sympy(sp.Symbol(name))


@pytest.mark.parametrize("thing", ["x^2", 3, None, [x]])
def test_only_sympy_objects_are_taken(thing: object) -> None:
    with pytest.raises(UsageError):
        from_sympy(thing)


def test_symbols_named_like_constants_are_symbols() -> None:
    assert from_sympy(sp.Symbol("pi")) == Symbol("pi")
    assert from_sympy(sp.Symbol("e")) == Symbol("e")


def agree(first: sp.Expr, second: sp.Expr) -> bool:
    """Equal at a point: sympy multiplies out or not, depending on the way an expression was built."""
    names = sorted(first.free_symbols | second.free_symbols, key=str)
    point = {symbol: sp.Rational(30 + 7 * k, 97) for k, symbol in enumerate(names)}
    return abs(sp.N((first - second).subs(point), 30)) < 1e-20


def test_there_and_back_is_the_same_expression(corpus: Callable[[str], list[Any]]) -> None:
    seen = 0
    for row in corpus("derivatives.jsonl"):
        try:
            first = to_sympy(read(row["expr"]).tree)
        except SymgradError:
            continue
        again = to_sympy(from_sympy(first))
        assert again == first or agree(again, first), row["expr"]
        seen += 1
    assert seen > 250


def test_matrices_there_and_back() -> None:
    matrix = sp.Matrix([[x, 1], [0, sp.sin(x)]])
    assert to_sympy(from_sympy(matrix)) == matrix.as_immutable()
    big, vector = sp.MatrixSymbol("W", 3, 2), sp.MatrixSymbol("v", 2, 1)
    assert to_sympy(from_sympy(big * vector)) == big * vector
