"""How long reading takes before any sympy object is built: 300 characters in less than a millisecond."""

from typing import Any

import pytest

from symgrad.syntax import read

FORMULAS = {
    "lecture": ("|x| - 2/3 sin(3|x|/2)", "plain"),
    "300 characters": (
        "(1-x)^2 + 100(y-x^2)^2 + sin(3x) cos(2y)/(1+e^(-x)) + ln(1 + x^2 + y^2) - 2/3 sin(3|x|/2) + sqrt(x^2+y^2+1) "
        "tanh(x/2) + x^3 y^2 z - 4.25 exp(-(x-1)^2/2) + arctan(y/(1+x^2)) + x_1 w_2 theta + (x+1)(x-1)/(x^2+4) "
        "+ max(x, y, 0) + |x-y|^3 + sin^2 x cos^2 y + 1/(1+1/(1+x)) + 3x^2 - 5x + sqrt(1+x)",
        "plain",
    ),
    "LaTeX": (
        r"-\frac{16x^2y^2}{\sqrt{4xy^2+1}^3}+\frac{4x}{\sqrt{4xy^2+1}} + e^{-x^2/2} \sin\left(\frac{\pi x}{2}\right)",
        "latex",
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_reading(benchmark: Any, name: str) -> None:
    text, syntax = FORMULAS[name]
    read(text, syntax=syntax)
    benchmark(read, text, syntax=syntax)
    if not benchmark.disabled and benchmark.stats is not None:
        assert benchmark.stats.stats.min < 1e-3
