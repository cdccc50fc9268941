"""sympy's expressions of the cases, its lambdify, and symengine's derivatives."""

import math
from functools import cache
from typing import Any

import numpy as np

from symgrad.formula import to_sympy
from symgrad.program import _ieee
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement, joined


@cache
def value(case: Case) -> tuple[list[Any], Any]:
    """sympy's symbols and the expression: what peers start from."""
    import sympy

    expression = to_sympy(case.formula)
    known = {symbol.name: symbol for symbol in expression.free_symbols}
    return [known.get(name, sympy.Symbol(name, real=True)) for name in case.variables], expression


@cache
def expressions(case: Case) -> tuple[list[Any], list[Any]]:
    """sympy's symbols, and the value with its derivatives; kept, for many peers start from them."""
    import sympy

    symbols, expression = value(case)
    return symbols, [expression, *(sympy.diff(expression, symbol) for symbol in symbols)]


def forget() -> None:
    """Start anew from the values: for the time to the first result."""
    import sympy

    for kept in (expressions, lambdified_math, lambdified_numpy):
        kept.cache_clear()
    sympy.core.cache.clear_cache()


def refuse(case: Case, *functions: str) -> None:
    """Raise where the expression holds what a peer does not know."""
    import sympy

    if value(case)[1].has(*(getattr(sympy, name) for name in functions)):
        raise NotImplementedError(f"{case.name} holds one of {', '.join(functions)}")


@cache
def lambdified_math(case: Case) -> Any:
    import sympy

    symbols, values = expressions(case)
    names = {"gamma": math.gamma, "loggamma": math.lgamma, "polygamma": _ieee.polygamma, "sign": _ieee.sign}
    return sympy.lambdify(symbols, values, [names, "math"], cse=True)


@cache
def lambdified_numpy(case: Case) -> Any:
    import sympy

    symbols, values = expressions(case)
    return sympy.lambdify(symbols, values, ["numpy", "scipy"], cse=True)


def math_point(case: Case, x: Any) -> Statement:
    function, point = lambdified_math(case), x.tolist()
    return Statement("f(*x)", {"f": function, "x": point}, np.array)


def numpy_point(case: Case, x: Any) -> Statement:
    """An array in and an array out: what an optimiser calls."""
    function = lambdified_numpy(case)

    def call(x: Any) -> tuple[Any, Any]:
        found = function(*x)
        return found[0], np.array(found[1:])

    return Statement("f(x)", {"f": call, "x": x}, joined)


def descent(case: Case, start: Any, rate: float, steps: int) -> Statement:
    """A loop in Python."""
    function = lambdified_numpy(case)

    def run(x: Any) -> Any:
        for _ in range(steps):
            x = x - rate * np.array(function(*x)[1:])
        return x

    return Statement("f(x)", {"f": run, "x": start}, np.array)


def symengine_slopes(family: str, n: int) -> Any:
    """The derivatives of a sum of n terms, one variable after another."""
    import symengine

    from tests.benchmarks.scaling import FAMILIES

    x = symengine.symbols(f"x:{n}")
    f = symengine.Add(*FAMILIES[family](x, symengine.sin, symengine.exp))
    return [f.diff(symbol) for symbol in x]
