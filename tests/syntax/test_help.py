"""The help page tells the truth: every input on it is read, and it fits the screen."""

import re

import pytest

from symgrad.errors import display_width
from symgrad.syntax import help_page, read

WELCOME = {"accept": ("equation", "condition", "matrix")}
PROSE = re.compile(r"decimals stay.*|e and pi.*|plain log.*|--syntax latex reads")
FIRST, SECOND = help_page().split("Where a text has two readings")


def _inputs() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    topic = ""
    for line in FIRST.splitlines()[1:]:
        topic = line[:14].strip() or topic
        found += [(topic, part.strip()) for part in re.split(r" {3,}", PROSE.sub("", line[14:])) if part.strip()]
    return found


def _told() -> list[tuple[str, str]]:
    rows = [re.split(r" {2,}", line.strip()) for line in SECOND.splitlines() if line.startswith("  ")]
    return [(row[0], row[1]) for row in rows if row[0] != "f(x)"]


@pytest.mark.parametrize(("topic", "text"), _inputs())
def test_every_input_on_the_page_is_read(topic: str, text: str) -> None:
    read(text, syntax="latex" if topic == "LaTeX" else "plain", options=WELCOME)


@pytest.mark.parametrize(("text", "meaning"), _told())
def test_every_reading_is_the_one_on_the_page_and_is_told(text: str, meaning: str) -> None:
    assert read(text).tree == read(meaning).tree
    assert read(text).ambiguities


def test_the_page_fits_on_one_screen() -> None:
    lines = help_page().splitlines()
    assert len(_inputs()) > 70
    assert len(_told()) == 10
    assert len(lines) <= 50
    assert max(map(display_width, lines)) <= 80
