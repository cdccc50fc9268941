r"""Blocks to LaTeX that needs amsmath, graphicx and xcolor only, and never sticks out of the text.

Chains are `align*` with one rule a line and its name to the right. The width model decides: names in a column where
everything fits, else at the right margin (amsmath moves those that collide), else on a line of their own.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from symgrad.document import (
    Block,
    Cell,
    Code,
    Document,
    Figure,
    Heading,
    Items,
    Math,
    Prose,
    StepLine,
    Steps,
    Table,
)
from symgrad.syntax.names import LETTERS, SUBSCRIPTS
from symgrad.syntax.tree import Node, Path
from symgrad.typeset import LECTURE, Style
from symgrad.typeset.breaking import fit
from symgrad.typeset.latex import COLOURS, escape
from symgrad.typeset.latex import write as write_for_web
from symgrad.typeset.layout import Layout
from symgrad.typeset.present import present
from symgrad.typeset.width import ruler, text_width
from symgrad.typeset.width import width as layout_width

TEXT_WIDTH = 360.0  # points: article, 11pt, a4paper
_SAFETY = 1.04  # what the width model may be wrong by


@dataclass(frozen=True, slots=True)
class Page:
    """The text width and the font size in points, and the lecturer's choices."""

    width: float = TEXT_WIDTH
    points: float = 10.95
    style: Style = LECTURE
    colours: bool = True

    def measure(self, layout: Layout) -> float:
        return layout_width(layout, self.points) * _SAFETY

    def ruler(self) -> Callable[[Layout], float]:
        return ruler(self.points, _SAFETY)

    def words(self, text: str) -> float:
        return text_width(text, self.points) * _SAFETY


def latex(
    item: Document | Block,
    standalone: bool = True,
    *,
    width: float = TEXT_WIDTH,
    points: float = 10.95,
    style: Style = LECTURE,
) -> str:
    r"""A document or a block as LaTeX.

    Args:
        item: what to show.
        standalone: a document with its preamble (11 pt, A4); a fragment to be included otherwise, as blocks always are.
        width: the text width in points that nothing may exceed.
        points: the font size.
        style: the lecturer's choices.

    A fragment needs amsmath alone, so it has no colours.

    >>> from symgrad.syntax.tree import Number, Power, Symbol
    >>> print(latex(Math(Power(Symbol("x"), Number(2)))))
    \[
      x^2
    \]
    """
    page = Page(width, points, style, colours=standalone and isinstance(item, Document))
    if not isinstance(item, Document):
        return _block(item, page)
    body = "\n\n".join(_block(block, page) for block in item.blocks)
    if not standalone:
        return body + "\n"
    author = f"\\author{{{words(item.author)}}}" if item.author else "\\author{}"
    title = f"\\title{{{words(item.title)}}}\n{author}\n\\date{{}}"
    return f"{PREAMBLE}\n{title}\n\n\\begin{{document}}\n\\maketitle\n\n{body}\n\n\\end{{document}}\n"


PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage{amsmath,amssymb}
\usepackage{graphicx}
\usepackage{xcolor}
\definecolor{focus}{HTML}{B34700}
\definecolor{new}{HTML}{00588F}
\setlength{\emergencystretch}{3em}
\allowdisplaybreaks"""


def _tex(layout: Layout) -> str:
    """The LaTeX of a layout, highlights in the colours of the preamble."""
    text = write_for_web(layout)
    for name, colour in COLOURS.items():
        text = text.replace(rf"\color{{#{colour}}}", rf"\color{{{name}}}")
    return text


# ---- words -------------------------------------------------------------------------------------------------------

_TEXT = {
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "„": r"\quotedblbase{}",
    "‘": "`",
    "’": "'",
    "…": r"\dots{}",
    "\u00a0": "~",
    "\u200b": r"\allowbreak{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "•": r"\textbullet{}",
    "°": r"\textdegree{}",
}
_MATH = {
    "−": "-",
    "·": r"\cdot",
    "×": r"\times",
    "±": r"\pm",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "→": r"\to",
    "⇒": r"\Rightarrow",
    "∞": r"\infty",
    "√": r"\surd",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∑": r"\sum",
    "∫": r"\int",
    "∈": r"\in",
    "′": r"{}'",
    "″": r"{}''",
} | {character: "\\" + word for word, character in LETTERS.items() if word != "hbar"}
_SMALL = {c: f"$^{{{plain}}}$" for c, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿⁱ", "0123456789-+ni", strict=True)} | {
    low: f"$_{{{escape(high) if high.isascii() else _MATH[high]}}}$" for high, low in SUBSCRIPTS.items()
}


def words(text: str) -> str:
    r"""Ordinary text for LaTeX; characters that pdflatex's fonts lack become a question mark in angle brackets.

    >>> print(words(r"50 % of \input{x} & f′(x) ≤ λ²"))
    50 \% of \textbackslash{}input\{x\} \& f$'$(x) $\le$ $\lambda$$^{2}$
    """
    return "".join(_character(c) for c in _LONG_WORD.sub(_breakable, text))


_LONG_WORD = re.compile(r"\S{9,}")


def _breakable(found: re.Match[str]) -> str:
    """A long word with places where a line may end: behind signs (not inside 1.778), and every thirty letters."""
    return re.sub(r"([-+*/_;:=&)(]|[.,](?!\d)|\w{30})(?=.)", "\\1\u200b", found[0])


def _character(c: str) -> str:
    if c in _TEXT:
        return _TEXT[c]
    if c in _MATH:
        return "$'$" if c == "′" else "$''$" if c == "″" else f"${_MATH[c]}$"
    if c in _SMALL:
        return _SMALL[c]
    if c == "\n" or " " <= c <= "~":
        return escape(c)
    return c if "\u00c0" <= c <= "\u017f" or c in "¡¿§©®£" else r"\textless ?\textgreater{}"


def _inline(parts: Iterable[Cell], page: Page) -> str:
    return "".join(words(part) if isinstance(part, str) else _math(part, page) for part in parts)


def _math(part: Math, page: Page) -> str:
    """A formula inside a sentence; one longer than half a line is set as a display of its own."""
    layout = _shape(part.node, page, part.marks)
    if page.measure(layout) > page.width / 2:
        return "\n" + _display(part.node, part.marks, page) + "\n"
    return f"${_tex(layout)}$"


# ---- blocks ------------------------------------------------------------------------------------------------------


def _block(block: Block, page: Page) -> str:
    match block:
        case Heading(level, text):
            command = {1: "section", 2: "subsection"}.get(level, "paragraph")
            return f"\\{command}*{{{words(text)}}}"
        case Prose(parts):
            return _inline(parts, page)
        case Math(node, marks):
            return _display(node, marks, page)
        case Steps():
            return _steps(block, page)
        case Table():
            return _table(block, page)
        case Figure():
            return _figure(block)
        case Code(text, _):
            return _code(text, page)
        case Items(items, numbered):
            kind = "enumerate" if numbered else "itemize"
            rows = "\n".join(f"  \\item {_inline(item.parts, page)}" for item in items)
            return f"\\begin{{{kind}}}\n{rows}\n\\end{{{kind}}}"


def _shape(node: Node, page: Page, marks: Mapping[Path, str]) -> Layout:
    """The layout of a formula; without its colours where no preamble defines them."""
    labels = marks if page.colours else {path: mark for path, mark in marks.items() if mark not in COLOURS}
    return present(node, page.style, labels)


def _display(node: Node, marks: Mapping[Path, str], page: Page) -> str:
    lines = fit(_shape(node, page, marks), page.width, page.ruler(), indent=2 * page.points)
    if len(lines) == 1:
        return f"\\[\n  {_tex(lines[0])}\n\\]"
    rows = [("& " if k == 0 else r"&\quad ") + _tex(piece) for k, piece in enumerate(lines)]
    return "\\begin{align*}\n  " + " \\\\\n  ".join(rows) + "\n\\end{align*}"


def _figure(block: Figure) -> str:
    """A picture as wide as the text at most; its description goes into the source, for those who tag the PDF."""
    path = block.path if re.fullmatch(r"[A-Za-z0-9_./ -]+", block.path) else ""
    caption = f"\n  \\caption{{{words(block.caption)}}}" if block.caption else ""
    alt = "".join(f"\n  % {row}" for row in _comment(block.alt))
    shown = f"\\includegraphics[width=0.8\\linewidth]{{{path}}}" if path else words(f"[{block.path}]")
    return f"\\begin{{figure}}[ht]\n  \\centering{alt}\n  {shown}{caption}\n\\end{{figure}}"


def _comment(text: str) -> list[str]:
    """Text as lines of a comment: nothing in it can end the comment."""
    return [row for row in re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text) if row.strip()]


def _code(text: str, page: Page) -> str:
    """Text as typed, in a verbatim-like paragraph whose every character is escaped."""
    limit = max(10, int(page.width / (0.53 * page.points)))
    rows = [row[k : k + limit] for row in text.expandtabs(4).split("\n") for k in range(0, max(len(row), 1), limit)]
    shown = [words(row).replace(" ", "~").replace("--", "-{}-") or "~" for row in rows]
    return "{\\ttfamily\\noindent\\raggedright\n" + "\\\\\n".join(shown) + "\\par}"


# ---- chains ------------------------------------------------------------------------------------------------------

_RELATIONS = {
    "≈": r"\approx",
    "≤": r"\le",
    "≥": r"\ge",
    "⇒": r"\Rightarrow",
    "⇔": r"\Leftrightarrow",
    "≠": r"\ne",
    "→": r"\to",
    "=": "=",
    "<": "<",
    ">": ">",
}
_RELATION_WIDTH = 15.0  # points, with the spaces beside it
_COLUMN_GAP = 30.0  # points that amsmath leaves between the formula's column and the names'


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a chain as laid out: the lines of what stands left of the relation, and right of it."""

    left: list[Layout]
    right: list[Layout]
    step: StepLine


