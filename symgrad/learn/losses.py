"""THE table of error functions: each a formula in `output` and `target`, the error of one example.

A loss is only its formula; derivative, code and LaTeX come from it. Adding up over examples is done in `train.py`.
"""

from dataclasses import dataclass
from functools import cached_property

from symgrad.errors import UsageError
from symgrad.formula import Formula
from symgrad.syntax import ReadOptions

OUTPUT, TARGET = "output", "target"


@dataclass(frozen=True)
class Loss:
    """An error function: how wrong an output is beside its target.

    Args:
        name: what a lecturer calls it.
        text: the formula in `output` and `target`, in plain syntax.
        says: what it is for, in one sentence.

    >>> Loss("squared error", "(output - target)^2").formula.names
    ('output', 'target')
    """

    name: str
    text: str
    says: str = ""

    @cached_property
    def formula(self) -> Formula:
        """The formula, its variables `output` and `target` in this order.

        Raises:
            UsageError: it speaks of anything else.
        """
        formula = Formula(self.text, options=ReadOptions(variables=(OUTPUT, TARGET)))
        strange = [name for name in formula.names if name not in (OUTPUT, TARGET)]
        if strange or OUTPUT not in formula.names:
            what = f"speaks of {strange[0]!r}" if strange else "does not speak of the output"
            raise UsageError(f"The error function {self.text!r} {what}.", hint="Write it in 'output' and 'target'.")
        return Formula(formula, variables=(OUTPUT, TARGET))


LOSSES: tuple[Loss, ...] = (
    Loss("squared error", "(output - target)^2", "Large mistakes count much more than small ones."),
    Loss("half squared error", "(output - target)^2/2", "The squared error without the 2 in its derivative."),
    Loss("absolute error", "|output - target|", "Every mistake counts by its size; outliers pull less."),
    Loss(
        "log-cosh", "ln(cosh(output - target))", "Squared for small mistakes, absolute for large ones, smooth between."
    ),
    Loss(
        "cross-entropy",
        "-target ln(output) - (1 - target) ln(1 - output)",
        "For an output that is a probability and a target of 0 or 1.",
    ),
    Loss("logistic", "ln(1 + e^(-target output))", "For a score of any size and a target of −1 or 1."),
    Loss("hinge", "max(0, 1 - target output)", "For a target of −1 or 1: no error once the margin is 1."),
    Loss("perceptron", "max(0, -target output)", "For a target of −1 or 1: no error once the side is right."),
)


def find_loss(loss: "str | Loss") -> Loss:
    """The loss of that name, a loss as it is, or a new one from a formula in `output` and `target`.

    >>> find_loss("Squared-Error").text
    '(output - target)^2'
    >>> find_loss("(output - target)^4").formula.names
    ('output', 'target')
    """
    if isinstance(loss, Loss):
        return loss
    for row in LOSSES:
        if _bare(row.name) == _bare(loss):
            return row
    if OUTPUT in loss:
        return Loss(loss, loss)
    known = ", ".join(row.name for row in LOSSES)
    raise UsageError(
        f"I don't know the error function {loss!r}.", hint=f"There are: {known}; or a formula in output and target."
    )


def _bare(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
