"""Arrays of points: nanoseconds a point with one thread (of CPU time) and with two (of the clock).

Polynomials at ten million points wait for memory; beside them runs the triad a = b + s·c, in the same rounds.
"""

import time
from typing import Any

import numpy as np

from symgrad.program import Line, Program, compile  # noqa: A004
from tests.benchmarks.bench import Bench, batch_of, memory_left, processors
from tests.benchmarks.report import Table
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement

OURS, TRIAD, SHARE = "symgrad", "triad", "share of the triad's bandwidth"
MANY = 10**6  # points from which memory counts
ARRAYS = 16  # arrays of ten million numbers that are tried
POLYNOMIALS = ("poly", "rosen2", "rosen10", "rosen100", "himmelblau")


def native(bench: Bench) -> None:
    """Native code beside everybody who takes arrays."""
    for size in bench.sizes:
        for threads in bench.threads:
            _native(bench, size, threads)


def _native(bench: Bench, size: int, threads: int) -> None:
    from symgrad.program.backends import llvm

    table = bench.table(f"batch llvm {size} {threads}", _title("llvm", size, threads), _unit(threads), OURS)
    for case in bench.each(table, _fitting(bench, size)):
        x, out = batch_of(case, size)
        kernel = llvm.build(compile(case.formula, variables=case.variables, backend="python").program)
        names = {"batch": kernel.batch, "x": tuple(x), "out": tuple(out)}
        statements = {OURS: Statement("batch(x, out)", names, lambda _, out=out: out.copy())}
        with processors(threads):
            statements[OURS].result()
            llvm.settle()
            expected = statements[OURS].result()
            for peer in bench.peers:
                if peer.batch and not (peer.interpreted and size >= MANY):
                    out[:] = 7
                    made = bench.made(peer, peer.batch, case, x, out, threads, expected=expected, table=table)
                    if made:
                        statements[peer.name] = made
            if size >= MANY:
                statements[TRIAD] = _triad(size)
            _measure(bench, table, case, statements, size, threads)


def _measure(bench: Bench, table: Table, case: Case, statements: dict[str, Statement], size: int, threads: int) -> None:
    clock = time.process_time if threads == 1 else time.perf_counter
    found = bench.timed(statements, 15 if size < MANY else 7, 0.004, clock=clock)
    triad = found.pop(TRIAD, None)
    table.cells[case.name] = {name: one.median / size * 1e9 for name, one in found.items()}
    if triad is not None:
        moved = 8 * (2 * len(case.variables) + 1)  # bytes a point: inputs in, value and gradient out
        table.extra[case.name] = {
            "GB/s": moved * size / found[OURS].median * 1e-9,
            "triad GB/s": 24 * size / triad.median * 1e-9,
            SHARE: moved / found[OURS].median / (24 / triad.median),
        }


def _triad(size: int) -> Statement:
    """b + 3c by our own compiler, which writes past the cache as it does for every large batch."""
    from symgrad.program.backends import llvm

    program = Program(("b", "c"), (Line("v0", "multiply", ("x1", 3.0)), Line("v1", "add", ("x0", "v0"))), ("v1",))
    a, b, c = np.ones((3, size))  # rows of one array, as of the others: separate ones may share all low address bits
    return Statement("batch(x, out)", {"batch": llvm.build(program).batch, "x": (b, c), "out": (a,)}, id)


def numpy(bench: Bench) -> None:
    """The numpy backend, as it is called, beside lambdify over numpy with cse."""
    peers = [peer for peer in bench.peers if peer.name in ("lambdify numpy", "numexpr")]
    for size in bench.sizes:
        for threads in bench.threads:
            table = bench.table(f"batch numpy {size} {threads}", _title("numpy", size, threads), _unit(threads), OURS)
            for case in bench.each(table, _fitting(bench, size)):
                x, out = batch_of(case, size)
                f = compile(case.formula, variables=case.variables, backend="numpy")
                statements = {OURS: Statement("f(*x)", {"f": f, "x": list(x)}, _stacked)}
                with processors(threads):
                    expected = statements[OURS].result()
                    for peer in peers:
                        if peer.name == "lambdify numpy" and not _affordable(case, size):
                            table.notes.append(f"{case.name}: lambdify would need more memory than there is")
                            continue
                        made = bench.made(peer, peer.batch, case, x, out, threads, expected=expected, table=table)
                        if made:
                            statements[peer.name] = made
                    del expected
                    _measure(bench, table, case, statements, size, threads)


def _stacked(found: Any) -> Any:
    value, slopes = found
    return np.concatenate([value[None], slopes])


def _affordable(case: Case, size: int) -> bool:
    """Whether all intermediate arrays of lambdify's function, which it keeps to the end, find room."""
    from tests.benchmarks.contenders.symbolic import lambdified_numpy

    return bool(8 * size * lambdified_numpy(case).__code__.co_nlocals < 0.4 * memory_left())


def _fitting(bench: Bench, size: int) -> list[Case]:
    return [case for case in bench.cases if size < MANY or 2 * len(case.variables) + 1 <= ARRAYS]


def _title(backend: str, size: int, threads: int) -> str:
    power = f"10^{len(str(size)) - 1}" if str(size).strip("0") == "1" else str(size)
    return f"{power} points, {backend}, {threads} thread{'s' if threads > 1 else ''}"


def _unit(threads: int) -> str:
    return "CPU ns a point" if threads == 1 else "ns a point"
