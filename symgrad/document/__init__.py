"""Blocks of a lecture, without a format: headings, prose with formulas, derivations, tables, figures, code, lists.

Whoever tells something (calculus, descent, notes) makes blocks; `render` turns blocks into a format and knows nothing
else. Blocks hold trees and plain text: no markup of any format, so nothing here needs escaping.
"""

from symgrad.document.blocks import (
    Block,
    Cell,
    Code,
    Document,
    Figure,
    Heading,
    Items,
    Math,
    Prose,
    StepLine,
    Steps,
    Table,
    prose,
)

__all__ = [
    "Block",
    "Cell",
    "Code",
    "Document",
    "Figure",
    "Heading",
    "Items",
    "Math",
    "Prose",
    "StepLine",
    "Steps",
    "Table",
    "prose",
]
