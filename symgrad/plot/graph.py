"""What is drawn: a function with its slope and its names, made from a formula or from any two callables.

A `Graph` is of one variable, a `Surface` of two. They carry vectorised callables and labels; how a picture looks is
told elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from symgrad.calculus import derive
from symgrad.errors import UsageError
from symgrad.formula import Formula, as_formula
from symgrad.plot.labels import Label
from symgrad.plot.sampling import Array, Values, evaluate
from symgrad.program import compile as compile_formula
from symgrad.syntax.tree import Apply, Symbol

X, Y = Label("x", "x"), Label("y", "y")
F_OF_X, SLOPE_OF_X, F_OF_XY = Label("f(x)", "f(x)"), Label("f′(x)", "f'(x)"), Label("f(x, y)", "f(x, y)")


@dataclass(frozen=True)
class Graph:
    """A function of one variable to be drawn.

    Args:
        value: the function of an array.
        slope: its derivative, of an array.
        variable: what the x-axis is called.
        name: what the function is called, f(x).
        slope_name: what its derivative is called, f′(x).
        formula: what the function is, where that is known.
        slope_formula: what its derivative is, where that is known.

    >>> Graph(np.sin, np.cos).name.text
    'f(x)'
    """

    value: Values
    slope: Values
    variable: Label = X
    name: Label = F_OF_X
    slope_name: Label = SLOPE_OF_X
    formula: Label | None = None
    slope_formula: Label | None = None

    @classmethod
    def of(cls, formula: Any, *, letter: str = "f") -> Self:
        """The graph of a formula in one variable, its derivative the exact one.

        Raises:
            UsageError: the formula has more than one variable.
        """
        formula = as_formula(formula)
        if len(formula.names) > 1:
            raise UsageError(
                f"A curve needs one variable, not {len(formula.names)}: {', '.join(formula.names)}.",
                hint="Give numbers for the others, or draw contours of two variables.",
            )
        name = formula.names[0] if formula.names else "x"
        formula = formula if formula.names else Formula(formula.tree, variables=("x",))
        function = compile_formula(formula, order=1)
        return cls(
            value=lambda x: function(x)[0],
            slope=lambda x: function(x)[1][0],
            variable=Label.of(Symbol(name)),
            name=Label.of(Apply(letter, Symbol(name))),
            slope_name=Label.of(Apply(letter, Symbol(name), orders=(1,))),
            formula=Label.of(formula.tree),
            slope_formula=Label.of(derive(formula, name).tree),
        )

    @property
    def equation(self) -> Label:
        """f(x) = …, or f(x) alone where the formula is not known."""
        return self.name if self.formula is None else Label.equation(self.name, self.formula)

    @property
    def slope_equation(self) -> Label:
        """f′(x) = …, or f′(x) alone."""
        return self.slope_name if self.slope_formula is None else Label.equation(self.slope_name, self.slope_formula)

    def at(self, x: float) -> tuple[float, float]:
        """Value and slope at one point."""
        point = np.array([float(x)])
        return float(evaluate(self.value, point)[0]), float(evaluate(self.slope, point)[0])


@dataclass(frozen=True)
class Surface:
    """A function of two variables to be drawn from above.

    Args:
        value: the function of two arrays.
        variables: what the axes are called.
        name: what the function is called.
        formula: what it is, where that is known.
    """

    value: Callable[[Array, Array], Array]
    variables: tuple[Label, Label] = (X, Y)
    name: Label = F_OF_XY
    formula: Label | None = None

    @classmethod
    def of(cls, formula: Any, *, letter: str = "f") -> Self:
        """The surface of a formula in two variables.

        Raises:
            UsageError: the formula has another number of variables.
        """
        formula = as_formula(formula)
        if len(formula.names) != 2:
            raise UsageError(
                f"Contours need two variables, not {len(formula.names)}.", hint="Draw a curve, or the convergence."
            )
        function = compile_formula(formula, order=0)
        symbols = tuple(Symbol(name) for name in formula.names)
        return cls(
            value=function,
            variables=(Label.of(symbols[0]), Label.of(symbols[1])),
            name=Label.of(Apply(letter, *symbols)),
            formula=Label.of(formula.tree),
        )

    def heights(self, x: Array, y: Array) -> Array:
        """The values as floats of the shape of x, NaN where there is none that can be drawn."""
        heights = evaluate(lambda first: self.value(first, y), x)
        heights[~np.isfinite(heights)] = np.nan
        return heights

    @property
    def equation(self) -> Label:
        """f(x, y) = …, or f(x, y) alone."""
        return self.name if self.formula is None else Label.equation(self.name, self.formula)


def as_graph(source: Any) -> Graph:
    """A graph as it is, or the graph of a formula, expression or text."""
    return source if isinstance(source, Graph) else Graph.of(source)


def as_surface(source: Any) -> Surface:
    """A surface as it is, or the surface of a formula, expression or text."""
    return source if isinstance(source, Surface) else Surface.of(source)
