"""What training found, and how it is told: parameters, the gradient that was used, the report, the explanation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symgrad.calculus import Derivation, derive
from symgrad.descent import Trace
from symgrad.descent.explain import Explanation
from symgrad.descent.figures import exactly, number
from symgrad.descent.landscape import Rates
from symgrad.document import Block, Heading, Math, Prose
from symgrad.formula import Formula
from symgrad.learn.losses import TARGET, Loss
from symgrad.learn.model import Array, Model
from symgrad.learn.whole import exact_rates, written_out
from symgrad.syntax.tree import Apply, Compare, Node, Symbol


@dataclass(frozen=True, eq=False)
class Fit:
    """What training found: the trace of the descent, the parameters, and the gradient that was used.

    Args:
        model: what was trained.
        error: the error function.
        trace: the descent in the parameters.
        columns: the examples, one array for each input and one for the target.
        mean: whether errors were averaged and not added.
    """

    model: Model
    error: Loss
    trace: Trace
    columns: Mapping[str, Array]
    mean: bool = False

    @property
    def parameters(self) -> dict[str, float]:
        """The best parameters met, by name."""
        return dict(zip(self.trace.names, map(float, self.trace.best.point), strict=True))

    def predict(self, inputs: Any) -> Any:
        """The output for one input (a float) or many (an array)."""
        return self.model.predict(self.parameters, inputs)

    @cached_property
    def derivation(self) -> Derivation:
        """The error of one example differentiated by the parameters: the gradient that was used, with its reasons."""
        names = self.model.parameters
        return derive(self.model.error(self.error), names[0] if len(names) == 1 else list(names))

    @cached_property
    def loss(self) -> Formula:
        """The whole error as a formula in the parameters alone, the examples put in as exact numbers.

        A quadratic in one parameter is written as a complete square.

        Raises:
            LimitError: there are too many examples to write them out.
        """
        return written_out(self.model, self.error, self.columns, self.mean)

    @cached_property
    def rates(self) -> Rates | None:
        """What the exact curvature of the whole error says of learning rates; None where it is not known."""
        return exact_rates(self.model, self.error, self.columns, self.mean)

    def explain(self) -> Explanation:
        """Why training went as it did: the exact limit of the learning rate first, then the story of the descent."""
        told = self.trace.explain()
        first, *others = told.sentences
        return Explanation((first, *_of_rates(self), *others), told.facts)

    @property
    def report(self) -> str:
        """The outcome in a few lines: why it ended, the parameters, the error left, the learning rate."""
        found = ", ".join(f"{name} = {number(value)}" for name, value in self.parameters.items())
        steps = f"{self.trace.steps} step{'s' if self.trace.steps != 1 else ''}"
        lines = [
            f"{self.trace.stop} {steps}, {len(self.columns[TARGET])} examples.",
            f"Parameters: {found}.",
            f"{'Mean' if self.mean else 'Summed'} {self.error.name}: {number(self.trace.best.value)}.",
        ]
        return "\n".join([*lines, *_of_rates(self)])

    def __str__(self) -> str:
        return self.report

    def blocks(self) -> Iterable[Block]:
        """The fit told for notes: model, error, its derivative, the whole error and its learning rates."""
        yield Heading(2, "Training")
        yield Math(self.model.equation)
        yield Prose((f"The {self.error.name} of one example, and its derivative:",))
        yield from self.derivation.blocks()
        if self.rates is not None:
            yield Prose((f"Over the {len(self.columns[TARGET])} examples this is",))
            yield Math(self.equation)
        yield Prose((self.report.replace("\n", " "),))

    @property
    def equation(self) -> Node:
        """E(w) = …: the whole error as an equation."""
        return Compare("=", Apply("E", *(Symbol(name) for name in self.model.parameters)), self.loss.tree)


def _of_rates(fit: Fit) -> list[str]:
    """What the exact curvature says: which rates converge, which is best, and what the one that was used does."""
    rates, used = fit.rates, fit.trace.settings.get("rate")
    if rates is None:
        return []
    said = [f"The curvature of the error is exactly {exactly(rates.highest)} everywhere"]
    if len(fit.model.parameters) > 1:
        said = [f"The curvature of the error lies between {exactly(rates.lowest)} and {exactly(rates.highest)}"]
    said[0] += f": learning rates below {exactly(rates.limit)} converge"
    if rates.best is not None and len(fit.model.parameters) == 1:
        said[0] += f", {exactly(rates.best)} does so in one step"
    said[0] += "."
    if isinstance(used, float) and fit.trace.rule == "gradient descent" and len(fit.model.parameters) == 1:
        factor = 1 - used * float(rates.highest)
        said.append(
            f"The rate {number(used)} multiplies the distance to the best parameter by {number(factor)} a step."
        )
    return said
