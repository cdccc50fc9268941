"""Whatever would be too large is refused before it is built, with the budget's name."""

import time

import pytest

from symgrad.errors import LimitError
from symgrad.syntax import read
from symgrad.syntax.budgets import Budgets

TOO_MUCH = [
    ("x+" * 40_000 + "x", "characters"),
    ("x+" * 3_000 + "x", "tokens"),
    ("(" * 101 + "x" + ")" * 101, "nesting"),
    ("sin(" * 300 + "x" + ")" * 300, "nesting"),
    ("x" + "^2" * 300, "nesting"),
    ("|" * 150 + "x" + "|" * 150, None),
    ("x" + "/2" * 700, "depth"),
    ("x+" * 2_400 + "x", "nodes"),
    ("+".join(f"x{k}" for k in range(300)), "variables"),
    ("9" * 401, "literal_digits"),
    ("1e401", "literal_digits"),
    ("1e999999999", "literal_digits"),
    ("9^9^9^9", "integer_bits"),
    ("((9^9)^9999)^9999", "integer_bits"),
    ("10^(10^8) x", "integer_bits"),
    ("10^(-(10^8))", "integer_bits"),
    ("(1/3)^100000", "integer_bits"),
    ("2^2000*2^2000*2^2000*2^2000*2^2000*2^2000", "integer_bits"),
    ("171!", "factorial"),
    ("1000000! + x", "factorial"),
    ("gamma(10^9)", "factorial"),
    ("binomial(10^9, 5*10^8)", "binomial"),
    ("zeta(-10^5)", "special_argument"),
    ("legendre(10^6, x)", "special_argument"),
    ("sum(1/k^2, k=1..10^9)", "terms"),
    ("product(k, k=1..10^7)", "terms"),
    ("d^30/dx^30 x", "derivative_order"),
    ("diff(x^2, (x, 1000000))", "derivative_order"),
]


@pytest.mark.parametrize(("text", "budget"), TOO_MUCH, ids=[text[:24] for text, _ in TOO_MUCH])
def test_a_budget_stops_what_is_too_large_at_once(text: str, budget: str | None) -> None:
    start = time.process_time()
    if budget is None:
        with pytest.raises(Exception, match="partner"):
            read(text)
    else:
        with pytest.raises(LimitError) as caught:
            read(text)
        assert f"{budget}=" in str(caught.value)
    assert time.process_time() - start < 10  # a guard against hanging


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("9^9^2", "integer_bits"),
        ("100!", "factorial"),
        ("sum(k, k=1..50)", "terms"),
        ("d^5/dx^5 x^9", "derivative_order"),
    ],
)
def test_a_budget_can_be_lowered_and_raised(text: str, budget: str) -> None:
    with pytest.raises(LimitError, match=r"limit is 3\b"):
        read(text, options={"budgets": Budgets()._replace(**{budget: 3})})
    read(text, options={"budgets": Budgets()._replace(**{budget: 10_000})})


@pytest.mark.parametrize(
    "text",
    [
        "(x+1)^(10^8)",
        "(x+1)^100000",
        "exp(exp(exp(exp(9))))",
        "170!",
        "0^0",
        "0^x",
        "-" * 1000 + "x",
        "(" * 99 + "x" + ")" * 99,
        "sin(" * 95 + "x" + ")" * 95,
        "1/(1+" * 60 + "x" + ")" * 60,
        "2^2000 x",
        "sum(k, k=1..n)",
    ],
    ids=lambda text: text[:20],
)
def test_what_fits_is_read(text: str) -> None:
    read(text)


def test_many_signs_fold_to_one() -> None:
    assert read("-" * 1001 + "x").bracketed == "-x"
    assert read("-" * 1000 + "x").bracketed == "x"
