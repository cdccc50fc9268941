"""Gradients of the floating-point benchmarks at given points: right to the last digit of the published truth."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from symgrad.calculus import derive
from symgrad.calculus.evaluate import evaluate
from symgrad.errors import ReadError
from symgrad.syntax import ReadOptions, read

POINTS = 2


@pytest.mark.slow
def test_gradients_of_the_floating_point_benchmarks(corpus: Callable[[str], list[Any]]) -> None:
    formulas = {row["name"]: row for row in corpus("fpbench.jsonl")}
    compared, formula_count = 0, 0
    for truth in corpus("fpbench_truth.jsonl"):
        row = formulas.get(truth["name"])
        if row is None or truth["mode"] != "practical":
            continue
        try:
            tree = read(row["expr"], options=ReadOptions(variables=tuple(row["vars"]))).tree
        except ReadError:
            continue
        gradient = [derive(tree, name).tree for name in row["vars"]]
        formula_count += 1
        for point, slopes in list(zip(truth["points"], truth["grad"], strict=True))[:POINTS]:
            place = dict(zip(row["vars"], map(Fraction, point), strict=True))
            for tree_of_slope, right in zip(gradient, slopes, strict=True):
                if right is None:
                    continue
                assert float(evaluate(tree_of_slope, place, 20)) == pytest.approx(right, rel=1e-15, abs=0), row["name"]
                compared += 1
    assert formula_count > 100
    assert compared > 400
