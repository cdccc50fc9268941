"""The one walk: from a formula to the tree of steps that differentiates it, and from there to a Derivation.

The answer is read off the steps, so that the derivation can't disagree with it. What the rules are, the tables say;
how it is told, `narrate`.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from symgrad.calculus.dependence import depends_on
from symgrad.calculus.derivation import Stage
from symgrad.calculus.rule import Application, Rule, head
from symgrad.calculus.scalar_rules import RULES
from symgrad.calculus.step import Step
from symgrad.calculus.told import Derivation
from symgrad.errors import LimitError, UsageError
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.budgets import DEFAULT, Budgets
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.tree import Derivative, Matrix, Node, Path, Symbol

if TYPE_CHECKING:
    from symgrad.formula import Formula


def _unevaluated(node: Node, x: Symbol, d: Any) -> Application | None:
    return Application(d(node))


UNEVALUATED = Rule(
    "unevaluated",
    "left unevaluated",
    "No rule for this is known, so the derivative stays as it is.",
    "f′ = f′",
    ("*",),
    _unevaluated,
    "zeta(x)",
    caveat="Rule.of_function(name, derivative) adds a rule.",
)


class Differentiator:
    """Differentiates any number of formulas, each once.

    Args:
        rules: the table; earlier rows win among those for the same kind of formula.
        limit: the largest number of nodes of a result as printed, repeated parts counted each time.
    """

    def __init__(self, rules: Sequence[Rule] = RULES, limit: int = DEFAULT.derivative_nodes) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            for kind in rule.heads:
                self._rules.setdefault(kind, []).append(rule)
        self._steps: dict[Derivative, Step] = {}
        self._sizes: dict[int, int] = {}
        self._limit = limit

    def step(self, derivative: Derivative) -> Step:
        """The step for an inert first derivative, everything below it included.

        Raises:
            LimitError: the result would be larger than the limit.
        """
        steps = self._steps
        pending: dict[Derivative, tuple[Rule, Application, dict[Derivative, list[Path]]]] = {}
        typed = {id(part) for part in walks.unique(derivative.body)}
        stack = [derivative]
        while stack:
            current = stack[-1]
            if current in steps:
                stack.pop()
                continue
            if current not in pending:
                rule, outcome = self._apply(current)
                holes = {} if rule is UNEVALUATED else _holes(outcome.after, typed)
                pending[current] = rule, outcome, holes
                for hole in holes:
                    _learn(hole.body, typed)
                stack.extend(reversed([hole for hole in holes if hole not in steps]))
                if any(hole not in steps for hole in holes):
                    continue
            rule, outcome, holes = pending[current]
            children = tuple((steps[hole], tuple(paths)) for hole, paths in holes.items())
            step = Step(rule, current, outcome.after, outcome.parts, outcome.condition, outcome.seams, children)
            self._measure(step.result, current.body)
            steps[current] = step
            stack.pop()
        return steps[derivative]

    def _apply(self, derivative: Derivative) -> tuple[Rule, Application]:
        body, x = derivative.body, derivative.variables[0]
        partial = derivative.partial

        def inert(part: Node) -> Node:
            return Derivative(part, x, partial=partial)

        for kind in ("*", head(body), type(body).__name__):
            for rule in self._rules.get(kind, ()):
                outcome = rule.apply(body, x, inert)
                if outcome is not None:
                    return rule, outcome
        return UNEVALUATED, Application(derivative, {"f": body})

    def _measure(self, result: Node, body: Node) -> None:
        """Refuse a result that is too large to be of any use, before it is built any further."""
        sizes = self._sizes
        stack = [result]
        while stack:
            current = stack[-1]
            if id(current) in sizes:
                stack.pop()
                continue
            missing = [child for child in current.children if id(child) not in sizes]
            if missing:
                stack.extend(missing)
                continue
            sizes[id(current)] = 1 + sum(sizes[id(child)] for child in current.children)
            stack.pop()
        if sizes[id(result)] > self._limit:
            raise LimitError(
                f"The derivative has more than {self._limit} parts.",
                hint="Raise it with budgets=Budgets(derivative_nodes=…) of symgrad.syntax, "
                "or on the command line --limit derivative_nodes=….",
            )


def _holes(after: Node, typed: set[int]) -> dict[Derivative, list[Path]]:
    """The inert derivatives that a rule left, with their places from left to right; typed parts are not searched."""
    found: dict[Derivative, list[Path]] = {}
    stack: list[tuple[Node, Path]] = [(after, ())]
    while stack:
        current, path = stack.pop()
        if id(current) in typed:
            continue
        if isinstance(current, Derivative):
            found.setdefault(current, []).append(path)
            continue
        stack.extend((child, (*path, i)) for i, child in reversed(list(enumerate(current.children))))
    return found


def _learn(node: Node, typed: set[int]) -> None:
    """A part that a rule made (g·ln f) counts as typed for the rules below it."""
    stack = [node]
    while stack:
        current = stack.pop()
        if id(current) not in typed:
            typed.add(id(current))
            stack.extend(current.children)


def derive(
    formula: "str | Node | Formula | Any",
    wrt: "str | Sequence[str] | Any | None" = None,
    order: int = 1,
    rules: Iterable[Rule] = RULES,
    *,
    budgets: Budgets = DEFAULT,
) -> Derivation:
    """Differentiate a formula and keep the reasons.

    Args:
        formula: text, a tree, a Formula or a sympy expression; a vector of formulas gives the Jacobian.
        wrt: one variable; several for the gradient (order 2: the Hessian). By default the only variable, or all.
        order: how often, one stage at a time.
        rules: the table; put your own rows in front: [Rule.of_function("swish", …), *RULES].
        budgets: the largest order (`derivative_order`) and number of parts of the result (`derivative_nodes`).

    Returns:
        The derivation: `.tree` and `.result` are the answer, `.states` the chain that leads to it.

    Raises:
        UsageError: an order below 1, an unknown kind of variable, or an equation between variables.
        LimitError: the order or the derivative is larger than its budget.

    >>> derivation = derive("x^2 sin(x)")
    >>> [state.rule_id for state in derivation.states][:3]
    ['given', 'product', 'power']
    """
    rules = tuple(rules)
    asked = _asked(formula, rules)
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise UsageError(f"The order must be a whole number from 1, not {order!r}.")
    if order > budgets.derivative_order:
        raise budgets.exceeded("derivative_order", f"The derivative of order {order:,} is too high an order")
    if isinstance(asked.tree, t.Compare) and not any(isinstance(part, t.Apply) for part in walks.unique(asked.tree)):
        raise UsageError(
            "An equation between variables has no derivative of its own.",
            hint="implicit(equation, 'y', 'x') gives dy/dx along its curve; y(x) in it stands for a function.",
        )
    names, several = _variables(asked.names, wrt)
    stages = _stages(asked.tree, names, several, order, Differentiator(rules, budgets.derivative_nodes))
    return Derivation(asked, names, order, several, tuple(stages))


def _asked(formula: Any, rules: tuple[Rule, ...]) -> "Formula":
    """The formula; in a text the names of functions that only the given rules know are read as functions."""
    from symgrad.formula import Formula, as_formula
    from symgrad.syntax import ReadOptions

    if isinstance(formula, str):
        own = tuple(kind.split(":")[1] for rule in rules for kind in rule.heads if kind.startswith("Apply:"))
        unknown = tuple(name for name in own if name not in FUNCTIONS)
        return Formula(formula, options=ReadOptions(functions=unknown, accept=("matrix", "equation")))
    return as_formula(formula)


def _variables(found: tuple[str, ...], wrt: Any) -> tuple[tuple[str, ...], bool]:
    """The names to differentiate by, and whether that is a gradient."""
    if wrt is None:
        return (found, True) if len(found) > 1 else (found or ("x",), False)
    if isinstance(wrt, (list, tuple)):
        if not wrt:
            raise UsageError("There is no variable to differentiate by.", hint='Give wrt="x" or wrt=["x", "y"].')
        return tuple(_name(item) for item in wrt), True
    return (_name(wrt),), False


def _name(wrt: Any) -> str:
    from symgrad.syntax.names import normal_form

    text = wrt.name if isinstance(wrt, Symbol) or hasattr(wrt, "is_Symbol") else wrt
    name = normal_form(text) if isinstance(text, str) else None
    if name is None:
        raise UsageError(f"{wrt!r} is not the name of a variable.", hint='Give wrt="x" or wrt=["x", "y"].')
    return name


def _stages(tree: Node, names: tuple[str, ...], several: bool, order: int, machine: Differentiator) -> Iterable[Stage]:
    """One stage for each order; first one more if derivatives were typed inside the formula."""
    stages: list[Stage] = []
    typed = _typed_derivatives(tree, machine)
    if typed is not None:
        stages.append(typed)
        tree = typed.tree
    partial = len(walks.free_symbols(tree)) > 1 or several
    symbols = tuple(Symbol(name) for name in names)
    vector = isinstance(tree, Matrix) and 1 in tree.shape
    if several and order > 2:
        raise UsageError("A gradient has order 1 and a Hessian order 2.", hint="Give one variable for a higher order.")
    if several and order == 2 and vector:
        raise UsageError("The second derivative of a vector has three indices.", hint="Give one variable, or order 1.")
    current = tree
    for stage in range(1, order + 1):
        opening = None
        if stage > 1:
            opening = _opening(tree, symbols, several, stage, partial)
        root = _root(current, symbols, several, stage, partial)
        done = Stage.of(root, machine.step, opening, tree)
        stages.append(done)
        current = done.tree
    return stages


def _root(current: Node, symbols: tuple[Symbol, ...], several: bool, stage: int, partial: bool) -> Node:
    """The formula to work out at one stage: an inert derivative, or a matrix of them."""
    if not several:
        return Derivative(current, symbols[0], partial=partial)
    if stage == 2:
        assert isinstance(current, Matrix)
        rows = [
            [Derivative(current.children[min(i, j)], symbols[max(i, j)], partial=True) for j in range(len(symbols))]
            for i in range(len(symbols))
        ]
        return Matrix(rows)
    if isinstance(current, Matrix) and 1 in current.shape:
        return Matrix([[Derivative(entry, x, partial=True) for x in symbols] for entry in current.children])
    return Matrix([[Derivative(current, x, partial=True)] for x in symbols])


def _opening(tree: Node, symbols: tuple[Symbol, ...], several: bool, stage: int, partial: bool) -> Node:
    """What a later stage is about: the second, third, … derivative of the formula itself."""
    if not several:
        return Derivative(tree, symbols[0], orders=(stage,), partial=partial)
    return Matrix([[_second(tree, x, y) for y in symbols] for x in symbols])


def _second(tree: Node, x: Symbol, y: Symbol) -> Node:
    if x == y:
        return Derivative(tree, x, orders=(2,), partial=True)
    return Derivative(tree, x, y, partial=True)


def _typed_derivatives(tree: Node, machine: Differentiator) -> Stage | None:
    """A stage that carries out the derivatives which stand in the formula as typed, those of known functions."""
    if not any(_can_be_done(part) for part in walks.unique(tree)):
        return None
    root = walks.transform(tree, _one_at_a_time)
    return Stage.of(root, machine.step, None, tree, typed=True)


def _can_be_done(node: Node) -> bool:
    return isinstance(node, Derivative)


def _one_at_a_time(node: Node) -> Node:
    """d²/dx² as d/dx of d/dx."""
    if not isinstance(node, Derivative) or node.orders == (1,):
        return node
    inner = node.body
    for variable, times in zip(node.variables, node.orders, strict=True):
        for _ in range(times):
            inner = Derivative(inner, variable, partial=node.partial)
    return inner


__all__ = ["Differentiator", "depends_on", "derive"]
