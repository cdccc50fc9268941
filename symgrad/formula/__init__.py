"""A formula as everyone hands it around: read from text or taken from sympy, order and source kept.

This is the one door to sympy (`to_sympy`, `from_sympy`), opened only when it is asked for: reading, deriving and
printing a formula work on its tree. What a formula means, calculus knows; how it looks, typeset.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from symgrad.errors import UsageError
from symgrad.syntax.names import normal_form
from symgrad.syntax.tree import Node, Symbol
from symgrad.syntax.walks import flattened, free_symbols, from_flat
from symgrad.typeset import DEFAULT, Style, latex, line, mathml

if TYPE_CHECKING:
    import sympy

    from symgrad.syntax import Budgets, Reading, ReadOptions

__all__ = ["Formula", "as_formula", "from_sympy", "to_sympy"]


def to_sympy(node: Node, symbols: Mapping[str, Any] | None = None) -> Any:
    """The formula as a sympy expression with real symbols (or the given ones, by name)."""
    from symgrad.formula.into_sympy import to_sympy as convert

    return convert(node, symbols)


def from_sympy(expression: Any) -> Node:
    """A sympy expression as a tree, in the order in which sympy prints it."""
    from symgrad.formula.out_of_sympy import from_sympy as convert

    return convert(expression)


class Formula:
    """A formula with its variables in order and, where it was typed, its source.

    Args:
        source: text, a tree, a sympy expression, or a formula.
        syntax: "plain" or "latex", for text.
        variables: the names of the variables in the order wanted; by default as they first appear. Names that do not
            occur are allowed: the formula is constant in them.
        options: how text is read (`symgrad.syntax.ReadOptions`).
        budgets: how long and how deep text may be (`symgrad.syntax.Budgets`), in place of those of the options.

    Raises:
        ReadError: the text is not a formula.
        LimitError: it is longer or deeper than its budgets.
        UsageError: the variables asked for leave out one that occurs, or the source is of another type.
    """

    __slots__ = ("_expr", "_symbols", "names", "reading", "source", "tree")

    tree: Node
    names: tuple[str, ...]
    source: str | None
    reading: "Reading | None"

    def __init__(
        self,
        source: "str | Node | sympy.Basic | Formula",
        *,
        syntax: str = "plain",
        variables: "Iterable[str | sympy.Symbol] | None" = None,
        options: "ReadOptions | None" = None,
        budgets: "Budgets | None" = None,
    ) -> None:
        if variables is not None and not isinstance(variables, str):
            variables = tuple(variables)
        self.source, self.reading, self._expr = None, None, None
        self._symbols: dict[str, Any] = {}
        if isinstance(source, Formula):
            self.tree, self.source, self.reading = source.tree, source.source, source.reading
            self._symbols, self._expr = source._symbols, source._expr
        elif isinstance(source, Node):
            self.tree = source
        elif isinstance(source, str):
            self._read(source, syntax, _with_budgets(_declaring(options, variables), budgets))
        else:
            self._take(source)
        self.names = self._order(variables)

    def _read(self, text: str, syntax: str, options: "ReadOptions | None") -> None:
        from symgrad.syntax import read

        self.reading = read(text, syntax=syntax) if options is None else read(text, syntax=syntax, options=options)
        self.tree, self.source = self.reading.tree, text

    def _take(self, expression: Any) -> None:
        """A sympy expression: its own symbols come back in `expr` and `variables`."""
        if isinstance(expression, (int, float)) and not isinstance(expression, bool):
            from fractions import Fraction
            from math import isfinite

            from symgrad.syntax.tree import Negate, Number

            if isinstance(expression, float) and not isfinite(expression):
                raise UsageError(f"{expression} is not a number that a formula can hold.")
            value = Fraction(expression if isinstance(expression, int) else str(expression))
            self.tree = Number(value) if value >= 0 else Negate(Number(-value))
            return
        if (type(expression).__module__ or "").split(".")[0] != "sympy" and not hasattr(expression, "free_symbols"):
            raise UsageError(
                f"A formula is made from text, a tree or a sympy expression, not from a {type(expression).__name__}."
            )
        self.tree = from_sympy(expression)
        self._expr = expression
        for symbol in expression.free_symbols:
            name = normal_form(str(symbol.name)) if symbol.is_Symbol else None
            if name is not None and self._symbols.setdefault(name, symbol) != symbol:
                raise UsageError(
                    f"Two different symbols of the expression are called {name!r}.",
                    hint="They differ in their assumptions or their spelling; give each a name of its own.",
                )

    def _order(self, variables: "Iterable[str | sympy.Symbol] | None") -> tuple[str, ...]:
        found = tuple(dict.fromkeys(symbol.name for symbol in free_symbols(self.tree)))
        if variables is None:
            return found
        if isinstance(variables, str):
            variables = [variables]
        asked = tuple(dict.fromkeys(_as_name(variable) for variable in variables))
        missing = [name for name in found if name not in asked]
        if missing:
            raise UsageError(
                f"The variables asked for leave out '{missing[0]}'.",
                hint="List every variable that occurs in the formula.",
            )
        return asked

    @property
    def expr(self) -> Any:
        """The formula as a sympy expression; its symbols are real unless it came from sympy with others."""
        if self._expr is None:
            self._expr = to_sympy(self.tree, self._symbols)
        return self._expr

    @property
    def variables(self) -> "tuple[sympy.Symbol, ...]":
        """The variables as sympy symbols, in order."""
        from symgrad.formula.into_sympy import to_sympy as convert

        return tuple(convert(Symbol(name), self._symbols) for name in self.names)

    @property
    def symbols(self) -> dict[str, Any]:
        """The sympy symbols that stand for names, where the formula came from sympy."""
        return dict(self._symbols)

    def latex(self, style: Style = DEFAULT) -> str:
        """The formula as LaTeX for math mode."""
        return latex(self.tree, style)

    def __str__(self) -> str:
        return line(self.tree)

    def __repr__(self) -> str:
        return f"Formula({line(self.tree)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Formula):
            return NotImplemented
        return self.tree == other.tree and self.names == other.names

    def __hash__(self) -> int:
        return hash((self.tree, self.names))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (flattened([self.tree]), self.names, self.source, self.reading, self._symbols)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {
            "text/plain": str(self),
            "text/latex": f"$\\displaystyle {self.latex()}$",
            "text/html": mathml(self.tree),
        }


def _rebuild(
    flat: tuple[Any, Any],
    names: tuple[str, ...],
    source: str | None,
    reading: "Reading | None",
    symbols: dict[str, Any],
) -> Formula:
    (tree,) = from_flat(*flat)
    formula = Formula(tree, variables=names)
    formula.source, formula.reading, formula._symbols = source, reading, symbols
    return formula


def _declaring(options: "ReadOptions | None", variables: "Iterable[str | sympy.Symbol] | None") -> "ReadOptions | None":
    """The options with the variables asked for declared, so that `rate` or `kx` is one name and no product."""
    if variables is None or (options is not None and options.variables):
        return options
    from symgrad.syntax import ReadOptions

    asked = [variables] if isinstance(variables, str) else list(variables)
    names = (normal_form(variable if isinstance(variable, str) else str(variable)) for variable in asked)
    return (options or ReadOptions())._replace(variables=tuple(name for name in names if name is not None))


def _with_budgets(options: "ReadOptions | None", budgets: "Budgets | None") -> "ReadOptions | None":
    if budgets is None:
        return options
    from symgrad.syntax import ReadOptions

    return (options or ReadOptions())._replace(budgets=budgets)


def _as_name(variable: Any) -> str:
    """The normal form of a variable given as text or as a sympy symbol."""
    text = variable if isinstance(variable, str) else str(getattr(variable, "name", variable))
    name = normal_form(text)
    if name is None:
        raise UsageError(f"{text[:60]!r} is not a name of a variable.")
    return name


def as_formula(source: "str | Node | sympy.Basic | Formula") -> Formula:
    """The source itself if it is a formula, else one made from it."""
    return source if isinstance(source, Formula) else Formula(source)
