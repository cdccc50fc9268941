"""scipy's minimisers with our exact derivatives, in one call, told as our traces are. Only this needs scipy."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from symgrad.descent.loop import from_start, reason
from symgrad.descent.problem import Problem, Vector
from symgrad.descent.stop import Stop
from symgrad.descent.trace import Trace
from symgrad.descent.watch import Tolerance
from symgrad.errors import MissingPackageError, UsageError

_GRADIENT = ("CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "SLSQP", "trust-constr")
_HESSIAN = ("Newton-CG", "dogleg", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr")
_NEITHER = ("Nelder-Mead", "Powell", "COBYLA")


def scipy_descend(
    formula: Any,
    start: Any,
    method: str = "BFGS",
    *,
    steps: int = 1000,
    tolerance: float = 1e-8,
    bounds: Any = None,
    data: Any = None,
    options: dict[str, Any] | None = None,
) -> Trace:
    """scipy.optimize.minimize on a formula with its exact gradient and, where the method takes one, its exact Hessian.

    Args:
        formula, start, bounds, data: as for `descend`.
        method: a method of scipy's minimize.
        steps: at most so many iterations.
        tolerance: the size of the gradient that counts as zero.
        options: further options of the method.

    Returns:
        A trace of scipy's iterates; scipy's own words are in `detail`.

    Raises:
        MissingPackageError: scipy is not installed.

    >>> run = scipy_descend("(1-x)^2 + 100(y-x^2)^2", [-1.2, 1], "trust-exact")
    >>> run.rule, run.converged, run.points[-1].round(6).tolist()
    ('scipy trust-exact', True, [1.0, 1.0])
    """
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise MissingPackageError("scipy is not installed.", hint="pip install scipy") from None
    if method not in {*_GRADIENT, *_HESSIAN, *_NEITHER}:
        known = ", ".join(sorted({*_GRADIENT, *_HESSIAN, *_NEITHER}))
        raise UsageError(f"scipy has no method {method!r} that I know.", hint=f"Methods: {known}.")
    began = time.perf_counter()
    problem = Problem.of(formula, bounds=bounds, data=data)
    outcome = from_start(problem, problem.start(start))

    def seen(x: Vector, *_: Any) -> None:
        place = np.array(x, float)
        if not np.array_equal(place, outcome.here.x):
            length = float(np.linalg.norm(place - outcome.here.x))
            outcome.here = problem.at(place)
            outcome.rows.add(outcome.here, length)
            outcome.k += 1

    exact: dict[str, Any] = {}
    if method not in _NEITHER:
        exact["jac"] = True
    if method in _HESSIAN:
        exact["hess"] = problem.hessian
    if problem.box is not None:
        exact["bounds"] = list(zip(*problem.box))
    sizes = {"gtol": tolerance} if method in ("CG", "BFGS", "L-BFGS-B", "TNC", *_HESSIAN[1:]) else {}
    with np.errstate(all="ignore"):
        found = minimize(
            (lambda x: problem.at(x)[1:]) if "jac" in exact else problem.value,
            outcome.here.x, method=method, callback=seen,
            options={"maxiter": steps, **sizes, **(options or {})}, **exact,
        )  # fmt: skip
        seen(found.x)
        outcome.stop = Stop.CONVERGED_GRADIENT if found.success else None if found.nit >= steps else Stop.NO_DESCENT
        if not outcome.here.finite:
            outcome.stop = Stop.NOT_FINITE
        stop, detail = reason(problem, outcome)
    rows = outcome.rows
    return Trace(
        formula=problem.formula, names=problem.names, rule=f"scipy {method}", points=rows.points, values=rows.values,
        gradients=rows.gradients, rates=rows.rates, stop=stop, detail=f"{detail} scipy says: {found.message}".strip(),
        kept=rows.kept, evaluations=problem.evaluations.as_dict(), seconds=time.perf_counter() - began,
        settings={
            "problem": problem, "tolerance": Tolerance(tolerance), "steps": steps, "rate": 1.0, "keep": rows.keep,
        },
    )  # fmt: skip
