"""Exact differentiation with its record: rules, derivations, finishing, verification and telling.

Everything here works on the trees of `syntax.tree`. Reading text, choosing glyphs and running formulas live elsewhere.
"""

from symgrad.calculus.check import Verdict, check
from symgrad.calculus.derivation import Stage, State
from symgrad.calculus.derive import derive
from symgrad.calculus.implicit import implicit
from symgrad.calculus.nth import nth
from symgrad.calculus.rule import Rule
from symgrad.calculus.scalar_rules import RULES
from symgrad.calculus.told import Derivation
from symgrad.calculus.verify import check_equal

__all__ = [
    "RULES",
    "Derivation",
    "Rule",
    "Stage",
    "State",
    "Verdict",
    "check",
    "check_equal",
    "derive",
    "implicit",
    "nth",
]
