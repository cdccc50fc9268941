"""Whatever is too wide is cut so that it fits, and nothing is lost or moved."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from symgrad.errors import SymgradError
from symgrad.syntax import read
from symgrad.syntax.tree import Add, Call, Divide, E, Multiply, Node, Number, Power, Symbol
from symgrad.typeset.box import columns
from symgrad.typeset.box import write as draw
from symgrad.typeset.breaking import fit
from symgrad.typeset.latex import write
from symgrad.typeset.layout import Layout
from symgrad.typeset.present import present
from symgrad.typeset.width import ruler, width

X = Symbol("x")
LONG = Add(*(Multiply(Number(k), Power(X, Number(k)), Call("sin", Multiply(Number(k), X))) for k in range(2, 30)))
WIDE = {
    "sum": LONG,
    "fraction": Divide(LONG, Add(X, LONG)),
    "root": Call("sqrt", LONG),
    "exponent": Power(E, LONG),
    "bracket": Multiply(X, Call("ln", LONG), LONG),
    "product": Multiply(*(Add(X, Number(k)) for k in range(2, 60))),
    "number": Multiply(Number(10**500), X),
    "nested": Call("tanh", Divide(Call("exp", Power(LONG, Number(2))), Call("sqrt", Divide(LONG, X)))),
}


def corpus_layouts(corpus: Callable[[str], list[Any]]) -> list[Layout]:
    layouts = []
    for row in corpus("derivatives.jsonl"):
        for text in (row["expr"], row["derivative"]):
            try:
                layouts.append(present(read(text).tree))
            except SymgradError:
                continue
    return layouts


@pytest.mark.parametrize("columns_wide", [40, 60, 80])
@pytest.mark.parametrize("name", WIDE)
def test_wide_formulas_fit_in_columns(name: str, columns_wide: int) -> None:
    for line in fit(present(WIDE[name]), columns_wide, columns(), indent=4):
        assert draw(line).width <= columns_wide


@pytest.mark.parametrize("points_wide", [250, 360])
@pytest.mark.parametrize("name", WIDE)
def test_wide_formulas_fit_in_points(name: str, points_wide: int) -> None:
    for line in fit(present(WIDE[name]), points_wide, ruler(), indent=20):
        assert width(line) <= points_wide


def test_cutting_loses_and_moves_nothing() -> None:
    whole = present(LONG)
    parts = fit(whole, 40, columns())
    assert len(parts) > 5
    assert "".join("".join(write(part).split()) for part in parts) == "".join(write(whole).split())


def test_what_fits_is_left_alone() -> None:
    short = present(read("x + 1").tree)
    assert fit(short, 80, columns()) == [short]


def test_lines_end_before_plus_and_minus() -> None:
    lines = fit(
        present(read("aaa + bbb - ccc + ddd", options={"variables": ("aaa", "bbb", "ccc", "ddd")}).tree), 10, columns()
    )
    assert [str(draw(line)).strip() for line in lines] == ["aaa + bbb", "− ccc", "+ ddd"]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_width_model_agrees_with_tex(corpus: Callable[[str], list[Any]], tmp_path: Path) -> None:
    layouts = corpus_layouts(corpus)[::3]
    rows = "\n".join(rf"\setbox0\hbox{{$\displaystyle {write(layout)}$}}\typeout{{W=\the\wd0}}" for layout in layouts)
    preamble = r"\documentclass{article}\usepackage{amsmath,amssymb,lmodern}\usepackage[T1]{fontenc}\begin{document}"
    (tmp_path / "w.tex").write_text(preamble + "\n" + rows + "\n\\end{document}", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "w.tex"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=120).stdout.decode("latin-1")
    true = [float(found) for found in re.findall(r"W=([\d.]+)pt", told)]
    ratios = sorted(width(layout) / points for layout, points in zip(layouts, true, strict=True))
    assert 0.97 < median(ratios) < 1.03
    assert ratios[0] > 0.85


def test_a_formula_of_two_thousand_nodes_is_cut_in_a_moment() -> None:
    terms: list[Node] = [Divide(Call("sin", Multiply(Number(k), X)), Add(X, Number(k))) for k in range(2, 250)]
    lines = fit(present(Multiply(Add(*terms), X)), 76, columns(), indent=4)
    assert all(draw(line).width <= 76 for line in lines)


def test_a_deep_continued_fraction_is_cut_in_a_moment() -> None:
    tree: Node = Add(X, Number(1))
    for k in range(60):
        tree = Divide(Number(1), Add(tree, Number(k)))
    assert fit(present(tree), 76, columns(), indent=4)
