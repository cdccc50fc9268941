"""Formulas to programs: what is shared, what is folded, what is refused, and how deep a tree may be."""

import math
import time
from fractions import Fraction

import pytest

from symgrad.errors import UsageError
from symgrad.program import compile, interpret, lower  # noqa: A004
from symgrad.program.lower import known_functions
from symgrad.syntax import parse
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.tree import (
    OTHERWISE,
    Add,
    Call,
    Compare,
    Divide,
    E,
    Integral,
    Multiply,
    Negate,
    Number,
    Piecewise,
    Power,
    Symbol,
)

X, Y = Symbol("x"), Symbol("y")


def value(text: str, **point: float) -> float:
    program = lower(parse(text))
    return interpret(program, [point[name] for name in program.inputs])[0]


def test_what_looks_alike_is_computed_once():
    assert lower(parse("sin(x*y) + sin(x*y)^2 + exp(sin(x*y))")).counts()["sin"] == 1


def test_shared_objects_are_walked_once():
    tree = X
    for _ in range(200):  # 2^200 nodes if written out
        tree = Multiply(tree, tree)
    assert lower(Call("sin", tree)).operations == 201


def test_whole_powers_are_multiplications():
    assert lower(parse("x^8")).counts() == {"multiply": 3}
    assert lower(parse("x^(-2)")).counts() == {"multiply": 1, "divide": 1}
    assert lower(parse("x^(3/2)")).counts() == {"sqrt": 1, "multiply": 1}
    assert lower(parse("x^100")).counts() == {"power": 1}


def test_constants_are_folded_exactly():
    assert str(lower(parse("(1/3 + 1/6) x"))) == "program(x)\n  v0 = 0.5*x\n  return v0"
    assert str(lower(parse("x/3"))) == "program(x)\n  v0 = x/3\n  return v0"
    assert lower(parse("0.1 + 0.2")).outputs == (0.3,)


def test_long_sums_are_added_in_pairs():
    program = lower(Add(*(Symbol(f"x{k}") for k in range(64))))
    depth = dict.fromkeys((f"x{k}" for k in range(64)), 0)
    for name, _, args in program.lines:
        depth[name] = 1 + max(depth[argument] for argument in args)
    assert max(depth.values()) <= 8


def test_a_hundred_thousand_deep():
    tree = X
    for k in range(100_000):
        tree = Call("sin", tree) if k % 2 else Add(tree, Number(1))
    start = time.process_time()
    program = lower(tree)
    assert program.operations == 100_000
    assert time.process_time() - start < 120  # a guard against quadratic work
    assert math.isfinite(interpret(program, [0.5])[0])


@pytest.mark.parametrize("depth", [98, 99, 100, 101, 102, 103, 250])
def test_what_is_shared_is_computed_once_on_both_sides_of_the_depth_where_recursion_ends(depth):
    """Fibonacci's tree: every part is shared, at two depths."""
    below, upper = Symbol("x"), Call("sin", Symbol("x"))
    for _ in range(depth):
        below, upper = upper, Call("sin", Add(upper, below))
    program = lower(upper)
    assert program.counts() == {"sin": depth + 1, "add": depth}
    below, value = 0.7, math.sin(0.7)
    for _ in range(depth):
        below, value = value, math.sin(value + below)
    assert interpret(program, [0.7]) == [value]


def test_gradients_are_as_deep():
    tree = X
    for _ in range(30_000):
        tree = Call("sin", tree)
    value, gradient = compile(tree, backend="numpy")(0.5)
    assert 0 < value < 0.02
    assert 0 < gradient[0] < 1


HALF = Number(Fraction(1, 2))
DEEP = {
    "sums": lambda u, k: Add(X, u) if k % 2 else Add(u, Negate(Y)),
    "sums of halves": lambda u, k: Add(Number(1), Multiply(HALF, u)),
    "sums of products": lambda u, k: Add(Multiply(u, u), Number(-1)),
    "products": lambda u, k: Multiply(Call("sin", X), u) if k % 2 else Multiply(u, X),
    "functions": lambda u, k: Call("sin" if k % 2 else "cos", Negate(u)),
    "logarithms": lambda u, k: Call("ln", Add(Number(1), Power(E, u))),
    "roots": lambda u, k: Call("sqrt", Add(Number(1), u)),
    "powers": lambda u, k: Power(Add(Number(1), u), Number(Fraction(-1, 3))),
    "towers": lambda u, k: Power(X, u),
    "squares": lambda u, k: Power(Multiply(HALF, u), Number(2)),
    "quotients": lambda u, k: Divide(X, Add(Number(1), u)),
    "extremes": lambda u, k: Call("max", Call("abs", u), Y),
    "choices of what is inside": lambda u, k: Piecewise(
        (Multiply(HALF, u), Compare("<", u, Number(1))), (Y, OTHERWISE)
    ),
    "choices of what is outside": lambda u, k: Piecewise((Add(X, u), Compare("<", X, Number(k))), (Y, OTHERWISE)),
}


