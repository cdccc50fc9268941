"""What the ports of a processor have to do for one vector of points, counted in what is going to be written.

Vector arithmetic has two ports, each for one operation a cycle; divisions and square roots wait for one divider, which
works beside them. Whichever has more to do says how long a vector takes, if its points need not wait for each other.
So divisions go by multiplication (see `llvm_quotient`) just as long as the divider is behind, and results go past the
cache if memory is slower than the ports. The counts are of instructions of the text, which is what LLVM makes of it in
the main: moves, loads and stores have ports of their own.
"""

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from symgrad.program.backends import llvm_math, llvm_quotient
from symgrad.program.backends.llvm_bounds import ALL, Bounds, bounds_of
from symgrad.program.backends.llvm_fuse import Step
from symgrad.program.backends.llvm_text import Target
from symgrad.program.program import Argument

PORTS = 2
DIVISION, ROOT = 2.1, 3.4  # cycles of the divider for each double
BYTES = 7.0  # a cycle that memory gives and takes
GAIN = 0.95  # of the time: what is not quicker by so much is left as it is
BESIDE = 0.4  # of the time of the one that is not behind still shows, because nothing is ever quite beside another
SHORT, WAIT = 64, 12  # operations of a body that waits for its chain, and what a reciprocal's chain then costs more
TAME = 2.0**900  # reciprocals of positive numbers between this and its reciprocal need no care

LATENCY = 4  # cycles until the result of an operation is there
ROOM = 150  # operations that may wait in the processor
FEW = 150  # operations of a body that leaves registers for a second
DIVIDED = 5  # operations of a chain that take as long as a division or a root
CALL = 40  # what a call of the C library for one lane costs
_FREE = ("bitcast", "extractvalue", "insertvalue", "shufflevector", "insertelement", "extractelement", "fneg")
_SEVERAL = {"rcp14": 3, "llvm.maximum": 3, "llvm.minimum": 3, "frem": 50}


class Work(NamedTuple):
    """Operations of the two ports, and cycles of the divider."""

    operations: float
    divider: float

    @property
    def cycles(self) -> float:
        ports = self.operations / PORTS
        return max(ports, self.divider) + BESIDE * min(ports, self.divider)

    def plus(self, other: "Work", times: int = 1) -> "Work":
        return Work(self.operations + times * other.operations, self.divider + times * other.divider)


@lru_cache(maxsize=512)
def of_kernel(name: str, target: Target) -> Work:
    """One call of a kernel for one vector; what is there for arguments that are far is not counted."""
    operations = divider = 0.0
    for text in _instructions(llvm_math.definition(name, target.width, target)[0][-1].split("\nfar:")[0]):
        if text.startswith("fdiv "):
            operations, divider = operations + 3, divider + DIVISION * target.width
        elif "@llvm.sqrt" in text:
            operations, divider = operations + 3, divider + ROOT * target.width
        elif text.startswith("call double @"):
            operations += CALL
        elif not text.startswith(_FREE):
            operations += next((count for part, count in _SEVERAL.items() if part in text), 1)
    return Work(operations, divider)


def _instructions(function: str) -> list[str]:
    """What is right of the equals signs, each value once, as LLVM will compute it."""
    found: dict[str, str] = {}
    same: dict[str, str] = {}
    for line in function.split("\n"):
        name, equals, text = line.strip().partition(" = ")
        if equals:
            text = re.sub(r"%[\w.]+", lambda match: same.get(match[0], match[0]), text)
            same[name] = found.setdefault(text, name)
    return list(found)


@lru_cache(maxsize=512)
def chain_of_kernel(name: str, target: Target) -> int:
    """How many operations of a kernel wait for one another."""
    depths: dict[str, int] = {}
    lines = llvm_math.definition(name, target.width, target)[0][-1].split("\nfar:")[0].split("\n")
    for line in lines:
        made, equals, text = line.strip().partition(" = ")
        if equals:
            own = DIVIDED if text.startswith("fdiv ") or "@llvm.sqrt" in text else not text.startswith(_FREE)
            depths[made] = own + max((depths.get(found, 0) for found in re.findall(r"%[\w.]+", text)), default=0)
    return max(depths.values(), default=0)


