"""Lexing and parsing take time in proportion to the text, up to the longest text that is read (64 KiB)."""

import contextlib
import time

import pytest

from symgrad.errors import SymgradError
from symgrad.syntax import read
from symgrad.syntax.budgets import Budgets

LONG = Budgets(tokens=10**6, nodes=10**6, depth=10**6, nesting=10**4, variables=10**6)

PLAIN = {
    "sum": "x^2+",
    "product": "2x sin(x)*",
    "juxtaposed": "x y ",
    "calls": "f(x)+",
    "bars": "|x|+",
    "function words": "sinx+",
    "digits": "7",
    "one word": "q",
    "brackets in a row": "x(x+1)+",
    "Leibniz": "d/dx(x)+",
    "not quite Leibniz": "d",
    "primes": "f'(x)+",
    "subscripts": "x_1+",
    "white space": " ",
    "quotients": "x/2+",
    "cases": "{x if x>0; 0 otherwise}+",
    "open bars": "|",
    "where": "where ",
}
LATEX = {
    "fractions": r"\frac{x}{2}+",
    "roots": r"\sqrt{x}+",
    "left right": r"\left|x\right|+",
    "letters": "xy ",
    "d d d": r"\frac{d}{dx} x+",
    "open fractions": r"\frac{d",
    "subscripts": "x_{ij}+",
    "integrals": r"\int x dx+",
}


def _seconds(text: str, syntax: str, times: int) -> float:
    best = 9.0
    for _ in range(times):
        start = time.process_time()
        with contextlib.suppress(SymgradError):  # a refusal must be as quick as a reading
            read(text, syntax=syntax, options={"budgets": LONG})
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    ("piece", "syntax"),
    [(piece, "plain") for piece in PLAIN.values()] + [(piece, "latex") for piece in LATEX.values()],
    ids=[*PLAIN, *(f"latex {name}" for name in LATEX)],
)
def test_time_grows_no_faster_than_the_text(piece: str, syntax: str) -> None:
    short, long = (piece * (size // len(piece)) + "x" for size in (8 << 10, (64 << 10) - 8))
    first, second = _seconds(short, syntax, 2), _seconds(long, syntax, 1)
    if second >= 8 * 2.5 * max(first, 0.002):  # eight times the text; 2.5 for caches and the collector
        first, second = _seconds(short, syntax, 3), _seconds(long, syntax, 2)  # a second look, for a busy machine
    assert second < 8 * 2.5 * max(first, 0.002)
    assert second < 5
