"""How time grows: from expression to first result, the gradient of n variables, a sum over a million."""

import gc
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgrad.program import compile  # noqa: A004
from symgrad.program.adjoint import gradient as reverse
from symgrad.program.expand import to_program
from symgrad.program.lower import lower_into
from symgrad.program.program import Program
from symgrad.program.stable import StableGraph
from symgrad.syntax import ReadOptions, read
from symgrad.syntax.budgets import Budgets
from symgrad.syntax.tree import Call, Multiply, Node, Power, Symbol
from tests.benchmarks import suite
from tests.benchmarks.bench import Bench, point_of, tell
from tests.benchmarks.contenders import symbolic
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement, close, quick, quiet

PYTHON, NUMPY, NATIVE, BEST, TREE = "python", "numpy", "llvm", "llvm settled", "symgrad"
SIZES = (10, 100, 1_000, 10_000)
PATIENCE = 15.0  # seconds for one gradient beyond which a peer is not asked for the next size
SUM = 10**6

# ---- expression to first result --------------------------------------------------------------------------------------


def first(bench: Bench) -> None:
    """From a syntax tree (peers: from sympy's expression) to the first value and gradient, in milliseconds.

    Everybody has been imported and has compiled something before; the cache on disk is off.
    """
    import os
    from unittest import mock

    table = bench.table("first", "Expression to first result: value and gradient at one point", "ms", PYTHON)
    warm = Case("warm", ("x",), suite.square(Symbol("x")), 0, 1)
    peers = [peer for peer in bench.peers if peer.point]
    with quiet(), mock.patch.dict(os.environ, SYMGRAD_CACHE="off"):
        for peer in peers:
            tell(f"first result: {peer.name} wakes up")
            _once(peer.point, warm)
        _native(warm)
        gc.collect()
        gc.freeze()  # nobody pays for the peers' modules when memory is looked through
        names = {case.name for case in bench.cases}
        fresh = [case for case in suite.cases() if case.name in names]  # nobody knows these cases yet
        for case in bench.each(table, sorted(fresh, key=_operations)):
            x = case.point()
            cells = {
                backend: quick(lambda case=case, x=x, backend=backend: _made(case, backend)(*x), 5, time.perf_counter)
                for backend in (PYTHON, NUMPY)
            }
            cells[NATIVE], cells[BEST] = _native(case)
            symbolic.value(case)
            for peer in peers:
                tell(f"first result: {case.name}, {peer.name}")
                symbolic.forget()
                taken = _once(peer.point, case)
                if taken is not None:
                    cells[peer.name] = taken
            table.cells[case.name] = {name: seconds * 1e3 for name, seconds in cells.items()}
            table.extra[case.name] = {"operations": _operations(case)}


def _made(case: Case, backend: str) -> Any:
    return compile(case.formula, variables=case.variables, backend=backend)


def _native(case: Case) -> tuple[float, float]:
    """Seconds to the first result of native code, and until the best code is there."""
    from symgrad.program.backends import llvm

    x, start = point_of(case), time.perf_counter()
    _made(case, "llvm").vector(x)
    done = time.perf_counter()
    llvm.settle()
    return done - start, time.perf_counter() - start


def _once(make: Any, case: Case) -> float | None:
    """Seconds of the one first time, or None where the peer can't or computes something else."""
    x = point_of(case)
    value, slopes = compile(case.formula, variables=case.variables, backend="python").vector(x)
    start = time.perf_counter()
    try:
        found = make(case, x).result()
    except Exception:
        return None
    taken = time.perf_counter() - start
    return taken if close(found, [value, *slopes]) else None


def _operations(case: Case) -> int:
    return int(compile(case.formula, variables=case.variables, backend="python").program.operations)


# ---- gradients of n variables ----------------------------------------------------------------------------------------


def rosenbrock(x: Sequence[Any], sin: Any, exp: Any) -> list[Any]:
    """The terms of Rosenbrock's function, for anything with operators."""
    terms = []
    for i in range(len(x) - 1):
        terms += [100 * (x[i + 1] - x[i] ** 2) ** 2, (1 - x[i]) ** 2]
    return terms


def chain(x: Sequence[Any], sin: Any, exp: Any) -> list[Any]:
    """Σ sin(xᵢxᵢ₊₁) + e^(−xᵢ²): neighbours joined by functions."""
    terms = []
    for i in range(len(x) - 1):
        terms += [sin(x[i] * x[i + 1]), exp(-(x[i] ** 2))]
    return terms


