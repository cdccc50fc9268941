"""Descents beside scipy's: `python -m tests.benchmarks.descent [nist problems speed] [--large]`.

Everybody gets the same exact derivatives, compiled once, and counts the same evaluations. A NIST run is solved with
four correct digits in every parameter (the published rule); its figure is the least number of correct digits, at most
11. A problem of the corpus is solved when f − f* ≤ 10⁻⁶ (f₀ − f*); for the family of global optimisation that is a
matter of luck for a local method, the same luck for all. Set OPENBLAS_NUM_THREADS=1 on a busy machine.
"""

import argparse
import json
import math
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from symgrad.descent import descend, descend_many, random_starts
from symgrad.descent.problem import Problem
from symgrad.formula import Formula
from symgrad.syntax import ReadOptions, read, walks
from symgrad.syntax import tree as t
from symgrad.syntax.budgets import Budgets

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
ROSENBROCK = "(1-x)^2 + 100(y-x^2)^2"
SCIPY = ("BFGS", "L-BFGS-B", "CG", "Newton-CG", "trust-exact")
_WIDE = ReadOptions(
    budgets=Budgets(nodes=10**6, characters=10**7, tokens=10**6, nesting=1000, depth=5000, terms=10**5, variables=1000)
)
FAILED = (False, 10**6)  # not solved, however many evaluations that took


def formula_of(text: str, names: list[str]) -> Formula:
    """A formula of the corpora, where E is Euler's number."""
    return Formula(walks.substitute(read(text, options=_WIDE).tree, {"E": t.E}), variables=names)


# ---- NIST ------------------------------------------------------------------------------------------------------------


def correct_digits(found: Any, certified: Any) -> float:
    """The least number of correct digits over the parameters, at most 11: as many as the certified values have."""
    errors = [abs(a - b) / abs(b) for a, b in zip(found, certified)]
    return min(11.0 if not error else min(11.0, max(0.0, -math.log10(error))) for error in errors)


def nist_runs() -> Iterator[tuple[str, dict[str, Any], str, dict[str, Any], dict[str, float]]]:
    """(name, row, term of one observation, data, start) of each problem and each of its two starts."""
    for row in json.loads((CORPUS / "nist_nonlinear.json").read_text(encoding="utf-8")):
        columns = np.array(row["x"], float).reshape(-1, len(row["predictors"])).T
        data = dict(zip(row["predictors"], columns)) | {row["response"]: np.array(row["y"], float)}
        response = row["response"]
        for start in ("start1", "start2"):
            term = f"({row['model']} - ({response}))^2"
            yield f"{row['name']} {start}", row, term, data, dict(zip(row["params"], row[start]))


def nist(rule: str) -> dict[str, tuple[float, int]]:
    """Correct digits and evaluations of each run by one of our rules."""
    results = {}
    for name, row, term, data, start in nist_runs():
        run = descend(term, start=start, data=data, rule=rule, steps=3000, tolerance=0)
        digits = correct_digits([run.point[parameter] for parameter in row["params"]], row["certified"])
        results[name] = (digits, run.evaluations["values"])
    return results


