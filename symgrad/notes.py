"""Lecture notes: whatever can tell itself as blocks goes in (derivations, runs, fits), one document comes out.

Composing only: how a thing tells itself is its own business (`blocks()`), how a format looks is the renderer's.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from symgrad import render
from symgrad.document import Block, Code, Document, Figure, Heading, Items, Math, Prose, Steps, Table
from symgrad.errors import UsageError
from symgrad.files import output_path, write
from symgrad.formula import Formula

FORMATS = {".tex": render.latex, ".md": render.markdown, ".html": render.html, ".txt": render.text}
_BLOCKS = (Heading, Prose, Math, Steps, Table, Figure, Code, Items)


@runtime_checkable
class TellsItself(Protocol):
    """Anything that can be part of notes: a derivation, a run, a fit."""

    def blocks(self) -> Iterable[Block]:
        """What it has to say, as document blocks."""
        ...


def notes(
    items: Iterable[Any], path: str | os.PathLike[str], *, title: str = "", author: str = "", overwrite: bool = False
) -> Path:
    """Write lecture notes: one document from derivations, runs, fits, formulas, blocks and plain sentences.

    Args:
        items: in order; a str is a paragraph of plain text, a Formula is set as displayed mathematics.
        path: a .tex, .md, .html or .txt file; the ending chooses the format.
        title: the title; without one the document begins with its first item.
        author: shown under the title.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The path written.

    Raises:
        OutputError: the file cannot be written as asked; nothing is lost.
        UsageError: an item cannot tell itself.

    >>> import tempfile
    >>> from symgrad import derive
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = notes([derive("x^2 sin(x)")], f"{folder}/notes.tex", title="A product")
    ...     "product rule" in path.read_text(encoding="utf-8")
    True
    """
    target = output_path(path, suffixes=FORMATS, overwrite=overwrite)
    blocks = tuple(block for item in items for block in _told(item))
    document = Document(title, blocks, author)
    return write(target, FORMATS[target.suffix.lower()](document), overwrite=overwrite)


def _told(item: Any) -> tuple[Block, ...]:
    if isinstance(item, str):
        return (Prose((item,)),)
    if isinstance(item, Formula):
        return (Math(item.tree),)
    if isinstance(item, _BLOCKS):
        return (item,)
    if isinstance(item, TellsItself):
        return tuple(item.blocks())
    raise UsageError(
        f"Notes are made of derivations, runs, formulas and text, not of a {type(item).__name__}.",
        hint="Give what derive, descend or train returned, or a str.",
    )
