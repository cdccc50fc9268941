"""Forms that keep digits: a graph whose constructors recognise what rounding or overflow would spoil.

Recognised before anything is differentiated, so that derivatives are as good as values: e^u − 1, ln(1 + u), ln Σe^u,
sigmoids and tanh in all their spellings, 1 − cos u, √a − √b and other differences that cancel (`cancel`). Nothing here
changes what a formula means, save that what is 0/0 and has a limit there takes it: sin(u)/u, (u² − 1)/(u − 1).
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symgrad.program import cancel, complements, fading, logarithms, nearby, removable
from symgrad.program.differences import DIFFERENCES
from symgrad.program.exact import PiTimes
from symgrad.program.graph import VANISHING, Graph
from symgrad.program.quotients import QUOTIENTS

_HALF = Fraction(1, 2)
_FEW = 12  # terms of a sum that is searched for cancellation


_BITS = 120  # of a footprint
_QUOTIENTS = frozenset(("divide", "multiply", "negate"))
_SUMS = frozenset(("add", "subtract", "negate"))
_RATIONAL = _SUMS | {"multiply", "divide", "difference_of_squares", "homographic", "over_root"}
# kinds of terms that rules speak of
_KINDS = frozenset(
    (
        *("exp", "cos", "cosh", "sin", "tan", "sqrt", "cbrt", "power", "log", "log1p", "arctan", "divide", "sigmoid"),
        *("erf", "erfc", "tanh", "arcsin", "arccos", "compound"),
        *("homographic", "over_root"),
    )
)
_PAIRED = frozenset(op for pair in DIFFERENCES for op in pair) | {"exp"}


class StableGraph(Graph):
    """A graph that keeps digits.

    >>> g = StableGraph(1)
    >>> g.ops[g.sum([g.unary("exp", 0), g.number(-1)])], g.ops[g.unary("log", g.add(g.number(1), g.unary("exp", 0)))]
    ('expm1', 'softplus')
    """

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs)
        self.footprints: dict[int, int] = {}
        self.functions, self.known_kinds = False, 0
        self.looks: list[nearby.Look] = []
        self.continuations: dict[int, int | None] = {}  # what `removable` found of a value

    # ---- sums ------------------------------------------------------------------------------------------------------

    def sum(self, terms: Sequence[int]) -> int:
        zero = self.numbers.get(0)
        if zero in terms:
            terms = [term for term in terms if term != zero]
        if len(terms) == 1:
            return terms[0]
        if len(terms) <= _FEW:
            found = self._better_sum(self._flat(terms)) if self._promising(terms) else None
            if self._has_functions():
                found = removable.continued_sum(self, terms) if found is None else self._continued_if_0_by_0(found)
            if found is not None:
                return found
        return super().sum(terms)

    def _continued_if_0_by_0(self, value: int) -> int:
        found = removable.continued_quotient(self, value) if self.ops[value] in _QUOTIENTS else None
        return value if found is None else found

    def _has_functions(self) -> bool:
        """Whether the graph has operations that are smooth and not rational."""
        if len(self.tables) > self.known_kinds:
            self.known_kinds = len(self.tables)
            self.functions = not removable.FUNCTIONS.isdisjoint(self.tables)
        return self.functions

    def _flat(self, terms: Sequence[int]) -> list[int]:
        """The terms with short sums among them written out."""
        ops, args, flat = self.ops, self.args, []
        for term in terms:
            if ops[term] in _SUMS and (ops[term] != "negate" or ops[args[term][0]] in _SUMS):
                flat += self.addends(term, 8)
            else:
                flat.append(term)
        return flat

    def _promising(self, terms: Sequence[int], *, flat: bool = False) -> bool:
        """A quick look whether any rule could apply: terms that share a variable, or terms of the kinds with rules."""
        ops, args, constant = self.ops, self.args, self.constant
        seen = squares = constants = 0
        factors: list[Any] = []  # of terms, and the constants themselves: c·u − c = c·(u − 1)
        for term in terms:
            i, op = term, ops[term]
            if op == "negate":
                i = args[i][0]
                op = ops[i]
            if op == "constant":
                constants += 1
                factors.append(constant[i])
                continue
            if op == "multiply":
                u, v = args[i]
                factor = constant[u]
                if factor is not None:
                    factors.append(factor)
                    i, op = v, ops[v]
                    squares += op == "multiply" and args[i][0] == args[i][1]
                else:
                    squares += u == v
            elif op in _SUMS and not flat:
                terms = self._flat(terms)
                return len(terms) <= _FEW and self._promising(terms, flat=True)
            if op in _KINDS:
                return True
            mine = self._footprint(i) if op in _RATIONAL else 1 << i % _BITS
            if mine & seen:
                return True
            seen |= mine
        if squares > 1 or constants > 1 or (squares and constants):
            return True
        return 0 < constants < len(factors) and len({abs(factor) for factor in factors}) < len(factors)

    def _footprint(self, i: int) -> int:
        """The atoms of a node as bits: two nodes share no atom if they share no bit."""
        ops = self.ops
        if ops[i] not in _RATIONAL:
            return 1 << i % _BITS
        known, constant = self.footprints, self.constant
        if i in known:
            return known[i]
        bits = 0
        for j in self.args[i]:
            if ops[j] not in _RATIONAL:
                if constant[j] is None:
                    bits |= 1 << j % _BITS
            elif j in known:
                bits |= known[j]
            else:
                return self._deep_footprint(i)
        known[i] = bits
        return bits

    def _deep_footprint(self, i: int) -> int:
        """The same without recursion, where arguments have none yet."""
        ops, known = self.ops, self.footprints
        args, constant, visited, stack = self.args, self.constant, {i}, [i]
        while stack:
            for j in args[stack.pop()]:
                if ops[j] in _RATIONAL and j not in known and j not in visited:
                    visited.add(j)
                    stack.append(j)
        for j in sorted(visited):  # arguments before values
            bits = 0
            for k in args[j]:
                if constant[k] is None:
                    bits |= known[k] if k in known else 1 << k % _BITS
            known[j] = bits
        return known[i]

    def _better_sum(self, terms: list[int]) -> int | None:
        found = cancel.cancelled_sum(self, terms)
        if found is not None:
            return found
        if len(terms) > 2:
            found = self._less_a_root(terms)
            if found is not None:
                return found
        partners = [self._partners(term) for term in terms]
        for k, first in enumerate(terms):
            for j in range(k + 1, len(terms)):
                if partners[k] + partners[j] < 2:
                    continue
                value = self._pair(first, terms[j])
                if value is not None:
                    rest = [*terms[:k], *terms[k + 1 : j], *terms[j + 1 :]]
                    return self.sum([*rest, value]) if rest else value
        return cancel.cancelled_fractions(self, terms)

    def _partners(self, term: int) -> int:
        """What `_pair` may join with a term: 2 for any other, 1 for those that its rules know, 0 for those of 2."""
        i = self.args[term][0] if self.ops[term] == "negate" else term
        op = self.ops[i]
        if op in ("constant", "sqrt"):
            return 2
        return int(op in _PAIRED or (op == "multiply" and self.args[i][0] == self.args[i][1]))

    def _less_a_root(self, terms: list[int]) -> int | None:
        """A sum of several terms and a root ±√v, where their square less v cancels."""
        for k, term in enumerate(terms):
            minus, root = self._signed(term)
            if self.ops[root] == "sqrt":
                rest = [part if minus else self.negate(part) for part in (*terms[:k], *terms[k + 1 :])]
                value = self._minus_root(Graph.sum(self, rest), root)
                if value is not None:
                    return value if minus else self.negate(value)
        return None

    def _pair(self, x: int, y: int) -> int | None:
        """x + y in a form that keeps digits, if there is one that the sum itself is not."""
        (minus_x, u), (minus_y, v) = self._sign_taken_out(x), self._sign_taken_out(y)
        cu, cv = self.constant[u], self.constant[v]
        if cu is not None and cv is None:
            u, v, minus_x, minus_y, cu, cv = v, u, minus_y, minus_x, cv, cu
        if cv is not None:
            # u − c: all forms of `_minus_one` are for c = 1
            if cu is not None:
                return None
            negative = (cv < 0) != minus_y
            value = complements.of(self, u, cv if negative == (cv < 0) else -cv, minus_x)
            if value is not None:
                return value
            value = self._minus_constant(u, abs(cv)) if negative != minus_x else None
            if value is None:
                return None
            return self.negate(value) if minus_x else value
        if minus_x == minus_y:
            for large, root in ((u, v), (v, u)):
                if self.ops[root] == "sqrt" and not cancel.never_negative(self, large):
                    value = self._minus_root(self.negate(large), root)
                    if value is not None:
                        return value if minus_x else self.negate(value)
            if self.ops[u] == "exp" and self.ops[v] == "exp" and self.args[u][0] == self.negate(self.args[v][0]):
                value = self.multiply(self.number(2), self.unary("cosh", self.args[u][0]))
                return self.negate(value) if minus_x else value
            return None
        return self._difference(v, u) if minus_x else self._difference(u, v)

    def _sign_taken_out(self, x: int) -> tuple[bool, int]:
        """Whether a value is minus another; a negative factor counts as a sign."""
        if self.ops[x] == "multiply" and (self.constant[self.args[x][0]] or 0) < 0:
            return True, self.negate(x)
        return self._signed(x)

    def _minus_constant(self, x: int, c: object) -> int | None:
        """x − c without cancellation, where x has a form that allows it."""
        op, args = self.ops[x], self.args[x]
        if c == 1:
            if op == "exp":
                return self.unary("expm1", args[0])
            if op in ("cos", "cosh"):
                sine = self.unary("sin" if op == "cos" else "sinh", self.multiply(self.number(_HALF), args[0]))
                better = self.multiply(self.number(-2 if op == "cos" else 2), self.multiply(sine, sine))
                return self._refined(x, c, better)
            if op in ("power", "compound"):
                return self._refined(x, c, self._growth(op, x, *args))
            if op == "sigmoid":
                return self.negate(self.node("sigmoid", self.negate(args[0])))
            if op == "multiply" and self.constant[args[0]] == 2 and self.ops[args[1]] == "sigmoid":
                return self.unary("tanh", self.multiply(self.number(_HALF), self.args[args[1]][0]))
            if op == "divide" and self.constant[args[0]] == 1 and self.ops[args[1]] == "sqrt":
                above = self._minus_constant(args[1], 1)
                return None if above is None else self._refined(x, c, self.negate(self.divide(above, args[1])))
        if op == "multiply" and c != 1 and self.constant[args[0]] == c:
            return self.multiply(args[0], self.sum([args[1], self.number(-1)]))
        found = self._difference(x, self.number(c))
        return None if found is None else self._refined(x, c, found)

    def _growth(self, op: str, x: int, base: int, exponent: int) -> int:
        """u^y − 1 as e^(y·ln u) − 1 where that is small."""
        growth = self.multiply(exponent, self.unary("log" if op == "power" else "log1p", base))
        small = self.node("less", self.unary("abs", growth), self.number(1))
        return self.select(small, self.unary("expm1", growth), Graph.subtract(self, x, self.number(1)))

    def _refined(self, x: int, c: object, better: int) -> int:
        """x − c in a better form; its derivative is that of x, which knows nothing of c and loses nothing by it."""
        if self.ops[better] in ("difference_of_squares", "log1p", "expm1"):  # as good themselves
            return better
        return self.node("refined", Graph.subtract(self, x, self.number(c)), better)

    def _difference(self, u: int, v: int) -> int | None:
        """u − v for two values of a kind, where their arguments are close by their form."""
        ops, args = self.ops, self.args
        if ops[u] == "exp" and ops[v] == "exp" and args[v][0] == self.negate(args[u][0]):
            return self.multiply(self.number(2), self.unary("sinh", args[u][0]))
        rule = DIFFERENCES.get((ops[u], ops[v]))
        if rule is not None:
            return rule(self, u, v)
        for large, root, sign in ((u, v, 1), (v, u, -1)):
            if ops[root] == "sqrt":
                value = self._minus_root(large, root)
                if value is not None:
                    return value if sign == 1 else self.negate(value)
        return self._difference_of_squares(u, v)

    def _minus_root(self, u: int, root: int) -> int | None:
        """u − √v as (u² − v)/(u + √v) where u² − v cancels and u ≥ 0."""
        over = cancel.difference(self, self.multiply(u, u), self.args[root][0], merging=True)
        if over is None:
            return None
        conjugate = self.divide(over, self.add(u, root))
        if cancel.never_negative(self, u):
            return conjugate
        return self.select(self.node("less", self.number(0), u), conjugate, Graph.subtract(self, u, root))

    def _difference_of_squares(self, u: int, v: int) -> int | None:
        """a² − b² as (a − b)(a + b)."""
        a, b = self._root_of_square(u), self._root_of_square(v)
        if a is None or b is None:
            return None
        if self._has_functions():  # x² − sin²x
            for small, other in ((self.negate(b), b), (b, self.negate(b))):
                found = removable.continued_sum(self, [a, small])
                if found is not None:
                    return self.multiply(found, self.add(a, other))
        return self.node("difference_of_squares", a, b)

    def _root_of_square(self, x: int) -> int | None:
        if self.ops[x] == "multiply" and self.args[x][0] == self.args[x][1]:
            return int(self.args[x][0])
        constant = self.constant[x]
        if constant is None or isinstance(constant, float) or constant <= 0:
            return None
        root = self._fold("sqrt", x)
        return root if not isinstance(self.constant[root], float) else None

    # ---- products --------------------------------------------------------------------------------------------------

    def product(self, factors: Sequence[int]) -> int:
        if "exp" in self.tables:
            powers = [factor for factor in factors if self.ops[factor] == "exp"]
            if len(powers) > 1:
                rest = [factor for factor in factors if self.ops[factor] != "exp"]
                factors = [*rest, self.unary("exp", self.sum([self.args[power][0] for power in powers]))]
        if "sigmoid" in self.tables and [self.ops[factor] for factor in factors].count("sigmoid") > 1:
            factors = self._sigmoids_joined(list(factors))
        value = super().product(factors)
        if self._has_functions() and removable.has_pole(self, factors):
            found = removable.continued_quotient(self, value)
            return value if found is None else found
        return value

    def _sigmoids_joined(self, factors: list[int]) -> list[int]:
        """σ(u)·σ(−u) as σ′(u), whose derivative does not cancel."""
        sigmoids = {self.args[factor][0]: factor for factor in factors if self.ops[factor] == "sigmoid"}
        for u, factor in sigmoids.items():
            opposite = sigmoids.get(self.negate(u))
            if opposite is not None:
                factors.remove(factor)
                factors.remove(opposite)
                return [*factors, self.node("sigmoid_slope", u)]
        return factors

    def _vanishing(self, op: str, x: int, y: int) -> int:
        """Sums of what may underflow, and products of it with what may overflow: such again."""
        value, marks, ops = super()._vanishing(op, x, y), self.marks, self.ops
        if op == "multiply" and ops[value] == op and self.args[value] == ((x, y) if x <= y else (y, x)):
            if marks[x] & VANISHING and ops[y] in fading.GROWING:
                value = fading.guarded(self, value, x, y)
            if marks[y] & VANISHING and ops[x] in fading.GROWING and ops[value] == op:
                value = fading.guarded(self, value, y, x)
        marks[value] |= VANISHING
        return value

    def divide(self, x: int, y: int) -> int:
        value = super().divide(x, y)
        if self.marks[x] & VANISHING:
            if self.ops[value] == "divide" and self.ops[y] in fading.GROWING:
                value = fading.guarded(self, value, x, y)
            self.marks[value] |= VANISHING
        return value

    def power(self, x: int, y: int) -> int:
        if self.ops[x] == "sigmoid" and self.constant[y] is None:  # σ(u)^p = e^(−p·softplus(−u)) does not underflow
            tail = self.node("softplus", self.negate(self.args[x][0]))
            return self.unary("exp", self.negate(self.multiply(y, tail)))
        if self.ops[x] == "add" and self._is_long(y):
            u, one = self.args[x] if self.constant[self.args[x][1]] is not None else self.args[x][::-1]
            if self.constant[one] == 1:
                return self.node("compound", u, y)
        return super().power(x, y)

    def _is_long(self, exponent: int) -> bool:
        """Whether a power is no product: the rounding of its base counts as often as the exponent says."""
        value = self.constant[exponent]
        return value is None or abs(value) > 64

    # ---- functions -------------------------------------------------------------------------------------------------

    def unary(self, op: str, x: int) -> int:
        inner = self.ops[x]
        if op == "log":
            found = logarithms.log(self, x, inner)
            if found is not None:
                return found
        elif op in ("sin", "cos", "tan") and inner == "multiply":
            turns = self._half_turns(op, x)
            if turns is not None:
                return self.node(op + "pi", turns)
            x = self._whole_turns_taken_out(x)
        elif op == "sqrt" and inner == "multiply" and self.args[x][0] == self.args[x][1]:
            return self.unary("abs", self.args[x][0])
        elif op in ("arcosh", "arccos") and inner in ("add", "subtract"):
            found = complements.of_one_and_more(self, op, x)
            if found is not None:
                return found
        elif inner == "exp" and op in ("sqrt", "cbrt"):  # e^(u/2) has a slope where e^u is 0 or ∞ as a double
            return self.unary("exp", self.multiply(self.number(Fraction(1, 2 if op == "sqrt" else 3)), self.args[x][0]))
        return super().unary(op, x)

    def _half_turns(self, op: str, x: int) -> int | None:
        """u of sin(πu), and of cos(πu) with zeros at whole and half arguments: these have their exact zeros."""
        factor, y = self.args[x]
        turn = self.constant[factor]
        if not isinstance(turn, PiTimes) or op == "tan" or self.ops[y] == "turn":
            return None
        top, bottom = turn.factor.numerator, turn.factor.denominator
        if op == "cos" and not top % 2:
            return None
        if abs(top) > 1 or bottom & (bottom - 1):  # no product that is exact: whole turns first
            y = self.args[self._whole_turns_taken_out(x)][1]
        return self.multiply(self.number(turn.factor), y)

    def _whole_turns_taken_out(self, x: int) -> int:
        """π·f·y with y reduced by its period first, which is exact: sin(πy) keeps its digits for large y."""
        factor, y = self.args[x]
        turn = self.constant[factor]
        if not isinstance(turn, PiTimes) or self.ops[y] == "turn":
            return x
        top, bottom = abs(turn.factor.numerator), turn.factor.denominator
        period = Fraction(2 * bottom, top & -top)
        return self.multiply(factor, self.node("turn", y, self.number(period)))

    def addends(self, x: int, limit: int = 4096) -> list[int]:
        """The terms of a sum, written flat; differences as negated terms."""
        if self.ops[x] not in ("add", "subtract", "negate"):
            return [x]
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

    # ---- quotients -------------------------------------------------------------------------------------------------

    def quotient(self, x: int, y: int) -> int:
        """x/y as a formula has it, in a form that neither cancels nor overflows."""
        if self.constant[y] is None:
            for rule in QUOTIENTS:
                found = rule(self, x, y)
                if found is not None:
                    return found
            value = self.divide(x, y)
            return self._continued_if_0_by_0(value) if self._has_functions() else value
        return self.divide(x, y)
