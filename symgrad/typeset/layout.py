"""The shape of a formula on the page: rows, fractions, scripts, roots, fences. Between the tree and every format.

A layout is made from a tree by `present` and written out by `latex`, `box`, `mathml`; `width` and
`breaking` measure and cut it. It knows nothing of mathematics, and nothing of a format's syntax.
All walks are iterative, as for trees.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

Kind = Literal["binary", "relation", "prefix", "postfix", "punctuation", "times", "ordinary"]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A piece of a page; `parts` are the pieces it is made of."""

    @property
    def parts(self) -> "tuple[Layout, ...]":
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Name(Layout):
    """A variable, by its canonical name."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Digits(Layout):
    """A number as it is to be read."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Word(Layout):
    """An upright name of a function or operator: its Unicode text and its LaTeX command."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True, eq=False)
class Glyph(Layout):
    """One symbol with the spacing that its kind asks for."""

    text: str
    kind: Kind = "ordinary"


@dataclass(frozen=True, slots=True, eq=False)
class Space(Layout):
    """A thin space; an automatic one is what every typesetter puts around an operator's name by itself."""

    automatic: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Words(Layout):
    """Ordinary language inside a formula, such as 'if' and 'otherwise'."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Row(Layout):
    """Pieces side by side."""

    items: tuple[Layout, ...]

    @property
    def parts(self) -> tuple[Layout, ...]:
        return self.items


@dataclass(frozen=True, slots=True, eq=False)
class Fraction(Layout):
    """One piece over another with a bar between, or without one for a binomial coefficient; or an operator d/dx."""

    above: Layout
    below: Layout
    bar: bool = True
    operator: bool = False

    @property
    def parts(self) -> tuple[Layout, ...]:
        return (self.above, self.below)


@dataclass(frozen=True, slots=True, eq=False)
class Script(Layout):
    """A base with a subscript, a superscript or both."""

    base: Layout
    below: Layout | None = None
    above: Layout | None = None

    @property
    def parts(self) -> tuple[Layout, ...]:
        return tuple(part for part in (self.base, self.below, self.above) if part is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Accent(Layout):
    """A body under an accent: '˙', '¨' or '‾' (a bar over the whole)."""

    body: Layout
    accent: str

    @property
    def parts(self) -> tuple[Layout, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False)
class Root(Layout):
    """A root sign over a body; no index means the square root."""

    body: Layout
    index: Layout | None = None

    @property
    def parts(self) -> tuple[Layout, ...]:
        return (self.body,) if self.index is None else (self.body, self.index)


@dataclass(frozen=True, slots=True, eq=False)
class Fence(Layout):
    """A body between delimiters that grow with it; an empty one is not drawn. `tight`: behind a function's name."""

    left: str
    body: Layout
    right: str
    tight: bool = False

    @property
    def parts(self) -> tuple[Layout, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False)
class Grid(Layout):
    """A table of pieces row by row: a matrix (centred), or the cases of a piecewise formula (`cases`, flush left)."""

    cells: tuple[Layout, ...]
    columns: int
    cases: bool = False

    @property
    def parts(self) -> tuple[Layout, ...]:
        return self.cells

    @property
    def rows(self) -> int:
        return len(self.cells) // self.columns


@dataclass(frozen=True, slots=True, eq=False)
class Big(Layout):
    """A large operator (∑, ∏, ∫, lim) with what stands below and above it."""

    symbol: str
    below: Layout | None = None
    above: Layout | None = None

    @property
    def parts(self) -> tuple[Layout, ...]:
        return tuple(part for part in (self.below, self.above) if part is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Mark(Layout):
    """A highlighted piece: 'focus' is what will change next, 'new' is what has just changed; other words label it."""

    mark: str
    body: Layout

    @property
    def parts(self) -> tuple[Layout, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False)
class Lines(Layout):
    """A piece too wide for its place in lines, the first flush left, the others indented; `small` in a script."""

    items: tuple[Layout, ...]
    small: bool = False

    @property
    def parts(self) -> tuple[Layout, ...]:
        return self.items


Result = TypeVar("Result")


Memo = dict[int, tuple[Layout, Result]]


def fold(layout: Layout, combine: Callable[[Layout, list[Result]], Result], memo: Memo[Result] | None = None) -> Result:
    """The layout taken together from its smallest pieces upwards, each shared piece once.

    A memo carries what is known from one layout to the next; and keeps the pieces alive, so that no id recurs.
    """
    done: Memo[Result] = {} if memo is None else memo
    stack: list[tuple[Layout, bool]] = [(layout, False)]
    while stack:
        current, ready = stack.pop()
        if ready:
            done[id(current)] = (current, combine(current, [done[id(part)][1] for part in current.parts]))
        elif id(current) not in done:
            stack.append((current, True))
            stack.extend((part, False) for part in current.parts if id(part) not in done)
    return done[id(layout)][1]
