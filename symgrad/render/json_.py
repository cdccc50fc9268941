"""Blocks to JSON for other programs: every block an object with a type, every formula in three spellings."""

import json
from typing import Any

from symgrad.document import (
    Block,
    Cell,
    Code,
    Document,
    Figure,
    Heading,
    Items,
    Math,
    Prose,
    Steps,
    Table,
)
from symgrad.errors import SymgradError
from symgrad.syntax.tree import Node
from symgrad.typeset import DEFAULT, Style, latex, line, plain

SCHEMA_VERSION = 1


def json_(item: Document | Block, *, style: Style = DEFAULT) -> str:
    """A document or a block as a JSON object; a document has `schema` with the version of this form.

    >>> from symgrad.document import Heading
    >>> print(json_(Heading(1, "Rules")))
    {"type": "heading", "level": 1, "text": "Rules"}
    """
    return json.dumps(as_data(item, style), ensure_ascii=False)


def as_data(item: Document | Block, style: Style = DEFAULT) -> dict[str, Any]:
    """The same as plain dictionaries and lists."""
    match item:
        case Document(title, blocks, author, language):
            told = [as_data(block, style) for block in blocks]
            head = {"schema": SCHEMA_VERSION, "type": "document", "title": title}
            return head | {"author": author, "language": language, "blocks": told}
        case Heading(level, text):
            return {"type": "heading", "level": level, "text": text}
        case Prose(parts):
            return {"type": "prose", "parts": [_cell(part, style) for part in parts]}
        case Math(node, marks):
            places = [{"path": list(path), "mark": mark} for path, mark in marks.items()]
            return {"type": "math", **spellings(node, style), **({"marks": places} if places else {})}
        case Steps():
            return {"type": "steps", "lines": _steps(item, style)}
        case Table(header, rows, caption):
            cells = [[_cell(cell, style) for cell in row] for row in rows]
            head = {"type": "table", "caption": caption, "align": item.alignment()}
            return head | {"header": [_cell(cell, style) for cell in header], "rows": cells}
        case Figure(path, caption, alt):
            return {"type": "figure", "path": path, "caption": caption, "alt": alt}
        case Code(text, language):
            return {"type": "code", "text": text, "language": language}
        case Items(items, numbered):
            points = [[_cell(part, style) for part in entry.parts] for entry in items]
            return {"type": "items", "numbered": numbered, "items": points}


def spellings(node: Node, style: Style = DEFAULT) -> dict[str, str | None]:
    """A formula for machines, on one line, and in LaTeX; None where it has no machine form."""
    try:
        machine: str | None = plain(node)
    except SymgradError:
        machine = None
    return {"plain": machine, "line": line(node, style), "latex": latex(node, style)}


def _cell(cell: Cell, style: Style) -> Any:
    return cell if isinstance(cell, str) else as_data(cell, style)


def _steps(block: Steps, style: Style) -> list[dict[str, Any]]:
    lines = []
    for step in block.lines:
        note = [_cell(part, style) for part in step.note.parts] if isinstance(step.note, Prose) else step.note
        shown: dict[str, Any] = {"relation": step.relation, **spellings(step.node, style)}
        if step.before is not None:
            shown["before"] = spellings(step.before, style)
        lines.append(shown | {"reason": step.reason, "note": note})
    return lines
