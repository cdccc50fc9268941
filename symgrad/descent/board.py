"""A run as a lecturer writes it on the board: a table of figures, and the numbers put into the formula of a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from symgrad.descent.figures import ELLIPSIS, rounded, show
from symgrad.descent.record import Record
from symgrad.descent.update import GRADIENT_DESCENT, UpdateRule
from symgrad.errors import UsageError
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.typeset import line

if TYPE_CHECKING:
    from symgrad.document import Table

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


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

    @property
    def _widths(self) -> list[int]:
        return [max(len(row[i]) for row in (self.header, *self.rows)) for i in range(len(self.header))]

    @property
    def width(self) -> int:
        """How many columns of text it takes."""
        return sum(self._widths) + 2 * (len(self.header) - 1)

    def __str__(self) -> str:
        widths = self._widths
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in (self.header, *self.rows)]
        rule = "  ".join("─" * width for width in widths)
        return "\n".join([lines[0], rule, *lines[1:], *([self.caption] if self.caption else [])])

    def _repr_html_(self) -> str:
        from symgrad.render import html

        return html(self.block())


def board(trace: Record, *, decimals: int | None = None, rows: int = 12, width: int | None = None) -> Board:
    """The table of a run; see `Trace.table`."""
    if rows < 2:
        raise UsageError("A table of a run has at least two rows.")
    chosen = _chosen(len(trace), rows)
    places = _decimals(trace, chosen) if decimals is None else decimals
    made = _board(trace, chosen, places, _LONGEST, update=True)
    if width is None or made.width <= width:
        return made
    # the update column says again what the next row says, so it goes first; then decimals; then components
    least = places if decimals is not None else min(places, 2)
    for longest in (_LONGEST, 3, 2, 1):
        for fewer in range(places, least - 1, -1):
            made = _board(trace, chosen, fewer, longest, update=False)
            if made.width <= width:
                return made
    return made


_LONGEST = 4  # components of a vector that are all shown


def _board(trace: Record, chosen: Sequence[int | None], places: int, longest: int, *, update: bool) -> Board:
    """The table with so many decimals, vectors up to so many components, and the column of the update or a caption."""
    names = trace.names
    single = len(names) == 1
    arguments = ", ".join(names)
    slope = f"f′({arguments})" if single else "∇f"
    point = names[0] if single else _components(names, longest)
    constant = len(set(trace.rates.tolist())) <= 1
    numbered = not single or None in chosen
    value = f"f({arguments})" if len(names) <= longest else "f"
    header = [*(["k"] if numbered else []), point, value, slope, *([] if constant else ["z"])]
    after = _update_header(trace, point, slope)
    header += [after] if update else []
    body: list[tuple[str, ...]] = []
    for index in chosen:
        if index is None:
            body.append((ELLIPSIS,) * len(header))
            continue
        cells = [str(int(trace.kept[index]))] if numbered else []
        cells += [_vector(trace.points[index], places, longest), show(trace.values[index], places)]
        cells.append(_vector(trace.gradients[index], places, longest))
        stepped = index < len(trace.rates) and index + 1 < len(trace) and not trace.thinned
        if not constant:
            cells.append(show(trace.rates[index], max(places, 3)) if stepped else "")
        if update:
            cells.append(_vector(trace.points[index + 1], places, longest) if stepped else "")
        body.append(tuple(cells))
    told = "" if update or not after.startswith("u") else f"Each point is {after} of the row before."
    return Board(tuple(header), tuple(body), told)


def _update_header(trace: Record, point: str, slope: str) -> str:
    if trace.settings.get("update") is None or trace.rule != GRADIENT_DESCENT.name:
        return f"next {point}"
    return f"u({point}, {slope}, {trace.rate_text})"


def _vector(values: Sequence[float] | Any, places: int, longest: int = _LONGEST) -> str:
    if len(values) == 1:
        return show(values[0], places)
    return _components([show(value, places) for value in values[: longest + 1]], longest)


def _components(shown: Sequence[str], longest: int) -> str:
    """A vector by its components, the later ones of a long vector left out."""
    if len(shown) > longest:
        shown = [*shown[: max(1, longest - 1)], ELLIPSIS]
    return f"({', '.join(shown)})"


def _chosen(length: int, rows: int) -> list[int | None]:
    if length <= rows:
        return list(range(length))
    tail = max(1, rows // 3)
    return [*range(rows - tail), None, *range(length - tail, length)]


def _decimals(trace: Record, chosen: Sequence[int | None]) -> int:
    """Two decimals, or as many as tell neighbouring points of the first rows apart, but not more than six."""
    head = chosen[: chosen.index(None)] if None in chosen else chosen
    pairs = [(a, b) for a, b in pairwise(head) if a is not None and b is not None]
    for places in range(2, 6):
        if all(_vector(trace.points[a], places) != _vector(trace.points[b], places) for a, b in pairs):
            return places
    return 6


# ---- the numbers put into the formula of the step ------------------------------------------------------------------


def step_text(trace: Record, step: int, *, decimals: int = 2) -> str:
    """Step number `step` (from 1) as on the board: its equations with the shown figures put in.

    >>> from symgrad.descent import descend
    >>> print(step_text(descend("|x| - 2/3 sin(3|x|/2)", start=3, rate=0.5, steps=7), 1))
    x₁ = 3 − 1.21·0.5 = 2.39
    """
    rule: UpdateRule | None = trace.settings.get("update")
    if rule is None or trace.thinned:
        raise UsageError(f"The steps of {trace.rule} are not given by one formula each.", hint="Use table().")
    if not 1 <= step <= trace.steps:
        raise UsageError(f"The run has the steps 1 to {trace.steps}, not {step}.")
    state = rule.start(len(trace.names))
    for k in range(step - 1):
        _, state = rule.step(trace.points[k], trace.gradients[k], trace.rates[k], k, state)
    k = step - 1
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
        filled = line(walks.substitute(right, shown))
        if target in results:
            texts.append(f"{label} = {filled} = {show(results[target], decimals)}")
            shown[target] = _figure(results[target], decimals)
        else:
            texts.append(f"{label} = {filled}")
            shown[target] = walks.substitute(right, shown)
    return texts


def _figure(value: Any, decimals: int | None) -> t.Node:
    """A number as the node that prints as it is shown."""
    exact = Decimal(repr(float(value)))
    if decimals is not None:
        near = rounded(value, decimals)
        exact = near if near or not value else Context(prec=2).plus(Decimal(float(value)))
    text = f"{abs(exact):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    number = t.Number(Fraction(text), text if "." in text else None)
    return t.Negate(number) if exact < 0 else number
