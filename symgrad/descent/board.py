"""A run as a lecturer writes it on the board: a table of correctly rounded figures, and the numbers put into the step's
formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from symgrad.descent.update import UpdateRule
from symgrad.syntax import tree as t
from symgrad.typeset import line

if TYPE_CHECKING:
    from symgrad.document import Table

MINUS, ELLIPSIS = "−", "…"
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_EXACT = Context(prec=800)  # every double has an exact decimal expansion of fewer digits


def show(number: float, decimals: int = 2) -> str:
    """A number rounded correctly from its exact binary value to so many decimals, without trailing zeros.

    What would be shown as 0 but is not, and what is very large, is shown with three digits and a power of ten.

    >>> show(1.90031), show(2.675), show(-16.25), show(3.0), show(0.00018), show(1.5e12)
    ('1.9', '2.67', '−16.25', '3', '1.8·10⁻⁴', '1.5·10¹²')
    """
    number = float(number)
    if not np.isfinite(number):
        return "undefined" if np.isnan(number) else ("∞" if number > 0 else MINUS + "∞")
    exact = Decimal(number)
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _EXACT)
    if (rounded == 0 and number != 0) or abs(rounded) >= 10**7:
        return _scientific(exact, max(2, decimals))
    text = f"{rounded:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def _scientific(exact: Decimal, digits: int) -> str:
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(exact)
    mantissa, exponent = f"{rounded:e}".split("e") if "e" in f"{rounded:e}" else (f"{rounded:e}", "0")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}".replace("-", MINUS)


@dataclass(frozen=True)
class Board:
    """A table with its figures as shown: `header`, `rows`, `caption`; `str` draws it, `block` is it as a document
    block."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def block(self) -> Table:
        """The table as a document block, for notes and pages."""
        from symgrad.document import Table

        return Table(self.header, self.rows, self.caption)

    def __str__(self) -> str:
        widths = [max(len(row[i]) for row in (self.header, *self.rows)) for i in range(len(self.header))]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in (self.header, *self.rows)]
        rule = "  ".join("─" * width for width in widths)
        texts = []

    after, states = rule.step(trace.points[k], trace.gradients[k], trace.rates[k], k, state)
    for index, name in enumerate(trace.names):
        before = {key: _component(value, index) for key, value in {**rule.hyper, **state}.items()}
        before |= {"x": trace.points[k, index], "y": trace.gradients[k, index], "z": trace.rates[k], "k": k}
        results = {"x": after[index], **{key: value[index] for key, value in states.items()}}
        texts += _filled(rule, name, before, results, decimals)
    return "\n".join(texts)


def _component(value: Any, index: int) -> float:
    return float(np.ravel(value)[min(index, np.size(value) - 1)])


def _filled(
    rule: UpdateRule, name: str, before: Mapping[str, float], results: Mapping[str, float], decimals: int
) -> list[str]:
    """The equations of a rule for one variable with the numbers put in."""
    exact = {*rule.hyper, "z", "k"}
    shown = {key: _figure(value, None if key in exact else decimals) for key, value in before.items()}
    texts = []
    for target, right in rule.assignments:
        label = (name if target == "x" else target) + str(int(before["k"]) + 1).translate(_SUBSCRIPTS)
        filled = line(t.substitute(right, shown))
        if target in results:
            texts.append(f"{label} = {filled} = {show(results[target], decimals)}")
            shown[target] = _figure(results[target], decimals)
        else:
            texts.append(f"{label} = {filled}")
            shown[target] = t.substitute(right, shown)
    return texts


def _figure(value: Any, decimals: int | None) -> t.Node:
    """A number as the node that prints as it is shown."""
    exact = Decimal(repr(float(value)))
    if decimals is not None:
        rounded = Decimal(float(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN, _EXACT)
        exact = rounded if rounded or not value else Context(prec=2).plus(Decimal(float(value)))
    text = f"{abs(exact):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    number = t.Number(Fraction(text), text if "." in text else None)
    return t.Negate(number) if exact < 0 else number
