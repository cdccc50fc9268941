"""Is an answer right? `check` says equal, different (with a point that shows it), or cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symgrad.calculus.told import Derivation
from symgrad.calculus.verify import check_equal
from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.syntax.tree import Compare, Matrix, Truth
from symgrad.syntax.walks import free_symbols

_VERDICTS = {"holds": "equal", "contradicted": "different", "unknown": "cannot tell"}
ANSWER_POINTS = 12  # more than a derivation's own lines get: an answer may be wrong on purpose


@dataclass(frozen=True)
class Verdict:
    """What comparing an answer gave; true only for "equal".

    Args:
        verdict: "equal", "different" or "cannot tell".
        points: at how many points both agreed.
        witness: for "different" a point at which they differ, with the values of "answer" and "expected" there.
        reason: for "cannot tell", why.
    """

    verdict: str
    points: int
    witness: Mapping[str, Any] | None = None
    reason: str = ""

    def __bool__(self) -> bool:
        return self.verdict == "equal"

    def __str__(self) -> str:
        if self.verdict == "equal":
            return f"equal (checked at {self.points} points)"
        if self.witness is not None:
            place = ", ".join(f"{k} = {v}" for k, v in self.witness.items() if k not in ("answer", "expected"))
            where = f"at {place} " if place else ""
            return f"different: {where}the answer is {self.witness['answer']}, not {self.witness['expected']}"
        return f"cannot tell: {self.reason}" if self.verdict != "different" else f"different: {self.reason}"


def check(answer: Any, *, answer_to: Any, points: int = ANSWER_POINTS) -> Verdict:
    """Whether an answer equals what is asked for, by high-precision numbers at points of the real domain.

    Args:
        answer: text, Formula or sympy expression.
        answer_to: a derivation, whose result counts, or a formula.
        points: at how many points both must agree.

    Returns:
        A verdict in three values; where the answer is different, with a point that shows it.

    Raises:
        SymgradError: the answer is no formula, or uses a variable that the question does not have.

    >>> from symgrad import derive
    >>> print(check("2x cos(x^2)", answer_to=derive("sin(x^2)")))
    equal (checked at 12 points)
    >>> print(check("cos(x^2)", answer_to=derive("sin(x^2)")).verdict)
    different
    """
    given = as_formula(answer)
    wanted = answer_to.tree if isinstance(answer_to, Derivation) else as_formula(answer_to).tree
    _refuse_what_is_no_answer(given)
    known = {symbol.name for symbol in free_symbols(wanted)}
    if isinstance(answer_to, Derivation):
        known |= set(answer_to.formula.names)
    strange = [name for name in given.names if name not in known]
    if strange and known:
        raise UsageError(
            f"The answer has the variable '{strange[0]}', which the question does not have.",
            hint=f"The question's variables are {', '.join(sorted(known))}.",
        )
    found = check_equal(given.tree, wanted, points)
    witness = None
    if found.witness is not None:
        renamed = {"before": "answer", "after": "expected"}
        witness = {renamed.get(key, key): _short(value) for key, value in found.witness.items()}
    return Verdict(_VERDICTS[found.status], found.points, witness, found.reason)


def _refuse_what_is_no_answer(given: Formula) -> None:
    if isinstance(given.tree, (Compare, Truth)):
        raise UsageError("The answer is an equation or a condition, not a formula.", hint="Give only its right side.")
    if isinstance(given.tree, Matrix) and not given.tree.children:
        raise UsageError("The answer is empty.", hint="Give a formula.")


def _short(value: Any) -> Any:
    """A number to six digits, for people."""
    try:
        return f"{float(value):.6g}"
    except (TypeError, ValueError, OverflowError):
        return str(value)
