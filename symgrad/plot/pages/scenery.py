"""What does not move on the interactive page: axes, grid and curves, as SVG in the coordinates of its picture."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Self

import numpy as np
from matplotlib.ticker import MaxNLocator

from symgrad.plot.graph import Graph
from symgrad.plot.labels import number
from symgrad.plot.sampling import Sample

Ends = tuple[float, float]

LEFT, RIGHT = 64.0, 944.0  # the x-axis
ABOVE, BELOW = (34.0, 400.0), (462.0, 640.0)  # top and bottom of the panel of the curve and that of its slope
HEIGHT = 690.0
_ROUND = [1, 2, 5, 10]


@dataclass(frozen=True)
class Panel:
    """Axes of the page: x from left to right and y from bottom to top, in the picture's own coordinates."""

    top: float
    bottom: float
    left: float
    right: float
    low: float
    high: float

    @classmethod
    def of(
        cls, place: tuple[float, float], window: tuple[float, float], seen: Sample, level: float | None = None
    ) -> Self:
        """The panel that shows a sample, with some air, and a level if one is asked for."""
        low, high = seen.window
        if level is not None:
            low, high = min(low, level), max(high, level)
        air = 0.12 * (high - low)
        return cls(*place, *window, low - air, high + air)

    def across(self, x: Any) -> Any:
        """Where an x lies in the picture."""
        return LEFT + (x - self.left) / (self.right - self.left) * (RIGHT - LEFT)

    def up(self, y: Any) -> Any:
        """Where a y lies in the picture."""
        return self.bottom - (y - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def as_dict(self) -> dict[str, float]:
        """The numbers by name, for the script."""
        return asdict(self)


def scenery(panels: tuple[Panel, Panel], seen: Sample, slope: Sample, graph: Graph) -> str:
    """The two panels with their curves and names."""
    names = graph.name.text, graph.slope_name.text
    parts: list[str] = []
    for index, (panel, what, name) in enumerate(zip(panels, (seen, slope), names, strict=True)):
        kind = ("curve", "slope")[index]
        parts += _axes(panel, last=index == 1)
        parts.append(f'<clipPath id="{kind}-box"><path d="{_box(panel)}"/></clipPath>')
        parts += [
            f'<path class="pole" d="M{panel.across(pole):.1f} {panel.top:g}V{panel.bottom:g}"/>' for pole in what.poles
        ]
        parts.append(f'<path class="{kind}" clip-path="url(#{kind}-box)" d="{track(panel, what)}"/>')
        parts.append(f'<text class="name" x="{LEFT + 6:g}" y="{panel.top - 12:g}">{escape(name)}</text>')
    variable = escape(graph.variable.text)
    parts.append(f'<text class="name" x="{(LEFT + RIGHT) / 2:g}" y="{HEIGHT - 8:g}">{variable}</text>')
    return "\n".join(parts)


def _box(panel: Panel) -> str:
    return f"M{LEFT:g} {panel.top:g}H{RIGHT:g}V{panel.bottom:g}H{LEFT:g}z"


def track(panel: Panel, seen: Sample) -> str:
    """A curve as an SVG path to a tenth of a unit, broken where the sample is, without points that add nothing."""
    words, down, last = [], False, (np.nan, np.nan)
    for x, y in zip(panel.across(seen.x), panel.up(seen.y), strict=True):
        if not np.isfinite(y):
            down = False
            continue
        here = (round(float(x), 1), round(float(y), 1))
        if down and here == last:
            continue
        words.append(f"{'L' if down else 'M'}{here[0]:g} {here[1]:g}")
        down, last = True, here
    return "".join(words)


def _axes(panel: Panel, *, last: bool) -> Iterator[str]:
    """Grid lines with their figures, and the two axes."""
    for x in MaxNLocator(11, steps=_ROUND).tick_values(panel.left, panel.right):
        if panel.left <= x <= panel.right:
            at = panel.across(x)
            yield f'<path class="grid" d="M{at:.1f} {panel.top:g}V{panel.bottom:g}"/>'
            if last:
                yield f'<text class="tick" x="{at:.1f}" y="{panel.bottom + 19:g}">{number(float(x), 4)}</text>'
    for y in MaxNLocator(5 if last else 7, steps=_ROUND).tick_values(panel.low, panel.high):
        if panel.low <= y <= panel.high:
            at = panel.up(y)
            yield f'<path class="grid" d="M{LEFT:g} {at:.1f}H{RIGHT:g}"/>'
            yield f'<text class="tick side" x="{LEFT - 8:g}" y="{at + 5:.1f}">{number(float(y), 4)}</text>'
    yield f'<path class="axis" d="M{LEFT:g} {panel.top:g}V{panel.bottom:g}H{RIGHT:g}"/>'
    if panel.low < 0 < panel.high and last:
        yield f'<path class="axis" d="M{LEFT:g} {panel.up(0.0):.1f}H{RIGHT:g}"/>'
