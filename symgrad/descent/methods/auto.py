"""rule="auto": the method that fits the formula, and why."""

from __future__ import annotations

from symgrad.descent.methods.direction import BFGS, LBFGS
from symgrad.descent.methods.least_squares import LevenbergMarquardt
from symgrad.descent.methods.line import LineSearch
from symgrad.descent.methods.method import Method
from symgrad.descent.methods.search import StrongWolfe
from symgrad.descent.methods.trust import TrustRegion
from symgrad.descent.problem import Problem
from symgrad.syntax import tree as t

_MANY = 200  # variables from which a Hessian costs more than it tells
_KINKED = {"abs", "max", "min", "sign", "relu", "step", "clip", "floor", "ceil", "round", "frac", "mod"}


def automatic(problem: Problem) -> tuple[Method, str]:
    """The method for a problem and the reason, as a part of a sentence."""
    count = len(problem.names)
    if problem.box is not None:
        return LineSearch("BFGS", BFGS(), StrongWolfe()), "there are bounds, and its path can be bent along them"
    if problem.roots is not None and len(problem.roots) * _rows(problem) >= count:
        rows = len(problem.roots) * _rows(problem)
        return LevenbergMarquardt(), f"the formula is a sum of {rows} squares in {count} variables"
    if any(isinstance(node, t.Call) and node.function in _KINKED for node in t.unique(problem.formula.tree)):
        return LineSearch("BFGS", BFGS(), StrongWolfe()), "the formula has kinks, where a Hessian would mislead"
    if count > _MANY:
        return LineSearch("L-BFGS", LBFGS(), StrongWolfe()), f"there are {count} variables, too many for a Hessian"
    return TrustRegion(), f"the exact Hessian of {count} variables is cheap, and it is safe where f is not convex"


def _rows(problem: Problem) -> int:
    return 1 if problem.columns is None else len(next(iter(problem.columns.values())))
