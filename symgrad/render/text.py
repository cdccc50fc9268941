"""Blocks to text for a terminal (two-dimensional formulas, colour if asked for) or a pipe (one line a state).

Nothing in a block can move the cursor or hide: control characters are replaced.
"""

import os
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

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
from symgrad.errors import display_width
from symgrad.syntax.tree import Node, Path
from symgrad.typeset import LECTURE, Style, line, plain
from symgrad.typeset.box import Box, beside, columns, pad, stack, write
from symgrad.typeset.box import text as as_box
from symgrad.typeset.breaking import fit
from symgrad.typeset.present import present


@dataclass(frozen=True, slots=True)
class Look:
    """How text is to come out: columns, Unicode or ASCII, one line a formula or two-dimensional, colours or not."""

    width: int = 80
    unicode: bool = True
    flat: bool = False
    colour: bool = False
    style: Style = LECTURE


def text(
    item: Document | Block,
    width: int = 80,
    unicode: bool = True,
    *,
    flat: bool = False,
    colour: bool = False,
    style: Style = LECTURE,
) -> str:
    """A document or a block as text.

    Args:
        item: what to show.
        width: columns to stay within.
        unicode: two-dimensional Unicode formulas; else ASCII in machine syntax.
        flat: every formula on one line, as suits a pipe.
        colour: highlights and headings in ANSI colours.
        style: the lecturer's choices.

    >>> from symgrad.syntax.tree import Number, Power, Symbol
    >>> print(text(Math(Power(Symbol("x"), Number(2)))))
      x²
    """
    look = Look(width, unicode, flat or not unicode, colour, style)
    if isinstance(item, Document):
        head = _title(item.title, "═" if unicode else "=", look)
        return "\n\n".join([head, *(_block(block, look) for block in item.blocks)])
    return _block(item, look)


def wants_colour(stream: TextIO) -> bool:
    """Whether colours suit a stream: a terminal, unless NO_COLOR is set or TERM is dumb; FORCE_COLOR insists."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def clean(words: str) -> str:
    """Ordinary text with control and invisible formatting characters replaced."""
    return "".join(c if c in " \n" or display_width(c) or _is_mark(c) else "\N{REPLACEMENT CHARACTER}" for c in words)


def _is_mark(character: str) -> bool:
    import unicodedata

    return unicodedata.category(character) == "Mn"


def _block(block: Block, look: Look) -> str:
    match block:
        case Heading(level, words):
            rule = {1: "─", 2: "╌"}.get(level, "") if look.unicode else {1: "-"}.get(level, "")
            return _title(words, rule, look)
        case Prose():
            return "\n".join(wrap(_inline(block.parts, look), look.width))
        case Math(node, marks):
            return _indent(_formula(node, marks, look, look.width - 2), 2, look)
        case Steps():
            return _flat_steps(block, look) if look.flat else _steps(block, look)
        case Table():
            return _table(block, look)
        case Figure(path, caption, alt):
            told = wrap(clean(alt), look.width, "  ")
            return "\n".join([*wrap(f"[{clean(path)}] {clean(caption)}".rstrip(), look.width), *told])
        case Code(words, _):
            return textwrap.indent(clean(words.expandtabs()), "    ")
        case Items(items, numbered):
            dot = "•" if look.unicode else "-"
            signs = [f"{k}." if numbered else dot for k in range(1, len(items) + 1)]
            return "\n".join(_item(sign, item, look) for sign, item in zip(signs, items, strict=True))


def _title(words: str, rule: str, look: Look) -> str:
    """A heading with a rule below it that is as long as its longest line."""
    rows = wrap(clean(words), look.width)
    below = [rule * max(map(display_width, rows))] if rule and rows else []
    return "\n".join([*(_bold(row, look) for row in rows), *below])


# ---- words -------------------------------------------------------------------------------------------------------


def _inline(parts: Iterable[Cell], look: Look) -> str:
    return "".join(clean(part) if isinstance(part, str) else _one_line(part.node, look) for part in parts)


def _one_line(node: Node, look: Look) -> str:
    return line(node, look.style) if look.unicode else plain(node)


def wrap(words: str, width: int, indent: str = "") -> list[str]:
    """Text in lines of at most a width in columns."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        current = ""
        for word in _pieces(paragraph, width - display_width(indent)):
            longer = f"{current} {word}" if current else word
            if current and display_width(indent + longer) > width:
                lines.append(indent + current)
                current = word
            else:
                current = longer
        if current:
            lines.append(indent + current)
    return lines


def _pieces(paragraph: str, width: int) -> list[str]:
    """The words of a paragraph; those longer than a line in pieces."""
    return [word[k : k + width] for word in paragraph.split(" ") for k in range(0, max(len(word), 1), max(width, 1))]


def _item(mark: str, item: Prose, look: Look) -> str:
    lines = wrap(_inline(item.parts, look), look.width - len(mark) - 1)
    hang = " " * (len(mark) + 1)
    return "\n".join((mark + " " if k == 0 else hang) + words for k, words in enumerate(lines))


# ---- formulas ----------------------------------------------------------------------------------------------------

_ANSI = {"bold": "\x1b[1m", "focus": "\x1b[1;33m", "new": "\x1b[1;36m", "dim": "\x1b[2m"}
_RESET = "\x1b[0m"


def _bold(words: str, look: Look) -> str:
    return f"{_ANSI['bold']}{words}{_RESET}" if look.colour else words


