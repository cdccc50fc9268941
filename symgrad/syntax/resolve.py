"""What only the whole text can tell: which names are functions of which, and where infinity may stand."""

from symgrad.syntax.grammar import Choice, Grammar
from symgrad.syntax.nodes import is_condition
from symgrad.syntax.tokens import Token, refuse
from symgrad.syntax.tree import (
    INFINITY,
    Add,
    Apply,
    Call,
    Derivative,
    I,
    Limit,
    Multiply,
    Negate,
    Node,
    Power,
    Symbol,
)
from symgrad.syntax.walks import BINDERS, depends_on, free_symbols, transform


def children_first(tree: Node) -> list[Node]:
    """The nodes of a tree as just read, children before parents; a part that stands twice is listed twice."""
    order: list[Node] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(node.children)
    order.reverse()
    return order


def resolve(tree: Node, grammar: Grammar) -> tuple[Node, list[Node]]:
    """The tree with dependent names made functions, checked for two roles and stray infinities; and its nodes."""
    if grammar.primed or grammar.dependents:
        tree = _dependents(tree, grammar)
    nodes = children_first(tree)
    if "i" not in grammar.variables and any(token.text == "i" for token in grammar.tokens):
        _tell_of_i(nodes, grammar)
    applied = {node.payload[0] for node in nodes if type(node) is Apply}
    if applied:
        _check_roles(nodes, applied, grammar)
    if grammar.open_sums:
        _check_sums(nodes, grammar)
    if any(node.payload == ("infinity",) for node in nodes):
        _check_infinity(nodes, grammar)
    return tree, nodes


def _dependents(tree: Node, grammar: Grammar) -> Node:
    """dy/dx and y′ make y a function; y′ alone only in an equation with exactly one other variable."""
    depends = {name: tuple(by) for name, by in grammar.dependents.items()}
    others = [s.name for s in free_symbols(tree) if s.name not in grammar.primed and s.name not in depends]
    by_all = tuple(dict.fromkeys(name for by in depends.values() for name in by))
    for name, place in grammar.primed.items():
        if name in depends:
            continue
        candidates = by_all or tuple(others)
        if not is_condition(tree) or len(candidates) != 1:
            raise refuse(
                grammar.source,
                (place, place + len(name) + 1),
                f"I can't tell the variable of {name}'.",
                f"Write {name}'(x), or d/dx (…).",
            )
        depends[name] = candidates

    def change(node: Node) -> Node:
        if isinstance(node, Symbol) and node.name in depends:
            return Apply(node.name, *(Symbol(by) for by in depends[node.name]))
        if isinstance(node, Apply) and not node.children:
            by = depends[node.name]
            return Apply(node.name, *(Symbol(name) for name in by), orders=node.orders)
        return node

    return transform(tree, change)


def _tell_of_i(nodes: list[Node], grammar: Grammar) -> None:
    """A free i in an exponent may be meant as the imaginary unit; it is a variable unless asked for."""
    powers = [node for node in nodes if isinstance(node, Power) or (isinstance(node, Call) and node.function == "exp")]
    bound = any(isinstance(node, BINDERS) and node.children[1].payload[0] == "i" for node in nodes)
    if not bound and any(depends_on(power.children[-1], "i") for power in powers):
        token = next((t for t in grammar.tokens if t.kind == "name" and t.text == "i"), grammar.tokens[0])
        says = "i is a variable; the imaginary unit is asked for with constants={'i': 'i'}"
        grammar.choices.append(Choice(token.start, token.stop, says, Symbol("i"), I))


def _check_roles(nodes: list[Node], applied: set[str], grammar: Grammar) -> None:
    both = next((n.payload[0] for n in nodes if isinstance(n, Symbol) and n.payload[0] in applied), None)
    if both is not None:
        token = next((t for t in grammar.tokens if t.kind == "name" and t.text == both), grammar.tokens[0])
        raise refuse(
            grammar.source,
            token,
            f"'{both}' is used as a variable and as a function.",
            f"Write {both}*(…) for products; declare it with variables=({both!r},) or functions=({both!r},).",
        )


def _check_sums(nodes: list[Node], grammar: Grammar) -> None:
    """∑_{k=1}^n k + k²: the sum ends before the +, so the k of the later term would be another one; refused."""
    for node in nodes:
        if not isinstance(node, Add):
            continue
        bound: set[str] = set()
        for term in node.children:
            again = next((letter for letter in sorted(bound) if _uses(term, letter)), None) if bound else None
            if again is not None:
                raise refuse(
                    grammar.source,
                    _second_place(grammar, again),
                    f"'{again}' is bound by the term before and stands here again.",
                    "Put brackets around all that belongs under the sum or limit, or rename one of the two.",
                )
            last = term
            while isinstance(last, (Negate, Multiply)):
                last = last.children[-1]
            if isinstance(last, (*BINDERS, Limit)) and isinstance(last.children[1], Symbol):
                bound |= {last.children[1].name} & grammar.open_sums


def _uses(term: Node, letter: str) -> bool:
    """Whether a letter stands free in a term, also as an index below."""
    for symbol in free_symbols(term):
        low = symbol.name.partition("_")[2]
        if symbol.name == letter or letter in (list(low) if len(low) == 2 else low.split("_")):
            return True
    return False


def _second_place(grammar: Grammar, letter: str) -> Token:
    """The last place of a letter: the one after the sum."""
    places = [t for t in grammar.tokens if t.kind == "name" and letter in t.text.split("_")]
    return places[-1]


def _check_infinity(nodes: list[Node], grammar: Grammar) -> None:
    """Infinity is a bound or the point of a limit, never a number."""
    for node in nodes:
        inside = node.children[:2] if isinstance(node, (*BINDERS, Limit)) else node.children
        negated = [child for child in node.children if child not in inside]
        if isinstance(node, Derivative) or negated:
            inside = node.children[:1]
        if INFINITY in inside and not _is_bound_sign(node, nodes):
            break
    else:
        if nodes[-1] != INFINITY:
            return
    token = next(t for t in grammar.tokens if t.value == INFINITY)
    raise refuse(grammar.source, token, "Infinity is not a number.", "It can be a bound, as in limit(…, x, oo).")


def _is_bound_sign(node: Node, nodes: list[Node]) -> bool:
    """Whether a node is −∞ as a bound."""
    if not isinstance(node, Negate):
        return False
    parents = [parent for parent in nodes if node in parent.children]
    return bool(parents) and all(
        isinstance(parent, (*BINDERS, Limit)) and node not in parent.children[:2] for parent in parents
    )
