"""`compile`: a formula in, a fast callable out."""

from typing import Any

from symgrad.errors import UsageError
from symgrad.program.function import Function, compile_trees, normalised

BACKENDS = ("auto", "python", "numpy", "llvm")


def compile(  # noqa: A001 - the public name of the design
    formula: Any,
    *,
    variables: Any = None,
    order: int = 1,
    backend: str = "auto",
    dtype: Any = "float64",
    stable: bool = True,
) -> Function:
    """A formula as a callable for its value, gradient and Hessian.

    Args:
        formula: a Formula, a text, a sympy expression or a syntax tree; a list of them for a vector of values.
        variables: their names in calling order; None for the order in which they first appear.
        order: 0 for the value, 1 for (value, gradient), 2 for (value, gradient, Hessian).
        backend: "auto" (native code if llvmlite is installed, else numpy for arrays and Python for numbers), "llvm",
            "numpy" or "python".
        dtype: "float64" or "float32", for arrays.
        stable: whether forms that lose digits or overflow are replaced by ones that keep them.

    Returns:
        f with f(x, y): floats in, float and array (n,) out; arrays broadcast to a batch, gradient (n, *batch), Hessian
        (n, n, *batch).

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
    trees, names, several = normalised(formula, variables)
    if several and order > 1:
        raise UsageError("A list of formulas has values and a Jacobian, but no Hessian: order 0 or 1.")
    options = {"backend": backend, "dtype": str(dtype), "stable": stable}
    return compile_trees(trees, names, order, options, several)