def _steps(block: Steps, page: Page) -> str:
    """A chain as `align*`; a left-hand side too long to stand beside the formula gets a display of its own."""
    lefts = [None if step.before is None else present(step.before, page.style) for step in block.lines]
    widest = max((page.measure(left) for left in lefts if left is not None), default=0.0)
    hanging = widest > page.width / 3
    room = page.width - _RELATION_WIDTH - (page.points if hanging else widest)
    indent = 2 * page.points
    lines = [
        _Line(
            [] if left is None else fit(left, page.width, page.ruler(), indent),
            fit(_shape(step.node, page, step.marks), room, page.ruler(), indent),
            step,
        )
        for left, step in zip(lefts, block.lines, strict=True)
    ]
    right = max(max(page.measure(piece) for piece in line.right) for line in lines)
    right = max(right, *(_note_width(line.step.note, page) for line in lines))
    if hanging:
        right = max(right, *(page.measure(piece) for line in lines for piece in line.left))
    reasons = max(page.words(line.step.reason) for line in lines)
    in_column = page.width - room + right + indent + _COLUMN_GAP + reasons <= page.width
    rows: list[str] = []
    for line in lines:
        rows += _rows(line, page, in_column, hanging)
    return "\\begin{align*}\n" + _joined(rows) + "\n\\end{align*}"


def _joined(rows: list[str]) -> str:
    """Rows with line ends between them; text between rows stands without."""
    shown = ""
    for row, following in zip(rows, [*rows[1:], ""], strict=True):
        between = row.startswith(r"\intertext") or not following or following.startswith(r"\intertext")
        shown += f"  {row}" + ("\n" if between else " \\\\\n")
    return shown.rstrip("\n")


def _rows(line: _Line, page: Page, in_column: bool, hanging: bool) -> list[str]:
    rows: list[str] = []
    left = "" if hanging or not line.left else _tex(line.left[0]) + " "
    if hanging:
        rows += [("&" if k == 0 else r"&\quad ") + _tex(part) for k, part in enumerate(line.left)]
    relation = _RELATIONS.get(line.step.relation, "=")
    first, *others = line.right
    quad = r"\hphantom{{}={}}\quad " if not hanging else r"\qquad "
    told = [f"{left}&{relation} {_tex(first)}", *(f"&{quad}{_tex(piece)}" for piece in others)]
    reason = line.step.reason
    if reason:
        if in_column:
            told[0] += rf" && \text{{{words(reason)}}}"
        elif page.words(reason) > page.width * 0.6:
            rows += [_between(words(reason) + ":")]
        else:
            told[-1] += rf" \tag*{{\small {words(reason)}}}"
    return rows + told + _note(line.step.note, page, quad)


def _note(note: str | Prose, page: Page, quad: str) -> list[str]:
    """A remark below its line, or between the lines as a paragraph where it is long."""
    parts = (note,) if isinstance(note, str) else note.parts
    if not any(parts):
        return []
    shown = _inline(parts, page)
    return [rf"&{quad}\text{{\small {shown}}}"] if _note_width(note, page) else [_between(shown)]


def _note_width(note: str | Prose, page: Page) -> float:
    """The width of a remark that stands below its line; zero for one that is long enough to be a paragraph."""
    parts = (note,) if isinstance(note, str) else note.parts
    size = sum(_cell_width(part, page) for part in parts)
    return size if size < page.width / 2 else 0.0


def _between(text: str) -> str:
    return rf"\intertext{{{text}}}"


# ---- tables ------------------------------------------------------------------------------------------------------


def _table(block: Table, page: Page) -> str:
    """A table with two rules; scaled down as a whole where it would be wider than the text."""
    rows = [" & ".join(_inline((cell,), page) for cell in row) + r" \\" for row in (block.header, *block.rows)]
    head, *body = rows
    widths = [max(_cell_width(row[k], page) for row in (block.header, *block.rows)) for k in range(len(block.header))]
    inside = "\n".join(
        [rf"\begin{{tabular}}{{{block.alignment()}}}", r"\hline", head, r"\hline", *body, r"\hline", r"\end{tabular}"]
    )
    if sum(widths) + 12 * len(widths) > page.width:
        inside = f"\\resizebox{{\\linewidth}}{{!}}{{%\n{inside}}}"
    caption = f"\n{words(block.caption)}\\\\[0.5ex]" if block.caption else ""
    return f"\\begin{{center}}{caption}\n{inside}\n\\end{{center}}"


def _cell_width(cell: Cell, page: Page) -> float:
    return page.words(cell) if isinstance(cell, str) else page.measure(_shape(cell.node, page, cell.marks))
