"""Trees to layouts: every typographic decision that all two-dimensional formats share.

Where brackets stand, when a product needs a dot, that sin x needs none of either, how d/dx is written. How a format
spells the result belongs in its own module. Order is always the tree's.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from symgrad.syntax.tree import Node, Path
from symgrad.syntax.walks import at, unique
from symgrad.typeset.forms import Form, Forms
from symgrad.typeset.layout import Layout, Mark
from symgrad.typeset.shapes import HANDLERS
from symgrad.typeset.style import DEFAULT, Style


def present(node: Node, style: Style = DEFAULT, marks: Mapping[Path, str] | None = None) -> Layout:
    """The shape of a formula on the page, with the sub-formulas at the marked paths highlighted."""

    def lay_out(current: Node, children: list[Forms]) -> Forms:
        handler = HANDLERS[type(current)]
        display = handler(current, children, False, style)
        flat = handler(current, children, True, style)
        return Forms(current, display, flat, 1 + sum(child.size for child in children), tuple(children))

    plain: dict[int, Forms] = {}
    for current in unique(node):
        plain[id(current)] = lay_out(current, [plain[id(child)] for child in current.children])
    if not marks:
        return plain[id(node)].display.layout
    return _marked(node, plain, marks, lay_out).display.layout


def _marked(
    node: Node, plain: dict[int, Forms], marks: Mapping[Path, str], lay_out: Callable[[Node, list[Forms]], Forms]
) -> Forms:
    """The layout of the whole again, along the ways down to the marked places only."""
    spine = {path[:length] for path in marks for length in range(len(path) + 1)}
    fresh: dict[Path, Forms] = {}
    for path in sorted(spine, key=len, reverse=True):
        current = at(node, path)
        children = [fresh.get((*path, k), plain[id(child)]) for k, child in enumerate(current.children)]
        forms = lay_out(current, children)
        fresh[path] = _highlight(forms, marks[path]) if path in marks else forms
    return fresh[()]


def _highlight(forms: Forms, mark: str) -> Forms:
    label = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in mark)
    return replace(forms, display=_mark(forms.display, label), compact=_mark(forms.compact, label))


def _mark(form: Form, mark: str) -> Form:
    return replace(
        form,
        layout=Mark(mark, form.layout),
        bracketed=None if form.bracketed is None else Mark(mark, form.bracketed),
        unsigned=None if form.unsigned is None else Mark(mark, form.unsigned),
    )
