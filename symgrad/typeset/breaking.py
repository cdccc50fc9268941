"""Cutting a layout into lines that fit: before relations, + and −, then between factors, then inside brackets.

A fraction, a root or an exponent that is too wide by itself is cut inside. The ruler is given: points for TeX, columns
for a terminal. What can't be cut (a single long word) stays as it is.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from symgrad.typeset.layout import (
    Digits,
    Fence,
    Fraction,
    Glyph,
    Grid,
    Layout,
    Lines,
    Mark,
    Name,
    Root,
    Row,
    Script,
    Word,
)

Ruler = Callable[[Layout], float]

_SMALLEST = 0.2  # of a line: nothing is cut into narrower pieces
_WORTH_STARTING = 0.4  # of a line that must be left to begin there with what will not fit


class _Tape:
    """A ruler that knows how many cuts deep it is used, and how many more may be made."""

    def __init__(self, ruler: Ruler) -> None:
        self.ruler = ruler
        self.depth = 0
        self.cuts = _CUTS

    def __call__(self, layout: Layout) -> float:
        return self.ruler(layout)


def fit(layout: Layout, width: float, ruler: Ruler, indent: float = 0.0) -> list[Layout]:
    """The layout as lines of at most a width; all but the first leave room for an indent.

    >>> from symgrad.typeset.box import columns, write
    >>> from symgrad.typeset.present import present
    >>> from symgrad.syntax.tree import Add, Symbol
    >>> long = present(Add(*map(Symbol, "abcdef")))
    >>> for line in fit(long, 12, columns()):
    ...     print(write(line))
    a + b + c
     + d + e
     + f
    """
    if ruler(layout) <= width:
        return [layout]
    tape = ruler if isinstance(ruler, _Tape) else _Tape(ruler)
    return _fill(_sections(layout), width, width - indent, tape)


def _fill(sections: list[Layout], first: float, rest: float, ruler: _Tape) -> list[Layout]:
    """Sections put side by side while they fit; one that fits on no line is cut itself."""
    lines: list[list[Layout]] = [[]]
    for section in sections:
        room = first if len(lines) == 1 else rest
        if ruler(_row([*lines[-1], section])) <= room:
            lines[-1].append(section)
            continue
        if lines[-1] and ruler(section) > rest and ruler.depth <= _TRIED:
            left = room - ruler(_row(lines[-1]))
            cut = _cut(section, left, rest, ruler) if left > _WORTH_STARTING * rest else [section]
            if ruler(_row([*lines[-1], cut[0]])) <= room:
                lines[-1].append(cut[0])
                lines += [[piece] for piece in cut[1:]]
                continue
        if lines[-1]:
            lines.append([])
        room = first if len(lines) == 1 else rest
        if ruler(section) <= room:
            lines[-1].append(section)
            continue
        lines[-1:] = [[piece] for piece in _cut(section, room, rest, ruler)]
    return [_row(pieces) for pieces in lines if pieces]


def _row(pieces: list[Layout]) -> Layout:
    return pieces[0] if len(pieces) == 1 else Row(tuple(pieces))


def flatten(layout: Layout) -> list[Layout]:
    """The pieces of nested rows, side by side."""
    found: list[Layout] = []
    stack = [layout]
    while stack:
        current = stack.pop()
        if isinstance(current, Row):
            stack.extend(reversed(current.items))
        else:
            found.append(current)
    return found


def _sections(layout: Layout) -> list[Layout]:
    """The pieces between which a line may end: a new one begins with each relation and each + or −."""
    if isinstance(layout, Mark):
        return [replace(layout, body=section) for section in _sections(layout.body)]
    return _groups(flatten(layout), lambda _, item: isinstance(item, Glyph) and item.kind in ("binary", "relation"))


def _groups(items: list[Layout], starts: Callable[[Layout, Layout], bool]) -> list[Layout]:
    groups: list[list[Layout]] = [[items[0]]] if items else [[]]
    for previous, item in pairwise(items):
        if starts(previous, item):
            groups.append([])
        groups[-1].append(item)
    return [_row(group) for group in groups if group]


def _cut(section: Layout, first: float, rest: float, ruler: _Tape) -> list[Layout]:
    """A section that is wider than a line, cut between its factors, or inside its one factor."""
    items = flatten(section)
    if len(items) == 1:
        return _cut_piece(items[0], first, rest, ruler)
    factors = _groups(items, _is_new_factor)
    if len(factors) > 1:
        return _fill(factors, first, rest, ruler)
    return _cut_row(items, first, rest, ruler)


def _is_new_factor(previous: Layout, item: Layout) -> bool:
    """Whether a line may end between two pieces of a product: not behind a sign or a dot, not inside sin(x)."""
    if isinstance(item, Glyph):
        return item.kind == "times"
    if isinstance(previous, (Glyph, Word)) or isinstance(item, (Digits,)):
        return False
    applied = isinstance(item, Fence) and (item.tight or (isinstance(previous, Fraction) and previous.operator))
    word_before = isinstance(previous, Script) and isinstance(previous.base, Word)
    return not applied and not word_before and not isinstance(previous, Name)


def _cut_row(items: list[Layout], first: float, rest: float, ruler: _Tape) -> list[Layout]:
    """A row without a place to break: its widest piece is cut, and what stands beside it stays at its ends."""
    sizes = [ruler(item) for item in items]
    widest = max(range(len(items)), key=sizes.__getitem__)
    before, after = items[:widest], items[widest + 1 :]
    beside = ruler(_row(items)) - sizes[widest]
    room = max(first - beside, _SMALLEST * first)
    cut = _cut_piece(items[widest], room, max(rest - beside, _SMALLEST * rest), ruler)
    lines = list(cut)
    lines[0] = _row([*before, lines[0]])
    lines[-1] = _row([lines[-1], *after])
    return lines


def _cut_piece(piece: Layout, first: float, rest: float, ruler: _Tape) -> list[Layout]:
    """One piece too wide for a line as several lines, or as one piece cut inside."""
    if ruler.depth >= _DEEPEST or ruler.cuts <= 0:
        return [piece]
    ruler.depth += 1
    ruler.cuts -= 1
    lines = _lines_of_piece(piece, first, rest, ruler)
    ruler.depth -= 1
    return lines


def _lines_of_piece(piece: Layout, first: float, rest: float, ruler: _Tape) -> list[Layout]:
    narrow = max(min(first, rest), 1.0)
    match piece:
        case Fence(left, body, right, tight) if not isinstance(body, Grid):
            lines = fit(body, max(narrow - _rim(piece, ruler), _SMALLEST * narrow), ruler)
            if len(lines) == 1:
                return [replace(piece, body=lines[0])]
            return [Fence(left, lines[0], "", tight), *lines[1:-1], Fence("", lines[-1], right)]
        case Script(base, below, above) if isinstance(base, Fence) and ruler(base) > narrow:
            lines = _cut_piece(base, first, rest, ruler)
            return [*lines[:-1], Script(lines[-1], below, above)]
        case Mark(mark, body):
            return [Mark(mark, line) for line in _cut(body, first, rest, ruler)]
        case Digits(text):
            each = max(1, int(len(text) * narrow / max(ruler(piece), 1.0)))
            return [Digits(text[k : k + each]) for k in range(0, len(text), each)]
    return [_squeezed(piece, narrow, ruler)]


def _rim(piece: Layout, ruler: _Tape) -> float:
    """What a piece is wider than its widest part."""
    return max(0.0, ruler(piece) - max((ruler(part) for part in piece.parts), default=0.0))


_TRIALS, _TRIED = 4, 2  # trials, and how many cuts deep: each level of trials multiplies the work
_CUTS = 400  # cuts for one formula; one that would need more stays wide rather than take seconds
_DEEPEST = 25  # cuts inside cuts; what is nested deeper stays as wide as it is


def _squeezed(piece: Layout, width: float, ruler: _Tape) -> Layout:
    """A piece cut inside; what stands round its parts may grow with their height, so the room is found by trial."""
    room = width - _rim(piece, ruler)
    best = piece
    for _ in range(_TRIALS if ruler.depth <= _TRIED else 1):
        best = _inside_cut(piece, max(room, _SMALLEST * width), ruler)
        excess = ruler(best) - width
        if excess <= 0:
            break
        room -= excess
    return best


def _inside_cut(piece: Layout, room: float, ruler: _Tape) -> Layout:
    """A fraction, root, exponent or table whose parts are cut to a width."""
    match piece:
        case Fence(_, Grid() as grid, _):
            cells = tuple(_within(cell, room / grid.columns, ruler) for cell in grid.cells)
            return replace(piece, body=replace(grid, cells=cells))
        case Fraction(top, bottom):
            return replace(piece, above=_within(top, room, ruler), below=_within(bottom, room, ruler))
        case Root(body, index):
            return Root(_within(body, room, ruler), index)
        case Script(base, below, above) if above is not None:
            taken = max(ruler(piece) - ruler(base), 1.0)  # scripts are smaller than they measure by themselves
            cut = _within(above, (room - ruler(base)) * ruler(above) / taken, ruler)
            return Script(base, below, replace(cut, small=True) if isinstance(cut, Lines) else cut)
    return piece


def _within(layout: Layout, width: float, ruler: _Tape) -> Layout:
    """The layout, on several lines if it is wider than a width."""
    lines = fit(layout, width, ruler, indent=width * 0.05)
    return lines[0] if len(lines) == 1 else Lines(tuple(lines))
