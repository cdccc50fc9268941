"""d/dx, dy/dx, ∂²f/∂x∂y in plain text: one pattern, one token."""

import re
from functools import lru_cache
from typing import NamedTuple

from symgrad.syntax.names import BY_CHARACTER, LETTERS, PLAIN_SUBSCRIPTS, PLAIN_SUPERSCRIPTS

_GREEK = "".join(BY_CHARACTER)
_LOW = "".join(PLAIN_SUBSCRIPTS)
_HIGH = "".join(PLAIN_SUPERSCRIPTS)
_LOW_RUN = re.compile(rf"[{_LOW}]+")
_LETTER = rf"(?:{'|'.join(sorted(LETTERS, key=len, reverse=True))}|[A-Za-z]|[{_GREEK}])"
_DNAME = rf"{_LETTER}[0-9]*(?:_(?:[A-Za-z0-9]+|\{{[A-Za-z0-9]+\}})|[{_LOW}]+)?"
_ORDER = rf"(?:\^\{{?[0-9]+\}}?|[{_HIGH}]+)?"


class Leibniz(NamedTuple):
    """d^n body / dx^a dy^b as written: what stands above (None for an operator) and the variables with their orders."""

    name: str | None
    arguments: tuple[str, ...]
    variables: tuple[tuple[str, int], ...]
    partial: bool


@lru_cache(maxsize=1)
def leibniz_patterns() -> tuple["re.Pattern[str]", "re.Pattern[str]"]:
    """d^n body / dx^a dy^b as a whole, and one dx^a; compiled when the first d is met."""
    whole = (
        rf"(?P<d>[d∂])(?P<order>{_ORDER})[ ]*(?P<body>(?P<name>{_DNAME})(?P<arguments>\([A-Za-z0-9_, {_GREEK}]*\))?)?"
        rf"[ ]*/[ ]*(?P<open>\()?(?P<below>(?:[d∂][ ]*{_DNAME}{_ORDER}[ ]*)+)(?(open)\))(?![A-Za-z0-9_])"
    )
    return re.compile(whole), re.compile(rf"[d∂][ ]*(?P<name>{_DNAME})(?P<order>{_ORDER})")


def normal(text: str) -> str:
    """The normal form of a name that the Leibniz pattern matched."""
    text = "".join(BY_CHARACTER.get(character, character) for character in text).replace("{", "").replace("}", "")
    low = _LOW_RUN.search(text)
    return text if low is None else text[: low.start()] + "_" + "".join(PLAIN_SUBSCRIPTS[c] for c in low[0])


def order_of(text: str) -> int:
    digits = "".join(PLAIN_SUPERSCRIPTS.get(character, character) for character in text).strip("^{}")
    return int(digits[:6]) if digits.isdigit() else 1
