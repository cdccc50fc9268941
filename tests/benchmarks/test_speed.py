"""The fourteen expressions under pytest-benchmark, which the normal run skips.

To run them: `python -m pytest tests/benchmarks -o addopts=--import-mode=importlib --benchmark-only
--benchmark-group-by=group`. Each stands beside its peers by the group; the tables with ratios are made by
`python -m tests.benchmarks`.
"""

import builtins

import numpy as np
import pytest

from symgrad.program import compile  # noqa: A004
from symgrad.program.loop import compile_loop
from tests.benchmarks import suite
from tests.benchmarks.bench import batch_of, point_of
from tests.benchmarks.contenders import PEERS
from tests.benchmarks.second import RATES, UPDATE

pytest.importorskip("pytest_benchmark")

CASES = {case.name: case for case in suite.cases()}
BACKENDS = ["python", "llvm"]


def settled(backend: str) -> None:
    """Wait for the best code."""
    if backend == "llvm":
        from symgrad.program.backends import llvm

        llvm.settle()


@pytest.fixture(params=BACKENDS)
def backend(request):
    if request.param == "llvm":
        pytest.importorskip("llvmlite")
    return request.param


@pytest.mark.parametrize("name", CASES)
def test_one_point(benchmark, name, backend):
    case = CASES[name]
    benchmark.group = f"one point: {name}"
    f, x, out = compile(case.formula, variables=case.variables, backend=backend), point_of(case), point_of(case)
    value = f.into(x, out)
    settled(backend)
    assert benchmark(f.into, x, out) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.point], ids=lambda peer: peer.name)
@pytest.mark.parametrize("name", CASES)
def test_one_point_of_a_peer(benchmark, name, peer):
    if not peer.installed:
        pytest.skip(f"{peer.needs} is not installed")
    benchmark.group = f"one point: {name}"
    try:
        statement = peer.point(CASES[name], point_of(CASES[name]))
    except Exception as error:
        pytest.skip(f"{peer.name} can't: {error}")
    code = builtins.compile(statement.text, "peer", "eval")
    benchmark(eval, code, dict(statement.names))


@pytest.mark.parametrize("points", [1_000, 100_000])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["numpy", "llvm"])
def test_a_batch(benchmark, name, points, kind):
    if kind == "llvm":
        pytest.importorskip("llvmlite")
    case = CASES[name]
    benchmark.group = f"{points} points: {name}"
    x, _ = batch_of(case, points)
    f = compile(case.formula, variables=case.variables, backend=kind)
    f(*x)
    settled(kind)
    value, _ = benchmark(f, *x)
    assert np.isfinite(value).all()


@pytest.mark.parametrize("name", CASES)
def test_first_result(benchmark, name):
    case = CASES[name]
    benchmark.group = f"first result: {name}"
    point = case.point()
    benchmark(lambda: compile(case.formula, variables=case.variables, backend="python")(*point))


@pytest.mark.parametrize("name", RATES)
def test_descent_in_one_loop(benchmark, name, backend):
    benchmark.group = f"descent: {name}"
    case = CASES[name]
    loop = compile_loop(case.formula, case.variables, UPDATE, backend=backend)
    start = np.full(len(case.variables), 0.3)
    assert benchmark(loop.run, start, RATES[name], 1000).taken == 1000
