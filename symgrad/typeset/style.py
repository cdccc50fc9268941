"""How formulas are to look: the choices a lecturer makes once for a whole course. No printing happens here."""

from dataclasses import dataclass
from typing import Literal

Notation = Literal["leibniz", "lagrange", "newton", "D"]


@dataclass(frozen=True, slots=True)
class Style:
    """A lecturer's choices.

    Args:
        notation: d/dx f, f′, ḟ or D f for an inert derivative of an expression.
        upright_d: an upright d in d/dx (the ISO habit) instead of an italic one.
        ln_or_log: the name of the natural logarithm.
        power_of_function: "sin²x" or "(sin x)²".
        decimal: the decimal mark, "." or ",".
        slash_fractions: whether a short quotient inside an exponent or a fraction is written with a slash.
        special_symbols: J_n(x), ψ(x), W(x), σ(x) instead of the functions' names, which a reader can't mistake.
    """

    notation: Notation = "leibniz"
    upright_d: bool = False
    ln_or_log: Literal["ln", "log"] = "ln"
    power_of_function: Literal["sin²x", "(sin x)²"] = "sin²x"
    decimal: Literal[".", ","] = "."
    slash_fractions: bool = True
    special_symbols: bool = False


DEFAULT = Style()
"""What our own reader reads back."""

LECTURE = Style(special_symbols=True)
"""What documents are set in."""
