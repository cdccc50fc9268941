"""Layouts to blocks of Unicode text: fractions with bars, raised exponents, brackets that grow.

A box has a baseline, the line on which it stands beside others, and remembers where its highlighted parts are; it has
no colours, those belong to whoever shows it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from symgrad.errors import display_width
from symgrad.syntax.names import ACCENTS, SUBSCRIPTS, SUPERSCRIPTS, unicode_name
from symgrad.syntax.tree import Node, Path
from symgrad.typeset.brackets import delimiter, integral, root
from symgrad.typeset.layout import (
    Accent,
    Big,
    Digits,
    Fence,
    Fraction,
    Glyph,
    Grid,
    Layout,
    Lines,
    Mark,
    Memo,
    Name,
    Root,
    Row,
    Script,
    Space,
    Word,
    Words,
    fold,
)
from symgrad.typeset.present import present
from symgrad.typeset.style import DEFAULT, Style


class Span(NamedTuple):
    """A highlighted stretch of a line: columns start to stop."""

    row: int
    start: int
    stop: int
    mark: str


@dataclass(frozen=True, slots=True)
class Box:
    """Lines of equal width, the index of the line that others align with, and the highlighted stretches."""

    lines: tuple[str, ...]
    baseline: int = 0
    spans: tuple[Span, ...] = ()

    @property
    def width(self) -> int:
        return display_width(self.lines[0])

    @property
    def height(self) -> int:
        return len(self.lines)

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)


def box(node: Node, style: Style = DEFAULT, marks: Mapping[Path, str] | None = None) -> Box:
    """The formula as a block of Unicode text.

    >>> from symgrad.syntax.tree import Add, Divide, E, Negate, Number, Power, Symbol
    >>> print(box(Divide(Number(1), Add(Number(1), Power(E, Negate(Symbol("x")))))))
       1
    ───────
         −x
    1 + e
    """
    return write(present(node, style, marks))


def write(layout: Layout) -> Box:
    """The box of a layout."""
    return fold(layout, _write)


def columns() -> Callable[[Layout], float]:
    """A ruler in columns that remembers the pieces it has measured, for cutting one formula into lines."""
    memo: Memo[Box] = {}
    return lambda layout: fold(layout, _write, memo).width


def _write(layout: Layout, below: list[Box]) -> Box:
    return _WRITERS[type(layout)](layout, below)


# ---- putting boxes together --------------------------------------------------------------------------------------


def text(line: str) -> Box:
    return Box((line,))


def pad(line: str, width: int, align: str = "left") -> str:
    """A line filled with blanks to a width in columns."""
    free = width - display_width(line)
    left = {"left": 0, "center": free // 2, "right": free}[align]
    return " " * left + line + " " * (free - left)


def beside(boxes: list[Box]) -> Box:
    """Boxes side by side, baselines on one line."""
    above = max(piece.baseline for piece in boxes)
    below = max(piece.height - piece.baseline for piece in boxes)
    rows = [""] * (above + below)
    spans: list[Span] = []
    column = 0
    for piece in boxes:
        top = above - piece.baseline
        blank = " " * piece.width
        for k in range(above + below):
            rows[k] += piece.lines[k - top] if 0 <= k - top < piece.height else blank
        spans += [Span(s.row + top, s.start + column, s.stop + column, s.mark) for s in piece.spans]
        column += piece.width
    return Box(tuple(rows), above, tuple(spans))


def stack(boxes: list[Box], baseline: int, align: str = "center") -> Box:
    """Boxes on top of each other; `baseline` is the line of the result that others align with."""
    width = max(piece.width for piece in boxes)
    lines: list[str] = []
    spans: list[Span] = []
    for piece in boxes:
        free = width - piece.width
        left = {"left": 0, "center": free // 2, "right": free}[align]
        spans += [Span(s.row + len(lines), s.start + left, s.stop + left, s.mark) for s in piece.spans]
        lines += [" " * left + line + " " * (free - left) for line in piece.lines]
    return Box(tuple(lines), baseline, tuple(spans))


# ---- one writer a kind of layout ---------------------------------------------------------------------------------


def _name(layout: Name, _: list[Box]) -> Box:
    shown = unicode_name(layout.name).replace("'", "′")
    for word, mark in ACCENTS.items():
        if len(shown) == len(word) + 1 and shown.endswith(word):
            shown = shown[0] + mark
    return text(shown)


def _glyph(layout: Glyph, _: list[Box]) -> Box:
    shown = {"𝑑": "d"}.get(layout.text, layout.text)
    if layout.kind in ("binary", "relation"):
        return text(f" {shown} ")
    return text(shown + " " if layout.kind == "punctuation" else shown)


def _row(layout: Row, parts: list[Box]) -> Box:
    """Pieces side by side; a bar of a fraction never touches a letter, an integral sign grows with what follows."""
    if not parts:
        return text("")
    boxes: list[Box] = []
    for k, (item, piece) in enumerate(zip(layout.items, parts, strict=True)):
        grown = piece
        if isinstance(item, Big) and item.symbol == "∫" and k + 1 < len(parts):
            grown = _integral(parts[k + 1], item)
        boxes.append(grown)
    for k, item in enumerate(layout.items):
        around = [_last(piece) for piece in layout.items[max(k - 1, 0) : k]]
        around += [_first(piece) for piece in layout.items[k + 1 : k + 2]]
        if isinstance(item, Glyph) and item.kind == "times" and any(isinstance(piece, Fraction) for piece in around):
            boxes[k] = text(f" {boxes[k].lines[0]} ")
    spaced = [boxes[0]]
    for (left, right), piece in zip(pairwise(layout.items), boxes[1:], strict=True):
        if _would_touch(left, right):
            spaced.append(text(" "))
        spaced.append(piece)
    return beside(spaced)


def _would_touch(left: Layout, right: Layout) -> bool:
    if isinstance(right, (Glyph, Space)) or isinstance(left, (Glyph, Space)):
        return False
    if isinstance(_last(left), Root):
        return not isinstance(right, Fence)
    return isinstance(left, Big) or (isinstance(_last(left), Fraction) and not isinstance(right, Fence))


def _last(layout: Layout) -> Layout:
    while isinstance(layout, (Row, Mark)) and layout.parts:
        layout = layout.parts[-1]
    return layout


def _first(layout: Layout) -> Layout:
    while isinstance(layout, (Row, Mark)) and layout.parts:
        layout = layout.parts[0]
    return layout


def _fraction(layout: Fraction, parts: list[Box]) -> Box:
    above, below = parts
    if not layout.bar:
        return stack([above, text(" "), below], above.height)
    inner = any(isinstance(_first(part), Fraction) and part.parts for part in (layout.above, layout.below))
    width = max(above.width, below.width) + 2 * inner
    return stack([above, text("─" * width), below], above.height)


def _script(layout: Script, parts: list[Box]) -> Box:
    base = parts[0]
    scripts = parts[1:]
    below = scripts.pop(0) if layout.below is not None else None
    above = scripts.pop(0) if layout.above is not None else None
    small_below = None if below is None else _small(below, SUBSCRIPTS)
    small_above = None if above is None else _small(above, SUPERSCRIPTS)
    result = base
    if below is not None:
        result = _lowered(result, below) if small_below is None else beside([result, small_below])
    if above is not None:
        result = _raised(result, above) if small_above is None else _at_top(result, small_above)
    return result


def _small(piece: Box, letters: Mapping[str, str]) -> Box | None:
    """A one-line box in Unicode's small letters, where all of them exist."""
    line = piece.lines[0].replace("−", "-")
    if piece.height > 1 or piece.spans or not all(c in letters for c in line) or "(" in line:
        return None
    return text("".join(letters[c] for c in line))


