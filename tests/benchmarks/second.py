"""Hessians at one point, and whole descents in one loop."""

import time

import numpy as np

from symgrad.program import compile  # noqa: A004
from symgrad.program.loop import compile_loop
from symgrad.syntax.tree import Add, Multiply, Negate, Symbol
from tests.benchmarks.bench import Bench, point_of
from tests.benchmarks.timing import Statement

HESSIAN, LOOP, PYTHON_LOOP = "into(x, g, H)", "native loop", "Python loop"
LARGEST = 20  # variables up to which JAX's Hessians compile in reasonable time
RATES = {"rosen2": 1e-3, "himmelblau": 1e-3, "gmix10": 1e-2, "logloss": 0.1, "mlp231": 0.5, "rosen100": 1e-4}
STEPS = 2_000
UPDATE = [("x", Add(Symbol("x"), Negate(Multiply(Symbol("y"), Symbol("z")))))]


def hessian(bench: Bench) -> None:
    """Value, gradient and Hessian at one point."""
    from symgrad.program.backends import llvm

    table = bench.table("hessian", "Hessian: value, gradient and Hessian at one point, llvm", "ns", HESSIAN)
    for case in bench.each(table, [case for case in bench.cases if 1 < len(case.variables) <= LARGEST]):
        x, n = point_of(case), len(case.variables)
        f = compile(case.formula, variables=case.variables, order=2, backend="llvm")
        g, h = np.empty(n), np.empty((n, n))
        names = {"into": f.into, "x": x, "g": g, "H": h}
        ours = Statement("into(x, g, H)", names, lambda v, g=g, h=h: np.concatenate([[v], g, h.ravel()]))
        ours.result()
        llvm.settle()
        expected, statements = ours.result(), {HESSIAN: ours}
        for peer in bench.peers:
            if peer.second and (made := bench.made(peer, peer.second, case, x, expected=expected, table=table)):
                statements[peer.name] = made
        found = bench.timed(statements, 15, 0.004)
        table.cells[case.name] = {name: one.median * 1e9 for name, one in found.items()}


def loop(bench: Bench) -> None:
    """x = x - y*z two thousand times, in one call."""
    from symgrad.program.backends import llvm

    table = bench.table("loop", f"Gradient descent, {STEPS} steps in one call", "CPU ns a step", LOOP)
    for case in bench.each(table, [case for case in bench.cases if case.name in RATES]):
        rate = RATES[case.name]
        start = np.random.default_rng(0).uniform(-0.5, 0.5, len(case.variables))
        statements = {}
        for name, backend in ((LOOP, "llvm"), (PYTHON_LOOP, "python")):
            made = compile_loop(case.formula, case.variables, UPDATE, backend=backend)
            names = {"run": made.run, "x": start, "rate": rate, "steps": STEPS}
            statements[name] = Statement("run(x, rate, steps)", names, lambda steps: steps.point)
        statements[LOOP].result()
        llvm.settle()
        expected = statements[LOOP].result()
        for peer in bench.peers:
            if not peer.descent:
                continue
            made = bench.made(peer, peer.descent, case, start, rate, STEPS, expected=expected, table=table)
            if made:
                statements[peer.name] = made
        found = bench.timed(statements, 7, 0.01, clock=time.process_time)
        table.cells[case.name] = {name: one.median / STEPS * 1e9 for name, one in found.items()}
