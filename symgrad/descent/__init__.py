"""Descent on any formula: the update rule as an equation, the loop that repeats it, and why a run ended as it did."""

from symgrad.descent.batch import Batch, descend_many, random_starts
from symgrad.descent.bridge import scipy_descend
from symgrad.descent.critical import critical_points
from symgrad.descent.descend import descend, resume
from symgrad.descent.landscape import curvature_bounds, learning_rates, quadratic
from symgrad.descent.picture import race
from symgrad.descent.rules import RULES, find_rule
from symgrad.descent.stop import Stop
from symgrad.descent.trace import Trace
from symgrad.descent.update import GRADIENT_DESCENT, UpdateRule, update
from symgrad.descent.watch import Tolerance

__all__ = [
    "GRADIENT_DESCENT",
    "RULES",
    "Batch",
    "Stop",
    "Tolerance",
    "Trace",
    "UpdateRule",
    "critical_points",
    "curvature_bounds",
    "descend",
    "descend_many",
    "find_rule",
    "learning_rates",
    "quadratic",
    "race",
    "random_starts",
    "resume",
    "scipy_descend",
    "update",
]
