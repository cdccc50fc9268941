"""Implicit differentiation: the slope of a curve that an equation in two variables describes.

With F = left − right the equation says F(x, y) = 0 along the curve, so F_x + F_y·y′ = 0 there, and y′ = −F_x/F_y. The
two partial derivatives are worked out by the ordinary walk; the formula itself is checked against numbers on the curve.
"""

from collections.abc import Iterable
from typing import Any

from symgrad.calculus import algebra
from symgrad.calculus.derivation import Stage
from symgrad.calculus.derive import Differentiator
from symgrad.calculus.evaluate import Place
from symgrad.calculus.precision import CannotEvaluateError, UndefinedError, context
from symgrad.calculus.rule import Rule
from symgrad.calculus.scalar_rules import RULES
from symgrad.calculus.told import Derivation
from symgrad.calculus.verify import POINTS, Check, Sample
from symgrad.errors import UsageError
from symgrad.syntax import walks
from symgrad.syntax.budgets import DEFAULT, Budgets
from symgrad.syntax.tree import Add, Compare, Derivative, Divide, Multiply, Negate, Node, Symbol

_ACCURACY = 80
_AGREEMENT = 60  # bits
_CANDIDATES = 40


def implicit(
    equation: Any,
    dependent: str = "y",
    variable: str = "x",
    order: int = 1,
    rules: Iterable[Rule] = RULES,
    *,
    budgets: Budgets = DEFAULT,
) -> Derivation:
    """The derivative dy/dx along the curve that an equation describes, with its reasons.

    Args:
        equation: text such as "x^2 + y^2 = 25", a tree or a Formula; a formula without = is set to 0.
        dependent: the name of y.
        variable: the name of x.
        order: how often; a higher derivative is written in x and y.
        rules: the table of rules.
        budgets: the largest number of parts of the result (`derivative_nodes`), and the largest order.

    Raises:
        UsageError: the equation lacks the dependent variable.

    >>> print(implicit("x^2 + y^2 = 25").result)
    -x/y
    """
    from symgrad.formula import Formula, as_formula
    from symgrad.syntax import ReadOptions

    options = ReadOptions(accept=("equation",))
    asked = Formula(equation, options=options) if isinstance(equation, str) else as_formula(equation)
    level = _level(asked.tree)
    x, y = Symbol(variable), Symbol(dependent)
    if not walks.depends_on(level, dependent):
        raise UsageError(
            f"The equation does not contain {dependent}.", hint=f"Name the variable that depends on {variable}."
        )
    if order > budgets.derivative_order:
        raise budgets.exceeded("derivative_order", f"The derivative of order {order:,} is too high an order")
    machine = Differentiator(tuple(rules), budgets.derivative_nodes)
    stages: list[Stage] = []
    slope: Node | None = None
    for count in range(1, order + 1):
        if slope is None:
            root: Node = Negate(Divide(Derivative(level, x, partial=True), Derivative(level, y, partial=True)))
        else:
            root = Add(
                Derivative(stages[-1].tree, x, partial=True),
                Multiply(Derivative(stages[-1].tree, y, partial=True), slope),
            )
        opening = Derivative(y, x, orders=(count,))
        opens = "implicit" if slope is None else "along-the-curve"
        stage = Stage.of(root, machine.step, opening, level, opens=opens, check=CurveCheck(level, x, y, root, count))
        stages.append(stage)
        slope = slope or stage.tree
    return Derivation(asked, (variable,), order, False, tuple(stages))


def _level(tree: Node) -> Node:
    """The formula that is constant along the curve."""
    if not isinstance(tree, Compare):
        return tree
    if tree.operator != "=":
        raise UsageError("A curve is described by an equation, not by an inequality.", hint="Write x^2 + y^2 = 25.")
    return tree.left if algebra.is_number(tree.right, 0) else algebra.subtract(tree.left, tree.right)


class CurveCheck:
    """Compares a formula for a derivative of y with differences along the curve, which Newton's method follows."""

    def __init__(self, level: Node, x: Symbol, y: Symbol, claim: Node, order: int) -> None:
        self.level, self.x, self.y, self.claim, self.order = level, x, y, claim, order

    def __call__(self) -> Check:
        sample = Sample(self.level, self.x, self.y)
        held = 0
        for candidate in range(_CANDIDATES):
            point = sample.point(candidate)
            try:
                claimed, measured = self._at(point)
            except (UndefinedError, CannotEvaluateError, ZeroDivisionError):
                continue
            off = abs(claimed - measured)
            if off > abs(claimed) * 2**-20 + 2.0**-40:
                return Check("contradicted", held, {**point, "before": measured, "after": claimed})
            if off <= (abs(claimed) + 1) * 2.0**-_AGREEMENT:
                held += 1
            if held == POINTS:
                return Check("holds", held)
        return Check("unknown", held, reason="too few points of the curves could be followed")

    def _at(self, point: dict[str, Any]) -> tuple[Any, Any]:
        """The claimed derivative at a point, and the measured one."""
        place = Place(point, _ACCURACY, self.order + 1)
        ctx = context(place.precision)
        height = place.number_of(place.evaluate(self.level))
        steepness = place.number_of(place.evaluate(Derivative(self.level, self.y)))
        if abs(steepness) < ctx.ldexp(1, -20):
            raise UndefinedError("the curve is vertical here")

        def follow(steps: int) -> Any:
            here, found = place.shifted(self.x.name, steps), place.number_of(place.value_of(self.y.name))
            for _ in range(4 + 2 * self.order):
                moved = here.with_value(self.y.name, found._mpf_)
                found -= (place.number_of(moved.evaluate(self.level)) - height) / steepness
            return found

        n = self.order
        total = sum((-1) ** k * ctx.binomial(n, k) * follow(n - 2 * k) for k in range(n + 1))
        return place.number_of(place.evaluate(self.claim)), total / ctx.ldexp(1, n * (1 - _ACCURACY))
