"""Shorter chains of dependent operations, for loops in which every step waits for the one before.

A step of a loop cannot begin before the last has ended, so what it costs is the longest way from what is carried in to
what is carried out, in cycles, and not the number of operations. Sums and products are put together in the order in
which their parts are ready, and the learning rate, which is the same in all steps, is multiplied into the parts of the
gradient before these are known. Nothing here knows what native code looks like; only its latencies are known.
"""

import heapq
import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from symgrad.program.program import Argument, Line, Program

_ADD, _MULTIPLY, _FUSED = 3.0, 3.0, 4.0  # cycles until a result can be used; what matters is only their proportion
_LATENCY = {
    "add": _ADD, "subtract": _ADD, "multiply": _MULTIPLY, "negate": 1.0, "abs": 1.0, "divide": 14.0, "sqrt": 18.0,
    "select": 3.0, "less": 3.0, "less_equal": 3.0, "equal": 3.0, "not_equal": 3.0, "and": 1.0, "or": 1.0, "not": 1.0,
    "maximum": 6.0, "minimum": 6.0, "floor": 8.0, "ceil": 8.0, "round": 8.0,
}  # fmt: skip
_CALL = 60.0  # an exponential, a sine
REPAIRED = 5  # terms from which the order of a sum is ours, as it is when a formula is lowered
SHORT = 100  # lines of a program in which a longer way through is worth more than a few operations
MOST = 12  # terms of an update that is written out
_SUM = ("add", "subtract", "negate")

Factors = tuple[Argument, ...]


class _Term(NamedTuple):
    """±(product of the factors)."""

    minus: bool
    factors: Factors


def shortened(program: Program, carried: int, steady: Iterable[str], late: Iterable[str] = ()) -> Program:
    """The program with the first `carried` outputs ready as early as may be.

    The outputs differ from those of the program by roundings only: by at most a few units in the last place of
    |x| + Σ|terms of the step| where an output is x minus a step, and of the sum's terms elsewhere.

    Args:
        program: the inputs and first outputs correspond: they are carried from step to step.
        carried: how many.
        steady: the names (x7, …) of inputs that are the same in all steps.
        late: the names of inputs that are computed first in every step, from what is carried.
    """
    return _Shortening(program, carried, frozenset(steady), late).run()


