r"""Layouts to LaTeX: a fragment for math mode that needs only amsmath. How a formula is laid out: `present`."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from symgrad.syntax.names import BY_CHARACTER, latex_name
from symgrad.syntax.tree import Node, Path
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


class Tex(NamedTuple):
    """LaTeX text and whether it is taller than a line, so that brackets round it must grow."""

    text: str
    tall: bool = False


def latex(node: Node, style: Style = DEFAULT, marks: Mapping[Path, str] | None = None) -> str:
    r"""The formula as LaTeX for math mode, which the reader reads back to the same tree.

    Highlights are written for web pages, as `\color{#B34700}`; `render.latex` makes them into what a preamble knows.

    >>> from symgrad.syntax.tree import Call, Divide, E, Multiply, Negate, Number, Power, Symbol
    >>> x = Symbol("x")
    >>> print(latex(Multiply(Power(x, Number(2)), Call("sin", x))))
    x^2 \sin x
    >>> print(latex(Divide(Number(1), Power(E, Negate(Divide(x, Number(2)))))))
    \frac{1}{e^{-x/2}}
    """
    return write(present(node, style, marks))


def write(layout: Layout) -> str:
    """The LaTeX of a layout."""
    return fold(layout, _write).text.strip()


def _write(layout: Layout, parts: list[Tex]) -> Tex:
    """One piece over its parts; blanks at the ends of a part matter only inside a row."""
    if not isinstance(layout, Row):
        parts = [Tex(part.text.strip(), part.tall) for part in parts]
    return _WRITERS[type(layout)](layout, parts)


_GLYPHS = {
    "−": "-",
    "·": r" \cdot ",
    "≤": r" \le ",
    "≥": r" \ge ",
    "≠": r" \ne ",
    "=": " = ",
    "<": " < ",
    ">": " > ",
    "→": r" \to ",
    "′": "'",
    "∂": r"\partial ",
    "π": r"\pi",
    "∞": r"\infty",
    "⊤": r"\top",
    "𝑑": "d",
    "d": r"\mathrm{d}",
    ",": ", ",
}


def _glyph(layout: Glyph, _: list[Tex]) -> Tex:
    text = _GLYPHS.get(layout.text, layout.text)
    return Tex(f" {text.strip()} " if layout.kind in ("binary", "relation") else text)


def _row(layout: Row, parts: list[Tex]) -> Tex:
    text = ""
    for previous, part in zip((None, *layout.items), parts, strict=False):
        is_differential = isinstance(previous, Glyph) and previous.text in ("𝑑", "d")
        text = text + part.text if is_differential and text[-1] == "d" else join(text, part.text)
    return Tex(text, any(part.tall for part in parts))


def join(left: str, right: str) -> str:
    """Two pieces of LaTeX side by side, with a space between letters, which are no word, and after a command."""
    if not left or not right:
        return left + right
    if left[-1] == " ":
        return left + right.lstrip(" ")
    if right[0].isalpha() and (left[-1].isalpha() or _ends_in_command(left)):
        return f"{left} {right}"
    return left + right


def _ends_in_command(text: str) -> bool:
    stem = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return stem.endswith("\\") and len(stem) < len(text)


def _fraction(layout: Fraction, parts: list[Tex]) -> Tex:
    above, below = parts
    command = r"\frac" if layout.bar else r"\binom"
    return Tex(f"{command}{{{above.text}}}{{{below.text}}}", True)


def _script(layout: Script, parts: list[Tex]) -> Tex:
    base = parts[0]
    text = base.text if _is_one_piece(layout.base) else f"{{{base.text}}}"
    scripts = iter(parts[1:])
    braced = isinstance(layout.base, Word)  # sin^{2} 2x: no doubt where the exponent ends
    if layout.below is not None:
        text += "_" + _argument(next(scripts).text, braced)
    if layout.above is not None:
        text += "^" + _argument(next(scripts).text, braced)
    return Tex(text, base.tall)


def _is_one_piece(layout: Layout) -> bool:
    return not isinstance(layout, (Script, Mark))


def _argument(text: str, braced: bool) -> str:
    return text if len(text) == 1 and not braced else f"{{{text}}}"


def _root(layout: Root, parts: list[Tex]) -> Tex:
    index = "" if layout.index is None else f"[{parts[1].text}]"
    return Tex(rf"\sqrt{index}{{{parts[0].text}}}", parts[0].tall)


_DELIMITERS = {
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "‖": r"\Vert",
    "{": r"\{",
    "": ".",
}


def _fence(layout: Fence, parts: list[Tex]) -> Tex:
    body = parts[0]
    if isinstance(layout.body, Grid):
        environment = "cases" if layout.body.cases else "pmatrix"
        return Tex(rf"\begin{{{environment}}} {body.text} \end{{{environment}}}", True)
    if isinstance(layout.body, Fraction) and not layout.body.bar:
        return body
    left, right = (_DELIMITERS.get(side, side) for side in (layout.left, layout.right))
    if body.tall or "|" in (layout.left, layout.right):
        squeeze = r"\!" if layout.tight else ""
        return Tex(join(join(rf"{squeeze}\left{left}", body.text), rf"\right{right}"), body.tall)
    return Tex(join(join("" if left == "." else left, body.text), "" if right == "." else right))


def _grid(layout: Grid, parts: list[Tex]) -> Tex:
    texts = [part.text for part in parts]
    rows = [" & ".join(texts[k : k + layout.columns]) for k in range(0, len(texts), layout.columns)]
    return Tex(r" \\ ".join(rows), True)


_OPERATORS = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "lim": r"\lim"}


def _big(layout: Big, parts: list[Tex]) -> Tex:
    text = _OPERATORS[layout.symbol]
    if layout.below is not None:
        text += f"_{{{parts[0].text}}}"
    if layout.above is not None:
        text += f"^{{{parts[-1].text}}}"
    return Tex(text + " ", True)


COLOURS = {"focus": "B34700", "new": "00588F"}
"""Highlights: dark enough to read on white, different in lightness too."""


def _mark(layout: Mark, parts: list[Tex]) -> Tex:
    body = parts[0]
    if layout.mark in COLOURS:
        return Tex(rf"{{\color{{#{COLOURS[layout.mark]}}}{{{body.text}}}}}", body.tall)
    return Tex(rf"\underbrace{{{body.text}}}_{{\text{{{escape(layout.mark)}}}}}", True)


_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "−": "$-$",
    "′": "$'$",
}


def escape(text: str) -> str:
    """Ordinary text made inert for LaTeX; what its fonts lack becomes a question mark."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character in BY_CHARACTER:
        return f"$\\{BY_CHARACTER[character]}$"
    inert = " " <= character <= "~" or character == "\n" or "\u00c0" <= character <= "\u017f"
    return character if inert else "?"


