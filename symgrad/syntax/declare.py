"""Declared shapes: `X: matrix(n, d), w: vector(d), b: scalar`, after `where` in a formula or alone."""

import re

from symgrad.errors import ReadError
from symgrad.syntax.names import normal_form

Shapes = tuple[tuple[str, tuple[int | str, ...]], ...]

_WHERE = re.compile(r"(?:^|[\s;,])where\s")
_ONE = re.compile(
    r"\s*([^\s:,;]+)\s*:\s*(matrix|vector|scalar)\s*(?:\(\s*([A-Za-z0-9]+)\s*(?:,\s*([A-Za-z0-9]+)\s*)?\))?\s*"
)
_LARGEST = 10**6


def declare(text: str, start: int = 0) -> Shapes:
    """The shapes that a text declares.

    >>> declare("X: matrix(n, d), w: vector(d)")
    (('X', ('n', 'd')), ('w', ('d',)))

    Raises:
        ReadError: pointing at the declaration that is not of the form.
    """
    found: list[tuple[str, tuple[int | str, ...]]] = []
    at = start
    while at < len(text):
        match = _ONE.match(text, at)
        name = normal_form(match[1]) if match else None
        if match is None or name is None:
            raise _malformed(text, at)
        sizes = tuple(_size(size) for size in (match[3], match[4]) if size is not None)
        if len(sizes) != {"scalar": 0, "vector": 1, "matrix": 2}[match[2]]:
            raise _malformed(text, at)
        if any(name == other for other, _ in found):
            raise ReadError(f"'{name}' is declared twice.", source=text, span=match.span(1))
        if sizes:
            found.append((name, sizes))
        at = match.end()
        if at < len(text):
            if text[at] not in ",;":
                raise _malformed(text, at)
            at += 1
    return tuple(found)


def split_declarations(text: str) -> tuple[str, Shapes]:
    """A text cut before its `where` clause, and what that declares."""
    if "where" not in text:
        return text, ()
    found = _WHERE.search(text)
    if found is None:
        return text, ()
    return text[: found.start()], declare(text, found.end())


def _size(text: str) -> int | str:
    return min(int(text[:7]), _LARGEST) if text.isdigit() else text


def _malformed(text: str, at: int) -> ReadError:
    return ReadError(
        "This is not a declaration.",
        source=text,
        span=(at, len(text)),
        hint="Write X: matrix(n, d), w: vector(d), c: scalar.",
    )
