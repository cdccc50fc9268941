"""Slopes of curves given by equations: against a corpus, and against numbers on the curves themselves."""

from collections.abc import Callable
from typing import Any

import pytest

from symgrad.calculus.implicit import implicit
from symgrad.calculus.verify import check_equal
from symgrad.errors import UsageError
from symgrad.syntax import ReadOptions, read
from symgrad.typeset import line

OPTIONS = ReadOptions(accept=("equation",), constants=(("E", "e"),))


def test_every_row_of_the_corpus(corpus: Callable[[str], list[Any]]) -> None:
    rows = corpus("implicit.jsonl")
    for row in rows:
        left, right = row["equation"]
        derivation = implicit(read(f"{left} = {right}", options=OPTIONS).tree, row["dep"], row["var"])
        assert check_equal(derivation.tree, read(row["derivative"], options=OPTIONS).tree), row
        assert derivation.verify(), row


def test_the_circle_twice() -> None:
    derivation = implicit("x^2 + y^2 = 1", order=2)
    assert line(derivation.stages[0].tree) == "−x/y"
    assert check_equal(derivation.tree, read("-(x^2 + y^2)/y^3").tree)
    assert derivation.verify()


def test_a_wrong_slope_is_noticed_on_the_curve() -> None:
    from symgrad.calculus.implicit import CurveCheck
    from symgrad.syntax.tree import Symbol

    level, x, y = read("x^2 + y^2").tree, Symbol("x"), Symbol("y")
    assert CurveCheck(level, x, y, read("-x/y").tree, 1)().holds()
    wrong = CurveCheck(level, x, y, read("x/y").tree, 1)()
    assert wrong.status == "contradicted"


def test_the_formula_needs_its_dependent_variable() -> None:
    with pytest.raises(UsageError, match="does not contain y"):
        implicit("x^2 = 1")
    with pytest.raises(UsageError, match="inequality"):
        implicit(read("x < y", options=ReadOptions(accept=("condition",))).tree)
