"""Two-dimensional formulas are what one would write on squared paper."""

from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from symgrad.errors import SymgradError, display_width
from symgrad.syntax import read
from symgrad.syntax.tree import Matrix, Number, Symbol
from symgrad.typeset import box
from symgrad.typeset.box import Span

DRAWN = {
    "1/(1+e^(-x))": """
           1
        ───────
             −x
        1 + e
        """,
    "2/3 sin(3|x|/2)": """
        2    ⎛3|x|⎞
        ─ sin⎜────⎟
        3    ⎝ 2  ⎠
        """,
    "x^2 + y_1 - z^10": """
        x² + y₁ − z¹⁰
        """,
    "sqrt(x^2+1)/cbrt(x)": """
         ______
        √x² + 1
        ───────
          ∛x
        """,
    "d/dx(x^2)*sin(x) + x^2*d/dx(sin(x))": """
        d                   d
        ──(x²)·sin x + x² · ──(sin x)
        dx                  dx
        """,
    "{x^2 if x>0; -x otherwise}": """
        ⎧x²  if x > 0
        ⎨
        ⎩−x  otherwise
        """,
    "sum(x^k/k!, k=0..n)": """
               k
          n   x
          ∑   ──
        k = 0 k!
        """,
    "(1+1/n)^n": """
        ⎛    1⎞ⁿ
        ⎜1 + ─⎟
        ⎝    n⎠
        """,
    "e^(-(x-m)^2/(2s^2))": """
         −(x − m)²/(2s²)
        e
        """,
    "x^x^x": """
          x
         x
        x
        """,
    "|x/2| floor(x)": """
        │x│
        │─│⌊x⌋
        │2│
        """,
}


@pytest.mark.parametrize("typed", DRAWN)
def test_formulas_are_drawn_as_on_paper(typed: str) -> None:
    assert str(box(read(typed).tree)) == dedent(DRAWN[typed]).strip("\n")


def test_a_matrix_is_drawn_in_brackets() -> None:
    x = Symbol("x")
    assert str(box(Matrix([[x, Number(1)], [Number(22), x]]))) == "⎛x   1⎞\n⎝22  x⎠"


def test_highlights_are_where_the_sub_formula_stands() -> None:
    drawn = box(read("1 + x/y").tree, marks={(1, 0): "focus"})
    assert drawn.lines == ("    x", "1 + ─", "    y")
    assert drawn.spans == (Span(0, 4, 5, "focus"),)


def test_another_mark_is_a_label_below() -> None:
    assert str(box(read("2(x+1)").tree, marks={(1,): "u"})) == "2(x + 1)\n ╰─────╯\n    u"


def test_every_line_of_a_box_is_equally_wide(corpus: Callable[[str], list[Any]]) -> None:
    for row in corpus("derivatives.jsonl"):
        try:
            tree = read(row["derivative"]).tree
        except SymgradError:
            continue
        drawn = box(tree)
        assert {display_width(line) for line in drawn.lines} == {drawn.width}
        assert 0 <= drawn.baseline < drawn.height
