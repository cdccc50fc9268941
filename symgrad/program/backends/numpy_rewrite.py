"""Programs rewritten for arrays: the same values by functions that numpy computes several numbers at a time.

Numbers may differ in the last bits (by less than 4 units of the last place), never more; what is rewritten and where it
pays is a measured fact about numpy, so nothing here belongs to the programs of other backends.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from symgrad.program.program import OPERATIONS, Argument, Line, Program


def rewritten(program: Program, dtype: Any) -> Program:
    """The program with sine and cosine by tangents, where numpy has them several at a time and sine and cosine not."""
    turning = {line.args[0] for line in program.lines if line.op in ("sin", "cos")}
    if not turning or dtype != np.float64 or not _tangents_are_quick():
        return program
    with_cosine = {line.args[0] for line in program.lines if line.op == "cos"}
    new = _Lines()
    made = {line.name: line for line in program.lines}
    for name, op, args in program.lines:
        arguments = tuple(new.images.get(argument, argument) for argument in args)
        squared = _squared(made, args) if op == "multiply" else None
        if squared:
            scale, (_, function, (angle,)) = squared
            square = _square(new, function, new.images.get(angle, angle))
            new.images[name] = square if scale == 1.0 else new("multiply", scale, square)
        elif op == "cos":
            new.images[name] = _cosine(new, arguments[0])
        elif op == "sin":
            make = _sine_by_cosine if args[0] in with_cosine else _sine
            new.images[name] = make(new, arguments[0])
        else:
            new.images[name] = new(op, *arguments)
    outputs = tuple(new.images.get(output, output) for output in program.outputs)
    return Program(program.inputs, _used(new.lines, outputs), outputs)


def watched(program: Program, conditions: int) -> tuple[Program, int]:
    """The program without the conditions that an exponential or a sum is finite, and how many are left.

    Where such a value overflows, the processor tells. Where it comes from an infinite argument, what is made of it is
    the limit, or NaN by an invalid operation, of which the processor tells too.
    """
    made = {line.name: line for line in program.lines}

    def is_told(condition: Argument) -> bool:
        line = made.get(str(condition))
        if line is None or line.op not in ("less", "not_equal") or line.args[1] != math.inf:
            return False
        value = made.get(str(line.args[0]))
        return value is not None and value.op in ("exp", "add")

    wanted = len(program.outputs) - conditions
    left = [condition for condition in program.outputs[wanted:] if not is_told(condition)]
    outputs = (*program.outputs[:wanted], *left)
    return Program(program.inputs, _used(list(program.lines), outputs), outputs), len(left)


def guarded(program: Program, conditions: int) -> Program:
    """The program with one truth value as its last output in place of several conditions: truth values, or not 0.

    Each is tested and joined to those before as soon as it is known, so that nothing is kept for that.
    """
    if not conditions:
        return program
    wanted = len(program.outputs) - conditions
    tested = set(program.outputs[wanted:])
    lines: list[Line] = []
    count, whole = 1 + max((int(line.name[1:]) for line in program.lines), default=0), ""
    for line in (*(Line(f"x{i}", "", ()) for i in range(len(program.inputs))), *program.lines):
        if line.op:
            lines.append(line)
        if line.name in tested:
            truth = line.name
            if not line.op or not OPERATIONS[line.op].truth:
                truth, count = f"v{count}", count + 1
                lines.append(Line(truth, "not_equal", (line.name, 0.0)))
            if whole:
                lines.append(Line(f"v{count}", "and", (whole, truth)))
                truth, count = f"v{count}", count + 1
            whole = truth
    return Program(program.inputs, tuple(lines), (*program.outputs[:wanted], whole))


@cache
def _tangents_are_quick() -> bool:
    """Whether numpy's tangent of doubles was compiled for this processor in particular.

    Then it takes 1.4 ns, correct to 0.57 units of the last place for arguments of any size; sine and cosine are left to
    the C library and take 5 to 50 ns. Elsewhere all three are the C library's.
    """
    try:
        known = np.lib.introspect.opt_func_info(func_name="^tan$", signature="float64")
    except AttributeError:  # numpy before 2.1
        return False
    return any(not row["current"].startswith("baseline") for row in known.get("tan", {}).values())


class _Lines:
    """Lines of a program in the making; equal lines are one."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.images: dict[Argument, Argument] = {}
        self._known: dict[tuple[Argument, ...], str] = {}

    def __call__(self, op: str, *args: Argument) -> str:
        name = self._known.setdefault((op, *args), f"v{len(self.lines)}")
        if name == f"v{len(self.lines)}":
            self.lines.append(Line(name, op, args))
        return name


def _used(lines: list[Line], outputs: tuple[Argument, ...]) -> tuple[Line, ...]:
    """The lines that outputs need."""
    needed, kept = set(outputs), []
    for line in reversed(lines):
        if line.name in needed:
            kept.append(line)
            needed.update(line.args)
    return tuple(reversed(kept))


def _sine(new: _Lines, u: Argument) -> str:
    """2t/(1 + t²) with t = tan(u/2): within 2.4 units of the last place, near the zeros too."""
    t = new("tan", new("multiply", 0.5, u))
    return new("divide", new("add", t, t), new("add", new("multiply", t, t), 1.0))


def _cosine(new: _Lines, u: Argument) -> str:
    """2/(s + (1 + T²)/s) with T = tan u, s = 1 + T tan(u/2).

    s is 1/cos u, of the right sign but with 5 units of error near −1; a step of Newton's method towards s² = 1 + T²
    leaves 3. At the poles of T nothing cancels, and T is never infinite.
    """
    tangent = new("tan", u)
    rough = new("add", new("multiply", tangent, new("tan", new("multiply", 0.5, u))), 1.0)
    square = new("add", new("multiply", tangent, tangent), 1.0)
    return new("divide", 2.0, new("add", rough, new("divide", square, rough)))


def _squared(made: dict[str, Line], args: tuple[Argument, ...]) -> tuple[float, Line] | None:
    """A number c and the line of a sine or cosine s, where a product is s·s or s·(c·s)."""
    for first, second in (args, args[::-1]):
        line, other = made.get(str(first)), made.get(str(second))
        if line and line.op in ("sin", "cos"):
            if first == second:
                return 1.0, line
            if other and other.op == "multiply" and other.args[1] == first and not isinstance(other.args[0], str):
                return other.args[0], line
    return None


def _square(new: _Lines, function: str, u: Argument) -> str:
    """sin²u = T²/(1 + T²), cos²u = 1/(1 + T²) with T = tan u: rounded less often than a sine squared."""
    square = new("multiply", new("tan", u), new("tan", u))
    return new("divide", square if function == "sin" else 1.0, new("add", square, 1.0))


def _sine_by_cosine(new: _Lines, u: Argument) -> str:
    return new("multiply", new("tan", u), _cosine(new, u))
