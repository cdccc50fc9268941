"""The n-th derivative in closed form, for the formulas that have one in every table: what `nth` finds it also checks.

Exponentials, sines and cosines, logarithms and powers of a linear formula; their sums and multiples; a polynomial
times one of them by Leibniz's rule; squares of sine and cosine by the half-angle formulas. Nothing else is guessed.
"""

from dataclasses import dataclass
from typing import Any

from symgrad.calculus import algebra
from symgrad.calculus.dependence import depends_on
from symgrad.calculus.derive import derive
from symgrad.calculus.finish import Hints, finish
from symgrad.calculus.verify import Check, check_equal
from symgrad.errors import NoRuleError
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import ONE, TWO, Add, Call, Divide, Multiply, Negate, Node, Number, Power, Symbol

_CHECKED = 4  # orders at which a closed form is compared with derivatives taken one at a time
_MOST_TERMS = 6  # of Leibniz's rule


@dataclass(frozen=True)
class NthDerivative:
    """An n-th derivative in closed form.

    Args:
        formula: what was differentiated.
        tree: the n-th derivative.
        valid_from: the smallest n for which it holds.
        reasons: the tables' sentences that were used.
        check: how it compares with derivatives taken one at a time.
    """

    formula: Node
    tree: Node
    valid_from: int
    reasons: tuple[str, ...]
    check: Check

    @property
    def result(self) -> Any:
        """The closed form as a sympy expression."""
        from symgrad.formula import to_sympy

        return to_sympy(self.tree)


def nth(formula: Any, variable: str = "x", order: str = "n") -> NthDerivative:
    """The n-th derivative of a formula, n a symbol, from the tables and Leibniz's rule.

    Args:
        formula: text, a tree, a Formula or a sympy expression.
        variable: the name of x.
        order: the name of n.

    Raises:
        NoRuleError: no closed form is in the tables.

    >>> from symgrad.typeset import line
    >>> line(nth("e^(3x)").tree)
    '3^n e^(3x)'
    """
    from symgrad.formula import as_formula

    tree = as_formula(formula).tree
    table = _Table(variable, Symbol(order))
    raw = table.of(tree, table.n)
    rewrites = finish(raw, Hints(tree, variable))
    result = rewrites[-1].after if rewrites else raw
    start = table.valid_from
    return NthDerivative(tree, result, start, tuple(dict.fromkeys(table.reasons)), _checked(tree, raw, result, table))


def _checked(tree: Node, raw: Node, result: Node, table: "_Table") -> Check:
    """Compare with the first few derivatives taken one at a time."""
    least: Check | None = None
    current = tree
    for order in range(1, table.valid_from + _CHECKED):
        current = derive(current, table.variable).tree
        if order < table.valid_from:
            continue
        check = check_equal(current, walks.substitute(result, {table.n.name: Number(order)}))
        if not check:
            return check
        least = check if least is None or check.points < least.points else least
    assert least is not None
    return least


