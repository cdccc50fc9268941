"""Laws that hold whatever the formulas are: linear, product, chain, inverse pairs, mixed partials, renaming."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgrad.calculus import derive
from symgrad.calculus.verify import check_equal
from symgrad.syntax import parse
from symgrad.syntax.tree import Add, Call, Divide, Multiply, Negate, Node, Number, Power, Symbol
from symgrad.syntax.walks import substitute
from symgrad.typeset import line

X, Y = Symbol("x"), Symbol("y")
SMOOTH = ("sin", "cos", "exp", "arctan", "tanh", "sinh", "arsinh", "sigmoid")


def formulas(depth: int = 3) -> st.SearchStrategy[Node]:
    leaves = st.one_of(st.just(X), st.just(Y), st.integers(1, 9).map(Number))

    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        return st.one_of(
            st.builds(Add, inner, inner),
            st.builds(Multiply, inner, inner),
            st.builds(lambda u, v: Divide(u, Add(Number(2), Power(v, Number(2)))), inner, inner),
            st.builds(lambda u, n: Power(u, Number(n)), inner, st.integers(2, 3)),
            st.builds(Call, st.sampled_from(SMOOTH), inner),
            st.builds(Negate, inner),
        )

    return st.recursive(leaves, grow, max_leaves=2**depth)


def d(node: Node, name: str = "x") -> Node:
    return derive(node, name).tree


def same(first: Node, second: Node) -> bool:
    """Not contradicted: values out of every range leave nothing to compare."""
    return check_equal(first, second).status != "contradicted"


@settings(max_examples=60, deadline=None)
@given(formulas(), formulas(), st.integers(-5, 5))
def test_linear(f: Node, g: Node, k: int) -> None:
    assert same(d(Add(f, Multiply(Number(k), g))), Add(d(f), Multiply(Number(k), d(g))))


@settings(max_examples=60, deadline=None)
@given(formulas(), formulas())
def test_product_and_quotient(f: Node, g: Node) -> None:
    assert same(d(Multiply(f, g)), Add(Multiply(d(f), g), Multiply(f, d(g))))
    below = Call("exp", g)
    top = Add(Multiply(d(f), below), Negate(Multiply(f, d(below))))
    assert same(d(Divide(f, below)), Divide(top, Power(below, Number(2))))


@settings(max_examples=60, deadline=None)
@given(formulas(2), formulas(2))
def test_chain(f: Node, g: Node) -> None:
    inserted = substitute(f, {"x": g})
    expected = Multiply(substitute(d(f), {"x": g}), d(g))
    assert same(d(inserted), expected)


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_mixed_partials_commute(f: Node) -> None:
    assert same(d(d(f, "x"), "y"), d(d(f, "y"), "x"))


@settings(max_examples=60, deadline=None)
@given(formulas(), st.sampled_from(["e_", "pi_", "t", "alpha", "exp_", "x_1", "lambda_"]))
def test_the_name_of_a_variable_does_not_matter(f: Node, name: str) -> None:
    renamed = substitute(f, {"x": Symbol(name)})
    assert same(substitute(d(renamed, name), {name: X}), d(f))


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_a_constant_adds_nothing_and_a_scale_comes_out(f: Node) -> None:
    assert same(d(Add(f, Number(7))), d(f))
    scaled = substitute(f, {"x": Multiply(Number(3), X)})
    assert same(d(scaled), Multiply(Number(3), substitute(d(f), {"x": Multiply(Number(3), X)})))


@settings(max_examples=40, deadline=None)
@given(formulas())
def test_every_line_of_a_random_derivation_holds(f: Node) -> None:
    evidence = derive(f, "x").verify()
    assert not evidence.contradicted, (line(f), str(evidence))


@pytest.mark.parametrize(
    ("function", "inverse"),
    [
        ("sin", "arcsin"),
        ("cos", "arccos"),
        ("tan", "arctan"),
        ("sinh", "arsinh"),
        ("cosh", "arcosh"),
        ("tanh", "artanh"),
        ("exp", "ln"),
        ("sec", "arcsec"),
        ("csc", "arccsc"),
        ("cot", "arccot"),
        ("sech", "arsech"),
        ("csch", "arcsch"),
        ("coth", "arcoth"),
        ("erf", "erfinv"),
    ],
)
def test_a_function_of_its_inverse_has_slope_one(function: str, inverse: str) -> None:
    outer, inner = d(Call(function, X)), d(Call(inverse, X))
    product = Multiply(substitute(outer, {"x": Call(inverse, X)}), inner)
    assert check_equal(product, Number(1)).holds()


def test_eulers_identity_for_homogeneous_formulas() -> None:
    for text, degree in (("x^3 y + x^2 y^2", 4), ("sqrt(x^2 + y^2)", 1), ("x/y", 0)):
        f = parse(text)
        total = Add(Multiply(X, d(f, "x")), Multiply(Y, d(f, "y")))
        assert check_equal(total, Multiply(Number(degree), f))


def test_decimals_and_fractions_give_the_same_derivative() -> None:
    source = random.Random(1)
    for _ in range(10):
        n = source.randint(1, 99)
        assert check_equal(d(parse(f"0.{n:02d} x^2.5")), d(parse(f"{n}/100 x^(5/2)")))
