"""Trees to text: one Unicode line, machine syntax, LaTeX, two-dimensional Unicode, MathML. Nothing is computed here."""

from symgrad.typeset.box import Box, box
from symgrad.typeset.latex import latex
from symgrad.typeset.line import line
from symgrad.typeset.mathml import mathml
from symgrad.typeset.plain import plain
from symgrad.typeset.style import DEFAULT, LECTURE, Style

__all__ = ["DEFAULT", "LECTURE", "Box", "Style", "box", "latex", "line", "mathml", "plain"]
