"""What is to be reached, workload by workload, and how far the measured tables are from it."""

import math
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks import batches, points, scaling, second
from tests.benchmarks.report import Report, Table, figure, geometric_mean

PYTHON_CALL = 2.2  # empty Python calls that a checked call may cost
Figures = dict[str, tuple[float, str]]  # row -> (figure, against whom)


@dataclass(frozen=True)
class Target:
    """One demand: a figure for each row of a table; all rows count, or their geometric mean."""

    workload: str
    says: str
    table: str  # its name
    figures: Callable[[Table], Figures]
    bound: float
    at_most: bool = False
    mean: bool = False

    def reached(self, table: Table) -> "Reached | None":
        """The figure that counts, and which row has it."""
        found = self.figures(table)
        if not found:
            return None
        if self.mean:
            return Reached(self, geometric_mean([value for value, _ in found.values()]), "geometric mean", "", found)
        choose = max if self.at_most else min
        row = choose(found, key=lambda row: found[row][0])
        return Reached(self, found[row][0], row, found[row][1], found)


@dataclass(frozen=True)
class Reached:
    target: Target
    value: float
    row: str
    against: str
    all: Figures

    @property
    def holds(self) -> bool:
        return self.value <= self.target.bound if self.target.at_most else self.value >= self.target.bound

    @property
    def missed(self) -> list[str]:
        """The rows that fall short, the farthest first."""
        sign = 1 if self.target.at_most else -1
        short = [row for row, (value, _) in self.all.items() if sign * value > sign * self.target.bound]
        return [] if self.target.mean else sorted(short, key=lambda row: -sign * self.all[row][0])


# ---- figures of tables -----------------------------------------------------------------------------------------------


def ratio(*columns: str, rows: Callable[[str], bool] = lambda _: True) -> Callable[[Table], Figures]:
    """How many times as long as ours the quickest of some columns takes; of all peers, where none are named."""

    def figures(table: Table) -> Figures:
        named = columns or tuple(column for column in table.columns if column not in OURS)
        return {row: found for row, found in table.all_ratios(*named).items() if rows(row)}

    return figures


def versus(ours: str, theirs: str) -> Callable[[Table], Figures]:
    """One column against another of ours than the first."""

    def figures(table: Table) -> Figures:
        both = {row: cells for row, cells in table.cells.items() if ours in cells and theirs in cells}
        return {row: (cells[theirs] / cells[ours], theirs) for row, cells in both.items()}

    return figures


def extra(name: str, rows: Callable[[str, dict[str, float]], bool] = lambda *_: True) -> Callable[[Table], Figures]:
    """What a table knows beside its columns."""
    return lambda table: {
        row: (more[name], "") for row, more in table.extra.items() if name in more and rows(row, more)
    }


def cell(column: str) -> Callable[[Table], Figures]:
    return lambda table: {row: (cells[column], "") for row, cells in table.cells.items() if column in cells}


