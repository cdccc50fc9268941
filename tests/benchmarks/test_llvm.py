"""The native backend under pytest-benchmark: `pytest tests/benchmarks --benchmark-only --benchmark-group-by=group`.

Beside each of ours stands every peer that is installed; what is absent is skipped with its name.
"""

import numpy as np
import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("pytest_benchmark")

from symgrad.program import compile as compile_formula
from symgrad.program.backends import llvm
from symgrad.program.loop import compile_loop
from symgrad.syntax.tree import Add, Multiply, Negate, Symbol
from tests.benchmarks import native
from tests.benchmarks.suite import Case, cases

CASES = cases()
BY_NAME = {case.name: case for case in CASES}


def by_name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_one_point(benchmark, case):
    benchmark.group = f"one point: {case.name}"
    f = compile_formula(case.formula, variables=case.variables, backend="llvm")
    x, out = np.array(case.point()), np.empty(len(case.variables))
    value = f.into(x, out)
    llvm.settle()
    assert benchmark(f.into, x, out) == value


@pytest.mark.parametrize("peer", native.POINT)
@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_one_point_of_a_peer(benchmark, case, peer):
    benchmark.group = f"one point: {case.name}"
    made = native.attempt(native.POINT[peer][1], case, np.array(case.point()))
    if made is None:
        pytest.skip(f"{peer} is not installed, or can't compile this")
    code = compile(native.POINT[peer][0], "peer", "eval")
    benchmark(eval, code, made[0])


@pytest.mark.parametrize("points", [1_000, 100_000])
@pytest.mark.parametrize("case", CASES, ids=by_name)
def test_batch(benchmark, case, points):
    benchmark.group = f"{points} points: {case.name}"
    x = np.random.default_rng(5).uniform(case.low, case.high, (len(case.variables), points))
    out = np.empty((len(case.variables) + 1, points))
    kernel = llvm.build(compile_formula(case.formula, variables=case.variables, backend="python").program)
    kernel.batch(x, out)
    llvm.settle()
    benchmark(kernel.batch, x, out)
    assert np.isfinite(out).all()


@pytest.mark.parametrize("name", ["rosen2", "gmix10", "logloss", "mlp231"])
def test_descent_in_one_loop(benchmark, name):
    benchmark.group = f"descent: {name}"
    case = BY_NAME[name]
    assignments = [("x", Add(Symbol("x"), Negate(Multiply(Symbol("y"), Symbol("z")))))]
    loop = compile_loop(case.formula, case.variables, assignments, backend="llvm")
    start = np.full(len(case.variables), 0.3)
    assert benchmark(loop.run, start, 1e-3, 1000).taken == 1000
