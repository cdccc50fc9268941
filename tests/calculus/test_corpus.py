"""Derivatives from other systems' test suites and from textbooks: right by value, and every line verified.

The corpus is written in sympy's syntax with E for Euler's number and I for the imaginary unit. What is not in our
syntax (methods, Subs, S.Half) is read by sympy, in the tests only.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from symgrad.calculus import derive
from symgrad.calculus.verify import check_equal
from symgrad.errors import ReadError
from symgrad.formula import from_sympy
from symgrad.syntax import ReadOptions, read
from symgrad.syntax.functions import SPELLINGS
from symgrad.syntax.tree import Node

Corpus = Callable[[str], list[Any]]
VERIFIED_SHARE = 0.99
_NOT_OURS = re.compile(r"Subs|S\.Half|\.conjugate|\.diff|Rational")


def tree_of(text: str) -> Node:
    if _NOT_OURS.search(text):
        import sympy

        names = set(re.findall(r"[A-Za-z_]\w*", text))
        symbols: dict[str, Any] = {
            name: sympy.Symbol(name, real=True) for name in names - {"S", "I", "E"} if len(name) == 1
        }
        symbols |= {name: sympy.Function(name, real=True) for name in ("f", "g") if f"{name}(" in text}
        return from_sympy(sympy.sympify(text, locals=symbols).doit())
    words = set(re.findall(r"[A-Za-z_]\w*(?!\w*\()", text)) - set(SPELLINGS) - {"E", "I", "pi", "oo", "True"}
    options = ReadOptions(constants=(("E", "e"), ("I", "i")), variables=tuple(sorted(words)), complex=True)
    return read(text, options=options).tree


def rows_of(corpus: Corpus) -> list[Any]:
    return [row for row in corpus("derivatives.jsonl") if row["status"] == "valid"]


def test_every_valid_row_is_right_by_value(corpus: Corpus) -> None:
    wrong = []
    for row in rows_of(corpus):
        derivation = derive(tree_of(row["expr"]), row["var"], row["order"])
        outcome = check_equal(derivation.tree, tree_of(row["derivative"]))
        if not outcome:
            wrong.append((row["expr"], row["var"], outcome))
    assert not wrong


def test_nearly_every_valid_row_is_verified_line_by_line_and_none_is_contradicted(corpus: Corpus) -> None:
    rows, unverified = rows_of(corpus), []
    for row in rows:
        derivation = derive(tree_of(row["expr"]), row["var"], row["order"])
        evidence = derivation.verify()
        assert not evidence.contradicted, (row["expr"], str(evidence))
        assert all(check.reason for _, check in evidence.unknown)
        if not evidence or derivation.unevaluated:
            unverified.append((row["expr"], str(evidence)))
    assert len(unverified) <= (1 - VERIFIED_SHARE) * len(rows), unverified


def test_what_has_no_rule_stays_inert_and_says_so(corpus: Corpus) -> None:
    rows = [row for row in corpus("derivatives.jsonl") if row["status"] in ("unevaluated_in_peer", "sympy_limit")]
    for row in rows:
        try:
            derivation = derive(tree_of(row["expr"]), row["var"])
        except ReadError:
            pytest.fail(f"not read: {row['expr']}")
        assert (
            derivation.unevaluated or check_equal(derivation.tree, tree_of(row["derivative"])).status != "contradicted"
        )
