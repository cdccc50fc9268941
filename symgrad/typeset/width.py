"""How wide a layout will be in TeX, without TeX: Computer Modern's widths in points at ten points, per math style.

Within a few percent for what formulas are made of; where it errs, it errs on the wide side. `breaking` uses it to cut
lines before they stick out.
"""

from collections.abc import Callable
from typing import NamedTuple

from symgrad.syntax.names import LETTERS, parts
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


class Widths(NamedTuple):
    """Widths in display, text, script and scriptscript style, and how many lines tall (for brackets)."""

    display: float
    text: float
    script: float
    tiny: float
    tall: bool = False


# Italic letters of Computer Modern at 10 pt (cmmi10's tables, rounded up); others are near the mean.
_LOWER = "a5.3 b4.3 c4.4 d5.3 e4.7 f6.0 g5.2 h5.8 i3.5 j4.7 k5.6 l3.2 m8.8 n6.0 o4.9 p5.1 q4.9 r4.8 s4.7 t3.7"
_UPPER = (
    "A7.5 B8.1 C7.9 D8.6 E8.0 F7.9 G7.9 H9.2 I5.2 J6.6 K9.3 L6.9 M10.8 N9.2 O7.9 P7.9 Q7.9 R7.7 S6.8 T7.3 U8.0 V8.1"
)
_OTHERS = "u5.8 v5.3 w7.5 x5.8 y5.3 z5.2 W11.0 X9.1 Y8.1 Z7.7"
_ITALIC = {entry[0]: float(entry[1:]) for entry in f"{_LOWER} {_UPPER} {_OTHERS}".split()}
_UPRIGHT = {"i": 2.8, "l": 2.8, "j": 3.1, "t": 3.9, "f": 3.1, "r": 4.0, "s": 4.0, "m": 8.4, "w": 7.3, " ": 3.4}
_UPRIGHT |= {"W": 10.4, "M": 9.3}
_SCRIPT, _TINY = 0.76, 0.62  # seven and five point letters are wider for their size


def width(layout: Layout, points: float = 10.0) -> float:
    """The width of a layout in display style, in points, for a font size.

    >>> from symgrad.typeset.layout import Digits
    >>> width(Digits("42"))
    10.0
    """
    return fold(layout, _measure).display * points / 10.0


def ruler(points: float = 10.0, safety: float = 1.0) -> Callable[[Layout], float]:
    """A ruler that remembers the pieces it has measured, for cutting one formula into lines."""
    memo: Memo[Widths] = {}
    factor = safety * points / 10.0
    return lambda layout: fold(layout, _measure, memo).display * factor


def text_width(text: str, points: float = 10.0) -> float:
    """The width of ordinary upright text, in points."""
    return sum(_UPRIGHT.get(c, 7.2 if c.isupper() else 5.3) for c in text) * points / 10.0


def _measure(layout: Layout, below: list[Widths]) -> Widths:
    return _MEASURES[type(layout)](layout, below)


def _scaled(base: float, tall: bool = False) -> Widths:
    return Widths(base, base, base * _SCRIPT, base * _TINY, tall)


def _name(layout: Name, _: list[Widths]) -> Widths:
    piece = parts(layout.name)
    stem = piece.stem
    base = _letter(stem) if len(stem) == 1 or stem in LETTERS else text_width(stem)
    if piece.underscore:
        return _scaled(text_width(layout.name))
    base += 2.8 * (piece.primes + piece.inner_primes)
    for part in piece.subscripts:
        inner = 5.8 if part in LETTERS else sum(_ITALIC.get(c, 5.0) for c in part)
        base += inner * _SCRIPT + 1.0
    return _scaled(base)


def _letter(word: str) -> float:
    return 6.6 if word in LETTERS else _ITALIC.get(word, 7.5)


_GLYPHS = {
    "e": 4.7,
    "i": 3.5,
    "π": 6.1,
    "∞": 10.0,
    "∂": 5.9,
    "𝑑": 5.3,
    "d": 5.6,
    "/": 5.0,
    "′": 2.8,
    "!": 2.8,
    "⊤": 7.8,
}


