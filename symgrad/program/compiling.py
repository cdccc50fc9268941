"""`compile`: a formula in, a fast callable out."""

from collections.abc import Collection, Mapping, Sequence
from operator import index
from typing import Any

import numpy as np

from symgrad.errors import LimitError, UsageError
from symgrad.formula import Formula, as_formula
from symgrad.program import arguments
from symgrad.program.function import Function, compile_trees
from symgrad.program.lower import has_index
from symgrad.program.templates import free_names
from symgrad.syntax import ReadOptions
from symgrad.syntax.budgets import Budgets
from symgrad.syntax.tree import Compare, Logic, Node, Truth

BACKENDS = ("auto", "python", "numpy", "llvm")
LONGEST = 10**8  # terms of a sum over arrays


def compile(  # noqa: A001 - the public name of the design
    formula: Any,
    *,
    variables: Any = None,
    order: int = 1,
    backend: str = "auto",
    dtype: Any = "float64",
    stable: bool = True,
    data: Mapping[str, Any] | None = None,
) -> Function:
    """A formula as a callable for its value, gradient and Hessian.

    Args:
        formula: a Formula, a text, a sympy expression or a syntax tree; a list of them for a vector of values. A text
            has budgets; Formula(text, budgets=…) has others.
        variables: a list of their names (or symbols) in calling order; None for the order in which they first appear.
            What is named is a variable in a text whatever it looks like (pi, rate); an indexed name stands for all its
            components.
        order: 0 for the value, 1 for (value, gradient), 2 for (value, gradient, Hessian).
        backend: "llvm" (native code, needs llvmlite), "numpy", "python", or "auto": Python for numbers and numpy for
            arrays, at once; if llvmlite is installed native code from the 200th call, the first large batch or 20
            million operations on, when compiling pays. Backends agree to rounding, not to the last digit.
        dtype: "float64" or "float32", for arrays. One value is a float either way.
        data: arrays for indexed names that are no variables: y[i] is entry number i of data["y"], counted from 1; or
            numbers for single names. They are copied.
        stable: whether forms that lose digits or overflow are replaced by ones that keep them.

    Returns:
        f with f(x, y): floats in, float and array (n,) out; arrays broadcast to a batch, gradient (n, *batch), Hessian
        (n, n, *batch). Where there is no derivative it is the mean of the two sides: 0 for |x|, 1/2 for max(x, 0) and
        at the ends of clip; but relu'(0) is 0, and floor, ceil, round, sign and step are constant wherever they jump.

    A formula with data, or with a sum over 50 or more components of indexed names, is computed over arrays instead of
    being written out: see `sums.SumFunction`, which takes one array for each indexed name; vector(x) has one entry for
    each component. So is a sum that is written out in thousands of like terms. Where its Hessian is too large for a
    matrix there are hvp(x, v) and hessian_entries(x). Fewer terms, and those for the backend "python" without data, are
    written out: each component is an argument, x_1, x_2, ….

    Raises:
        UsageError: an unknown option, a variable not named, a part without a value at a point.
        ReadError, LimitError: the text is no formula, or is longer than its budgets.
        NoRuleError: a special function has no derivative by that argument.
        MissingPackageError: the backend "llvm" without llvmlite.

    >>> from symgrad.syntax.tree import Multiply, Symbol
    >>> f = compile(Multiply(Symbol("x"), Symbol("y")))
    >>> f(2.0, 3.0)
    (6.0, array([3., 2.]))
    """
    order, backend, dtype = _order(order), _backend(backend), _precision(dtype)
    asked = arguments.asked(variables)
    given = arguments.named_data(data, asked or ())
    several = isinstance(formula, (list, tuple))
    if several and order > 1:
        raise UsageError("A list of formulas has values and a Jacobian, but no Hessian: order 0 or 1.")
    if several and data is not None:
        raise UsageError("Data goes with one formula, not with a list.")
    if several and not formula:
        raise UsageError("There is no formula in the list.")
    over_arrays = not several and (backend != "python" or data is not None)
    names = [*(asked or ()), *given]
    items, too_long = (formula if several else (formula,)), None
    try:
        found = [_read(item, names) for item in items]
    except LimitError as error:
        if not (over_arrays and isinstance(formula, str)):
            raise
        found, too_long = [_read_long(formula, names, error)], error
    trees = tuple([tree for tree, _ in found])
    if asked is None:
        asked = _own_order(found, given)
    if over_arrays:
        whole = _long_sum(trees[0], asked, None if data is None else given, (order, backend, dtype, bool(stable)))
        if whole is not None:
            return whole  # type: ignore[no-any-return]  # the same face over one vector of all components
    if too_long is not None:
        raise too_long
    options = {"backend": backend, "dtype": dtype, "stable": bool(stable)}
    return compile_trees(trees, arguments.in_order(trees, asked), order, options, several)


