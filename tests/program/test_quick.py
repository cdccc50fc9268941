"""Quick programs: right wherever their conditions hold, and asked no further where they don't."""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from symgrad.program import compile, interpret  # noqa: A004
from symgrad.program.backends import python_
from symgrad.program.factors import with_joined_constants, with_shared_factors
from symgrad.program.graph import Graph
from symgrad.program.scales import with_common_scales
from symgrad.syntax import parse

FORMULAS = [
    "1/(1 + e^(-x))", "ln(1 + e^x)", "ln(1 + e^(-x)) + x/2", "tanh(x)", "ln(e^x + e^y + e^(x - y))",
    "ln(1 + e^x + e^y)", "ln(e^x + e^y)", "sin(2 pi x)", "cos(pi x/3)^2", "1/(1 + e^(-x)) - 1/(1 + e^(-y))",
    "max(x, 0)*y", "abs(x - y)", "ln(1 + e^(x*y))*tanh(y)", "sqrt(abs(x))", "sigmoid(x)^3*softplus(-x)",
]  # fmt: skip
POINTS = [
    0.0,
    -0.0,
    1e-300,
    5e-324,
    0.3,
    -0.7,
    1.0,
    -2.5,
    36.0,
    -37.5,
    300.0,
    -340.0,
    708.0,
    -708.5,
    709.6,
    710.0,
    -745.0,
]
ALL = [*POINTS, 800.0, -1e5, 1e200, -1e308, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", FORMULAS)
def test_the_quick_program_agrees_with_the_plain_one(text, order):
    f = compile(parse(text), variables=["x", "y"], backend="python", order=order)
    quick = python_.build(f._kernels.quick).point
    # near 0 the sine of a turn is rounded, and second derivatives p − p² cancel in both
    rounding = 1e-13 if "pi" in text else 1e-15 if order == 2 else 1e-307
    for x in ALL:
        for y in (0.4, -3.0, 50.0, -800.0, math.inf, math.nan):
            for found, expected in zip(quick(x, y), interpret(f.program, [x, y]), strict=True):
                if not math.isfinite(expected):
                    close = found == expected or (math.isnan(found) and math.isnan(expected))
                else:
                    close = math.isclose(found, expected, rel_tol=3e-13, abs_tol=rounding)
                assert close, f"{text} at {x}, {y}: {found}, expected {expected}"


@pytest.mark.parametrize(
    ("text", "conditions", "operations"),
    [("1/(1 + e^(-x))", 1, {"negate": 1, "exp": 1, "add": 1, "divide": 1, "multiply": 2}),
     ("ln(1 + e^x)", 1, {"exp": 1, "log1p": 1, "add": 1, "divide": 1, "multiply": 1}),
     ("x^2 + sin(y)", 0, {"multiply": 2, "sin": 1, "cos": 1, "add": 1})],
)  # fmt: skip
def test_direct_forms_cost_what_one_would_write(text, conditions, operations):
    quick = compile(parse(text), backend="python")._kernels.quick
    assert quick.conditions == conditions
    assert dict(quick.program.counts()) == operations


def test_choices_by_one_condition_are_one_choice():
    quick = compile(parse("piecewise((x^2, x < 1), (sin(x), True))"), backend="python")._kernels.quick
    assert quick.program.counts()["select"] == 2  # value and slope
    f = compile(parse("piecewise((x^2, x < 1), (sin(x), True))"), backend="python")
    assert f.source.count("if (x0 < 1.0):") == 1
    assert math.isnan(f(math.nan)[0])


def test_a_factor_that_many_products_share_is_multiplied_once():
    g = Graph(4)
    outputs = [g.multiply(g.number(3), g.multiply(0, k)) for k in (1, 2, 3)]
    before = len([i for i in g.live(outputs) if g.ops[i] == "multiply"])
    new, outputs = with_shared_factors(g, outputs)
    assert before == 6
    assert len([i for i in new.live(outputs) if new.ops[i] == "multiply"]) == 4


def test_a_product_that_is_used_for_itself_is_left_alone():
    g = Graph(3)
    product = g.multiply(0, 1)
    outputs = [g.multiply(g.number(3), product), product, g.multiply(g.number(3), g.multiply(0, 2))]
    assert with_shared_factors(g, outputs)[0] is g


def products(g, outputs):
    return [i for i in g.live(outputs) if g.ops[i] == "multiply"]


def test_a_constant_goes_into_the_factor_that_long_products_share():
    g = Graph(6)
    long = [g.multiply(g.multiply(k, 0), k + 1) for k in (1, 3)]
    outputs = [g.multiply(g.number(3), product) for product in long]
    new, outputs = with_shared_factors(g, outputs)
    assert len(products(g, [g.multiply(g.number(3), product) for product in long])) == 6
    assert len(products(new, outputs)) == 5


def test_of_several_multiples_of_a_product_one_that_is_a_power_of_two_is_free():
    g = Graph(3)
    outputs = []
    for k in (1, 2):
        product = g.multiply(0, k)
        outputs += [g.multiply(g.number(Fraction(c)), product) for c in ("8/5", "-2")]
    new, outputs = with_shared_factors(g, outputs)
    assert [new.constant[new.args[output][0]] for output in outputs[::2]] == [Fraction(-4, 5)] * 2
    assert len(products(new, outputs)) == 5  # −2·x, twice times another, twice times −4/5


def test_of_several_multiples_none_is_free_if_that_would_round_more():
    g = Graph(3)
    outputs = [g.multiply(g.number(c), g.multiply(0, k)) for k in (1, 2) for c in (3, 5)]
    assert with_shared_factors(g, outputs)[0] is g


@pytest.mark.parametrize(
    ("text", "counts"),
    [("x/20 - y/20 + z/20", {"add": 1, "subtract": 1, "divide": 1}),
     ("e^(-(x + y/3 + 2 z))", {"divide": 1, "multiply": 1, "subtract": 2, "exp": 1}),
     ("e^(-(x + y/3 + z/5))", {"divide": 2, "add": 2, "negate": 1, "exp": 1}),
     ("3 (x y) - 3 (x z) + y", {"multiply": 3, "subtract": 1, "add": 1}),
     ("x + y - z", {"add": 1, "subtract": 1}),
     ("-(x + y)", {"add": 1, "negate": 1})],
)  # fmt: skip
def test_a_constant_of_several_terms_is_multiplied_once_and_a_sign_goes_into_constants(text, counts):
    f = compile(parse(text), variables=["x", "y", "z"], order=0, backend="python")
    assert dict(f._kernels.quick.program.counts()) == counts
    assert f(0.3, 1.7, -2.9) == pytest.approx(interpret(f.program, [0.3, 1.7, -2.9])[0], rel=1e-15)


def test_a_multiple_that_is_wanted_for_itself_stays_a_term():
    g = Graph(2)
    third, other = (g.multiply(g.number(Fraction(1, 3)), k) for k in (0, 1))
    assert with_common_scales(g, [g.add(third, other), third])[0] is g


def test_only_powers_of_two_move_where_no_bit_may_change():
    g = Graph(4)
    doubled, tripled = ([g.multiply(g.number(c), g.multiply(i, k)) for k in (2, 3)] for c, i in ((2, 0), (3, 1)))
    new, moved = with_shared_factors(g, doubled, same_bits=True)
    assert len(products(new, moved)) == len(products(g, doubled)) - 1
    assert with_shared_factors(g, tripled, same_bits=True)[0] is g


def test_constants_about_a_quotient_become_one_unless_it_is_used_for_itself():
    g = Graph(2)
    quotient = g.divide(g.multiply(g.number(2), 0), 1)
    outputs = [g.multiply(g.number(Fraction(1, 5)), quotient)]
    new, joined = with_joined_constants(g, outputs)
    assert [new.constant[new.args[i][0]] for i in products(new, joined)] == [Fraction(2, 5)]
    assert with_joined_constants(g, [*outputs, quotient])[0] is g


def test_log_sum_exp_looks_at_each_condition_once():
    source = compile(parse("ln(e^x + e^y + e^z)"), backend="python").source
    assert source.count("==") == 0
    assert source.count("<") == 3  # finite; which logarithm; there, whether it isn't too small


@pytest.mark.parametrize(
    "text", ["ln(e^x + e^y + e^z) - y", "ln(1 + e^x + e^(2 y) + e^z)", "ln(e^(x - y) + e^y + e^z)^2"]
)
def test_native_code_for_one_point_takes_the_largest_exponent_out_where_it_must(text):
    pytest.importorskip("llvmlite")
    f = compile(parse(text), backend="llvm")
    assert "maximum" in f.source.split("@point(")[0]
    assert "maximum" not in f.source.split("@point(")[1]
    inputs = np.array([*product((0.3, -700.0, 709.7, 800.0, -800.0, -1e300, math.inf, -math.inf, math.nan), repeat=3)])
    for x in inputs:
        out = np.empty(3)
        found = [f.into(x, out), *out]
        np.testing.assert_allclose(found, interpret(f.program, x.tolist()), rtol=1e-13, atol=4e-16)
        shared = x.copy()  # the results where the arguments are
        np.testing.assert_array_equal([f.into(shared, shared), *shared], found)


def test_formulas_without_exponentials_in_a_logarithm_have_no_second_body():
    pytest.importorskip("llvmlite")
    assert "point.sure" not in compile(parse("ln(x + y + z) + e^x"), backend="llvm").source


def test_a_turn_is_compared_by_the_square_where_that_is_computed_anyway():
    f = compile(parse("x^2 + cos(2 pi x)"), backend="python")
    assert "-4.0" not in f.source
    assert f(3.75)[0] == pytest.approx(3.75**2, rel=1e-15)
    assert f(1e6 + 0.25)[0] == (1e6 + 0.25) ** 2


def test_log_sum_exp_goes_on_where_all_exponentials_underflow():
    f = compile(parse("ln(e^x + e^y + e^z)"), backend="python")
    value, gradient = f(-1000.0, -1001.0, -1002.0)
    assert value == pytest.approx(-1000 + math.log(1 + math.exp(-1) + math.exp(-2)), rel=1e-15)
    assert sum(gradient) == pytest.approx(1, rel=1e-15)
