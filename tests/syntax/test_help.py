"""The help page tells the truth: every input on it is read, and fits the screen."""

import re

import pytest

from symgrad.errors import display_width
from symgrad.syntax import help_page, read

WELCOME = {"accept": ("equation", "condition", "matrix")}
PROSE = re.compile(
    r"\((?:arctan|natural|base 10|decimals)[^()]*(?:\([^()]*\)[^()]*)*\)|e and pi.*|these stay.*|where an equation.*"
)


def _inputs() -> list[tuple[str, str]]:
    found = []
    for line in help_page().splitlines()[1:]:
        if line.startswith("Two readings"):
            break
        topic, body = line[:15].strip(), PROSE.sub("", line[15:].replace("--syntax latex:", ""))
        topic = topic or found[-1][0]
        found += [(topic, part.strip()) for part in re.split(r" {3,}", body) if part.strip()]
    return found


@pytest.mark.parametrize(("topic", "text"), _inputs())
def test_every_input_on_the_page_is_read(topic: str, text: str) -> None:
    read(text, syntax="latex" if topic == "LaTeX" else "plain", options=WELCOME)


def test_every_told_reading_is_as_the_page_says() -> None:
    told = help_page().split("Two readings?")[1].split("Not read:")[0]
    pairs = re.findall(r"(?:^|  )(\S[^,]*?)  is (\S[^,]*?)(?:,|  |\n|$)", told)
    assert len(pairs) >= 8
    for text, meaning in pairs:
        if "(" in meaning and " " not in meaning.replace("b c", "").replace(") c", ""):
            assert read(text).tree == read(meaning).tree, (text, meaning)


def test_the_page_fits_on_one_screen() -> None:
    lines = help_page().splitlines()
    assert len(lines) <= 30
    assert max(map(display_width, lines)) <= 120
