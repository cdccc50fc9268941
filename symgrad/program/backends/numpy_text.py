"""The text of array code: one call a line, each writes into an array that is given or free again.

A choice is at most three operations on bit patterns, since a branch that is mispredicted costs more than ten
operations: the mask of a truth value has all bits set or none, and all bits set are also a NaN.
"""

import math
from collections.abc import Iterable
from typing import Any

from symgrad.program.backends.numpy_functions import called
from symgrad.program.program import OPERATIONS, Argument, Line, Program


class Written:
    """The text of `block(inputs, outputs, buffers)` for a program.

    Buffers are r0, r1, … (reals), where needed i0, i1, … (the bit patterns of the same), b0, … (truth values) and
    m0, … (masks); `made` says how many of each. `constants` and `patterns` name numbers, and numbers as bit patterns.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.made = {"r": 0, "i": 0, "b": 0, "m": 0}
        self.constants: dict[float, str] = {}  # as arrays of one number, which ufuncs take quicker than floats
        self.patterns: dict[tuple[float, float], str] = {}  # the bits in which two numbers differ
        self.called: set[str] = set()
        self._last: dict[Argument, int] = {}
        for position, line in enumerate(program.lines):
            for argument in line.args:
                self._last[argument] = position
        self._home: dict[Argument, str] = {f"x{i}": f"x{i}" for i in range(len(program.inputs))}
        self._free: dict[str, list[str]] = {"r": [], "b": [], "m": []}
        self._masks: dict[Argument, dict[bool, str]] = {}  # of a truth value and of its opposite
        self._views: dict[str, str] = {}  # of inputs and outputs, whose bit patterns are not given
        self._ahead: dict[Argument, str] = {}  # values that are computed in the rows of outputs made from them
        self.source = self._write()

    def _write(self) -> str:
        rows: dict[str, str] = {}
        copies, outputs = [], []
        for k, output in enumerate(self.program.outputs):
            if not isinstance(output, str):
                continue
            outputs.append(f"o{k}")
            if output.startswith("x") or output in rows:
                copies.append((f"o{k}", output))
            else:
                rows[output] = f"o{k}"
        self._ahead = self._early_rows(rows)
        lines = []
        for position, line in enumerate(self.program.lines):
            write = self._choice if line.op == "select" else self._call
            lines += write(position, line, rows.get(line.name))
        lines += [f"copyto({row}, {self._home[value]})" for row, value in copies]
        lines = [f"{view} = bits({home})" for home, view in self._views.items()] + lines
        if self.made["i"]:
            self.made["i"] = self.made["r"]
        arguments = [f"x{i}" for i in range(len(self.program.inputs))] + outputs
        arguments += [f"{kind}{i}" for kind, count in self.made.items() for i in range(count)]
        return f"def block({', '.join(arguments)}):\n    " + ("\n    ".join(lines) or "pass") + "\n"

    def _early_rows(self, rows: dict[str, str]) -> dict[Argument, str]:
        """Values that may stand in the row of an output until it is computed from them in place: a buffer less."""
        made = {line.name: (position, line) for position, line in enumerate(self.program.lines)}
        found: dict[Argument, str] = {}
        for name, row in rows.items():
            position, line = made[name]
            while line.op != "select" and not OPERATIONS[line.op].truth:
                free = [
                    argument
                    for argument in line.args
                    if argument in made and argument not in rows and self._last[argument] == position
                ]
                following = next((argument for argument in free if made[argument][1].op != "select"), None)
                if following is None:
                    break
                found[following] = row
                position, line = made[following]
        return found

    def _call(self, position: int, line: Line, row: str | None) -> list[str]:
        name, op, args = line
        texts = [self._text(argument) for argument in args]
        if op == "multiply" and args[0] == args[1]:
            op, texts = "square", texts[:1]
        elif op == "divide" and args[0] == 1.0:
            op, texts = "reciprocal", texts[1:]
        elif op == "polygamma" and not isinstance(args[0], str):
            texts[0] = repr(args[0])  # a whole number, not an array
        self.called.add(op)
        self._release(position, args)
        target = self._target(name, "b" if OPERATIONS[line.op].truth else "r", row)
        return [f"{called(op)}({', '.join(texts)}, {target})"]

    def _text(self, argument: Argument) -> str:
        if isinstance(argument, str):
            return self._home[argument]
        if argument != argument:  # noqa: PLR0124 - NaN is no key
            return "nan"
        return self.constants.setdefault(float(argument), f"c{len(self.constants)}")

    # ---- choices -----------------------------------------------------------------------------------------------------

    def _choice(self, position: int, line: Line, row: str | None) -> list[str]:
        """Where the condition holds the first value, else the second: second ^ ((first ^ second) & mask), or less."""
        condition, first, second = line.args
        if _is_zero(first) or _is_nan(second):
            mask, lines = self._mask(condition, opposite=True)
            first, second = second, first
        else:
            mask, lines = self._mask(condition, opposite=False)
        needed_late = isinstance(second, str) and not _is_nan(first)  # after the target has been written to
        self._release(position, [argument for argument in line.args if not needed_late or argument != second])
        target = self._bits(self._target(line.name, "r", row))
        if _is_nan(first):
            lines.append(f"bit_or({self._pattern(second)}, {mask}, {target})")
        elif isinstance(first, str) and _is_zero(second):
            lines.append(f"bit_and({self._pattern(first)}, {mask}, {target})")
        elif isinstance(first, str) or isinstance(second, str):
            lines.append(f"bit_xor({self._pattern(first)}, {self._pattern(second)}, {target})")
            lines.append(f"bit_and({target}, {mask}, {target})")
            lines.append(f"bit_xor({target}, {self._pattern(second)}, {target})")
        else:
            lines.append(f"bit_and({self._pattern(first, second)}, {mask}, {target})")
            if not _is_zero(second):
                lines.append(f"bit_xor({target}, {self._pattern(second)}, {target})")
        if needed_late:
            self._release(position, [second])
        return lines

    def _mask(self, condition: Argument, opposite: bool) -> tuple[str, list[str]]:
        """The mask of where a truth value holds (opposite: does not), and the lines that make it if it is new."""
        known = self._masks.setdefault(condition, {})
        if opposite in known:
            return known[opposite], []
        mask = known[opposite] = self._buffer("m")
        step = f"subtract({mask}, one, {mask})" if opposite else f"negate({mask}, {mask})"
        self.called |= {"subtract", "negate"}
        return mask, [f"copyto({mask}, {self._text(condition)})", step]  # copied, a truth value is 1

    def _pattern(self, value: Argument, other: float = 0.0) -> str:
        """The bits of a value, or those in which a number differs from another."""
        if isinstance(value, str):
            return self._bits(self._home[value])
        return self.patterns.setdefault((float(value), other), f"k{len(self.patterns)}")

    def _bits(self, home: str) -> str:
        """The name of a buffer's bit pattern."""
        if home[0] == "r":
            self.made["i"] = 1
            return "i" + home[1:]
        return self._views.setdefault(home, f"w{len(self._views)}")

    # ---- buffers -----------------------------------------------------------------------------------------------------

    def _release(self, position: int, arguments: Iterable[Argument]) -> None:
        """The buffers of values that are used here for the last time are free from here on."""
        for argument in sorted({argument for argument in arguments if isinstance(argument, str)}):
            if self._last[argument] == position:
                for home in (self._home[argument], *self._masks.pop(argument, {}).values()):
                    self._put_back(home)

    def _target(self, name: str, kind: str, row: str | None) -> str:
        home = self._home[name] = row or self._ahead.get(name) or self._buffer(kind)
        if name not in self._last:
            self._put_back(home)
        return home

    def _put_back(self, home: str) -> None:
        if home[0] in self._free:
            self._free[home[0]].append(home)

    def _buffer(self, kind: str) -> str:
        if self._free[kind]:
            return self._free[kind].pop()
        self.made[kind] += 1
        return f"{kind}{self.made[kind] - 1}"


def _is_zero(value: Any) -> bool:
    """Whether no bit is set."""
    return value == 0.0 and math.copysign(1.0, value) > 0


def _is_nan(value: Any) -> bool:
    return bool(value != value)  # noqa: PLR0124
