"""Training: the model followed by an error function is a function of the parameters; descent finds them.

The error of one example is a formula and is differentiated symbolically. Over a few examples the whole error is
written out and descended as a formula; over many its gradient is added up row by row. Where the whole error is a
quadratic, what its curvature says of the learning rate is known before the first step.
"""

from typing import Any

import numpy as np

from symgrad.descent import UpdateRule, descend
from symgrad.descent.methods import Method
from symgrad.errors import UsageError
from symgrad.learn.fit import Fit
from symgrad.learn.losses import TARGET, Loss, find_loss
from symgrad.learn.model import Array, Model, as_numbers
from symgrad.learn.whole import exact_rates, written_out

SHORT = 12  # examples of a sum that is descended as it is written


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
    (-1.0, '(69/4)(w + 1)²', '4/69')
    """
    if isinstance(loss, str) and loss.lower().startswith("mean "):
        loss, mean = loss[len("mean ") :], True
    chosen = find_loss(loss)
    columns = _examples(model, inputs, targets)
    error = model.error(chosen)
    start = dict.fromkeys(model.parameters, 0.0) if start is None else start
    if rate is None and rule == "gradient descent":
        known = exact_rates(model, chosen, columns, mean)
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
    wanted = as_numbers(targets, "targets")
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
