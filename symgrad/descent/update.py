"""The update rule: an equation in, the step function and its LaTeX out.

An `UpdateRule` is a few lines of text, each an assignment, read over vectors: x is the point, y the gradient there, z
the learning rate, k the number of the step counted from 0; further names are the rule's own state and constants.
Arithmetic is component by component; `norm(u)` and `dot(u, v)` join the components. The same text is what runs and what
is printed. Which rules there are stands in `rules.py`; repeating them is `descend.py`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from symgrad import syntax
from symgrad.errors import UsageError
from symgrad.syntax import tree as t
from symgrad.syntax import walks

Environment = dict[str, Any]
Evaluator = Callable[[Environment], Any]

GIVEN = ("x", "y", "z", "k")  # what every rule is given: point, gradient, learning rate, step number


@dataclass(frozen=True, eq=False)
class UpdateRule:
    """One step of a descent as equations: x ← …, read from top to bottom.

    Args:
        name: what a lecturer calls it.
        equations: one assignment a line, in x, y, z, k, the state, the constants and names assigned above.
        state: names that live on from step to step, with their value before the first.
        hyper: constants with their usual values.
        says: one sentence on what it does.
        rate: the learning rate that is used where none is given; None where it depends on the formula.
        source: where it was published.

    >>> rule = UpdateRule("heavy ball", '''
    ...     v = mu*v - z*y
    ...     x = x + v
    ... ''', state={"v": 0}, hyper={"mu": 0.9})
    >>> point, state = rule.step(np.array([1.0]), np.array([2.0]), 0.1, 0, rule.start(1))
    >>> float(point[0]), float(state["v"][0])
    (0.8, -0.2)
    """

    name: str
    equations: str
    state: Mapping[str, float] = field(default_factory=dict)
    hyper: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    rate: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", MappingProxyType(dict(self.state)))
        object.__setattr__(self, "hyper", MappingProxyType(dict(self.hyper)))

    @functools.cached_property
    def assignments(self) -> tuple[tuple[str, t.Node], ...]:
        """The equations as trees: (name, right-hand side), in order."""
        known = {*GIVEN, *self.state, *self.hyper}
        found = []
        for line in filter(None, (part.strip() for part in self.equations.splitlines())):
            target, sign, text = line.partition("=")
            target = target.strip()
            if not sign or not target.replace("_", "").isalnum():
                raise UsageError(
                    f"{line!r} is not an assignment.", hint="Write one line for each, such as x = x - y*z."
                )
            right = syntax.parse(text.strip())
            unknown = [symbol.name for symbol in walks.free_symbols(right) if symbol.name not in known]
            if unknown:
                raise UsageError(
                    f"The rule {self.name!r} uses {unknown[0]!r} before it has a value.",
                    hint=f"Give it in state or hyper; known here: {', '.join(sorted(known))}.",
                )
            known.add(target)
            found.append((target, right))
        if "x" not in (name for name, _ in found):
            raise UsageError(f"The rule {self.name!r} never assigns x.", hint="Its last line is usually x = ….")
        return tuple(found)

    @functools.cached_property
    def _program(self) -> tuple[tuple[str, Evaluator], ...]:
        return tuple((name, evaluator(right)) for name, right in self.assignments)

    def start(self, size: int | tuple[int, ...]) -> dict[str, Any]:
        """The state before the first step, one array a name."""
        return {name: np.full(size, float(value)) for name, value in self.state.items()}

    def step(self, x: Any, y: Any, z: Any, k: int, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """One step: the new point and the new state.

        Args:
            x: the point.
            y: the gradient there.
            z: the learning rate.
            k: the number of the step, counted from 0.
            state: what the last step returned, or `start`.
        """
        values: Environment = {**self.hyper, **state, "x": x, "y": y, "z": z, "k": k}
        for name, right in self._program:
            values[name] = right(values)
        return values["x"], {name: values[name] for name in self.state}

    def before(self, equations: str, **hyper: Any) -> UpdateRule:
        """The rule with equations put before its own: gradient clipping, weight decay as a gradient, …"""
        return replace(self, equations=f"{equations}\n{self.equations}", hyper={**self.hyper, **hyper})

    def then(self, equations: str, **hyper: Any) -> UpdateRule:
        """The rule with equations put after its own: projections, proximal steps, …"""
        return replace(self, equations=f"{self.equations}\n{equations}", hyper={**self.hyper, **hyper})

    def with_hyper(self, **values: Any) -> UpdateRule:
        """The rule with other constants."""
        strange = set(values) - set(self.hyper)
        if strange:
            known = ", ".join(self.hyper) or "none"
            raise UsageError(
                f"The rule {self.name!r} has no constant {min(strange)!r}.", hint=f"Its constants: {known}."
            )
        return replace(self, hyper={**self.hyper, **values})

    def latex(self) -> str:
        """The equations as LaTeX, an arrow for each assignment.

        >>> GRADIENT_DESCENT.latex()
        'x ...leftarrow x - y...z'
        """
        from symgrad.typeset import latex

        lines = [(latex(t.Symbol(name)), latex(right)) for name, right in self.assignments]
        if len(lines) == 1:
            return f"{lines[0][0]} \\leftarrow {lines[0][1]}"
        body = " \\\\\n".join(f"{left} &\\leftarrow {right}" for left, right in lines)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def __str__(self) -> str:
        from symgrad.typeset import line

        return "\n".join(f"{line(t.Symbol(name))} ← {line(right)}" for name, right in self.assignments)

    def __getstate__(self) -> dict[str, Any]:
        keys = ("name", "equations", "says", "rate", "source")
        return {**{key: getattr(self, key) for key in keys}, "state": dict(self.state), "hyper": dict(self.hyper)}

    def __setstate__(self, fields: dict[str, Any]) -> None:
        for key, value in fields.items():
            object.__setattr__(self, key, value)
        self.__post_init__()


# ---- equations over vectors --------------------------------------------------------------------------------------


def _norm(u: Any) -> Any:
    return np.sqrt(np.sum(np.multiply(u, u), axis=0))


def _clip(u: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(u, low), high)


VECTOR_FUNCTIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "exp": np.exp, "ln": np.log, "sin": np.sin, "cos": np.cos,
        "tanh": np.tanh, "floor": np.floor, "ceil": np.ceil, "mod": np.mod, "clip": _clip, "norm": _norm,
        "max": lambda *u: functools.reduce(np.maximum, u),
        "min": lambda *u: functools.reduce(np.minimum, u),
        "dot": lambda u, v: np.sum(np.multiply(u, v), axis=0),
    }
)  # fmt: skip
_CONSTANTS = {"e": np.e, "pi": np.pi, "infinity": np.inf}
_OPERATORS: Mapping[type[t.Node], Callable[[Any, Any], Any]] = {
    t.Add: operator.add,
    t.Multiply: operator.mul,
    t.Divide: operator.truediv,
    t.Power: operator.pow,
}
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def evaluator(node: t.Node) -> Evaluator:
    """A function of the values of the names, for numbers, arrays, or whatever else has the operators.

    >>> evaluator(syntax.parse("x - y*z"))({"x": 3, "y": 2, "z": 1})
    1
    """
    if isinstance(node, t.Number):
        number = int(node.value) if node.value.denominator == 1 else float(node.value)
        return lambda values: number
    if isinstance(node, t.Constant) and node.name in _CONSTANTS:
        constant = _CONSTANTS[node.name]
        return lambda values: constant
    if isinstance(node, t.Symbol):
        return operator.itemgetter(node.name)
    parts = [evaluator(child) for child in node.children if not isinstance(child, (t.Truth, t.Compare, t.Logic))]
    if isinstance(node, t.Negate):
        inner = parts[0]
        return lambda values: -inner(values)
    if type(node) in _OPERATORS:
        return functools.reduce(functools.partial(_joined, _OPERATORS[type(node)]), parts)
    if isinstance(node, t.Call) and node.function in VECTOR_FUNCTIONS:
        function = VECTOR_FUNCTIONS[node.function]
        return lambda values: function(*(part(values) for part in parts))
    if isinstance(node, t.Piecewise):
        return _pieces([(_condition(condition), evaluator(value)) for value, condition in node.pieces])
    kind = node.function if isinstance(node, t.Call) else type(node).__name__
    raise UsageError(
        f"An update rule cannot use {kind!r}.", hint=f"Functions for rules: {', '.join(sorted(VECTOR_FUNCTIONS))}."
    )


def _joined(join: Callable[[Any, Any], Any], left: Evaluator, right: Evaluator) -> Evaluator:
    return lambda values: join(left(values), right(values))


def _condition(node: t.Node) -> Evaluator:
    if isinstance(node, t.Truth):
        return lambda values: node.value
    if isinstance(node, t.Compare):
        return _joined(_COMPARISONS[node.operator], evaluator(node.left), evaluator(node.right))
    raise UsageError("An update rule cannot join conditions.", hint="Write nested pieces with one comparison each.")


def _pieces(pieces: list[tuple[Evaluator, Evaluator]]) -> Evaluator:
    def choose(values: Environment) -> Any:
        result: Any = np.nan
        for condition, value in reversed(pieces):
            result = np.where(condition(values), value(values), result)
        return result[()]

    return choose


GRADIENT_DESCENT = UpdateRule(
    "gradient descent",
    "x = x - y*z",
    says="Go against the derivative, by the learning rate times its size.",
)


def update(x: Any, y: Any, z: Any) -> Any:
    """The lecture's update function u(x, y, z) = x − y·z: the point x, moved against the derivative y by the learning
    rate z.

    Its equation is the text of `GRADIENT_DESCENT`; numbers, arrays, fractions and symbols are all welcome.

    >>> update(3, 1.2, 0.5)
    2.4
    """
    return GRADIENT_DESCENT.step(x, y, z, 0, {})[0]
