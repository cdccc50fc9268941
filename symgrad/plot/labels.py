"""What stands beside a line: text and formulas as matplotlib can set them, and numbers as one says them.

A label has a text, which is what alt text says, and may have LaTeX, which is what the picture shows. matplotlib sets a
part of LaTeX by itself ("mathtext", no TeX is ever run); what it cannot set is shown as the text. Text is never read
as a formula: a dollar sign is a dollar sign.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from matplotlib import font_manager, ft2font
from matplotlib.mathtext import MathTextParser

from symgrad.syntax.tree import Node
from symgrad.typeset import latex as to_latex
from symgrad.typeset import line

LONGEST = 400  # characters of a label; more would not fit on any picture


@dataclass(frozen=True)
class Label:
    """A text, and the LaTeX that a picture shows in its place where matplotlib can set it."""

    text: str
    latex: str | None = None

    @classmethod
    def of(cls, tree: Node) -> Self:
        """The label of a formula."""
        return cls(line(tree), to_latex(tree))

    @classmethod
    def equation(cls, left: "Label | str", right: "Label") -> Self:
        """The label 'left = right'; LaTeX only where both have it."""
        left = as_label(left)
        latex = f"{left.latex} = {right.latex}" if left.latex and right.latex else None
        return cls(f"{left.text} = {right.text}", latex)

    def shown(self) -> str:
        """The string to hand to matplotlib: mathtext, or the text with every special character taken literally."""
        if self.latex is not None and (mathtext := _settable(self.latex)) is not None:
            return mathtext
        return literal(self.text)


def as_label(label: "str | Label | Node") -> Label:
    """A string is plain text; a formula is typeset."""
    if isinstance(label, Label):
        return label
    return Label.of(label) if isinstance(label, Node) else Label(label)


def literal(text: str) -> str:
    r"""A text that matplotlib shows as it is: no formula, no control characters, no missing glyphs, not too long.

    >>> literal("5$ and $10\n")
    '5\\$ and \\$10 '
    """
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    glyphs = _glyphs()
    kept = ("\N{WHITE SQUARE}" if ord(c) not in glyphs else c for c in map(_printable, text) if c)
    return "".join(kept).replace("\\", "\\\\" if "$" in text else "\\").replace("$", r"\$")


def _printable(character: str) -> str:
    if character in "\n\r\t":
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") else character


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    """The characters that the font of all pictures has."""
    font = ft2font.FT2Font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())


# Our LaTeX in the words that mathtext knows.
_MATHTEXT = (
    (re.compile(r"\\(?:tfrac|dfrac|cfrac)(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\left\|([^\\|]*)\\right\|"), r"|\1|"),  # mathtext's own small bars are too small
    (
        re.compile(
            r"(?<=[\w})]) ?(?=\\(?:a?rc)?(?:sin|cos|tan|cot|sec|csc|exp|ln|log|max|min|det|operatorname)(?![a-z]))"
        ),
        r"\\,",
    ),
    (re.compile(r"\\(?:lvert|rvert|vert|mid)(?![A-Za-z])"), "|"),
    (re.compile(r"\\(?:lVert|rVert)(?![A-Za-z])"), r"\\Vert "),
    (re.compile(r"\\(?:bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big)(?![A-Za-z])"), ""),
    (re.compile(r"\\(?:mathopen|mathclose)\{\}"), ""),
    (re.compile(r"\\(?:displaystyle|textstyle|limits|nolimits)(?![A-Za-z])"), ""),
    (re.compile(r"\\(?:operatorname\*)"), r"\\operatorname"),
    (re.compile(r"\\!"), ""),
    (re.compile(r"\\le(?![A-Za-z])"), r"\\leq "),
    (re.compile(r"\\ge(?![A-Za-z])"), r"\\geq "),
    (re.compile(r"\\ne(?![A-Za-z])"), r"\\neq "),
)


@lru_cache(maxsize=512)
def _settable(latex: str) -> str | None:
    """The LaTeX as a mathtext string, or None where matplotlib cannot set it."""
    if len(latex) > LONGEST or "$" in latex or not latex.strip():
        return None
    for pattern, words in _MATHTEXT:
        latex = pattern.sub(words, latex)
    candidate = f"${_tall(latex)}$"
    try:
        _parser().parse(candidate)
    except (ValueError, RuntimeError):
        return None
    return candidate


def _tall(latex: str) -> str:
    r"""Fractions on the line in full size, those inside others and in exponents small.

    >>> print(_tall(r"\frac{1}{2} x^{\frac{1}{3}}"))
    \dfrac{1}{2} x^{\frac{1}{3}}
    """
    depth, parts = 0, []
    for part in re.split(r"(\\frac(?![A-Za-z])|[{}])", latex):
        depth += (part == "{") - (part == "}")
        parts.append(r"\dfrac" if part == r"\frac" and depth == 0 else part)
    return "".join(parts)


@lru_cache(maxsize=1)
def _parser() -> Any:
    return MathTextParser("path")


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """A number as one says it: three significant digits, a true minus sign, powers of ten where they help.

    >>> number(1.37018), number(-0.5), number(12000), number(1.8e-4), number(2.0), number(float("inf"))
    ('1.37', '−0.5', '12000', '1.8·10⁻⁴', '2', '∞')
    """
    if not math.isfinite(value):
        return "undefined" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if -4 < exponent < 5:
        text = f"{value:.{max(digits - 1 - exponent, 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}·10{str(int(power)).translate(_SUPERSCRIPT)}"
    return text.replace("-", "−")
