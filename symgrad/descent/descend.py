"""`descend`: a formula, a start, a rule and a rate in, a trace out.

The loop itself is `loop.py`; which rules there are stands in `rules.py` and `methods/`; what became of it is told by
`explain.py`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symgrad import syntax
from symgrad.descent import figures
from symgrad.descent.loop import Callback, Outcome, from_start, reason, repeat
from symgrad.descent.methods import Choice, Method, Repeat, automatic, find_method
from symgrad.descent.native import LONG, loop_of, repeat_native
from symgrad.descent.problem import Evaluated, Problem, Vector
from symgrad.descent.progress import bar
from symgrad.descent.rows import KEEP, Rows
from symgrad.descent.rules import plain_name
from symgrad.descent.stop import Stop
from symgrad.descent.trace import Trace
from symgrad.descent.update import UpdateRule, evaluator
from symgrad.descent.watch import Tolerance
from symgrad.errors import UsageError
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.typeset import line

Rate = float | int | Fraction | str | Callable[[int], float] | None


def descend(
    formula: Any,
    start: Any = None,
    rate: Rate = None,
    *,
    steps: int = 1000,
    tolerance: float | Tolerance | None = None,
    rule: str | UpdateRule | Method = "gradient descent",
    callback: Callback | None = None,
    variables: Sequence[str] | None = None,
    bounds: Any = None,
    project: Callable[[Vector], Vector] | None = None,
    data: Mapping[str, Any] | None = None,
    mean: bool = False,
    batch: int | None = None,
    seed: int = 0,
    keep: int = KEEP,
    progress: bool = False,
    backend: str = "auto",
) -> Trace:
    """Repeat x ← u(x, ∇f(x), rate) until there is a reason to stop.

    Args:
        formula: text, Formula, tree or sympy expression, in any number of variables.
        start: a number, a sequence in the order of the variables, or a mapping by name.
        rate: the learning rate, a number or the text of one, such as "4/69"; a formula in the step number k, such as
            "0.5/(1+k)"; or a function of k. None: what the rule usually takes, or for gradient descent 1/λmax of the
            exact Hessian at the start.
        steps: at most so many.
        tolerance: the size of the gradient that counts as zero, or a `Tolerance`.
        rule: the name of a rule or method, an `UpdateRule` of your own, or a method with its options.
        callback: called with each `Iterate`; a true answer stops the run.
        variables: the order of the variables, if not as they first appear.
        bounds: {"x": (0, 1)}; an end may be None. The start must lie within.
        project: moves a point to the nearest allowed one after every step of a rule, such as `onto_simplex`.
        data: columns by name; the formula is then the term of one row and the rows are added up.
        mean: average the rows and do not add them.
        batch: look at so many rows in each step, drawn anew (mini-batches); `seed` fixes the drawing.
        keep: rows of the trace; a longer run keeps every second, then every fourth, …, and the last.
        progress: draw a bar, if standard error is a terminal.
        backend: how the formula is compiled; see `compile`.

    Returns:
        The trace, with every iterate, the reason to stop and the best point met. A run that fails is a trace too.

    Raises:
        UsageError: the start, rate or rule makes no sense.

    >>> run = descend("(1-x)^2 + 100(y-x^2)^2", start={"x": -1.2, "y": 1}, rate=0.5)
    >>> run.stop.name, run.steps
    ('DIVERGED', 3)
    """
    problem = Problem.of(
        formula,
        variables,
        backend=backend,
        bounds=bounds,
        project=project,
        data=data,
        mean=mean,
        batch=batch,
        seed=seed,
    )
    if steps < 0:
        raise UsageError(f"The number of steps must not be negative, and is {steps}.")
    place = problem.start(start)
    if project is not None and not all(isinstance(choice.method, Repeat) for choice in choose(rule, problem)):
        raise UsageError("Only update rules go with a projection.", hint='For example rule="gradient descent".')
    remembered = {"problem": problem, "tolerance": Tolerance.of(tolerance), "steps": steps}
    best: Trace | None = None
    for method, why in choose(rule, problem):
        outcome = from_start(problem, place, keep=keep)
        settings = remembered | _rates(rate, method, problem, outcome.here, steps) | {"method": method}
        settings |= {"update": method.rule} if isinstance(method, Repeat) else {}
        settings |= {"rule chosen": why} if why else {}
        run = _run(problem, method, outcome, settings, callback=callback, progress=progress)
        if best is None or run.stop.success or run.best.value < best.best.value:
            best = run
        if run.stop.success or run.stop in _FINAL:
            break
    assert best is not None
    return best


_FINAL = (Stop.UNBOUNDED_BELOW, Stop.CALLBACK, Stop.INTERRUPTED, Stop.STEP_LIMIT)  # no other method would do better


def resume(run: Trace, *, steps: int | None = None, callback: Callback | None = None, progress: bool = False) -> Trace:
    """Go on where a run ended, exactly as if it had not: the same points to the last bit.

    A run of many steps is compiled, and its roundings are not those of a short one; a run goes on as it began.

    Args:
        run: what `descend` or `load` returned.
        steps: at most so many more; as many as before if not given.

    >>> first = descend("x^4 + y^2", start=[1, 1], rate=0.1, rule="momentum", steps=20)
    >>> whole = descend("x^4 + y^2", start=[1, 1], rate=0.1, rule="momentum", steps=50)
    >>> bool((resume(first, steps=30).points == whole.points).all())
    True
    """
    if run.stop not in (Stop.STEP_LIMIT, Stop.INTERRUPTED, Stop.CALLBACK):
        raise UsageError(
            f"There is nothing to resume. {run.reason}", hint="Start again with another rate, rule or start."
        )
    settings = dict(run.settings)
    rows = Rows.of(run.points, run.values, run.gradients, rates=run.rates, kept=run.kept, keep=settings["keep"])
    outcome = Outcome(rows, rows.at(-1), dict(run.state), dict(settings["watched"]), run.steps)
    problem: Problem = settings["problem"]
    method: Method = settings["method"]
    problem.turn(run.steps)
    settings["steps"] = settings["steps"] if steps is None else steps
    return _run(problem, method, outcome, settings, callback=callback, progress=progress)


def _run(
    problem: Problem,
    method: Method,
    outcome: Outcome,
    settings: Mapping[str, Any],
    *,
    callback: Callback | None,
    progress: bool,
) -> Trace:
    """The loop, and its rows as a trace."""
    began = time.perf_counter()
    steps, rates = settings["steps"], as_rates(settings["rate"])
    with np.errstate(all="ignore"), bar(steps, wanted=progress) as bars:
        native = settings.get("native", callback is None and steps >= LONG)
        loop = loop_of(problem, method, settings["rate"]) if native else None
        options: Any = {"steps": steps, "tolerance": settings["tolerance"]}
        if loop is not None and callback is None:
            repeat_native(loop, problem, outcome, rates, callbacks=bars, **options)
        else:
            callbacks = (*bars, *([callback] if callback is not None else []))
            repeat(problem, method, outcome, rates, callbacks=callbacks, **options)
        stop, detail = reason(problem, outcome)
        if stop is Stop.CONVERGED_STEP and isinstance(method, Repeat) and _shrank(outcome):
            stop = Stop.STALLED
    rows = outcome.rows
    return Trace(
        formula=problem.formula,
        names=problem.names,
        rule=method.name,
        points=rows.points,
        values=rows.values,
        gradients=rows.gradients,
        rates=rows.rates,
        stop=stop,
        detail=detail,
        kept=rows.kept,
        state=outcome.state,
        evaluations=problem.evaluations.as_dict(),
        seconds=time.perf_counter() - began,
        settings={**settings, "watched": outcome.watched, "keep": rows.keep, "native": loop is not None},
    )


def _shrank(outcome: Outcome) -> bool:
    """Whether the last step was short because of its rate and not because of the slope."""
    rates, slope = outcome.rows.rates, float(np.linalg.norm(outcome.here.gradient))
    steepest = float(np.linalg.norm(outcome.rows.at(0).gradient))
    return bool(len(rates) and rates[-1] < 1e-3 * np.max(rates) and slope > 1e-6 * steepest)


def choose(rule: str | UpdateRule | Method, problem: Problem) -> tuple[Choice, ...]:
    """The method that a caller names or gives; for "auto" the methods to try in turn, with reasons."""
    if isinstance(rule, UpdateRule):
        return (Choice(Repeat(rule), ""),)
    if not isinstance(rule, str):
        return (Choice(rule, ""),)
    return automatic(problem) if plain_name(rule) == "auto" else (Choice(find_method(rule), ""),)


# ---- the learning rate ---------------------------------------------------------------------------------------------


def _rates(rate: Rate, method: Method, problem: Problem, first: Evaluated, steps: int) -> dict[str, Any]:
    """What to remember about the learning rate: itself, how it was written if not as a decimal, and why it was chosen
    if the choice was ours."""
    if rate is None:
        number, why = _usual_rate(method, problem, first)
        return {"rate": number, **({"rate chosen": why} if why else {})}
    if isinstance(rate, str):
        tree = syntax.parse(rate)
        if walks.free_symbols(tree):
            _check_schedule(rate, steps)
            return {"rate": rate}
        number = _number(tree, rate)
        as_rates(number)
        return {"rate": number, **({} if isinstance(tree, t.Number) else {"rate typed": line(tree)})}
    as_rates(rate)
    if isinstance(rate, Fraction) and rate.denominator != 1:
        return {"rate": float(rate), "rate typed": str(rate)}
    return {"rate": rate if callable(rate) else float(rate)}


def as_rates(rate: Rate) -> Callable[[int], float]:
    """The learning rate as a function of the step number."""
    if isinstance(rate, str):
        return _schedule(rate)
    if callable(rate):
        return rate
    number = float(rate) if rate is not None else math.nan
    if not (math.isfinite(number) and number > 0):
        raise UsageError(f"The learning rate must be a positive number, not {rate!r}.", hint="For example rate=0.1.")
    return lambda k: number


def _schedule(text: str) -> Callable[[int], float]:
    tree = syntax.parse(text)
    strange = [symbol.name for symbol in walks.free_symbols(tree) if symbol.name != "k"]
    if strange:
        raise UsageError(f"A learning rate is a formula in the step number k, and {text!r} has {strange[0]!r} in it.")
    value = evaluator(tree)
    return lambda k: float(value({"k": k}))


def _number(tree: t.Node, text: str) -> float:
    try:
        return float(evaluator(tree)({}))
    except ArithmeticError:
        raise UsageError(f"The learning rate {text} has no finite value.", hint="For example rate=0.1.") from None


_CHECKED = 1_000_000  # steps of a schedule that are looked at before the run


def _check_schedule(text: str, steps: int) -> None:
    """Refuse a schedule that is not a positive number in one of the steps to come."""
    schedule, tree = _schedule(text), syntax.parse(text)
    counted = np.arange(float(max(1, min(steps, _CHECKED))))
    with np.errstate(all="ignore"):
        numbers = np.broadcast_to(evaluator(tree)({"k": counted}), counted.shape)
    bad = np.flatnonzero(~(np.isfinite(numbers) & (numbers > 0)))
    if not len(bad):
        return
    k = int(bad[0])
    try:
        found = f"{schedule(k):.6g}"
    except ArithmeticError:
        found = "undefined"
    raise UsageError(
        f"The learning rate must stay positive, and {text} is {found} in step k = {k}.",
        hint="Steps are counted from 0; for example 0.1/(1+k).",
    )


def _usual_rate(method: Method, problem: Problem, first: Evaluated) -> tuple[float, str]:
    if method.rate is not None:
        return method.rate, f"the usual one of {method.name}" if isinstance(method, Repeat) else ""
    if first.finite and problem.bends_cheaply:
        curvature = float(np.max(np.abs(np.linalg.eigvalsh(problem.hessian(first.x)))))
        if math.isfinite(curvature) and curvature > 1e-8:
            return 1 / curvature, f"1/λ with the largest curvature at the start, λ = {figures.number(curvature)}"
    return 0.01, "there is no curvature at the start to choose it by"
