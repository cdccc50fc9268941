"""Trees to text: one Unicode line, machine syntax, LaTeX, two-dimensional Unicode, MathML. Nothing is computed here."""

from .box import Box, box
from .latex import latex
from .line import line
from .mathml import mathml
from .plain import plain
from .style import DEFAULT, LECTURE, Style

__all__ = ["DEFAULT", "LECTURE", "Box", "Style", "box", "latex", "line", "mathml", "plain"]
