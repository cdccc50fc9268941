"""The path of a descent on its curve: numbered points, an arc for every step, what leaves the picture is said."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from symgrad.errors import UsageError
from symgrad.plot import style
from symgrad.plot.balls import settle, stage
from symgrad.plot.curves import Window, entitle
from symgrad.plot.graph import Graph, as_graph
from symgrad.plot.labels import Label, as_label, number
from symgrad.plot.picture import Picture, save, target
from symgrad.plot.sampling import LARGEST, Array, evaluate, sample

_FAR = 20  # times the first step: what runs farther than that leaves the picture
_DISC = 17.0  # points across


def descent_on_curve(
    source: Any,
    points: Any,
    path: str | os.PathLike[str],
    *,
    window: Window | None = None,
    numbers: Sequence[int] | None = None,
    title: Label | str | None = None,
    overwrite: bool = False,
) -> Picture:
    """Draw the iterates of a descent as numbered points on the curve.

    Args:
        source: a formula, a text, or a `Graph`.
        points: x₀, x₁, x₂, …, in order.
        path: a .png, .svg or .pdf file.
        window: the ends of the x-axis; by default what shows the points and the valley.
        numbers: the number of each point, where the path was thinned.
        title: what stands above; by default the formula.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The picture, with alt text that gives the points.

    Raises:
        OutputError: the file cannot be written there.
        UsageError: there is no finite point, or the curve has no value there.
    """
    place = target(path, overwrite=overwrite)
    graph = as_graph(source)
    x = path_of(points)
    names = list(range(len(x))) if numbers is None else [int(n) for n in numbers]
    y = evaluate(graph.value, x)
    window = window or window_of(x, y)
    seen = sample(graph.value, *window)
    inside = np.isfinite(y) & (x >= window[0]) & (x <= window[1])
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, style.HEIGHT), layout="constrained")
        axes = stage(figure, graph, seen, window)
        entitle(axes, title or graph.equation)
        settle(figure)
        _steps(axes, x, y, inside)
        _discs(axes, x, y, inside, names)
        alt = _describe(graph, np.column_stack([x, y]), inside, names, window)
        return save(figure, place, as_label(title or graph.equation).text, alt, overwrite=overwrite)


def path_of(points: Any) -> Array:
    """The iterates as one row of numbers, up to the first that is none."""
    x = np.asarray(points, dtype=np.float64).reshape(-1)
    lost = np.flatnonzero(~(np.abs(x) < LARGEST))
    x = x[: lost[0]] if len(lost) else x
    if not len(x):
        raise UsageError("A path needs at least one finite point.", hint="Give the iterates x₀, x₁, …")
    return x


def window_of(x: Array, y: Array) -> Window:
    """The ends of an x-axis that shows a path and the other side of the valley, but not where a diverging path runs to.

    >>> window_of(np.array([3.0, 1.0, 0.0]), np.array([9.0, 1.0, 0.0]))
    (-1.8, 3.6)
    """
    climbs = len(x) > 1 and not y[-1] <= y[0]
    kept = x[np.abs(x - x[0]) <= _FAR * abs(x[1] - x[0])] if climbs else x
    low, high = float(kept.min()), float(kept.max())
    span = high - low or max(1.0, abs(low))
    left, right = (0.2, 0.6) if kept[0] == low and kept[-1] > low else (0.6, 0.2)
    return round(low - left * span, 12), round(high + right * span, 12)


def _steps(axes: Any, x: Array, y: Array, inside: Any) -> None:
    """An arc from each point to the next, bent upwards, as long as it can be seen."""
    to_display = axes.transData.transform
    for k in range(len(x) - 1):
        if not inside[k]:
            continue
        start, stop = (x[k], y[k]), (x[k + 1], y[k + 1])
        if not np.isfinite(stop[1]):
            continue
        if np.hypot(*(to_display(stop) - to_display(start))) * 72 / axes.figure.dpi < 1.6 * _DISC:
            continue
        bend = 0.25 if x[k + 1] < x[k] else -0.25
        arc = FancyArrowPatch(
            start, stop, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>", mutation_scale=15, linewidth=1.5,
            color=style.MUTED, shrinkA=_DISC / 2, shrinkB=_DISC / 2 + 2, zorder=4, clip_on=True,
        )  # fmt: skip
        axes.add_patch(arc)


def _discs(axes: Any, x: Array, y: Array, inside: Any, names: list[int]) -> None:
    """Numbered discs; where they would cover each other, dots, and a word on the last."""
    pen = style.pen(1)
    taken: list[Any] = []
    scale = 72 / axes.figure.dpi
    for k in np.flatnonzero(inside):
        spot = axes.transData.transform((x[k], y[k])) * scale
        if all(np.hypot(*(spot - other)) >= 1.08 * _DISC for other in taken):
            taken.append(spot)
            axes.plot(x[k], y[k], "o", color=pen.colour, markersize=_DISC, zorder=6)
            axes.annotate(
                str(names[k]), (x[k], y[k]), ha="center", va="center_baseline", color=style.PAPER, fontweight="bold",
                fontsize=style.SMALL if names[k] < 100 else style.SMALL - 3, zorder=7,
            )  # fmt: skip
        else:
            axes.plot(x[k], y[k], "o", color=pen.colour, markersize=5, zorder=5)
    last = len(x) - 1
    if inside[last]:
        axes.annotate(
            f"step {names[last]}: {number(float(x[last]))}", (x[last], y[last]), xytext=(0, -_DISC),
            textcoords="offset points", ha="center", va="top", color=pen.colour, fontweight="bold", zorder=7,
            path_effects=style.HALO,
        )  # fmt: skip


def _describe(graph: Graph, track: Array, inside: Any, names: list[int], window: Window) -> str:
    name = graph.variable.text
    x, y = track.T
    shown = [k for k in range(len(x)) if k < 8 or k == len(x) - 1]
    places = [number(float(x[k])) for k in shown]
    if len(x) > 9:
        places.insert(8, "…")
    words = [
        f"Descent on the curve {graph.equation.text}, {names[-1]} step{'' if names[-1] == 1 else 's'} "
        f"from {name} = {number(float(x[0]))} to {name} = {number(float(x[-1]))}: {', '.join(places)}."
    ]
    words.append(f"The value goes from {number(float(y[0]))} to {number(float(y[-1]))}.")
    outside = np.flatnonzero(~inside)
    if len(outside):
        words.append(f"From step {names[outside[0]]} on the path leaves the picture.")
    words.append(f"The {name}-axis runs from {number(window[0])} to {number(window[1])}.")
    return " ".join(words)
