"""What is known before finishing starts: the formulas as typed, how numbers and e^u are spelled, and which formulas
cannot vanish or be negative (by their shape, or because the question would make no sense otherwise).
"""

from collections.abc import Callable, Iterable
from fractions import Fraction

from symgrad.calculus.algebra import numeric
from symgrad.calculus.finish.keys import Key, Keys
from symgrad.syntax.tree import (
    ONE,
    TWO,
    ZERO,
    Add,
    Call,
    Compare,
    Constant,
    Divide,
    Logic,
    Multiply,
    Negate,
    Node,
    Number,
    Piecewise,
    Power,
    Symbol,
)
from symgrad.syntax.walks import depends_on, free_symbols, unique, walk

_ALWAYS_POSITIVE = frozenset({"exp", "cosh", "sech", "sigmoid", "softplus"})
BELOW_ONE = frozenset({"tanh", "erf"})  # |f(u)| < 1 always
_NEVER_ZERO = frozenset({"sec", "csc", "csch", "coth"})
_NEVER_NEGATIVE = frozenset({"abs", "sqrt", "norm", "relu", "hypot"})


class Known:
    """The facts about one question."""

    def __init__(
        self, formula: Node | None, tree: Node, conditions: Iterable[Node] = (), variable: str | None = None
    ) -> None:
        self.variable = variable
        self.typed: frozenset[Node] = frozenset(unique(formula)) if formula is not None else frozenset()
        nodes = self.typed | frozenset(unique(tree))
        self.decimals = any(isinstance(node, Number) and node.text and "." in node.text for node in nodes)
        self.spells_exp = any(isinstance(n, Call) and n.function == "exp" for n in nodes) and not any(
            isinstance(n, Power) and n.base == Constant("e") for n in nodes
        )
        self._keys = Keys()
        self._sums: dict[Key, Add] = {}
        for node in self.typed:
            if isinstance(node, Add):
                self._sums.setdefault(self._keys.of(node), node)
        self._places = _places(formula) if formula is not None else {}
        self._nonzero: set[Key] = set()
        self._nonnegative: set[Key] = set()
        self._answers: dict[tuple[str, Node], bool] = {}
        if formula is not None:
            self._learn_from(formula)
        for condition in conditions:
            self.learn(condition)

    def as_typed(self, node: Add) -> Add:
        """The sum in the order in which the question has it, if it has it."""
        return self._sums.get(self._keys.of(node), node)

    def in_order(self, factors: Iterable[Node]) -> list[Node]:
        """The letters among the factors in the order in which they are factors in the question.

        A letter that is none there (the a that e^(a·x) leaves in front) stands before the variable, or else last.
        """
        variable = self._places.get(Symbol(self.variable)) if self.variable else None
        inner = len(self._places) if variable is None else variable - 0.5
        return sorted(factors, key=lambda factor: self._places.get(_base(factor), inner))

    def learn(self, condition: Node) -> None:
        """Take a condition as given; |u| < 1 says that 1 − u² is positive, |u| > 1 that u² − 1 is."""
        self._answers.clear()
        if isinstance(condition, Logic) and condition.operator == "and":
            for part in condition.children:
                self.learn(part)
        if isinstance(condition, Compare) and numeric(condition.right) == 1 and condition.operator in ("<", ">"):
            size = condition.left
            if isinstance(size, Call) and size.function == "abs":
                u = size.children[0]
                square = Power(u, TWO)
                inside = condition.operator == "<"
                self.learn(Compare(">", Add(ONE, Negate(square)) if inside else Add(square, Negate(ONE)), ZERO))
                if not inside:
                    self._nonzero.add(self._keys.of(u))
        if isinstance(condition, Compare) and numeric(condition.right) == 0:
            if condition.operator in ("!=", ">", "<"):
                self._nonzero.add(self._keys.of(condition.left))
            if condition.operator in (">", ">="):
                self._nonnegative.add(self._keys.of(condition.left))

    def _learn_from(self, formula: Node) -> None:
        """Denominators of the question do not vanish, its logarithms and roots make sense."""
        inside = {part for node in unique(formula) if isinstance(node, Piecewise) for part in walk(node)}
        for node in unique(formula):
            if node in inside:
                continue
            if isinstance(node, Divide):
                self._nonzero.update(self._keys.of(factor) for factor in _factors(node.denominator))
            elif isinstance(node, Call) and node.function in ("ln", "log"):
                self._positive(node.children[0])
            elif isinstance(node, Call) and node.function == "sqrt":
                self._nonnegative.add(self._keys.of(node.children[0]))
            elif isinstance(node, Call) and node.function in BELOW_ONE:
                self.learn(Compare("<", Call("abs", node), ONE))
            elif isinstance(node, Power):
                self._learn_power(node)

    def _learn_power(self, node: Power) -> None:
        height = numeric(node.exponent)
        if height is None:
            if self.variable is not None and depends_on(node.exponent, self.variable):
                self._positive(node.base)
        elif height.denominator % 2 == 0:
            self._nonnegative.add(self._keys.of(node.base))
        if height is not None and height < 0:
            self._nonzero.update(self._keys.of(factor) for factor in _factors(node.base))

    def _positive(self, node: Node) -> None:
        self._nonzero.update(self._keys.of(factor) for factor in _factors(node))
        factors = [factor for factor in _factors(node) if numeric(factor) is None]
        self._nonnegative.add(self._keys.of(node))
        if len(factors) == 1 and all((numeric(factor) or 1) > 0 for factor in _factors(node)):
            self._nonnegative.add(self._keys.of(factors[0]))

    def _remembered(self, question: str, node: Node, find: Callable[[Node], bool]) -> bool:
        """The answer to a question, found once: the three ask each other about the same parts again and again."""
        answer = self._answers.get((question, node))
        if answer is None:
            answer = self._answers[question, node] = find(node)
        return answer

    def nonzero(self, node: Node) -> bool:
        """Whether the formula is different from zero wherever the question makes sense."""
        return self._remembered("nonzero", node, self._is_nonzero)

    def _is_nonzero(self, node: Node) -> bool:
        if self._keys.of(node) in self._nonzero or self.positive(node):
            return True
        if isinstance(node, Power):
            return self.nonzero(node.base)
        if isinstance(node, (Multiply, Divide)):
            return all(self.nonzero(child) for child in node.children)
        if isinstance(node, Negate):
            return self.nonzero(node.argument)
        if isinstance(node, Number):
            return node.value != 0
        return isinstance(node, Call) and (
            node.function in _NEVER_ZERO
            or (node.function in ("abs", "sqrt", "sign") and self.nonzero(node.children[0]))
        )

    def positive(self, node: Node) -> bool:
        """Whether the formula is greater than zero wherever the question makes sense."""
        return self._remembered("positive", node, self._is_positive)

    def _is_positive(self, node: Node) -> bool:
        key = self._keys.of(node)
        if key in self._nonzero and key in self._nonnegative:
            return True
        if isinstance(node, Number):
            return node.value > 0
        if isinstance(node, Constant):
            return node.name in ("e", "pi")
        if isinstance(node, Add):
            return any(self.positive(term) for term in node.children) and all(
                self.nonnegative(t) for t in node.children
            )
        if isinstance(node, (Multiply, Divide)):
            return all(self.positive(child) for child in node.children)
        if isinstance(node, Power):
            return self.positive(node.base) or (_even(node.exponent) and self.nonzero(node.base))
        if isinstance(node, Call):
            if node.function in ("sqrt", "abs"):
                return self.nonzero(node.children[0])
            return node.function in _ALWAYS_POSITIVE
        return False

    def nonnegative(self, node: Node) -> bool:
        """Whether the formula is at least zero wherever the question makes sense."""
        return self._remembered("nonnegative", node, self._is_nonnegative)

    def _is_nonnegative(self, node: Node) -> bool:
        if self._keys.of(node) in self._nonnegative or self.positive(node):
            return True
        if isinstance(node, Number):
            return node.value >= 0
        if isinstance(node, (Add, Multiply, Divide)):
            return all(self.nonnegative(child) for child in node.children)
        if isinstance(node, Power):
            return _even(node.exponent) or self.nonnegative(node.base)
        return isinstance(node, Call) and node.function in _NEVER_NEGATIVE


def _base(node: Node) -> Node:
    return node.base if isinstance(node, Power) else node


def _places(formula: Node) -> dict[Node, int]:
    """The letters, and numbers such as √2, that stand as factors or terms, numbered from left to right."""
    found: dict[Node, int] = {}
    stack = [formula]
    while stack:
        current = stack.pop()
        if isinstance(current, Symbol):
            found.setdefault(current, len(found))
        elif isinstance(current, Power):
            stack.append(current.base)
        elif isinstance(current, (Add, Multiply, Divide, Negate)):
            stack.extend(reversed(current.children))
        elif isinstance(current, Call) and not free_symbols(current):
            found.setdefault(current, len(found))
    return found


def _even(exponent: Node) -> bool:
    height = numeric(exponent)
    return height is not None and height.denominator == 1 and height % 2 == Fraction(0)


def _factors(node: Node) -> list[Node]:
    """The formula and the factors whose product it is, bases of whole powers included."""
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        found.append(current)
        if isinstance(current, Multiply):
            stack.extend(current.children)
        elif isinstance(current, Negate):
            stack.append(current.argument)
        elif isinstance(current, (Power, Divide)) or (isinstance(current, Call) and current.function == "sqrt"):
            stack.append(current.children[0])
    return found
