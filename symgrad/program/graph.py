"""The graph in which programs are built: every value once (hash-consing), constants exact for as long as they can be.

Nodes are small integers, made after their arguments, so that node order is an order to compute in and every pass is one
loop without recursion. The constructors fold what costs nothing to fold; what keeps digits is `stable`, and how
formulas come in is `lower`.
"""

import math
from collections.abc import Iterable, KeysView, Sequence
from fractions import Fraction
from typing import Any

from symgrad.program.exact import EXACT, Number, PiTimes, exact, exact_root, is_whole, moderate, to_float
from symgrad.program.program import OPERATIONS

_CONSTANT, _NEGATIVE, _SCALED, VANISHING = 1, 2, 4, 8  # marks
_SIGNED = _CONSTANT | _NEGATIVE
_MARKS = {"negate": _NEGATIVE} | dict.fromkeys(("exp", "csch", "sech", "bose", "erfc"), VANISHING)


class Graph:
    """Values over a number of inputs. `ops[i]`, `args[i]`: node i; `constant[i]`: its number, if it is one.

    >>> g = Graph(2)
    >>> g.add(g.multiply(0, 1), g.multiply(1, 0)) == g.multiply(g.number(2), g.multiply(0, 1))
    True
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.input_nodes = list(range(inputs))
        self.ops: list[str] = ["input"] * inputs
        self.args: list[tuple[Any, ...]] = [(i,) for i in range(inputs)]
        self.constant: list[Number | None] = [None] * inputs
        # what arithmetic must look at before it may simply make a node: constants, negatives, constant multiples
        self.marks: list[int] = [0] * inputs
        # for each operation its nodes by their arguments
        self.tables: dict[str, dict[tuple[Any, ...], int]] = {"add": {}, "subtract": {}, "multiply": {}}
        self.numbers: dict[Any, int] = {}
        self.polynomials: dict[int, Any] = {}  # nodes written out, for `cancel`
        self.sketches: dict[int, Any] = {}

    def copy(self) -> "Graph":
        """A graph of closed operations that goes on from here."""
        new = Graph(0)
        new.inputs, new.input_nodes = self.inputs, self.input_nodes.copy()
        new.ops, new.args, new.constant = self.ops.copy(), self.args.copy(), self.constant.copy()
        new.marks, new.numbers = self.marks.copy(), self.numbers.copy()
        new.tables = {op: table.copy() for op, table in self.tables.items()}
        return new

    @property
    def kinds(self) -> KeysView[str]:
        """The operations that were ever made, sums and products in any case."""
        return self.tables.keys()

    def new_input(self) -> int:
        """One input more."""
        self.input_nodes.append(len(self.ops))
        self._append("input", (self.inputs,), None, 0)
        self.inputs += 1
        return self.input_nodes[-1]

    # ---- making nodes ----------------------------------------------------------------------------------------------

    def _append(self, op: str, args: tuple[Any, ...], constant: Number | None, mark: int) -> None:
        self.ops.append(op)
        self.args.append(args)
        self.constant.append(constant)
        self.marks.append(mark)

    def node(self, op: str, *args: Any) -> int:
        """The value op(args), made once."""
        return self.made(op, args)

    def made(self, op: str, args: tuple[Any, ...]) -> int:
        """The same of a tuple."""
        table = self.tables.get(op)
        if table is None:
            table = self.tables[op] = {}
        found = table.get(args)
        if found is None:
            ops = self.ops
            found = table[args] = len(ops)
            ops.append(op)
            self.args.append(args)
            self.constant.append(None)
            if op == "multiply":
                self.marks.append(_SCALED if self.constant[args[0]] is not None else 0)
            else:
                self.marks.append(_MARKS.get(op, 0))
        return found

    def _plain(self, op: str, args: tuple[int, int]) -> int:
        """The same for an operation whose table is there, without a mark."""
        table = self.tables[op]
        found = table.get(args)
        if found is None:
            ops = self.ops
            found = table[args] = len(ops)
            ops.append(op)
            self.args.append(args)
            self.constant.append(None)
            self.marks.append(0)
        return found

    def number(self, value: Number) -> int:
        """A constant; whole fractions become int, so that arithmetic on them is quick."""
        kind = type(value)
        if kind is Fraction:
            top, bottom = value.as_integer_ratio()
            if bottom == 1:
                value, kind = top, int
            elif bottom.bit_length() > 1100 or top.bit_length() > 2100:
                value = to_float(value)
            else:
                return self._constant((top, bottom), value)  # a Fraction takes long to hash
        if kind is int:
            found = self.numbers.get(value)
            return self._constant(value, value) if found is None else found
        if kind is PiTimes:
            return self._constant(("pi", value.factor), value)
        if kind is float:
            if value != value:  # noqa: PLR0124 - the test for NaN
                value = math.nan  # one object, so that it is found again
            elif value == math.floor(value) if math.isfinite(value) else False:
                value = int(value) if abs(value) < 2.0**53 else value
        return self._constant(value, value)

    def _constant(self, key: Any, value: Number) -> int:
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.ops)
            self._append("constant", (value,), value, _CONSTANT)
        return found

    # ---- arithmetic ------------------------------------------------------------------------------------------------

    def add(self, x: int, y: int) -> int:
        marks = self.marks
        if marks[x] or marks[y] or x == y:
            if marks[x] & marks[y] & VANISHING:
                return self._vanishing("add", x, y)
            if (marks[x] | marks[y]) & _SIGNED or x == y:
                return self._add_special(x, y)
        return self._plain("add", (x, y) if x < y else (y, x))

    def _add_special(self, x: int, y: int) -> int:
        """Constants, negatives and twins."""
        cx, cy = self.constant[x], self.constant[y]
        if cx is not None:
            if cy is not None:
                return self.number(exact("add", cx, cy))
            if cx == 0:
                return y
        elif cy is not None:
            if cy == 0:
                return x
            x, y = y, x
        elif x == y:
            return self.multiply(self.number(2), x)
        elif x > y:
            x, y = y, x
        if self.ops[y] == "negate":
            return self.subtract(x, self.args[y][0])
        if self.ops[x] == "negate":
            return self.subtract(y, self.args[x][0])
        return self.node("add", x, y)

    def subtract(self, x: int, y: int) -> int:
        marks = self.marks
        if not (marks[x] | marks[y]) & _SIGNED and x != y:
            return self._vanishing("subtract", x, y) if marks[x] & marks[y] else self._plain("subtract", (x, y))
        cx, cy = self.constant[x], self.constant[y]
        if cy is not None:
            if cx is not None:
                return self.number(exact("subtract", cx, cy))
            return self.add(x, self.number(-cy))
        if cx == 0:
            return self.negate(y)
        if x == y:
            return self.number(0)
        if self.ops[y] == "negate":
            return self.add(x, self.args[y][0])
        return self.node("subtract", x, y)

    def negate(self, x: int) -> int:
        constant = self.constant[x]
        if constant is not None:
            return self.number(-constant)
        op = self.ops[x]
        if op == "negate":
            return int(self.args[x][0])
        if op == "subtract":
            return self.node("subtract", self.args[x][1], self.args[x][0])
        if op == "multiply":
            factor = self.constant[self.args[x][0]]
            if factor is not None:
                return self.multiply(self.number(-factor), self.args[x][1])
        return self.node("negate", x)

    def multiply(self, x: int, y: int) -> int:
        marks = self.marks
        if not (marks[x] or marks[y]):
            return self._plain("multiply", (x, y) if x <= y else (y, x))
        if (marks[x] | marks[y]) & VANISHING:
            return self._vanishing("multiply", x, y)
        return self._multiply_special(x, y)

    def _vanishing(self, op: str, x: int, y: int) -> int:
        """Arithmetic with what may underflow; `stable` makes more of it."""
        if op == "multiply":
            return self._multiply_special(x, y)
        return self._add_special(x, y) if op == "add" else self.node("subtract", x, y)

    def _multiply_special(self, x: int, y: int) -> int:
        """Constants and signs go to the front."""
        constant, ops, args = self.constant, self.ops, self.args
        if constant[y] is not None:
            x, y = y, x
        factor = constant[x]
        if factor is not None:
            return self._scale(factor, x, y)
        if ops[x] == "negate":
            return self.negate(self.multiply(args[x][0], y))
        if ops[y] == "negate":
            return self.negate(self.multiply(x, args[y][0]))
        for u, v in ((x, y), (y, x)):
            if ops[u] == "multiply":
                factor = constant[args[u][0]]
                if factor is not None and moderate(factor) and not self.marks[args[u][1]] & ~VANISHING:
                    return self.multiply(args[u][0], self.multiply(args[u][1], v))
        return self.node("multiply", x, y) if x <= y else self.node("multiply", y, x)

    def _scale(self, factor: Number, x: int, y: int) -> int:
        """A constant times a value."""
        other = self.constant[y]
        if other is not None:
            return self.number(exact("multiply", factor, other))
        if type(factor) is not Fraction:  # which takes long to compare, and is not whole
            if factor == 0:
                return x
            if factor == 1:
                return y
            if factor == -1:
                return self.negate(y)
        if self.ops[y] == "multiply":
            other = self.constant[self.args[y][0]]
            if other is not None:
                product = exact("multiply", factor, other)
                if moderate(product):
                    return self.multiply(self.number(product), self.args[y][1])
        elif self.ops[y] == "negate":
            return self.multiply(self.number(-factor), self.args[y][0])
        return self.node("multiply", x, y)

    def divide(self, x: int, y: int) -> int:
        cx, cy = self.constant[x], self.constant[y]
        if cy is not None and cy != 0:
            if cx is not None:
                return self.number(exact("divide", cx, cy))
            if not isinstance(cy, float):
                top, bottom = cy.as_integer_ratio()
                return self.multiply(self.number(Fraction(bottom, top)), x)
            return self.node("divide", x, y)
        if cx == 0 and cy is None:
            return x
        if self.ops[y] == "negate":
            return self.negate(self.divide(x, self.args[y][0]))
        if self.ops[x] == "negate":
            return self.negate(self.divide(self.args[x][0], y))
        return self.node("divide", x, y)

    def quotient(self, x: int, y: int) -> int:
        """x/y as it stands in a formula; `stable` makes more of it."""
        return self.divide(x, y)

    def power(self, x: int, y: int) -> int:
        """x to the y: whole exponents up to 64 by multiplication, halves by square roots, the rest by C's pow."""
        exponent = self.constant[y]
        if exponent is not None:
            if type(exponent) is int and 0 < exponent <= 64:
                return self.multiply(x, x) if exponent == 2 else self.whole_power(x, exponent)
            if is_whole(exponent):
                if abs(exponent) <= 64:
                    return self.whole_power(x, int(exponent))
            elif abs(exponent) <= 16 and exponent * 2 == int(exponent * 2):
                root, whole = self.unary("sqrt", x), int(abs(exponent) - Fraction(1, 2))
                value = self.multiply(self.whole_power(x, whole), root) if whole else root
                return value if exponent > 0 else self.divide(self.number(1), value)
        return self._folded("power", x, y)

    def whole_power(self, x: int, n: int) -> int:
        """x to the whole number n by repeated squaring."""
        if n < 0:
            return self.divide(self.number(1), self.whole_power(x, -n))
        result, square = None, x
        while n:
            if n & 1:
                result = square if result is None else self.multiply(result, square)
            n >>= 1
            if n:
                square = self.multiply(square, square)
        return self.number(1) if result is None else result

    # ---- everything else ---------------------------------------------------------------------------------------------

    def unary(self, op: str, x: int) -> int:
        """A function of one argument, folded where the argument is a number, with the evenness that costs nothing."""
        if op == "negate":
            return self.negate(x)
        if self.constant[x] is not None:
            return self._fold(op, x)
        inner = self.ops[x]
        if inner == "negate":
            if op in ("abs", "cos", "cosh"):
                return self.unary(op, self.args[x][0])
            if op in _ODD:
                return self.negate(self.unary(op, self.args[x][0]))
        if op == "abs" and inner in ("abs", "exp", "sqrt", "cosh", "hypot"):
            return x
        return self.node(op, x)

    def binary(self, op: str, x: int, y: int) -> int:
        """Any operation of two arguments."""
        if op in ("add", "subtract", "multiply", "divide", "power"):
            return int(getattr(self, op)(x, y))
        if x == y and op in ("maximum", "minimum", "and", "or"):
            return x
        if op in _SYMMETRIC and (self.constant[x] is not None or (x > y and self.constant[y] is None)):
            x, y = y, x
        if op in ("less", "less_equal"):  # −u < 0 is 0 < u
            if self.ops[x] == "negate" and self.constant[y] == 0:
                x, y = y, self.args[x][0]
            elif self.ops[y] == "negate" and self.constant[x] == 0:
                x, y = self.args[y][0], x
        return self._folded(op, x, y)

    def select(self, condition: int, x: int, y: int) -> int:
        """x where the condition holds, else y."""
        known = self.constant[condition]
        if known is not None:
            return x if known else y
        if x == y:
            return x
        return self.node("select", condition, x, y)

    def _folded(self, op: str, *args: int) -> int:
        if all(self.constant[argument] is not None for argument in args):
            return self._fold(op, *args)
        return self.node(op, *args)

    def _fold(self, op: str, *args: int) -> int:
        values: list[Any] = [self.constant[argument] for argument in args]
        if op not in OPERATIONS:
            return self.node(op, *args)
        if op == "sqrt" and not isinstance(values[0], float) and values[0] >= 0:
            root = exact_root(values[0])
            if root is not None:
                return self.number(root)
        if op in ("abs", "sign", "floor", "ceil", "round", "maximum", "minimum", "mod") and all(
            not isinstance(value, float) for value in values
        ):
            return self.number(EXACT[op](*values)) if op != "mod" or values[1] else self.number(math.nan)
        if OPERATIONS[op].truth:
            return self.number(int(OPERATIONS[op].double(*values)))
        return self.number(float(OPERATIONS[op].double(*map(to_float, values))))

    def sum(self, terms: Sequence[int]) -> int:
        """The sum, negatives subtracted; more than four terms pairwise: fewer roundings and a shorter chain."""
        ops = self.ops
        if len(terms) == 2:
            x, y = terms
            if ops[y] != "negate":
                return self.add(x, y)
            if ops[x] != "negate":
                return self.subtract(x, self.args[y][0])
        if "negate" in [ops[term] for term in terms]:
            return self._signed_sum([self._signed(term) for term in terms])
        add = self.add
        while len(terms) > 4:
            odd = terms[-1:] if len(terms) % 2 else []
            terms = [*map(add, terms[::2], terms[1::2]), *odd]
        if not terms:
            return self.number(0)
        total = terms[0]
        for term in terms[1:]:
            total = add(total, term)
        return total

    def _signed(self, x: int) -> tuple[bool, int]:
        return (True, int(self.args[x][0])) if self.ops[x] == "negate" else (False, x)

    def _signed_sum(self, terms: list[tuple[bool, int]]) -> int:
        while len(terms) > 4:
            terms = [self._join(*terms[k : k + 2]) for k in range(0, len(terms), 2)]
        total = terms[0]
        for term in terms[1:]:
            total = self._join(total, term)
        return self.negate(total[1]) if total[0] else total[1]

    def _join(self, first: tuple[bool, int], second: tuple[bool, int] | None = None) -> tuple[bool, int]:
        if second is None:
            return first
        (minus, x), (also, y) = first, second
        if minus == also:
            return minus, self.add(x, y)
        return False, self.subtract(y, x) if minus else self.subtract(x, y)

    def product(self, factors: Sequence[int]) -> int:
        """The product; constants together first, more than four factors pairwise."""
        if len(factors) == 2:
            return self.multiply(*factors)
        numbers = [factor for factor in factors if self.constant[factor] is not None]
        rest = [factor for factor in factors if self.constant[factor] is None]
        constant = self.number(1)
        for factor in numbers:
            constant = self.multiply(constant, factor)
        while len(rest) > 4:
            rest = [self.multiply(*rest[k : k + 2]) if k + 1 < len(rest) else rest[k] for k in range(0, len(rest), 2)]
        if not rest:
            return constant
        value = rest[0]
        for factor in rest[1:]:
            value = self.multiply(value, factor)
        return self.multiply(constant, value)

    # ---- looking at it -----------------------------------------------------------------------------------------------

    def children(self, i: int) -> tuple[int, ...]:
        """The nodes that a node is computed from."""
        return () if self.ops[i] in ("input", "constant") else self.args[i]

    def live(self, roots: Iterable[int]) -> list[int]:
        """The nodes that the roots need, in an order to compute in."""
        roots = list(roots)
        ops, args = self.ops, self.args
        needed = bytearray(len(ops))
        for root in roots:
            needed[root] = 1
        order = []
        for i in range(max(roots, default=-1), -1, -1):
            if needed[i]:
                order.append(i)
                if ops[i] != "input" and ops[i] != "constant":
                    for child in args[i]:
                        needed[child] = 1
        order.reverse()
        return order


_SYMMETRIC = frozenset(("maximum", "minimum", "equal", "not_equal", "hypot", "and", "or"))
_ODD = frozenset(
    ["sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arsinh", "artanh", "erf", "erfinv", "cbrt", "expm1_odd", "sign"]
)
