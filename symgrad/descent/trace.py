"""A run and all that can be told of it: `Trace`, what every descent returns.

The data are `record.py`; the table is made in `board.py`, the sentences in `explain.py`, the file to go on from in
`storage.py`.
"""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgrad import files
from symgrad.descent.board import Board, board, step_text
from symgrad.descent.explain import Explanation, explain
from symgrad.descent.picture import picture
from symgrad.descent.record import Record
from symgrad.descent.storage import load, save

if TYPE_CHECKING:
    from symgrad.document import Block
    from symgrad.plot import Picture

SCHEMA = 1


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Record):
    """What a descent did; the fields are those of `Record`.

    >>> from symgrad.descent import descend
    >>> run = descend("x^2", start=3, rate=0.25, steps=3)
    >>> run.points[:, 0].tolist(), run.best.step, run.stop.name
    ([3.0, 1.5, 0.75, 0.375], 3, 'STEP_LIMIT')
    """

    # ---- telling -------------------------------------------------------------------------------------------------

    def table(self, *, decimals: int | None = None, rows: int = 12, width: int | None = None) -> Board:
        """The run as on the board: x, f(x), f′(x) and the update of each step.

        Args:
            decimals: how many to show; by default two, or more where neighbours would look alike.
            rows: at most so many iterates; the middle of a longer run is left out.
            width: columns of text it should fit into: the update is then told below, and vectors are cut short.
        """
        return board(self, decimals=decimals, rows=rows, width=width)

    def step_text(self, step: int, *, decimals: int = 2) -> str:
        """Step number `step` (from 1) with the shown figures put into its formula: x₁ = 3 − 1.21 · 0.5 = 2.39."""
        return step_text(self, step, decimals=decimals)

    def explain(self) -> Explanation:
        """Why the run went as it did: curvature against rate, measured against predicted speed, and what to change."""
        return explain(self)

    def plot(self, path: str | os.PathLike[str], *, kind: str = "auto", **options: Any) -> Picture:
        """The run as a picture: its path on the curve or the contours, its convergence, or an animation.

        Args:
            path: the file; its ending says the format (.png, .svg, .pdf; .gif, .webp, .mp4 roll a ball).
            kind: "path", "convergence", "animation", or "auto" by the number of variables and the ending.
            options: as the functions of `symgrad.plot` take them: window, title, overwrite.
        """
        return picture(self, path, kind=kind, **options)

    def blocks(self, *, rows: int = 12) -> tuple[Block, ...]:
        """The run as document blocks: the rule, the table and the explanation."""
        from symgrad.document import Prose

        told = (Prose((sentence,)) for sentence in self.explain().sentences)
        return (self.table(rows=rows).block(), *told)

    # ---- taking elsewhere ----------------------------------------------------------------------------------------

    def to_numpy(self) -> dict[str, Any]:
        """The arrays by name."""
        return {
            "step": self.kept, "points": self.points, "values": self.values,
            "gradients": self.gradients, "rates": self.rates,
        }  # fmt: skip

    def to_csv(self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> str:
        """One line an iterate, numbers so that they read back exactly; written to a file where one is named."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["step", *self.names, "value", *(f"d/d{name}" for name in self.names), "rate"])
        for index, row in enumerate(self):
            rate = repr(float(self.rates[index])) if index < len(self.rates) else ""
            numbers = [*row.point, row.value, *row.gradient]
            writer.writerow([row.step, *(repr(float(number)) for number in numbers), rate])
        if path is not None:
            files.write(path, out.getvalue(), overwrite=overwrite)
        return out.getvalue()

    def summary(self) -> dict[str, Any]:
        """Everything as plain values; numbers that are not finite become the words 'nan', 'inf', '-inf'."""
        return {
            "schema": SCHEMA,
            "formula": str(self.formula),
            "variables": list(self.names),
            "rule": self.rule,
            "stop": self.stop.name,
            "reason": self.reason,
            "converged": self.converged,
            "steps": self.steps,
            "best": {
                "point": dict(zip(self.names, map(float, self.best.point))),
                "value": self.best.value,
                "step": self.best.step,
            },
            "points": plain(self.points),
            "values": plain(self.values),
            "gradients": plain(self.gradients),
            "rates": plain(self.rates),
            "kept": [int(step) for step in self.kept] if self.thinned else None,
            "evaluations": dict(self.evaluations),
            "seconds": self.seconds,
        }  # fmt: skip

    def to_json(self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> str:
        """`summary` as JSON; written to a file where one is named."""
        text = json.dumps(self.summary(), ensure_ascii=False)
        if path is not None:
            files.write(path, text + "\n", overwrite=overwrite)
        return text

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write all that `resume` needs to go on exactly as if the run had not ended."""
        return save(self, path, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trace:
        """The run that `save` wrote, to look at or to `resume`."""
        return cls(**load(path))


def plain(values: Any) -> Any:
    """An array as nested lists of numbers that JSON has; the others by name."""
    if isinstance(values, np.ndarray):
        return [plain(value) for value in values]
    number = float(values)
    return number if np.isfinite(number) else str(number)
