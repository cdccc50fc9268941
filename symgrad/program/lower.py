"""Formulas to programs: syntax trees in, one graph for all of them, a program out.

Equal parts are computed once, whether they are the same object or only look the same. Functions outside the closed set
of operations are spelled in it (`spelled`). Trees may be 100,000 deep: recursion ends at a hundred levels.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symgrad.errors import UsageError
from symgrad.program._collector import undisturbed
from symgrad.program.exact import PiTimes, is_whole
from symgrad.program.expand import to_program
from symgrad.program.graph import Graph
from symgrad.program.program import Program
from symgrad.program.spelled import DIRECT, FUNCTIONS, known_functions
from symgrad.program.stable import StableGraph
from symgrad.syntax import tree, walks
from symgrad.syntax.tree import Node, Symbol


def lower(trees: Node | Sequence[Node], names: Sequence[str] | None = None, *, stable: bool = True) -> Program:
    """The program of some formulas in named variables, what they share computed once.

    Args:
        trees: one formula or several.
        names: the variables in the order of the program's inputs; None for all, as they first appear.
        stable: whether forms that lose digits or overflow are replaced by ones that keep them.

    Raises:
        UsageError: a variable that is not named, or a part without a value at a point (an integral).

    >>> from symgrad.syntax.tree import Multiply, Symbol
    >>> print(lower(Multiply(Symbol("x"), Symbol("x"))))
    program(x)
      v0 = x*x
      return v0
    """
    several = [trees] if isinstance(trees, Node) else list(trees)
    names = variables(several) if names is None else tuple(names)
    g = (StableGraph if stable else Graph)(len(names))
    return to_program(g, lower_into(g, several, names), names)


def variables(trees: Sequence[Node]) -> tuple[str, ...]:
    """The names of the unbound variables as they first appear."""
    found: dict[str, None] = {}
    for formula in trees:
        names = _plain_names(formula)
        if names is None:
            names, entries = {}, indexed(formula)
            for symbol in walks.free_symbols(formula):
                for name in entries.get(symbol.name, (symbol.name,)):
                    names.setdefault(name)
        found |= names
    return tuple(found)


def _plain_names(formula: Node) -> dict[str, None] | None:
    """The names in a formula that binds and indexes none; None for others."""
    names: dict[str, None] = {}
    seen: set[int] = set()
    stack = [formula]
    while stack:
        node = stack.pop()
        if node.children:
            if type(node) in _NAMING:
                return None
            if id(node) not in seen:
                seen.add(id(node))
                stack += node.children[::-1]
        elif type(node) is Symbol:
            names[node.payload[0]] = None
    return names


_NAMING = frozenset((*walks.BINDERS, tree.Limit, tree.Index))


def has_index(formula: Node) -> bool:
    """Whether a component x[k] stands anywhere in the formula."""
    seen: set[int] = set()
    stack = [formula]
    while stack:
        node = stack.pop()
        if node.children and id(node) not in seen:
            if type(node) is tree.Index:
                return True
            seen.add(id(node))
            stack += node.children
    return False


def entry(name: str, subscripts: Sequence[int]) -> str:
    """The variable that a component is: x[3] is x_3, X[1, 2] is X_1_2."""
    return "_".join([name, *map(str, subscripts)])


def indexed(formula: Node) -> dict[str, list[str]]:
    """For each indexed name the components that are used, in order: {'x': ['x_1', 'x_2']}."""
    if not has_index(formula):
        return {}
    from symgrad.program.ranges import components

    return {name: [entry(name, subscripts) for subscripts in places] for name, places in components(formula).items()}


@undisturbed
def lower_into(g: Graph, trees: Sequence[Node], names: Sequence[str]) -> list[int]:
    """The graph's nodes for some formulas; input number i is the variable names[i]."""
    values: dict[str, int] = {name: i for i, name in enumerate(names)}
    lowering = _Lowering(g, values)
    return [lowering.value(formula) for formula in trees]


def lower_with(g: Graph, formula: Node, values: Mapping[str, int]) -> int:
    """The graph's node for a formula in names that stand for nodes."""
    return _Lowering(g, values).value(formula)