class _Table:
    """The tables for one variable and one symbol of the order; remembers what was used."""

    def __init__(self, variable: str, n: Symbol) -> None:
        self.variable, self.n = variable, n
        self.valid_from = 1
        self.reasons: list[str] = []

    def of(self, node: Node, n: Node) -> Node:
        """The derivative of order n, where n may also be n − 1, n − 2, … in Leibniz's rule."""
        if not depends_on(node, self.variable):
            return t.ZERO
        if isinstance(node, Add):
            return algebra.add(*(self.of(term, n) for term in node.children))
        if isinstance(node, Negate):
            return algebra.negate(self.of(node.argument, n))
        if isinstance(node, (Multiply, Divide)):
            return self._product(node, n)
        found = self._basic(node, n)
        if found is None:
            raise _refusal()
        return found

    def _product(self, node: Node, n: Node) -> Node:
        """Constants in front; a polynomial times another formula by Leibniz's rule; 1/uᵏ as a power."""
        above, below = (node.numerator, node.denominator) if isinstance(node, Divide) else (node, ONE)
        factors = above.children if isinstance(above, Multiply) else (above,)
        fixed = [u for u in factors if not depends_on(u, self.variable)]
        moving = [u for u in factors if depends_on(u, self.variable)]
        if not depends_on(below, self.variable):
            fixed.append(algebra.divide(ONE, below))
        else:
            base, height = (below.base, below.exponent) if isinstance(below, Power) else (below, ONE)
            moving.append(Power(base, algebra.negate(height)))
        if len(moving) == 1:
            return algebra.multiply(*fixed, self.of(moving[0], n))
        for k, factor in enumerate(moving):
            chain = self._polynomial(factor)
            if chain is not None:
                rest = moving[:k] + moving[k + 1 :]
                other = rest[0] if len(rest) == 1 else Multiply(*rest)
                return algebra.multiply(*fixed, self._leibniz(chain, other, n))
        raise _refusal()

    def _leibniz(self, chain: list[Node], other: Node, n: Node) -> Node:
        """Σ binomial(n, k)·p⁽ᵏ⁾·g⁽ⁿ⁻ᵏ⁾, which ends with the polynomial."""
        self.reasons.append("Leibniz's rule: the derivatives of a polynomial end, so only the first terms count.")
        terms = []
        for k, part in enumerate(chain):
            choose: list[Node] = [algebra.subtract(n, Number(j)) if j else n for j in range(k)]
            weight = algebra.divide(algebra.multiply(*choose), Number(_factorial(k))) if k else ONE
            lowered = algebra.subtract(n, Number(k)) if k else n
            terms.append(algebra.multiply(weight, part, self.of(other, lowered)))
        if isinstance(other, (Call, Power)) and not _entire(other):
            self.valid_from = max(self.valid_from, len(chain))
        return algebra.add(*terms)

    def _polynomial(self, node: Node) -> list[Node] | None:
        """A polynomial of low degree with all its derivatives down to a constant."""
        chain = [node]
        while depends_on(chain[-1], self.variable):
            if len(chain) >= _MOST_TERMS or not _is_polynomial(node, self.variable):
                return None
            chain.append(derive(chain[-1], self.variable).tree)
        return chain

    def _basic(self, node: Node, n: Node) -> Node | None:
        if isinstance(node, Symbol):
            return self._power(node, ONE, n)
        if isinstance(node, Power) and not depends_on(node.base, self.variable):
            rate = self._rate(node.exponent)
            factor = rate and (rate if node.base == algebra.E else algebra.multiply(rate, Call("ln", node.base)))
            return factor and self._say("exponential", algebra.multiply(algebra.power(factor, n), node))
        if isinstance(node, Power) and not depends_on(node.exponent, self.variable):
            squared = self._squared_wave(node, n)
            return squared if squared is not None else self._power(node.base, node.exponent, n)
        return self._function(node, n) if isinstance(node, Call) and len(node.children) == 1 else None

    def _function(self, node: Call, n: Node) -> Node | None:
        u = node.children[0]
        rate = self._rate(u)
        if rate is None:
            return self._power(u, Divide(ONE, TWO), n) if node.function == "sqrt" else None
        grown = algebra.power(rate, n)
        if node.function == "exp":
            return self._say("exponential", algebra.multiply(grown, node))
        if node.function in ("sin", "cos"):
            turned = algebra.add(u, algebra.divide(algebra.multiply(n, algebra.PI), TWO))
            return self._say("wave", algebra.multiply(grown, Call(node.function, turned)))
        if node.function in ("sinh", "cosh"):
            falling = Multiply(Power(Number(-1), n), Power(algebra.E, algebra.negate(u)))
            last: Node = falling if node.function == "cosh" else Negate(falling)
            return self._say("hyperbolic", algebra.multiply(grown, Divide(Add(Power(algebra.E, u), last), TWO)))
        if node.function == "ln":
            below = algebra.subtract(n, ONE)
            sign = Power(Number(-1), below)
            top = algebra.multiply(grown, sign, Call("factorial", below))
            return self._say("logarithm", Divide(top, Power(u, n)))
        return self._power(u, Divide(ONE, TWO), n) if node.function == "sqrt" else None

    def _power(self, base: Node, height: Node, n: Node) -> Node | None:
        """(ax + b)^p: a negative whole p by factorials, any other by the gamma function."""
        rate = self._rate(base)
        if rate is None:
            return None
        grown = algebra.power(rate, n)
        value = algebra.numeric(height)
        raised = algebra.power(base, algebra.subtract(height, n))
        if value is not None and value.denominator == 1 and value < 0:
            k = -int(value)
            top = Call("factorial", algebra.add(n, Number(k - 1)))
            under = algebra.multiply(Number(_factorial(k - 1)), Power(base, algebra.add(n, Number(k))))
            return self._say("reciprocal", Divide(algebra.multiply(algebra.power(algebra.negate(rate), n), top), under))
        if value is not None and value.denominator == 1:
            return None
        above = Call("gamma", algebra.add(height, ONE))
        below = Call("gamma", algebra.add(algebra.subtract(height, n), ONE))
        return self._say("power", algebra.multiply(grown, Divide(above, below), raised))

    def _squared_wave(self, node: Power, n: Node) -> Node | None:
        """sin² u = (1 − cos 2u)/2 and cos² u = (1 + cos 2u)/2."""
        wave = node.base
        if not (isinstance(wave, Call) and wave.function in ("sin", "cos") and algebra.is_number(node.exponent, 2)):
            return None
        double = self.of(Call("cos", algebra.multiply(TWO, wave.children[0])), n)
        half = algebra.divide(double, TWO)
        return self._say("half-angle", half if wave.function == "cos" else algebra.negate(half))

    def _rate(self, u: Node) -> Node | None:
        """The slope a of a linear formula a·x + b, None for any other."""
        slope = derive(u, self.variable).tree
        return None if depends_on(slope, self.variable) or slope == t.ZERO else slope

    def _say(self, key: str, node: Node) -> Node:
        self.reasons.append(_SAYS[key])
        return node


