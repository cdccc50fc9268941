"""The interactive page: one HTML file that needs no network and no server, to drag the ball and to change the rate.

Python draws what never changes (axes, curve, slope, derivation) and writes the formula as a function of JavaScript; the
script in `page.js` moves the ball. The content security policy allows exactly this script and this style, by their
hashes, and nothing from anywhere else.
"""

import base64
import hashlib
import html
import json
import math
import os
from importlib.resources import files
from typing import Any

import numpy as np

from symgrad.calculus import derive
from symgrad.document import Math
from symgrad.errors import UsageError
from symgrad.files import output_path, write
from symgrad.formula import Formula, as_formula
from symgrad.plot.curves import Window, describe
from symgrad.plot.features import critical_points
from symgrad.plot.graph import Graph
from symgrad.plot.labels import number
from symgrad.plot.pages.scenery import ABOVE, BELOW, Panel, scenery
from symgrad.plot.picture import Picture
from symgrad.plot.sampling import sample
from symgrad.program import compile as compile_formula
from symgrad.program.backends.javascript import source
from symgrad.render import html as render_html
from symgrad.render.html import CSS
from symgrad.syntax.tree import Apply, Compare, Symbol


def page(
    formula: Any,
    path: str | os.PathLike[str],
    *,
    start: float | None = None,
    rate: float = 0.5,
    window: Window = (-5.0, 5.0),
    title: str = "",
    overwrite: bool = False,
) -> Picture:
    """Write an interactive page of a formula: derivation, curve and slope, a ball to drag, a learning rate to turn.

    Args:
        formula: a formula in one variable, or a text.
        path: a .html file.
        start: where the ball lies at first; by default three quarters along the window.
        rate: the learning rate at first.
        window: the ends of the x-axis.
        title: the heading; by default "Gradient descent".
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The page, with alt text that says what it shows.

    Raises:
        OutputError: the file cannot be written there.
        UsageError: the formula has more than one variable, or no value at the start.
    """
    place = output_path(path, suffixes=(".html",), overwrite=overwrite)
    formula = as_formula(formula)
    graph = Graph.of(formula)
    if not rate > 0:
        raise UsageError(f"A learning rate is a positive number, not {rate:g}.", hint="For example rate=0.5.")
    start = window[0] + 0.75 * (window[1] - window[0]) if start is None else float(start)
    if not window[0] <= start <= window[1] or not np.isfinite(graph.at(start)[0]):
        raise UsageError(
            f"The ball cannot lie at {start:g}: outside of the picture, or no value.", hint="Choose a start."
        )
    content = _composed(formula, graph, window, start, rate, title or "Gradient descent")
    return Picture(write(place, content, overwrite=overwrite), _alt(graph, window))


def _composed(formula: Formula, graph: Graph, window: Window, start: float, rate: float, title: str) -> str:
    """The file: the template with every part put in, escaped for its place."""
    name = formula.names[0] if formula.names else "x"
    seen, slope = sample(graph.value, *window), sample(graph.slope, *window)
    panels = Panel.of(ABOVE, window, seen), Panel.of(BELOW, window, slope, level=0.0)
    function = source(compile_formula(Formula(formula, variables=(name,)), order=1).program, "f")
    script = f"{function}\n{_part('page.js')}"
    look = CSS + _part("page.css")
    settings = {
        "start": start, "rate": rate, "variable": graph.variable.text,
        "x": list(window), "panels": [panel.as_dict() for panel in panels],
    }  # fmt: skip
    parts = {
        "TITLE": html.escape(title),
        "POLICY": f"default-src 'none'; style-src '{_hash(look)}'; script-src '{_hash(script)}'; img-src data:",
        "STYLE": look,
        "VARIABLE": html.escape(graph.variable.text),
        "NAME": html.escape(graph.name.text),
        "SLOPE": html.escape(graph.slope_name.text),
        "FORMULA": render_html(Math(Compare("=", Apply("f", Symbol(name)), formula.tree))),
        "DERIVATION": "\n".join(render_html(block) for block in derive(formula, name).blocks()),
        "ALT": html.escape(_alt(graph, window)),
        "SCENERY": scenery(panels, seen, slope, graph),
        "RATE": f"{rate:g}",
        "LEAST": f"{10.0 ** (math.floor(math.log10(rate)) - 1):g}",  # also the step of the slider
        "MOST": f"{4 * rate:g}",
        "SETTINGS": json.dumps(settings).replace("<", "\\u003c"),
        "SCRIPT": script,
    }
    text = _part("page.html")
    pieces = text.split("%%")  # every second piece is the name of a part: what is put in is never looked at again
    return "".join(parts[piece] if index % 2 else piece for index, piece in enumerate(pieces))


def _part(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a content security policy names one script or style that may be used."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _alt(graph: Graph, window: Window) -> str:
    seen, slope = sample(graph.value, *window), sample(graph.slope, *window)
    told = describe(graph, window, seen, slope, critical_points(graph, seen, slope))
    return f"{told} A ball can be moved along the curve from {number(window[0])} to {number(window[1])}."
