"""Peers that compute whole arrays from Python: sympy's lambdify over numpy, and numexpr."""

from typing import Any

import numpy as np

from tests.benchmarks.contenders import symbolic
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement

MANY_ARRAYS = 12  # beyond, one numexpr expression for each output takes minutes


def lambdify(case: Case, x: Any, out: Any, threads: int) -> Statement:
    """It returns a list of arrays, and numbers where a derivative is constant."""
    function, columns = symbolic.lambdified_numpy(case), list(x)

    def read(found: Any) -> Any:
        return np.array([np.broadcast_to(row, x.shape[1:]) for row in found])

    return Statement("f(*x)", {"f": function, "x": columns}, read)


def numexpr_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    import numexpr

    symbolic.refuse(case, "gamma", "erf", "Piecewise", "Abs")
    if len(x) > MANY_ARRAYS:
        raise NotImplementedError("too many arrays")
    symbols, values = symbolic.expressions(case)
    names = [symbol.name for symbol in symbols]
    signature = [(name, numexpr.necompiler.double) for name in names]
    texts = [str(value.evalf(17)) for value in values]
    made = [numexpr.NumExpr(text, [pair for pair in signature if pair[0] in _names(text)]) for text in texts]
    columns = dict(zip(names, x))
    pairs = [(one, [columns[name] for name in one.input_names], row) for one, row in zip(made, out)]

    def call() -> None:
        numexpr.set_num_threads(threads)
        for one, arguments, row in pairs:
            one(*arguments, out=row, order="K", casting="safe", ex_uses_vml=False)

    return Statement("f()", {"f": call}, lambda _: out.copy())


def _names(text: str) -> set[str]:
    import ast

    return {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
