"""One point: nanoseconds a call, native code beside every peer, and plain Python beside lambdify."""

from functools import partial
from typing import Any

import numpy as np

from symgrad.program import compile  # noqa: A004
from symgrad.program.backends import python_
from tests.benchmarks.bench import Bench, point_of
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement, joined

INTO, VECTOR, FLOATS, EMPTY = "into(x, out)", "vector(x)", "f(*x)", "empty call"
BARE, WITH_ARRAY = "f(*x) bare", "vector(x)"
FEW = 20  # operations up to which a call should cost hardly more than an empty one


def nothing() -> None:
    """What an empty Python call costs."""


def native(bench: Bench) -> None:
    """Native code: the checked entry (x, out), a vector, floats; every peer in its quickest form."""
    from symgrad.program.backends import llvm

    table = bench.table("point llvm", "One point, llvm: value and gradient", "ns", INTO)
    for case in bench.each(table):
        x, out = point_of(case), np.empty(len(case.variables))
        f = compile(case.formula, variables=case.variables, backend="llvm")
        statements = _ours(f, x, out)
        statements[INTO].result()
        llvm.settle()
        expected = statements[INTO].result()
        for peer in bench.peers:
            if peer.point and (made := bench.made(peer, peer.point, case, x, expected=expected, table=table)):
                statements[peer.name] = made
        found = bench.timed(statements | {EMPTY: Statement("f()", {"f": nothing}, id)}, 25, 0.002)
        empty = found.pop(EMPTY)
        table.cells[case.name] = {name: time.median * 1e9 for name, time in found.items()}
        table.extra[case.name] = {
            "operations": f.program.operations,
            EMPTY: empty.median * 1e9,
            "calls": found[INTO].median / empty.median,
        }


def _ours(f: Any, x: Any, out: Any) -> dict[str, Statement]:
    def read(value: float) -> Any:
        return np.concatenate([[value], out])

    return {
        INTO: Statement("into(x, out)", {"into": f.into, "x": x, "out": out}, read),
        VECTOR: Statement("vector(x)", {"vector": f.vector, "x": x}, joined),
        FLOATS: Statement("f(*x)", {"f": f, "x": x.tolist()}, joined),
    }


def python(bench: Bench) -> None:
    """The Python backend: floats in and out beside lambdify over math, arrays in and out beside lambdify over numpy."""
    table = bench.table("point python", "One point, python: value and gradient", "ns", BARE)
    interpreted = [peer for peer in bench.peers if peer.interpreted and peer.point]
    for case in bench.each(table):
        x = point_of(case)
        statements = python_statements(case, x)
        expected = statements[BARE].result()
        for peer in interpreted:
            if made := bench.made(peer, peer.point, case, x, expected=expected, table=table):
                statements[peer.name] = made
        found = bench.timed(statements, 25, 0.004)
        table.cells[case.name] = {name: time.median * 1e9 for name, time in found.items()}


def python_statements(case: Case, x: Any) -> dict[str, Statement]:
    """The generated function as it is, as lambdify's is; and the callable that people hold, with its arrays."""
    f = compile(case.formula, variables=case.variables, backend="python")
    bare = python_.build(f._kernels.quick).point
    read = partial(np.array, dtype=float)
    return {
        BARE: Statement("f(*x)", {"f": bare, "x": x.tolist()}, read),
        FLOATS: Statement("f(*x)", {"f": f, "x": x.tolist()}, joined),
        WITH_ARRAY: Statement("f(x)", {"f": f.vector, "x": x}, joined),
    }