def _at_top(base: Box, small: Box) -> Box:
    """A small superscript on the topmost line of its base."""
    blank = " " * small.width
    lines = tuple(line + (blank if k else small.lines[0]) for k, line in enumerate(base.lines))
    return Box(lines, base.baseline, base.spans)


def _raised(base: Box, above: Box) -> Box:
    """An exponent to the right of its base, above its first line."""
    top = Box((*above.lines, *(" " * above.width for _ in base.lines)), above.height + base.baseline, above.spans)
    return beside([base, top])


def _lowered(base: Box, below: Box) -> Box:
    bottom = Box((*(" " * below.width for _ in base.lines), *below.lines), base.baseline)
    return beside([base, bottom])


def _root(layout: Root, parts: list[Box]) -> Box:
    body = parts[0]
    sign = "√"
    if layout.index is not None:
        small = _small(parts[1], SUPERSCRIPTS)
        sign = {"3": "∛", "4": "∜"}.get(parts[1].lines[0], (small.lines[0] if small else str(parts[1])) + "√")
    if body.height == 1 and body.width == 1:
        return Box(
            (sign + body.lines[0],), 0, tuple(s._replace(start=s.start + 1, stop=s.stop + 1) for s in body.spans)
        )
    left, roof = root(body.height, body.width, sign)
    roofed = stack([text(roof), body], body.baseline + 1, "left")
    return beside([Box(tuple(left), body.baseline + 1), roofed])


