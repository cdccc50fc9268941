"""How long deriving, finishing and verifying takes: a textbook row, and a formula of 2,000 nodes.

Run with `pytest tests/benchmarks --benchmark-only`.
"""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from symgrad.calculus import derive
from symgrad.errors import ReadError
from symgrad.syntax import ReadOptions, read
from symgrad.syntax.tree import Add, Call, Divide, Multiply, Node, Number, Power, Symbol
from symgrad.syntax.walks import size

MEDIAN = 0.030  # seconds a textbook row may take
LARGE = 5.0  # seconds for 2,000 nodes
_OPTIONS = ReadOptions(constants=(("E", "e"),))


def test_median_of_the_textbook_rows(benchmark: Any, corpus: Callable[[str], list[Any]]) -> None:
    rows = []
    for row in corpus("derivatives.jsonl"):
        if row["kind"] == "textbook":
            try:
                rows.append((read(row["expr"], options=_OPTIONS).tree, row["var"], row["order"]))
            except ReadError:
                continue
    assert len(rows) > 80
    times: list[float] = []

    def all_rows() -> None:
        for tree, variable, order in rows:
            start = time.perf_counter()
            derive(tree, variable, order).verify()
            times.append(time.perf_counter() - start)

    benchmark.pedantic(all_rows, rounds=3, warmup_rounds=1)
    benchmark.extra_info["median"] = statistics.median(times)
    assert statistics.median(times) <= MEDIAN


def large(source: random.Random, nodes: int) -> Node:
    """A random formula of about so many nodes."""
    if nodes <= 1:
        return source.choice((Symbol("x"), Symbol("x"), Symbol("y"), Number(source.randint(1, 9))))
    if source.random() < 0.3:
        return Call(source.choice(("sin", "cos", "tanh", "arctan")), large(source, nodes - 1))
    left = source.randint(1, nodes - 1)
    a, b = large(source, left), large(source, max(1, nodes - 1 - left))
    kind = source.random()
    if kind < 0.4:
        return Add(a, b)
    return Multiply(a, b) if kind < 0.8 else Divide(a, Add(Number(2), Power(b, Number(2))))


def test_two_thousand_nodes(benchmark: Any) -> None:
    formula = large(random.Random(2), 1300)
    assert 1500 <= size(formula) <= 3500
    start = time.perf_counter()
    benchmark.pedantic(lambda: derive(formula, "x").verify(), rounds=1)
    assert time.perf_counter() - start <= LARGE
