"""`descend`: a formula, a start, a rule and a rate in, a trace out.

The loop itself is `loop.py`; which rules there are stands in `rules.py` and `methods/`; what became of it is told by
`explain.py`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symgrad import syntax
from symgrad.descent.loop import Callback, reason, repeat
from symgrad.descent.methods.method import Method, Repeat
from symgrad.descent.problem import Evaluated, Problem
from symgrad.descent.trace import Trace
from symgrad.descent.update import UpdateRule, evaluator
from symgrad.descent.watch import Tolerance
from symgrad.errors import UsageError
from symgrad.syntax import tree as t

Rate = float | int | str | Callable[[int], float] | None


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
    data: Mapping[str, Any] | None = None,
    mean: bool = False,
    batch: int | None = None,
    seed: int = 0,
    backend: str = "auto",
) -> Trace:
    """Repeat x ← u(x, ∇f(x), rate) until there is a reason to stop.

    Args:
        formula: text, Formula, tree or sympy expression, in any number of variables.
        start: a number, a sequence in the order of the variables, or a mapping by name.
        rate: the learning rate; a formula in the step number k, such as "0.5/(1+k)"; or a function of k. None: what the
            rule usually takes, or for gradient descent 1/λmax of the exact Hessian at the start.
        steps: at most so many.
        tolerance: the size of the gradient that counts as zero, or a `Tolerance`.
        rule: the name of a rule or method, an `UpdateRule` of your own, or a method with its options.
        callback: called with each `Iterate`; a true answer stops the run.
        variables: the order of the variables, if not as they first appear.
        bounds: {"x": (0, 1)}; an end may be None. The start must lie within.
        data: columns by name; the formula is then the term of one row and the rows are added up.
        mean: average the rows and do not add them.
        batch: look at so many rows in each step, drawn anew (mini-batches); `seed` fixes the drawing.
        backend: how the formula is compiled; see `compile`.

    Returns:
        The trace, with every iterate, the reason to stop and the best point met. A run that fails is a trace too.

    Raises:
        UsageError: the start, rate or rule makes no sense.

    >>> run = descend("(1-x)^2 + 100(y-x^2)^2", start={"x": -1.2, "y": 1}, rate=0.5)
    >>> run.stop.name, run.steps
    ('NOT_FINITE', 5)
    """
    problem = Problem.of(
        formula, variables, backend=backend, bounds=bounds, data=data, mean=mean, batch=batch, seed=seed
    )
    method = choose(rule)
    first = problem.at(problem.start(start))
    rates, settings = _rates(rate, method, problem, first)
    if isinstance(method, Repeat):
        settings["update"] = method.rule
    settings |= {"method": method, "tolerance": Tolerance.of(tolerance), "backend": backend}
    return run(problem, method, first, rates, steps=steps, settings=settings, callback=callback)


def choose(rule: str | UpdateRule | Method) -> Method:
    """The method that a caller names or gives."""
    if isinstance(rule, UpdateRule):
        return Repeat(rule)
    if isinstance(rule, str):
        from symgrad.descent.methods import find_method

        return find_method(rule)
    return rule


def run(
    problem: Problem,
    method: Method,
    first: Evaluated,
    rates: Callable[[int], float],
    *,
    steps: int,
    settings: Mapping[str, Any],
    callback: Callback | None = None,
) -> Trace:
    """One run from its first point to its trace."""
    began = time.perf_counter()
    outcome = repeat(problem, method, first, rates, steps=steps, tolerance=settings["tolerance"], callback=callback)
    stop, detail = reason(problem, outcome)
    return Trace(
        problem.formula,
        problem.names,
        method.name,
        np.array(outcome.points),
        np.array(outcome.values),
        np.array(outcome.gradients),
        np.array(outcome.rates),
        stop,
        detail,
        None,
        outcome.state,
        problem.evaluations.as_dict(),
        time.perf_counter() - began,
        settings,
    )


# ---- the learning rate ---------------------------------------------------------------------------------------------


def _rates(
    rate: Rate, method: Method, problem: Problem, first: Evaluated
) -> tuple[Callable[[int], float], dict[str, Any]]:
    """The learning rate as a function of the step number, and what to remember about it."""
    if rate is None:
        number, why = _usual_rate(method, problem, first)
        return (lambda k: number), {"rate": number, "rate chosen": why}
    if isinstance(rate, str):
        return _schedule(rate), {"rate": rate}
    if callable(rate):
        return rate, {"rate": rate}
    number = float(rate)
    if not (math.isfinite(number) and number > 0):
        raise UsageError(f"The learning rate must be a positive number, not {rate!r}.", hint="For example rate=0.1.")
    return (lambda k: number), {"rate": number}


def _schedule(text: str) -> Callable[[int], float]:
    tree = syntax.parse(text)
    strange = [symbol.name for symbol in t.free_symbols(tree) if symbol.name != "k"]
    if strange:
        raise UsageError(f"A learning rate is a formula in the step number k, and {text!r} has {strange[0]!r} in it.")
    value = evaluator(tree)
    return lambda k: float(value({"k": k}))


def _usual_rate(method: Method, problem: Problem, first: Evaluated) -> tuple[float, str]:
    if method.rate is not None:
        return method.rate, f"the usual one of {method.name}"
    if first.finite:
        curvature = float(np.max(np.abs(np.linalg.eigvalsh(problem.hessian(first.x)))))
        if math.isfinite(curvature) and curvature > 1e-8:
            return 1 / curvature, f"1/λ with the largest curvature at the start, λ = {curvature:.4g}"
    return 0.01, "there is no curvature at the start to choose it by"
