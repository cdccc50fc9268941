"""The others, each in its own best calling form: (case, point) -> a callable without arguments, and one for batches.

A peer that is not installed is left out; `bench` in the optional dependencies names those with wheels.
"""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.suite import Case

Maker = Callable[[Case], Any]


def expressions(case: Case) -> tuple[list[Any], list[Any]]:
    """sympy's symbols, and the value with its derivatives."""
    import sympy

    from symgrad.formula import to_sympy

    expression = to_sympy(case.formula)
    known = {symbol.name: symbol for symbol in expression.free_symbols}
    symbols = [known.get(name, sympy.Symbol(name, real=True)) for name in case.variables]
    return symbols, [expression, *(sympy.diff(expression, symbol) for symbol in symbols)]


def lambdify_math(case: Case) -> Any:
    import sympy

    from symgrad.program import _ieee

    symbols, values = expressions(case)
    names = {"gamma": math.gamma, "loggamma": math.lgamma, "polygamma": _ieee.polygamma, "sign": _ieee.sign}
    return sympy.lambdify(symbols, values, [names, "math"], cse=True)


def lambdify_numpy(case: Case) -> Any:
    import sympy

    symbols, values = expressions(case)
    return sympy.lambdify(symbols, values, ["numpy", "scipy"], cse=True)


def symengine_llvm(case: Case) -> Any:
    import symengine

    symbols, values = expressions(case)
    f = symengine.Lambdify(
        [symengine.sympify(symbol) for symbol in symbols],
        [symengine.sympify(values[0])]
        + [symengine.sympify(values[0]).diff(symengine.sympify(symbol)) for symbol in symbols],
        backend="llvm",
        cse=True,
    )
    out = np.empty(1 + len(symbols))
    return lambda x: f.unsafe_real(x, out)


def quiet(function: Callable[[], Any]) -> Any:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function()
