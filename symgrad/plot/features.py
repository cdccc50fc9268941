"""What a reader should notice on a curve: its critical points, and the sentence that says how it goes.

Found from values alone, inside a window; exact critical points are the business of `symgrad.descent.landscape`.
"""

from dataclasses import dataclass

import numpy as np

from symgrad.plot.graph import Graph
from symgrad.plot.labels import number
from symgrad.plot.sampling import Array, Sample, evaluate, grid

MANY = 6  # critical points; more are counted, not listed
_WORDS = {
    "minimum": "a minimum of {y} at {name} = {x}",
    "maximum": "a maximum of {y} at {name} = {x}",
    "shelf": "a shelf of zero slope at {name} = {x}, height {y}",
}


@dataclass(frozen=True)
class Critical:
    """A point where the slope is zero or changes sign: 'minimum', 'maximum' or 'shelf'."""

    x: float
    y: float
    kind: str


def critical_points(graph: Graph, seen: Sample, slope: Sample) -> tuple[Critical, ...]:
    """Where the slope changes sign or touches zero, inside the window, from left to right."""
    lower, upper = float(seen.x[0]), float(seen.x[-1])
    x = np.union1d(grid(lower, upper, 1201), (lower + upper) / 2)
    s = evaluate(graph.slope, x)
    broken = np.array([*seen.jumps, *seen.poles])
    size = float(np.nanmax(np.abs(s[np.isfinite(s)]), initial=0.0))
    size = min(size, float(np.ptp(slope.window)))
    places = _merged([*_sign_changes(graph, x, s), *_touching(graph, x, s, size)], 1e-6 * (upper - lower))
    found = []
    for place in (_tidy(graph, place, upper - lower) for place in places):
        if len(broken) and np.abs(broken - place).min() < 1e-6 * (upper - lower):
            continue
        value = graph.at(place)[0]
        reach = 1e-3 * (upper - lower)
        before, after = np.sign(evaluate(graph.slope, np.array([place - reach, place + reach])))
        if not np.isfinite([value, before, after]).all() or before * after == 0:  # a whole flat stretch is no point
            continue
        kind = "minimum" if before < after else "maximum" if before > after else "shelf"
        found.append(Critical(place, value, kind))
    return tuple(found)


def _merged(places: list[float], near: float) -> list[float]:
    merged: list[float] = []
    for place in sorted(places):
        if not merged or place - merged[-1] > near:
            merged.append(place)
    return merged


def _sign_changes(graph: Graph, x: Array, s: Array) -> list[float]:
    """Bisection in every interval over which the slope changes its sign; a slope of exactly zero is itself a place."""
    with np.errstate(invalid="ignore"):
        where = np.flatnonzero(s[:-1] * s[1:] < 0)
    a, b, low = x[where], x[where + 1], np.sign(s[where])
    for _ in range(60):
        middle = (a + b) / 2
        same = np.sign(evaluate(graph.slope, middle)) == low
        a, b = np.where(same, middle, a), np.where(same, b, middle)
    zeros = x[1:-1][(s[1:-1] == 0) & (s[:-2] != 0) & (s[2:] != 0)]
    return [*((a + b) / 2).tolist(), *zeros.tolist()]


def _touching(graph: Graph, x: Array, s: Array, size: float) -> list[float]:
    """Places where the slope comes down to zero and goes back: the smallest |slope| in a valley of |slope|."""
    steep = np.abs(s)
    valley = 1 + np.flatnonzero((steep[1:-1] <= steep[:-2]) & (steep[1:-1] < steep[2:]) & (steep[1:-1] < 0.05 * size))
    a, b = x[valley - 1], x[valley + 1]
    for _ in range(90 if len(valley) else 0):
        p, q = a + 0.382 * (b - a), a + 0.618 * (b - a)
        left = np.abs(evaluate(graph.slope, p)) <= np.abs(evaluate(graph.slope, q))
        a, b = np.where(left, a, p), np.where(left, q, b)
    place = (a + b) / 2
    flat = np.abs(evaluate(graph.slope, place)) < 1e-9 * size
    return place[flat].tolist()  # type: ignore[no-any-return]


def _tidy(graph: Graph, place: float, width: float) -> float:
    """The place rounded where the slope there is no steeper: the search ends in the noise around a round number."""
    digits = int(np.ceil(6 - np.log10(width)))
    rounded = round(place, digits) + 0.0
    exact, near = np.abs(evaluate(graph.slope, np.array([place, rounded])))
    return place if near > exact else rounded


def course(graph: Graph, seen: Sample, critical: tuple[Critical, ...]) -> str:
    """How the curve goes, in words: ends, critical points, jumps and poles.

    >>> from symgrad.plot.sampling import sample
    >>> square = Graph(lambda x: x**2, lambda x: 2 * x)
    >>> course(square, sample(square.value, -1, 2), (Critical(0, 0, "minimum"),))
    'It goes from 1 at x = −1 to 4 at x = 2. It has a minimum of 0 at x = 0.'
    """
    name = graph.variable.text
    shown = np.flatnonzero(np.isfinite(seen.y))
    ends = [_end(graph, seen, float(seen.x[i])) for i in (shown[0], shown[-1])]
    sentences = [f"It goes from {ends[0]} to {ends[1]}."]
    if 0 < len(critical) <= MANY:
        each = [_WORDS[c.kind].format(y=number(c.y), name=name, x=number(c.x)) for c in critical]
        sentences.append(f"It has {listed(each, '; ')}.")
    elif critical:
        sentences.append(f"It has {len(critical)} critical points.")
    for word, places in (("jumps", seen.jumps), ("has a pole" if len(seen.poles) == 1 else "has poles", seen.poles)):
        if places:
            where = listed([number(p) for p in places[:MANY]]) + (" and further on" if len(places) > MANY else "")
            sentences.append(f"It {word} at {name} = {where}.")
    return " ".join(sentences)


def _end(graph: Graph, seen: Sample, place: float) -> str:
    """Value and place of one end of the curve; beside a pole the value has no end."""
    value, near = graph.at(place)[0], 1e-9 * (seen.x[-1] - seen.x[0])
    poles = [pole for pole in seen.poles if abs(pole - place) < near]
    value, place = (
        (float(np.copysign(np.inf, value)), poles[0]) if poles else (value, place if abs(place) > near else 0.0)
    )
    return f"{number(value)} at {graph.variable.text} = {number(place)}"


def listed(parts: list[str], comma: str = ", ") -> str:
    """The parts with commas and an 'and'.

    >>> listed(["1"]), listed(["1", "2", "3"])
    ('1', '1, 2 and 3')
    """
    return parts[0] if len(parts) == 1 else f"{comma.join(parts[:-1])} and {parts[-1]}"
