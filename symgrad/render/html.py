"""Blocks to one self-contained HTML page: MathML, no scripts, light and dark, fit for print and for screen readers."""

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path

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
from symgrad.typeset import LECTURE, Style
from symgrad.typeset.breaking import fit
from symgrad.typeset.layout import Lines
from symgrad.typeset.mathml import element
from symgrad.typeset.present import present
from symgrad.typeset.width import ruler
from symgrad.typeset.width import width as layout_width

_LINE = 390.0  # points at 10 pt: about the width of the page's column


def html(item: Document | Block, *, style: Style = LECTURE, folder: Path | None = None) -> str:
    """A document as a page, or a block as a fragment.

    Args:
        item: what to show.
        style: the lecturer's choices.
        folder: where the files of figures lie; those that are found are put into the page.

    >>> from symgrad.document import prose
    >>> print(html(prose("a < b")))
    <p>a &lt; b</p>
    """
    if not isinstance(item, Document):
        return _block(item, style, folder)
    title = words(item.title)
    body = "\n".join(_block(block, style, folder) for block in item.blocks)
    author = f'\n<p class="author">{words(item.author)}</p>' if item.author else ""
    return _PAGE.format(
        language=escape(item.language), title=title, head=f"<h1>{title}</h1>{author}", body=body, css=CSS
    )


_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
{css}</style>
</head>
<body>
<main>
{head}
{body}
</main>
</body>
</html>
"""

CSS = """:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --soft: #5b5b5b; --line: #c9c9c9;
  --focus: #b34700; --new: #00588f; --code: #f4f4f2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e3; --paper: #16181b; --soft: #a9a9a9; --line: #45484d; --focus: #ffad66; --new: #7cc4ff;
    --code: #22262b; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.06rem/1.6 Georgia, "Noto Serif", serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.2rem 4rem; overflow-wrap: anywhere; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 .8rem; font-weight: 600; }
h1 { font-size: 1.9rem; margin-top: 1rem; }
.author { color: var(--soft); }
math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", math; font-size: 1.08em; }
math .focus { color: var(--focus); } math .new { color: var(--new); }
math .cases mtd { padding: .12em .6em .12em 0; text-align: left; }
mtable[columnalign="left"] > mtr > mtd { text-align: left; }
.wide { overflow-x: auto; margin: .9rem 0; padding: .1rem 0; }
table { border-collapse: collapse; margin: 1.2rem auto; }
caption { caption-side: top; padding-bottom: .5rem; color: var(--soft); }
.figures { border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); font-variant-numeric: tabular-nums; }
.figures th { border-bottom: 1px solid var(--ink); font-weight: 600; }
.figures th, .figures td { padding: .3rem .9rem; }
.l { text-align: left; } .c { text-align: center; } .r { text-align: right; }
.steps { margin: 1.2rem 0; } .steps td { padding: .4rem .3rem; vertical-align: middle; }
.steps .left { text-align: right; white-space: nowrap; }
.steps .reason { padding-left: 1.6rem; color: var(--soft); font-size: .92em; font-style: italic; }
.steps .note td { padding-top: 0; color: var(--soft); font-size: .92em; }
figure { margin: 1.6rem 0; text-align: center; } figure img { max-width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: .95em; }
pre { background: var(--code); padding: .8rem 1rem; overflow-x: auto; font-size: .9rem; line-height: 1.45; }
@media print { :root { --ink: #000; --paper: #fff; --soft: #444; --line: #999; --focus: #b34700; --new: #00588f; }
  main { max-width: none; padding: 0; } h1, h2, h3 { break-after: avoid; } tr, figure, pre { break-inside: avoid; } }
"""


def words(text: str) -> str:
    """Ordinary text made inert for HTML."""
    return escape(clean(text))


def _inline(parts: Iterable[Cell], style: Style) -> str:
    return "".join(words(part) if isinstance(part, str) else _math(part, style, display=False) for part in parts)


def _math(part: Math, style: Style, *, display: bool, block: bool = True, width: float = _LINE) -> str:
    layout = present(part.node, style, part.marks)
    lines = fit(layout, width, ruler(), 20.0) if display else [layout]
    return element(lines[0] if len(lines) == 1 else Lines(tuple(lines)), display=display, block=block)


def _block(block: Block, style: Style, folder: Path | None) -> str:
    match block:
        case Heading(level, text):
            tag = f"h{min(max(level, 1) + 1, 6)}"
            return f"<{tag}>{words(text)}</{tag}>"
        case Prose(parts):
            return f"<p>{_inline(parts, style)}</p>"
        case Math():
            return f'<div class="wide">{_math(block, style, display=True)}</div>'
        case Steps():
            return _steps(block, style)
        case Table():
            return _table(block, style)
        case Figure():
            return _figure(block, folder)
        case Code(text, _):
            return f"<pre><code>{words(text)}</code></pre>"
        case Items(items, numbered):
            tag = "ol" if numbered else "ul"
            rows = "\n".join(f"<li>{_inline(item.parts, style)}</li>" for item in items)
            return f"<{tag}>\n{rows}\n</{tag}>"


def _steps(block: Steps, style: Style) -> str:
    """A chain as a table: left-hand side, relation and formula, reason."""
    rows: list[str] = []
    for step in block.lines:
        left = ""
        if step.before is not None:
            left = _math(Math(step.before), style, display=True, block=False)
            if layout_width(present(step.before, style)) > _LINE / 3:
                rows.append(f'<tr><td colspan="4" class="l">{left}</td></tr>')
                left = ""
        right = _math(Math(step.node, step.marks), style, display=True, block=False, width=_LINE * 0.72)
        cells = f'<td class="left">{left}</td><td>{words(step.relation)}</td><td class="l">{right}</td>'
        rows.append(f'<tr>{cells}<td class="reason">{words(step.reason)}</td></tr>')
        note = step.note if isinstance(step.note, Prose) else Prose((step.note,))
        if any(note.parts):
            rows.append(f'<tr class="note"><td></td><td></td><td colspan="2">{_inline(note.parts, style)}</td></tr>')
    return '<div class="wide"><table class="steps" role="presentation">\n' + "\n".join(rows) + "\n</table></div>"


def _table(block: Table, style: Style) -> str:
    letters = block.alignment()
    head = "".join(
        f'<th scope="col" class="{letter}">{_inline((cell,), style)}</th>'
        for cell, letter in zip(block.header, letters, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(f'<td class="{k}">{_inline((cell,), style)}</td>' for cell, k in zip(row, letters, strict=True))
        + "</tr>"
        for row in block.rows
    )
    caption = f"<caption>{words(block.caption)}</caption>\n" if block.caption else ""
    head = f"<thead><tr>{head}</tr></thead>"
    return f'<div class="wide"><table class="figures">\n{caption}{head}\n<tbody>\n{rows}\n</tbody>\n</table></div>'


_TYPES = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
}


def _figure(block: Figure, folder: Path | None) -> str:
    """A picture inside the page, so that it needs no other file; a picture can run no script."""
    source = words(block.path)
    kind = _TYPES.get(Path(block.path).suffix.lower())
    file = folder / block.path if folder is not None else Path(block.path)
    if kind is not None and file.is_file():
        source = f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
    elif ":" in block.path:
        source = ""
    caption = f"<figcaption>{words(block.caption)}</figcaption>" if block.caption else ""
    return f'<figure><img src="{source}" alt="{words(block.alt)}">{caption}</figure>'
