"""A formula keeps its order and source, knows its variables, and travels."""

import pickle
import subprocess
import sys

import pytest
import sympy as sp

from symgrad.errors import ReadError, UsageError
from symgrad.formula import Formula, as_formula
from symgrad.syntax import read
from symgrad.syntax.tree import Call, Node, Symbol


def test_text_is_read_and_kept() -> None:
    formula = Formula("y x^2 + 1")
    assert (formula.source, str(formula), formula.names) == ("y x^2 + 1", "y x² + 1", ("y", "x"))
    assert formula.reading is not None
    assert formula.expr == sp.Symbol("x", real=True) ** 2 * sp.Symbol("y", real=True) + 1
    assert formula.variables == sp.symbols("y x", real=True)


def test_latex_is_read() -> None:
    assert Formula(r"\frac{1}{1+e^{-x}}", syntax="latex") == Formula("1/(1+e^(-x))")


def test_sympy_symbols_come_back_as_they_were() -> None:
    x = sp.Symbol("x")
    formula = Formula(x**2 + sp.sin(x))
    assert formula.expr == x**2 + sp.sin(x)
    assert formula.variables == (x,)
    assert formula.source is None


def test_numbers_are_formulas() -> None:
    assert str(Formula(3)) == "3"
    assert Formula(-0.5).expr == sp.Rational(-1, 2)


def test_variables_can_be_ordered_and_added() -> None:
    assert Formula("y + x", variables=["x", "y", "z"]).names == ("x", "y", "z")
    assert Formula("y + x", variables=sp.symbols("x y")).names == ("x", "y")
    with pytest.raises(UsageError, match="leave out 'y'"):
        Formula("y + x", variables="x")


def test_bound_names_are_no_variables() -> None:
    assert Formula("sum(k x, k=1..n)").names == ("x", "n")


def test_formulas_pickle_hash_and_compare() -> None:
    formula = Formula("x^2 + y")
    again = pickle.loads(pickle.dumps(formula))
    assert again == formula
    assert hash(again) == hash(formula)
    assert (again.source, again.names) == (formula.source, formula.names)
    assert Formula("x + y") != Formula("y + x")


def test_a_formula_is_its_own_formula() -> None:
    formula = Formula("x")
    assert as_formula(formula) is formula
    assert as_formula("x") == as_formula(read("x").tree) == formula


def test_errors_are_ours() -> None:
    with pytest.raises(ReadError):
        Formula("x +")
    with pytest.raises(UsageError):
        Formula(object())  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        Formula(float("nan"))


def test_notebooks_show_it() -> None:
    bundle = Formula("x^2")._repr_mimebundle_()
    assert bundle["text/plain"] == "x²"
    assert bundle["text/latex"] == r"$\displaystyle x^2$"
    assert bundle["text/html"].startswith("<math")


def test_reading_and_printing_need_no_sympy() -> None:
    use = "f = Formula('x^2 sin x'); str(f), f.latex(), f.names"
    program = f"import sys; from symgrad.formula import Formula; {use}; print('sympy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "False"


def test_a_formula_deeper_than_the_stack_pickles() -> None:
    deep: Node = Symbol("x")
    for _ in range(5_000):
        deep = Call("sin", deep)
    formula = Formula(deep, variables=["x", "y"])
    assert pickle.loads(pickle.dumps(formula)) == formula


def test_an_error_about_half_a_character_can_be_printed() -> None:
    with pytest.raises(ReadError) as raised:
        Formula("x + \ud800")
    assert str(raised.value).encode()
