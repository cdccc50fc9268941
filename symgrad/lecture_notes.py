"""Lecture notes: whatever can tell itself as blocks goes in (derivations, runs, fits), one document comes out.

Composing only: how a thing tells itself is its own business (`blocks()`), how a format looks is the renderer's.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from symgrad import render
from symgrad.document import Block, Code, Document, Figure, Heading, Items, Math, Prose, Steps, Table
from symgrad.errors import MissingPackageError, OutputError, TimeLimitError, UsageError
from symgrad.files import output_path, write
from symgrad.formula import Formula

TEX_SECONDS = 60
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
        path: a .tex, .pdf (needs pdflatex), .md, .html, .ipynb or .txt file; the ending chooses the format.
        title: the title; without one the document begins with its first item.
        author: shown under the title.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The path written.

    Raises:
        OutputError: the file cannot be written as asked; nothing is lost.
        MissingPackageError: a .pdf is asked for where there is no pdflatex.
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


def notebook(document: Document) -> str:
    """The document as a Jupyter notebook (nbformat 4.5): one Markdown cell, mathematics as TeX."""
    import json

    cell = {
        "cell_type": "markdown",
        "id": "notes",
        "metadata": {},
        "source": render.markdown(document).splitlines(keepends=True),
    }
    record = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def pdf(document: Document) -> bytes:
    """The document as PDF pages, typeset by pdflatex: without shell escape, in a folder of its own, in bounded time."""
    import shutil
    import subprocess
    import tempfile

    program = shutil.which("pdflatex")
    if program is None:
        raise MissingPackageError(
            "There is no pdflatex to make a PDF with.", hint="Install TeX (texlive), or write a .tex or .html file."
        )
    shut = {"openin_any": "p", "openout_any": "p", "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
    command = [program, "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "notes.tex"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "notes.tex").write_text(render.latex(document), encoding="utf-8")
        for figure in (block for block in document.blocks if isinstance(block, Figure)):
            if Path(figure.path).is_file():
                shutil.copy(figure.path, place / Path(figure.path).name)
        try:
            done = subprocess.run(
                command, cwd=place, env={**os.environ, **shut}, capture_output=True, timeout=TEX_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise TimeLimitError(f"pdflatex took more than {TEX_SECONDS} seconds.") from None
        if done.returncode:
            log = done.stdout.decode("utf-8", "replace")
            fault = next((line for line in log.splitlines() if line.startswith("!")), "no reason given")
            raise OutputError(f"pdflatex failed: {fault}", hint="Write a .tex file to see what it does not like.")
        return (place / "notes.pdf").read_bytes()


FORMATS: dict[str, Callable[[Document], str | bytes]] = {
    ".tex": render.latex,
    ".pdf": pdf,
    ".md": render.markdown,
    ".html": render.html,
    ".ipynb": notebook,
    ".txt": render.text,
}
