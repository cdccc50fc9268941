"""Training: the model followed by an error function is a function of the parameters; descent finds them.

The error of one example is a formula and is differentiated symbolically. Over a few examples the whole error is
written out and descended as a formula; over many its gradient is added up row by row. Where the whole error is a
quadratic, what its curvature says of the learning rate is known before the first step.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from symgrad.calculus import Derivation, derive
from symgrad.descent import Trace, UpdateRule, descend
from symgrad.descent.explain import Explanation
from symgrad.descent.figures import number
from symgrad.descent.landscape import Rates, learning_rates, quadratic
from symgrad.descent.methods import Method
from symgrad.descent.polynomial import polynomial
from symgrad.document import Block, Heading, Math, Prose
from symgrad.errors import LimitError, UsageError
from symgrad.formula import Formula
from symgrad.learn.losses import TARGET, Loss, find_loss
from symgrad.learn.model import Array, Model
from symgrad.syntax.tree import Add, Apply, Compare, Divide, Multiply, Negate, Node, Number, Power, Symbol, substitute

WRITTEN_OUT = 200  # examples of a sum that can be written out
SHORT = 12  # examples of a sum that is descended as it is written


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
        return _exact_rates(self.model, self.error, self.columns, self.mean)

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


def train(
    model: Model,
    inputs: Any,
    targets: Any,
    *,
    loss: str | Loss = "squared error",
    rate: Any = None,
    start: Any = None,
    steps: int = 1000,
    mean: bool = False,
    rule: str | UpdateRule | Method = "gradient descent",
    batch: int | None = None,
    seed: int = 0,
    **options: Any,
) -> Fit:
    """Find the parameters that make the error small: x ← u(x, ∇E(x), rate), E the error over all examples.

    Args:
        model: a perceptron, or any formula with parameters.
        inputs: one row (for a single input: one number) an example.
        targets: what should come out, one number an example.
        loss: a name from the table, a formula in `output` and `target`, or a `Loss`; "mean squared error" averages.
        rate: the learning rate; by default the best that the exact curvature allows, or what the rule usually takes.
        start: the parameters to begin with; by default all zero.
        steps: at most so many.
        mean: average the errors and do not add them.
        rule: the update rule, as for `descend`.
        batch: look at so many examples a step, drawn anew each time.
        seed: what the drawing starts from.
        options: anything else that `descend` takes.

    Returns:
        The fit. A training that fails is a fit too, and explains itself.

    Raises:
        UsageError: data and model do not fit together.

    >>> from symgrad.learn.model import perceptron
    >>> fit = train(perceptron(), [4, 1, -0.5], [-4, -1, 0.5])
    >>> round(fit.parameters["w"], 9), str(fit.loss), str(fit.rates.limit)
    (-1.0, '(69/4) (w + 1)²', '4/69')
    """
    if isinstance(loss, str) and loss.lower().startswith("mean "):
        loss, mean = loss[len("mean ") :], True
    chosen = find_loss(loss)
    columns = _examples(model, inputs, targets)
    error = model.error(chosen)
    start = dict.fromkeys(model.parameters, 0.0) if start is None else start
    if rate is None and rule == "gradient descent":
        known = _exact_rates(model, chosen, columns, mean)
        rate = None if known is None or known.best is None else float(known.best)
    options |= {"steps": steps, "rule": rule, "seed": seed}
    if len(columns[TARGET]) <= SHORT and batch is None:  # the whole error is a formula that one can look at
        whole = written_out(model, chosen, columns, mean)
        trace = descend(whole, start, rate, variables=model.parameters, **options)
    else:
        order = (*model.parameters, *columns)
        trace = descend(error, start, rate, variables=order, data=columns, mean=mean, batch=batch, **options)
    return Fit(model, chosen, trace, columns, mean)


def _examples(model: Model, inputs: Any, targets: Any) -> dict[str, Array]:
    """The data as columns by name: the inputs of the model and the target."""
    columns, _ = model.columns(inputs)
    wanted = np.asarray(targets, dtype=np.float64)
    if wanted.ndim == 2 and wanted.shape[1] == 1:
        wanted = wanted[:, 0]
    wanted = np.atleast_1d(wanted)
    if wanted.ndim != 1 or len(wanted) != len(columns[0]):
        raise UsageError(
            f"There are {len(columns[0])} rows of inputs and targets of the shape {wanted.shape}.",
            hint="Give one target for each row.",
        )
    named = dict(zip((*model.inputs, TARGET), (*columns, wanted), strict=True))
    for name, column in named.items():
        if not len(column) or not np.isfinite(column).all():
            raise UsageError(f"The column {name!r} is empty or holds a number that is not finite.")
    return named


def written_out(model: Model, error: Loss, columns: Mapping[str, Array], mean: bool = False) -> Formula:
    """The error over all examples as a formula in the parameters: Σ error(model(input), target), numbers put in.

    A quadratic in one parameter is written as a complete square.

    Raises:
        LimitError: there are too many examples to write them out.

    >>> from symgrad.learn.losses import find_loss
    >>> from symgrad.learn.model import perceptron
    >>> examples = {"input": np.array([2.0]), "target": np.array([1.0])}
    >>> str(written_out(perceptron(), find_loss("squared error"), examples))
    '4 (w − 1/2)²'
    """
    count = len(columns[TARGET])
    if count > WRITTEN_OUT:
        raise LimitError(
            f"The error over {count} examples is too long to write out.", hint="Look at fit.derivation instead."
        )
    term = model.error(error).tree
    rows = [{name: _exact(float(column[k])) for name, column in columns.items()} for k in range(count)]
    terms = [substitute(term, row) for row in rows]
    total = terms[0] if count == 1 else Add(*terms)
    whole = Formula(Divide(total, Number(count)) if mean else total, variables=model.parameters)
    return _complete_square(whole) or whole


def _exact(value: float) -> Node:
    """The shortest decimal that is this float, as an exact number."""
    return Number(Fraction(repr(value)))


def _complete_square(whole: Formula) -> Formula | None:
    """a(w − m)² + c for a quadratic in one parameter, exactly; None for anything else.

    >>> str(_complete_square(Formula("w^2 + 2w")))
    '(w + 1)² − 1'
    """
    shape = quadratic(whole) if len(whole.names) == 1 else None
    if shape is None or shape.minimizer is None:
        return None
    name, middle, half = whole.names[0], shape.minimizer[0], shape.hessian[0][0] / 2
    found = polynomial(whole.tree, whole.names, degree=2)
    lowest = Fraction(0) if found is None else found.at([middle])
    shifted = Add(Symbol(name), _signed(-middle)) if middle else Symbol(name)
    square = Power(shifted, Number(2))
    scaled = square if half == 1 else Multiply(Number(half), square)
    return Formula(Add(scaled, _signed(lowest)) if lowest else scaled, variables=whole.names)


def _signed(value: Fraction) -> Node:
    """A number as a term of a sum: a negative one as minus a positive one."""
    return Negate(Number(-value)) if value < 0 else Number(value)


def _exact_rates(model: Model, error: Loss, columns: Mapping[str, Array], mean: bool) -> Rates | None:
    """Learning rates from the exact curvature of the whole error, where it is a quadratic short enough to write out."""
    if len(columns[TARGET]) > WRITTEN_OUT:
        return None
    whole = written_out(model, error, columns, mean)
    return None if quadratic(whole) is None else learning_rates(whole)


def _of_rates(fit: Fit) -> list[str]:
    """What the exact curvature says: which rates converge, which is best, and what the one that was used does."""
    rates, used = fit.rates, fit.trace.settings.get("rate")
    if rates is None:
        return []
    said = [f"The curvature of the error is exactly {_fraction(rates.highest)} everywhere"]
    if len(fit.model.parameters) > 1:
        said = [f"The curvature of the error lies between {_fraction(rates.lowest)} and {_fraction(rates.highest)}"]
    said[0] += f": learning rates below {_fraction(rates.limit)} converge"
    if rates.best is not None and len(fit.model.parameters) == 1:
        said[0] += f", {_fraction(rates.best)} does so in one step"
    said[0] += "."
    if isinstance(used, float) and fit.trace.rule == "gradient descent" and len(fit.model.parameters) == 1:
        factor = 1 - used * float(rates.highest)
        said.append(
            f"The rate {number(used)} multiplies the distance to the best parameter by {number(factor)} a step."
        )
    return said


def _fraction(value: Fraction | float) -> str:
    """A fraction with its decimals, or the decimals alone.

    >>> _fraction(Fraction(4, 69)), _fraction(Fraction(3)), _fraction(0.25)
    ('4/69 ≈ 0.05797', '3', '0.25')
    """
    if not isinstance(value, Fraction) or value.denominator == 1:
        return number(float(value))
    return f"{value.numerator}/{value.denominator} ≈ {number(float(value))}"