def nist_scipy() -> dict[str, tuple[float, int]]:
    """The same by scipy's Levenberg–Marquardt with the exact Jacobian, scaled by it."""
    from scipy.optimize import least_squares

    results = {}
    for name, row, term, data, start in nist_runs():
        problem = Problem.of(term, row["params"] + list(data), data=data)

        def residuals(x: Any, problem: Problem = problem) -> Any:
            return problem.residuals(np.asarray(x, float))[0]

        def jacobian(x: Any, problem: Problem = problem) -> Any:
            return problem.residuals(np.asarray(x, float))[1]

        options = {"method": "lm", "x_scale": "jac", "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 20_000}
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = least_squares(residuals, list(start.values()), jacobian, **options)
        results[name] = (correct_digits(found.x, row["certified"]), int(found.nfev))
    return results


def nist_table() -> None:
    """Solved runs, mean digits and median evaluations."""
    for who, results in (("auto", nist("auto")), ("Levenberg–Marquardt", nist("lm")), ("scipy lm", nist_scipy())):
        digits = [value for value, _ in results.values()]
        evaluations = statistics.median(count for _, count in results.values())
        solved = sum(value >= 4 for value in digits)
        print(f"{who:22} solved {solved}/{len(digits)}  mean digits {np.mean(digits):.2f}  evaluations {evaluations:g}")
        print("   unsolved: " + (", ".join(name for name, (value, _) in results.items() if value < 4) or "none"))


# ---- the other families ----------------------------------------------------------------------------------------------


def problems(large: bool) -> Iterator[tuple[str, str, Problem, Any, float, float]]:
    """(name, family, problem, start, value there, lowest value) of the corpus."""
    for line in (CORPUS / "descent_problems.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["n"] > 60 and not large:
            continue
        problem = Problem.of(formula_of(row["expr"], row["vars"]), row["vars"])
        start = np.array(row["start"], float)
        yield row["name"], row["family"], problem, start, problem.at(start).value, row["minimum_value"]


def by_ours(rule: str) -> Callable[[Problem, Any], tuple[float, int]]:
    """The lowest value and the evaluations of one of our rules."""

    def solve(problem: Problem, start: Any) -> tuple[float, int]:
        run = descend(problem.formula, start=start, variables=problem.names, rule=rule, steps=3000)
        return run.best.value, run.evaluations["gradients"]

    return solve


def by_scipy(method: str) -> Callable[[Problem, Any], tuple[float, int]]:
    """The lowest value and the evaluations of one of scipy's methods, with the exact gradient and Hessian."""
    from scipy.optimize import least_squares, minimize

    def solve(problem: Problem, start: Any) -> tuple[float, int]:
        before = problem.evaluations.gradients
        if method == "lm":
            if problem.roots is None or len(problem.residuals(start)[0]) < len(start):
                return math.inf, 0
            found = least_squares(
                lambda x: problem.residuals(np.asarray(x, float))[0], start,
                lambda x: problem.residuals(np.asarray(x, float))[1],
                method="lm", x_scale="jac", xtol=1e-12, ftol=1e-12, gtol=1e-12,
            )  # fmt: skip
            return 2 * found.cost, problem.evaluations.gradients - before
        options: dict[str, Any] = {"maxiter": 3000} | ({} if method in ("L-BFGS-B", "Newton-CG") else {"gtol": 1e-8})
        second = {"hess": problem.hessian} if method in ("Newton-CG", "trust-exact") else {}
        found = minimize(
            lambda x: problem.at(x)[1:], start, jac=True, method=method, options=options, **second
        )  # fmt: skip
        return float(found.fun), problem.evaluations.gradients - before

    return solve


def solved_by(
    solve: Callable[[Problem, Any], tuple[float, int]], cases: list[Any]
) -> dict[str, list[tuple[bool, int]]]:
    """For each family, whether each problem was solved and with how many evaluations."""
    found: dict[str, list[tuple[bool, int]]] = {}
    for _, family, problem, start, first, lowest in cases:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                value, count = solve(problem, start)
                result = (bool(value - lowest <= 1e-6 * (first - lowest)), count)
            except (ArithmeticError, ValueError, np.linalg.LinAlgError):
                result = FAILED
        found.setdefault(family, []).append(result)
    return found


def problems_table(large: bool) -> None:
    """Solved problems and median evaluations by family."""
    cases = list(problems(large))
    methods = {f"ours: {rule}": by_ours(rule) for rule in ("auto", "BFGS", "trust region")}
    methods |= {f"scipy {method}": by_scipy(method) for method in (*SCIPY, "lm")}
    for name, solve in methods.items():
        parts = []
        results = solved_by(solve, cases)
        everything = [row for rows in results.values() for row in rows]
        for family, rows in (*results.items(), ("all", everything)):
            solved = [count for good, count in rows if good]
            median = statistics.median(solved) if solved else math.nan
            parts.append(f"{family} {len(solved)}/{len(rows)} ({median:g})")
        print(f"{name:20} " + "   ".join(parts), flush=True)


# ---- speed -----------------------------------------------------------------------------------------------------------


def speed_table() -> None:
    """A million steps on Rosenbrock's valley, and ten thousand starts at once, in CPU time."""
    clock = time.process_time

    def timed(call: Callable[[], Any]) -> float:
        began = clock()
        call()
        return clock() - began

    def ours(steps: int, **options: Any) -> Any:
        return descend(ROSENBROCK, start=[-1.2, 1], rate=1e-5, steps=steps, tolerance=0, **options)

    ours(10**4)
    million = min(timed(lambda: ours(10**6)) for _ in range(3))
    print(f"descend, 10⁶ steps with trace      {million * 1e3:9.1f} ms   {million * 1e3:.0f} ns a step")
    slow = timed(lambda: _lambdified(20_000)) * 50
    print(f"Python loop over sympy's lambdify  {slow * 1e3:9.1f} ms   {slow / million:.0f} times as long")
    fori = _fori_loop()
    if fori is not None:
        print(f"JAX fori_loop, compiled before     {fori * 1e3:9.1f} ms   {fori / million:.2f} times as long")
    starts = random_starts([(-2, 2), (-1, 3)], 10**4, seed=1)
    many = min(timed(lambda: descend_many(ROSENBROCK, starts, 1e-3, steps=200)) for _ in range(3))
    single = timed(lambda: [descend(ROSENBROCK, start=start, rate=1e-3, steps=200) for start in starts[:50]]) * 200
    print(f"10⁴ starts at once, 200 steps      {many * 1e3:9.1f} ms   one by one {single / many:.0f} times as long")


def _lambdified(steps: int) -> Any:
    import sympy

    x, y = sympy.symbols("x y", real=True)
    f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    value_and_gradient = sympy.lambdify([[x, y]], [f, [f.diff(x), f.diff(y)]], "numpy", cse=True)
    point = np.array([-1.2, 1.0])
    for _ in range(steps):
        _, gradient = value_and_gradient(point)
        point = point - 1e-5 * np.array(gradient)
    return point


def _fori_loop() -> float | None:
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    gradient = jax.grad(lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2)
    loop = jax.jit(lambda p, n: jax.lax.fori_loop(0, n, lambda i, p: p - 1e-5 * gradient(p), p))
    start = jax.numpy.array([-1.2, 1.0])
    loop(start, 10).block_until_ready()
    began = time.process_time()
    loop(start, 10**6).block_until_ready()
    return time.process_time() - began


def main() -> None:
    """The tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=["nist", "problems", "speed"])
    parser.add_argument("--large", action="store_true", help="the problems of a hundred variables too (minutes)")
    chosen = parser.parse_args()
    if "nist" in chosen.tables:
        nist_table()
    if "problems" in chosen.tables:
        problems_table(chosen.large)
    if "speed" in chosen.tables:
        speed_table()


if __name__ == "__main__":
    main()
