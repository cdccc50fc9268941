r"""Blocks to Markdown with TeX formulas between dollars, as GitHub, Jupyter, Quarto and MyST show them.

Chains are one `aligned` a block inside `$$`, which all of them know; `align` and `\[ \]` are not. Text is escaped:
nothing in a title or a name becomes markup, a link or HTML.
"""

import re
from collections.abc import Iterable, Mapping

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
    Steps,
    Table,
)
from symgrad.render.text import clean
from symgrad.syntax.tree import Node, Path
from symgrad.typeset import LECTURE, Style
from symgrad.typeset.breaking import fit
from symgrad.typeset.latex import escape, write
from symgrad.typeset.layout import Layout
from symgrad.typeset.present import present
from symgrad.typeset.width import ruler

_LINE = 480.0  # points at 10 pt: about a page of a notebook


def markdown(item: Document | Block, *, style: Style = LECTURE) -> str:
    """A document or a block as Markdown.

    >>> from symgrad.document import prose
    >>> from symgrad.syntax.tree import Number, Power, Symbol
    >>> print(markdown(prose("The *square* ", Power(Symbol("x"), Number(2)))))
    The \\*square\\* $x^2$
    """
    if isinstance(item, Document):
        blocks = [f"# {words(item.title)}", *(_block(block, style) for block in item.blocks)]
        return "\n\n".join(blocks) + "\n"
    return _block(item, style)


_SPECIAL = re.compile(r"([\\`*_{}\[\]#!|~$^])")
_LINE_START = re.compile(r"(\s*\d+(?=[.)])|\s*(?=[-+=:]))([-+=:.)])(?=\s|$|=)")


def words(text: str) -> str:
    """Ordinary text on one line in which nothing is markup, a list, a link or HTML."""
    line = " ".join(clean(text).split("\n"))
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _SPECIAL.sub(r"\\\1", line)
    line = line.replace("://", "&#58;//").replace("www.", "www&#46;")
    return _LINE_START.sub(r"\1\\\2", line, count=1) if _LINE_START.match(line) else line


def _inline(parts: Iterable[Cell], style: Style) -> str:
    return "".join(
        words(part) if isinstance(part, str) else f"${_tex(part.node, style, part.marks)}$" for part in parts
    )


def _tex(node: Node, style: Style, marks: Mapping[Path, str] | None = None) -> str:
    return _written(present(node, style, marks))


def _written(layout: Layout) -> str:
    """LaTeX in which nothing looks like the beginning of HTML."""
    return write(layout).replace("<", r"\lt ").replace(">", r"\gt ")


def _block(block: Block, style: Style) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * min(level + 1, 6)} {words(text)}"
        case Prose(parts):
            return _inline(parts, style)
        case Math(node, marks):
            lines = fit(present(node, style, marks), _LINE, ruler(), 20.0)
            rows = [_written(line) for line in lines]
            if len(rows) == 1:
                return f"$$\n{rows[0]}\n$$"
            return _aligned([("& " if k == 0 else r"&\quad ") + row for k, row in enumerate(rows)])
        case Steps():
            return _steps(block, style)
        case Table():
            return _table(block, style)
        case Figure(path, caption, alt):
            safe = re.sub(r"[^A-Za-z0-9_./-]", lambda found: f"%{ord(found[0]) & 0xFF:02X}", path)
            below = f"\n\n*{words(caption)}*" if caption else ""
            return f"![{words(alt)}]({safe}){below}"
        case Code(text, language):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            tag = language if re.fullmatch(r"[A-Za-z0-9+-]*", language) else ""
            return f"{fence}{tag}\n{text}\n{fence}"
        case Items(items, numbered):
            signs = [f"{k}." if numbered else "-" for k in range(1, len(items) + 1)]
            return "\n".join(f"{sign} {_inline(item.parts, style)}" for sign, item in zip(signs, items, strict=True))


def _aligned(rows: list[str]) -> str:
    return "$$\n\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n$$"


def _steps(block: Steps, style: Style) -> str:
    rows: list[str] = []
    for step in block.lines:
        left = "" if step.before is None else _tex(step.before, style) + " "
        first, *others = (_written(line) for line in fit(present(step.node, style, step.marks), _LINE, ruler(), 20.0))
        reason = rf" && \text{{{_text(step.reason)}}}" if step.reason else ""
        rows.append(f"{left}&{step.relation} {first}{reason}")
        rows += [rf"&\qquad {line}" for line in others]
        rows += [rf"&\qquad {note}" for note in [_note(step.note, style)] if note]
    return _aligned(rows)


def _note(note: str | Prose, style: Style) -> str:
    """A remark inside a formula: its words as text, its formulas as they are."""
    parts = (note,) if isinstance(note, str) else note.parts
    return " ".join(
        rf"\text{{{_text(part)}}}" if isinstance(part, str) else _tex(part.node, style, part.marks)
        for part in parts
        if part
    )


def _text(text: str) -> str:
    """Ordinary text inside a formula: inert for TeX, and for the Markdown and HTML around it."""
    shown = escape(clean(text))
    return (
        shown.replace("<", r"\lt ").replace(">", r"\gt ").replace("`", "'") if {"<", ">", "`"} & set(shown) else shown
    )


def _table(block: Table, style: Style) -> str:
    rules = {"l": ":---", "c": ":---:", "r": "---:"}
    head = [_inline((cell,), style) for cell in block.header]
    body = [[_cell(cell, style) for cell in row] for row in block.rows]
    rows = [head, [rules[letter] for letter in block.alignment()], *body]
    caption = f"{words(block.caption)}\n\n" if block.caption else ""
    return caption + "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(cell: Cell, style: Style) -> str:
    """A cell; the bars of |x| would end it."""
    shown = _inline((cell,), style)
    return (
        shown
        if isinstance(cell, str)
        else shown.replace("\\left|", r"\left\vert ").replace("\\right|", r"\right\vert ")
    )
