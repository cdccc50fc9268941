"""Blocks are values: they compare, travel, and hold no markup."""

import pickle

from symgrad.document import Document, Heading, Math, StepLine, Steps, Table, prose
from symgrad.syntax.tree import Number, Power, Symbol

SQUARE = Power(Symbol("x"), Number(2))


def test_trees_in_a_paragraph_become_formulas() -> None:
    assert prose("the square ", SQUARE, ".").parts == ("the square ", Math(SQUARE), ".")


def test_a_table_is_aligned_to_the_right_unless_told() -> None:
    assert Table(("a", "b"), ()).alignment() == "rr"
    assert Table(("a", "b"), (), align="lc").alignment() == "lc"


def test_documents_compare_and_pickle() -> None:
    document = Document("T", (Heading(1, "h"), Steps((StepLine(SQUARE, reason="r", marks={(0,): "new"}),))))
    assert pickle.loads(pickle.dumps(document)) == document
