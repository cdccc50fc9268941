"""Forms that keep digits: a graph whose constructors recognise what rounding or overflow would spoil.

Recognised before anything is differentiated, so that derivatives are as good as values: e^u − 1, ln(1 + u), ln Σe^u,
sigmoids and tanh in all their spellings, 1 − cos u, √a − √b and other differences that cancel. Nothing here changes
what a formula means, save that sin(u)/u and (e^u − 1)/u take their limit 1 at u = 0.
"""

from collections.abc import Sequence
from fractions import Fraction

from symgrad.program.graph import Graph

_HALF = Fraction(1, 2)


class StableGraph(Graph):
    """A graph that keeps digits.

    >>> g = StableGraph(1)
    >>> g.ops[g.sum([g.unary("exp", 0), g.number(-1)])], g.ops[g.unary("log", g.add(g.number(1), g.unary("exp", 0)))]
    ('expm1', 'softplus')
    """

    # ---- sums ------------------------------------------------------------------------------------------------------

    def sum(self, terms: Sequence[int]) -> int:
        if len(terms) > 1:
            found = self._known_sum(terms)
            if found is not None:
                return found
        return super().sum(terms)

    def _known_sum(self, terms: Sequence[int]) -> int | None:
        signed = [self._signed(term) for term in terms]
        one = self._position(signed, 1)
        if one is None:
            return None
        minus = (self.constant[signed[one][1]] == -1) != signed[one][0]
        for k, (negative, x) in enumerate(signed):
            if k == one or negative == minus:
                continue
            value = self._minus_one(x)
            if value is not None:
                rest = [term for j, term in enumerate(terms) if j not in (k, one)]
                value = self.negate(value) if negative else value
                return self.sum([*rest, value]) if rest else value
        return None

    def _position(self, signed: list[tuple[bool, int]], size: int) -> int | None:
        for k, (_, x) in enumerate(signed):
            constant = self.constant[x]
            if constant is not None and abs(constant) == size:
                return k
        return None

    def _minus_one(self, x: int) -> int | None:
        """x − 1 without cancellation, where x has a form that allows it."""
        op = self.ops[x]
        if op == "exp":
            return self.unary("expm1", self.args[x][0])
        if op == "cos":
            sine = self.unary("sin", self.multiply(self.number(_HALF), self.args[x][0]))
            return self.multiply(self.number(-2), self.multiply(sine, sine))
        if op == "cosh":
            sine = self.unary("sinh", self.multiply(self.number(_HALF), self.args[x][0]))
            return self.multiply(self.number(2), self.multiply(sine, sine))
        if op == "multiply" and self.constant[self.args[x][0]] == 2 and self.ops[self.args[x][1]] == "sigmoid":
            return self.unary("tanh", self.multiply(self.number(_HALF), self.args[self.args[x][1]][0]))
        return None

    # ---- functions -------------------------------------------------------------------------------------------------

    def unary(self, op: str, x: int) -> int:
        inner = self.ops[x]
        if op == "log":
            found = self._log(x, inner)
            if found is not None:
                return found
        elif op == "sqrt" and inner == "multiply" and self.args[x][0] == self.args[x][1]:
            return self.unary("abs", self.args[x][0])
        return super().unary(op, x)

    def _log(self, x: int, inner: str) -> int | None:
        if inner == "exp":
            return int(self.args[x][0])
        if inner == "sigmoid":
            return self.negate(self.node("softplus", self.negate(self.args[x][0])))
        if inner in ("add", "subtract"):
            terms = self.addends(x)
            exponents = [self._exponent(term) for term in terms]
            if all(exponent is not None for exponent in exponents):
                return self.log_sum_exp([exponent for exponent in exponents if exponent is not None])
            for k, term in enumerate(terms):
                if self.constant[term] == 1:
                    return super().unary("log1p", Graph.sum(self, terms[:k] + terms[k + 1 :]))
        return None

    def _exponent(self, x: int) -> int | None:
        """u where x is e^u; 1 counts as e^0."""
        if self.ops[x] == "exp":
            return int(self.args[x][0])
        return self.number(0) if self.constant[x] == 1 else None

    def addends(self, x: int, limit: int = 4096) -> list[int]:
        """The terms of a sum, written flat; differences as negated terms."""
        terms: list[int] = []
        stack = [(x, False)]
        while stack:
            i, minus = stack.pop()
            op = self.ops[i]
            if op in ("add", "subtract") and len(terms) + len(stack) < limit:
                stack.append((self.args[i][1], minus != (op == "subtract")))
                stack.append((self.args[i][0], minus))
            elif op == "negate":
                stack.append((self.args[i][0], not minus))
            else:
                terms.append(self.negate(i) if minus else i)
        return terms

    def log_sum_exp(self, exponents: Sequence[int]) -> int:
        """ln Σ e^(u_k): the largest exponent taken out, so that nothing overflows."""
        if len(exponents) == 2:
            u, v = exponents
            if self.constant[u] == 0:
                return self.node("softplus", v)
            if self.constant[v] == 0:
                return self.node("softplus", u)
            return self.node("logaddexp", u, v)
        largest = exponents[0]
        for exponent in exponents[1:]:
            largest = self.binary("maximum", largest, exponent)
        largest = self.node("fixed", largest)
        powers = [self.unary("exp", self.subtract(exponent, largest)) for exponent in exponents]
        total = Graph.sum(self, powers)
        if all(self.constant[exponent] is None for exponent in exponents):
            return self.add(largest, self.node("log", total))
        # with a constant among them the result can be tiny: total − 1 as the sum of all but the largest power
        zero, one = self.number(0), self.number(1)
        first = [self.node("equal", exponent, largest) for exponent in exponents]
        others = Graph.sum(self, [self.select(is_first, zero, power) for is_first, power in zip(first, powers)])
        ties = Graph.sum(self, [self.select(is_first, one, zero) for is_first in first])
        rest = self.add(others, self.subtract(ties, one))
        return self.add(largest, self.node("log_of_sum", total, rest))

    # ---- quotients -------------------------------------------------------------------------------------------------

    def divide(self, x: int, y: int) -> int:
        ops, args, constant = self.ops, self.args, self.constant
        if constant[y] is None:
            if ops[y] in ("sin", "exp", "expm1") or ops[x] in ("sin", "expm1"):
                found = self._quotient_at_zero(x, y)
                if found is not None:
                    return found
            if ops[y] == "add":
                found = self._logistic(x, y)
                if found is not None:
                    return found
            if ops[y] == "exp" and ops[x] == "exp":
                return self.unary("exp", self.subtract(args[x][0], args[y][0]))
        return super().divide(x, y)

    def _quotient_at_zero(self, x: int, y: int) -> int | None:
        if self.ops[x] == "sin" and self.args[x][0] == y:
            return self.node("bessel_ratio", self.number(0), y)
        if self.ops[x] == "expm1" and self.args[x][0] == y:
            return self.node("exponential_moment", self.number(0), y)
        return None

    def _logistic(self, x: int, y: int) -> int | None:
        """x/(1 + e^u) = x·σ(−u), and e^u/(1 + e^u) = σ(u)."""
        one, power = self.args[y]
        if self.constant[one] != 1 or self.ops[power] != "exp":
            return None
        exponent = self.args[power][0]
        if x == power:
            return self.node("sigmoid", exponent)
        return self.multiply(x, self.node("sigmoid", self.negate(exponent)))