@pytest.mark.parametrize("kind", DEEP)
def test_gradients_of_deep_formulas_are_linear_in_depth(kind):
    operations = {}
    for depth in (500, 4_000):
        tree = Y
        for k in range(depth):
            tree = DEEP[kind](tree, k)
        start = time.process_time()
        f = compile(tree, variables=["x", "y"], backend="numpy")
        operations[depth] = f.program.operations
        assert time.process_time() - start < 10  # quadratic work took minutes
        value, slopes = interpret(f.program, [0.5, 0.7])[0], interpret(f.program, [0.5, 0.7])[1:]
        assert math.isfinite(value)
        assert all(map(math.isfinite, slopes))
    assert operations[4_000] <= 8.5 * operations[500] + 50


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("cot(x)", 0.7, 1 / math.tan(0.7)),
        ("sec(x)", 0.7, 1 / math.cos(0.7)),
        ("arccot(x)", 2.0, math.atan(0.5)),
        ("arcsec(x)", 2.0, math.acos(0.5)),
        ("coth(x)", 0.7, 1 / math.tanh(0.7)),
        ("sech(x)", 0.7, 1 / math.cosh(0.7)),
        ("csch(x)", 0.7, 1 / math.sinh(0.7)),
        ("arcoth(x)", 2.0, math.atanh(0.5)),
        ("log(x, 2)", 8.0, 3.0),
        ("root(x, 3)", -8.0, -2.0),
        ("root(x, 5)", -32.0, -2.0),
        ("max(x, 1, 2)", 1.5, 2.0),
        ("min(x, 1, 2)", 1.5, 1.0),
        ("clip(x, -1, 1)", 3.0, 1.0),
        ("frac(x)", -0.25, 0.75),
        ("mod(x, 3)", -1.0, 2.0),
        ("step(x)", 0.0, 0.5),
        ("step(x)", 2.0, 1.0),
        ("relu(x)", -2.0, 0.0),
        ("sinc(x)", 0.0, 1.0),
        ("factorial(x)", 4.0, 24.0),
        ("binomial(x, 2)", 5.0, 10.0),
        ("beta(x, 3)", 2.0, 1 / 12),
        ("hypot(x, 4)", 3.0, 5.0),
        ("round(x)", 2.5, 2.0),
        ("sum(k x, k, 1, 4)", 2.0, 20.0),
        ("product(x + k, k, 0, 2)", 2.0, 24.0),
    ],
)
def test_functions_outside_the_closed_set_are_spelled_in_it(text, x, expected):
    assert value(text, x=x) == pytest.approx(expected, rel=1e-14)


def test_every_function_is_one_of_the_table_or_a_spelling_of_one():
    spellings = {"log1p", "expm1", "log2", "log10", "cbrt", "heaviside", "lgamma"}
    assert known_functions() - set(FUNCTIONS) <= spellings


@pytest.mark.parametrize(
    ("tree", "what"),
    [
        (Integral(X, X, Number(0), Number(1)), "integral has no value"),
        (Call("mathieus", X), "'mathieus' has no program"),
        (Call("sin", X, X), "one argument"),
    ],
)
def test_what_has_no_program_is_refused(tree, what):
    with pytest.raises(UsageError, match=what):
        lower(tree, ["x"])


def test_a_variable_that_is_not_named_is_refused():
    with pytest.raises(UsageError, match="'y', which is not among"):
        lower(Add(X, Symbol("y")), ["x"])


def test_names_of_constants_and_functions_are_harmless():
    tree = Add(Symbol("pi"), Call("exp", Symbol("exp")), Power(Symbol("v0"), Symbol("import")))
    f = compile(tree, variables=["pi", "exp", "v0", "import"])
    assert f(1.0, 0.0, 2.0, 3.0)[0] == 10.0


def test_a_derivative_left_standing_is_computed():
    assert value("d/dx x^3", x=2.0) == 12.0
