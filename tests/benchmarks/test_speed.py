"""The fourteen expressions under pytest-benchmark, which the normal run skips.

To run them: `python -m pytest tests/benchmarks -o addopts=--import-mode=importlib`. Each stands beside its peers by the
group; the tables with ratios are made by `python -m tests.benchmarks.tables`.
"""

import numpy as np
import pytest

from symgrad.program import compile  # noqa: A004
from tests.benchmarks import peers
from tests.benchmarks.suite import cases

CASES = {case.name: case for case in cases()}


@pytest.mark.parametrize("name", CASES)
def test_one_point(benchmark, name):
    case = CASES[name]
    benchmark.group = f"one point: {name}"
    f, point = compile(case.formula, variables=case.variables, backend="python"), case.point()
    value, gradient = benchmark(f, *point)
    assert np.isfinite(value)
    assert gradient.shape == (len(point),)


@pytest.mark.parametrize("name", CASES)
def test_one_point_by_lambdify(benchmark, name):
    case = CASES[name]
    benchmark.group = f"one point: {name}"
    found = benchmark(peers.lambdify_math(case), *case.point())
    ours = compile(case.formula, variables=case.variables)(*case.point())
    np.testing.assert_allclose(found, [ours[0], *ours[1]], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_a_batch(benchmark, name):
    case, rng = CASES[name], np.random.default_rng(0)
    benchmark.group = f"100,000 points: {name}"
    f = compile(case.formula, variables=case.variables, backend="numpy")
    value, _ = benchmark(f, *(rng.uniform(case.low, case.high, 100_000) for _ in case.variables))
    assert np.isfinite(value).all()


@pytest.mark.parametrize("name", CASES)
def test_first_result(benchmark, name):
    case = CASES[name]
    benchmark.group = f"first result: {name}"
    point = case.point()
    benchmark(lambda: compile(case.formula, variables=case.variables, backend="python")(*point))
