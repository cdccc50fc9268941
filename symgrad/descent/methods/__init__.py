"""Methods: what the loop can repeat, by name. A method of your own is a value of the protocol `Method`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from symgrad.descent.methods.auto import Choice, automatic
from symgrad.descent.methods.direction import BFGS, LBFGS, ConjugateGradient, Newton, Steepest
from symgrad.descent.methods.least_squares import GaussNewton, LevenbergMarquardt
from symgrad.descent.methods.line import LineSearch
from symgrad.descent.methods.method import Failed, Method, Move, Repeat
from symgrad.descent.methods.search import Armijo, Exact, StrongWolfe
from symgrad.descent.methods.trust import TrustRegion
from symgrad.descent.rules import RULES, find_rule, plain_name
from symgrad.errors import UsageError

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            LineSearch("Armijo", Steepest(), Armijo()),
            LineSearch("Wolfe", Steepest(), StrongWolfe()),
            LineSearch("exact", Steepest(), Exact()),
            LineSearch("conjugate gradient", ConjugateGradient(), StrongWolfe(flat=0.1)),
            LineSearch("BFGS", BFGS(), StrongWolfe()),
            LineSearch("L-BFGS", LBFGS(), StrongWolfe()),
            LineSearch("Newton", Newton(), Armijo()),
            TrustRegion(),
            GaussNewton(),
            LevenbergMarquardt(),
        )
    }
)
_ALIASES = {"cg": "conjugategradient", "lm": "levenbergmarquardt", "exactlinesearch": "exact"}


def find_method(name: str) -> Method:
    """The rule or method of that name; capitals, hyphens and blanks do not matter.

    >>> find_method("l-bfgs").name, find_method("adam").name
    ('L-BFGS', 'Adam')
    """
    wanted = plain_name(name)
    wanted = _ALIASES.get(wanted, wanted)
    for known, method in METHODS.items():
        if plain_name(known) == wanted:
            return method
    names = [*(rule.name for rule in RULES), *METHODS, "auto"]
    try:
        return Repeat(find_rule(name))
    except UsageError:
        raise UsageError(f"I don't know the rule {name!r}.", hint=f"Rules: {', '.join(names)}.") from None


__all__ = [
    "BFGS",
    "LBFGS",
    "METHODS",
    "Armijo",
    "Choice",
    "ConjugateGradient",
    "Exact",
    "Failed",
    "GaussNewton",
    "LevenbergMarquardt",
    "LineSearch",
    "Method",
    "Move",
    "Newton",
    "Repeat",
    "Steepest",
    "StrongWolfe",
    "TrustRegion",
    "automatic",
    "find_method",
]
