"""A function of two variables from above: lines of equal height, and the paths of one or more descents over them.

Heights are chosen so that each band holds as much of the map as its neighbours, which shows narrow valleys and steep
walls alike. What leaves the map is said in the alt text.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from symgrad.errors import UsageError
from symgrad.plot import style
from symgrad.plot.curves import Window, entitle
from symgrad.plot.features import listed
from symgrad.plot.graph import Surface, as_surface
from symgrad.plot.labels import Label, as_label, literal, number
from symgrad.plot.picture import Picture, save, target
from symgrad.plot.sampling import LARGEST, Array

FINE = 321  # points a side
_PARTS = (0.004, 0.015, 0.04, 0.08, 0.14, 0.22, 0.32, 0.43, 0.55, 0.67, 0.78, 0.88, 0.95)
_FAR = 20


def contour(
    source: Any,
    paths: Mapping[str, Any] | Any,
    path: str | os.PathLike[str],
    *,
    window: tuple[Window, Window] | None = None,
    minima: Sequence[tuple[float, float]] = (),
    numbers: Mapping[str, Any] | None = None,
    title: Label | str | None = None,
    overwrite: bool = False,
) -> Picture:
    """Draw contours of a function of two variables with the paths of descents.

    Args:
        source: a formula, a text, or a `Surface`.
        paths: the iterates, of shape (k+1, 2); or several by name, to race rules from one start.
        path: a .png, .svg or .pdf file.
        window: the ends of both axes; by default what shows the paths.
        minima: points to mark as known minima.
        numbers: the step number of each point of a path by name ("" for the only one), where points were left out.
        title: what stands above; by default the formula.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The picture, with alt text that says where each path starts and ends.

    Raises:
        OutputError: the file cannot be written there.
        UsageError: a path is empty or not of two variables, or the function has no value on the map.
    """
    place = target(path, overwrite=overwrite)
    surface = as_surface(source)
    named = paths if isinstance(paths, Mapping) else {"": paths}
    tracks = {name: _track(points) for name, points in named.items()}
    counted = {name: np.arange(len(track)) for name, track in tracks.items()} | dict(numbers or {})
    across, up = window or window_of(list(tracks.values()), minima)
    x, y, heights = _map(surface, across, up)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 1.2 * style.HEIGHT), layout="constrained")
        axes = figure.subplots()
        _bands(axes, x, y, heights)
        for index, (name, track) in enumerate(tracks.items()):
            _walk(axes, name, track, int(counted[name][-1]), style.pen(index + 1))
        for minimum in minima:
            axes.plot(*minimum, "*", color=style.INK, markersize=17, markeredgecolor=style.PAPER, zorder=8)
        axes.set(xlim=across, ylim=up)
        axes.set_xlabel(surface.variables[0].shown())
        axes.set_ylabel(surface.variables[1].shown(), rotation=0, labelpad=12)
        entitle(axes, title or surface.equation)
        if any(tracks):
            axes.legend(loc="best")
        alt = _describe(surface, tracks, counted, (across, up), minima)
        return save(figure, place, as_label(title or surface.equation).text, alt, overwrite=overwrite)


def _track(points: Any) -> Array:
    """The iterates as rows of two, up to the first that is not finite."""
    track = np.asarray(points, dtype=np.float64)
    if track.ndim != 2 or track.shape[1] != 2 or not len(track) or not (np.abs(track[0]) < LARGEST).all():
        raise UsageError(
            "A path over contours needs rows of two finite numbers.", hint="Give an array of shape (k, 2)."
        )
    lost = np.flatnonzero(~(np.abs(track) < LARGEST).all(axis=1))
    return track[: lost[0]] if len(lost) else track


def window_of(tracks: Sequence[Array], minima: Sequence[tuple[float, float]] = ()) -> tuple[Window, Window]:
    """The ends of both axes that show the paths with some room, but not where a diverging path runs off to.

    >>> window_of([np.array([[0.0, 0.0], [1.0, 2.0]])])
    ((-0.4, 1.4), (-0.5, 2.5))
    """
    kept = [np.asarray(minima, dtype=np.float64).reshape(-1, 2)]
    for track in tracks:
        step = np.hypot(*np.diff(track, axis=0).T)
        wild = len(step) > 1 and step[-1] > _FAR * np.median(step[: max(1, len(step) // 2)])
        reach = np.hypot(*(track - track[0]).T)
        kept.append(track[reach <= _FAR * step[0]] if wild else track)
    points = np.concatenate(kept)
    low, high = points.min(axis=0), points.max(axis=0)
    span = high - low
    span = np.maximum(span, 0.6 * span.max() or 1.0)  # no map is a sliver
    middle = (low + high) / 2
    ends = np.round([middle - 0.75 * span, middle + 0.75 * span], 12)
    return (float(ends[0, 0]), float(ends[1, 0])), (float(ends[0, 1]), float(ends[1, 1]))


def _map(surface: Surface, across: Window, up: Window) -> tuple[Array, Array, Array]:
    x, y = np.meshgrid(np.linspace(*across, FINE), np.linspace(*up, FINE))
    heights = surface.heights(x, y)
    if np.isnan(heights).all():
        raise UsageError("The function has no finite value on this map.", hint="Choose another window.")
    return x, y, heights


def _bands(axes: Any, x: Array, y: Array, heights: Array) -> None:
    """Bands of equal area, deep ones darker, with thin lines between and the height on some of them."""
    flat = heights[np.isfinite(heights)]
    levels = np.unique([float(f"{level:.3g}") for level in np.quantile(flat, _PARTS)])
    levels = levels[(levels > flat.min()) & (levels < flat.max())]
    if not len(levels):  # a plain
        return
    low, high = flat.min(), flat.max()
    deep = LinearSegmentedColormap.from_list("deep", ["#b9d3e6", "#f7fafc"])
    colours = [deep(k / len(levels)) for k in range(len(levels) + 1)]
    edges = [low - 1e-9 * (high - low), *levels, high + 1e-9 * (high - low)]
    axes.contourf(x, y, np.ma.masked_invalid(heights), edges, colors=colours)
    lines = axes.contour(x, y, np.ma.masked_invalid(heights), levels, colors="#7f97a8", linewidths=0.8)
    axes.clabel(lines, levels[1::3], fmt=number, fontsize=style.SMALL - 1, colors=style.MUTED)


def _walk(axes: Any, name: str, track: Array, steps: int, pen: style.Pen) -> None:
    """A path with a dot for each step, a ring at its start and a large mark at its end."""
    every = max(1, len(track) // 60)
    words = literal(f"{name} ({_steps(steps)})" if name else _steps(steps))
    axes.plot(
        *track.T, color=pen.colour, linestyle=pen.line, marker=pen.marker, markevery=every, markersize=5, linewidth=1.8,
        zorder=5, label=words,
    )  # fmt: skip
    axes.plot(
        *track[0], "o", markersize=13, markerfacecolor="none", markeredgecolor=style.INK, markeredgewidth=2, zorder=7
    )
    axes.plot(*track[-1], pen.marker, color=pen.colour, markersize=11, markeredgecolor=style.PAPER, zorder=7)


def _steps(count: int) -> str:
    return f"{count} step{'s' if count != 1 else ''}"


def _point(point: Any) -> str:
    return f"({number(float(point[0]))}, {number(float(point[1]))})"


def _describe(
    surface: Surface,
    tracks: Mapping[str, Array],
    numbers: Mapping[str, Any],
    window: tuple[Window, Window],
    minima: Sequence[tuple[float, float]],
) -> str:
    axes = [f"{v.text} from {number(w[0])} to {number(w[1])}" for v, w in zip(surface.variables, window, strict=True)]
    words = [f"Contour map of {surface.equation.text} for {axes[0]} and {axes[1]}."]
    for name, track in tracks.items():
        start, end = surface.heights(*track[[0, -1]].T)
        who = f"The path of {name}" if name else "The path"
        words.append(
            f"{who} goes in {_steps(int(numbers[name][-1]))} from {_point(track[0])}, height {number(float(start))}, "
            f"to {_point(track[-1])}, height {number(float(end))}."
        )
        outside = np.flatnonzero(
            (track[:, 0] < window[0][0])
            | (track[:, 0] > window[0][1])
            | (track[:, 1] < window[1][0])
            | (track[:, 1] > window[1][1])
        )
        if len(outside):
            words.append(f"From step {int(numbers[name][outside[0]])} on it leaves the map.")
    if minima:
        words.append(f"Stars mark {listed([_point(m) for m in minima])}.")
    return " ".join(words)
