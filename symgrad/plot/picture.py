"""From a drawing to a file: PNG, SVG or PDF by suffix, with the title and the alt text inside it.

The same picture is the same file, byte for byte: no dates, no random names. Checking names and writing whole files is
done by `symgrad.files`.
"""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from symgrad.files import output_path, write

PICTURES = (".png", ".svg", ".pdf")
_KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}


@dataclass(frozen=True)
class Picture:
    """A picture on disk: where it is, and what it shows in words for who cannot see it."""

    path: Path
    alt: str

    def __str__(self) -> str:
        return f"{self.path}: {self.alt}"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a notebook shows: the picture with its alt text."""
        data: dict[str, Any] = {"text/plain": str(self)}
        kind = _KINDS.get(self.path.suffix.lower())
        if kind is None or not self.path.exists():
            return data, {}
        content = self.path.read_bytes()
        data[kind] = content.decode() if kind.endswith("xml") else content
        return data, {kind: {"alt": self.alt}}


def target(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """The path of a picture to write, refused before any drawing is done (see `symgrad.files.output_path`)."""
    return output_path(path, suffixes=PICTURES, overwrite=overwrite)


def save(figure: Any, path: Path, title: str, alt: str, *, overwrite: bool) -> Picture:
    """Write a figure as its suffix says, with its title and alt text inside."""
    kind = path.suffix.lower().lstrip(".")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=_metadata(kind, title, alt))
    content = buffer.getvalue()
    if kind == "svg":
        content = with_description(content.decode(), title, alt).encode()
    return Picture(write(path, content, overwrite=overwrite), alt)


def _metadata(kind: str, title: str, alt: str) -> dict[str, Any]:
    if kind == "png":
        return {"Title": title, "Description": alt, "Software": "symgrad"}
    if kind == "pdf":
        return {"Title": title, "Subject": alt, "Creator": "symgrad", "CreationDate": None}
    return {"Date": None, "Creator": None}


def with_description(svg: str, title: str, alt: str) -> str:
    """The SVG with <title> and <desc> where a screen reader looks for them.

    >>> print(with_description('<svg width="1"><g/></svg>', "a < b", "two letters"))
    <svg role="img" aria-labelledby="title desc" width="1">
    <title id="title">a &lt; b</title>
    <desc id="desc">two letters</desc><g/></svg>
    """
    start = svg.index("<svg")
    stop = svg.index(">", start) + 1
    opening = svg[start:stop].replace("<svg", '<svg role="img" aria-labelledby="title desc"', 1)
    words = f'\n<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(alt)}</desc>'
    return svg[:start] + opening + words + svg[stop:]
