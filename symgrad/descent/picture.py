"""A run as a picture: which one fits, and the arrays for it. The drawing is done by the plot room."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from symgrad import plot
from symgrad.descent.curvature import curvatures, predicted_rate
from symgrad.descent.figures import number
from symgrad.descent.problem import Problem
from symgrad.descent.record import Record
from symgrad.errors import UsageError

KINDS = ("auto", "path", "convergence", "animation")
_MOVING = (".gif", ".webp", ".mp4", ".apng")


def picture(run: Record, path: str | os.PathLike[str], *, kind: str = "auto", **options: Any) -> plot.Picture:
    """The path on the curve (one variable) or the contours (two), or value and slope over the steps (more variables).

    Args:
        run: the run.
        path: the file; its ending says the format, .gif, .webp and .mp4 give an animation.
        kind: "path", "convergence", "animation", or "auto".
        options: what the function of the plot room takes: window, title, overwrite, ….
    """
    if kind not in KINDS:
        raise UsageError(f"I can't draw {kind!r} of a run.", hint=f"Kinds: {', '.join(KINDS)}.")
    if kind == "animation" or (kind == "auto" and os.fspath(path).lower().endswith(_MOVING)):
        return _animation(run, path, options)
    count = len(run.names)
    if kind == "convergence" or (kind == "auto" and count > 2):
        return plot.convergence(progress(run), path, **options)
    points = _on_the_graph(run)
    if count == 1:
        numbers = [int(k) for k in run.kept[: len(points)]] if run.thinned else None
        return plot.descent_on_curve(_graph(run), points[:, 0], path, numbers=numbers, **options)
    if count == 2:
        steps = {run.rule: run.kept[: len(points)]}
        return plot.contour(_surface(run), {run.rule: points}, path, numbers=steps, **options)
    raise UsageError(f"A path in {count} variables can't be drawn.", hint='Use kind="convergence".')


def race(runs: Any, path: str | os.PathLike[str], *, kind: str = "auto", **options: Any) -> plot.Picture:
    """Several runs of one formula in one picture, named by their rules.

    Args:
        runs: the runs, or a mapping from names to them.
        path: the file.
        kind: "path" (two variables), "convergence", or "auto".
        options: what the function of the plot room takes.
    """
    named = dict(runs) if hasattr(runs, "items") else {run.rule: run for run in runs}
    if not named:
        raise UsageError("A race needs at least one run.")
    first = next(iter(named.values()))
    if kind == "path" or (kind == "auto" and len(first.names) == 2):
        paths = {name: _on_the_graph(run) for name, run in named.items()}
        numbers = {name: run.kept[: len(paths[name])] for name, run in named.items()}
        return plot.contour(_surface(first), paths, path, numbers=numbers, **options)
    return plot.convergence({name: progress(run) for name, run in named.items()}, path, **options)


def progress(run: Record) -> plot.Progress:
    """Value and slope at each iterate, with the predicted fall of the value where the rule allows to predict it."""
    predicted, words = _prediction(run)
    return plot.Progress(run.values, run.slopes, run.kept, predicted, words)


def _prediction(run: Record) -> tuple[Any, str]:
    """f − f* shrinks by the square of the rate at which the distance does, drawn through the last point but a few."""
    rule, problem = run.settings.get("update"), run.settings.get("problem")
    if rule is None or problem is None or len(run.rates) < 4 or len(set(run.rates.tolist())) > 1:
        return None, ""
    values = curvatures(problem, run.best.point)
    if values is None or values[0] <= 1e-9 * max(1.0, float(values[-1])):
        return None, ""
    rate = predicted_rate(rule, float(run.rates[-1]), values)
    above = run.values - run.best.value
    anchors = np.flatnonzero(above > 1e-12 * max(1.0, abs(run.best.value)))
    if rate is None or not 0 < rate < 1 or len(anchors) < 2:
        return None, ""
    anchor = anchors[len(anchors) // 2]
    return above[anchor] * rate ** (2.0 * (run.kept - run.kept[anchor])), f"{number(rate)}² a step"


def _problem(run: Record) -> Problem:
    found: Problem | None = run.settings.get("problem")
    return found if found is not None else Problem.of(run.formula, run.names)


def _graph(run: Record) -> Any:
    problem = _problem(run)
    if problem.columns is None:
        return plot.Graph.of(run.formula)
    return plot.Graph(
        value=np.vectorize(lambda x: problem.at(np.array([x])).value, otypes=[float]),
        slope=np.vectorize(lambda x: problem.at(np.array([x])).gradient[0], otypes=[float]),
    )


def _surface(run: Record) -> Any:
    problem = _problem(run)
    if problem.columns is None and run.formula.names == run.names:
        return plot.Surface.of(run.formula)
    return plot.Surface(value=np.vectorize(lambda x, y: problem.value(np.array([x, y])), otypes=[float]))


def _animation(run: Record, path: str | os.PathLike[str], options: dict[str, Any]) -> plot.Picture:
    if len(run.names) != 1:
        raise UsageError("The ball rolls on a curve of one variable.", hint="Draw the path as a picture instead.")
    return plot.animate(_graph(run), _on_the_graph(run)[:, 0], path, **options)


def _on_the_graph(run: Record) -> Any:
    """The points at which there is a value to draw; a run that left the domain ends before."""
    finite = np.all(np.isfinite(run.points), axis=1)
    drawn = finite & np.isfinite(run.values)
    return run.points[drawn if drawn.any() else finite]