def _formula(node: Node, marks: Mapping[Path, str], look: Look, width: int) -> Box:
    """A formula in lines that fit."""
    if look.flat:
        return as_box(_one_line(node, look))
    lines = [write(piece) for piece in fit(present(node, look.style, marks), width, columns(), indent=4)]
    rows = [lines[0], *(beside([as_box("   "), piece]) for piece in lines[1:])]
    gaps = [piece for row in rows for piece in ([row, as_box(" ")] if row.height > 1 else [row])]
    return stack(gaps[:-1] if rows[-1].height > 1 else gaps, rows[0].baseline, "left")


def _indent(box: Box, margin: int, look: Look) -> str:
    return "\n".join((" " * margin + row).rstrip() for row in _coloured(box, look))


def _coloured(box: Box, look: Look) -> list[str]:
    """The lines of a box with its highlights in colour; the innermost highlight counts."""
    if not look.colour:
        return [row.rstrip() for row in box.lines]
    rows = []
    for k, row in enumerate(box.lines):
        spans = [span for span in box.spans if span.row == k and span.mark in _ANSI]
        shown, column, current = "", 0, ""
        for character in row:
            inside = [span for span in spans if span.start <= column < span.stop]
            wanted = _ANSI[min(inside, key=lambda span: span.stop - span.start).mark] if inside else ""
            if wanted != current:
                shown += (_RESET if current else "") + wanted
                current = wanted
            shown += character
            column += display_width(character)
        rows.append(shown.rstrip() + (_RESET if current else ""))
    return rows


# ---- chains ------------------------------------------------------------------------------------------------------


def _flat_steps(block: Steps, look: Look) -> str:
    """One state a line, the reason behind it."""
    rows = []
    for step in block.lines:
        left = "" if step.before is None else _one_line(step.before, look) + " "
        reason = f"    [{clean(step.reason)}]" if step.reason else ""
        rows.append(f"{left}{_relation(step, look)} {_one_line(step.node, look)}{reason}")
        note = _note(step, look)
        rows += [f"    {note}"] if note else []
    return "\n".join(rows)


_ASCII_RELATIONS = {"≈": "~", "≤": "<=", "≥": ">=", "⇒": "=>", "≠": "!="}


def _relation(step: StepLine, look: Look) -> str:
    return step.relation if look.unicode else _ASCII_RELATIONS.get(step.relation, step.relation)


def _note(step: StepLine, look: Look) -> str:
    return _inline(step.note.parts, look) if isinstance(step.note, Prose) else clean(step.note)


_GAP = 3  # columns between a formula and its reason


def _steps(block: Steps, look: Look) -> str:
    """A chain aligned at its relations; reasons stand in a column, or at the right margin, there below if need be."""
    lefts = [None if step.before is None else _formula(step.before, {}, look, look.width - 4) for step in block.lines]
    widest = max((left.width for left in lefts if left is not None), default=0)
    hanging = widest > look.width // 3  # a long left-hand side gets a line to itself
    margin = 2 + (2 if hanging else widest + 1) + 2
    boxes = [_formula(step.node, step.marks, look, look.width - margin) for step in block.lines]
    reasons = max((display_width(clean(step.reason)) for step in block.lines), default=0)
    column = margin + max(box.width for box in boxes) + _GAP
    in_column = column + reasons <= look.width
    rows: list[str] = []
    for step, left, box in zip(block.lines, lefts, boxes, strict=True):
        shown: list[Box] = [as_box("  ")]
        if left is not None and hanging:
            rows += [*_text_lines(beside([as_box("  "), left]), look)]
        first = left if left is not None and not hanging else as_box("")
        shown += [_padded(first, 2 if hanging else widest + 1), as_box(_relation(step, look) + " "), box]
        reason = clean(step.reason)
        full = beside(shown)
        start = column if in_column else look.width - display_width(reason)
        fits = full.width + _GAP <= start
        if reason and fits:
            full = beside([full, as_box(" " * (start - full.width) + reason)])
        rows += _text_lines(full, look)
        if reason and not fits:
            rows += [pad(row, look.width, "right") for row in wrap(reason, look.width)]
        note = _note(step, look)
        rows += wrap(note, look.width, " " * (margin + 2)) if note else []
        rows.append("")
    return "\n".join(rows[:-1])


def _padded(box: Box, width: int) -> Box:
    return beside([box, as_box(" " * (width - box.width))])


def _text_lines(box: Box, look: Look) -> list[str]:
    return [row.rstrip() for row in _coloured(box, look)]


# ---- tables ------------------------------------------------------------------------------------------------------


def _table(block: Table, look: Look) -> str:
    """Columns two blanks apart with a rule below the head; a table wider than the page is told row by row."""
    table = [[_cell(cell, look) for cell in row] for row in (block.header, *block.rows)]
    widths = [max(display_width(row[k]) for row in table) for k in range(len(block.header))]
    caption = wrap(clean(block.caption), look.width)
    if sum(widths) + 2 * len(widths) > look.width:
        records = ["\n".join(f"{name}: {cell}" for name, cell in zip(table[0], row, strict=True)) for row in table[1:]]
        return "\n\n".join(["\n".join(caption)] * bool(caption) + records)
    places = [{"l": "left", "c": "center", "r": "right"}[letter] for letter in block.alignment()]
    rows = [
        "  ".join(pad(cell, width, place) for cell, width, place in zip(row, widths, places, strict=True)).rstrip()
        for row in table
    ]
    rule = "  ".join(("─" if look.unicode else "-") * width for width in widths)
    return "\n".join([*caption, _bold(rows[0], look), rule, *rows[1:]])


def _cell(cell: Cell, look: Look) -> str:
    return clean(cell) if isinstance(cell, str) else _one_line(cell.node, look)
