"""Blocks to formats, one file a format: text, LaTeX, Markdown, HTML, JSON. Each escapes for its own."""

from .latex import latex
from .text import text, wants_colour

__all__ = ["latex", "text", "wants_colour"]
