"""A network as one draws it on the board: circles in columns, an arrow for every connection.

Wide layers are shortened in the middle, with dots; what is left out is said.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from symgrad.errors import UsageError
from symgrad.plot import style
from symgrad.plot.curves import entitle
from symgrad.plot.labels import Label, as_label
from symgrad.plot.picture import Picture, save, target

TALLEST = 8  # circles of a column; of wider layers the first and last few are drawn
RADIUS = 0.3


@dataclass(frozen=True)
class _Place:
    """A node of a layer and where it is drawn."""

    layer: int
    node: int
    x: float
    y: float


def network(
    layers: Sequence[int],
    path: str | os.PathLike[str],
    *,
    nodes: Mapping[tuple[int, int], Label | str] | None = None,
    connections: Mapping[tuple[int, int, int], Label | str] | None = None,
    captions: Sequence[Label | str] | None = None,
    title: Label | str = "",
    overwrite: bool = False,
) -> Picture:
    """Draw a network of fully connected layers.

    Args:
        layers: how many nodes each layer has, inputs first; (1, 1) is the smallest perceptron.
        path: a .png, .svg or .pdf file.
        nodes: what stands in a circle, by (layer, node).
        connections: what stands at an arrow, by (layer, node, node of the next layer).
        captions: what stands under each layer; by default input, hidden and output.
        title: what stands above.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The picture, with alt text that counts nodes and connections and gives the labels.

    Raises:
        OutputError: the file cannot be written there.
        UsageError: fewer than two layers, or an empty one.
    """
    place = target(path, overwrite=overwrite)
    if len(layers) < 2 or any(int(n) < 1 for n in layers):
        raise UsageError("A network needs at least two layers of at least one node.", hint="For example (4, 8, 3).")
    nodes, connections = dict(nodes or {}), dict(connections or {})
    captions = captions or ["input", *["hidden"] * (len(layers) - 2), "output"]
    heading = as_label(title)
    with style.drawing():
        columns = [_column(layer, count, len(layers)) for layer, count in enumerate(layers)]
        tall = max(len(column) for column in columns)
        height = style.HEIGHT * (0.5 if tall == 1 else 0.75 if tall < 4 else 1.0)
        figure = Figure(figsize=(style.WIDTH, height), layout="constrained")
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_aspect("equal")
        for layer in range(len(layers) - 1):
            _connect(axes, columns[layer], columns[layer + 1], connections)
        for column in columns:
            _circles(axes, column, nodes, layers[column[0].layer])
        low = min(p.y for column in columns for p in column)
        for column, caption in zip(columns, captions, strict=True):
            words = as_label(caption).shown()
            axes.text(column[0].x, low - 0.62, words, ha="center", va="top", fontsize=style.NORMAL, color=style.MUTED)
        high = max(p.y for column in columns for p in column)
        axes.set_xlim(columns[0][0].x - 0.8, columns[-1][0].x + 0.8)
        axes.set_ylim(low - 1.0, high + 0.5)
        if heading.text:
            entitle(axes, heading, centred=True)
        return save(
            figure, place, heading.text or "A network", _describe(layers, nodes, connections), overwrite=overwrite
        )


def _column(layer: int, count: int, columns: int) -> list[_Place]:
    """The places of a layer, from top to bottom; of a wide one the first few and the last."""
    shown = list(range(count)) if count <= TALLEST else [*range(TALLEST - 2), count - 1]
    spread = max(2.6, 5.2 / (columns - 1)) if columns > 2 else 2.9
    rows = [float(k) for k in range(len(shown))]
    if count > TALLEST:
        rows[-1] += 0.75  # room for the dots
    top = rows[-1] / 2
    return [_Place(layer, node, layer * spread, 0.86 * (top - row)) for node, row in zip(shown, rows, strict=True)]


def _connect(
    axes: Any, left: list[_Place], right: list[_Place], labels: Mapping[tuple[int, int, int], Label | str]
) -> None:
    """An arrow from every circle to every circle of the next column; many are thin and grey."""
    many = len(left) * len(right)
    wide, colour, head = (
        (2.6, style.INK, 22) if many == 1 else (1.6, style.MUTED, 14) if many <= 12 else (0.7, "#9aa4ab", 7)
    )
    for a in left:
        for b in right:
            length = ((b.x - a.x) ** 2 + (b.y - a.y) ** 2) ** 0.5
            along = ((b.x - a.x) / length, (b.y - a.y) / length)
            start = (a.x + RADIUS * along[0], a.y + RADIUS * along[1])
            stop = (b.x - RADIUS * along[0], b.y - RADIUS * along[1])
            axes.add_patch(
                FancyArrowPatch(
                    start,
                    stop,
                    arrowstyle="-|>",
                    mutation_scale=head,
                    linewidth=wide,
                    color=colour,
                    shrinkA=0,
                    shrinkB=1,
                )
            )
            label = labels.get((a.layer, a.node, b.node))
            if label is not None:
                part = 0.5 if many == 1 else 0.36
                at = (start[0] + part * (stop[0] - start[0]), start[1] + part * (stop[1] - start[1]))
                axes.annotate(
                    as_label(label).shown(), at, xytext=(0, 9 if many == 1 else 0), textcoords="offset points",
                    ha="center", va="bottom" if many == 1 else "center", color=style.pen(1).colour,
                    fontsize=style.LARGE + 4 if many == 1 else style.NORMAL, zorder=4,
                    bbox={"boxstyle": "square,pad=0.12", "fc": style.PAPER, "ec": "none"},
                )  # fmt: skip


def _circles(axes: Any, column: list[_Place], labels: Mapping[tuple[int, int], Label | str], count: int) -> None:
    fill = {0: "#e3eef6"}.get(column[0].layer, "#fdf0e6")
    for place in column:
        axes.add_patch(Circle((place.x, place.y), RADIUS, facecolor=fill, edgecolor=style.INK, linewidth=1.8, zorder=3))
        label = labels.get((place.layer, place.node))
        if label is not None:
            axes.text(
                place.x, place.y, as_label(label).shown(), ha="center", va="center", fontsize=style.LARGE, zorder=4
            )
    if count > TALLEST:
        middle = (column[-2].y + column[-1].y) / 2
        axes.text(column[0].x, middle, "⋮", ha="center", va="center", fontsize=style.LARGE + 4, zorder=4)


def _describe(
    layers: Sequence[int],
    nodes: Mapping[tuple[int, int], Label | str],
    connections: Mapping[tuple[int, int, int], Label | str],
) -> str:
    def counted(count: int, what: str) -> str:
        return f"{count} {what}{'s' if count != 1 else ''}"

    total = sum(a * b for a, b in pairwise(layers))
    middle = "".join(f", {counted(n, 'hidden node')}" for n in layers[1:-1])
    words = [
        f"A network with {counted(layers[0], 'input node')}{middle} and {counted(layers[-1], 'output node')}; "
        f"every node is connected to every node of the next layer, {counted(total, 'connection')} in all."
    ]
    if total == 1:
        words = ["A network of two circles and an arrow: one input node, one output node and one connection."]
    if nodes:
        words.append(f"In the circles: {', '.join(as_label(v).text for v in nodes.values())}.")
    if connections:
        words.append(f"At the arrows: {', '.join(as_label(v).text for v in connections.values())}.")
    return " ".join(words)
