"""Random expressions against two engines that know nothing of our rules: symengine, and high-precision differences.

The weights are those at which all engines agreed when they were compared. SYMGRAD_RANDOM=10000 runs more.
"""

import os
import random
from fractions import Fraction

import mpmath
import pytest
import sympy

from symgrad.calculus import derive
from symgrad.calculus.evaluate import evaluate
from symgrad.calculus.precision import CannotEvaluateError, UndefinedError
from symgrad.formula import to_sympy
from symgrad.syntax.tree import Add, Call, Derivative, Divide, Multiply, Negate, Node, Number, Power, Symbol

COUNT = int(os.environ.get("SYMGRAD_RANDOM", "500"))
BATCH = 100
SEED = 20261123
_FUNCTIONS = ("sin", "cos", "tan", "exp", "sinh", "cosh", "tanh", "arctan", "arsinh")
X, Y = Symbol("x"), Symbol("y")


def expression(source: random.Random, depth: int) -> Node:
    """A random formula; logarithms and roots get arguments that are positive."""
    if depth == 0 or source.random() < 0.1:
        return source.choice((X, X, Y, Number(source.randint(1, 9)), Number(Fraction(source.randint(1, 9), 4))))
    kind = source.random()
    a = expression(source, depth - 1)
    if kind < 0.24:
        return Add(a, expression(source, depth - 1))
    if kind < 0.36:
        return Add(a, Negate(expression(source, depth - 1)))
    if kind < 0.56:
        return Multiply(a, expression(source, depth - 1))
    if kind < 0.66:
        return Divide(a, expression(source, depth - 1))
    if kind < 0.74:
        return Power(a, source.choice((Number(2), Number(3), Negate(Number(1)))))
    if kind < 0.80:
        positive = Add(Number(1), Power(a, Number(2)))
        return source.choice((Call("ln", positive), Call("sqrt", positive), Power(positive, expression(source, 1))))
    return Call(source.choice(_FUNCTIONS), a)


def value(node: Node, point: dict[str, Fraction]) -> mpmath.mpf:
    return evaluate(node, point, 20)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(-(-COUNT // BATCH)))
def test_no_mismatch_with_symengine_nor_with_differences(batch: int) -> None:
    symengine = pytest.importorskip("symengine")
    source = random.Random(SEED + batch)
    compared = 0
    for _ in range(BATCH):
        node = expression(source, source.randint(2, 6))
        derivation = derive(node, "x")
        try:
            theirs = symengine.diff(symengine.sympify(to_sympy(node)), symengine.Symbol("x", real=True))
        except (sympy.SympifyError, symengine.SympifyError, TypeError):
            continue  # nan and the like: sympy folds 1/(x − x) while it builds the formula
        theirs_free = {str(symbol): symbol for symbol in theirs.free_symbols}
        for _ in range(2):
            point = {name: Fraction(source.randint(-300, 300) or 1, 211) for name in ("x", "y")}
            try:
                ours = value(derivation.tree, point)
                differences = value(Derivative(node, X), point)
            except (UndefinedError, CannotEvaluateError):
                continue
            if abs(ours) > mpmath.mpf(10) ** 60 or abs(differences) > mpmath.mpf(10) ** 60:
                continue
            tolerance = mpmath.mpf(10) ** -15 * (1 + abs(ours))
            assert abs(ours - differences) < tolerance, (node, point)
            numbers = {
                symbol: symengine.Rational(point[name].numerator, point[name].denominator)
                for name, symbol in theirs_free.items()
            }
            their_value = mpmath.mpmathify(complex(theirs.subs(numbers).n(600, real=False)).real)
            assert abs(ours - their_value) < mpmath.mpf(10) ** -9 * (1 + abs(ours)), (node, point)
            compared += 1
    assert compared > BATCH // 2
