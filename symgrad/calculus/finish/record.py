"""What finishing takes and gives: the hints, and the record of one rewrite of a whole formula.

Only plain data here; nothing in this file knows how a formula is rewritten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from symgrad.syntax.tree import Compare, Node, Path


@dataclass(frozen=True)
class Hints:
    """What is known about the question: the formula as typed, the variable, and conditions that hold anyway.

    `by_entry` are the variables of a gradient's or Jacobian's entries, each of which has its own.
    """

    formula: Node | None = None
    variable: str | None = None
    conditions: tuple[Node, ...] = ()
    by_entry: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rewrite:
    """One named step from a whole formula to an equal one; `path` is the changed place in `before` and in `after`.

    `parts` are the pieces that the sentence names ("factor out e^(−x²)"), `condition` is what has to hold for the two
    sides to have the same domain, and is None where they have.
    """

    rule_id: str
    says: str
    before: Node
    after: Node
    path: Path = ()
    condition: Compare | None = None
    parts: Mapping[str, Node] = field(default_factory=dict)
