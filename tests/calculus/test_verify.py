"""The judge has three answers, and each of them is earned."""

from fractions import Fraction
from typing import Any

import mpmath
import pytest

from symgrad.calculus.verify import CannotEvaluateError, Evidence, Sample, UndefinedError, check_equal, evaluate
from symgrad.syntax import ReadOptions, parse, read


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sin(x)^2 + cos(x)^2", "1"),
        ("x/x", "1"),
        ("(x + y)^2", "x^2 + 2 x y + y^2"),
        ("e^(50 x) (1 + x) - e^(50 x)", "x e^(50 x)"),
        ("ln(x^2)/2", "ln|x|"),
        ("arcsin(x)", "pi/2 - arccos(x)"),
        ("sum(k x, k, 1, n)", "x n (n + 1)/2"),
        ("arcosh(x + 3)", "ln(x + 3 + sqrt((x + 3)^2 - 1))"),
    ],
)
def test_equal_formulas_hold(left: str, right: str) -> None:
    outcome = check_equal(parse(left), parse(right))
    assert outcome.holds(), outcome
    assert outcome.points == 5


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sin(x)", "sin(x) + 10^(-15)"),
        ("sqrt(x^2)", "x"),
        ("x^2", "x^2 (1 + 10^(-14))"),
        ("e^(100 x)", "e^(100 x) + 1"),
        ("f(x)", "g(x)"),
        ("0", "10^(-40)"),
    ],
)
def test_different_formulas_are_contradicted_with_a_witness(left: str, right: str) -> None:
    outcome = check_equal(parse(left), parse(right))
    assert outcome.status == "contradicted"
    assert outcome.witness is not None
    assert {"before", "after"} <= set(outcome.witness)


def test_what_cannot_be_computed_is_unknown_and_never_a_pass() -> None:
    outcome = check_equal(parse("mathieus(a, q, x)"), parse("mathieuc(a, q, x)"))
    assert outcome.status == "unknown"
    assert outcome.reason
    assert not outcome
    assert not Evidence((("line", outcome),))


def test_no_evidence_is_no_pass() -> None:
    assert not Evidence(())


def test_formulas_without_a_real_value_are_compared_over_the_complex_numbers() -> None:
    right = read("ln(1 + x^2) + i pi", options=ReadOptions(constants=(("i", "i"),))).tree
    outcome = check_equal(parse("ln(-1 - x^2)"), right)
    assert outcome.holds()
    assert "complex" in outcome.reason
    assert outcome.points == 5


def test_inert_derivatives_are_evaluated_without_our_rules() -> None:
    assert check_equal(parse("d/dx(sin(x) e^x)"), parse("e^x (sin(x) + cos(x))"))
    assert check_equal(parse("d/dx(|x|)"), parse("sign(x)"))
    assert not check_equal(parse("d/dx(x^3)"), parse("3 x^2 + 10^(-12)"))


def test_value_to_many_digits() -> None:
    value = evaluate(parse("e^(pi sqrt(163))"), {}, 40)
    assert str(value).startswith("262537412640768743.999999999999250072597")


@pytest.mark.parametrize(
    ("text", "error"), [("1/x", UndefinedError), ("ln(x - 1)", UndefinedError), ("y", CannotEvaluateError)]
)
def test_missing_values_have_names(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(parse(text), {"x": 0})


def test_cancellation_is_outrun_and_zero_is_zero() -> None:
    tiny = evaluate(parse("sqrt(x^2 - 1) - x"), {"x": 10**40}, 20)
    assert abs(tiny * 10**40 * 2 + 1) < 1e-19
    assert evaluate(parse("sin(x)^2 + cos(x)^2 - 1"), {"x": 2}) == 0
    with pytest.raises(CannotEvaluateError, match="sensitive"):
        evaluate(parse("e^(y^4) + x - e^(y^4)"), {"x": 1, "y": 10}, 5)


def test_huge_and_tiny_values_are_compared_by_their_own_size() -> None:
    assert check_equal(parse("e^(1000 x)"), parse("(e^x)^1000"))
    assert check_equal(parse("e^(-1000 x)"), parse("e^(-999 x)")).status == "contradicted"


def test_points_are_the_same_in_every_run() -> None:
    sample = Sample(parse("x y"))
    assert sample.point(3) == Sample(parse("y x z")).point(3) | {"z": 0} or all(
        isinstance(value, Fraction) for value in sample.point(3).values()
    )
    assert sample.point(3) == Sample(parse("x y")).point(3)


@pytest.mark.parametrize("x", [4e6, -4e6, 60.0, -60.0])
def test_softplus_needs_no_more_digits_than_asked_for_however_large_its_argument(x: float, monkeypatch: Any) -> None:
    from mpmath import libmp

    asked: list[int] = []
    exp = libmp.mpf_exp
    monkeypatch.setattr(
        libmp, "mpf_exp", lambda u, precision, rounding: asked.append(precision) or exp(u, precision, "n")
    )
    value = evaluate(parse("softplus(x)"), {"x": x}, 30)
    with mpmath.workprec(400):
        assert abs(value / (max(x, 0) + mpmath.log1p(mpmath.exp(-abs(x)))) - 1) < 1e-29
    assert max(asked) < 1000
