"""Gradients and Hessians: against differences in high precision, their cost, their kinks, their branches."""

import math
import random
import re
from fractions import Fraction

import numpy as np
import pytest

from symgrad.errors import NoRuleError, UsageError
from symgrad.program import Line, Program, compile, interpret, lower  # noqa: A004
from symgrad.program.adjoint import gradient, hessian
from symgrad.program.derivatives import DERIVATIVES
from symgrad.program.expand import to_program
from symgrad.program.graph import Graph
from symgrad.program.program import OPERATIONS
from symgrad.syntax import ReadOptions, parse, read
from symgrad.syntax.budgets import Budgets
from symgrad.syntax.tree import Call, Number, Symbol
from symgrad.syntax.walks import substitute

mpmath = pytest.importorskip("mpmath")

PLACES = {
    "arcsin": 0.3,
    "arccos": 0.3,
    "artanh": 0.3,
    "erfinv": 0.3,
    "arcosh": 1.7,
    "log": 0.7,
    "sqrt": 0.7,
    "gamma": 2.3,
}
SMOOTH = [
    op
    for op, row in OPERATIONS.items()
    if row.arity == 1 and not row.truth and not row.special and op not in ("floor", "ceil", "round")
]


@pytest.mark.parametrize("op", SMOOTH)
def test_local_derivatives_are_the_limit_of_differences(op):
    g = Graph(1)
    (slope,) = gradient(g, g.unary(op, 0), [0])
    at = mpmath.mpf(PLACES.get(op, 0.7))
    program = to_program(g, [g.unary(op, 0), slope], ["x"])
    with mpmath.workdps(80):
        step = mpmath.mpf(10) ** -30
        above, below = (interpret(program, [at + sign * step], digits=80)[0] for sign in (1, -1))
        found = interpret(program, [at], digits=80)[1]
        assert abs(found - (above - below) / (2 * step)) < 1e-14


@pytest.mark.parametrize(
    "op", ["add", "subtract", "multiply", "divide", "power", "atan2", "hypot", "maximum", "minimum", "mod"]
)
def test_local_derivatives_of_two_arguments(op):
    g = Graph(2)
    root = g.binary(op, 0, 1)
    program = to_program(g, [root, *gradient(g, root, [0, 1])], ["x", "y"])
    point = [mpmath.mpf("2.3"), mpmath.mpf("0.7")]
    with mpmath.workdps(80):
        step = mpmath.mpf(10) ** -30
        slopes = interpret(program, point, digits=80)[1:]
        for k in range(2):
            ends = [[p + (sign * step if j == k else 0) for j, p in enumerate(point)] for sign in (1, -1)]
            above, below = (interpret(program, end, digits=80)[0] for end in ends)
            assert abs(slopes[k] - (above - below) / (2 * step)) < 1e-14


def test_every_operation_has_a_derivative():
    assert set(OPERATIONS) - {"select"} <= set(DERIVATIVES)


def test_an_operation_without_one_names_the_row_to_add():
    g = Graph(1)
    with pytest.raises(NoRuleError, match="'wobble' has no derivative"):
        gradient(g, g.node("wobble", 0), [0])


@pytest.mark.parametrize("seed", range(10))
def test_a_gradient_costs_at_most_three_times_the_value(seed):
    choose = random.Random(seed)
    parts = ["x", "y", "z"]
    for _ in range(60):
        kind = choose.choice(
            ["({} + {})", "({} * {})", "({} - {})", "sin({0})", "exp(-{0}^2)", "({0} / (2 + cos({1})))"]
        )
        parts.append(kind.format(choose.choice(parts[-6:]), choose.choice(parts)))
        if len(parts[-1]) > 4000:
            parts.pop()
    tree = read(parts[-1], options=ReadOptions(budgets=Budgets(nodes=10**6, characters=10**6))).tree
    value = compile(tree, order=0, variables=["x", "y", "z"]).program.operations
    assert compile(tree, order=1, variables=["x", "y", "z"]).program.operations <= 3 * value + 6


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("|x|", 0.0, 0.0),
        ("max(x, 0)", 0.0, 0.5),
        ("max(x, -x)", 0.0, 0.0),
        ("min(x, 2x)", 0.0, 1.5),
        ("relu(x)", 0.0, 0.0),
        ("relu(x)", 1.0, 1.0),
        ("sign(x)", 0.0, 0.0),
        ("floor(x)", 1.0, 0.0),
        ("hypot(x, 0)", 0.0, 0.0),
        ("clip(x, -1, 1)", 2.0, 0.0),
    ],
)
def test_kinks_take_the_documented_slope(text, x, slope):
    assert compile(parse(text), variables=["x"])(x)[1].tolist() == [slope]


