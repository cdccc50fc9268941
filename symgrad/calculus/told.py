"""`Derivation`, what `derive` returns: the derivation of `derivation.py` that can also tell itself, in every format.

Telling is `narrate` (blocks) and then `render` (a format); this file only joins them.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from symgrad import render
from symgrad.calculus import derivation
from symgrad.calculus.narrate import blocks, narrate
from symgrad.document import Block, Document, Steps
from symgrad.syntax.tree import Matrix, Node
from symgrad.typeset import Style, latex, line, plain

if TYPE_CHECKING:
    from symgrad.typeset.style import Notation

Level = Literal["answer", "rules", "full", "why"]


class Derivation(derivation.Derivation):
    """The derivative of a formula with its reasons; prints itself as text, LaTeX, Markdown, HTML and JSON.

    >>> from symgrad import derive
    >>> print(derive("x^2 sin(x)"))
    d/dx(x² sin(x)) = d/dx(x²)·sin(x) + x²·d/dx(sin(x))   [product rule]
    = 2x sin(x) + x²·d/dx(sin(x))   [power rule]
    = 2x sin(x) + x² cos(x)   [derivative of the sine]
    ...
    """

    def document(self, level: Level = "rules", *, notation: "Notation" = "leibniz", language: str = "en") -> Document:
        """The derivation as a titled document.

        Args:
            level: "answer": the result and where it holds; "rules": one rule a line; "full": the trivial steps too;
                "why": a sentence a step, with the rule and what its letters stand for.
            notation: how d/dx is written.
            language: of the words, two letters.
        """
        return narrate(self, level, notation=notation, language=language)

    def blocks(
        self, level: Level = "rules", *, notation: "Notation" = "leibniz", language: str = "en"
    ) -> tuple[Block, ...]:
        """The parts of the document, to be put into notes."""
        return tuple(blocks(self, level, notation=notation, language=language))

    def text(
        self,
        level: Level = "rules",
        *,
        notation: "Notation" = "leibniz",
        style: Style | None = None,
        width: int = 80,
        flat: bool = False,
        colour: bool = False,
        language: str = "en",
    ) -> str:
        """The derivation for a terminal of so many columns; `flat` sets every formula on one line."""
        parts = self.blocks(level, notation=notation, language=language)
        style = _styled(style, notation)
        shown = [render.text(part, width, flat=flat, colour=colour, style=style) for part in parts]
        return ("\n" if flat else "\n\n").join(shown)

    def latex(
        self,
        level: Level = "rules",
        *,
        notation: "Notation" = "leibniz",
        style: Style | None = None,
        standalone: bool = False,
        language: str = "en",
    ) -> str:
        """The derivation as LaTeX: a fragment for \\input that needs amsmath, or a whole document."""
        return render.latex(
            self.document(level, notation=notation, language=language),
            standalone=standalone,
            style=_styled(style, notation),
        )

    def markdown(
        self,
        level: Level = "rules",
        *,
        notation: "Notation" = "leibniz",
        style: Style | None = None,
        language: str = "en",
    ) -> str:
        """The derivation as Markdown with TeX formulas."""
        parts = self.blocks(level, notation=notation, language=language)
        style = _styled(style, notation)
        return "\n\n".join(render.markdown(part, style=style) for part in parts)

    def html(
        self,
        level: Level = "rules",
        *,
        notation: "Notation" = "leibniz",
        style: Style | None = None,
        language: str = "en",
    ) -> str:
        """The derivation as a page of its own, with MathML."""
        return render.html(self.document(level, notation=notation, language=language), style=_styled(style, notation))

    def record(self) -> dict[str, Any]:
        """The derivation as plain values: the formula, the derivative in several spellings, every state, the evidence.

        `derivative` is in a syntax that symgrad and sympy read back; for several variables it is a list by variable.
        """
        evidence = self.verify()
        return {
            "formula": str(self.formula),
            "variable": self.wrt[0] if not self.several else list(self.wrt),
            "order": self.order,
            "derivative": _spelled(self.tree, plain),
            "latex": _spelled(self.tree, latex),
            "text": _spelled(self.tree, line),
            "conditions": [line(condition) for condition in self.conditions],
            "kinks": [_kink(kink) for kink in self.kinks],
            "unevaluated": [line(step.before.body) for step in self.unevaluated],
            "verified": bool(evidence),
            "evidence": str(evidence),
            "steps": [
                {
                    "rule": state.rule_id,
                    "name": state.name,
                    "says": state.reason,
                    "state": line(state.tree),
                    "latex": latex(state.tree),
                    "condition": None if state.condition is None else line(state.condition),
                }
                for state in self.states
            ],
        }

    def json(self) -> str:
        """`record` as JSON."""
        import json

        return json.dumps(self.record(), ensure_ascii=False)

    def __str__(self) -> str:
        return self.text(flat=True, width=100)

    def __repr__(self) -> str:
        return f"<Derivation of {self.formula}: {line(self.tree)}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        chain = next((part for part in self.blocks() if isinstance(part, Steps)), None)
        return {
            "text/plain": str(self),
            "text/markdown": self.markdown(),
            "text/latex": f"$$\n{latex(self.tree)}\n$$" if chain is None else render.latex(chain, standalone=False),
        }


def _styled(style: Style | None, notation: "Notation") -> Style:
    """A lecturer's choices with the notation of this telling."""
    return replace(style or Style(), notation=notation)


def _spelled(tree: Node, spell: Any) -> Any:
    """A formula as text; a column as a list, a matrix as a list of rows."""
    if not isinstance(tree, Matrix):
        return spell(tree)
    rows, columns = tree.shape
    entries = [spell(entry) for entry in tree.children]
    return entries if columns == 1 else [entries[i * columns : (i + 1) * columns] for i in range(rows)]


def _kink(kink: Any) -> dict[str, Any]:
    """A kink or jump by name: where it is, of what kind, and the slopes on both sides."""
    sides = {"left": kink.left, "right": kink.right}
    return {
        "where": line(kink.where),
        "kind": kink.kind,
        **{side: None if slope is None else line(slope) for side, slope in sides.items()},
    }
