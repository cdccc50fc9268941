"""How fast a run came near its end, measured and predicted, and what would be faster: a part of the explanation."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from symgrad.descent.curvature import curvatures, predicted_rate
from symgrad.descent.figures import MINUS, counted, fraction, number
from symgrad.descent.problem import Problem, Vector
from symgrad.descent.record import Record
from symgrad.descent.stop import Stop
from symgrad.descent.sublinear import SlowMinimum, slow_minimum
from symgrad.descent.update import UpdateRule


class Story:
    """The sentences and facts while they are collected."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.facts: dict[str, Any] = {}

    def say(self, sentence: str, **facts: Any) -> None:
        """A sentence more (an empty one is none), and facts."""
        if sentence:
            self.sentences.append(sentence)
        self.facts.update(facts)


def speed(run: Record, problem: Problem, rule: UpdateRule | None, story: Story) -> None:
    """Measured speed beside the predicted one, and what would be faster."""
    rate = float(run.rates[-1]) if len(run.rates) else math.nan
    plain = rule is not None and rule.name == "gradient descent"
    if plain and len(run.names) == 1 and problem.columns is None:
        slow = slow_minimum(run.formula, run.names[0], float(run.points[-1, 0]))
        if slow is not None:
            _sublinear(run, slow, rate, story)
            return
    bottom = _bottom(problem, run.best.point)
    values = curvatures(problem, bottom) if bottom is not None else None
    measured = measured_rate(run)
    if bottom is None and run.stop is Stop.STEP_LIMIT:
        _far_from_any_bottom(run, story)
    if rule is None:
        _order(run, bottom, story)
        return
    if values is None or measured is None or bottom is None or values[0] < -_ZERO * values[-1]:
        return
    floor = values <= _ZERO * values[-1]  # a valley whose floor is level: only the way across it has a speed
    if values[-1] <= 0 or (floor.any() and not run.stop.success and not _flattens(problem, run, float(values[0]))):
        return
    if run.stop.success:
        values = values[~floor]
    predicted = predicted_rate(rule, rate, values)
    if predicted is None:
        shrinks = f"Measured: the slope shrinks by the factor {number(measured)} a step."
        story.say(shrinks if measured < 0.9999 else "Over the last steps the slope no longer shrinks.")
        story.say("", measured_rate=measured)
        return
    story.say("", measured_rate=measured, predicted_rate=predicted)
    if run.stop is Stop.STALLED:
        return
    low, high = float(values[0]), float(values[-1])
    if plain and predicted > 1 + 1e-9 and not run.stop.success:
        story.say(
            f"The run cannot settle at the minimum: there the {'largest ' if len(values) > 1 else ''}curvature is "
            f"{number(high)}, and at this rate a step "
            f"multiplies the distance to it by {MINUS}{number(predicted)}. Below the rate 2/{number(high)} = "
            f"{number(2 / high)} it could."
        )
        return
    if plain and _flattens(problem, run, low):
        _slow_direction(run, low, high, story)
        return
    text = f"Near the minimum a step multiplies the distance by {number(predicted)} (predicted from the curvature"
    text += f" {number(high)}" if high - low <= 1e-9 * high else f"s {number(low)} … {number(high)}"
    off = 0 < predicted < 1 and not 0.8 < math.log(measured) / math.log(predicted) < 1.25
    why = " (they swing)" if off and rule.state else ", not yet so near" if off else ""
    level = " across the valley, whose floor is level" if run.stop.success and floor.any() else ""
    story.say(f"{text}{level}); measured over the last steps{why}: {number(measured)}.")
    if 0 < predicted < 1 and plain:
        _faster(values, predicted, "f″" if len(run.names) == 1 else "λ", story)


_ZERO = 1e-12  # of the largest curvature: what rounding leaves of a zero


def _far_from_any_bottom(run: Record, story: Story) -> None:
    """Where no minimum is near: how far the second half of the run came."""
    half = len(run) // 2
    if half < 20:
        return
    fell, slope = float(run.values[half] - run.values[-1]), float(run.slopes[-1])
    length = float(np.sum(np.linalg.norm(np.diff(run.points[half:], axis=0), axis=1)))
    level = abs(fell) <= 0.02 * max(abs(float(run.values[half])), abs(float(run.values[-1])))
    if level and abs(fell) <= 1e-2 * slope * length and slope > 1e-3 * run.slopes[0]:
        story.say(
            f"In the second half of the run the value hardly changed ({number(run.values[half])} to "
            f"{number(run.values[-1])}) though the slope is still {number(slope)}: the path swings from side to side, "
            "as along a kink or in a valley that is too narrow for the steps."
        )
        return
    if fell <= 0 or not slope < run.slopes[half]:
        return
    came = float(np.linalg.norm(run.points[-1] - run.points[half]))
    if came < 0.05 * float(np.linalg.norm(run.points[half] - run.points[0])):
        return
    story.say(
        f"The end is still far from any minimum: in the second half of the run the point moved on by {number(came)}, "
        f"the value fell from {number(run.values[half])} to {number(run.values[-1])} and the slope from "
        f"{number(run.slopes[half])} to {number(run.slopes[-1])}."
    )


