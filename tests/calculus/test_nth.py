"""Closed forms of the n-th derivative: against published tables, and against derivatives taken one at a time."""

from collections.abc import Callable
from typing import Any

import pytest

from symgrad.calculus.nth import nth
from symgrad.calculus.verify import check_equal
from symgrad.errors import NoRuleError
from symgrad.syntax import parse
from symgrad.syntax.tree import Number
from symgrad.syntax.walks import substitute
from symgrad.typeset import line


def test_every_row_of_the_tables(corpus: Callable[[str], list[Any]]) -> None:
    for row in corpus("nth_derivatives.jsonl"):
        found = nth(parse(row["expr"]), row["var"], row["order"])
        assert found.check.holds(), row
        assert found.valid_from <= max(row["valid_from"], 1)
        for order in range(found.valid_from, 8):
            ours = substitute(found.tree, {row["order"]: Number(order)})
            theirs = substitute(parse(row["derivative"]), {row["order"]: Number(order)})
            assert check_equal(ours, theirs), (row, order)


@pytest.mark.parametrize(
    "text", ["x^2 ln(x)", "x^3 e^(2x) + sin(x)", "5/(2x + 1)^2", "sqrt(3x + 1)", "2^x", "x^2 cos(3x)/7", "x/(1 + x)"]
)
def test_closed_forms_hold_for_the_first_orders(text: str) -> None:
    found = nth(text)
    assert found.check.holds(), found.check
    assert found.reasons


@pytest.mark.parametrize("text", ["tan(x)", "sin(x) cos(x)", "e^(x^2)", "x^x", "1/(1 + x^2)"])
def test_what_is_not_in_the_tables_is_refused(text: str) -> None:
    with pytest.raises(NoRuleError, match="closed form"):
        nth(text)


def test_signs_are_put_together() -> None:
    assert "(−1)" not in line(nth("1/(1 - x)").tree)
