"""Short sums of like terms, each as one small program over lanes: in a step of a loop the terms stand side by side.

A mixture of ten densities, a loss over twenty observations: what differs from term to term is numbers, the variables
are the same. So one vector instruction does the work of one for each term, and what is left to do between them is to
add up the lanes. Sums long enough for arrays are `templates` and `sums`; how lanes become native code is `llvm_rolled`.
"""

from collections.abc import Sequence

from symgrad.program.lanes import Lanes, numbers_first
from symgrad.program.long_sums import _outermost, by_pattern, replaced
from symgrad.program.lower import has_index
from symgrad.program.stable import StableGraph
from symgrad.program.templates import Alike, Options, Template, Variables
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node, Symbol

FEWEST = 4  # terms that are worth standing side by side
MOST = 64
DEEP = 100  # a formula's depth from which it is left alone
PAYS = 1.5  # how many times fewer operations there must be


def rolled(formula: Node, names: Sequence[str]) -> tuple[Node, list[Lanes]]:
    """The formula with names _sum0, _sum1, … for sums whose terms go into lanes, and these sums.

    >>> from symgrad.syntax import parse
    >>> terms = " + ".join(f"{k}tanh({k}x - {k})" for k in range(2, 9))
    >>> [lanes.terms for lanes in rolled(parse(f"x^2 + ({terms})^2"), ["x"])[1]]
    [7]
    """
    found: list[Lanes] = []
    inside: dict[Node, Node] = {}
    if has_index(formula):
        return formula, []
    variables = Variables(formula, {}, names)
    options = Options("llvm", StableGraph, variables.size)
    for addition in dict.fromkeys(_outermost(tree.Add, _is_candidate, formula)):
        rest: list[Node] = []
        for group in by_pattern(tree.Add(*walks.transform(addition, _signed).children)):
            lanes = _lanes(group[0][0], [like for _, like in group], variables, options)
            if lanes is None or lanes.gain < PAYS:
                rest += [term for term, _ in group]
            else:
                rest.append(Symbol(f"_sum{len(found)}"))
                found.append(lanes)
        inside[addition] = rest[0] if len(rest) == 1 else tree.Add(*rest)
    return (replaced(formula, inside) if found else formula), found


def _signed(node: Node) -> Node:
    """A sign before a number or a product with one goes into the number, so that terms are alike whatever theirs is."""
    inner = node.children[0] if type(node) is tree.Negate else None
    if type(inner) is tree.Number:
        return tree.Number(-inner.value)
    if type(inner) is tree.Multiply and type(inner.children[0]) is tree.Number:
        return tree.Multiply(tree.Number(-inner.children[0].value), *inner.children[1:])
    return node


def _is_candidate(addition: tree.Add) -> bool:
    return len(addition.children) >= FEWEST and walks.depth(addition) < DEEP


def _lanes(first: Node, terms: Sequence[Alike], variables: Variables, options: Options) -> Lanes | None:
    """Like terms in lanes, if they are few and have the same variables; else None."""
    if not FEWEST <= len(terms) <= MOST:
        return None
    for column in zip(*(term.slots for term in terms)):
        if isinstance(column[0], Symbol) and any(symbol != column[0] for symbol in column):
            return None
    try:
        template = Template.of_terms(first, terms, variables, options)
        places = tuple(tuple(map(float, where)) if kind == "data" else int(where) for kind, where in template.places)
        moving = tuple(int(template.places[k][1]) for k in template.moving)
        return numbers_first(Lanes(len(terms), template.program, places, moving))
    except (OverflowError, ValueError):  # a number that is no double, or not finite
        return None
