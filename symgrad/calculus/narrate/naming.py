"""Letters for long formulas that keep coming back: u = x² + 3x + 1 once, and u on every line.

Only the telling changes; the derivation keeps the whole formulas, and the last line inserts them again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from symgrad.calculus.derivation import State
from symgrad.calculus.narrate.chain import INSERT
from symgrad.syntax.tree import Call, Node, Path, Power, Symbol
from symgrad.syntax.walks import at, size, unique, walk

_LONG = 8  # nodes of an argument or exponent, as many as x² + 3x + 1 has
_LONG_BASE = 14  # nodes of a bracket
_LARGEST = 600  # nodes of a line; in larger ones no letters are looked for
_OFTEN = 4  # times on one line
_MOST = 3  # names in one derivation
_LETTERS = ("u", "v", "w", "p", "q", "s")


def names(states: Sequence[State]) -> dict[Node, Symbol]:
    """Which formulas get a letter: arguments of functions and exponents that are long and stand often on one line."""
    if any(size(state.tree) > _LARGEST for state in states):
        return {}
    sizes = {part: size(part) for state in states for part in unique(state.tree)}
    wanted: Counter[Node] = Counter()
    for state in states:
        counts = Counter(part for part in walk(state.tree) if sizes[part] >= _LONG)
        for part, times in counts.items():
            wanted[part] = max(wanted[part], times)
    inner = {child for state in states for part in unique(state.tree) for child in _inside(part)}
    chosen: list[Node] = []
    for part in sorted(wanted, key=size, reverse=True):
        nested = any(part in set(unique(other)) for other in chosen)
        if wanted[part] >= _OFTEN and part in inner and not nested and len(chosen) < _MOST:
            chosen.append(part)
    taken = {part.name for state in states for part in unique(state.tree) if isinstance(part, Symbol)}
    letters = [letter for letter in _LETTERS if letter not in taken]
    return {part: Symbol(letter) for part, letter in zip(chosen, letters, strict=False)}


def _inside(node: Node) -> tuple[Node, ...]:
    """The formulas inside a function or a power that are long enough for a letter."""
    if isinstance(node, Power):
        return (node.exponent, node.base) if size(node.base) >= _LONG_BASE else (node.exponent,)
    return node.children if isinstance(node, Call) else ()


def named(states: Sequence[State], letters: Mapping[Node, Symbol], insert: str) -> tuple[State, ...]:
    """The chain with letters, and a last line that inserts what they stand for."""
    if not letters:
        return tuple(states)
    short = [_shortened(state, letters) for state in states]
    last = states[-1]
    if short[-1].tree != last.tree:
        short.append(replace(last, rule_id=INSERT, name=insert, paths=((),), parts={}, condition=None))
    return tuple(short)


def _shortened(state: State, letters: Mapping[Node, Symbol]) -> State:
    paths = tuple(dict.fromkeys(_cut(state.tree, path, letters) for path in state.paths))
    return replace(state, tree=_written(state.tree, letters), paths=paths)


def _written(tree: Node, letters: Mapping[Node, Symbol]) -> Node:
    if tree in letters:
        return letters[tree]
    children = tuple(_written(child, letters) for child in tree.children)
    return tree if children == tree.children else tree.with_children(children)


def _cut(tree: Node, path: Path, letters: Mapping[Node, Symbol]) -> Path:
    """The path as far as it leads outside of the parts that have become letters."""
    for length in range(len(path)):
        try:
            if at(tree, path[:length]) in letters:
                return path[:length]
        except IndexError:
            return ()
    return path