@pytest.mark.parametrize("backend", ["python", "numpy"])
@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("Piecewise((sin(x)/x, x != 0), (1, True))", 0.0, (1.0, 0.0)),
        ("Piecewise((x ln(x), x > 0), (0, True))", 0.0, (0.0, 0.0)),
        ("Piecewise((sqrt(x), x > 1), (x^2, True))", -2.0, (4.0, -4.0)),
        ("Piecewise((1/x, x > 1), (1/(x - 2), x < 1), (5x, True))", 1.0, (5.0, 5.0)),
        ("Piecewise((ln(x)/sqrt(x), x > 0), (3 - x, True))", -1.0, (4.0, -1.0)),
    ],
)
def test_a_branch_not_taken_does_no_harm(text, x, expected, backend):
    value, gradient = compile(parse(text), backend=backend)(np.array([x]))
    assert (value[0], gradient[0, 0]) == expected


def test_second_derivatives_in_a_branch_are_safe_too():
    f = compile(parse("Piecewise((x^2 ln(x), x > 0), (0, True))"), order=2)
    assert f(0.0)[2].tolist() == [[0.0]]
    assert f(1.0)[2].tolist() == [[3.0]]


def test_hessians_are_symmetric_and_know_their_zeros():
    f = compile(parse("sin(x*y) + z^3 + y*z"), order=2)
    found = f(0.3, 0.7, 1.1)[2]
    u = 0.21
    expected = np.array([
        [-0.49 * math.sin(u), math.cos(u) - u * math.sin(u), 0],
        [math.cos(u) - u * math.sin(u), -0.09 * math.sin(u), 1],
        [0, 1, 6.6],
    ])  # fmt: skip
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert (0, 2) not in f.sparsity


def test_a_sparse_hessian_is_linear_in_size():
    text = " + ".join(f"(a{k + 1} - a{k}^2)^2" for k in range(300))
    tree = read(text, options=ReadOptions(budgets=Budgets(nodes=10**6, variables=400, characters=10**5))).tree
    g = Graph(301)
    from symgrad.program.lower import lower_into

    names = [f"a{k}" for k in range(301)]
    (root,) = lower_into(g, [tree], names)
    entries = hessian(g, gradient(g, root, range(301)), range(301))
    assert len(entries) == 601


def test_a_program_with_a_fault_is_refused():
    with pytest.raises(UsageError, match="no earlier line gives"):
        Program(("x",), (Line("v0", "sin", ("v1",)),), ("v0",)).check()
    with pytest.raises(UsageError, match="takes 2 arguments"):
        Program(("x",), (Line("v0", "add", ("x0",)),), ("v0",)).check()
    with pytest.raises(UsageError, match="given twice"):
        Program(("x",), (Line("x0", "sin", ("x0",)),), ("x0",)).check()
    with pytest.raises(UsageError, match="takes 1 numbers"):
        interpret(Program(("x",), (), ("x0",)), [])


# ---- the corpus -----------------------------------------------------------------------------------------------------


def test_the_derivatives_of_the_corpus(corpus):
    """Gradients and Hessians of other people's exercises, against the derivatives they give."""
    checked, choose = 0, random.Random(1)
    for row in corpus("derivatives.jsonl"):
        if row["status"] not in ("valid", "valid_partial", "sympy_limit") or row["kind"] == "unspecified-function":
            continue
        if re.search(r"\bI\b", row["expr"]):  # complex
            continue
        try:
            tree, answer = (parse(re.sub(r"\bE\b", "e", row[key])) for key in ("expr", "derivative"))
            names = list(dict.fromkeys([*lower(tree).inputs, *lower(answer).inputs, parse(row["var"]).name]))
            f = compile(tree, variables=names, order=row["order"], backend="python")
            known = lower(answer, names)
        except Exception:  # not readable or without a program: other tests say so
            continue
        k = names.index(parse(row["var"]).name)
        points = [[choose.uniform(0.2, 0.9) for _ in names] for _ in range(4)]
        if row["kind"] != "antiderivative-pair":  # those were made for positive numbers
            points += [[choose.uniform(-2.5, 2.5) for _ in names] for _ in range(4)]
        for point in points:
            found = f(*point)
            slope = float(found[1][k] if row["order"] == 1 else found[2][k, k])
            true = interpret(known, point)[0]
            if math.isfinite(true) and math.isfinite(slope) and math.isfinite(found[0]):
                assert slope == pytest.approx(true, rel=1e-7, abs=1e-7), f"{row['expr']} at {dict(zip(names, point))}"
                checked += 1
    assert checked > 1700