# ---- options ---------------------------------------------------------------------------------------------------------


def _order(order: Any) -> int:
    try:
        found = index(order)
    except TypeError:
        found = -1
    if found not in (0, 1, 2):
        raise UsageError(f"order is 0, 1 or 2 (value, gradient, Hessian), not {order!r}.")
    return found


def _backend(backend: Any) -> str:
    if not isinstance(backend, str) or backend not in BACKENDS:
        raise UsageError(f"There is no backend {backend!r}.", hint="Backends: " + ", ".join(BACKENDS) + ".")
    return backend


def _precision(dtype: Any) -> str:
    """float64 or float32, as text or as numpy has them."""
    try:
        name = "" if dtype is None else str(np.dtype(dtype))
    except (TypeError, ValueError):
        name = ""
    if name not in ("float64", "float32"):
        raise UsageError(f"dtype is float64 or float32, not {dtype!r}.")
    return name


# ---- formulas --------------------------------------------------------------------------------------------------------


Read = tuple[Node, tuple[str, ...] | None]  # a tree, and the order of the variables if the formula has one of its own


def _read(formula: Any, names: Sequence[str], options: ReadOptions | None = None) -> Read:
    """The formula as a tree; a text is read with the names declared."""
    if isinstance(formula, Node):
        tree, order = formula, None
    else:
        if isinstance(formula, str) and (names or options):
            formula = Formula(formula, options=(options or ReadOptions())._replace(variables=tuple(names)))
        known = as_formula(formula)
        tree, order = known.tree, known.names
    if isinstance(tree, (Compare, Logic, Truth)):
        raise UsageError("This is a condition, not a formula with a value.", hint="Give one side of it.")
    return tree, order


def _read_long(text: str, names: Sequence[str], error: LimitError) -> Read:
    """A text that may have sums of any length, since they are computed over arrays and never written out."""
    found = _read(text, names, ReadOptions(budgets=Budgets(terms=LONGEST)))
    if not has_index(found[0]):
        raise error
    return found


def _own_order(found: Sequence[Read], data: Collection[str]) -> tuple[str, ...] | None:
    """The names in the order that the formulas have of their own; None if they are trees."""
    if all(order is None for _, order in found):
        return None
    names: dict[str, None] = {}
    for tree, order in found:
        names |= dict.fromkeys(free_names(tree) if order is None else order)
    return tuple([name for name in names if name not in data])


def _long_sum(
    formula: Node, names: tuple[str, ...] | None, data: Mapping[str, Any] | None, options: tuple[int, str, str, bool]
) -> Any:
    """The function over arrays, if the formula is one for it; None if it is to be written out."""
    order, backend, dtype, stable = options
    from symgrad.program.long_sums import has_long_sums, worth_rolling
    from symgrad.program.sums import FOLDED, SumFunction

    indexed = has_index(formula)
    if data is None and not (has_long_sums(formula) if indexed else worth_rolling(formula, FOLDED)):
        return None
    bases = [name for name in free_names(formula) if name not in (data or {})]
    known = names is not None and set(bases) <= set(names)
    function = SumFunction(formula, data or {}, order, backend, dtype, stable, names if known else None)
    if names is not None and not known and names != function.names:
        if data is None:
            return None
        raise UsageError(
            "The variables given are not those of the formula.", hint=", ".join(function.variables.bases) + "."
        )
    if order > 1:
        function.check_matrix()
    return function
