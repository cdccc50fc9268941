"""The public functions of the room: a derivation as a document, and the table of rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgrad.calculus.derivation import Derivation, Stage, State, stage_chain
from symgrad.calculus.finish import Hints, finish
from symgrad.calculus.narrate.chain import equation, steps, told
from symgrad.calculus.narrate.closing import closing, listed, sentence
from symgrad.calculus.narrate.naming import named, names
from symgrad.calculus.narrate.why import explained
from symgrad.calculus.prose import Language
from symgrad.calculus.prose import language as language_of
from symgrad.calculus.scalar_rules import RULES
from symgrad.document import Block, Document, Heading, Math, Prose, StepLine, Steps, Table
from symgrad.errors import UsageError
from symgrad.syntax.tree import Apply, Matrix, Node, Symbol
from symgrad.syntax.walks import free_symbols

LEVELS = ("answer", "rules", "full", "why")
_FUNCTION_NAMES = ("f", "g", "h", "F", "G")


def narrate(
    derivation: Derivation,
    level: str = "rules",
    *,
    notation: str = "leibniz",
    language: str = "en",
    evidence: bool = True,
) -> Document:
    """A derivation as a document.

    Args:
        derivation: what is told.
        level: "answer": the result and where it holds; "rules": one rule a line; "full": every step, the trivial ones
            too; "why": a sentence for each step, the rule in letters and what the letters are.
        notation: "leibniz" starts from d/dx of the formula; "lagrange", "newton" and "D" give it a name, f(x), first.
        language: two letters; the words come from that language's file.
        evidence: whether the lines are checked and the last paragraph says so; never at level "answer".

    Raises:
        UsageError: an unknown level or language.

    >>> from symgrad.calculus import derive
    >>> document = narrate(derive("x^2 sin(x)"))
    >>> [line.reason for line in document.blocks[0].lines]
    ['product rule', 'power rule', 'derivative of the sine']
    """
    words = language_of(language)
    told_blocks = blocks(derivation, level, notation=notation, language=language, evidence=evidence)
    return Document(_title(derivation, words), tuple(told_blocks), language=language)


def blocks(
    derivation: Derivation,
    level: str = "rules",
    *,
    notation: str = "leibniz",
    language: str = "en",
    evidence: bool = True,
) -> Iterator[Block]:
    """The blocks of `narrate`, without a title."""
    if level not in LEVELS:
        raise UsageError(f"There is no level {level!r}.", hint=f"The levels are {', '.join(LEVELS)}.")
    teller = _Teller(derivation, level, language_of(language), _name(derivation, notation))
    yield from teller.answer() if level == "answer" else teller.stages()
    yield from closing(derivation, teller.words, evidence=evidence and level != "answer")


@dataclass(frozen=True)
class _Teller:
    """One telling: of what, how fully, in which words, and f(x) where the formula gets a name."""

    derivation: Derivation
    level: str
    words: Language
    name: Apply | None

    def answer(self) -> Iterator[Block]:
        """The formula's derivative and the result in one line."""
        first, last = self.derivation.stages[0], self.derivation.stages[-1]
        opening = last.opening if last.opening is not None else first.root
        if self.name is not None:
            yield self._definition(self.name)
            opening = _slope(self.name, self.derivation.order)
        yield Steps((StepLine(self.derivation.tree, before=opening),))

    def stages(self) -> Iterator[Block]:
        """One order after the other, under headings if there are several."""
        orders = sum(not stage.typed for stage in self.derivation.stages)
        order = 0
        for number, stage in enumerate(self.derivation.stages):
            if stage.typed:
                yield Prose(self.words.phrase("typed"))
                yield from self._chain(list(stage_chain(stage, number, self.level == "full")))
                continue
            order += 1
            if orders > 1:
                yield Heading(2, self.words.plain("stage", ordinal=_ordinal(order, self.words)))
            if isinstance(stage.root, Matrix) and len(stage.steps) > 1:
                yield from self._by_entry(stage)
            else:
                yield from self._stage(stage, number, order)

    def _stage(self, stage: Stage, number: int, order: int) -> Iterator[Block]:
        states = list(stage_chain(stage, number, self.level == "full"))
        if self.name is None:
            yield from self._chain(states)
            return
        if order == 1:
            yield self._definition(self.name)
        yield from self._chain(states if stage.opening is None else states[1:], _slope(self.name, order))

    def _chain(self, states: Sequence[State], before: Node | None = None) -> Iterator[Block]:
        kept = told(states, full=self.level == "full")
        letters = {} if self.level == "full" else names(kept)
        if letters:
            definitions = [equation(letter, part) for part, letter in letters.items()]
            yield Prose(sentence("with-name", self.words, definition=listed(definitions, self.words)))
            comma = self.words.phrases["comma"]
            insert = self.words.plain("insert-names", names=comma.join(symbol.name for symbol in letters.values()))
            kept = named(kept, letters, insert)
        if self.level != "why":
            yield steps(kept, self.words, before=before)
            return
        if before is not None:
            yield Math(equation(before, kept[0].tree))
        yield from explained(kept, self.words)

    def _by_entry(self, stage: Stage) -> Iterator[Block]:
        """A gradient, Jacobian or Hessian: each entry by itself, then the whole."""
        assert isinstance(stage.root, Matrix)
        square = stage.root.shape[0] == stage.root.shape[1]
        formula = self.derivation.formula.tree
        for step, paths in stage.steps:
            variable = step.before.variables[0]
            others = [symbol for symbol in free_symbols(formula) if symbol != variable]
            cells = {"variable": listed([variable], self.words), "others": listed(others, self.words)}
            yield Prose(sentence("by-holding" if others else "by", self.words, **cells))
            rewrites = finish(step.result, Hints(formula, variable.name))
            alone = Stage(step.before, ((step, ((),)),), step.result, rewrites)
            yield from self._chain(list(stage_chain(alone, 0, self.level == "full")))
            if square and len(paths) > 1:
                yield Prose(self.words.phrase("symmetric"))
        yield Prose(self.words.phrase(f"together-{self._shape()}"))
        yield Math(stage.tree)

    def _shape(self) -> str:
        """What the derivatives by several variables make together."""
        if isinstance(self.derivation.formula.tree, Matrix):
            return "jacobian"
        return "gradient" if self.derivation.order == 1 else "hessian"

    def _definition(self, name: Apply) -> Prose:
        formula = equation(name, self.derivation.formula.tree)
        return Prose(sentence("let", self.words, definition=listed([formula], self.words)))


