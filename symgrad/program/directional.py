"""Derivatives in a direction: Jacobian-vector and Hessian-vector products for a few values' cost, no matrix made."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.adjoint import gradient, tangents
from symgrad.program.arguments import as_array, doubles
from symgrad.program.backends import python_
from symgrad.program.expand import to_program
from symgrad.program.lower import lower_into
from symgrad.program.program import Program
from symgrad.program.stable import StableGraph
from symgrad.syntax.tree import Node


def jacobian_vector(formulas: Sequence[Node], names: Sequence[str]) -> Program:
    """The program (x, v) -> (values, J(x)·v), by forward accumulation.

    >>> from symgrad.syntax import parse
    >>> print(jacobian_vector([parse("x*y")], ["x", "y"]))
    program(x, y, dx, dy)
      v0 = x*y
      v1 = y*dx
      v2 = x*dy
      v3 = v1 + v2
      return v0, v3
    """
    g, roots = _with_directions(formulas, names)
    dots = _dots(g, roots, len(names))
    return to_program(g, [*roots, *dots], _both(names))


def hessian_vector(formula: Node, names: Sequence[str]) -> Program:
    """The program (x, v) -> (value, gradient, H(x)·v), by forward over reverse accumulation."""
    g, (root,) = _with_directions([formula], names)
    slopes = gradient(g, root, range(len(names)))
    return to_program(g, [root, *slopes, *_dots(g, slopes, len(names))], _both(names))


def _with_directions(formulas: Sequence[Node], names: Sequence[str]) -> tuple[StableGraph, list[int]]:
    g = StableGraph(2 * len(names))
    return g, lower_into(g, formulas, names)


def _dots(g: StableGraph, roots: Sequence[int], n: int) -> list[int]:
    found = tangents(g, roots, {k: n + k for k in range(n)})
    return [found.get(root, g.number(0)) for root in roots]


def _both(names: Sequence[str]) -> list[str]:
    return [*names, *("d" + name for name in names)]


def product(program: Program, names: Sequence[str], count: int) -> Callable[[Any, Any], Any]:
    """The last `count` outputs of a program as a function of a point and a direction."""
    point = python_.build(program).point

    def call(x: Any, v: Any) -> Any:
        x, v = doubles(as_array(x, "the point")), doubles(as_array(v, "the direction"))
        if x.shape != (len(names),) or v.shape != (len(names),):
            raise UsageError(f"The product takes a point and a direction of {len(names)} numbers each.")
        found = point(*x.tolist(), *v.tolist())
        return np.array(found[len(found) - count :])

    return call
