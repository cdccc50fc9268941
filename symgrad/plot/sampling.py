"""Where to look at a function so that its picture is true: jumps, poles and edges found, steep parts seen closely.

Takes a vectorised function and an interval, returns points in order with a gap (NaN) wherever no line may be drawn.
Nothing here knows how a picture looks, or what formula stands behind the function.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from symgrad.errors import UsageError

Array = npt.NDArray[np.float64]
Values = Callable[[Array], Array]
Pair = tuple[int, int]

COARSE, FINEST, ROUNDS = 601, 8_000, 7
LARGEST = 1e150  # what is larger has no place on a picture, and its differences might overflow
_BISECTIONS = 60


@dataclass(frozen=True)
class Sample:
    """A function seen at points: x and y with NaN where the line is broken; the places of jumps and of poles."""

    x: Array
    y: Array
    jumps: tuple[float, ...]
    poles: tuple[float, ...]
    window: tuple[float, float]


def evaluate(function: Values, x: Array) -> Array:
    """The values as floats of the shape of x, NaN or infinite where the function has none that can be drawn."""
    with np.errstate(all="ignore"):
        y = np.asarray(function(x))
    if np.iscomplexobj(y):
        y = np.where(y.imag == 0, y.real, np.nan)
    values = np.array(np.broadcast_to(y, x.shape), dtype=np.float64)
    values[np.abs(values) > LARGEST] = np.inf
    return values


def sample(function: Values, lower: float, upper: float) -> Sample:
    """Points of the graph between two bounds, dense where it bends, broken where it jumps, has a pole or is undefined.

    Raises:
        UsageError: the bounds are no interval, or the function has no value in it.

    >>> seen = sample(lambda x: 1 / x, -2, 2)
    >>> seen.poles, seen.jumps
    ((0.0,), ())
    """
    if not (np.isfinite(lower) and np.isfinite(upper) and lower < upper):
        raise UsageError(f"From {lower} to {upper} is no interval.", hint="Give a lower bound below the upper one.")
    x = grid(lower, upper)
    y = evaluate(function, x)
    if not np.isfinite(y).any():
        raise UsageError(
            f"The function has no finite value between {lower:g} and {upper:g}.", hint="Choose another interval."
        )
    coarse = y
    x, y = _refine(function, x, y)
    x, y, breaks, edges = _tears(
        function, *_tears(function, x, y)[:2]
    )  # twice: a tear may have a point of its own inside
    largest = np.abs(coarse[np.isfinite(coarse)]).max()
    runaway = [pair for pair in (*breaks, *edges) if max(abs(y[i]) for i in pair if np.isfinite(y[i])) > 1e6 * largest]
    even = _even_poles(function, x, y, 1e6 * largest)
    window = view(coarse, y, runs_away=bool(runaway or even))
    height = window[1] - window[0]
    places = {pair: _tidy((x[pair[0]] + x[pair[1]]) / 2, upper - lower) for pair in (*breaks, *edges)}
    jumps = tuple(sorted({places[pair] for pair in breaks if pair not in runaway}))
    even = [_tidy(place, upper - lower) for place in even]
    poles = _apart([*even, *(places[pair] for pair in runaway)], function, 1e-4 * (upper - lower))
    cuts = np.unique([*np.searchsorted(x, [x[left] for left, _ in breaks], "right"), *np.searchsorted(x, even)]).astype(
        int
    )
    x, y = np.insert(x, cuts, x[cuts]), np.insert(y, cuts, np.nan)
    y = np.where(np.isfinite(y), np.clip(y, window[0] - 4 * height, window[1] + 4 * height), np.nan)
    return Sample(x, y, jumps, poles, window)


def grid(lower: float, upper: float, points: int = COARSE) -> Array:
    """Both ends and evenly spaced points between, off the round numbers at which kinks and poles like to lie."""
    inner = (np.arange(points - 2) + 0.382) / (points - 2)
    return np.concatenate([[lower], lower + (upper - lower) * inner, [upper]])


def _tidy(x: float, width: float) -> float:
    """The place of a tear without the noise of bisection."""
    return 0.0 if abs(x) < 1e-12 * width else float(f"{x:.12g}")


def _refine(function: Values, x: Array, y: Array) -> tuple[Array, Array]:
    """Halve the intervals where the polyline would be seen to have corners, a few rounds."""
    low, high = np.percentile(y[np.isfinite(y)], [2, 98])
    scale, width = max(high - low, 1e-300), x[-1] - x[0]
    for _ in range(ROUNDS):
        step = np.diff(x)
        with np.errstate(all="ignore"):
            bend = np.abs(np.diff(np.diff(y) / step)) * np.minimum(step[:-1], step[1:]) / scale
        corner = ~(bend < 2e-4)  # NaN counts as a corner: the edge of the domain is near
        split = np.zeros(len(step), dtype=bool)
        split[:-1] |= corner
        split[1:] |= corner
        split &= (step > 1e-6 * width) & (np.isfinite(y[:-1]) | np.isfinite(y[1:]))
        if not split.any() or len(x) + split.sum() > FINEST:
            break
        middle = (x[:-1][split] + x[1:][split]) / 2
        place = np.flatnonzero(split) + 1
        x, y = np.insert(x, place, middle), np.insert(y, place, evaluate(function, middle))
    return x, y


def _tears(function: Values, x: Array, y: Array) -> tuple[Array, Array, list[Pair], list[Pair]]:
    """Find by bisection where the graph is torn: the graph with both sides of each tear, tears and edges as pairs.

    An interval over which the value leaps is halved towards the larger leap; what still leaps when the interval is as
    small as numbers allow is a tear, what has become continuous was only steep. The edge of the domain is found alike.
    """
    finite = np.isfinite(y)
    low, high = np.percentile(y[finite], [2, 98])
    leap = np.abs(np.diff(np.where(finite, y, 0.0))) > 0.01 * max(high - low, 1e-300)
    where = np.flatnonzero((finite[:-1] & finite[1:] & leap) | (finite[:-1] != finite[1:]))
    a, b, ya, yb = x[where], x[where + 1], y[where], y[where + 1]
    before = np.abs(yb - ya)
    for _ in range(_BISECTIONS):
        middle = (a + b) / 2
        y_middle = evaluate(function, middle)
        left = _leap(ya, y_middle) >= _leap(y_middle, yb)
        a, ya = np.where(left, a, middle), np.where(left, ya, y_middle)
        b, yb = np.where(left, middle, b), np.where(left, y_middle, yb)
    edge = np.isfinite(ya) != np.isfinite(yb)
    with np.errstate(all="ignore"):
        torn = ~edge & (np.abs(yb - ya) > 0.3 * before)
    keep = edge | torn
    points = np.concatenate([x, a[keep], b[keep]])
    order = np.argsort(points, kind="stable")
    rank = np.empty(len(points), dtype=int)
    rank[order] = np.arange(len(points))
    values = np.concatenate([y, ya[keep], yb[keep]])[order]
    left_side, right_side = rank[len(x) : len(x) + keep.sum()], rank[len(x) + keep.sum() :]
    pairs = sorted(zip(left_side.tolist(), right_side.tolist(), torn[keep].tolist(), strict=True))
    return (
        points[order],
        values,
        [(left, right) for left, right, is_torn in pairs if is_torn],
        [(left, right) for left, right, is_torn in pairs if not is_torn],
    )


def _even_poles(function: Values, x: Array, y: Array, huge: float) -> list[float]:
    """Poles with the same sign on both sides, at which no leap is seen: peaks of |y| that grow without end."""
    size = np.where(np.isnan(y), -1.0, np.abs(y))
    peak = 1 + np.flatnonzero((size[1:-1] >= size[:-2]) & (size[1:-1] >= size[2:]) & (size[1:-1] > huge * 1e-6))
    a, b = x[peak - 1], x[peak + 1]
    for _ in range(2 * _BISECTIONS if len(peak) else 0):
        p, q = a + (b - a) / 3, b - (b - a) / 3
        at_p, at_q = np.abs(evaluate(function, p)), np.abs(evaluate(function, q))
        left = ~(np.nan_to_num(at_p, nan=np.inf) < np.nan_to_num(at_q, nan=np.inf))
        a, b = np.where(left, a, p), np.where(left, q, b)
    height = np.abs(evaluate(function, (a + b) / 2))
    return [float(place) for place in ((a + b) / 2)[~(height < huge)]]


def _apart(places: list[float], function: Values, distance: float) -> tuple[float, ...]:
    """The places where |f| is largest; what lies as near to one of them as `distance` is its flank."""
    height = np.nan_to_num(np.abs(evaluate(function, np.array(places, dtype=np.float64))), nan=np.inf)
    kept: list[float] = []
    for index in np.argsort(-height, kind="stable"):
        if all(abs(places[index] - other) > distance for other in kept):
            kept.append(places[index])
    return tuple(sorted(kept))


def _leap(left: Array, right: Array) -> Array:
    """How far apart two values are; a value beside none is the widest leap, none beside none is no leap."""
    both = np.isfinite(left) & np.isfinite(right)
    one = np.isfinite(left) != np.isfinite(right)
    with np.errstate(all="ignore"):
        return np.where(both, np.abs(right - left), np.where(one, np.inf, -1.0))


def peak(function: Values, seen: Sample, sign: float) -> tuple[float, float]:
    """The place and value of the largest (sign 1) or smallest (sign −1) value seen, sharpened by golden section.

    >>> place, value = peak(np.cos, sample(np.cos, -1, 2), 1)
    >>> round(place, 6), value
    (0.0, 1.0)
    """
    finite = np.flatnonzero(np.isfinite(seen.y))
    best = int(np.argmax(sign * seen.y[finite]))
    a, b = (float(seen.x[finite[min(max(best + step, 0), len(finite) - 1)]]) for step in (-1, 1))
    for _ in range(60):
        p, q = a + 0.382 * (b - a), a + 0.618 * (b - a)
        at_p, at_q = sign * evaluate(function, np.array([p, q]))
        a, b = (a, q) if at_p > at_q else (p, b) if at_p < at_q else (p, q)
    middle, at = (a + b) / 2, float(seen.x[finite[best]])
    values = evaluate(function, np.array([middle, at]))
    place, value = (middle, values[0]) if sign * values[0] >= sign * values[1] else (at, values[1])
    return _tidy(place, 1e4 * (seen.x[-1] - seen.x[0])), float(value)


def view(even: Array, all_values: Array | None = None, *, runs_away: bool = False) -> tuple[float, float]:
    """The range of values to show: all of them, unless they run away near a pole or over orders of magnitude.

    Args:
        even: the values at evenly spaced points, which tell what is common and what is rare.
        all_values: further values; those just outside are let in, since the ends of a domain lie between even points.
        runs_away: whether a pole is known.

    >>> view(np.array([0.0, 1.0, 4.0])), view(np.array([2.0, 2.0]))
    ((0.0, 4.0), (1.0, 3.0))
    """
    even = even[np.isfinite(even)]
    low, high = float(even.min()), float(even.max())
    inner_low, inner_high = (float(v) for v in np.percentile(even, [10, 90]))
    inner = max(inner_high - inner_low, 1e-300)
    if high - low > (3 if runs_away else 40) * inner:
        low, high = max(low, inner_low - 0.4 * inner), min(high, inner_high + 0.4 * inner)
    elif all_values is not None:
        room = 0.25 * (high - low)
        near = all_values[(all_values > low - room) & (all_values < high + room)]
        low, high = min([low, *near]), max([high, *near])
    if high - low <= 1e-12 * max(abs(low), abs(high)):  # a constant
        room = 0.5 * (abs(high) or 1.0)
        return low - room, high + room
    return float(low), float(high)
