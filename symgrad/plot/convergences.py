"""How fast a descent converges: its value above the lowest and its slope, step by step, on logarithmic axes.

A straight line on the value axis alone is linear convergence, a straight line on two logarithmic axes is a power law;
the axis of the steps is chosen so that the runs are straighter. A predicted rate is drawn beside what was measured.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from symgrad.errors import UsageError
from symgrad.plot import style
from symgrad.plot.curves import entitle
from symgrad.plot.labels import Label, as_label, literal, number
from symgrad.plot.picture import Picture, save, target
from symgrad.plot.sampling import Array

_UNLIKE = 20  # times as long: on an even axis the shorter run could not be seen
MOST = 2000  # points of a line; more are thinned


@dataclass(frozen=True)
class Progress:
    """What a run measured at each step, and what was predicted.

    Args:
        values: f at each iterate.
        slopes: the norm of the gradient at each iterate.
        steps: the number of each, where the run was thinned.
        predicted: the predicted distance of the value from the lowest, at the same steps.
        prediction: what the prediction says, in words, such as "0.96 a step".
    """

    values: Any
    slopes: Any
    steps: Any = None
    predicted: Any = None
    prediction: str = "predicted"


def convergence(
    runs: Mapping[str, Progress] | Progress,
    path: str | os.PathLike[str],
    *,
    lowest: float | None = None,
    title: Label | str | None = None,
    overwrite: bool = False,
) -> Picture:
    """Draw value and gradient norm of one or more runs over the steps, both on logarithmic axes.

    Args:
        runs: a run, or several by name.
        path: a .png, .svg or .pdf file.
        lowest: the lowest value there is; by default the lowest that any run met.
        title: what stands above.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The picture, with alt text that says from where to where values and slopes went.

    Raises:
        OutputError: the file cannot be written there.
        UsageError: a run is empty, or its arrays differ in length.
    """
    place = target(path, overwrite=overwrite)
    named = runs if isinstance(runs, Mapping) else {"": runs}
    measured = {name: _arrays(run) for name, run in named.items()}
    known = lowest is not None
    floor = float(lowest) if lowest is not None else min(float(np.nanmin(v)) for _, v, _ in measured.values())
    deepest = min(float(np.nanmin(v)) for _, v, _ in measured.values())
    if deepest < floor - 1e-9 * max(1.0, abs(floor)):
        raise UsageError(
            f"A run met {number(deepest)}, which is below the lowest value {number(floor)} that was given."
        )
    power_law = _straighter_on_two_logs([(k, v - floor) for k, v, _ in measured.values()])
    heading = as_label(title or "Convergence")
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 1.25 * style.HEIGHT), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        for index, (name, (steps, values, slopes)) in enumerate(measured.items()):
            pen, run = style.pen(index), named[name]
            thin = _thinned(len(steps), power_law)
            for axes, heights in ((above, values - floor), (below, slopes)):
                _line(axes, steps[thin], heights[thin], pen, name or "measured")
            if run.predicted is not None:
                _predicted(above, steps, run, pen, name)
        for axes in (above, below):
            _log(axes, power_law)
        above.set_ylabel("value above the lowest" + ("" if known else " met"))
        below.set_ylabel("length of the gradient")
        below.set_xlabel("step")
        if any(named) or any(run.predicted is not None for run in named.values()):
            above.legend(loc="best")
        entitle(above, heading)
        figure.align_ylabels()
        return save(figure, place, heading.text, _describe(named, measured, floor, known), overwrite=overwrite)


def _arrays(run: Progress) -> tuple[Array, Array, Array]:
    values, slopes = (np.asarray(a, dtype=np.float64).reshape(-1) for a in (run.values, run.slopes))
    steps = np.arange(len(values)) if run.steps is None else np.asarray(run.steps, dtype=np.float64).reshape(-1)
    if not len(values) or not len(values) == len(slopes) == len(steps):
        raise UsageError("A run needs as many values as slopes and steps, and at least one.")
    if not np.isfinite(values).any():
        raise UsageError("The run has no finite value to draw.")
    return steps.astype(np.float64), values, slopes


def _straighter_on_two_logs(lines: list[tuple[Array, Array]]) -> bool:
    """Whether log y is straighter over log k than over k, the mark of a power law; also for runs of unlike lengths."""
    lengths = [k[-1] for k, _ in lines]
    if max(lengths) > _UNLIKE * max(min(lengths), 1):
        return True
    votes = 0
    for k, gap in lines:
        use = (k > 0) & (gap > 0) & np.isfinite(gap)
        if use.sum() < 8:
            continue
        plain, logged = k[use], np.log(gap[use])
        if np.ptp(logged) == 0:
            continue
        straight = [abs(np.corrcoef(axis, logged)[0, 1]) for axis in (plain, np.log(plain))]
        votes += 1 if straight[1] > straight[0] else -1
    return votes > 0


def _thinned(count: int, power_law: bool) -> Any:
    """The indices to draw: all of a short run, evenly many of a long one as its axis shows them."""
    if count <= MOST:
        return np.arange(count)
    spread = np.geomspace(1, count, MOST) - 1 if power_law else np.linspace(0, count - 1, MOST)
    return np.unique(spread.round().astype(int))


def _line(axes: Any, steps: Array, values: Array, pen: style.Pen, name: str) -> None:
    """A line of what is positive; zero has no place on a logarithmic axis."""
    with np.errstate(invalid="ignore"):
        shown = np.where((values > 0) & np.isfinite(values), values, np.nan)
    axes.plot(
        steps, shown, color=pen.colour, linestyle=pen.line, marker=pen.marker, markersize=6,
        markevery=0.08 if np.isfinite(shown).sum() > 1 else None,
        label=literal(name),
    )  # fmt: skip


def _predicted(axes: Any, steps: Array, run: Progress, pen: style.Pen, name: str) -> None:
    predicted = np.asarray(run.predicted, dtype=np.float64).reshape(-1)
    words = f"{name}: {run.prediction}" if name else run.prediction
    axes.plot(steps, predicted, color=style.INK, linestyle=(0, (1, 2)), linewidth=2.2, zorder=5, label=literal(words))


def _log(axes: Any, power_law: bool) -> None:
    if any(np.isfinite(line.get_ydata()).any() for line in axes.lines):  # a run at rest has nothing above zero
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=7))
        axes.yaxis.set_minor_formatter(NullFormatter())
    if power_law:
        axes.set_xscale("log")
    axes.grid(True)


def _describe(
    named: Mapping[str, Progress], measured: Mapping[str, tuple[Array, Array, Array]], floor: float, known: bool
) -> str:
    lowest = "the lowest" if known else "the lowest met"
    words = [f"Value above {lowest}, {number(floor)}, and length of the gradient over the steps, on logarithmic axes."]
    for name, (steps, values, slopes) in measured.items():
        who = name or "The run"
        words.append(
            f"{who} takes {number(float(steps[-1]))} steps: the value goes from {number(float(values[0]))} to "
            f"{number(float(values[-1]))}, the gradient from {number(float(slopes[0]))} to {number(float(slopes[-1]))}."
        )
        if named[name].predicted is not None:
            words.append(f"A dotted line shows the prediction: {named[name].prediction}.")
    return " ".join(words)
