"""The functions that generated array code calls: ufuncs that write into a given array, and what numpy lacks."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from symgrad.program.program import OPERATIONS
from symgrad.program.special import arrays
from symgrad.program.special_table import SPECIAL

_RENAMED = {
    "abs": "absolute",
    "round": "rint",
    "negate": "negative",
    "arsinh": "arcsinh",
    "arcosh": "arccosh",
    "artanh": "arctanh",
    "atan2": "arctan2",
    "and": "logical_and",
    "or": "logical_or",
    "not": "logical_not",
}
_SPECIAL = {"erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "gamma": "gamma", "lgamma": "gammaln", "digamma": "psi"}
_CALLED = {"and": "both", "or": "either", "not": "neither"}  # keywords are no names


def called(op: str) -> str:
    """What an operation is called in generated code."""
    return _CALLED.get(op, op)


@cache
def function(op: str) -> Callable[..., Any]:
    """An operation as a function of its arguments and the array for the result, in this order.

    >>> out = np.empty(2)
    >>> _ = function("hypot")(np.array([3.0, 0.0]), np.array([4.0, 1.0]), out)
    >>> out
    array([5., 1.])
    """
    if op == "maximum":  # a third positional argument of these two is deprecated
        return lambda u, v, out: np.maximum(u, v, out=out)
    if op == "minimum":
        return lambda u, v, out: np.minimum(u, v, out=out)
    if op in _SPECIAL or op == "polygamma":
        return _special(op)
    if op in SPECIAL:
        return arrays(op)
    return getattr(np, _RENAMED.get(op, op))  # type: ignore[no-any-return]


def _special(op: str) -> Callable[..., Any]:
    """A function that numpy lacks: scipy's if it is installed, else one number after another."""
    try:
        from scipy import special
    except ImportError:
        return one_by_one(op)
    if op == "polygamma":
        return _polygamma(special.polygamma)
    by_scipy: Callable[..., Any] = getattr(special, _SPECIAL[op])
    mend = _MENDED.get(op)
    if mend is None:
        return by_scipy

    def mended(u: Any, out: Any) -> None:
        where, value = mend(u)  # before the result may overwrite u
        by_scipy(u, out)
        np.copyto(out, value, where=where)

    return mended


def _polygamma(by_scipy: Callable[..., Any]) -> Callable[..., Any]:
    """scipy's, which counts up to 0 from below in steps of 1, between its poles above −20 and for one order."""
    by_python = one_by_one("polygamma")

    def call(n: Any, u: Any, out: Any) -> None:
        if np.ndim(n) or not 0 < n <= 12 or n != int(n):
            by_python(n, u, out)
            return
        below = ~((u > 0) | ((u > -20) & (u != np.floor(u))))  # the poles and NaN too
        found = np.empty(np.count_nonzero(below), out.dtype)
        by_python(n, u[below], found)
        np.copyto(out, by_scipy(int(n), np.where(below, 1.0, u)))
        out[below] = found

    return call


# where scipy says otherwise than C: ln|Γ| at −∞ and at subnormal numbers, ψ at its pole 0
_MENDED: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "lgamma": lambda u: ((u == -math.inf) | ((np.abs(u) < 1e-290) & (u != 0)), np.abs(np.log(np.abs(u)))),
    "digamma": lambda u: (u == 0, math.nan),
}


def one_by_one(op: str) -> Callable[..., Any]:
    """An operation by its meaning on doubles, one number after another."""
    by_python = np.frompyfunc(OPERATIONS[op].double, OPERATIONS[op].arity, 1)

    def call(*args: Any) -> None:
        *inputs, out = args
        np.copyto(out, by_python(*inputs).astype(out.dtype))

    return call
