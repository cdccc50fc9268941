"""The lecture is told by the program: its facts, which stand in no source file, come out of the computation."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from symgrad.document import Heading, Items, Prose, Table
from symgrad.lecture import Lecture
from symgrad.render import latex, text

TABLE = [  # x, f(x), f′(x), u: the figures that the lecture shows, to two decimals
    ("3", "3.65", "1.21", "2.39"),
    ("2.39", "2.68", "1.9", "1.44"),
    ("1.44", "0.89", "1.56", "0.66"),
    ("0.66", None, "0.46", None),
    (None, None, None, None),
    (None, None, None, None),
    (None, "0.01", None, "0.23"),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lecture")
    document = Lecture(folder).document()
    return folder, document, text(document, width=80)


def test_it_has_seven_points(told):
    _, document, _ = told
    assert [block.text[:2] for block in document.blocks if isinstance(block, Heading) and block.level == 1] == [
        f"{k}." for k in range(1, 8)
    ]


def test_the_worked_table_shows_the_lectures_figures(told):
    _, document, _ = told
    rows = next(block for block in document.blocks if isinstance(block, Table)).rows
    for shown, wanted in zip(rows, TABLE, strict=False):
        assert all(w is None or w == s for s, w in zip(shown, wanted, strict=True)), (shown, wanted)


@pytest.mark.parametrize(
    "fact",
    [
        "slope 1.37",
        "−1.37",
        "f(x) = |x| − ",
        "f″(0) = 0 and f″′(0) = −0.25",
        "16/(9k)",
        "1.78·10⁻⁴",
        "exceeds 3/2",
        "up to 2/3",
        "4/69",
        "2/69",
        "−16.25",
        "w = −1",
        "3 becomes −3",
        "x₁ = 3 − 1.21·0.5 = 2.39",
    ],
)
def test_a_fact_of_the_lecture_is_told(told, fact):
    squeezed = re.sub(r"\s+", " ", told[2]).replace("′′", "″")
    assert fact in squeezed


@pytest.mark.parametrize("figure", ["3.65", "2.39", "1.44", "0.66", "1.37", "4/69", "2/69", "16.25", "16/(9k)"])
def test_no_figure_stands_in_the_source(figure):
    import symgrad.lecture

    assert figure not in Path(symgrad.lecture.__file__).read_text(encoding="utf-8")


def test_every_picture_is_written_and_has_alt_text(told):
    folder, document, _ = told
    figures = [block for block in document.blocks if type(block).__name__ == "Figure"]
    assert len(figures) >= 5
    assert all(len(figure.alt) > 40 for figure in figures)
    assert all((folder / figure.path).stat().st_size > 5000 for figure in figures)


def test_nothing_is_wider_than_80_columns(told):
    from symgrad.errors import display_width

    assert max(display_width(line) for line in told[2].splitlines()) <= 80


def test_no_paragraph_shows_the_inside_of_the_program(told):
    _, document, _ = told
    paragraphs = [block for block in document.blocks if isinstance(block, Prose)]
    paragraphs += [item for block in document.blocks if isinstance(block, Items) for item in block.items]
    words = " ".join(part for block in paragraphs for part in block.parts if isinstance(part, str))
    assert "Symbol(" not in words
    assert "Fraction(" not in words
    assert not re.search(r"\d[eE][+-]\d", words)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_tex_compiles_without_an_overfull_box(told):
    folder, document, _ = told
    (folder / "lecture.tex").write_text(latex(document), encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "lecture.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = (folder / "lecture.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log
    assert "Warning" not in log.replace("LaTeX Warning: Label(s) may have changed", "")
