"""The table and the steps as on the board: the lecture's figures, computed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.descent import descend
from symgrad.descent.figures import show
from symgrad.errors import UsageError

LECTURE = "|x| - 2/3 sin(3|x|/2)"


@pytest.fixture(scope="module")
def lecture():
    return descend(LECTURE, start=3, rate=0.5, steps=7)


def test_the_lectures_table_comes_out(lecture):
    table = lecture.table()
    assert table.header == ("x", "f(x)", "f′(x)", "u(x, f′(x), 0.5)")
    assert table.rows[:3] == (
        ("3", "3.65", "1.21", "2.39"),
        ("2.39", "2.68", "1.9", "1.44"),
        ("1.44", "0.89", "1.56", "0.66"),
    )
    assert table.rows[3][0] == "0.66"
    assert table.rows[3][2] == "0.46"
    assert table.rows[6] == ("0.27", "0.01", "0.08", "0.23")
    assert table.rows[7][-1] == ""


def test_the_figures_are_put_into_the_formula_of_the_step(lecture):
    assert lecture.step_text(1) == "x₁ = 3 − 1.21·0.5 = 2.39"
    assert lecture.step_text(3) == "x₃ = 1.44 − 1.56·0.5 = 0.66"
    with pytest.raises(UsageError, match="1 to 7"):
        lecture.step_text(8)


def test_a_rule_with_a_state_shows_each_of_its_equations():
    run = descend("x^2 + y^2", start=[1, -2], rule="momentum", rate=0.1, steps=3)
    assert run.step_text(1).splitlines() == [
        "v₁ = 0.9·0 − 0.1·2 = −0.2",
        "x₁ = 1 − 0.2 = 0.8",
        "v₁ = 0.9·0 − 0.1(−4) = 0.4",
        "y₁ = −2 + 0.4 = −1.6",
    ]


def test_the_table_becomes_a_block(lecture):
    block = lecture.table().block()
    assert block.header[0] == "x"
    assert len(block.rows) == 8
    assert any("3.65" in str(cell) for cell in block.rows[0])


def test_several_variables_and_long_runs():
    run = descend("x^2 + 2y^2", start=[1, 1], rate=0.1, steps=100, tolerance=0)
    table = run.table(rows=6)
    assert table.header[:2] == ("k", "(x, y)")
    assert len(table.rows) == 7
    assert table.rows[4][0] == "…"
    assert table.rows[-1][0] == "100"
    varying = descend("x^2", start=1, rate="0.1/(1+k)", steps=3).table()
    assert "z" in varying.header


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 6))
def test_a_shown_figure_is_the_nearest_decimal(number, decimals):
    text = show(number, decimals).replace("−", "-")
    if "10" not in text or text.isascii():
        assert abs(Decimal(text) - Decimal(number)) <= Decimal(10) ** -decimals / 2
    else:
        assert number != 0


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (2.675, "2.67"),
        (0.125, "0.12"),
        (0.135, "0.14"),
        (-0.0, "0"),
        (float("nan"), "undefined"),
        (float("-inf"), "−∞"),
    ],
)
def test_rounding_is_that_of_the_exact_binary_value(number, shown):
    assert show(number) == shown


@pytest.mark.parametrize("rate", [0.5, 0.001])
def test_a_table_fits_the_width_it_is_given(rate):
    run = descend("(1-x)^2 + 100(y-x^2)^2", start=[-1.2, 1], rate=rate, steps=100)
    wide, narrow = run.table(), run.table(width=66)
    assert max(map(len, str(narrow).splitlines())) <= 66 < wide.width
    assert "u((x, y), ∇f" in wide.header[-1]
    assert narrow.header[-1] == "∇f"
    assert narrow.caption.startswith("Each point is u((x, y), ∇f")
    assert run.table(width=200) == wide


def test_many_variables_are_cut_short():
    names = [f"x{i}" for i in range(1, 9)]
    run = descend("+".join(f"{name}^2" for name in names), start=[1.0] * 8, rate=0.1, steps=100)
    assert run.table().header[1:3] == ("(x1, x2, x3, …)", "f")
    assert max(map(len, str(run.table(width=60)).splitlines())) <= 60
