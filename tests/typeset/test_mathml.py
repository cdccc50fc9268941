"""MathML is well-formed, says what it is, and lets nothing through."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from symgrad.errors import SymgradError
from symgrad.syntax import read
from symgrad.typeset import mathml


def test_it_is_well_formed_for_all_corpus_rows(corpus: Callable[[str], list[Any]]) -> None:
    seen = 0
    for row in corpus("derivatives.jsonl"):
        try:
            tree = read(row["expr"]).tree
        except SymgradError:
            continue
        root = ElementTree.fromstring(mathml(tree))
        assert root.tag == "math"
        seen += 1
    assert seen > 250


def test_scripts_have_exactly_the_parts_they_need(corpus: Callable[[str], list[Any]]) -> None:
    wanted = {"msup": 2, "msub": 2, "msubsup": 3, "mfrac": 2, "mroot": 2, "munder": 2, "munderover": 3, "mover": 2}
    for typed in ("x_1^2", "sum(x^k, k=0..n)", "cbrt(x+1)", "integral(e^(-t^2), t=0..x)", "xhat/y'", "binomial(n, k)"):
        for element in ElementTree.fromstring(mathml(read(typed, options={"variables": ("y'",)}).tree)).iter():
            assert len(element) == wanted.get(element.tag, len(element))


def test_the_latex_goes_with_it_escaped() -> None:
    assert '<annotation encoding="application/x-tex">a &lt; b</annotation>' in mathml(
        read("a < b", options={"accept": ("condition",)}).tree
    )