def _glyph(layout: Glyph, _: list[Widths]) -> Widths:
    if layout.kind == "binary":
        return Widths(12.3, 12.3, 7.8 * _SCRIPT, 7.8 * _TINY)
    if layout.kind == "relation":
        return Widths(13.4, 13.4, 7.8 * _SCRIPT, 7.8 * _TINY)
    if layout.kind == "times":
        return Widths(7.3, 7.3, 2.8 * _SCRIPT, 2.8 * _TINY)
    if layout.kind == "punctuation":
        return Widths(4.5, 4.5, 2.8 * _SCRIPT, 2.8 * _TINY)
    return _scaled(_GLYPHS.get(layout.text, 7.8))


def _row(_: Row, below: list[Widths]) -> Widths:
    display, text, script, tiny = (sum(piece[k] for piece in below) for k in range(4))
    return Widths(display, text, script, tiny, any(piece.tall for piece in below))


def _fraction(_: Fraction, below: list[Widths]) -> Widths:
    above, under = below
    return Widths(
        max(above.text, under.text) + 2.4,
        max(above.script, under.script) + 2.4,
        max(above.tiny, under.tiny) + 2.4,
        max(above.tiny, under.tiny) + 2.4,
        True,
    )


def _script(layout: Script, below: list[Widths]) -> Widths:
    base, *scripts = below
    small = max(script.script for script in scripts) + 0.5
    smaller = max(script.tiny for script in scripts) + 0.5
    return Widths(base.display + small, base.text + small, base.script + smaller, base.tiny + smaller, base.tall)


def _root(layout: Root, below: list[Widths]) -> Widths:
    body = below[0]
    sign = 10.0 if body.tall else 8.4
    sign += 0 if layout.index is None else max(0.0, below[1].tiny - 3)
    return Widths(body.display + sign, body.text + sign, body.script + sign, body.tiny + sign, body.tall)


def _fence(layout: Fence, below: list[Widths]) -> Widths:
    body = below[0]
    each = 7.4 if body.tall else 3.9 if layout.left not in ("|",) else 2.8
    if isinstance(layout.body, Grid):
        each = 9.0
    sides = each * (bool(layout.left) + bool(layout.right)) + (1.7 if layout.left == "|" else 0.0)
    return Widths(body.display + sides, body.text + sides, body.script + sides, body.tiny + sides, body.tall)


def _grid(layout: Grid, below: list[Widths]) -> Widths:
    """Cells are in text style, ten points apart."""
    total = sum(max(cell.text for cell in below[k :: layout.columns]) for k in range(layout.columns))
    return _scaled(total + 10.0 * layout.columns, True)


def _big(layout: Big, below: list[Widths]) -> Widths:
    sign = {"lim": 13.9, "∫": 10.0}.get(layout.symbol, 14.5)
    limits = max((part.script for part in below), default=0.0)
    display = sign + limits + 1.7 if layout.symbol == "∫" else max(sign, limits) + 1.7
    return Widths(display, sign + limits + 1.7, sign + limits, sign + limits, True)


def _lines(_: Lines, below: list[Widths]) -> Widths:
    rows = [piece.display + (10.0 if k else 0.0) for k, piece in enumerate(below)]
    return _scaled(max(rows), True)


def _mark(layout: Mark, below: list[Widths]) -> Widths:
    body = below[0]
    if layout.mark in ("focus", "new"):
        return body
    return body._replace(display=max(body.display, text_width(layout.mark) * _SCRIPT), tall=True)


_MEASURES: dict[type[Layout], Callable[..., Widths]] = {
    Name: _name,
    Digits: lambda layout, _: _scaled(sum(5.0 if c.isdigit() else 2.8 for c in layout.text)),
    Word: lambda layout, _: _scaled(text_width(layout.text)),
    Glyph: _glyph,
    Space: lambda _, __: Widths(1.7, 1.7, 0.0, 0.0),
    Words: lambda layout, _: _scaled(text_width(layout.text)),
    Row: _row,
    Fraction: _fraction,
    Script: _script,
    Accent: lambda _, below: below[0],
    Root: _root,
    Fence: _fence,
    Grid: _grid,
    Big: _big,
    Mark: _mark,
    Lines: _lines,
}