def chain_tree(n: int) -> Node:
    """The same as a syntax tree."""
    x, terms = suite.names("x", n), []
    for i in range(n - 1):
        terms.append(Call("sin", Multiply(x[i], x[i + 1])))
        terms.append(suite.exp(suite.minus(suite.number(0), Power(x[i], suite.TWO))))
    return suite.total(terms)


FAMILIES: dict[str, Callable[..., list[Any]]] = {"rosenbrock": rosenbrock, "chain": chain}
TREES: dict[str, Callable[[int], Node]] = {"rosenbrock": suite.rosenbrock, "chain": chain_tree}


def gradient(bench: Bench) -> None:
    """From a syntax tree (peers: from their own building blocks) to value and gradient as a program."""
    table = bench.table("gradient", "Gradient of n variables: from the expression to its program", "ms", TREE)
    peers = [peer for peer in bench.peers if peer.slopes]
    for family, tree_of in TREES.items():
        tired: set[str] = set()
        previous = 0.0
        for n in SIZES:
            row = f"{family} {n}"
            tell(f"gradient: {row}")
            tree, names = tree_of(n), [f"x{k}" for k in range(n)]
            seconds = quick(lambda tree=tree, names=names: ours(tree, names), 5)
            program, value = ours(tree, names), value_alone(tree, names)
            cells = {TREE: seconds * 1e3}
            for peer in peers:
                if peer.name in tired:
                    continue
                tell(f"gradient: {row}, {peer.name}")
                taken = quick(lambda peer=peer, n=n: peer.slopes(family, n), 3)  # noqa: B023
                cells[peer.name] = taken * 1e3
                if taken * 12 > PATIENCE * 12 or (peer.name == "symengine llvm" and taken > 1):
                    tired.add(peer.name)
            table.cells[row] = cells
            table.extra[row] = {
                "operations": program.operations,
                "µs an operation": seconds / program.operations * 1e6,
                "operations of gradient / value": program.operations / value.operations,
            }
            if previous:
                table.extra[row]["exponent"] = math.log10(seconds / previous)
            previous = seconds
            bench.kept(bench.report)
    tell("")


def ours(tree: Node, names: list[str]) -> Program:
    """The program of value and gradient."""
    g = StableGraph(len(names))
    (root,) = lower_into(g, [tree], names)
    return to_program(g, [root, *reverse(g, root, list(range(len(names))))], names)


def value_alone(tree: Node, names: list[str]) -> Program:
    """The program of the value: not timed."""
    g = StableGraph(len(names))
    return to_program(g, lower_into(g, [tree], names), names)


# ---- a sum over a million --------------------------------------------------------------------------------------------


def rosenbrock_sum(n: int) -> Node:
    text = f"sum(100(x[i+1] - x[i]^2)^2 + (1 - x[i])^2, i, 1, {n - 1})"
    return read(text, options=ReadOptions(budgets=Budgets(terms=10**8))).tree


def sums(bench: Bench) -> None:
    """Rosenbrock's function of 10⁶ variables by its sum: value and gradient, beside moving as many bytes."""
    table = bench.table("sum", "Rosenbrock of 10^6 variables by its sum: value and gradient", "ms", "llvm")
    formula = rosenbrock_sum(SUM)
    x, target, slopes = np.random.default_rng(0).uniform(-1, 1, SUM), np.empty(SUM), np.empty(SUM)
    statements = {"x + x": Statement("add(x, x, out)", {"add": np.add, "x": x, "out": target}, id)}
    compiled = {}
    for name, backend in (("llvm", "auto"), ("numpy", "numpy")):
        tell(f"sum: {name}")
        start = time.perf_counter()
        f = compile(formula, backend=backend)
        if f.backend == "auto" and name == "llvm":
            f.into(x, slopes)
        compiled[name] = time.perf_counter() - start
        statements[name] = Statement("into(x, out)", {"into": f.into, "x": x, "out": slopes}, id)
        assert math.isfinite(f.into(x, slopes))
    found = bench.timed(statements, 15, 0.02)
    table.cells["10^6 variables"] = {name: one.median * 1e3 for name, one in found.items()}
    table.extra["10^6 variables"] = {
        **{f"{name}: share of bandwidth": found["x + x"].median / found[name].median for name in compiled},
        **{f"{name}: ms to compile": seconds * 1e3 for name, seconds in compiled.items()},
    }
    table.notes.append("x + x reads and writes as many bytes as value and gradient must: x in, the gradient out")
    bench.kept(bench.report)
    tell("")
