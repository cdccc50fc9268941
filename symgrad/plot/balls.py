"""The ball on the hill: it rests on the curve, the tangent runs through it, and an arrow on the x-axis points downhill.

`Rolling` holds what moves, so that one picture and every frame of an animation are drawn by the same few lines.
"""

import math
import os
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from symgrad.errors import UsageError
from symgrad.plot import style
from symgrad.plot.curves import Window, draw_function, entitle
from symgrad.plot.features import course, critical_points
from symgrad.plot.graph import Graph, as_graph
from symgrad.plot.labels import Label, as_label, number
from symgrad.plot.picture import Picture, save, target
from symgrad.plot.sampling import sample

RADIUS = 13.0  # points
REACH = 118.0  # points of the tangent on either side of the ball
_HEAD = 24.0
_GENTLE = 0.3  # sine of the angle up to which a tangent leaves room on both sides
_FLAT = 5e-4  # of the picture's own slope: less is seen as level, and no way is down


def ball(
    source: Any,
    at: float,
    window: Window,
    path: str | os.PathLike[str],
    *,
    rate: float | None = None,
    title: Label | str | None = None,
    overwrite: bool = False,
) -> Picture:
    """Draw the ball resting on a curve, its tangent with the slope's figure, and the arrow that points downhill.

    Args:
        source: a formula, a text, or a `Graph`.
        at: where the ball lies.
        window: the ends of the x-axis.
        path: a .png, .svg or .pdf file.
        rate: a learning rate; with one, the arrow is as long as the step.
        title: what stands above; by default the formula.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The picture, with alt text that says where the ball lies, the slope there and which way is down.

    Raises:
        OutputError: the file cannot be written there.
        UsageError: the window is none, or the curve has no value under the ball.
    """
    place = target(path, overwrite=overwrite)
    graph = as_graph(source)
    value, slope = graph.at(at)
    if not np.isfinite(value):
        name = graph.variable.text
        raise UsageError(
            f"There is no curve under the ball: no value at {name} = {number(at)}.", hint="Lay it elsewhere."
        )
    seen = sample(graph.value, *window)
    if not window[0] <= at <= window[1]:
        raise UsageError(
            f"The ball at {number(at)} lies outside of the picture, {number(window[0])} to {number(window[1])}.",
            hint="Choose a wider window.",
        )
    with style.drawing():
        figure = Figure(figsize=(style.WIDTH, style.HEIGHT), layout="constrained")
        axes = stage(figure, graph, seen, window)
        entitle(axes, title or graph.equation)
        settle(figure)
        Rolling(axes, graph, rate=rate).place(at)
        critical = critical_points(graph, seen, sample(graph.slope, *window)) if np.isfinite(slope) else ()
        ends = f"for {graph.variable.text} from {number(window[0])} to {number(window[1])}"
        alt = f"{standing(graph, at, rate)} The curve is {graph.equation.text} {ends}. {course(graph, seen, critical)}"
        return save(figure, place, as_label(title or graph.equation).text, alt, overwrite=overwrite)


def standing(graph: Graph, at: float, rate: float | None = None) -> str:
    """Where the ball lies and which way is down, in words.

    >>> standing(Graph(lambda x: x**2, lambda x: 2 * x), 1.5)
    'A ball rests on the curve at x = 1.5, height 2.25. The tangent through it has slope 3; an arrow along the x-axis
    points left, the way down.'
    """
    value, slope = graph.at(at)
    name = graph.variable.text
    words = f"A ball rests on the curve at {name} = {number(at)}, height {number(value)}. "
    if not np.isfinite(slope):
        return words + "The curve has no tangent there."
    if slope == 0:
        return words + "The tangent through it is level, slope 0; no way is down."
    way = "left" if slope > 0 else "right"
    words += (
        f"The tangent through it has slope {number(slope)}; an arrow along the {name}-axis points {way}, the way down"
    )
    return words + ("." if rate is None else f", as long as the step to {number(at - rate * slope)}.")


def stage(figure: Any, graph: Graph, seen: Any, window: Window) -> Any:
    """Axes with the curve, and air for the ball above it and the arrow below it."""
    axes = figure.subplots()
    draw_function(axes, graph, seen, window)
    low, high = seen.window
    axes.set_ylim(low - 0.17 * (high - low), high + 0.17 * (high - low))
    return axes


