"""Answers are judged in three values, with a point that shows a wrong one."""

import pytest

from symgrad import check, derive
from symgrad.errors import UsageError


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("2x cos(x^2)", "sin(x^2)"),
        ("sech^2 x", "tanh x"),
        ("1 - tanh(x)^2", "tanh x"),
        ("x/|x|", "|x|"),
        ("e^(-x)/(1+e^(-x))^2", "1/(1+e^(-x))"),
        ("x^x (1 + ln x)", "x^x"),
    ],
)
def test_an_equal_answer_is_right_whatever_its_form(answer, question):
    verdict = check(answer, answer_to=derive(question))
    assert verdict
    assert verdict.points >= 10


def test_a_wrong_answer_gets_a_point_that_shows_it():
    verdict = check("2x cos(x)", answer_to=derive("sin(x^2)"))
    assert verdict.verdict == "different"
    assert not verdict
    assert {"x", "answer", "expected"} <= set(verdict.witness)


def test_an_answer_may_be_compared_with_a_formula():
    assert check("(x+1)^2", answer_to="x^2 + 2x + 1")


def test_an_answer_with_a_strange_variable_is_refused():
    with pytest.raises(UsageError, match="variable 't'"):
        check("2t", answer_to=derive("x^2"))


def test_an_answer_that_is_nowhere_defined_cannot_be_told():
    assert check("ln(-1-x^2)", answer_to=derive("x^2")).verdict != "equal"
