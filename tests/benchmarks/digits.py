"""Digits: fourteen patterns in ULP, and bits of error on the FPBench rows: `python -m tests.benchmarks.digits --peer`.

What the patterns are and what is true of them stands in `tests/program/test_stable.py`. On the rows a point's error is
log2(1 + distance in doubles from the correctly rounded result), 64 for NaN: Herbie's measure.
"""

import argparse
import ast
import json
import math
import struct
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from symgrad.program import compile  # noqa: A004
from symgrad.syntax import tree
from tests.benchmarks.bench import Bench, tell
from tests.benchmarks.timing import quiet

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
_NAMES = {"log": "ln", "Abs": "abs", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "Min": "min", "Max": "max"}


def node(expression: ast.expr) -> tree.Node:
    """The syntax tree of a corpus expression, which is written in Python's syntax."""
    match expression:
        case ast.Constant(value=value):
            return tree.Number(Fraction(str(value)))
        case ast.Name(id="pi"):
            return tree.PI
        case ast.Name(id="E"):
            return tree.E
        case ast.Name(id=name):
            return tree.Symbol(name)
        case ast.UnaryOp(operand=operand):
            return tree.Negate(node(operand))
        case ast.BinOp(left=left, op=operator, right=right):
            u, v = node(left), node(right)
            kinds: dict[type, Any] = {
                ast.Add: tree.Add,
                ast.Mult: tree.Multiply,
                ast.Div: tree.Divide,
                ast.Pow: tree.Power,
            }
            return tree.Add(u, tree.Negate(v)) if type(operator) is ast.Sub else kinds[type(operator)](u, v)
        case ast.Call(func=ast.Name(id=name), args=args):
            return tree.Call(_NAMES.get(name, name), *map(node, args))
    raise ValueError(ast.dump(expression))


def ordinal(value: float) -> int:
    """The number of a double in the order of all doubles."""
    bits = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def bits_of_error(computed: float, true: float) -> float:
    """log2(1 + distance in doubles); 64 for what is no number."""
    if not isinstance(computed, float) or math.isnan(computed):
        return 64.0
    return math.log2(1 + abs(ordinal(computed) - ordinal(true)))


