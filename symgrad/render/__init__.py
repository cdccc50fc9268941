"""Blocks to formats, one file a format: text, LaTeX, Markdown, HTML, JSON. Each escapes for its own."""

from .html import html
from .json_ import as_data, json_
from .latex import latex
from .markdown import markdown
from .text import text, wants_colour

__all__ = ["as_data", "html", "json_", "latex", "markdown", "text", "wants_colour"]
