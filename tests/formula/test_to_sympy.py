"""A tree and its sympy expression are the same function, symbols are real, and nothing hangs or runs text."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from sympy.core.function import AppliedUndef

from symgrad.errors import LimitError, SymgradError, UsageError
from symgrad.formula import to_sympy
from symgrad.syntax import read
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.tree import (
    INFINITY,
    Add,
    Apply,
    Call,
    Derivative,
    Index,
    Limit,
    Multiply,
    Node,
    Number,
    Power,
    Sum,
    Symbol,
)
from symgrad.typeset import plain

x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2x sin x + x^2 cos x", 2 * x * sp.sin(x) + x**2 * sp.cos(x)),
        ("e^(-x)", sp.exp(-x)),
        ("exp(x)", sp.exp(x)),
        ("0.1x", x / 10),
        ("sigmoid(x)", 1 / (1 + sp.exp(-x))),
        ("relu(x)", sp.Max(0, x)),
        ("clip(x, 0, 1)", sp.Max(0, sp.Min(1, x))),
        ("log(x, 2)", sp.log(x) / sp.log(2)),
        ("|x|", sp.Abs(x)),
        ("hypot(x, y)", sp.sqrt(x**2 + y**2)),
        ("atan2(y, x)", sp.atan2(y, x)),
        ("{x^2 if x>0; -x otherwise}", sp.Piecewise((x**2, x > 0), (-x, True))),
        ("besselj(2, x)", sp.besselj(2, x)),
        ("hyper((1, 2), (3,), x)", sp.hyper([1, 2], [3], x)),
        ("arccot(x)", sp.acot(x)),
    ],
)
def test_formulas_become_what_sympy_calls_them(text: str, wanted: sp.Expr) -> None:
    assert to_sympy(read(text).tree) == wanted


def test_the_root_is_the_real_one() -> None:
    cube_root = to_sympy(read("cbrt(x)").tree)
    assert cube_root.subs(x, -8) == -2
    assert to_sympy(read("root(x, 4)").tree).subs(x, 16) == 2


def test_unspecified_functions_and_their_derivatives() -> None:
    f, t = sp.Function("f", real=True), Symbol("x")
    assert to_sympy(Apply("f", t)) == f(x)
    assert to_sympy(Apply("f", t, orders=(2,))) == sp.Derivative(f(x), (x, 2))
    at_a_place = to_sympy(Apply("f", Power(t, Number(2)), orders=(1,)))
    assert at_a_place.doit() == sp.diff(f(y), y).subs(y, x**2)
    assert isinstance(to_sympy(Derivative(Apply("f", t), t)), sp.Derivative)


def test_binders_stay_inert() -> None:
    k, n = Symbol("k"), Symbol("n")
    assert to_sympy(Sum(Power(Symbol("x"), k), k, Number(0), n)).func is sp.Sum
    assert to_sympy(Limit(Symbol("x"), Symbol("x"), INFINITY)).func is sp.Limit
    assert isinstance(to_sympy(Index(Symbol("w"), Symbol("i"))), sp.Indexed)


def test_names_that_sympy_uses_are_just_symbols() -> None:
    for name in ("pi", "E", "I", "exp", "beta", "gamma", "zeta", "S", "N", "Q", "lambda"):
        symbol = to_sympy(Symbol(name))
        assert symbol == sp.Symbol(name, real=True)


def test_hostile_names_never_reach_sympy(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for name in (f"__import__('pathlib').Path('{marker}').touch()", "x y", "x;y", "a.b", "", "x\n"):
        for hostile in (Symbol(name), Apply(name, Symbol("x")), Symbol("X", (name, 3))):
            with pytest.raises(UsageError):
                to_sympy(hostile)
    assert not marker.exists()


def test_given_symbols_are_used() -> None:
    plain_x = sp.Symbol("x")
    assert to_sympy(read("x^2").tree, {"x": plain_x}).free_symbols == {plain_x}


def nested_choices(depth: int) -> Node:
    tree: Node = Symbol("x")
    for k in range(depth):
        tree = Call("max" if k % 2 else "min", tree, Multiply(Number(k + 2), Symbol("x")), Add(Symbol("y"), Number(k)))
    return tree


@pytest.mark.parametrize(
    "tree",
    [
        Power(Number(9), Power(Number(9), Power(Number(9), Number(9)))),
        Power(Number(2), Number(10**10)),
        Power(Power(Number(9), Number(9)), Number(9999)),
        Add(Symbol("x"), Multiply(Number(3), Power(Number(9), Number(10**8)))),
        Call("factorial", Number(10**9)),
        Call("binomial", Number(10**9), Number(5 * 10**8)),
        Call("legendre", Number(10**6), Symbol("x")),
        Call("zeta", Number(-(10**5))),
        Call("max", *map(Symbol, "abcdefghijklmnopqr")),
        nested_choices(40),
        Call("floor", Call("exp", Call("exp", Call("exp", Number(7))))),
    ],
    ids=lambda tree: type(tree).__name__,
)
def test_huge_numbers_and_nests_are_left_unevaluated(tree: Node) -> None:
    assert isinstance(to_sympy(tree), sp.Basic)


def test_a_tree_too_deep_for_sympy_is_refused() -> None:
    tree: Node = Symbol("x")
    for _ in range(1000):
        tree = Call("sin", tree)
    with pytest.raises(LimitError):
        to_sympy(tree)


def test_every_function_that_names_a_constructor_has_one() -> None:
    for row in FUNCTIONS.values():
        assert row.sympy is None or callable(getattr(sp, row.sympy))


def test_the_machine_form_is_the_same_function_to_sympy(corpus: Callable[[str], list[Any]]) -> None:
    """What `plain` prints, sympify reads (in this test only) as the function that to_sympy builds."""
    rng = random.Random(1)
    compared = 0
    for row in corpus("derivatives.jsonl")[::2]:
        try:
            tree = read(row["expr"]).tree
            ours = to_sympy(tree)
        except SymgradError:
            continue
        if ours.atoms(AppliedUndef):
            continue
        names = {str(symbol): symbol for symbol in ours.free_symbols}
        theirs = sp.sympify(plain(tree), locals=names)
        point = {symbol: sp.Rational(rng.randint(20, 80), 100) for symbol in ours.free_symbols}
        first, second = (sp.N(side.subs(point)) for side in (ours, theirs))
        if not first.is_finite:
            continue
        assert complex(second) == pytest.approx(complex(first), rel=1e-9), plain(tree)
        compared += 1
    assert compared > 80
