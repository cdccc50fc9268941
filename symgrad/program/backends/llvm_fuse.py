"""What a program's lines become before they are written as IR: fused, paired, and gathered into vector calls.

Products that are used once by a sum are fused with it (one rounding instead of two), always in the same way, so that
every width and every level of optimisation gives the same bits.
"""

from collections.abc import Sequence
from typing import NamedTuple

from symgrad.program.backends import llvm_gamma as gamma
from symgrad.program.backends.llvm_text import Target
from symgrad.program.program import Argument, Line, Program

_NAMES = (
    "exp exp_of_negative exp_if_finite expm1 log log1p log1p_of_unit reciprocal_of_unit sinh cosh tanh tanh_and_decay "
    "arsinh arcosh artanh power sincos sin cos tan arcsin arccos arctan erf erfc erfinv gamma lgamma "
    "digamma atan2 hypot"
)
ORDERS = {float(n): f"polygamma.{n}" for n in gamma.ORDERS} | {0.0: "digamma"}  # polygamma's of a given order
GATHERED = frozenset([*_NAMES.split(" "), *ORDERS.values()])  # kernels that are called for several values at once


class Step(NamedTuple):
    """A line after fusion: an operation of the set, `fma` (ab + c), `fms` (ab − c), `fnma` (c − ab), `scale` (a/c for
    a number c), or a kernel that is no operation by itself."""

    names: tuple[str, ...]
    op: str
    args: tuple[Argument, ...]


def fused(program: Program, target: Target) -> list[Step]:
    """The lines with products put into sums and with what is computed best together put together."""
    lines = {line.name: line for line in program.lines}
    products = _inner_products(program) if target.fma else {}
    pairs = _pairs(lines) if target.fma else {}
    crowded = sum(line.op == "divide" and line.args[0] == 1.0 for line in program.lines) >= CROWD
    steps: list[Step] = []
    taken: set[Argument] = set()
    done: set[str] = set()
    for name, op, args in program.lines:
        if op in ("add", "subtract"):
            left, right = args
            if right in products:
                taken.add(right)
                steps.append(Step((name,), "fma" if op == "add" else "fnma", (*products[right].args, left)))
                continue
            if left in products:
                taken.add(left)
                steps.append(Step((name,), "fma" if op == "add" else "fms", (*products[left].args, right)))
                continue
        elif name in pairs:
            if pairs[name].names[0] not in done:
                steps.append(pairs[name])
            done.add(pairs[name].names[0])
            continue
        elif op == "polygamma" and args[0] in ORDERS and target.fma:
            steps.append(Step((name,), ORDERS[float(args[0])], args[1:]))
            continue
        better = _better(lines, op, args, crowded) if target.fma else op
        steps.append(Step((name,), better, args[1:] if better == "reciprocal_of_unit" else args))
    return [step for step in steps if step.names[0] not in taken]


CROWD = 8  # divisions from which the divider is what a program waits for


def _better(lines: dict[str, Line], op: str, args: Sequence[Argument], crowded: bool) -> str:
    """The name of a quicker way for special arguments, or the operation itself."""
    if op == "divide" and isinstance(args[1], float) and 2.0**-900 < abs(args[1]) < 2.0**900:
        return "scale"
    if crowded and op == "divide" and args[0] == 1.0 and _is_one_and_decay(lines, args[1]):
        return "reciprocal_of_unit"
    return "log1p_of_unit" if op == "log1p" and _is_decay(lines, args[0]) else op


def _inner_products(program: Program) -> dict[Argument, Line]:
    """The products that are used once."""
    uses: dict[Argument, int] = {}
    for line in program.lines:
        for argument in line.args:
            uses[argument] = uses.get(argument, 0) + 1
    for output in program.outputs:
        uses[output] = uses.get(output, 0) + 1
    return {line.name: line for line in program.lines if line.op == "multiply" and uses.get(line.name) == 1}


def _pairs(lines: dict[str, Line]) -> dict[str, Step]:
    """Lines that one kernel computes together: sin u with cos u, tanh u with e^(−2|u|)."""
    partners: dict[tuple[str, Argument], str] = {}
    pairs: dict[str, Step] = {}
    for name, op, args in lines.values():
        if op in ("sin", "cos", "tanh"):
            kind, key = op, args[0]
        elif op == "exp" and _is_decay(lines, name):
            half = _half_of(lines, lines[str(lines[str(args[0])].args[0])].args[0])
            if half is None:
                continue
            kind, key = "decay", half
        else:
            continue
        partners[kind, key] = name
        for first, second, kernel in (("sin", "cos", "sincos"), ("tanh", "decay", "tanh_and_decay")):
            if kind in (first, second) and (first, key) in partners and (second, key) in partners:
                names = (partners[first, key], partners[second, key])
                step = Step(names, kernel, (key,))
                pairs[names[0]] = pairs[names[1]] = step
    return pairs


def _is_decay(lines: dict[str, Line], argument: Argument) -> bool:
    """Whether a value is e^(−|u|), so that it lies between 0 and 1."""
    inner = argument
    for op in ("exp", "negate", "abs"):
        line = lines.get(inner) if isinstance(inner, str) else None
        if line is None or line.op != op:
            return False
        inner = line.args[0]
    return True


def _is_one_and_decay(lines: dict[str, Line], argument: Argument) -> bool:
    """Whether a value is 1 + e^(−|u|), so that it lies between 1 and 2."""
    line = lines.get(argument) if isinstance(argument, str) else None
    return line is not None and line.op == "add" and 1.0 in line.args and any(_is_decay(lines, a) for a in line.args)


def _half_of(lines: dict[str, Line], argument: Argument) -> Argument | None:
    """u where the value is 2·u."""
    line = lines.get(argument) if isinstance(argument, str) else None
    if line is None or line.op != "multiply" or 2.0 not in line.args:
        return None
    return line.args[1] if line.args[0] == 2.0 else line.args[0]


def gathered(steps: Sequence[Step], target: Target) -> list[list[Step]]:
    """Groups of steps in an order to compute in: calls of the same function that don't depend on each other together.

    A step's depth is the longest chain of calls below it; calls of the same depth are independent.
    """
    depth: dict[Argument, int] = {}
    calls: dict[tuple[int, str], list[Step]] = {}
    plain: dict[int, list[Step]] = {}
    for step in steps:
        below = max((depth.get(argument, 0) for argument in step.args), default=0)
        if step.op in GATHERED:
            below += 1
            calls.setdefault((below, step.op), []).append(step)
        else:
            plain.setdefault(below, []).append(step)
        for name in step.names:
            depth[name] = below
    groups: list[list[Step]] = []
    for level in range(max(depth.values(), default=0) + 1):
        for (at, _), members in calls.items():
            if at == level:
                groups += [members[i : i + target.width] for i in range(0, len(members), target.width)]
        groups += [[step] for step in plain.get(level, ())]
    return groups
