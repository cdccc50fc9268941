"""Native entries: results are written to the arrays that are given, wherever these lie."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from symgrad.program import compile as compile_formula
from symgrad.program.backends import llvm_emit
from symgrad.syntax.tree import Add, Number, Power, Symbol


def cubes(terms):
    names = [f"x{i}" for i in range(terms)]
    formula = Add(*(Power(Symbol(name), Number(3)) for name in names))
    return compile_formula(formula, variables=names, order=2, backend="llvm")


@pytest.mark.parametrize("terms", [4, 30])  # with few zeros, and with enough to clear the whole matrix first
def test_the_vector_may_be_a_row_of_the_hessian_that_is_written(terms):
    f = cubes(terms)
    assert (terms**2 - terms > llvm_emit.ZEROED) == (terms == 30)
    start, gradient, hessian = np.linspace(1, 2, terms), np.empty(terms), np.full((terms, terms), 7.0)
    hessian[1] = start
    assert f.into(hessian[1], gradient, hessian) == pytest.approx((start**3).sum())
    np.testing.assert_allclose(gradient, 3 * start**2)
    np.testing.assert_allclose(hessian, np.diag(6 * start))


def test_what_is_written_earlier_does_not_reach_what_is_computed():
    f = cubes(3)
    both = np.linspace(1, 2, 3)
    hessian = np.empty((3, 3))
    assert f.into(both, both, hessian) == pytest.approx(1 + 1.5**3 + 8)  # the gradient over the point
    np.testing.assert_allclose(both, [3, 6.75, 12])
    np.testing.assert_allclose(hessian, np.diag([6, 9, 12]))
