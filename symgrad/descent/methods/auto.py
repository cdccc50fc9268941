"""rule="auto": the method that fits the formula, and why."""

from __future__ import annotations

from typing import NamedTuple

from symgrad.descent.methods.direction import BFGS, LBFGS
from symgrad.descent.methods.least_squares import LevenbergMarquardt
from symgrad.descent.methods.line import LineSearch
from symgrad.descent.methods.method import Method
from symgrad.descent.methods.search import StrongWolfe
from symgrad.descent.methods.trust import TrustRegion
from symgrad.descent.problem import Problem
from symgrad.syntax import tree as t
from symgrad.syntax import walks

_KINKED = {"abs", "max", "min", "sign", "relu", "step", "clip", "floor", "ceil", "round", "frac", "mod"}


class Choice(NamedTuple):
    """A method and the reason for it, as a part of a sentence."""

    method: Method
    why: str


def automatic(problem: Problem) -> tuple[Choice, ...]:
    """The methods to try in turn until one ends at a minimum; the second and third for formulas that mislead the
    first."""
    count = len(problem.names)
    bfgs = LineSearch("BFGS", BFGS(), StrongWolfe())
    if problem.box is not None:
        return (Choice(bfgs, "there are bounds, and its path can be bent along them"),)
    curved = bfgs if problem.bends_cheaply else LineSearch("L-BFGS", LBFGS(), StrongWolfe())
    if problem.roots is not None and len(problem.roots) * _rows(problem) >= count:
        rows = len(problem.roots) * _rows(problem)
        return (
            Choice(LevenbergMarquardt(), f"the formula is a sum of {rows} squares in {count} variables"),
            Choice(
                LevenbergMarquardt(damping=1e3),
                "it goes more carefully: the first run ended where variables lose their say",
            ),
            Choice(TrustRegion() if problem.bends_cheaply else curved, "it also knows the curvature of the residuals"),
        )
    if any(isinstance(node, t.Call) and node.function in _KINKED for node in walks.unique(problem.formula.tree)):
        return (Choice(curved, "the formula has kinks, where a Hessian would mislead"),)
    if not problem.bends_cheaply:
        return (Choice(curved, f"there are {count} variables, and a Hessian would cost too much"),)
    return (
        Choice(TrustRegion(), f"the exact Hessian of {count} variables is cheap, and it is safe where f is not convex"),
        Choice(bfgs, "it looks at slopes only: the first run ended at no minimum"),
    )


def _rows(problem: Problem) -> int:
    return 1 if problem.columns is None else len(next(iter(problem.columns.values())))
