"""Lexing and parsing take work in proportion to the text, up to the longest text that is read (64 KiB)."""

import contextlib
import sys

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


def _work(text: str, syntax: str) -> int:
    """How many lines of Python run while a text is read: counted, not timed, so that a busy machine changes nothing."""
    count = 0

    def on_line(frame, event, argument):
        nonlocal count
        count += event == "line"
        return on_line

    before = sys.gettrace()
    sys.settrace(on_line)
    try:
        with contextlib.suppress(SymgradError):  # a refusal must be as cheap as a reading
            read(text, syntax=syntax, options={"budgets": LONG})
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    ("piece", "syntax"),
    [(piece, "plain") for piece in PLAIN.values()] + [(piece, "latex") for piece in LATEX.values()],
    ids=[*PLAIN, *(f"latex {name}" for name in LATEX)],
)
def test_work_grows_no_faster_than_the_text(piece: str, syntax: str) -> None:
    short, long = (piece * (size // len(piece)) + "x" for size in (2 << 10, 16 << 10))
    first, second = _work(short, syntax), _work(long, syntax)
    assert second < 8 * 1.3 * first + 2000  # eight times the text


def test_the_longest_text_is_read() -> None:
    text = "x^2+" * ((64 << 10) // 4 - 1) + "x"
    assert len(read(text, options={"budgets": LONG}).tree.children) == (64 << 10) // 4
