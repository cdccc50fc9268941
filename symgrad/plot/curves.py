"""A function beside its derivative: the curve above, its slope below, one x-axis for both.

No line is drawn across a jump or a pole; where the slope jumps (a kink of the curve) its two ends are open circles, for
there the derivative has no value. Also here: the axes that other pictures of a curve begin with.
"""

import os
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from symgrad.errors import UsageError
from symgrad.plot import style
from symgrad.plot.features import MANY, Critical, course, critical_points, listed
from symgrad.plot.graph import Graph, as_graph
from symgrad.plot.labels import LONGEST, Label, as_label, literal, number
from symgrad.plot.picture import Picture, save, target
from symgrad.plot.sampling import Sample, evaluate, peak, sample

Window = tuple[float, float]


def curve(
    source: Any,
    window: Window,
    path: str | os.PathLike[str],
    *,
    title: Label | str | None = None,
    overwrite: bool = False,
) -> Picture:
    """Draw a function of one variable with its derivative below it.

    Args:
        source: a formula, a text, or a `Graph`.
        window: the ends of the x-axis.
        path: a .png, .svg or .pdf file.
        title: what stands above; by default the formula.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The picture, with alt text that says how curve and slope go.

    Raises:
        OutputError: the file cannot be written there.
        UsageError: the window is none, or the function has no value in it.
    """
    place = target(path, overwrite=overwrite)
    graph = as_graph(source)
    seen, slope = sample(graph.value, *window), sample(graph.slope, *window)
    critical = critical_points(graph, seen, slope)
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, 1.25 * style.HEIGHT), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        draw_function(above, graph, seen, window)
        mark_critical(above, critical)
        entitle(above, title or graph.equation)
        draw_slope(below, graph, slope, window)
        entitle(below, graph.slope_equation)
        above.label_outer()
        figure.align_ylabels()
        alt = describe(graph, window, seen, slope, critical)
        return save(figure, place, as_label(title or graph.equation).text, alt, overwrite=overwrite)


def draw_function(axes: Any, graph: Graph, seen: Sample, window: Window) -> None:
    """The curve on its axes, with poles as thin dashed lines."""
    pen = style.pen(0)
    room(axes, window, seen.window)
    for pole in seen.poles:
        axes.axvline(pole, color=style.MUTED, linewidth=1, linestyle=(0, (4, 4)))
    axes.plot(seen.x, seen.y, color=pen.colour, linestyle=pen.line)
    axes.set_xlabel(graph.variable.shown())
    axes.set_ylabel(graph.name.shown())


def draw_slope(axes: Any, graph: Graph, slope: Sample, window: Window) -> None:
    """The derivative on its axes, above and below a line of slope zero."""
    pen = style.pen(1)
    low, high = slope.window
    room(axes, window, (min(low, 0.0), max(high, 0.0)))
    axes.axhline(0, color=style.MUTED, linewidth=1)
    for pole in slope.poles:
        axes.axvline(pole, color=style.MUTED, linewidth=1, linestyle=(0, (4, 4)))
    axes.plot(slope.x, slope.y, color=pen.colour, linestyle=pen.line)
    near = 1e-9 * (window[1] - window[0])
    for jump in slope.jumps:
        ends = evaluate(graph.slope, np.array([jump - near, jump + near]))
        axes.plot([jump, jump], ends, "o", color=pen.colour, markerfacecolor=style.PAPER, markersize=6)
    axes.set_xlabel(graph.variable.shown())
    axes.set_ylabel(graph.slope_name.shown())


def room(axes: Any, across: Window, up: Window) -> None:
    """Limits with a little air above and below, and a light grid."""
    air = 0.08 * (up[1] - up[0])
    axes.set_xlim(*across)
    axes.set_ylim(up[0] - air, up[1] + air)
    axes.grid(True)


def mark_critical(axes: Any, critical: tuple[Critical, ...]) -> None:
    """A dot with its name at each critical point, where the curve is not; where there are many, only dots."""
    low, high = axes.get_ylim()
    shown = [point for point in critical if low <= point.y <= high]
    if shown and len(shown) <= MANY:
        axes.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    for point in shown:
        filled = style.PAPER if point.kind == "shelf" else style.INK
        axes.plot(point.x, point.y, "o", color=style.INK, markerfacecolor=filled, markersize=7, zorder=5)
        if len(shown) <= MANY:
            words = f"{point.kind} ({number(point.x)}, {number(point.y)})"
            note(axes, words, (point.x, point.y), above=point.kind != "minimum")


def note(axes: Any, words: str, at: tuple[float, float], *, above: bool, colour: str = style.INK) -> None:
    """Words beside a point, over or under it, kept inside the axes."""
    left, right = axes.get_xlim()
    part = (at[0] - left) / (right - left)
    side = "left" if part < 0.14 else "right" if part > 0.86 else "center"
    axes.annotate(
        words,
        at,
        xytext=({"left": -4, "right": 4, "center": 0}[side], 10 if above else -10),
        textcoords="offset points",
        ha=side,
        va="bottom" if above else "top",
        fontsize=style.SMALL,
        color=colour,
        path_effects=style.HALO,
        zorder=6,
    )


def entitle(axes: Any, title: Label | str, *, centred: bool = False) -> None:
    """A title as large as it fits: smaller type for a long one, and an end cut off where even that is too wide."""
    label = as_label(title)
    figure = axes.figure
    room = 0.86 * figure.bbox.width
    words = axes.set_title(label.shown(), loc="center" if centred else "left")
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()
    taken = words.get_window_extent(renderer).width
    words.set_fontsize(max(style.SMALL, min(style.LARGE, style.LARGE * room / max(taken, 1.0))))
    taken = words.get_window_extent(renderer).width
    if taken > room:
        text = label.text[: LONGEST - 1]
        words.set_text(literal(text))
        kept = int(len(text) * room / max(words.get_window_extent(renderer).width, 1.0)) - 2
        words.set_text(literal(text[: max(kept, 1)] + "…") if kept < len(text) else literal(text))


def describe(graph: Graph, window: Window, seen: Sample, slope: Sample, critical: tuple[Critical, ...]) -> str:
    """The alt text, written from what was drawn."""
    name = graph.variable.text
    ends = f"for {name} from {number(window[0])} to {number(window[1])}"
    words = [f"Curve of {graph.equation.text} {ends}, and below it its derivative {graph.slope_equation.text}."]
    words.append(course(graph, seen, critical))
    if not slope.poles:
        (rise, most), (fall, least) = (peak(graph.slope, slope, sign) for sign in (1, -1))
        constant = f"The derivative is {number(most)} everywhere."
        peaks = (
            f"The derivative is largest, {number(most)}, at {name} = {number(rise)} and smallest, {number(least)}, "
            f"at {name} = {number(fall)}."
        )
        words.append(peaks if most > least else constant)
    kinks = [number(p) for p in slope.jumps if p not in seen.jumps]
    if 0 < len(kinks) <= MANY:
        words.append(f"The curve has a kink at {name} = {listed(kinks)}.")
    return " ".join(words)


def checked(points: Any, what: str) -> Any:
    """An array of finite numbers in one row, or a word on why not."""
    array = np.asarray(points, dtype=np.float64).reshape(-1)
    if not len(array) or not np.isfinite(array[0]):
        raise UsageError(f"The {what} hold no finite number.", hint="Give at least one.")
    return array
