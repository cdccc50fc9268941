"""Why a run went as it did: sentences with numbers, from the exact second derivatives along its path.

Everything claimed here is computed: the curvature by the exact Hessian, the limit of the rate from the rule's own
equations (`curvature.py`), the law of a slow minimum from higher derivatives (`sublinear.py`), and an advised rate is
tried before it is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symgrad.descent.curvature import along, curvatures, largest_curvature, stability_limit
from symgrad.descent.figures import MINUS, counted, exactly, number
from symgrad.descent.landscape import learning_rates, quadratic
from symgrad.descent.loop import Outcome, from_start, repeat
from symgrad.descent.methods.method import Repeat
from symgrad.descent.problem import Problem, Vector
from symgrad.descent.record import Record
from symgrad.descent.speed import Story, speed
from symgrad.descent.stop import Stop
from symgrad.descent.update import UpdateRule
from symgrad.descent.watch import Tolerance

if TYPE_CHECKING:
    from symgrad.document import Document

FAILED = (Stop.DIVERGED, Stop.TWO_CYCLE, Stop.NOT_FINITE, Stop.LEFT_DOMAIN)


@dataclass(frozen=True)
class Explanation:
    """Sentences, and the numbers in them by name.

    `facts` may hold: largest_curvature, smallest_curvature, rate_times_curvature, limit, advised_rate, overshoots,
    measured_rate, predicted_rate, best_rate, order, limit_point, law, exact_limit, exact_best.
    """

    sentences: tuple[str, ...]
    facts: Mapping[str, Any]

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def document(self) -> Document:
        """The sentences as a document, for notes and pages."""
        from symgrad.document import Document, Prose

        return Document("Why the descent went as it did", tuple(Prose((sentence,)) for sentence in self.sentences))


def explain(run: Record) -> Explanation:
    """The explanation of a run; see `Trace.explain`."""
    problem = run.settings.get("problem") or Problem.of(run.formula, run.names)
    with np.errstate(all="ignore"):
        return _explain(run, problem)


def _explain(run: Record, problem: Problem) -> Explanation:
    story = Story()
    story.say(run.reason)
    if "rate chosen" in run.settings:
        story.say(f"The learning rate {number(run.settings['rate'])} was chosen: {run.settings['rate chosen']}.")
    if "rule chosen" in run.settings:
        story.say(f"The rule {run.rule} was chosen: {run.settings['rule chosen']}.")
    rule = run.settings.get("update")
    if rule is not None and len(run.rates):
        _curvature(run, problem, rule, story)
    if rule is not None and rule.name == "gradient descent" and problem.columns is None and len(run.names) <= _EXACT:
        _exact_rates(run, story)
    _overshoots(run, story)
    if run.stop in FAILED:
        _advice(run, problem, rule, story)
    elif len(run.points) > 1:
        speed(run, problem, rule, story)
    return Explanation(tuple(story.sentences), story.facts)


# ---- curvature against rate ----------------------------------------------------------------------------------------


def _curvature(run: Record, problem: Problem, rule: UpdateRule, story: Story) -> None:
    """rate·λmax along the path against what the rule can bear."""
    path = [row for row in along(problem, run.points) if row[0] < len(run.rates)]
    limit = stability_limit(rule)
    if limit is None:
        return
    if not path:
        high = largest_curvature(problem, run.points[0])
        path = [(0, math.nan, high)] if high is not None else []
    if not path:
        return
    second = second_name(run)
    products = [(run.rates[index] * high, index, low, high) for index, low, high in path]
    worst, index, _, high = _largest(products) if run.stop not in FAILED else _first_over(products, limit)
    rate = run.settings.get("rate typed", number(float(run.rates[index])))
    story.say(
        "",
        rate_times_curvature=float(worst),
        limit=limit,
        largest_curvature=max(row[2] for row in path),
        smallest_curvature=min(row[1] for row in path),
    )
    where = "at the start" if index == 0 else f"after {counted(int(run.kept[index]), 'step')}"
    sign = ">" if worst > limit else "<" if worst < limit else "="
    product = f"Rate · {second} = {rate} · {number(high)} = {number(worst)}"
    text = f"{product} {sign} {number(limit)} {where}"
    if worst > limit:
        factor = abs(1 - worst)
        bottom = "the bottom" if quadratic(run.formula) else "the bottom of the parabola that fits there"
        effect = f", so it multiplies the distance to {bottom} by {MINUS}{number(factor)}" if limit == 2 else ""
        story.say(f"{text}: the step overshoots to beyond where it came from{effect}.")
    elif run.stop is Stop.TWO_CYCLE and worst < 0.99 * limit:
        between = _between(run, problem)
        if float(run.rates[-1]) * between > limit:
            text = f"Rate · {second} = {rate} · {number(between)} = {number(float(run.rates[-1]) * between)}"
            story.say(
                f"At the two points the curvature is small, but between them it is larger: {text} > {number(limit)}. "
                "So the step from either side leads over the minimum to the other.",
                rate_times_curvature=float(run.rates[-1]) * between,
            )
        else:
            story.say(
                "The curvature is not to blame: the path jumps to and fro over a kink, where the slope changes its "
                "sign at once. A fixed rate cannot settle there; it must shrink."
            )
    elif run.stop is Stop.TWO_CYCLE:
        story.say(f"{product}, the limit: at the limit a step leads to the mirror image of where it came from.")
    elif run.stop is Stop.LEFT_DOMAIN and len(run.points) > 1:
        length = number(float(np.linalg.norm(run.points[-1] - run.points[-2])))
        story.say(f"{text}, but the last step, of length {length}, led over the edge of the domain.")
    elif worst < 0:
        story.say(
            f"The curvature {second} is negative all along the path, at most {number(max(row[2] for row in path))}: "
            "there is no bottom that a step could overshoot."
        )
    else:
        story.say(f"{text}: no step is too long (above {number(limit)} they would overshoot further and further).")


def _between(run: Record, problem: Problem) -> float:
    """The largest curvature met on the straight way between the last two points."""
    here, there = run.points[-2], run.points[-1]
    bends = [curvatures(problem, here + part * (there - here)) for part in np.linspace(0, 1, 65)]
    return max((float(values[-1]) for values in bends if values is not None), default=0.0)


_EXACT = 30  # variables up to which a quadratic is looked for


def _exact_rates(run: Record, story: Story) -> None:
    """The learning rates of a quadratic, as fractions."""
    if quadratic(run.formula) is None:
        return
    rates = learning_rates(run.formula)
    if rates is None or rates.best is None:
        return
    same = rates.lowest == rates.highest
    curvature = exactly(rates.highest) if same else f"between {exactly(rates.lowest)} and {exactly(rates.highest)}"
    best = "goes to the minimum in one step" if same else "is the fastest"
    story.say(
        f"The formula is a quadratic with the curvature {curvature} everywhere: any rate below {exactly(rates.limit)} "
        f"converges, {exactly(rates.best)} {best}.",
        exact_limit=rates.limit,
        exact_best=rates.best,
    )


def _first_over(products: list[tuple[float, int, float, float]], limit: float) -> tuple[float, int, float, float]:
    return next((row for row in products if row[0] > limit), _largest(products))


def _largest(products: list[tuple[float, int, float, float]]) -> tuple[float, int, float, float]:
    """The first of the largest."""
    return max(products, key=lambda row: row[0])


def second_name(run: Record) -> str:
    """What the largest curvature is called: f″ for one variable, λmax of the Hessian for more."""
    return f"f″({run.names[0]})" if len(run.names) == 1 else "λmax"


def _overshoots(run: Record, story: Story) -> None:
    gradients = run.gradients[np.all(np.isfinite(run.gradients), axis=1)]
    if len(gradients) < 2 or run.thinned:
        return
    over = int(np.sum(np.sum(gradients[1:] * gradients[:-1], axis=1) < 0))
    up = int(np.sum(np.diff(run.values[np.isfinite(run.values)]) > 0))
    steps = len(gradients) - 1
    story.say("", overshoots=over, rises=up)
    if over and run.settings.get("update") is not None:  # a line search chooses where to stop
        many = "Every step" if over == steps else f"{over} of {counted(steps, 'step')}"
        tail = f", and {up} of them led up" if up else ""
        story.say(f"{many} overshot the valley (the slope turned against the step before){tail}.")


# ---- what to change ------------------------------------------------------------------------------------------------


def _advice(run: Record, problem: Problem, rule: UpdateRule | None, story: Story) -> None:
    """A rate that was tried and does not fail."""
    if rule is None or not len(run.rates):
        return
    limit = stability_limit(rule) or 2.0
    if run.stop is Stop.TWO_CYCLE and story.facts.get("rate_times_curvature", limit) < 0.99 * limit:
        _shrinking(run, problem, rule, story)
        return
    highest = _bend(problem, run.points[0])
    if run.stop is Stop.TWO_CYCLE and problem.bends_cheaply:
        highest = max(highest, _between(run, problem))
    rate = float(run.rates[0])
    bound = limit / highest if highest > 0 else math.inf
    tried = _working_rate(run, problem, rule, min(rate / 2, bound / 2))
    if tried is None:
        story.say("No smaller learning rate that was tried helps from this start.")
        return
    advised, outcome = tried
    second = "f″" if len(run.names) == 1 else "λmax"
    if highest > 0 and "exact_limit" not in story.facts and run.stop is not Stop.TWO_CYCLE:
        story.say(
            f"At the start {second} = {number(highest)}, so near it the rate must stay below "
            f"{number(limit)}/{_divisor(highest)} = {number(bound)}."
        )
    tries = f"tried: {counted(outcome.k, 'step')}, value {number(outcome.here.value)}"
    steeper = np.linalg.norm(outcome.here.gradient) > np.linalg.norm(run.gradients[0])
    if run.stop is Stop.LEFT_DOMAIN and outcome.stop is None and steeper:
        story.say(
            f"A smaller rate only comes to the edge later ({number(advised)}; {tries}): on the way there the value "
            "falls and the slope grows, so the formula has no minimum before the edge. Add bounds, or check its sign.",
            advised_rate=advised,
        )
        return
    story.say(f"With the learning rate {number(advised)} the same start does not fail ({tries}).", advised_rate=advised)


def _divisor(value: float) -> str:
    text = number(value)
    return f"({text})" if "·" in text else text


def _bend(problem: Problem, x: Vector) -> float:
    """The largest curvature with its sign; where only its size can be had, that."""
    values = curvatures(problem, x)
    return float(values[-1]) if values is not None else largest_curvature(problem, x) or 0.0


def _shrinking(run: Record, problem: Problem, rule: UpdateRule, story: Story) -> None:
    """A schedule for a run that jumps over a kink, tried."""
    typed = run.settings.get("rate typed", f"{float(run.rates[0]):.4g}")
    first = run.rates[0]
    outcome = _trial(run, problem, rule, lambda k: first / (1 + k))
    if outcome.stop not in FAILED:
        advised = f"({typed})/(1+k)" if "/" in typed else f"{typed}/(1+k)"
        story.say(
            f"With the learning rate {advised} the same start comes to the value {number(outcome.here.value)} "
            f"(tried: {counted(outcome.k, 'step')}; before: {number(run.values[-1])}).",
            advised_rate=advised,
        )


_WORK = 3_000_000  # operations of a trial run


def _working_rate(run: Record, problem: Problem, rule: UpdateRule, rate: float) -> tuple[float, Outcome] | None:
    """The largest of rate, rate/4, rate/16, … with which the same start does not fail in as many steps as were
    allowed."""
    if not problem.at(run.points[0]).finite:
        return None
    for _ in range(20):
        rate = float(f"{rate:.2g}")
        outcome = _trial(run, problem, rule, _constant(rate))
        if outcome.stop not in FAILED:
            return rate, outcome
        rate /= 4
    return None


def _trial(run: Record, problem: Problem, rule: UpdateRule, rates: Callable[[int], float]) -> Outcome:
    """The same start with other rates, as many steps as were allowed and can be afforded."""
    tolerance = run.settings.get("tolerance", Tolerance())
    affordable = max(100, _WORK // max(1, problem.function.program.operations))
    allowed = min(max(1000, int(run.settings.get("steps", 1000))), affordable)
    with np.errstate(all="ignore"):
        outcome = from_start(problem, run.points[0])
        return repeat(problem, Repeat(rule), outcome, rates, steps=allowed, tolerance=tolerance)


def _constant(rate: float) -> Callable[[int], float]:
    return lambda k: rate