def settle(figure: Any) -> None:
    """Lay the picture out for good: from here on, points and data keep their relation."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


class Rolling:
    """The ball, its tangent, the slope's figure and the arrow, to be placed anywhere on the curve.

    Args:
        axes: where; settled, since the ball touches the curve in what the eye sees.
        graph: the curve.
        rate: a learning rate that makes the arrow as long as the step.
        moving: whether this is drawn many times over one background.
    """

    def __init__(self, axes: Any, graph: Graph, *, rate: float | None = None, moving: bool = False) -> None:
        self.axes, self.graph, self.rate = axes, graph, rate
        left, right = axes.get_xlim()
        self.width = right - left
        steep = np.abs(graph.slope(np.linspace(left, right, 400)))
        self.steepest = float(np.percentile(steep[np.isfinite(steep)], 98)) if np.isfinite(steep).any() else 1.0
        orange, down = style.pen(1), style.pen(2)
        over: dict[str, Any] = {"zorder": 4, "animated": moving}
        (self.tangent,) = axes.plot([], [], color=orange.colour, linestyle=orange.line, linewidth=2.2, **over)
        (self.plumb,) = axes.plot([], [], color=style.MUTED, linestyle=(0, (1, 3)), linewidth=1.2, **over)
        self.arrow = FancyArrowPatch(
            (0, 0), (0, 0), transform=axes.get_xaxis_transform(), arrowstyle="-|>,head_length=0.55,head_width=0.3",
            mutation_scale=_HEAD, linewidth=4.2, color=down.colour, shrinkA=0, shrinkB=0, clip_on=False, **over,
        )  # fmt: skip
        axes.add_patch(self.arrow)
        (self.body,) = axes.plot(
            [], [], "o", markersize=2 * RADIUS, color=style.pen(0).colour, markeredgecolor=style.INK,
            markeredgewidth=1.2, **(over | {"zorder": 7}),
        )  # fmt: skip
        (self.spot,) = axes.plot([], [], "o", markersize=5, color=style.PAPER, **(over | {"zorder": 8}))
        self.figure_text = axes.annotate(
            "", (0, 0), xytext=(0, 0), textcoords="offset points", color=orange.colour, fontsize=style.LARGE,
            fontweight="bold", path_effects=style.HALO,
            **(over | {"zorder": 9}),
        )  # fmt: skip
        self.way_text = axes.annotate(
            "", (0, 0), xycoords=axes.get_xaxis_transform(), xytext=(0, 9), textcoords="offset points",
            color=down.colour, fontsize=style.NORMAL, fontweight="bold", va="bottom",
            path_effects=style.HALO,
            **(over | {"zorder": 9}),
        )  # fmt: skip
        self.artists = (self.plumb, self.tangent, self.arrow, self.body, self.spot, self.figure_text, self.way_text)

    def place(self, x: float, turned: float = 0.6) -> None:
        """Lay the ball at x, turned by an angle."""
        y, slope = self.graph.at(x)
        to_points = self.axes.transData + self.axes.figure.dpi_scale_trans.inverted()
        contact = 72 * to_points.transform((x, y))
        along = 72 * to_points.transform(
            (x + self.width * 1e-6, y + (slope if np.isfinite(slope) else 0.0) * self.width * 1e-6)
        )
        along = (along - contact) / np.hypot(*(along - contact))
        centre = contact + RADIUS * np.array([-along[1], along[0]])

        def data(points: Any) -> Any:
            return to_points.inverted().transform(points / 72)

        spot = centre + 0.55 * RADIUS * np.array([np.cos(turned), np.sin(turned)])
        self.body.set_data(*data(centre)[:, None])
        self.spot.set_data(*data(spot)[:, None])
        bottom = self.axes.get_ylim()[0]
        self.plumb.set_data([x, x], [bottom, y])
        if np.isfinite(slope):
            ends = np.array([contact - REACH * along, contact + REACH * along])
            self.tangent.set_data(*data(ends).T)
        else:
            self.tangent.set_data([], [])
        self._say_slope(data(contact), along, slope)
        self._point_down(x, slope)

    def _say_slope(self, contact: Any, along: Any, slope: float) -> None:
        """The figure above the ball, on the side that the tangent leaves free."""
        words = (
            f"slope {number(slope) if abs(slope) > _FLAT * self.steepest else '0'}"
            if np.isfinite(slope)
            else "no slope"
        )
        left, right = self.axes.get_xlim()
        part = (contact[0] - left) / (right - left)
        side = 0 if abs(along[1]) < _GENTLE else -1 if along[1] > 0 else 1  # where the curve rises is no room
        side = 1 if part < 0.12 else -1 if part > 0.88 else side
        self.figure_text.set_text(words)
        self.figure_text.xy = tuple(contact)
        self.figure_text.set_position((side * 22, 2 * RADIUS + 8))
        self.figure_text.set_ha({-1: "right", 0: "center", 1: "left"}[side])

    def _point_down(self, x: float, slope: float) -> None:
        """The arrow along the x-axis: its way is minus the sign of the slope, its length grows as the slope's root."""
        flat = not np.isfinite(slope) or abs(slope) <= _FLAT * self.steepest
        steep = min(abs(slope) / (self.steepest or 1.0), 1.2)
        length = -math.copysign(math.sqrt(steep) * 0.16 * self.width, slope)
        length = length if self.rate is None else -self.rate * slope
        if flat:
            length = 0.0
        left, right = self.axes.get_xlim()
        tip = min(max(x + length, left), right)
        self.arrow.set_visible(abs(tip - x) > 1e-3 * self.width)
        self.arrow.set_positions((x, 0.0), (tip, 0.0))
        reach = abs(tip - x) / self.width * self.axes.bbox.width * 72 / self.axes.figure.dpi
        self.arrow.set_mutation_scale(min(_HEAD, 1.6 * reach))  # a short arrow has a small head
        self.way_text.set_text("level" if flat else "downhill")
        self.way_text.xy = (x + (0.012 * self.width if length >= 0 else -0.012 * self.width), 0.0)
        self.way_text.set_ha("left" if length >= 0 else "right")
