"""Is this formula equal to that one? Judged by high-precision numbers at points of the real domain, with three answers.

Both sides are computed at two precisions. A difference that is negligible, or that melts away as the precision grows,
is no difference; one that stays is a contradiction with its witness; anything else was not checked, and says why.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symgrad.calculus.complex_place import ComplexPlace
from symgrad.calculus.evaluate import Definitions, Place, evaluate, nested_orders
from symgrad.calculus.precision import CannotEvaluateError, Raw, UndefinedError, context
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import Node

__all__ = ["CannotEvaluateError", "Check", "Evidence", "Sample", "UndefinedError", "check_equal", "evaluate"]

POINTS = 5  # points at which both sides must agree
_CANDIDATES = 72  # points tried for them
_COMPLEX_CANDIDATES = 24
_NEAR, _COMPLEX = 1_000, 100_000  # where the numbers of candidates near others, and of complex ones, begin
_NEGLIGIBLE = 60  # bits of agreement that count as equal
_COARSE, _FINE, _SHARP = 53, 75, 240
_SLACK = 64  # bits by which a contradiction must stand out of the rounding of differences


@dataclass(frozen=True)
class Check:
    """What comparing two formulas gave: it holds, it is contradicted by a witness, or it could not be checked.

    Args:
        status: "holds", "contradicted" or "unknown".
        points: the number of points at which both sides agreed.
        witness: for a contradiction the point, and the two values under "before" and "after".
        reason: why nothing could be said, or what the points were.
    """

    status: str
    points: int = 0
    witness: Mapping[str, Any] | None = None
    reason: str = ""

    def __bool__(self) -> bool:
        return self.status == "holds"

    def holds(self) -> bool:
        """Whether the two sides agreed at enough points."""
        return self.status == "holds"


class Sample:
    """The points for formulas in some variables, with every value computed there kept for the next comparison.

    Args:
        trees: formulas that will be compared; their variables and bounds decide what points are tried.
        orders: the number of nested inert derivatives to allow for; counted in `trees` when not given.
        definitions: what the functions of a user's rules are; None for one that isn't said.
    """

    def __init__(self, *trees: Node, orders: int | None = None, definitions: Definitions | None = None) -> None:
        names: dict[str, None] = {}
        integers: set[str] = set()
        self.exact = True
        complex_ = False
        for tree in trees:
            for symbol in walks.free_symbols(tree):
                names.setdefault(symbol.name)
            for part in walks.unique(tree):
                if isinstance(part, (t.Sum, t.Product)):
                    integers |= {s.name for bound in part.children[2:] for s in walks.free_symbols(bound)}
                elif isinstance(part, t.Index):
                    integers |= {s.name for index in part.subscripts for s in walks.free_symbols(index)}
                elif isinstance(part, (t.Apply, t.Derivative)):
                    self.exact = False
                elif isinstance(part, t.Constant) and part.name == "i":
                    complex_ = True
        self.names = tuple(names)
        self.integers = frozenset(integers)
        self.exact = self.exact and not names
        self.orders = max(1, *(nested_orders(tree) for tree in trees)) if orders is None else orders
        self.complex = complex_
        self.deadline: float | None = None
        self.definitions = definitions or {}
        self._pairs: dict[int, tuple[Place, Place]] = {}
        self._order: list[int] = list(range(_CANDIDATES))

    def point(self, candidate: int) -> dict[str, Fraction]:
        """The exact values of the variables at one candidate, or near one."""
        if candidate >= _NEAR:
            center, k = divmod(candidate - _NEAR, 16)
            shift = Fraction(k - 8, 61) if k < 8 else Fraction(k - 7, 61)
            return {
                name: value if name in self.integers else value * (1 + shift / (place + 1))
                for place, (name, value) in enumerate(self.point(center).items())
            }
        return {
            name: Fraction(2 + (candidate + place) % 4)
            if name in self.integers
            else _value(candidate, place, len(self.names))
            for place, name in enumerate(self.names)
        }

    def pair(self, candidate: int) -> tuple[Place, Place]:
        """The candidate at both precisions."""
        if candidate not in self._pairs:
            if candidate >= _COMPLEX:
                values = self.point(candidate - _COMPLEX)
                lifted = {
                    name: (value, Fraction((7 * k) % 5 - 2, 7) + Fraction(1, 9)) if name not in self.integers else value
                    for k, (name, value) in enumerate(values.items(), candidate)
                }
                point: Mapping[str, Any] = lifted if candidate >= _COMPLEX + _COMPLEX_CANDIDATES - 6 else values
                self._pairs[candidate] = (
                    ComplexPlace(point, _COARSE, self.orders),
                    ComplexPlace(point, _FINE, self.orders),
                )
            else:
                variant = (candidate - _NEAR) // 16 // 2 % 4 if candidate >= _NEAR else candidate // 2 % 4
                exact = self.point(candidate)
                self._pairs[candidate] = (
                    Place(exact, _COARSE, self.orders, variant),
                    Place(exact, _FINE, self.orders, variant),
                )
            for place in self._pairs[candidate]:
                place.definitions = self.definitions
        return self._pairs[candidate]

    def compare(self, before: Node, after: Node, points: int = POINTS) -> Check:
        """Whether two formulas agree wherever both have a value.

        A matrix is compared entry by entry, an equation side by side.
        """
        if before == after:
            return Check("holds", points, reason="the same formula")
        if isinstance(before, t.Derivative) and isinstance(before.body, (t.Matrix, t.Compare)):
            entries = (before.with_children((part, *before.variables)) for part in before.body.children)
            before = before.body.with_children(entries)
        if isinstance(before, (t.Matrix, t.Compare)) or isinstance(after, (t.Matrix, t.Compare)):
            return self._entries(before, after, points)
        wanted = 1 if self.exact else points
        first = range(_COMPLEX, _COMPLEX + _COMPLEX_CANDIDATES) if self.complex else self._order
        check = self._over(before, after, wanted, first)
        if check.status == "unknown" and 0 < check.points < wanted and not self.complex:
            nearby = [candidate for held in self._order[: check.points] for candidate in self._around(held)]
            check = self._over(before, after, wanted, [*self._order[: check.points], *nearby])
        if check.status == "unknown" and check.points == 0 and self.names:
            second = self._over(before, after, wanted, range(_COMPLEX, _COMPLEX + _COMPLEX_CANDIDATES))
            if second.status != "unknown":
                return Check(second.status, second.points, second.witness, "at complex values; no real ones were found")
            check = second if second.points else check
        return check

    def _entries(self, before: Node, after: Node, points: int) -> Check:
        if type(before) is not type(after) or before.payload != after.payload:
            return Check("contradicted", reason="the shapes differ")
        least = points
        for old, new in zip(before.children, after.children, strict=True):
            check = self.compare(old, new, points)
            if not check:
                return check
            least = min(least, check.points)
        return Check("holds", least)

    def _over(self, before: Node, after: Node, wanted: int, candidates: Any) -> Check:
        held: list[int] = []
        reason = "neither side has a real value at the points tried"
        for candidate in candidates:
            if self.deadline is not None and time.monotonic() > self.deadline:
                return Check("unknown", len(held), reason="the time for checking ran out")
            try:
                verdict, values = self._at(candidate, before, after)
            except UndefinedError:
                continue
            except CannotEvaluateError as error:
                reason = str(error)
                if not held and candidate % 8 == 7:
                    break
                continue
            if verdict == "contradicted":
                witness: dict[str, Any] = dict(self.point(candidate % _COMPLEX))
                return Check("contradicted", len(held), witness | {"before": values[0], "after": values[1]})
            if verdict == "holds":
                held.append(candidate)
                if len(held) == wanted:
                    self._prefer(held)
                    return Check("holds", len(held), reason="at complex values" if held[0] >= _COMPLEX else "")
            else:
                reason = "the numbers are too sensitive to tell"
        if held:
            self._prefer(held)
            reason = f"only {len(held)} points of the real domain were found; {reason}"
        return Check("unknown", len(held), reason=reason)

    @staticmethod
    def _around(candidate: int) -> list[int]:
        """Candidates near one that worked, for formulas that are real in a narrow range only."""
        return [_NEAR + 16 * candidate + k for k in range(16)] if candidate < _NEAR else []

    def _prefer(self, held: list[int]) -> None:
        """Try the points that worked first next time: their values are there already."""
        if held != self._order[: len(held)] and held[0] < _COMPLEX:
            chosen = set(held)
            self._order = held + [candidate for candidate in self._order if candidate not in chosen]

    def _at(self, candidate: int, before: Node, after: Node) -> tuple[str, tuple[Any, Any]]:
        coarse, fine = self.pair(candidate)
        a, b = coarse.evaluate(before), coarse.evaluate(after)
        c, d = fine.evaluate(before), fine.evaluate(after)
        verdict = _judge((a, b), (c, d))
        if verdict == "contradicted":
            verdict, c, d, fine = self._confirmed(candidate, before, after, (c, d))
        return verdict, (fine.number_of(c), fine.number_of(d))

    def _confirmed(
        self, candidate: int, before: Node, after: Node, found: tuple[Raw, Raw]
    ) -> tuple[str, Raw, Raw, Place]:
        """A contradiction must stay what it is, digit by digit, at a far higher precision; else it was only noise."""
        kind = ComplexPlace if candidate >= _COMPLEX else Place
        coarse = self.pair(candidate)[0]
        sharp = kind(coarse.origin, _SHARP, self.orders, coarse.variant)
        sharp.definitions = self.definitions
        a, b = sharp.evaluate(before), sharp.evaluate(after)
        old, new = _difference(*found), _difference(a, b)
        drift = _size(old, new)
        noise = [
            sharp.noise[id(part)] for side in (before, after) for part in walks.unique(side) if id(part) in sharp.noise
        ]
        same = drift is None or drift < _bits(new) - 20
        same = same and _bits(new) > max(noise, default=_NOTHING) + _SLACK
        return ("contradicted" if same else "unknown"), a, b, sharp


def _judge(rough_sides: tuple[Raw, Raw], sides: tuple[Raw, Raw]) -> str:
    """Equal, different, or too sensitive, from both sides at each of two precisions.

    Doubling the digits of a difference that is only rounding makes it smaller by far more than 32 bits.
    """
    rough, exact = _size(*rough_sides), _size(*sides)
    scale = max(_bits(side) for side in sides)
    if exact is None or exact < scale - _NEGLIGIBLE:
        moved = _size(rough_sides[0], sides[0])
        steady = moved is None or moved < scale - 20 or (scale < -_NEGLIGIBLE and moved < -20)
        return "holds" if steady else "unknown"
    if rough is None:
        return "unknown"
    if exact < rough - 32:
        return "holds" if exact < -20 else "unknown"
    return "contradicted" if abs(exact - rough) <= 2 else "unknown"


_NOTHING = -(1 << 40)


def _bits(value: Raw) -> int:
    """The binary magnitude of a value; very small for zero."""
    if isinstance(value, tuple):
        return int(value[2] + value[3]) if value[1] else _NOTHING
    return int(context(53).mag(value)) if value else _NOTHING


def _difference(a: Raw, b: Raw) -> Raw:
    if isinstance(a, tuple):
        from mpmath.libmp import mpf_sub

        return mpf_sub(a, b, 53, "n")
    return a - b


def _size(a: Raw, b: Raw) -> int | None:
    """The binary magnitude of a difference, None for none."""
    bits = _bits(_difference(a, b))
    return None if bits == _NOTHING else bits


_RANGES = (
    (Fraction(1, 5), Fraction(9, 10)),
    (Fraction(11, 10), Fraction(29, 10)),
    (Fraction(-9, 10), Fraction(-1, 5)),
    (Fraction(2, 5), Fraction(8, 5)),
    (Fraction(3), Fraction(8)),
    (Fraction(-29, 10), Fraction(-11, 10)),
    (Fraction(1, 50), Fraction(1, 5)),
    (Fraction(8), Fraction(30)),
    (Fraction(-8), Fraction(-3)),
)


def _value(candidate: int, place: int, variables: int) -> Fraction:
    """A fixed irregular number: early candidates take all variables from one range, later ones mix the ranges."""
    state = (candidate * 7919 + place * 104729 + 12345) * 2654435761 % (1 << 32)
    low, high = _RANGES[candidate % 9] if candidate % 18 < 9 or variables == 1 else _RANGES[(state >> 7) % 9]
    return low + (high - low) * Fraction((state >> 12) % 997 + 1, 999)


def check_equal(before: Node, after: Node, points: int = POINTS) -> Check:
    """Whether two formulas are equal, by numbers to many digits at points where both have a real value.

    Inert derivatives are evaluated by differences, unspecified functions by concrete ones.

    >>> from symgrad.syntax.tree import Symbol, Multiply, Number, Power
    >>> x = Symbol("x")
    >>> check_equal(Multiply(x, x), Power(x, Number(2))).status
    'holds'
    >>> check_equal(Multiply(x, x), Power(x, Number(3))).status
    'contradicted'
    """
    return Sample(before, after).compare(before, after, points)


@dataclass(frozen=True)
class Evidence:
    """What verifying a derivation gave, line by line; true only if every line was checked and none contradicted.

    Args:
        checks: one entry a line: what it is called, and its check.
    """

    checks: tuple[tuple[str, Check], ...]

    def __bool__(self) -> bool:
        return bool(self.checks) and all(check for _, check in self.checks)

    def __iter__(self) -> Iterator[tuple[str, Check]]:
        return iter(self.checks)

    @property
    def points(self) -> int:
        """The smallest number of points at which any line was checked."""
        return min((check.points for _, check in self.checks), default=0)

    @property
    def contradicted(self) -> tuple[tuple[str, Check], ...]:
        """The lines that are wrong, with their witnesses."""
        return tuple(entry for entry in self.checks if entry[1].status == "contradicted")

    @property
    def unknown(self) -> tuple[tuple[str, Check], ...]:
        """The lines that could not be checked, with their reasons."""
        return tuple(entry for entry in self.checks if entry[1].status == "unknown")

    def __str__(self) -> str:
        total = len(self.checks)
        if self.contradicted:
            name, check = self.contradicted[0]
            return f"contradicted: {name} at {_shown(check.witness)}"
        if self.unknown:
            name, check = self.unknown[0]
            return f"{total - len(self.unknown)} of {total} lines checked; not checked: {name} ({check.reason})"
        return f"all {total} lines checked at {self.points} points"


def _shown(witness: Mapping[str, Any] | None) -> str:
    if not witness:
        return "their shapes"
    return ", ".join(f"{name} = {float(value):.6g}" for name, value in witness.items() if isinstance(value, Fraction))