class _Lowering:
    """One walk with a memo by identity over trees that share parts."""

    def __init__(self, g: Graph, values: Mapping[str, int]) -> None:
        self.g = g
        self.values = values
        self.memo: dict[int, int] = {}
        self.kept: list[Node] = []  # a memo by identity is right only while its objects live

    def value(self, formula: Node) -> int:
        """The node of the graph for a formula."""
        self.kept.append(formula)
        found = self.memo.get(id(formula))
        if found is None:
            of = self._by_recursion if formula.children else self._leaf
            found = self.memo[id(formula)] = of(formula)
        return found

    def _by_recursion(self, node: Node, deeper: int = 100) -> int:
        """The same of what is no leaf: quicker than a stack, for so many levels of a tree."""
        kind = type(node)
        if kind in _BINDING:
            return self._bound(node)
        memo, args = self.memo, []
        for child in node.children:
            found = memo.get(id(child))
            if found is None:
                if not child.children:
                    found = self._leaf(child)
                else:
                    found = self._by_recursion(child, deeper - 1) if deeper else self._by_stack(child)
                memo[id(child)] = found
            args.append(found)
        return _MAKERS.get(kind, _no_maker)(self, node, args)

    def _by_stack(self, formula: Node) -> int:
        """The same without recursion, for what lies deep."""
        memo, leaf = self.memo, self._leaf
        known = memo.get
        stack = [formula]
        while stack:
            current = stack[-1]
            key, kind = id(current), type(current)
            if key in memo:
                stack.pop()
                continue
            if kind in _BINDING:
                memo[key] = self._bound(current)
                continue
            args, ready = [], len(stack)
            for child in current.children:
                found = known(id(child))
                if found is None:
                    if child.children:
                        stack.append(child)
                        continue
                    found = memo[id(child)] = leaf(child)
                args.append(found)
            if len(stack) == ready:
                stack.pop()
                memo[key] = _MAKERS.get(kind, _no_maker)(self, current, args)
            elif len(stack) > ready + 1:
                stack[ready:] = stack[: ready - 1 : -1]  # the first child first: nodes are made in the order as typed
        return memo[id(formula)]

    def _leaf(self, node: Node) -> int:
        kind = type(node)
        if kind is Symbol:
            return self.symbol(node, [])
        return self.g.number(node.payload[0]) if kind is tree.Number else _MAKERS.get(kind, _no_maker)(self, node, [])

    def symbol(self, node: Any, _: list[int]) -> int:
        name, shape = node.payload
        found = self.values.get(name)
        if found is None:
            if any(known.startswith(f"{name}_") for known in self.values):
                raise UsageError(f"{name!r} stands without an index, and is not among the variables given.")
            raise UsageError(f"The formula has the variable {name!r}, which is not among the variables given.")
        if shape is not None:
            raise UsageError(f"{name!r} is declared as an array; give its entries, or index it.")
        return found

    def within(self, values: Mapping[str, int]) -> "_Lowering":
        """The same kind of walk where names mean something else."""
        return type(self)(self.g, values)

    def index(self, node: tree.Index) -> int:
        """A component x[k]: the variable x_k."""
        if not isinstance(node.base, Symbol):
            raise UsageError("Only a name can be indexed in a formula that is compiled.")
        subscripts = [self.g.constant[self._outside(subscript)] for subscript in node.subscripts]
        if any(subscript is None or not is_whole(subscript) for subscript in subscripts):
            raise UsageError(f"The index of {node.base.name!r} is not a whole number.")
        name = entry(node.base.name, [int(subscript) for subscript in subscripts if subscript is not None])
        return self.symbol(Symbol(name), [])

    def _bound(self, node: Node) -> int:
        """Sums and products over an index, written out; derivatives by the adjoint."""
        if isinstance(node, tree.Index):
            return self.index(node)
        if isinstance(node, tree.Derivative):
            return self._derivative(node)
        assert isinstance(node, (tree.Sum, tree.Product))
        bounds = [self.g.constant[self._outside(bound)] for bound in (node.lower, node.upper)]
        if any(bound is None or not is_whole(bound) for bound in bounds):
            raise UsageError("A sum or product needs whole numbers as bounds to be compiled.")
        low, high = (int(bound) for bound in bounds if bound is not None)
        if high - low >= _LONGEST:
            raise UsageError(f"A sum or product of {high - low + 1} terms is too long to write out.")
        terms, values = [], dict(self.values)
        for k in range(low, high + 1):
            values[node.variable.name] = self.g.number(k)
            terms.append(self.within(values).value(node.body))
        return self.g.sum(terms) if isinstance(node, tree.Sum) else self.g.product(terms)

    def _outside(self, node: Node) -> int:
        return self.within(self.values).value(node)

    def _derivative(self, node: tree.Derivative) -> int:
        from symgrad.program.adjoint import tangents

        root = self.within(self.values).value(node.body)
        for variable, order in zip(node.variables, node.orders):
            at = self.values.get(variable.name)
            if at is None or self.g.ops[at] != "input":
                raise UsageError(f"The derivative with respect to {variable.name!r} can't be compiled here.")
            for _ in range(order):
                root = tangents(self.g, [root], {at: self.g.number(1)}).get(root, self.g.number(0))
        return root


