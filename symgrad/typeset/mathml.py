"""Layouts to presentation MathML, which browsers and screen readers know. How a formula is laid out: `present`."""

from collections.abc import Callable, Mapping
from html import escape
from typing import NamedTuple

from symgrad.syntax.names import ACCENTS, LETTERS, parts
from symgrad.syntax.tree import Node, Path
from symgrad.typeset.latex import write as write_latex
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


def mathml(node: Node, style: Style = DEFAULT, marks: Mapping[Path, str] | None = None, *, display: bool = True) -> str:
    """The formula as a `math` element, with its LaTeX as an annotation for those who copy it.

    >>> from symgrad.syntax.tree import Number, Power, Symbol
    >>> print(mathml(Power(Symbol("x"), Number(2)), display=False))
    <math><semantics><msup><mi>x</mi><mn>2</mn></msup><annotation ...>x^2</annotation></semantics></math>
    """
    return element(present(node, style, marks), display=display)


def element(layout: Layout, *, display: bool = True, block: bool = True) -> str:
    """The `math` element of a layout, in the size of a display or of a line of text, and a block by itself or not."""
    start = "<math>" if not display else '<math display="block">' if block else '<math displaystyle="true">'
    note = f'<annotation encoding="application/x-tex">{escape(write_latex(layout))}</annotation>'
    return f"{start}<semantics>{write(layout)}{note}</semantics></math>"


def write(layout: Layout) -> str:
    """The presentation MathML of a layout, one element."""
    return fold(layout, _write).text


class Piece(NamedTuple):
    """MathML text and whether it is taller than a line, so that brackets round it must grow."""

    text: str
    tall: bool = False


def _write(layout: Layout, parts: list[Piece]) -> Piece:
    below = [part.text for part in parts]
    tall = any(part.tall for part in parts) or isinstance(layout, (Fraction, Grid, Big, Lines))
    if isinstance(layout, Script):
        tall = parts[0].tall
    if isinstance(layout, Fence):
        return Piece(_fence(layout, below[0], tall), tall)
    return Piece(_WRITERS[type(layout)](layout, below), tall)


def _name(layout: Name, _: list[str]) -> str:
    """A variable: its letter with accents, subscripts and primes."""
    piece = parts(layout.name)
    text = f"<mi>{LETTERS.get(piece.stem, piece.stem)}</mi>"
    for accent in piece.accents:
        text = f'<mover accent="true">{text}<mo stretchy="false">{_SPACING_ACCENTS[accent]}</mo></mover>'
    if piece.underscore:
        text = f"<mi>{layout.name.rstrip(chr(39))}</mi>"
    inner = _PRIME * piece.inner_primes
    text = f"<mrow>{text}{inner}</mrow>" if inner else text
    if piece.subscripts and not piece.underscore:
        below = "<mo>,</mo>".join(_subscript(part) for part in piece.subscripts)
        text = f"<msub>{text}{_one(below)}</msub>"
    return f"<mrow>{text}{_PRIME * piece.primes}</mrow>" if piece.primes else text


_PRIME = '<mo lspace="0" rspace="0">′</mo>'
_SPACING_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~", "vec": "→", "dot": "˙", "ddot": "¨"}
assert _SPACING_ACCENTS.keys() == ACCENTS.keys()


def _subscript(part: str) -> str:
    word = part.rstrip("'")
    primes = "′" * (len(part) - len(word))
    return f"<mn>{part}</mn>" if part.isdecimal() else f"<mi>{LETTERS.get(word, word)}{primes}</mi>"


def _one(text: str) -> str:
    """Exactly one element, which scripts and fractions need."""
    return f"<mrow>{text}</mrow>"


