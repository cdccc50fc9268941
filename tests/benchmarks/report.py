"""What was measured, as values: tables of medians, their text at the width of a terminal, and JSON that reads back."""

import json
import math
import os
import platform
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

SCHEMA = 1
PACKAGES = (
    "numpy", "sympy", "llvmlite", "casadi", "numba", "heyoka", "jax", "symengine", "numexpr", "autograd", "torch",
)  # fmt: skip


@dataclass
class Table:
    """Medians in one unit: cells[row][column]; ratios are against `ours`, the first column of ours."""

    name: str
    title: str
    unit: str
    ours: str
    cells: dict[str, dict[str, float]] = field(default_factory=dict)
    extra: dict[str, dict[str, float]] = field(default_factory=dict)  # more about a row than is shown in columns
    notes: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)  # why a peer has no figure
    ratios: bool = True

    @property
    def columns(self) -> list[str]:
        """All columns, ours first."""
        found = dict.fromkeys(column for row in self.cells.values() for column in row)
        return sorted(found, key=lambda column: column != self.ours)

    def ratio(self, row: str, column: str) -> float | None:
        """How many times as long as ours a contender takes; None where it was not measured."""
        cells = self.cells.get(row, {})
        return cells[column] / cells[self.ours] if column in cells and cells.get(self.ours) else None

    def all_ratios(self, *columns: str) -> dict[str, tuple[float, str]]:
        """For each row the least ratio among some columns (all others, if none are named), and whose it is."""
        found = {}
        for row in self.cells:
            ratios = [
                (ratio, column)
                for column in columns or self.columns
                if column != self.ours and (ratio := self.ratio(row, column)) is not None
            ]
            if ratios:
                found[row] = min(ratios)
        return found

    def text(self, width: int, *, absolute: bool = False, reasons: bool = False) -> str:
        """The table for reading: ours in the unit, the others as multiples of ours, or absolute too."""
        columns = self.columns
        whole = absolute or not self.ratios
        first = max((len(row) for row in self.cells), default=0) + 1
        body = [[self._cell(row, column, whole) for column in columns] for row in self.cells]
        if not whole and len(columns) > 1:
            body.append([self._mean(column) for column in columns])
        heads = [_stacked(column) for column in columns]
        widths = [
            max([len(part) for part in head] + [len(line[k]) for line in body]) + 2 for k, head in enumerate(heads)
        ]
        labels = [*self.cells, *(["geometric mean"] * (len(body) - len(self.cells)))]
        first = max(first, *(len(label) + 1 for label in labels), 1) if labels else first
        unit = self.unit if whole else f"{self.unit}; peers as multiples of {self.ours}"
        lines = [f"{self.title} ({unit})"]
        for some in _fitting(widths, width - first):
            depth = max(len(heads[k]) for k in some)
            lines.append("")
            for level in range(depth):
                parts = [([""] * (depth - len(heads[k])) + heads[k])[level].rjust(widths[k]) for k in some]
                lines.append(" " * first + "".join(parts))
            for label, line in zip(labels, body):
                lines.append(label.ljust(first) + "".join(line[k].rjust(widths[k]) for k in some))
        told = [*self.notes, *(self.reasons if reasons else ())]
        return "\n".join([*lines, *(textwrap.shorten(f"· {note}", width, placeholder=" …") for note in told)]) + "\n"

    def _cell(self, row: str, column: str, whole: bool) -> str:
        value = self.cells[row].get(column)
        if value is None:
            return "-"
        if whole or column == self.ours:
            return figure(value)
        ratio = self.ratio(row, column)
        return figure(ratio) + "×" if ratio is not None else "-"

    def _mean(self, column: str) -> str:
        ratios = [ratio for row in self.cells if (ratio := self.ratio(row, column)) is not None]
        return "" if column == self.ours or not ratios else figure(geometric_mean(ratios)) + "×"


def figure(value: float) -> str:
    """A number to three digits, without exponents where they would not help.

    >>> figure(0.1234), figure(26.55), figure(19301.2), figure(2.5e7)
    ('0.123', '26.6', '19301', '2.5e+07')
    """
    if not math.isfinite(value) or abs(value) >= 1e6:
        return f"{value:.3g}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def _stacked(name: str) -> list[str]:
    """A column's name on as many lines as it has words, but short words together."""
    lines: list[str] = []
    for word in name.split():
        if lines and len(lines[-1]) + len(word) < 9:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def _fitting(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """The columns in groups that fit beside each other."""
    some: list[int] = []
    for k, width in enumerate(widths):
        if some and sum(widths[i] for i in some) + width > room:
            yield some
            some = []
        some.append(k)
    if some:
        yield some


@dataclass
class Report:
    """All tables of a run, by name, and the machine they were measured on."""

    tables: dict[str, Table] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path, summary: Sequence[dict[str, Any]] = ()) -> None:
        """Write everything; the file is whole at any moment."""
        content = {
            "schema": SCHEMA,
            "machine": self.machine,
            "summary": list(summary),
            "tables": {name: asdict(table) for name, table in self.tables.items()},
        }
        beside = path.with_name(path.name + ".part")
        beside.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Report":
        """What `save` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            raise ValueError(f"{path} has the schema {content['schema']}, not {SCHEMA}")
        return cls({name: Table(**table) for name, table in content["tables"].items()}, content["machine"])


def machine() -> dict[str, Any]:
    """What the figures depend on: processor, cores, versions."""
    name = platform.processor()
    with_names = Path("/proc/cpuinfo")
    if with_names.exists():
        lines = with_names.read_text(encoding="utf-8").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {"processor": name, "cores": cores, "python": platform.python_version(), "packages": versions}