class _Shortening:
    def __init__(self, program: Program, carried: int, steady: frozenset[str], late: Iterable[str]) -> None:
        self.program, self.carried = program, carried
        self.old = {line.name: line for line in program.lines}
        self.uses = _uses(program)
        self.steady: set[str] = set(steady)
        self.ready: dict[Argument, float] = dict.fromkeys(late, _CALL)
        self.lines: list[Line] = []
        self.made: dict[tuple[object, ...], str] = {}
        self.numbers = itertools.count(len(program.lines))  # no name is given twice, and none is one of the program's

    def run(self) -> Program:
        roots, inside = self._roots()
        renamed: dict[Argument, Argument] = {}
        for line in self.program.lines:
            if line.name in inside:
                continue
            terms = roots.get(line.name)
            if terms is not None:
                terms = [_Term(minus, tuple(renamed.get(f, f) for f in factors)) for minus, factors in terms]
                renamed[line.name] = self._sum(terms)
            else:
                renamed[line.name] = self._line(line.op, tuple(renamed.get(a, a) for a in line.args))
        outputs = [renamed.get(output, output) for output in self.program.outputs]
        if len(self.program.lines) <= SHORT:
            for k in range(self.carried):
                outputs[k] = self._update(self.program.outputs[k], renamed, outputs[k])
        return _live(Program(self.program.inputs, tuple(self.lines), tuple(outputs)))

    # ---- making lines ------------------------------------------------------------------------------------------------

    def _line(self, op: str, args: tuple[Argument, ...], latency: float | None = None) -> str:
        key = (op, *args)
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = f"v{next(self.numbers)}"
            self.lines.append(Line(found, op, args))
            if all(self._is_steady(argument) for argument in args):
                self.steady.add(found)
            else:
                cost = _LATENCY.get(op, _CALL) if latency is None else latency
                self.ready[found] = cost + max(self.ready.get(argument, 0.0) for argument in args)
        return found

    def _is_steady(self, argument: Argument) -> bool:
        return not isinstance(argument, str) or argument in self.steady

    def _product(self, factors: Factors) -> tuple[float, Factors]:
        """At most two factors with the same product, and when they are ready: what is early is multiplied first."""
        fixed = [factor for factor in factors if not isinstance(factor, str)]
        waiting: list[tuple[float, int, Argument]] = [
            (self._when(factor), k, factor) for k, factor in enumerate(factors) if isinstance(factor, str)
        ]
        number = 1.0
        for factor in fixed:
            number *= float(factor)
        if number != 1.0 or not waiting:
            waiting.append((-1.0, -1, number))
        heapq.heapify(waiting)
        while len(waiting) > 2:
            (_, k, first), (_, _, second) = heapq.heappop(waiting), heapq.heappop(waiting)
            name = self._line("multiply", (first, second))
            heapq.heappush(waiting, (self._when(name), k, name))
        parts = [heapq.heappop(waiting) for _ in range(len(waiting))]
        return parts[-1][0], tuple(factor for *_, factor in parts)

    def _when(self, argument: Argument) -> float:
        return -1.0 if self._is_steady(argument) else self.ready.get(argument, 0.0)

    def _sum(self, terms: Sequence[_Term]) -> Argument:
        """The sum: again and again the two parts that are ready first; a product goes into its sum fused."""
        heap = []
        for k, term in enumerate(terms):
            when, parts = self._product(term.factors)
            heap.append((when, k, term.minus, parts))
        heapq.heapify(heap)
        while len(heap) > 1:
            (early, k, minus, first), (late, _, other, second) = heapq.heappop(heap), heapq.heappop(heap)
            if len(first) > 1 and len(second) == 1:  # the product to the right, where it is fused
                first, second, minus, other = second, first, other, minus
            left, right = self._whole(first), self._whole(second)
            start = max(early + _MULTIPLY if len(first) > 1 else early, late)
            latency = max(0.0, start) + (_FUSED if len(second) > 1 else _ADD)
            if minus == other:
                name, sign = self._line("add", (left, right), 0.0), minus
            elif other:
                name, sign = self._line("subtract", (left, right), 0.0), False
            else:
                name, sign = self._line("subtract", (right, left), 0.0), False
            if name not in self.steady:
                self.ready[name] = latency
            heapq.heappush(heap, (self._when(name), k, sign, (name,)))
        _, _, minus, parts = heap[0]
        whole = self._whole(parts)
        return self._line("negate", (whole,)) if minus else whole

    def _whole(self, factors: Factors) -> Argument:
        return factors[0] if len(factors) == 1 else self._line("multiply", factors)

    # ---- what is put together anew -----------------------------------------------------------------------------------

    def _roots(self) -> tuple[dict[str, list[_Term]], set[Argument]]:
        """The lines that become sums in an order of ours, with their terms, and the lines that go into them."""
        roots: dict[str, list[_Term]] = {}
        inside: set[Argument] = set()
        for line in reversed(self.program.lines):
            if line.name in inside or line.op not in ("add", "subtract", "multiply"):
                continue
            terms, taken = self._terms(line)
            factors = max(len(term.factors) for term in terms)
            if len(terms) >= REPAIRED or (len(terms) == 1 and factors > 2):
                roots[line.name] = terms
                inside |= taken
        return roots, inside

    def _terms(self, line: Line) -> tuple[list[_Term], set[Argument]]:
        """The terms of a sum, as far as its inner sums and products are used nowhere else."""
        terms: list[_Term] = []
        taken: set[Argument] = set()
        stack: list[tuple[bool, Argument]] = [(False, line.name)]
        while stack:
            minus, at = stack.pop()
            inner = self._inner(at, line.name, _SUM)
            if inner is None:
                terms.append(_Term(minus, self._factors(at, line.name, taken)))
                continue
            taken.add(at)
            signs = {"add": (minus, minus), "subtract": (minus, not minus), "negate": (not minus,)}[inner.op]
            stack.extend(reversed(list(zip(signs, inner.args))))
        return terms, taken - {line.name}

    def _factors(self, at: Argument, root: str, taken: set[Argument]) -> Factors:
        factors: list[Argument] = []
        stack = [at]
        while stack:
            factor = stack.pop()
            inner = self._inner(factor, root, ("multiply",))
            if inner is None:
                factors.append(factor)
            else:
                taken.add(factor)
                stack.extend(reversed(inner.args))
        return tuple(factors)

    def _inner(self, at: Argument, root: str, ops: Sequence[str]) -> Line | None:
        line = self.old.get(at) if isinstance(at, str) else None
        return line if line and line.op in ops and (at == root or self.uses[at] == 1) else None

    # ---- x minus rate times slope ------------------------------------------------------------------------------------

    def _update(self, output: Argument, renamed: dict[Argument, Argument], usual: Argument) -> Argument:
        """What is carried on as a sum of steady numbers times what varies, if it is ready earlier like that."""
        terms = self._written_out(output, renamed)
        if terms is None:
            return usual
        before = len(self.lines)
        found = self._sum([_Term(False, self._with(coefficients, factors)) for factors, coefficients in terms.items()])
        if self._when(found) < self._when(usual):
            return found
        for line in self.lines[before:]:
            del self.made[line.op, *line.args]
        del self.lines[before:]
        return usual

    def _with(self, coefficients: list[Factors], factors: Factors) -> Factors:
        """The factors with the sum of some steady products before them."""
        plain = [_number(product) for product in coefficients]
        total = sum(number for number in plain if number is not None)
        rest = [product for product, number in zip(coefficients, plain) if number is None]
        steady: Argument = total
        for product in rest:
            _, parts = self._product(product)
            whole = self._whole(parts)
            steady = whole if steady == 0.0 else self._line("add", (steady, whole))
        return factors if factors and steady == 1.0 else (*factors, steady)

    def _written_out(self, output: Argument, renamed: dict[Argument, Argument]) -> dict[Factors, list[Factors]] | None:
        """The terms of a sum, those of inner sums times steady numbers too: what varies -> the steady factors."""
        found: dict[Factors, list[Factors]] = {}
        stack: list[tuple[Factors, Argument]] = [((), output)]
        while stack:
            steady, at = stack.pop()
            line = self.old.get(at) if isinstance(at, str) else None
            if line is not None and line.op in _SUM:
                signs = {"add": ((), ()), "subtract": ((), (-1.0,)), "negate": ((-1.0,),)}[line.op]
                stack += [((*steady, *sign), argument) for sign, argument in zip(signs, line.args)]
            elif line is not None and line.op == "multiply":
                fixed, moving = self._split(line, renamed)
                if len(moving) == 1:
                    stack.append(((*steady, *fixed), moving[0]))
                else:
                    varies = tuple(sorted(str(renamed.get(factor, factor)) for factor in moving))
                    found.setdefault(varies, []).append((*steady, *fixed))
            elif self._is_steady(renamed.get(at, at)):
                found.setdefault((), []).append((*steady, renamed.get(at, at)))
            else:
                found.setdefault((renamed.get(at, at),), []).append(steady)
            if len(found) + len(stack) > MOST:
                return None
        return found

    def _split(self, line: Line, renamed: dict[Argument, Argument]) -> tuple[Factors, Factors]:
        """The steady factors of a product (by their new names) and the others (by their old ones)."""
        fixed: list[Argument] = []
        moving: list[Argument] = []
        stack: list[Argument] = list(line.args)
        while stack:
            at = stack.pop()
            inner = self.old.get(at) if isinstance(at, str) else None
            if self._is_steady(renamed.get(at, at)):
                fixed.append(renamed.get(at, at))
            elif inner is not None and inner.op == "multiply":
                stack.extend(inner.args)
            else:
                moving.append(at)
        return tuple(fixed), tuple(moving)


def _number(factors: Factors) -> float | None:
    """The product of factors that are numbers; None if there is a name among them."""
    product = 1.0
    for factor in factors:
        if isinstance(factor, str):
            return None
        product *= float(factor)
    return product


def _uses(program: Program) -> dict[Argument, int]:
    uses: dict[Argument, int] = {line.name: 0 for line in program.lines}
    for argument in [*(a for line in program.lines for a in line.args), *program.outputs]:
        uses[argument] = uses.get(argument, 0) + 1
    return uses


def _live(program: Program) -> Program:
    """The program without lines that nothing needs."""
    needed: set[Argument] = set(program.outputs)
    kept: list[Line] = []
    for line in reversed(program.lines):
        if line.name in needed:
            kept.append(line)
            needed.update(line.args)
    return Program(program.inputs, tuple(reversed(kept)), program.outputs)
