"""One picture of a report: for each workload and expression, how many times as long as ours everybody takes."""

import math
from pathlib import Path
from typing import Any

from tests.benchmarks import suite, targets
from tests.benchmarks.report import Report, Table, figure

INK, MUTED, FAINT, OURS, SLOWER = "#1c2530", "#66707c", "#dfe3e8", "#c8102e", "#fbeef0"
COLOURS = {  # peers keep their colour in every panel; Okabe and Ito's, which everybody can tell apart, and three greys
    "casadi jit": "#0072b2", "casadi VM": "#56b4e9", "heyoka": "#009e73", "gcc": "#e69f00", "numba": "#cc79a7",
    "symengine llvm": "#d55e00", "jax": "#8a63d2", "lambdify math": "#8c96a0", "lambdify numpy": "#4d5761",
    "numexpr": "#b5a642", "autograd": "#c3cad1", "torch": "#7a5230",
}  # fmt: skip
MARKS = dict(zip(COLOURS, ("o", "s", "D", "^", "v", "p", "X", "o", "s", "D", "^", "v")))
ORDER = [case.name for case in suite.cases()]
PANELS = (
    ("point llvm", "One point, native code"),
    ("point python", "One point, plain Python"),
    ("first", "Expression to first result"),
    ("batch llvm 100000 1", "10⁵ points, native code, one thread"),
    ("batch llvm 10000000 2", "10⁷ points, native code, two threads"),
    ("batch numpy 100000 1", "10⁵ points, numpy, one thread"),
    ("hessian", "Value, gradient and Hessian"),
    ("loop", "Two thousand steps of descent"),
)


def draw(report: Report, path: Path) -> Path:
    """All panels whose tables were measured, and the growth of the gradient."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = [(report.tables[name], title) for name, title in PANELS if report.tables.get(name)]
    panels = [(table, title) for table, title in panels if table.cells]
    grows = report.tables.get("gradient")
    count = len(panels) + (grows is not None)
    if not count:
        raise ValueError("the report holds no table that is drawn")
    across = min(3, count)
    down = -(-count // across)
    with pyplot.rc_context({"font.family": "DejaVu Sans", "font.size": 9, "text.color": INK, "axes.labelcolor": INK}):
        made, axes = pyplot.subplots(down, across, figsize=(5.2 * across, 4.3 * down + 1.1), squeeze=False)
        places = [axis for row in axes for axis in row]
        for axis, (table, title) in zip(places, panels):
            _ratios(axis, table, title)
        if grows is not None:
            _growth(places[len(panels)], grows)
        for axis in places[count:]:
            axis.set_visible(False)
        _legend(made, places, report)
        made.savefig(path, dpi=150, facecolor="white")
        pyplot.close(made)
    return path


def _ratios(axis: Any, table: Table, title: str) -> None:
    """A row for each expression, a mark for each peer; ours is the line at one."""
    rows = sorted(table.cells, key=ORDER.index)
    bounds = [1.0]
    for place, row in enumerate(rows):
        found = {}
        for column in table.columns:
            value = table.ratio(row, column)
            if column in COLOURS and value is not None:
                found[column] = value
        if not found:
            continue
        bounds += found.values()
        axis.plot([min(found.values()), max(found.values())], [place, place], color=FAINT, lw=1.4, zorder=1)
        for column, value in found.items():
            axis.plot(value, place, MARKS[column], color=COLOURS[column], ms=6.4, mec="white", mew=0.6, zorder=3)
    axis.axvline(1, color=OURS, lw=1.8, zorder=2)
    axis.set_xscale("log")
    axis.set_xlim(min(bounds) / 1.5, max(bounds) * 1.6)
    axis.axvspan(min(bounds) / 1.5, 1, color=SLOWER, lw=0, zorder=0)  # here a peer is quicker
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.set_yticks(range(len(rows)), rows)
    axis.set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=INK, pad=18)
    axis.text(0, 1.015, f"times ours, which takes {_typical(table)}", transform=axis.transAxes, fontsize=8, color=MUTED)
    _plain(axis)


def _typical(table: Table) -> str:
    """Our own figures in words: from the least to the most."""
    own = sorted(cells[table.ours] for cells in table.cells.values() if table.ours in cells)
    return f"{figure(own[0])} to {figure(own[-1])} {table.unit}"


def _growth(axis: Any, table: Table) -> None:
    """Milliseconds by the number of variables, a line for each contender; the first family only."""
    family = next(iter(table.cells)).split()[0]
    for column in table.columns:
        points = [
            (int(row.split()[1]), cells[column])
            for row, cells in table.cells.items()
            if row.startswith(family + " ") and column in cells
        ]
        style = {"color": COLOURS.get(column, OURS), "marker": MARKS.get(column, "o"), "ms": 5}
        axis.plot(*zip(*points), lw=2.4 if column not in COLOURS else 1.3, mec="white", mew=0.7, **style)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_title(f"Gradient of {family.title()}'s function", loc="left", fontsize=10.5, fontweight="bold", pad=18)
    axis.text(0, 1.015, "ms to make it, by variables", transform=axis.transAxes, fontsize=8, color=MUTED)
    _plain(axis)


def _plain(axis: Any) -> None:
    """Nothing on the page that carries no figure."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    def written(value: float, _: int) -> str:
        if 0.01 <= value < 10_000:
            return f"{value:g}"
        return f"$10^{{{round(math.log10(value))}}}$"

    axis.grid(axis="x", color=FAINT, lw=0.7)
    axis.set_axisbelow(True)
    axis.tick_params(which="both", colors=MUTED, length=0, labelsize=8.5)
    for side in ("top", "right", "left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.xaxis.set_major_formatter(FuncFormatter(written))
    axis.xaxis.set_minor_formatter(NullFormatter())
    if axis.get_yscale() == "log":
        axis.grid(axis="y", color=FAINT, lw=0.7)
        axis.yaxis.set_major_formatter(FuncFormatter(written))
        axis.yaxis.set_minor_formatter(NullFormatter())


def _legend(made: Any, places: list[Any], report: Report) -> None:
    """The title, who is who, and how many demands hold."""
    from matplotlib.lines import Line2D

    seen = {column for table in report.tables.values() for cells in table.cells.values() for column in cells}
    shown = [name for name in COLOURS if name in seen]
    style: dict[str, Any] = {"ls": "", "ms": 6.5, "mec": "white", "mew": 0.7}
    handles = [Line2D([], [], color=OURS, lw=2.2, label="symgrad")]
    handles += [Line2D([], [], color=COLOURS[name], marker=MARKS[name], label=name, **style) for name in shown]
    height = made.get_size_inches()[1]
    made.tight_layout(rect=(0, 0.35 / height, 1, 1 - 1.05 / height), h_pad=2.2, w_pad=2.0)
    made.text(0.012, 1 - 0.34 / height, "Value and gradient: symgrad and its peers", fontsize=15, fontweight="bold")
    found = [reached for _, reached in targets.summary(report) if reached is not None]
    about = report.machine
    words = f"{about.get('processor', '')}, Python {about.get('python', '')}; medians of interleaved rounds"
    words += f"; {sum(one.holds for one in found)} of {len(found)} demands hold" if found else ""
    made.text(0.012, 1 - 0.6 / height, words, fontsize=9, color=MUTED)
    made.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.006, 1 - 0.62 / height), ncols=len(handles), fontsize=9,
        frameon=False, handletextpad=0.25, columnspacing=1.3,
    )  # fmt: skip
    places[0].figure.align_ylabels()
