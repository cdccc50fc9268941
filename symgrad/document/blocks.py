"""The blocks: frozen, comparable, picklable. Every field is plain text or a formula."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from symgrad.syntax.tree import Node, Path

Marks = Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class Math:
    """A formula: a block by itself, or a part of a sentence or a cell."""

    node: Node
    marks: Marks = field(default_factory=dict)


Cell = str | Math
"""A cell of a table, an inline part of a sentence: plain text or a formula."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A title of a part; level 1 is the highest below the document's own."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph: text with formulas in it."""

    parts: tuple[Cell, ...]


def prose(*parts: str | Node | Math) -> Prose:
    """A paragraph from text and trees.

    >>> from symgrad.syntax.tree import Symbol
    >>> prose("The slope at ", Symbol("x"), " is flat.").parts[0]
    'The slope at '
    """
    return Prose(tuple(Math(part) if isinstance(part, Node) else part for part in parts))


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of a chain: relation, formula, why, and what on the line is highlighted.

    Args:
        node: the right-hand side.
        relation: '=', '≈', '≤' or '⇒'.
        reason: the rule's name, or a short sentence.
        marks: places in `node` to highlight.
        note: a longer remark, shown below the line: a condition, a substitution u = ….
        before: the left-hand side, where the line has its own.
    """

    node: Node
    relation: str = "="
    reason: str = ""
    marks: Marks = field(default_factory=dict)
    note: str | Prose = ""
    before: Node | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """A chain of equal formulas, one line each, aligned at the relation; it begins with `before` of the first line."""

    lines: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `align` has one of 'l', 'c', 'r' for each column ('' means all right)."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    align: str = ""

    def alignment(self) -> str:
        """One letter for each column."""
        return self.align or "r" * len(self.header)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture file with a caption, and with the text that says what it shows to those who can't see it."""

    path: str
    caption: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Text set as typed."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of paragraphs, numbered or with dots."""

    items: tuple[Prose, ...]
    numbered: bool = False


Block = Heading | Prose | Math | Steps | Table | Figure | Code | Items


@dataclass(frozen=True, slots=True)
class Document:
    """A titled sequence of blocks."""

    title: str
    blocks: tuple[Block, ...]
    author: str = ""
    language: str = "en"