# ---- names, titles ---------------------------------------------------------------------------------------------------


def _name(derivation: Derivation, notation: str) -> Apply | None:
    """f(x), in notations where the formula gets a name; a letter that the formula does not use."""
    if notation == "leibniz" or derivation.several or len(derivation.wrt) != 1:
        return None
    taken = {symbol.name for symbol in free_symbols(derivation.formula.tree)}
    taken |= {part.name for stage in derivation.stages for part in _applied(stage.root)}
    letter = next((name for name in _FUNCTION_NAMES if name not in taken), None)
    return None if letter is None else Apply(letter, Symbol(derivation.wrt[0]))


def _applied(node: Node) -> Iterator[Apply]:
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Apply):
            yield current
        stack.extend(current.children)


def _slope(name: Apply, order: int) -> Node:
    return Apply(name.name, *name.children, orders=(order,))


def _ordinal(order: int, words: Language) -> str:
    keys = {1: "first", 2: "second", 3: "third"}
    return words.plain(keys[order]) if order in keys else words.plain("nth", order=order)


def _title(derivation: Derivation, words: Language) -> str:
    if not derivation.several:
        if derivation.order == 1:
            return words.plain("title", variable=derivation.wrt[0])
        return words.plain("title-order", ordinal=_ordinal(derivation.order, words), variable=derivation.wrt[0])
    if derivation.order == 2:
        return words.plain("title-hessian")
    gradient = isinstance(derivation.tree, Matrix) and derivation.tree.shape[1] == 1
    return words.plain("title-gradient" if gradient else "title-jacobian")


def rule_table(rules: Sequence[object] = RULES) -> Table:
    """The table of rules: id, name, formula and example of each.

    >>> rule_table().header
    ('id', 'name', 'formula', 'example')
    """
    rows = tuple((rule.id, rule.name, rule.statement, rule.example) for rule in RULES if rule in rules)
    return Table(("id", "name", "formula", "example"), rows, align="llll")