def _flattens(problem: Problem, run: Record, low: float) -> bool:
    """Whether the smallest curvature goes to zero on the way to the minimum, so that the formula there is no
    parabola."""
    if len(run) < 40:
        return False
    before = curvatures(problem, run.points[len(run) // 2])
    return before is not None and low < 1e-4 * float(before[0])


def _slow_direction(run: Record, low: float, high: float, story: Story) -> None:
    half = len(run) // 2
    flat = f"the smallest curvature vanishes (the largest is {number(high)})" if low < 1e-4 * high else "none is left"
    story.say(
        f"Of the curvatures at the minimum {flat}. So the descent is sublinear and gains no digits at a steady pace: "
        f"the last {counted(int(run.kept[-1] - run.kept[half]), 'step')} only took the slope from "
        f"{number(run.slopes[half])} to {number(run.slopes[-1])}. A larger rate helps in proportion only; Newton's "
        "method is steady here too."
    )


def _sublinear(run: Record, slow: SlowMinimum, rate: float, story: Story) -> None:
    name = run.names[0]
    primes = "′" * (slow.order + 1) if slow.order < 3 else f"⁽{str(slow.order + 1).translate(SUPERSCRIPTS)}⁾"
    at = number(slow.point)
    law = slow.law(_exact(run, rate))
    distance = (
        f"{name}ₖ"
        if slow.point == 0
        else f"{name}ₖ {MINUS} {at}"
        if slow.point > 0
        else f"{name}ₖ + {number(-slow.point)}"
    )
    distance = distance if run.points[-1, 0] > slow.point else f"|{distance}|"
    story.say(
        f"At the {'inflection' if slow.inflection else 'minimum'} {name} = {at} the curvature f″ is 0; "
        "the first derivative there that is not 0 is "
        f"f{primes} = {fraction(slow.derivative)}. So the descent is sublinear: {distance} ≈ {law}.",
        limit_point=slow.point,
        law=law,
        order=slow.order,
    )
    steps = slow.steps(rate, 1e-6)
    story.say(
        f"Ten thousand steps leave {number(slow.distance(rate, 10**4))}; to come within 10⁻⁶ takes {_steps(steps)}. "
        "A larger rate helps in proportion only; Newton's method gains digits at a steady pace here too."
    )


def _exact(run: Record, rate: float) -> Fraction | float:
    """The rate as the fraction that was typed."""
    try:
        return Fraction(run.settings.get("rate typed", ""))
    except ValueError:
        return rate


SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _bottom(problem: Problem, x: Vector) -> Vector | None:
    """The stationary point that Newton's iteration finds from x, if it is near."""
    if not problem.bends_cheaply:
        return None
    place = np.array(x, float)
    with np.errstate(all="ignore"):
        for _ in range(100):  # at a flat minimum Newton's steps gain only a third each
            here = problem.at(place)
            hessian = problem.hessian(place, count=False)
            if not here.finite or not np.all(np.isfinite(hessian)):
                return None
            step = np.linalg.lstsq(hessian, here.gradient, rcond=1e-12)[0]
            if np.max(np.abs(step)) <= 1e-10 * (1 + np.max(np.abs(place))):
                return place
            place = place - step
            if np.max(np.abs(place - x)) > 0.5 * (1 + np.max(np.abs(x))):
                return None
    return None


def measured_rate(run: Record) -> float | None:
    """The factor by which the slope shrank in a step, over the last steps that were not yet lost in rounding."""
    useful = np.isfinite(run.slopes) & (run.slopes > 1e-13 * max(1.0, float(np.nanmax(run.slopes))))
    slopes, steps = run.slopes[useful], run.kept[useful]
    if len(slopes) < 4:
        return None
    back = min(20, len(slopes) // 2)
    return float((slopes[-1] / slopes[-1 - back]) ** (1 / (steps[-1] - steps[-1 - back])))


def _order(run: Record, bottom: Vector | None, story: Story) -> None:
    """The measured order of convergence: 2 for Newton, between 1 and 2 for quasi-Newton methods."""
    if bottom is None or run.thinned:
        return
    distances = np.linalg.norm(run.points - bottom, axis=1)
    floor = 1e-14 * (1 + float(np.linalg.norm(bottom)))
    useful = distances[(distances > floor) & (distances < 0.5 * (1 + float(np.linalg.norm(bottom))))][-4:]
    if len(useful) < 3 or not np.all(np.diff(useful) < 0):
        return
    logs = np.diff(np.log(useful))
    orders = logs[1:] / logs[:-1]
    if not np.all(np.isfinite(orders)) or orders.min() < 0.8 or orders.max() > _HIGHEST_ORDER:
        return  # nothing steady to measure
    order = float(orders[-1])
    story.say(
        f"Measured order of convergence: {order:.2g} (1 is linear, 2 doubles the correct digits in each step).",
        order=order,
    )


_HIGHEST_ORDER = 3.2


def _faster(values: Vector, predicted: float, curvature: str, story: Story) -> None:
    """What another rate or rule would do near the minimum."""
    low, high = float(values[0]), float(values[-1])
    if low <= 0:
        return
    ratio = high / low
    best = 2 / (low + high)
    best_factor = (ratio - 1) / (ratio + 1)
    digits = math.log(10) / -math.log(predicted)
    parts = [f"One more digit takes {_steps(digits)} step{'' if digits <= 1 else 's'} at this rate"]
    if best_factor < 1e-12:
        parts.append(f"the rate 1/{curvature} = {number(best)} would go there at once")
    elif best_factor < predicted * 0.999:
        parts.append(
            f"{_steps(math.log(10) / -math.log(best_factor))} at the best rate 2/(λmin + λmax) = {number(best)}"
        )
    if ratio > 10:
        root = math.sqrt(ratio)
        momentum = (root - 1) / (root + 1)
        parts.append(f"{_steps(math.log(10) / -math.log(momentum))} with the best momentum (μ = {number(momentum**2)})")
        parts.append("and Newton's method doubles the digits in each")
    story.say("; ".join(parts) + ".", best_rate=best, condition=ratio)
    if ratio > 1000:
        story.say(
            f"The valley is {number(ratio)} times as steep across as along (its condition number): "
            "rescale, or use the curvature."
        )


def _steps(count: float) -> str:
    """A number of steps, rounded up."""
    return number(math.ceil(count)) if count < 1e6 else number(count)
