"""The tables of speed: `python -m tests.benchmarks.tables [point batch large first gradient hessian sum]`.

Every figure is the median of interleaved rounds in one process; ratios are of medians. CPU time, not wall time, so that
a busy machine does not tell stories.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgrad.program import compile  # noqa: A004
from tests.benchmarks import peers
from tests.benchmarks.suite import Case, cases, rosenbrock

CLOCK = time.process_time


def medians(calls: dict[str, Callable[[], Any]], rounds: int = 15, seconds: float = 0.004) -> dict[str, float]:
    """Seconds a call for each of some callables: the median of interleaved rounds."""
    count, times = {}, {name: [] for name in calls}
    for name, call in calls.items():
        call()
        start = CLOCK()
        call()
        count[name] = max(1, int(seconds / max(CLOCK() - start, 1e-7)))
    for _ in range(rounds):
        for name, call in calls.items():
            repeat = range(count[name])
            start = time.perf_counter() if count[name] * 1e-6 < seconds / 8 else CLOCK()
            clock = time.perf_counter if count[name] * 1e-6 < seconds / 8 else CLOCK
            for _ in repeat:
                call()
            times[name].append((clock() - start) / count[name])
    return {name: statistics.median(values) for name, values in times.items()}


def show(title: str, rows: Sequence[str], columns: Sequence[str], cells: dict[tuple[str, str], str]) -> None:
    """One table as text."""
    width = max(len(title), *(len(row) for row in rows)) + 2
    print(title.ljust(width) + "".join(column.rjust(14) for column in columns))
    for row in rows:
        print(row.ljust(width) + "".join(cells.get((row, column), "-").rjust(14) for column in columns))
    print()


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def _with_array(found: Sequence[Any]) -> tuple[Any, Any]:
    return found[0], np.array(found[1:])


def point(chosen: Sequence[Case]) -> None:
    """One point: nanoseconds a call, floats in."""
    cells: dict[tuple[str, str], str] = {}
    ratios: dict[str, list[float]] = {"math": [], "numpy": []}
    for case in chosen:
        x = case.point()
        f = compile(case.formula, variables=case.variables, backend="python")
        from symgrad.program.backends import python_

        kernel = python_.build(f._styled("lazy"))
        by_math, by_numpy = peers.lambdify_math(case), peers.lambdify_numpy(case)
        vector, bare = np.array(x), kernel.point
        calls = {
            "kernel.point": lambda bare=bare, x=x: bare(*x),
            "fun(*floats)": lambda f=f, x=x: f(*x),
            "fun.vector": lambda f=f, vector=vector: f.vector(vector),
            "math cse": lambda g=by_math, x=x: g(*x),
            "numpy cse": lambda g=by_numpy, x=x: g(*x),
            "numpy cse array": lambda g=by_numpy, x=x: _with_array(g(*x)),
        }
        found = peers.quiet(lambda calls=calls: medians(calls))
        ratios["math"].append(found["math cse"] / found["kernel.point"])
        ratios["numpy"].append(found["numpy cse array"] / found["fun.vector"])
        for name, value in found.items():
            cells[case.name, name] = f"{value * 1e9:.0f}"
        cells[case.name, "math/point"] = f"{ratios['math'][-1]:.2f}"
        cells[case.name, "array/vector"] = f"{ratios['numpy'][-1]:.2f}"
    columns = ["kernel.point", "fun(*floats)", "fun.vector", "math cse", "numpy cse", "numpy cse array", "math/point"]
    show("one point, ns", [case.name for case in chosen], [*columns, "array/vector"], cells)
    low, mean = min(ratios["math"]), geometric_mean(ratios["math"])
    print(f"lambdify math cse / python backend: geometric mean {mean:.2f}, least {low:.2f}")
    print(f"lambdify numpy cse (array) / fun.vector: geometric mean {geometric_mean(ratios['numpy']):.2f}\n")


def batch(chosen: Sequence[Case], sizes: Sequence[int] = (1_000, 100_000)) -> None:
    """Arrays: CPU nanoseconds a point, numpy backend."""
    for size in sizes:
        cells: dict[tuple[str, str], str] = {}
        ratios = []
        for case in chosen:
            if size >= 10**7 and len(case.variables) > 10:
                continue
            rng = np.random.default_rng(1)
            columns = [rng.uniform(case.low, case.high, size) for _ in case.variables]
            f = compile(case.formula, variables=case.variables, backend="numpy")
            g = peers.lambdify_numpy(case)
            calls = {"numpy": lambda f=f, c=columns: f(*c), "lambdify cse": lambda g=g, c=columns: g(*c)}
            rounds = 9 if size < 10**6 else 3
            found = peers.quiet(lambda calls=calls, rounds=rounds: medians(calls, rounds=rounds, seconds=0.01))
            for name, value in found.items():
                cells[case.name, name] = f"{value / size * 1e9:.2f}"
            ratios.append(found["lambdify cse"] / found["numpy"])
            cells[case.name, "ratio"] = f"{ratios[-1]:.2f}"
        rows = [case.name for case in chosen]
        show(f"{size} points, ns a point", rows, ["numpy", "lambdify cse", "ratio"], cells)
        print(f"lambdify cse / numpy backend: geometric mean {geometric_mean(ratios):.2f}, least {min(ratios):.2f}\n")


def first(chosen: Sequence[Case]) -> None:
    """From the syntax tree to the first result: milliseconds."""
    import sympy

    cells: dict[tuple[str, str], str] = {}
    ratios = []
    for case in chosen:
        x = case.point()
        times = []
        for _ in range(5):
            start = CLOCK()
            compile(case.formula, variables=case.variables, backend="python")(*x)
            times.append(CLOCK() - start)
        ours = statistics.median(times)
        sympy.core.cache.clear_cache()
        start = CLOCK()
        peers.quiet(lambda case=case, x=x: peers.lambdify_math(case)(*x))
        theirs = CLOCK() - start
        ratios.append(theirs / ours)
        cells[case.name, "symgrad"], cells[case.name, "sympy"] = f"{ours * 1e3:.2f}", f"{theirs * 1e3:.0f}"
        cells[case.name, "ratio"] = f"{ratios[-1]:.0f}"
    show("first result, ms", [case.name for case in chosen], ["symgrad", "sympy", "ratio"], cells)
    print(f"geometric mean {geometric_mean(ratios):.0f}, least {min(ratios):.0f}\n")


def gradient(_: Sequence[Case]) -> None:
    """Rosenbrock's gradient program by size: seconds, operations, microseconds an operation."""
    from symgrad.program.adjoint import gradient as reverse
    from symgrad.program.expand import to_program
    from symgrad.program.lower import lower_into
    from symgrad.program.stable import StableGraph

    previous = 0.0
    for n in (10, 100, 1_000, 10_000):
        formula = rosenbrock(n)
        names = [f"x{k}" for k in range(n)]
        times = []
        for _ in range(3):
            start = CLOCK()
            g = StableGraph(n)
            (root,) = lower_into(g, [formula], names)
            lowered = CLOCK()
            slopes = reverse(g, root, list(range(n)))
            derived = CLOCK()
            program = to_program(g, [root, *slopes], names)
            times.append((CLOCK() - start, lowered - start, derived - lowered))
        seconds, down, back = min(times)
        value = len(to_program(g, [root], names).lines)
        grown = math.log10(seconds / previous) if previous else math.nan
        previous = seconds
        each = seconds / program.operations * 1e6
        print(f"rosenbrock {n:6}: {seconds:.4f} s (lower {down:.4f}, reverse {back:.4f}), {value} operations, with")
        ratio = program.operations / value
        print(f"  gradient {program.operations} ({ratio:.2f}x), {each:.2f} µs each, exponent {grown:.2f}")
    print()


