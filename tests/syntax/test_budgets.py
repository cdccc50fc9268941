"""Whatever would be too large is refused before it is built, with the budget's name."""

import time

import pytest

from symgrad.errors import LimitError
from symgrad.syntax import read
from symgrad.syntax.budgets import Budgets
from symgrad.syntax.grammar import Grammar

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


BALANCED = [
    (
        "plain",
        "sin^(x+1) y + sin 2x + ln sin x + √(x) + f(x, y) + (x) + |x| + ⌊x⌋ + x[1] + x^2 + diff(a(x) b, x, 2)"
        " + d/dx a(x) + sum(f(k), k=1..n) + product(k, (k, 1, n)) + ∑_{k=1}^n k + limit(x, x -> 0)"
        " + {1 if not (x > 0 and not y > 0); 0 otherwise} + Piecewise((1, And(x > 0, y > 0)), (0, True))"
        " + det([[1, 2], [3, x]]) + hyper((a, b), (c,), x) + sin^-1 x + log_{2} x",
    ),
    (
        "latex",
        r"\sin^{x} y + \frac{\sqrt[3]{x}}{x_{i+1}} + \frac{d a(x)}{dx} + \frac{d}{dx} a(x) + \sum_{k=1}^n f(k)"
        r" + \int_0^1 x\,dx + \lim_{x \to 0^+} \frac{1}{x} + \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}"
        r" + \det(\begin{matrix} 1 & 2 \\ 3 & 4 \end{matrix}) + \|x\| + x^{2}_{j+1} + |{x}|",
    ),
]


@pytest.mark.parametrize(("syntax", "text"), BALANCED, ids=["plain", "latex"])
def test_a_reading_leaves_nothing_open(syntax: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every level, bound variable and integral that a form opens is closed again, or later text would be misread."""
    seen: list[Grammar] = []
    begin = Grammar.__init__

    def remembered(self: Grammar, *given: object, **named: object) -> None:
        begin(self, *given, **named)  # type: ignore[arg-type]
        seen.append(self)

    monkeypatch.setattr(Grammar, "__init__", remembered)
    for part in text.split(" + "):
        read(part, syntax=syntax)
        assert (seen[-1].depth, seen[-1].bound, seen[-1].by, seen[-1].integrals) == (0, [], [], [])
    assert seen


NESTED = [
    ("plain", "sin "),
    ("plain", "√"),
    ("plain", "x^"),
    ("plain", "d/dx ("),
    ("plain", "{"),
    ("plain", "f("),
    ("plain", "‖(‖"),
    ("plain", "x["),
    ("plain", "⌊"),
    ("plain", "diff("),
    ("plain", "sin^("),
    ("latex", "{"),
    ("latex", r"\sqrt{"),
    ("latex", "x^{"),
    ("latex", "x_{1+"),
    ("latex", r"\sin^{"),
    ("latex", r"\begin{matrix}"),
    ("latex", r"\frac{d "),
]


@pytest.mark.parametrize(("syntax", "opening"), NESTED)
def test_every_form_counts_as_a_level(syntax: str, opening: str) -> None:
    with pytest.raises(LimitError, match="nesting=") as caught:
        read(opening * 150 + "x", syntax=syntax)
    span = caught.value.span
    assert span is not None
    assert span[0] <= (100 + opening.count("(") + 1) * len(opening)
