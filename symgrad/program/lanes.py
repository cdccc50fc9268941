"""Like terms side by side in the lanes of vectors: what a sum of them is, and its numbers put together.

Each term is the same small program, given the same variables and its own numbers. Which sums of a formula become one is
`rolled`, how lanes become native code `backends.llvm_rolled`.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from symgrad.program.program import Argument, Line, Program

MOST_FACTORS = 4
CHEAP = frozenset({"add", "subtract", "multiply", "negate", "abs", "select", "less", "maximum", "minimum"})


class Lanes(NamedTuple):
    """A sum of terms: the program of one (value, derivative by each variable of `moving`), and what it is given.

    `places` says for each input of the program which variable it is, or the number that it is in each term.
    """

    terms: int
    program: Program
    places: tuple[int | tuple[float, ...], ...]
    moving: tuple[int, ...]

    @property
    def gain(self) -> float:
        """How many times fewer operations there are than with the terms one after the other, with 8 lanes."""
        vectors = -(-self.terms // 8)
        added = (len(self.moving) + 1) * (vectors + 2 * min(3, self.terms.bit_length() - 1))
        return self.terms * len(self.program.lines) / (vectors * len(self.program.lines) + added + len(self.moving))


def numbers_first(lanes: Lanes) -> Lanes:
    """The same sum with the constant factors of each product in one column, put to what is ready first.

    So w·e^(−d/c)·(−2/c)·(x − a) waits for the exponential and one product: −2w/c·(x − a) is ready before.

    Raises:
        OverflowError, ValueError: numbers that are no doubles, or would be none together.
    """
    return _Factors(lanes).run()


class _Product(NamedTuple):
    """A column of numbers, one a term, times values by their names."""

    numbers: tuple[Fraction, ...]
    names: tuple[str, ...]


class _Factors:
    """The program of a term, written anew line by line."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.one = (Fraction(1),) * lanes.terms
        self.lines: list[Line] = []
        self.places = list(lanes.places)
        self.columns: dict[tuple[float, ...], str] = {}
        self.ready: dict[str, float] = {}
        self.made: dict[_Product, Argument] = {}
        self.products: dict[str, _Product] = {}
        for k, place in enumerate(lanes.places):
            name = f"x{k}"
            numbers = tuple(map(Fraction, place)) if isinstance(place, tuple) else self.one
            self.products[name] = _Product(numbers, () if isinstance(place, tuple) else (name,))

    def run(self) -> Lanes:
        program = self.lanes.program
        uses = Counter(argument for line in program.lines for argument in line.args)
        for name, op, args in program.lines:
            found = self._product(op, [self._of(argument) for argument in args])
            if found is None:
                found = self._line(op, tuple(self._value(self._of(argument)) for argument in args))
            elif len(found.names) > 1 and (uses[name] > 1 or len(found.names) > MOST_FACTORS):
                whole = self._value(_Product(self.one, found.names))
                found = _Product(found.numbers, (str(whole),))
            self.products[name] = found
        outputs = tuple(self._value(self._of(output)) for output in program.outputs)
        inputs = tuple(f"t{k}" for k in range(len(self.places)))
        return self.lanes._replace(program=Program(inputs, tuple(self.lines), outputs), places=tuple(self.places))

    def _of(self, argument: Argument) -> _Product:
        if isinstance(argument, str):
            return self.products[argument]
        return _Product((Fraction(argument),) * self.lanes.terms, ())

    def _product(self, op: str, args: Sequence[_Product]) -> _Product | None:
        """The result as a product, if that is what the operation is."""
        if op == "negate":
            return _Product(tuple(-number for number in args[0].numbers), args[0].names)
        if op == "multiply":
            numbers = tuple(a * b for a, b in zip(args[0].numbers, args[1].numbers))
            return _Product(numbers, args[0].names + args[1].names)
        if op == "divide" and not args[1].names and all(args[1].numbers):
            return _Product(tuple(a / b for a, b in zip(args[0].numbers, args[1].numbers)), args[0].names)
        return None

    def _line(self, op: str, args: tuple[Argument, ...]) -> _Product:
        name = f"v{len(self.lines)}"
        self.lines.append(Line(name, op, args))
        latest = max((self.ready.get(argument, 0.0) for argument in args if isinstance(argument, str)), default=0.0)
        self.ready[name] = latest + (1.0 if op in CHEAP else 15.0)
        return _Product(self.one, (name,))

    def _value(self, product: _Product) -> Argument:
        """The product itself: first the numbers with what is ready first."""
        if product not in self.made:
            names = sorted(product.names, key=lambda name: self.ready.get(name, 0.0))
            constant = self._constant(tuple(map(float, product.numbers)))
            value: Argument = constant if constant != 1.0 or not names else names.pop(0)
            for name in names:
                negative = value == -1.0
                value = self._line(*(("negate", (name,)) if negative else ("multiply", (value, name)))).names[0]
            self.made[product] = value
        return self.made[product]

    def _constant(self, column: tuple[float, ...]) -> Argument:
        if any(number and not 2.0**-900 < abs(number) < 2.0**900 for number in column):
            raise OverflowError  # together they would overflow or vanish where one after the other they need not
        if len(set(column)) == 1:
            return column[0]
        if column not in self.columns:
            self.columns[column] = f"x{len(self.places)}"
            self.places.append(column)
        return self.columns[column]
