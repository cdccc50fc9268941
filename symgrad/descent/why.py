"""Which term of a formula went wrong at a point: the smallest sub-formula that is not a finite number though its parts
are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symgrad.descent.figures import number
from symgrad.descent.problem import Problem, Vector
from symgrad.descent.stop import Stop
from symgrad.program import compile, interpret, lower  # noqa: A004 - the public name
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.typeset import line

_SEARCHED = 400  # sub-formulas looked at for a derivative that is not finite


def blame(problem: Problem, x: Vector) -> tuple[Stop, str]:
    """The reason and the sentence for a value or gradient that is not finite at x.

    A sub-formula that is not a number (the logarithm of a negative one) or a pole means that the domain was left; one
    that overflowed means that the number is too large.
    """
    if not np.all(np.isfinite(x)):
        return Stop.NOT_FINITE, f"The point itself overflowed: {_where(problem.names, x)}."
    names = problem.names
    if problem.columns is not None:
        names, x = (*names, *problem.columns), np.concatenate([x, _bad_row(problem, x)])
    nodes = [node for node in walks.unique(problem.formula.tree) if not isinstance(node, (t.Truth, t.Compare, t.Logic))]
    values = dict(zip(map(id, nodes), interpret(lower(nodes, names), list(x))))
    for node in nodes:
        value = values[id(node)]
        inside = [values[id(child)] for child in node.children if id(child) in values]
        if isinstance(node, t.Constant) or np.isfinite(value) or not all(np.isfinite(part) for part in inside):
            continue
        if np.isnan(value) or _is_pole(node, inside):
            return (
                Stop.LEFT_DOMAIN,
                f"The term {line(node)} is not defined at {_place(names, x, node)}{_because(node, inside)}.",
            )
        return Stop.NOT_FINITE, f"The term {line(node)} overflows at {_place(names, x, node)}."
    for node in nodes[:_SEARCHED]:
        if walks.free_symbols(node) and node.children:
            gradient = compile(node, order=1, variables=names).vector(x)[1]
            if not np.all(np.isfinite(gradient)):
                return Stop.LEFT_DOMAIN, f"The derivative of {line(node)} is not finite at {_place(names, x, node)}."
    return Stop.NOT_FINITE, f"The gradient is not finite at {_where(names, x)}."


def _bad_row(problem: Problem, x: Vector) -> Vector:
    """The first row of the data at which the term of one row or its gradient is not finite."""
    rows = np.stack(list((problem.columns or {}).values()))
    values, slopes = problem.function(*x.tolist(), *rows)
    bad = ~np.isfinite(values) | ~np.isfinite(slopes[: len(x)]).all(axis=0)
    return np.asarray(rows[:, int(np.argmax(bad))], float)


def _is_pole(node: t.Node, inside: Sequence[float]) -> bool:
    if isinstance(node, t.Divide):
        return inside[1] == 0
    if isinstance(node, t.Power):
        return inside[0] == 0
    return isinstance(node, t.Call) and node.function not in ("exp", "sinh", "cosh", "gamma", "factorial")


def _because(node: t.Node, inside: Sequence[float]) -> str:
    told = [
        f"{line(child)} = {number(value)}"
        for child, value in zip(node.children, inside)
        if child.children  # a variable is told by the place, a number by itself
    ]
    return ", where " + " and ".join(told) if told else ""


def _place(names: Sequence[str], x: Vector, node: t.Node) -> str:
    """The point, in the variables of the term."""
    inside = {symbol.name for symbol in walks.free_symbols(node)}
    chosen = [(name, value) for name, value in zip(names, x) if name in inside]
    return _where([name for name, _ in chosen], np.array([value for _, value in chosen]))


_SHOWN = 5  # variables of a point in a sentence


def _where(names: Sequence[str], x: Vector) -> str:
    if len(names) > _SHOWN:
        return _where(names[:_SHOWN], x[:_SHOWN]) + ", …"
    return ", ".join(f"{name} = {number(value, 6)}" for name, value in zip(names, x))