def _fence(layout: Fence, parts: list[Box]) -> Box:
    body = parts[0]
    pieces = [body]
    for side, place in ((layout.left, 0), (layout.right, len(pieces) + 1)):
        if side:
            pieces.insert(place, Box(tuple(delimiter(side, body.height, body.baseline)), body.baseline))
    return beside(pieces)


def _grid(layout: Grid, parts: list[Box]) -> Box:
    """A table with its baseline in the middle; columns two blanks apart."""
    widths = [max(cell.width for cell in parts[k :: layout.columns]) for k in range(layout.columns)]
    align = "left" if layout.cases else "center"
    rows: list[Box] = []
    for k in range(0, len(parts), layout.columns):
        cells: list[Box] = []
        for cell, width in zip(parts[k : k + layout.columns], widths, strict=True):
            padded = stack([cell, text(" " * width)], cell.baseline, align)
            cells += [text("  ")] if cells else []
            cells.append(Box(padded.lines[:-1], padded.baseline, padded.spans))
        rows.append(beside(cells))
    two_lines = layout.cases and len(rows) == 2  # a brace needs three lines
    if two_lines or any(row.height > 1 for row in rows):
        rows = [line for row in rows for line in (row, text(" "))][:-1]
    height = sum(row.height for row in rows)
    return stack(rows, height // 2, "left")


_OPERATORS = {"∑": "∑", "∏": "∏", "lim": "lim", "∫": "∫"}


def _big(layout: Big, parts: list[Box]) -> Box:
    operator = text(_OPERATORS[layout.symbol])
    if layout.symbol == "∫":
        return operator
    pieces = [operator]
    baseline = 0
    if layout.below is not None:
        pieces.append(parts[0])
    if layout.above is not None:
        pieces.insert(0, parts[-1])
        baseline = parts[-1].height
    return stack(pieces, baseline)


def _integral(body: Box, layout: Big) -> Box:
    """An integral sign as tall as what it integrates, with the bounds at its ends."""
    bounds = [write(part) for part in layout.parts]
    height = max(body.height, 2 + bool(bounds))
    baseline = max(body.baseline, height // 2)
    sign = Box(tuple(integral(height)), baseline)
    if not bounds:
        return sign
    lower, upper = bounds
    width = max(lower.width, upper.width)
    middle = [" " * width] * max(0, height - 2)
    lines = [pad(line, width) for line in upper.lines] + middle + [pad(line, width) for line in lower.lines]
    return beside([sign, Box(tuple(lines), baseline + upper.height - 1), text(" ")])


def _mark(layout: Mark, parts: list[Box]) -> Box:
    body = parts[0]
    spans = tuple(Span(row, 0, body.width, layout.mark) for row in range(body.height))
    if layout.mark in ("focus", "new"):
        return Box(body.lines, body.baseline, body.spans + spans)
    brace = "╰" + "─" * max(0, body.width - 2) + "╯" if body.width > 1 else "↑"
    return stack([body, text(brace), text(layout.mark)], body.baseline)


def _lines(_: Lines, parts: list[Box]) -> Box:
    rows = [parts[0]] + [beside([text("    "), part]) for part in parts[1:]]
    return stack(rows, parts[0].baseline, "left")


def _accent(layout: Accent, parts: list[Box]) -> Box:
    body = parts[0]
    if layout.accent == "‾":
        return stack([text("_" * body.width), body], body.baseline + 1)
    mark = {"˙": "\u0307", "¨": "\u0308"}[layout.accent]
    if body.height == 1 and body.width == 1:
        return Box((body.lines[0] + mark,), 0, body.spans)
    return stack([text(layout.accent), body], body.baseline + 1)


_WRITERS: dict[type[Layout], Callable[..., Box]] = {
    Name: _name,
    Digits: lambda layout, _: text(layout.text),
    Word: lambda layout, _: text(layout.text),
    Glyph: _glyph,
    Space: lambda _, __: text(" "),
    Words: lambda layout, _: text(layout.text),
    Row: _row,
    Fraction: _fraction,
    Script: _script,
    Accent: _accent,
    Root: _root,
    Fence: _fence,
    Grid: _grid,
    Big: _big,
    Mark: _mark,
    Lines: _lines,
}
