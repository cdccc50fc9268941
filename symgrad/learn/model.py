"""A model is a formula: the output in inputs and parameters. The smallest is the perceptron, output = w · input.

What makes a model wrong (losses) and how it gets better (training) stand in their own files.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import symgrad.plot as plot  # noqa: PLR0402 - from symgrad would count as an import of everything
from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.learn.activations import IDENTITY, Activation, find_activation
from symgrad.learn.losses import OUTPUT, TARGET, Loss
from symgrad.program import Function
from symgrad.program import compile as compile_formula
from symgrad.syntax.tree import Add, Compare, Multiply, Node, Symbol
from symgrad.syntax.walks import substitute

Array = npt.NDArray[np.float64]
MOST_INPUTS = 10_000


@dataclass(frozen=True)
class Model:
    """A formula for the output, some of whose variables are parameters to be learned; the others are inputs.

    Args:
        formula: the output.
        parameters: the names of what is learned, in order.
        activation: what the last node does with its sum, where the model is a perceptron.

    >>> model = Model(Formula("a x^2 + b"), ("a", "b"))
    >>> model.inputs, float(model.predict({"a": 2, "b": 1}, 3))
    (('x',), 19.0)
    """

    formula: Formula
    parameters: tuple[str, ...]
    activation: Activation = IDENTITY

    def __post_init__(self) -> None:
        object.__setattr__(self, "formula", as_formula(self.formula))
        object.__setattr__(self, "parameters", tuple(self.parameters))
        strange = [name for name in self.parameters if name not in self.formula.names]
        if strange or not self.parameters:
            what = f"has no parameter {strange[0]!r}" if strange else "needs a parameter to learn"
            raise UsageError(f"The model {what}.", hint=f"Its variables: {', '.join(self.formula.names) or 'none'}.")
        for name in (OUTPUT, TARGET):
            if name in self.formula.names:
                raise UsageError(f"A model cannot call a variable {name!r}.", hint="That is what error functions do.")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The variables that are given by data."""
        return tuple(name for name in self.formula.names if name not in self.parameters)

    @property
    def equation(self) -> Node:
        """output = …, as one writes it on the board."""
        return Compare("=", Symbol(OUTPUT), self.formula.tree)

    def error(self, loss: Loss) -> Formula:
        """The model followed by an error function: the error of one example, in parameters, inputs and the target.

        >>> from symgrad.learn.losses import find_loss
        >>> str(perceptron().error(find_loss("squared error")))
        '(w input − target)²'
        """
        tree = substitute(loss.formula.tree, {OUTPUT: self.formula.tree})
        return Formula(tree, variables=(*self.parameters, *self.inputs, TARGET))

    def predict(self, parameters: Mapping[str, float], inputs: Any) -> Any:
        """The output for one input or many: a float for one, an array for many."""
        columns, single = self.columns(inputs)
        values = [float(parameters[name]) for name in self.parameters]
        outputs = self._function(*values, *columns)
        return float(outputs[0]) if single else np.asarray(outputs, dtype=np.float64)

    def columns(self, inputs: Any) -> tuple[list[Array], bool]:
        """The inputs as one array for each input variable, and whether it was a single example.

        Args:
            inputs: for one variable a number or a sequence; for d a sequence of d numbers or an array (n, d).
        """
        table = as_numbers(inputs, "inputs")
        width = len(self.inputs)
        single = table.ndim == 0 or (table.ndim == 1 and width > 1)
        if width == 1 and table.ndim <= 1:
            table = table.reshape(-1, 1)
        table = np.atleast_2d(table)
        if table.ndim != 2 or table.shape[1] != width:
            raise UsageError(
                f"The inputs have the shape {np.shape(inputs)}; the model takes {width} a row.",
                hint=f"One column for each of {', '.join(self.inputs)}.",
            )
        return [np.ascontiguousarray(table[:, k]) for k in range(width)], single

    @cached_property
    def _function(self) -> Function:
        return compile_formula(self.formula, order=0, variables=(*self.parameters, *self.inputs))

    def draw(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> plot.Picture:
        """The network as circles and arrows, every arrow with its weight."""
        weights = [name for name in self.parameters if name.split("_")[0] == "w"]
        if len(weights) != len(self.inputs):
            raise UsageError("Only a perceptron can be drawn: one weight for each input.", hint="Draw its formula.")
        single = len(self.inputs) == 1
        inputs = [plot.Label("i", "i")] if single else [_label(name) for name in self.inputs]
        for name in self.parameters:
            if name not in weights:  # a bias is the weight of an input that is always 1
                weights, inputs = [*weights, name], [*inputs, plot.Label("1", "1")]
        return plot.network(
            (len(inputs), 1),
            path,
            nodes={**{(0, k): label for k, label in enumerate(inputs)}, (1, 0): plot.Label("o", "o")},
            connections={(0, k, 0): _label(name) for k, name in enumerate(weights)},
            captions=("input" if len(inputs) == 1 else "inputs", "output"),
            overwrite=overwrite,
        )


def as_numbers(data: Any, what: str) -> Array:
    """The data as an array of floats.

    Raises:
        UsageError: they are no numbers, or rows of different lengths.
    """
    try:
        return np.asarray(data, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The {what} are not a table of numbers.", hint="Give numbers, rows of one length.") from error


def _label(name: str) -> plot.Label:
    return plot.Label.of(Symbol(name))


def perceptron(inputs: int = 1, *, bias: bool = False, activation: str | Activation | None = None) -> Model:
    """One output node, a connection with a weight from every input: output = a(w₁x₁ + … + wₙxₙ + b).

    Args:
        inputs: how many.
        bias: whether the node adds a number of its own.
        activation: a name from the table, a formula in u, or None for the sum as it is.

    >>> str(perceptron().formula), str(perceptron(2, bias=True, activation="tanh").formula)
    ('w input', 'tanh(w₁ x₁ + w₂ x₂ + b)')
    """
    if not 1 <= int(inputs) <= MOST_INPUTS:
        raise UsageError(f"A perceptron needs 1 to {MOST_INPUTS} inputs, not {inputs}.")
    numbers = range(1, int(inputs) + 1)
    weights = ["w"] if inputs == 1 else [f"w_{k}" for k in numbers]
    names = ["input"] if inputs == 1 else [f"x_{k}" for k in numbers]
    terms: list[Node] = [Multiply(Symbol(w), Symbol(x)) for w, x in zip(weights, names, strict=True)]
    terms += [Symbol("b")] if bias else []
    act = find_activation(activation)
    tree = act.of(terms[0] if len(terms) == 1 else Add(*terms))
    parameters = (*weights, *(["b"] if bias else []))
    return Model(Formula(tree, variables=(*parameters, *names)), parameters, act)
