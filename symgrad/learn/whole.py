"""The whole error: the error of one example added up over all, written out as a formula with exact numbers.

What can be known of it before the first step (a complete square, its curvature, the learning rates that converge) is
found here; descending it is `train.py`.
"""

from collections.abc import Mapping
from fractions import Fraction

from symgrad.descent.landscape import Rates, learning_rates, quadratic
from symgrad.descent.polynomial import polynomial
from symgrad.errors import LimitError
from symgrad.formula import Formula
from symgrad.learn.losses import TARGET, Loss
from symgrad.learn.model import Array, Model
from symgrad.syntax.tree import Add, Divide, Multiply, Negate, Node, Number, Power, Symbol
from symgrad.syntax.walks import substitute

WRITTEN_OUT = 200  # examples of a sum that can be written out


def written_out(model: Model, error: Loss, columns: Mapping[str, Array], mean: bool = False) -> Formula:
    """The error over all examples as a formula in the parameters: Σ error(model(input), target), numbers put in.

    A quadratic in one parameter is written as a complete square.

    Raises:
        LimitError: there are too many examples to write them out.

    >>> import numpy as np
    >>> from symgrad.learn.losses import find_loss
    >>> from symgrad.learn.model import perceptron
    >>> examples = {"input": np.array([2.0]), "target": np.array([1.0])}
    >>> str(written_out(perceptron(), find_loss("squared error"), examples))
    '4(w − 1/2)²'
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


def exact_rates(model: Model, error: Loss, columns: Mapping[str, Array], mean: bool) -> Rates | None:
    """Learning rates from the exact curvature of the whole error, where it is a quadratic short enough to write out."""
    if len(columns[TARGET]) > WRITTEN_OUT:
        return None
    whole = written_out(model, error, columns, mean)
    return None if quadratic(whole) is None else learning_rates(whole)