def hessian(chosen: Sequence[Case]) -> None:
    """Value, gradient and Hessian at one point: nanoseconds, operations."""
    for case in chosen:
        if case.name not in ("rosen10", "arm6", "mlp231"):
            continue
        f = compile(case.formula, variables=case.variables, order=2, backend="python")
        from symgrad.program.backends import python_

        kernel, x = python_.build(f._styled("lazy")), case.point()
        found = medians({"point": lambda kernel=kernel, x=x: kernel.point(*x), "fun": lambda f=f, x=x: f(*x)})
        times = f"{found['point'] * 1e9:.0f} ns bare, {found['fun'] * 1e9:.0f} ns"
        print(f"{case.name}: {times}, {f.program.operations} operations")
    print()


def sums(_: Sequence[Case]) -> None:
    """Rosenbrock by sum: value and gradient of a million variables, against the speed of memory."""
    from symgrad.syntax import ReadOptions, read
    from symgrad.syntax.budgets import Budgets

    size = 10**6
    x, target = np.random.default_rng(0).uniform(-1, 1, size), np.empty(size)
    slopes, start = np.empty(size), CLOCK()
    options = ReadOptions(budgets=Budgets(terms=10**8))
    formula = read(f"sum(100(x[i+1] - x[i]^2)^2 + (1 - x[i])^2, i, 1, {size - 1})", options=options).tree
    for backend in ("numpy", "auto"):
        f = compile(formula, backend=backend)
        made = CLOCK() - start
        found = medians(
            {"sum": lambda f=f: f.into(x, slopes), "triad": lambda: np.add(x, x, target)}, rounds=15, seconds=0.02
        )
        # what must move: x in, the gradient cleared and added to
        share = found["triad"] / found["sum"]
        times = f"{found['sum'] * 1e3:.2f} ms ({share:.0%} of triad), compiled in {made * 1e3:.0f} ms"
        print(f"10^6 variables, {f.backend}: {times}")
    print()


TABLES: dict[str, Callable[[Sequence[Case]], None]] = {
    "point": point,
    "batch": batch,
    "large": lambda chosen: batch(chosen, (10_000_000,)),
    "first": first,
    "gradient": gradient,
    "hessian": hessian,
    "sum": sums,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=[], help=", ".join(TABLES))
    parser.add_argument("--only", nargs="*", default=[], help="names of expressions")
    options = parser.parse_args()
    chosen = [case for case in cases() if not options.only or case.name in options.only]
    for name in options.tables or [name for name in TABLES if name != "large"]:
        TABLES[name](chosen)


if __name__ == "__main__":
    main()
