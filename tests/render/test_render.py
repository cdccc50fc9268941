"""Every format shows the same blocks, fits its page, and lets nothing through that a title might smuggle in."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from symgrad.document import Code, Document, Figure, Heading, Items, Math, StepLine, Steps, Table, prose
from symgrad.errors import SymgradError, display_width
from symgrad.render import html, json_, latex, markdown, text, wants_colour
from symgrad.syntax import read
from symgrad.syntax.tree import Apply, Derivative, Node, Symbol

X = Symbol("x")
SIGMOID = read("1/(1+e^(-x))").tree
STEPS = Steps(
    (
        StepLine(
            read("-d/dx(1+e^(-x))/(1+e^(-x))^2").tree,
            reason="reciprocal rule",
            before=Derivative(SIGMOID, X),
            marks={(0, 0): "new"},
        ),
        StepLine(
            read("e^(-x)/(1+e^(-x))^2").tree,
            reason="exponential rule",
            note=prose("with ", read("u = -x", options={"accept": ("equation",)}).tree),
        ),
    )
)
TABLE = Table(
    (Math(X), Math(Apply("f", X)), "update"),
    (("3", "3.65", "2.39"), ("2.39", "2.68", "1.44")),
    "A worked descent",
    "lrr",
)
PAYLOADS = [
    r"\input{/etc/passwd}",
    r"\write18{touch pwned} \openout5=evil.txt",
    r"$\def\a{\a}\a$",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](javascript:alert(1)) ![x](y)",
    "# heading\n- list\n> quote | cell | `code`",
    "\x1b[2J\x1b]0;title\x07",
    "100 % & #1 _x_ ^2 ~ {} \\ $",
    "]]> --> */ */",
    "\u202eevil\u2066\u200b",
    r"\end{document}\end{align*}\end{verbatim}",
    "%\n\\input{x}",
]


def everything(payload: str) -> Document:
    """A document with a text in every place that takes one."""
    cell = prose(payload)
    blocks = (
        Heading(1, payload),
        prose(payload, X, payload),
        Steps((StepLine(X, reason=payload, note=payload, before=SIGMOID, marks={(): payload}),)),
        Table((payload, Math(X)), ((payload, "1"),), payload),
        Figure(payload, payload, payload),
        Code(payload, payload),
        Items((cell, cell), numbered=True),
    )
    return Document(payload, blocks, author=payload)


LECTURE = Document(
    "The sigmoid",
    (
        Heading(1, "Its derivative"),
        prose("The function ", SIGMOID, " grows fastest at ", read("0").tree, "."),
        STEPS,
        Heading(2, "A descent"),
        TABLE,
        Math(read("integral(e^(-t^2), t=0..x)").tree),
        Items((prose("one"), prose("two ", X)), numbered=False),
        Code("x = x - y*z\n    # done", "python"),
        Figure("curve.png", "The curve", "A curve that rises from 0 to 1."),
    ),
    author="N. N.",
)


# ---- text --------------------------------------------------------------------------------------------------------


def test_a_chain_on_a_terminal_is_aligned() -> None:
    assert (
        text(STEPS, 80)
        == """\
                  d ⎛     −x⎞
                  ──⎝1 + e  ⎠
  d ⎛   1   ⎞     dx
  ──⎜───────⎟ = −─────────────   reciprocal rule
  dx⎜     −x⎟     ⎛     −x⎞²
    ⎝1 + e  ⎠     ⎝1 + e  ⎠

                    −x
                   e
              = ──────────       exponential rule
                ⎛     −x⎞²
                ⎝1 + e  ⎠
                  with u = −x"""
    )


def test_a_chain_in_a_pipe_is_one_line_a_state() -> None:
    told = text(STEPS, 80, flat=True).splitlines()
    assert told == [
        "d/dx(1/(1 + e^(−x))) = −d/dx(1 + e^(−x))/(1 + e^(−x))²    [reciprocal rule]",
        "= e^(−x)/(1 + e^(−x))²    [exponential rule]",
        "    with u = −x",
    ]


def test_ascii_is_ascii() -> None:
    told = text(Document("T", (STEPS, TABLE, Math(SIGMOID))), unicode=False)
    assert told.isascii()


def test_colours_only_where_asked() -> None:
    assert "\x1b" not in text(LECTURE)
    assert "\x1b[1;36m" in text(STEPS, colour=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text(STEPS, colour=True))
    assert [line.rstrip() for line in plain.splitlines()] == [line.rstrip() for line in text(STEPS).splitlines()]


def test_no_color_and_pipes_want_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert not wants_colour(StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert wants_colour(StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(StringIO())


def test_a_table_has_a_rule_below_its_head() -> None:
    assert (
        text(TABLE)
        == "A worked descent\nx     f(x)  update\n────  ────  ──────\n3     3.65    2.39\n2.39  2.68    1.44"
    )


def test_a_table_too_wide_is_told_row_by_row() -> None:
    assert text(TABLE, 15).splitlines()[-3:] == ["x: 2.39", "f(x): 2.68", "update: 1.44"]


@pytest.mark.parametrize("width", [30, 50, 80, 120])
def test_text_stays_within_its_columns(width: int) -> None:
    assert max(map(display_width, text(LECTURE, width).splitlines())) <= width


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_moves_the_cursor(payload: str) -> None:
    shown = text(everything(payload), colour=False)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\x9b\u200b\u202a-\u202e\u2066-\u2069]", shown)


# ---- LaTeX -------------------------------------------------------------------------------------------------------

pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def compiled(source: str, folder: Path) -> str:
    """The log of pdflatex, which must succeed without a shell."""
    (folder / "d.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "d.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = done.stdout.decode("latin-1")
    assert done.returncode == 0, log[-1500:]
    return log


def test_a_short_chain_has_its_reasons_in_a_column() -> None:
    assert latex(Steps(STEPS.lines[1:])) == (
        "\\begin{align*}\n"
        "  &= \\frac{e^{-x}}{(1 + e^{-x})^2} && \\text{exponential rule} \\\\\n"
        "  &\\hphantom{{}={}}\\quad \\text{\\small with $u = -x$}\n"
        "\\end{align*}"
    )


def test_a_fragment_needs_amsmath_alone() -> None:
    fragment = latex(Document("T", (STEPS,)), standalone=False)
    assert "color" not in fragment
    assert "documentclass" not in fragment


@pdflatex
def test_a_document_compiles_without_an_overfull_box(tmp_path: Path) -> None:
    blocks = tuple(block for block in LECTURE.blocks if not isinstance(block, Figure))
    assert "Overfull" not in compiled(latex(Document(LECTURE.title, blocks)), tmp_path)


@pdflatex
def test_all_corpus_formulas_compile_without_an_overfull_box(
    corpus: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    lines: list[StepLine] = []
    for row in corpus("derivatives.jsonl"):
        try:
            before: Node = read(row["expr"]).tree
            lines.append(StepLine(read(row["derivative"]).tree, reason="a rule with quite a long name", before=before))
        except SymgradError:
            continue
    assert len(lines) > 250
    document = Document("Corpus", tuple(Steps((line, line)) for line in lines))
    assert "Overfull" not in compiled(latex(document), tmp_path)


@pdflatex
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_words_are_inert_in_latex(payload: str, tmp_path: Path) -> None:
    compiled(latex(everything(payload)), tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".tex", ".pdf", ".aux", ".log"}


# ---- Markdown, HTML, JSON ----------------------------------------------------------------------------------------


def test_markdown_uses_what_all_front_ends_know() -> None:
    told = markdown(LECTURE)
    assert told.startswith("# The sigmoid\n\n## Its derivative\n\nThe function $\\frac{1}{1 + e^{-x}}$ grows")
    assert "$$\n\\begin{aligned}\n\\frac{d}{dx}" in told
    assert "| :--- | ---: | ---: |" in told
    assert "![A curve that rises from 0 to 1.](curve.png)" in told


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_words_are_inert_in_markdown(payload: str) -> None:
    body = re.sub(r"^(`{3,}).*?^\1$", "", markdown(everything(payload)), flags=re.M | re.S)
    assert not re.search(r"<(?!/?\w*$)[a-zA-Z/!]", re.sub(r"&lt;", "", body))
    assert not re.search(r"(?<!\\)\]\((?!%|\w)", body.replace("](curve", ""))


def test_html_is_one_well_formed_page_without_scripts() -> None:
    page = html(LECTURE)
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    body = page[page.index("<main>") : page.index("</main>") + 7]
    ElementTree.fromstring(re.sub(r"<img([^>]*)>", r"<img\1/>", body))
    assert body.count("<math") >= 10


def test_html_embeds_pictures_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "curve.png").write_bytes(b"\x89PNG")
    assert 'src="data:image/png;base64,iVBORw=="' in html(LECTURE, folder=tmp_path)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_words_are_inert_in_html(payload: str) -> None:
    page = html(everything(payload))
    tags = set(re.findall(r"<([a-z0-9]+)", page))
    assert not tags & {"script", "iframe", "object", "embed", "form", "svg", "a", "link", "base"}
    assert not re.search(r"<[^>]*\son\w+\s*=[^>]*>", re.sub(r'"[^"]*"', '""', page))
    body = page[page.index("<main>") : page.index("</main>") + 7]
    ElementTree.fromstring(re.sub(r"<img([^>]*)>", r"<img\1/>", body))


def test_json_has_a_version_and_three_spellings() -> None:
    data = json.loads(json_(LECTURE))
    assert (data["schema"], data["type"], data["title"]) == (1, "document", "The sigmoid")
    steps = next(block for block in data["blocks"] if block["type"] == "steps")
    assert steps["lines"][1]["plain"] == "exp(-x)/(1 + exp(-x))**2"
    assert steps["lines"][0]["before"]["latex"] == r"\frac{d}{dx}\left(\frac{1}{1 + e^{-x}}\right)"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_json_gives_every_text_back(payload: str) -> None:
    data = json.loads(json_(everything(payload)))
    assert data["title"] == payload
    assert data["blocks"][0]["text"] == payload


def test_a_decimal_number_is_never_cut_at_its_point():
    from symgrad.render.latex import words

    assert r"\allowbreak" not in words("1.778·10⁶")
    assert r"\allowbreak" in words("symgrad/render/latex.py")