def _glyph(layout: Glyph, _: list[str]) -> str:
    text = escape(layout.text)
    match layout.kind:
        case "prefix":
            return f'<mo form="prefix" lspace="0" rspace="0">{text}</mo>'
        case "postfix":
            return f'<mo lspace="0" rspace="0">{text}</mo>'
        case "times":
            return '<mo lspace="0.17em" rspace="0.17em">⋅</mo>'
        case "ordinary" if text in ("/", "−", "+"):
            return f'<mo lspace="0" rspace="0">{text}</mo>'
        case "ordinary" if text == "d":
            return '<mi mathvariant="normal">d</mi>'
        case "ordinary":
            return f"<mi>{'d' if text == '𝑑' else text}</mi>"
    return f'<mo form="infix">{text}</mo>'


def _row(_: Row, below: list[str]) -> str:
    return below[0] if len(below) == 1 else _one("".join(below))


def _fraction(layout: Fraction, below: list[str]) -> str:
    bar = "" if layout.bar else ' linethickness="0"'
    return f"<mfrac{bar}>{below[0]}{below[1]}</mfrac>"


def _script(layout: Script, below: list[str]) -> str:
    kind = "msubsup" if len(below) == 3 else "msub" if layout.above is None else "msup"
    return f"<{kind}>{''.join(below)}</{kind}>"


def _fence(layout: Fence, body: str, tall: bool) -> str:
    """A body in brackets that grow with it if it is tall, and else keep the size of letters."""
    left = _delimiter(layout.left, "prefix", tall)
    right = _delimiter(layout.right, "postfix", tall)
    return _one(left + body + right)


def _delimiter(side: str, form: str, tall: bool) -> str:
    stretchy = "true" if tall else "false"
    return f'<mo form="{form}" fence="true" stretchy="{stretchy}" lspace="0" rspace="0">{side}</mo>' if side else ""


def _grid(layout: Grid, below: list[str]) -> str:
    cells = [f"<mtd>{cell}</mtd>" for cell in below]
    rows = ["".join(cells[k : k + layout.columns]) for k in range(0, len(cells), layout.columns)]
    align = ' columnalign="left" class="cases"' if layout.cases else ""
    return f"<mtable{align}>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"


def _big(layout: Big, below: list[str]) -> str:
    operator = f'<mo largeop="true">{layout.symbol}</mo>' if layout.symbol != "lim" else '<mo rspace="0.17em">lim</mo>'
    if not below:
        return operator
    kind = "munder" if len(below) == 1 else "msubsup" if layout.symbol == "∫" else "munderover"
    return f"<{kind}>{operator}{''.join(below)}</{kind}>"


def _mark(layout: Mark, below: list[str]) -> str:
    if layout.mark in ("focus", "new"):
        return f'<mrow class="{layout.mark}">{below[0]}</mrow>'
    label = f"<mtext>{escape(layout.mark)}</mtext>"
    return f'<munder><munder>{below[0]}<mo stretchy="true">⏟</mo></munder>{label}</munder>'


def _lines(_: Lines, below: list[str]) -> str:
    indent = '<mspace width="1.5em"/>'
    rows = (f"<mtr><mtd>{indent if k else ''}{line}</mtd></mtr>" for k, line in enumerate(below))
    return f'<mtable columnalign="left" displaystyle="true">{"".join(rows)}</mtable>'


def _root(layout: Root, below: list[str]) -> str:
    return f"<msqrt>{below[0]}</msqrt>" if layout.index is None else f"<mroot>{below[0]}{below[1]}</mroot>"


_WRITERS: dict[type[Layout], Callable[..., str]] = {
    Name: _name,
    Digits: lambda layout, _: f"<mn>{layout.text}</mn>",
    Word: lambda layout, _: f'<mi mathvariant="normal">{escape(layout.text)}</mi>',
    Glyph: _glyph,
    Space: lambda _, __: '<mspace width="0.17em"/>',
    Words: lambda layout, _: "<mtext>" + escape(layout.text).replace(" ", "\u00a0") + "</mtext>",
    Row: _row,
    Fraction: _fraction,
    Script: _script,
    Accent: lambda layout, below: f'<mover accent="true">{below[0]}<mo>{layout.accent}</mo></mover>',
    Root: _root,
    Grid: _grid,
    Big: _big,
    Mark: _mark,
    Lines: _lines,
}
