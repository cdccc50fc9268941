"""Blocks to formats, one file a format: text, LaTeX, Markdown, HTML, JSON. Each escapes for its own."""

from symgrad.render.html import html
from symgrad.render.json_ import as_data, json_
from symgrad.render.latex import latex
from symgrad.render.markdown import markdown
from symgrad.render.text import text, wants_colour

__all__ = ["as_data", "html", "json_", "latex", "markdown", "text", "wants_colour"]