def median(column: str) -> Callable[[Table], Figures]:
    """The row in the middle: what is typical."""

    def figures(table: Table) -> Figures:
        found = sorted((cells[column], row) for row, cells in table.cells.items() if column in cells)
        if not found:
            return {}
        value, row = found[len(found) // 2]
        return {row: (value, "the median")}

    return figures


OURS = {
    points.INTO, points.VECTOR, points.FLOATS, points.BARE, batches.OURS, scaling.PYTHON, scaling.NUMPY, scaling.NATIVE,
    scaling.BEST, second.HESSIAN, second.LOOP, second.PYTHON_LOOP,
}  # fmt: skip


def transcendental(row: str) -> bool:
    return row not in batches.POLYNOMIALS


def polynomial(row: str, _: dict[str, float]) -> bool:
    return not transcendental(row)


def few(_: str, more: dict[str, float]) -> bool:
    return more["operations"] <= points.FEW


# ---- the demands -----------------------------------------------------------------------------------------------------


def targets() -> Iterator[Target]:
    """All, in the order of the tables."""
    yield Target("one point, llvm", "≥ 2× the fastest peer on each", "point llvm", ratio(), 2)
    yield Target(
        "", f"≤ {PYTHON_CALL} empty calls, ≤ {points.FEW} operations", "point llvm",
        extra("calls", few), PYTHON_CALL, at_most=True,
    )  # fmt: skip
    yield Target("one point, python", "≥ 1.3× lambdify math on each", "point python", ratio("lambdify math"), 1.3)
    yield Target(
        "", "≥ 4× lambdify numpy (arrays)", "point python", versus(points.WITH_ARRAY, "lambdify numpy"), 4, mean=True
    )
    yield Target("first result, no llvmlite", "≤ 2 ms typical", "first", median(scaling.PYTHON), 2, at_most=True)
    yield Target("", "≥ 100× diff + lambdify", "first", ratio("lambdify math"), 100)
    for size, threads in ((1_000, 1), (1_000, 2), (100_000, 1), (100_000, 2), (10**7, 1), (10**7, 2)):
        table, name = (
            f"batch llvm {size} {threads}",
            f"10^{round(math.log10(size))}, {threads} thread" + "s" * (threads > 1),
        )
        yield Target(f"batch, llvm, {name}", "≥ 1.4× heyoka", table, ratio("heyoka", rows=transcendental), 1.4)
        yield Target("", "≥ 1.5× gcc", table, ratio("gcc", rows=transcendental), 1.5)
        if size == 10**7:
            yield Target("", "≥ 90 % of the triad, polynomials", table, extra(batches.SHARE, polynomial), 0.9)
    for size in (1_000, 100_000, 10**7):
        table, name = f"batch numpy {size} 1", f"10^{round(math.log10(size))}"
        yield Target(f"batch, numpy, {name}", "never slower than lambdify", table, ratio("lambdify numpy"), 1)
        if size > 1_000:
            least = 2.5 if size < 10**7 else 8
            yield Target("", f"≥ {least}× lambdify", table, ratio("lambdify numpy"), least, mean=True)
    yield Target("gradient", "exponent ≤ 1.1", "gradient", extra("exponent"), 1.1, at_most=True)
    yield Target("", "≤ 4 µs an operation", "gradient", extra("µs an operation"), 4, at_most=True)
    yield Target(
        "", "≤ 3× the operations", "gradient", extra("operations of gradient / value"), 3, at_most=True
    )  # fmt: skip
    yield Target("", "ahead of symengine and heyoka", "gradient", ratio("symengine llvm", "heyoka"), 1)
    yield Target("", "within 3× of CasADi", "gradient", ratio("casadi VM"), 1 / 3)
    yield Target("Hessian call", "≥ 10× CasADi VM", "hessian", ratio("casadi VM"), 10)
    yield Target("", "≥ 300× JAX", "hessian", ratio("jax"), 300)
    yield Target("fused descent loop", "≥ 5× JAX's fori_loop", "loop", ratio("jax"), 5)
    yield Target("", "≥ 15× CasADi's fold", "loop", ratio("casadi VM"), 15)
    yield Target("", "≥ 500× Python over lambdify", "loop", ratio("lambdify numpy"), 500)
    yield Target("Rosenbrock of 10^6 by sum", "≥ 50 % of the bandwidth", "sum", extra("llvm: share of bandwidth"), 0.5)
    for backend in ("python", "numpy", "llvm"):
        yield Target(f"digits, {backend}", "value ≤ 4 ULP", f"digits {backend}", cell("value"), 4, at_most=True)
        yield Target("", "gradient ≤ 30 ULP", f"digits {backend}", cell("gradient"), 30, at_most=True)
    yield Target("digits, FPBench", "≤ half of lambdify's bits", "digits fpbench", extra("share"), 0.5, at_most=True)


def summary(report: Report) -> list[tuple[Target, "Reached | None"]]:
    """Every demand with what was reached; None where its table was not measured."""
    rows = []
    for target in targets():
        table = report.tables.get(target.table)
        rows.append((target, target.reached(table) if table is not None else None))
    return rows


def text(report: Report, width: int) -> str:
    """The demands by workload: the figure that counts, whose it is, and the rows that fall short beside it."""
    lines, heading, told = [], "", ""
    for target, found in summary(report):
        heading = target.workload or heading
        if found is None:
            continue
        if heading != told:
            lines.append(heading)
            told = heading
        whose = found.row + (f", {found.against}" if found.against else "")
        short = [f"{row} {figure(found.all[row][0])}" for row in found.missed[1:]]
        start = f"  {'✓' if found.holds else '✗'} {target.says:37} {figure(found.value):>6}  "
        said = "; ".join([whose, "also " + ", ".join(short)] if short else [whose])
        lines += textwrap.wrap(said, width, initial_indent=start, subsequent_indent=" " * len(start))
    return "\n".join(["To reach, and reached", "", *lines, ""]) if lines else ""


def as_json(report: Report) -> list[dict[str, object]]:
    """The same for programs."""
    found, heading = [], ""
    for target, reached in summary(report):
        heading = target.workload or heading
        if reached is not None:
            found.append(
                {
                    "workload": heading, "to reach": target.says, "bound": target.bound, "reached": reached.value,
                    "row": reached.row, "against": reached.against, "holds": reached.holds,
                    "rows": {row: value for row, (value, _) in reached.all.items()},
                }
            )  # fmt: skip
    return found
