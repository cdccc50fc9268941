"""The public functions of the room: a derivation as a document, and the table of rules."""

from collections.abc import Iterator, Sequence

from symgrad.calculus.derivation import Derivation, Stage, State, _chain
from symgrad.calculus.finish import Hints, finish
from symgrad.calculus.narrate.chain import equation, looks_alike, steps, told
from symgrad.calculus.narrate.closing import closing, listed, sentence
from symgrad.calculus.narrate.naming import named, names
from symgrad.calculus.narrate.why import explained
from symgrad.calculus.prose import Language, language as language_of
from symgrad.calculus.scalar_rules import RULES
from symgrad.document import Block, Document, Heading, Math, Prose, StepLine, Steps, Table
from symgrad.errors import UsageError
from symgrad.syntax.tree import Apply, Derivative, Matrix, Node, Symbol, free_symbols

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
    return Document(
        _title(derivation, words),
        tuple(blocks(derivation, level, notation=notation, language=language, evidence=evidence)),
    )


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
    words = language_of(language)
    if level == "answer":
        yield from _answer(derivation, notation, words)
    else:
        for number, stage in enumerate(derivation.stages):
            yield from _stage(derivation, stage, number, level, notation, words)
    yield from closing(derivation, words, evidence=evidence and level != "answer")


def _answer(derivation: Derivation, notation: str, words: Language) -> Iterator[Block]:
    """The formula's derivative and the result in one line."""
    opening = derivation.stages[-1].opening or derivation.stages[0].root
    name = _name(derivation, notation)
    if name is not None:
        yield _definition(derivation, name, words)
        opening = _slope(name, derivation.order)
    yield Steps((StepLine(derivation.tree, before=opening),))


def _stage(
    derivation: Derivation, stage: Stage, number: int, level: str, notation: str, words: Language
) -> Iterator[Block]:
    """One order: a chain, or for several variables a chain for each and the whole at the end."""
    orders = [k for k, other in enumerate(derivation.stages) if not other.typed]
    if stage.typed:
        yield Prose(words.phrase("typed"))
    elif len(orders) > 1:
        yield Heading(2, words.plain("stage", ordinal=_ordinal(orders.index(number) + 1, words)))
    if isinstance(stage.root, Matrix) and len(stage.steps) > 1:
        yield from _by_entry(derivation, stage, level, words)
        return
    name = None if stage.typed else _name(derivation, notation)
    if name is not None and number == orders[0]:
        yield _definition(derivation, name, words)
    states = list(_chain(stage, number, level == "full"))
    if stage.opening is not None and name is not None:
        states = states[1:]
    before = _slope(name, orders.index(number) + 1) if name is not None else None
    yield from _chain_of(states, level, words, before)


def _chain_of(states: Sequence[State], level: str, words: Language, before: Node | None = None) -> Iterator[Block]:
    kept = told(states, full=level == "full")
    letters = {} if level == "full" else names(kept)
    if letters:
        definitions = [equation(letter, part) for part, letter in letters.items()]
        yield Prose(sentence("with-name", words, definition=listed(definitions, words)))
        insert = words.plain("insert-names", names=words.phrases["comma"].join(s.name for s in letters.values()))
        kept = named(kept, letters, insert)
    if level == "why":
        if before is not None:
            yield Math(equation(before, kept[0].tree))
        yield from explained(kept, words)
    else:
        yield steps(kept, words, before=before)


def _by_entry(derivation: Derivation, stage: Stage, level: str, words: Language) -> Iterator[Block]:
    """A gradient, Jacobian or Hessian: each entry by itself, then the whole."""
    assert isinstance(stage.root, Matrix)
    shape = stage.root.shape
    for step, paths in stage.steps:
        variable = step.before.variables[0]
        others = [symbol for symbol in free_symbols(derivation.formula.tree) if symbol != variable]
        yield Prose(
            sentence(
                "by-holding" if others else "by",
                words,
                variable=listed([variable], words),
                others=listed(others, words),
            )
        )
        rewrites = finish(step.result, Hints(derivation.formula.tree, variable.name))
        alone = Stage(step.before, ((step, ((),)),), step.result, tuple(rewrites))
        yield from _chain_of(list(_chain(alone, 0, level == "full")), level, words)
        if len(paths) > 1 and shape[0] == shape[1]:
            yield Prose(words.phrase("symmetric"))
    yield Prose(words.phrase("together"))
    whole = stage.opening if isinstance(stage.opening, Matrix) else stage.root
    yield Steps((StepLine(stage.tree, before=whole),))


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


def _definition(derivation: Derivation, name: Apply, words: Language) -> Prose:
    return Prose(sentence("let", words, definition=listed([equation(name, derivation.formula.tree)], words)))


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