def chain(steps: Sequence[Step], target: Target) -> int:
    """How many operations wait for one another from the inputs to a result."""
    depths: dict[Argument, int] = {}
    for step in steps:
        if step.op in llvm_math.KERNELS:
            own = chain_of_kernel(step.op, target)
        else:
            own = DIVIDED if step.op in ("divide", "sqrt") else 1
        below = max((depths.get(argument, 0) for argument in step.args), default=0)
        depths |= dict.fromkeys(step.names, below + own)
    return max(depths.values(), default=0)


def of_step(step: Step, target: Target) -> Work:
    """One step for one vector."""
    if step.op == "divide":
        return Work(3, DIVISION * target.width)
    if step.op == "sqrt":
        return Work(3, ROOT * target.width)
    if step.op in llvm_math.KERNELS:
        return of_kernel(step.op, target)
    return Work({"negate": 0, "scale": 2}.get(step.op, 1), 0)


def of_steps(steps: Sequence[Step], target: Target) -> Work:
    total = Work(0, 0)
    for step in steps:
        total = total.plus(of_step(step, target))
    return total


def waits_for_memory(work: Work, rows: int, target: Target) -> bool:
    """Whether so many rows of large arrays take longer to be read and written than to be computed."""
    return work.cycles < 8 * target.width * rows / BYTES


def vectors_together(steps: Sequence[Step], target: Target) -> int:
    """How many vectors are best computed side by side: two where the operations of one wait for each other so long that
    the processor has no room for as many other operations as it could do meanwhile, and where there are registers."""
    work = of_steps(steps, target)
    meanwhile = chain(steps, target) * LATENCY * work.operations
    return 2 if target.avx512 and work.operations <= FEW and meanwhile > ROOM * work.cycles else 1


# ---- divisions ----


def balanced(steps: Sequence[Step], target: Target) -> list[Step]:
    """The steps with as many divisions by multiplication as make the whole quicker, those that need no care first.

    >>> wide = Target(8, avx512=True)
    >>> [step.op for step in balanced([Step(("v0",), "divide", (1.0, "x0")), Step(("v1",), "sqrt", ("x0",))], wide)]
    ['reciprocal', 'sqrt']
    """
    steps = [_by_division(step) for step in steps]
    if not llvm_quotient.has_reciprocals(target):
        return steps
    known = bounds_of(steps)
    ways = {i: way for i, step in enumerate(steps) if (way := _by_multiplication(step, known))}
    total = best = of_steps(steps, target)
    wait = Work(WAIT if total.operations < SHORT else 0, 0)
    order = sorted(ways, key=lambda i: of_steps(ways[i], target).operations)
    several = 0
    for count, i in enumerate(order, start=1):
        total = total.plus(of_step(steps[i], target), -1).plus(of_steps(ways[i], target)).plus(wait)
        if total.cycles < best.cycles * (1.0 if several else GAIN):
            best, several = total, count
    taken = set(order[:several])
    return [part for i, step in enumerate(steps) for part in (ways[i] if i in taken else [step])]


def _by_division(step: Step) -> Step:
    return Step(step.names, "divide", (1.0, *step.args)) if step.op == "reciprocal_of_unit" else step


def _by_multiplication(step: Step, known: Mapping[Argument, Bounds]) -> list[Step]:
    """A power of two divided by something, as a reciprocal; no steps for other divisions."""
    if step.op != "divide" or isinstance(step.args[0], str) or not isinstance(step.args[1], str):
        return []
    top, bottom = float(step.args[0]), step.args[1]
    if abs(math.frexp(top)[0]) != 0.5 or not 1 / llvm_quotient.MOST <= abs(top) <= llvm_quotient.MOST:
        return []
    low, high = known.get(bottom, ALL)
    op = "reciprocal_of_unit" if low >= 1 / TAME and high <= TAME else "reciprocal"
    if top == 1.0:
        return [Step(step.names, op, (bottom,))]
    inverse = f"{step.names[0]}.inverse"
    return [Step((inverse,), op, (bottom,)), Step(step.names, "multiply", (top, inverse))]
