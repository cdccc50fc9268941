"""What `compile` takes: formulas of every kind, names, options and data, and how it refuses the others."""

import numpy as np
import pytest

from symgrad.errors import LimitError, UsageError
from symgrad.formula import Formula
from symgrad.program import compile  # noqa: A004
from symgrad.syntax import parse

BACKENDS = ["python", "numpy", "auto"]


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names", "at", "slopes"),
    [
        ("pi x", ["pi", "x"], (2.0, 5.0), [5.0, 2.0]),
        ("e x", ["e", "x"], (2.0, 5.0), [5.0, 2.0]),
        ("rate x", ["x", "rate"], (2.0, 5.0), [5.0, 2.0]),
        ("θ x", ["x", "θ"], (2.0, 5.0), [5.0, 2.0]),
        ("x₁ x", ["x₁", "x"], (2.0, 5.0), [5.0, 2.0]),
        ("theta^2", "theta", (3.0,), [6.0]),
    ],
)
def test_the_names_asked_for_are_variables_in_the_text(text, names, at, slopes):
    assert compile(text, variables=names)(*at)[1].tolist() == slopes


def test_variables_may_be_symbols_or_come_one_by_one():
    sympy = pytest.importorskip("sympy")
    x, y = sympy.symbols("x_{1} y")
    assert compile(x - y, variables=[y, x])(1.0, 3.0)[0] == 2.0
    assert compile("sum(x[i]^2, i, 1, 60)", variables=(name for name in "x"))(np.ones(60))[0] == 60.0


@pytest.mark.parametrize(
    "variables", [3, {"x", "y"}, ["x", None], ["x", 3], "x, y", ["x", "y", "y"], ["x", "a b"], ["y"]]
)
def test_what_names_no_variables_is_refused(variables):
    with pytest.raises(UsageError, match="variable"):
        compile("x y", variables=variables)


def test_arguments_by_name_are_found_as_they_are_written():
    assert compile("θ - x₁")(**{"θ": 5.0, "x₁": 3.0})[0] == 2.0


def test_symbols_of_one_name_that_differ_are_not_taken_for_one():
    sympy = pytest.importorskip("sympy")
    with pytest.raises(UsageError, match="called 'x'"):
        compile(sympy.Symbol("x", real=True) * sympy.Symbol("x"))


def test_the_order_of_a_formula_is_kept():
    assert compile(Formula("a - b", variables=["b", "c", "a"])).names == ("b", "c", "a")
    f = compile(Formula("a sum(x[i], i, 1, 60) - b", variables=["b", "x", "a"]))
    assert f(1.0, np.ones(60), 2.0)[0] == 119.0


# ---- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{"order": 1.0}, {"order": np.array([1, 2])}, {"order": None}, {"order": "1"}, {"backend": None},
     {"backend": ["auto"]}, {"backend": np.array(["auto", "numpy"])}, {"dtype": None}, {"dtype": int}, {"dtype": [1]},
     {"dtype": "float16"}, {"dtype": ">f8"}, {"data": [1]}, {"data": {1: 2.0}}],
)  # fmt: skip
def test_options_of_any_type_are_refused_by_name(options):
    with pytest.raises(UsageError, match=r"order|backend|dtype|data|variable"):
        compile("x^2", **options)


@pytest.mark.parametrize("dtype", [np.float32, "f4", np.dtype("float32")])
def test_a_type_may_be_given_as_numpy_has_it(dtype):
    assert compile("x^2", dtype=dtype)(np.ones(2))[0].dtype == np.float32


# ---- formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, b"x", 1j, {"x": 1}, int, len, [["x"]], [], True, float("nan")])
def test_what_is_no_formula_is_refused(wrong):
    with pytest.raises(UsageError, match="formula"):
        compile(wrong)


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_of_any_size_stand_in_formulas(backend):
    huge = "9" * 390
    assert compile(f"x^{huge}", backend=backend)(1.0)[0] == 1.0
    assert compile(f"x^-{huge}", backend=backend)(np.array([2.0]))[0][0] == 0.0
    assert compile(f"x^({huge} + 1/3)", backend=backend)(0.5)[0] == 0.0
    assert compile(10**5000, backend=backend)()[0] == np.inf
    assert compile(f"x/{huge}", backend=backend)(1.0)[0] == 0.0


def test_a_condition_has_no_value():
    sympy = pytest.importorskip("sympy")
    x, y = sympy.symbols("x y")
    for condition in (x > y, sympy.Eq(x, y), sympy.And(x > 0, y > 0), sympy.true):
        with pytest.raises(UsageError, match=r"condition|formula"):
            compile(condition)