def rows(mode: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Expressions with their correctly rounded results."""
    formulas = {row["name"]: row for row in map(json.loads, (CORPUS / "fpbench.jsonl").open())}
    for truth in map(json.loads, (CORPUS / "fpbench_truth.jsonl").open()):
        if truth["mode"] == mode and truth["name"] in formulas:
            yield formulas[truth["name"]], truth


def ours(row: dict[str, Any]) -> Any:
    """Our callable."""
    formula = node(ast.parse(row["expr"], mode="eval").body)
    f = compile(formula, variables=row["vars"], backend="python")

    def call(*x: float) -> Any:
        value, gradient = f(*x)
        return value, gradient.tolist()

    return call


def peer(row: dict[str, Any]) -> Any:
    """sympy: parse, differentiate, lambdify with common subexpressions."""
    import sympy

    names = {name: sympy.Symbol(name, real=True) for name in row["vars"]}
    expression = sympy.sympify(row["expr"], locals=names, rational=True)
    values = [expression, *(sympy.diff(expression, symbol) for symbol in names.values())]
    f = sympy.lambdify(list(names.values()), values, "numpy", cse=True)

    def call(*x: float) -> Any:
        import numpy as np

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, *gradient = f(*map(np.float64, x))
        return float(value), [float(slope) for slope in gradient]

    return call


def score(function: Any, truth: dict[str, Any]) -> tuple[list[float], list[float]]:
    """The errors of all values and of all gradient entries that have a true finite result."""
    values, slopes = [], []
    for point, value, gradient in zip(truth["points"], truth["value"], truth["grad"]):
        try:
            found, found_gradient = function(*map(float, point))
        except (ArithmeticError, ValueError, TypeError):
            found, found_gradient = math.nan, [math.nan] * len(point)
        if value is not None and math.isfinite(value):
            values.append(bits_of_error(found, value))
        for computed, true in zip(found_gradient, gradient or ()):
            if true is not None and math.isfinite(true):
                slopes.append(bits_of_error(computed, true))
    return values, slopes


def mean(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else math.nan


# ---- tables ----------------------------------------------------------------------------------------------------------


def digits(bench: Bench) -> None:
    """The worst ULP of each pattern and backend, and the mean bits of error on the FPBench rows."""
    from tests.program.test_stable import PATTERNS

    for backend in ("python", "numpy", "llvm"):
        table = bench.table(f"digits {backend}", f"Digits, {backend}: the worst of each pattern", "ULP", "value",
                            ratios=False)  # fmt: skip
        for name in PATTERNS:
            tell(f"{table.title}: {name}")
            with quiet():
                value, slope = worst(name, backend)
            table.cells[name] = {"value": value, "gradient": slope}
        bench.kept(bench.report)
    if CORPUS.exists():
        fpbench(bench)
    tell("")


def worst(name: str, backend: str) -> tuple[float, float]:
    """The worst distance from the truth of value and gradient of a pattern, over all its points."""
    import mpmath
    import numpy as np

    from tests.program import test_stable as claims

    formula, true = claims.PATTERNS[name]
    points = [x for x in claims.POINTS if claims.defined(name, x)]
    f = compile(formula, backend=backend)
    if backend == "python":
        values, slopes = zip(*[(value, slope[0]) for value, slope in map(f, points)])
    else:
        values, (slopes,) = f(np.array(points))
    with mpmath.workdps(1000):
        exact = [mpmath.mpf(x) for x in points]
        return (
            max(claims.ulps(float(value), true(x)) for value, x in zip(values, exact)),
            max(claims.ulps(float(slope), claims.true_slope(true, x)) for slope, x in zip(slopes, exact)),
        )


def fpbench(bench: Bench) -> None:
    """Mean bits of error on the development rows at practical points, beside lambdify's."""
    table = bench.table("digits fpbench", "Digits: mean bits of error on the FPBench rows", "bits", "symgrad",
                        ratios=False)  # fmt: skip
    found: dict[str, list[tuple[float, float]]] = {"symgrad": [], "lambdify": []}
    for row, truth in rows("practical"):
        tell(f"{table.title}: {row['name']}")
        for name, make in (("symgrad", ours), ("lambdify", peer)):
            with quiet():
                values, slopes = score(make(row), truth)
            found[name].append((mean(values), mean(slopes)))
    for k, part in enumerate(("value", "gradient")):
        bits = {name: mean([row[k] for row in rows if not math.isnan(row[k])]) for name, rows in found.items()}
        table.cells[part] = bits
        table.extra[part] = {"share": bits["symgrad"] / bits["lambdify"]}
    bench.kept(bench.report)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", default="practical", choices=["practical", "bits"])
    parser.add_argument("--peer", action="store_true", help="measure lambdify too")
    parser.add_argument("--worst", type=int, default=0, help="list the worst rows")
    options = parser.parse_args()
    table = []
    for row, truth in rows(options.mode):
        entry = {"name": row["name"], "expr": row["expr"]}
        for name, make in (("symgrad", ours), ("lambdify", peer))[: 1 + options.peer]:
            values, slopes = score(make(row), truth)
            entry[name] = (mean(values), mean(slopes))
        table.append(entry)
    for name in ("symgrad", "lambdify")[: 1 + options.peer]:
        value = mean([entry[name][0] for entry in table if not math.isnan(entry[name][0])])
        slope = mean([entry[name][1] for entry in table if not math.isnan(entry[name][1])])
        print(f"{name:10} {len(table)} rows, mean bits of error: value {value:.3f}, gradient {slope:.3f}")
    for entry in sorted(table, key=lambda entry: -entry["symgrad"][0] - entry["symgrad"][1])[: options.worst]:
        print("{:6.2f} {:6.2f}  {:30} {}".format(*entry["symgrad"], entry["name"][:30], entry["expr"][:150]))


if __name__ == "__main__":
    main()