_LONGEST = 100_000
_BINDING = frozenset((tree.Sum, tree.Product, tree.Derivative, tree.Index))


# ---- one kind of node each -------------------------------------------------------------------------------------------


def _no_maker(lowering: _Lowering, node: Any, _: list[int]) -> int:
    if isinstance(node, tree.Apply):
        raise UsageError(f"The function {node.name!r} is unknown, so that it has no value at a point.")
    what = type(node).__name__.lower()
    raise UsageError(
        f"{'An' if what[0] in 'aeiou' else 'A'} {what} has no value at a point, so it can't be compiled.",
        hint="Work it out first, or give a formula without it.",
    )


def _number(lowering: _Lowering, node: Any, _: list[int]) -> int:
    return lowering.g.number(node.payload[0])


def _constant(lowering: _Lowering, node: Any, _: list[int]) -> int:
    if node.name not in _CONSTANTS:
        raise UsageError(
            f"The constant {node.name!r} is not a real number.", hint="Programs compute with real numbers."
        )
    return lowering.g.number(_CONSTANTS[node.name])


_CONSTANTS = {"e": math.e, "pi": PiTimes(1), "infinity": math.inf}


def _negate(lowering: _Lowering, node: Any, args: list[int]) -> int:
    return lowering.g.negate(args[0])


def _add(lowering: _Lowering, node: Any, args: list[int]) -> int:
    return lowering.g.sum(args)


def _multiply(lowering: _Lowering, node: Any, args: list[int]) -> int:
    return lowering.g.product(args)


def _divide(lowering: _Lowering, node: Any, args: list[int]) -> int:
    return lowering.g.quotient(*args)


def _power(lowering: _Lowering, node: Any, args: list[int]) -> int:
    g, base = lowering.g, node.children[0]
    if type(base) is tree.Constant and base.payload[0] == "e":
        return g.unary("exp", args[1])
    if g.ops[args[0]] == "exp":  # (e^u)^v = e^(uv)
        return g.unary("exp", g.multiply(g.args[args[0]][0], args[1]))
    return g.power(*args)


def _call(lowering: _Lowering, node: Any, args: list[int]) -> int:
    g, name = lowering.g, node.function
    if name in DIRECT:
        if len(args) != 1:
            raise UsageError(f"{name} takes one argument, not {len(args)}.")
        return g.unary(DIRECT[name], args[0])
    make = FUNCTIONS.get(name)
    if make is None:
        raise UsageError(
            f"The function {name!r} has no program.", hint="Known: " + ", ".join(sorted(known_functions()))
        )
    return make(g, *args)


def _compare(lowering: _Lowering, node: Any, args: list[int]) -> int:
    g, (u, v) = lowering.g, args
    op, swapped = _COMPARISONS[node.operator]
    return g.binary(op, v, u) if swapped else g.binary(op, u, v)


_COMPARISONS = {
    "<": ("less", False),
    "<=": ("less_equal", False),
    ">": ("less", True),
    ">=": ("less_equal", True),
    "=": ("equal", False),
    "!=": ("not_equal", False),
}


def _logic(lowering: _Lowering, node: Any, args: list[int]) -> int:
    g, operator = lowering.g, node.payload[0]
    if operator == "not":
        return g.node("not", args[0])
    value = args[0]
    for argument in args[1:]:
        value = g.binary(operator, value, argument)
    return value


def _truth(lowering: _Lowering, node: Any, _: list[int]) -> int:
    return lowering.g.number(int(node.value))


def _piecewise(lowering: _Lowering, node: Any, args: list[int]) -> int:
    g = lowering.g
    value = g.number(math.nan)
    for k in range(len(args) - 2, -1, -2):
        value = g.select(args[k + 1], args[k], value)
    return value


_MAKERS: dict[type, Callable[[_Lowering, Any, list[int]], int]] = {
    tree.Number: _number,
    tree.Constant: _constant,
    tree.Symbol: lambda lowering, node, args: lowering.symbol(node, args),
    tree.Truth: _truth,
    tree.Add: _add,
    tree.Multiply: _multiply,
    tree.Divide: _divide,
    tree.Power: _power,
    tree.Negate: _negate,
    tree.Call: _call,
    tree.Compare: _compare,
    tree.Logic: _logic,
    tree.Piecewise: _piecewise,
}
