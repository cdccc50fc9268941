"""Formulas to programs: what is shared, what is folded, what is refused, and how deep a tree may be."""

import math
import time

import pytest

from symgrad.errors import UsageError
from symgrad.program import compile, interpret, lower  # noqa: A004
from symgrad.program.lower import known_functions
from symgrad.syntax import parse
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.tree import Add, Call, Integral, Multiply, Number, Power, Symbol

X = Symbol("x")


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


def test_gradients_are_as_deep():
    tree = X
    for _ in range(30_000):
        tree = Call("sin", tree)
    value, gradient = compile(tree, backend="numpy")(0.5)
    assert 0 < value < 0.02
    assert 0 < gradient[0] < 1


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
