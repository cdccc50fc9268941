"""What stands at the end: where the result holds, kinks and jumps, what was left as it is, and the evidence."""

from collections.abc import Iterator, Sequence

from symgrad.calculus.derivation import Derivation
from symgrad.calculus.prose import Language
from symgrad.calculus.seams import Kink
from symgrad.calculus.verify import Evidence
from symgrad.document import Block, Cell, Math, Prose
from symgrad.syntax.tree import Call, Compare, Node

_KINKS = {"kink": "kink", "jump": "jump", "smooth": "smooth", "vertical": "vertical", "removable": "removable"}


def closing(derivation: Derivation, language: Language, *, evidence: bool) -> Iterator[Block]:
    """The paragraphs at the end of a derivation."""
    if derivation.conditions:
        yield Prose(sentence("holds", language, conditions=listed(derivation.conditions, language)))
    for kink in derivation.kinks:
        yield Prose(_told(kink, language))
    for step in derivation.unevaluated:
        yield Prose(language.phrase("unevaluated", formula=step.before.body))
    if evidence:
        yield Prose((_summary(derivation.verify(), language),))


def _told(kink: Kink, language: Language) -> tuple[Cell, ...]:
    key = _KINKS.get(kink.kind, "unknown-seam")
    named = (("left", kink.left), ("right", kink.right), ("value", kink.value))
    slopes = {name: slope for name, slope in named if slope is not None}
    if (key == "kink" and len(slopes) < 2) or (key == "smooth" and "left" not in slopes):
        key = "unknown-seam"
    if key == "removable" and kink.left != kink.right:
        key = "removable-kink"
    return language.phrase(key, where=kink.where, **slopes)


def _summary(evidence: Evidence, language: Language) -> str:
    total = len(evidence.checks)
    if evidence.contradicted:
        return language.plain("contradicted", name=evidence.contradicted[0][0].rstrip("."))
    if evidence.unknown:
        unknown = dict.fromkeys(name for name, _ in evidence.unknown)
        names, reason = language.plain("comma").join(unknown), evidence.unknown[0][1].reason
        return language.plain(
            "checked-some", done=total - len(evidence.unknown), lines=total, names=names, reason=reason
        )
    if evidence.points <= 1:
        return language.plain("checked-exact")
    key = "checked" if total > 1 else "checked-one"
    return language.plain(key, lines=total, points=evidence.points)


def sentence(key: str, language: Language, **lists: Sequence[Cell]) -> tuple[Cell, ...]:
    """A phrase whose slots take several cells each: formulas with commas and an 'and' between them."""
    before, _, rest = language.phrases[key].partition("{")
    cells: list[Cell] = [before] if before else []
    while rest:
        slot, _, rest = rest.partition("}")
        cells += lists[slot]
        text, _, rest = rest.partition("{")
        if text:
            cells.append(text)
    return tuple(joined(cells))


def joined(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Neighbouring pieces of text as one."""
    text = ""
    for cell in cells:
        if isinstance(cell, str):
            text += cell
            continue
        if text:
            yield text
        yield cell
        text = ""
    if text:
        yield text


def listed(formulas: Sequence[Node], language: Language) -> list[Cell]:
    """a, b and c."""
    cells: list[Cell] = []
    for k, formula in enumerate(formulas):
        if k:
            cells.append(language.phrases["and"] if k == len(formulas) - 1 else language.phrases["comma"])
        cells += spoken(formula, language)
    return cells


def spoken(formula: Node, language: Language) -> tuple[Cell, ...]:
    """A formula or condition as it is said in a sentence: floor(u) ≠ u as "u not a whole number"."""
    if isinstance(formula, Compare) and formula.operator == "!=":
        left, right = formula.left, formula.right
        if left in (Call("floor", right), Call("ceil", right)):
            return language.phrase("not-whole", quantity=right)
    return (Math(formula),)