def test_an_unknown_function_of_sympy_is_refused():
    sympy = pytest.importorskip("sympy")
    with pytest.raises(UsageError, match="'f'"):
        compile(sympy.Function("f")(sympy.Symbol("x")))


# ---- components ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("text", "value", "slopes"),
    [
        ("sum(x[i]^2, i, 1, 3)", 14.0, [2.0, 4.0, 6.0]),
        ("prod(x[i], i, 1, 3)", 6.0, [6.0, 3.0, 2.0]),
        ("x[1] x[2] - x[3]", -1.0, [2.0, 1.0, -1.0]),
        ("sum(sum(x[i] x[j], j, 1, 3), i, 1, 3)", 36.0, [12.0, 12.0, 12.0]),
        ("sum(sum(x[j], j, 1, i), i, 1, 3)", 10.0, [3.0, 2.0, 1.0]),
        ("sum(prod(x[j], j, i, i + 1), i, 1, 2)", 8.0, [2.0, 4.0, 2.0]),
    ],
)
def test_a_text_with_few_components_is_written_out(text, value, slopes, backend):
    f = compile(text, backend=backend)
    assert f.names == ("x_1", "x_2", "x_3")
    found = f(1.0, 2.0, 3.0)
    assert found[0] == value
    assert found[1].tolist() == slopes
    assert f(x_3=3.0, x_1=1.0, x_2=2.0)[0] == value


def test_components_in_latex_and_in_lists():
    assert compile(Formula(r"\sum_{i=1}^{3} x_i^2", syntax="latex"))(1.0, 2.0, 3.0)[0] == 14.0
    assert compile(["sum(x[i]^2, i, 1, 3)", "y + x[1]"])(1.0, 2.0, 3.0, 4.0)[0].tolist() == [14.0, 5.0]


def test_an_indexed_name_stands_for_its_components():
    f = compile("w sum(x[i]^2, i, 1, 3)", variables=["x", "u", "w"])
    assert f.names == ("x_1", "x_2", "x_3", "u", "w")


def test_an_empty_sum_is_zero():
    assert compile("sum(x[i], i, 1, 0) + 2", order=0)() == 2.0


@pytest.mark.parametrize(
    "text", ["x + x[1]", "x[1] + x[1, 2]", "sum(x[i] + x[i, i], i, 1, 60)", "x sum(x[i], i, 1, 60)"]
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_name_has_one_number_of_indices(text, backend):
    with pytest.raises(UsageError, match=r"'x' (has|stands)"):
        compile(text, backend=backend)


@pytest.mark.parametrize("bound", ["infinity", "n", "5/2", "x[1]"])
def test_a_sum_needs_whole_bounds(bound):
    with pytest.raises((UsageError, LimitError)):
        compile(f"sum(1/i^2, i, 1, {bound})")


def test_a_long_sum_with_inner_sums_of_other_lengths_is_written_out():
    value, slopes = compile("sum(sum(x[j], j, 1, i), i, 1, 60)").vector(np.ones(60))
    assert value == 1830.0
    np.testing.assert_array_equal(slopes, np.arange(60.0, 0.0, -1.0))
    f = compile("w sum(sum(x[j], j, 1, i), i, 1, 60)", data={"x": np.ones(60)})
    assert f(2.0)[0] == 3660.0


def test_many_variables_cost_no_more_than_they_should():
    """Nothing is looked up in lists: four times the variables, and never near sixteen times the work."""
    from symgrad.program import arguments

    class Counted(str):
        compared = 0

        def __eq__(self, other):
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    names = [Counted(f"x_{k}") for k in range(400)]
    formula = parse("+".join(f"x_{k}" for k in range(150)))
    arguments.in_order([formula], names)
    assert Counted.compared < 5 * len(names)


# ---- data ------------------------------------------------------------------------------------------------------------


def test_names_of_data_are_names_in_the_text():
    f = compile("sum((targets[i] - θ inputs[i])^2, i, 1, 3)", data={"inputs": [1, 2, 3], "targets": [2, 4, 6]})
    assert f(2.0) == (0.0, [0.0])
    assert compile("θ x", data={"θ": 3.0})(2.0)[0] == 6.0


def test_data_is_no_variable():
    with pytest.raises(UsageError, match="'x' is given as data"):
        compile("sum(w x[i], i, 1, 60)", data={"x": np.ones(60)}, variables=["w", "x"])
