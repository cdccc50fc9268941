"""How a formula stands on one line, where the reader would not mind but a lecturer would."""

import pytest

from symgrad.syntax import parse
from symgrad.typeset import line


@pytest.mark.parametrize("text", ["5(x + 1)⁴", "(x + 1)²(x − 1)³", "6(x² + 1)²(2x − 1)", "(69/4)(w + 1)²", "x(x + 1)²"])
def test_brackets_and_their_powers_stand_close(text: str) -> None:
    assert line(parse(text)) == text