def _lines(layout: Lines, parts: list[Tex]) -> Tex:
    if layout.small:  # aligned would go back to the size of a display
        inside = r" \\ ".join(("" if k == 0 else r"\quad ") + part.text for k, part in enumerate(parts))
        return Tex(rf"\begin{{subarray}}{{l}} {inside} \end{{subarray}}", True)
    inside = r" \\ ".join(("&" if k == 0 else r"&\quad ") + part.text for k, part in enumerate(parts))
    return Tex(rf"\begin{{aligned}} {inside} \end{{aligned}}", True)


_ACCENTS = {"˙": r"\dot", "¨": r"\ddot", "‾": r"\overline"}

_WRITERS: dict[type[Layout], Callable[..., Tex]] = {
    Name: lambda layout, _: Tex(latex_name(layout.name)),
    Digits: lambda layout, _: Tex(layout.text.replace(",", "{,}")),
    Word: lambda layout, _: Tex(layout.latex),
    Glyph: _glyph,
    Space: lambda layout, _: Tex(" " if layout.automatic else r"\, "),
    Words: lambda layout, _: Tex(rf"\text{{{escape(layout.text)}}}"),
    Row: _row,
    Fraction: _fraction,
    Script: _script,
    Accent: lambda layout, parts: Tex(rf"{_ACCENTS[layout.accent]}{{{parts[0].text}}}", parts[0].tall),
    Root: _root,
    Fence: _fence,
    Grid: _grid,
    Big: _big,
    Mark: _mark,
    Lines: _lines,
}