_SAYS = {
    "exponential": "Each derivative of an exponential brings the slope of its exponent down once more.",
    "wave": "Each derivative of a sine or cosine turns it on by a quarter of a period.",
    "hyperbolic": "sinh and cosh are made of two exponentials; one of them changes its sign each time.",
    "logarithm": "After the first derivative a logarithm is a reciprocal.",
    "reciprocal": "Each derivative of a reciprocal power lowers the exponent, changes the sign and gains a factor.",
    "power": "Each derivative of a power brings the exponent down and lowers it by one.",
    "half-angle": "The square of a sine or cosine is a cosine of the double angle, halved.",
}


def _refusal() -> NoRuleError:
    return NoRuleError(
        "No closed form of the n-th derivative is in the tables for this formula.",
        hint="derive(…, order=3) takes any number of derivatives, one at a time.",
    )


def _entire(node: Node) -> bool:
    """Whether its table also holds for n = 0, as it must inside Leibniz's rule for small n."""
    return not (isinstance(node, Call) and node.function == "ln") and not (
        isinstance(node, Power) and isinstance(node.base, Call)
    )


def _is_polynomial(node: Node, variable: str) -> bool:
    for part in walks.unique(node):
        if not depends_on(part, variable) or isinstance(part, (Add, Multiply, Negate, Symbol)):
            continue
        height = algebra.numeric(part.exponent) if isinstance(part, Power) else None
        whole = height is not None and height.denominator == 1 and 0 <= height < _MOST_TERMS
        if not whole and not (isinstance(part, Divide) and not depends_on(part.denominator, variable)):
            return False
    return True


def _factorial(k: int) -> int:
    from math import factorial

    return factorial(k)