@pytest.mark.parametrize(
    ("text", "at", "slope"),
    [
        ("sqrt(relu(x))", -1.0, 0.0),
        ("root(relu(x), 3) sinh(x)", -0.5, 0.0),
        ("exp(ln(relu(x)))", -2.0, 0.0),
        ("relu(root(x, 3) - 1)", 0.0, 0.0),
        ("max(sqrt(x), 1)", 0.0, 0.0),
        ("max(sqrt(x), 1)", 1.0, 0.25),  # a tie is shared
        ("x + max(x sqrt(x), 1)", 0.0, 1.0),
        ("min(1/x, 5)", 1e-320, 0.0),
        ("clip(ln(x), -3, 3)", 0.0, 0.0),
        ("max(sqrt(x), 1)", math.nan, math.nan),
        ("min(exp(x), 5)", 1000.0, 0.0),
        ("relu(1 - exp(x))", 1000.0, 0.0),
        ("arccos(clip(x, -1, 2))", -40.0, 0.0),
        ("cos(max(sinh(x), x))", -745.5, math.sin(745.5)),
        ("0^(2^x + x)", 0.5, 0.0),
        ("sqrt(exp(-x^2))", 40.0, 0.0),
        ("relu(erfi(x))", -40.0, 0.0),
    ],
)
@pytest.mark.parametrize("backend", ["python", "numpy", "llvm"])
def test_what_is_not_chosen_leaves_no_zero_times_infinity(text, at, slope, backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = compile(text, order=2, backend=backend)
    _, (found,), ((curvature,),) = f(at)
    assert found == pytest.approx(slope, nan_ok=True)
    assert math.isfinite(curvature) or math.isnan(at)
    assert f.jvp([at], [1.0]) == pytest.approx(slope, nan_ok=True)


@pytest.mark.parametrize("degree", [3, 5, 7])
def test_odd_roots_are_vertical_at_zero(degree):
    value, slopes = compile(f"root(x, {degree})")(0.0)
    assert [value, slopes[0]] == [0.0, math.inf]


def test_products_with_a_direction_need_no_matrix():
    f = compile(parse("exp(x*y) + sin(y*z)"), order=2)
    x, v = np.array([0.3, 0.7, 1.1]), np.array([1.0, -2.0, 0.5])
    _, slopes, table = f.vector(x)
    assert f.jvp(x, v) == pytest.approx(slopes @ v)
    np.testing.assert_allclose(f.hvp(x, v), table @ v, rtol=1e-13)
    several = compile([parse("x*y"), parse("x + y^2")])
    np.testing.assert_allclose(several.jvp([2.0, 3.0], [1.0, 1.0]), several(2.0, 3.0)[1] @ [1.0, 1.0])
    with pytest.raises(UsageError, match="a point and a direction of 3"):
        f.hvp(x, [1.0])
    with pytest.raises(UsageError, match="no Hessian"):
        several.hvp([1.0, 1.0], [1.0, 1.0])


def test_local_derivatives_are_those_of_the_rule_table():
    """The derivation engine's rows and this room's agree on every function that both know."""
    elementary = pytest.importorskip("symgrad.calculus.elementary")
    from symgrad.program.lower import known_functions

    compared = 0
    for name in sorted(known_functions()):
        try:
            slopes = elementary.local_derivatives(name)
        except KeyError:
            continue
        symbols = [Symbol(letter) for letter in "uvwz"[: len(slopes)]]
        # an argument without a rule (an order) is a number: whole, and not
        for number in (2, Fraction(3, 2)):
            fixed = {symbol.name: Number(number) for symbol, s in zip(symbols, slopes) if s is None}
            compared += compare_with_table(name, symbols, slopes, fixed)
            if not fixed:
                break
    assert compared > 200


def compare_with_table(name, symbols, slopes, fixed):
    """How many derivatives of one function were compared with the rows of the derivation engine."""
    moving = [symbol.name for symbol in symbols if symbol.name not in fixed]
    arguments = [fixed.get(symbol.name, symbol) for symbol in symbols]
    known = [substitute(s, fixed) for s in slopes if s is not None]
    compared = 0
    for place in ([0.3, 0.4, 0.6, 0.5], [1.7, 0.5, 2.3, 0.5], [-0.6, 1.2, 2.0, 0.5]):
        at = place[: len(moving)]
        try:
            value, found = compile(Call(name, *arguments), variables=moving, backend="python")(*at)
            expected = [interpret(lower(s, moving), at)[0] for s in known]
        except UsageError:
            continue
        for slope, true in zip(found, expected):
            if math.isfinite(true) and math.isfinite(value):
                assert slope == pytest.approx(true, rel=1e-9), f"{name} at {at} with {fixed}"
                compared += 1
    return compared
