"""What is known of a sub-formula while it is laid out: its shape, how tightly it binds, its kind."""

from collections.abc import Callable
from dataclasses import dataclass

from symgrad.syntax.tree import Node
from symgrad.typeset.layout import Fence, Layout, Mark
from symgrad.typeset.style import Style

CHOICE, AND, CONDITION, SUM, PRODUCT, POWER, ATOM = range(7)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A sub-formula as laid out, with what its surroundings must know.

    Args:
        layout: the shape.
        level: how tightly its outermost operation binds.
        kind: what it is as a factor: number, name, long name, call, word call, bare, bracketed, negative (in brackets),
            fenced (by bars or a root), fraction, derivative, big, other.
        bracketed: a bare function (sin x) written with brackets round its argument.
        unsigned: what stands behind the minus sign, if there is one.
    """

    layout: Layout
    level: int
    kind: str = "other"
    bracketed: Layout | None = None
    unsigned: Layout | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Forms:
    """A sub-formula in its two varieties: with fraction bars, and compact, with slashes, for scripts."""

    node: Node
    display: Form
    compact: Form
    size: int
    children: "tuple[Forms, ...]"

    def form(self, compact: bool) -> Form:
        return self.compact if compact else self.display

    def inside(self, style: Style, limit: int = 12) -> Form:
        """The form for a script or a part of a fraction: with slashes while it stays short."""
        return self.compact if style.slash_fractions and self.size <= limit else self.display


Handler = Callable[[Node, list[Forms], bool, Style], Form]


def within(form: Form, level: int) -> Form:
    """The form, in round brackets where it binds less tightly than its place asks for."""
    return form if form.level >= level else bracket(form)


def bracket(form: Form) -> Form:
    kind = "bracketed" if form.unsigned is None else "negative"
    if isinstance(form.layout, Mark):  # the brackets belong to what is highlighted
        return Form(Mark(form.layout.mark, Fence("(", form.layout.body, ")")), ATOM, kind)
    return Form(Fence("(", form.layout, ")"), ATOM, kind)


def is_marked(form: Form) -> bool:
    return isinstance(form.layout, Mark)
