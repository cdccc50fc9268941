"""Conditions at the end read as in a textbook, and say neither more nor less than those of the steps."""

import pytest

from symgrad.calculus import derive
from symgrad.calculus.stated import stated
from symgrad.syntax import ReadOptions, read
from symgrad.syntax.tree import Node
from symgrad.typeset import line


def condition(text: str) -> Node:
    return read(text, options=ReadOptions(accept=("condition",))).tree


@pytest.mark.parametrize(
    ("formula", "conditions"),
    [
        ("ln(ln x)", ["x > 1"]),
        ("ln(ln(ln x))", ["x > e"]),
        ("arcsin(sqrt(x))", ["x > 0", "x < 1"]),
        ("ln(x + sqrt(x^2 + 1))", []),
        ("1/sqrt(1 - x^2)", ["|x| < 1"]),
        ("sqrt(x^2 - 1)", ["|x| > 1"]),
        ("ln((1 + x)/(1 - x))", ["|x| < 1"]),
        ("ln(3 + 2x - x^2)", ["x > −1", "x < 3"]),
        ("|x^2 - 4|", ["x ≠ −2", "x ≠ 2"]),
        ("tanh(artanh(x/2))", ["|x| < 2"]),
    ],
)
def test_conditions_are_solved_for_the_variable(formula: str, conditions: list[str]) -> None:
    assert [line(condition) for condition in derive(formula).conditions] == conditions


@pytest.mark.parametrize("text", ["x^2 - x - 2 > 0", "sin(x) != 0", "x + y > 0", "ln(x) < 0", "x - sqrt(x^2 - 1) > 0"])
def test_what_is_not_easily_solved_stays(text: str) -> None:
    assert stated((condition(text),)) == (condition(text),)
