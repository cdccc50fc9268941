"""`compile`: a formula in, a fast callable out."""

from collections.abc import Mapping
from typing import Any

from symgrad.errors import LimitError, UsageError
from symgrad.program.arguments import normalised
from symgrad.program.function import Function, compile_trees
from symgrad.program.lower import has_index
from symgrad.syntax.tree import Node

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
        formula: a Formula, a text, a sympy expression or a syntax tree; a list of them for a vector of values.
        variables: their names in calling order; None for the order in which they first appear.
        order: 0 for the value, 1 for (value, gradient), 2 for (value, gradient, Hessian).
        backend: "llvm" (native code, needs llvmlite), "numpy", "python", or "auto": Python for numbers and numpy for
            arrays, at once; if llvmlite is installed native code from the 200th call, the first large batch or 20
            million operations on, when compiling pays. Backends agree to rounding, not to the last digit.
        dtype: "float64" or "float32", for arrays.
        data: arrays for indexed names that are no variables: y[i] is entry number i of data["y"], counted from 1.
        stable: whether forms that lose digits or overflow are replaced by ones that keep them.

    Returns:
        f with f(x, y): floats in, float and array (n,) out; arrays broadcast to a batch, gradient (n, *batch), Hessian
        (n, n, *batch).

    A formula with data, or with a sum over 50 or more components of indexed names, is computed over arrays instead of
    being written out: see `sums.SumFunction`, whose vector(x) has one entry for each component. So is a sum that is
    written out in thousands of like terms. Where its Hessian is too large for a matrix there are hvp(x, v) and
    hessian_entries(x).

    Raises:
        UsageError: an unknown option, a variable not named, a part without a value at a point.

    >>> from symgrad.syntax.tree import Multiply, Symbol
    >>> f = compile(Multiply(Symbol("x"), Symbol("y")))
    >>> f(2.0, 3.0)
    (6.0, array([3., 2.]))
    """
    if order not in (0, 1, 2):
        raise UsageError(f"order is 0, 1 or 2 (value, gradient, Hessian), not {order!r}.")
    if backend not in BACKENDS:
        raise UsageError(f"There is no backend {backend!r}.", hint="Backends: " + ", ".join(BACKENDS) + ".")
    if str(dtype) not in ("float64", "float32"):
        raise UsageError(f"dtype is float64 or float32, not {dtype!r}.")
    whole = _long_sum(formula, variables, data, (order, backend, str(dtype), stable))
    if whole is not None:
        return whole  # type: ignore[no-any-return]  # the same face over one vector of all components
    trees, names, several = normalised(formula, variables)
    if several and order > 1:
        raise UsageError("A list of formulas has values and a Jacobian, but no Hessian: order 0 or 1.")
    options = {"backend": backend, "dtype": str(dtype), "stable": stable}
    return compile_trees(trees, names, order, options, several)


def _long_sum(formula: Any, variables: Any, data: Mapping[str, Any] | None, options: tuple[int, str, str, bool]) -> Any:
    """The function over arrays, if the formula is one for it; None if it is to be written out."""
    if isinstance(formula, (list, tuple)):
        if data is not None:
            raise UsageError("Data goes with one formula, not with a list.")
        return None
    formula = _read(formula, backend=options[1], with_data=data is not None)
    order, backend, dtype, stable = options
    if backend == "python" and data is None:
        return None
    from symgrad.program.long_sums import has_long_sums, worth_rolling
    from symgrad.program.sums import FOLDED, SumFunction
    from symgrad.program.templates import free_names

    indexed = has_index(formula)
    if data is None and not (has_long_sums(formula) if indexed else worth_rolling(formula, FOLDED)):
        return None
    names = None if variables is None else tuple(map(str, variables))
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


def _read(formula: Any, *, backend: str, with_data: bool) -> Node:
    """The tree; a text may have sums of any length where they are computed over arrays and never written out."""
    if isinstance(formula, Node):
        return formula
    from symgrad.formula import Formula, as_formula
    from symgrad.syntax import ReadOptions
    from symgrad.syntax.budgets import Budgets

    try:
        return as_formula(formula).tree
    except LimitError:
        if not isinstance(formula, str) or (backend == "python" and not with_data):
            raise
        long = Formula(formula, options=ReadOptions(budgets=Budgets(terms=LONGEST))).tree
        if not has_index(long):
            raise
        return long
