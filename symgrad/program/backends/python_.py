"""Programs as straight-line Python over floats: no array overhead, ready in a millisecond.

Values used once stand inside the expression that uses them; values that only one branch of a choice needs are computed
in that branch. Where `math` raises (a pole, an overflow, a domain), the same program runs again with functions that
return NaN or infinity instead, so that ordinary points pay nothing for the extraordinary ones.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symgrad.program import _ieee
from symgrad.program.backends._load import load
from symgrad.program.program import OPERATIONS, Argument, Line, Program

_DEEPEST = 16  # parentheses within parentheses
_LONGEST = 400  # characters of an expression that is still put inside another

_INFIX = {
    "add": "({} + {})",
    "subtract": "({} - {})",
    "multiply": "({} * {})",
    "divide": "({} / {})",
    "mod": "({} % {})",
    "negate": "(-{})",
    "less": "({} < {})",
    "less_equal": "({} <= {})",
    "equal": "({} == {})",
    "not_equal": "({} != {})",
    "and": "({} and {})",
    "or": "({} or {})",
    "not": "(not {})",
    "abs": "({0} if {0} > 0.0 else 0.0 - {0})",  # no call; |-0.0| is 0.0
    "sign": "(1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0})",  # NaN stays NaN
    "maximum": "({0} if {0} > {1} or {0} != {0} else {1})",
    "minimum": "({0} if {0} < {1} or {0} != {0} else {1})",
}
_REPEATS = frozenset(("abs", "sign", "maximum", "minimum"))  # their text names an argument twice: it must be a name
_MATH = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh",
    "power": "pow",
}  # fmt: skip
_QUICK: dict[str, Callable[..., Any]] = {
    op: row.double if row.special else getattr(math, _MATH.get(op, op), None) or getattr(_ieee, op)
    for op, row in OPERATIONS.items()
    if op not in _INFIX | {"select": 0}
} | {"abs": abs, "floor": lambda u: float(math.floor(u)), "ceil": lambda u: float(math.ceil(u)), "round": _ieee.round}
_CAREFUL: dict[str, Callable[..., Any]] = {op: row.double for op, row in OPERATIONS.items()}
_ERRORS = {"ValueError": ValueError, "OverflowError": OverflowError, "ZeroDivisionError": ZeroDivisionError}


Returned = Callable[[Sequence[str]], list[str]]  # the texts of the outputs -> the last statements, the return


def _flat(outputs: Sequence[str]) -> list[str]:
    return [f"return ({', '.join(outputs)},)" if outputs else "return ()"]


class PythonKernel:
    """A program as Python functions, each generated when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @property
    def source(self) -> str:
        return self.text("point", _flat)

    @cached_property
    def point(self) -> Callable[..., tuple[float, ...]]:
        """(x0, x1, …) -> all outputs."""
        return self.function("point", _flat)

    def batch(self, inputs: Sequence[Any], out: Any) -> None:
        """One point after another: right, but slow; arrays belong to the numpy backend."""
        for k in range(len(inputs[0])):
            for row, value in zip(out, self.point(*(float(column[k]) for column in inputs))):
                row[k] = value

    def function(self, name: str, returned: Returned, extra: dict[str, Any] | None = None) -> Callable[..., Any]:
        """A function that runs the program and returns what `returned` writes from the texts of the outputs."""
        extra = extra or {}
        careful: list[Callable[..., Any]] = []

        def more(*x: Any) -> Any:
            if not careful:
                careful.append(load(self.text(name, returned, quick=False), {**_CAREFUL, **_CONSTANTS, **extra}, name))
            return careful[0](*x)

        table = {**_QUICK, **_CONSTANTS, **_ERRORS, **extra, "more": more}
        return load(self.text(name, returned), table, name)  # type: ignore[no-any-return]

    @cached_property
    def _parts(self) -> "tuple[list[str], list[str]]":
        return write(self.program, quick=True)

    def text(self, name: str, returned: Returned, *, quick: bool = True) -> str:
        """The source of one function."""
        lines, outputs = self._parts if quick else write(self.program, quick=False)
        arguments = ", ".join(f"x{i}" for i in range(len(self.program.inputs)))
        body, indent = [f"def {name}({'x' if name == 'vector' else arguments}):"], "    "
        call = f"more({'x' if name == 'vector' else arguments})"
        if name == "vector":
            body.append(f"    {arguments}, = tolist(x)")
        if quick:
            body.append("    try:")
            indent = "        "
        body += [indent + line for line in (*lines, *returned(outputs))]
        if quick:
            body += ["    except (ValueError, OverflowError, ZeroDivisionError):", f"        return {call}"]
        return "\n".join(body) + "\n"


_CONSTANTS = {"nan": math.nan, "inf": math.inf}


def build(program: Program) -> PythonKernel:
    """The program for floats.

    >>> build(Program(("x",), (Line("v0", "log", ("x0",)), Line("v1", "multiply", ("x0", "v0"))), ("v1",))).point(0.0)
    (nan,)
    """
    return PythonKernel(program)


# ---- writing ---------------------------------------------------------------------------------------------------------


def write(program: Program, *, quick: bool) -> tuple[list[str], list[str]]:
    """The lines of a function's body and the texts of the outputs."""
    return _Writer(program, quick).written()


@dataclass
class _If:
    """An if statement while it is written."""

    condition: str
    yes: "list[str | _If]"
    no: "list[str | _If]"


def _same_if(lines: "Sequence[str | _If]", condition: str) -> bool:
    """Whether the last line is an if statement that asks the same."""
    last = lines[-1] if lines else None
    return isinstance(last, _If) and last.condition == condition


def _flat_lines(block: "Sequence[str | _If]") -> list[str]:
    lines: list[str] = []
    for part in block:
        if isinstance(part, str):
            lines.append(part)
        else:
            lines += [f"if {part.condition}:", *("    " + line for line in _flat_lines(part.yes))]
            lines += ["else:", *("    " + line for line in _flat_lines(part.no))]
    return lines


class _Writer:
    def __init__(self, program: Program, quick: bool) -> None:
        self.program = program
        self.formats = _INFIX if quick else {**_INFIX, "divide": "divide({}, {})", "mod": "mod({}, {})"}
        self.uses = _uses(program)
        self.texts: dict[Argument, str] = {}
        self.deep: dict[Argument, int] = {}
        self.inside: dict[Argument, str] = {}  # u where a line is |u|: |u| < c is written −c < u < c
        self.waiting: dict[tuple[str, int], list[Line]] = {}  # lines that one branch of a choice alone needs

    def written(self) -> tuple[list[str], list[str]]:
        """The body's lines and the texts of the outputs."""
        home = _branches(self.program)
        straight: list[Line] = []
        for line in self.program.lines:
            place = home.get(line.name)
            (self.waiting.setdefault(place, []) if place else straight).append(line)
        body = self._block(straight)
        return _flat_lines(body), [self._text(output) for output in self.program.outputs]

    def _block(self, block: Sequence[Line]) -> "list[str | _If]":
        lines: list[str | _If] = []
        for line in block:
            if line.op == "select" and ((line.name, 1) in self.waiting or (line.name, 2) in self.waiting):
                self._choice(line, lines)
            else:
                self._line(line, lines)
        return lines

    def _line(self, line: Line, lines: "list[str | _If]") -> None:
        name, op, args = line
        texts = [self._text(argument) for argument in args]
        if op == "select" and _same_if(lines, texts[0]) and self.uses[name] > 1:
            self._choice(line, lines)
            return
        if op == "select":
            text = f"({texts[1]} if {texts[0]} else {texts[2]})"
        elif op == "maximum" and not isinstance(args[1], str):
            text = f"({texts[1]} if {texts[0]} <= {texts[1]} else {texts[0]})"  # NaN stays NaN
        elif op == "minimum" and not isinstance(args[1], str):
            text = f"({texts[1]} if {texts[0]} >= {texts[1]} else {texts[0]})"
        elif op in ("less", "less_equal") and args[0] in self.inside and not isinstance(args[1], str):
            sign = "<" if op == "less" else "<="
            text = (
                f"(-{texts[1]} {sign} {self.inside[args[0]]} {sign} {texts[1]})"
                if args[1] > 0
                else f"({texts[0]} {sign} {texts[1]})"
            )
        elif op == "negate" and args[0] in self.inside and self.uses[args[0]] == 1:  # type: ignore[index]
            text = "({0} if {0} < 0.0 else -{0})".format(self.inside[args[0]])
        elif op in self.formats:
            text = self.formats[op].format(*texts)
        else:
            text = f"{op}({', '.join(texts)})"
        if op == "abs":
            self.inside[name] = texts[0]
        deep = 1 + max((self.deep.get(argument, 0) for argument in args), default=0)
        if self.uses[name] == 1 and deep < _DEEPEST and len(text) < _LONGEST:
            self.texts[name], self.deep[name] = text, deep
        else:
            lines.append(f"{name} = {text[1:-1] if text[0] == '(' else text}")
            self.texts[name], self.deep[name] = name, 0

    def _choice(self, line: Line, lines: "list[str | _If]") -> None:
        """A choice with work to do in a branch: an if statement, the one just before if that asks the same."""
        name, _, (condition, first, second) = line
        text = self._text(condition)
        inside = {branch: self._block(self.waiting.pop((name, branch), ())) for branch in (1, 2)}
        if not inside[1] and not inside[2] and not _same_if(lines, text):
            self._line(line, lines)  # all of it went into expressions
            return
        last = lines[-1] if lines else None
        if not isinstance(last, _If) or not _same_if(lines, text):
            last = _If(text, [], [])
            lines.append(last)
        for branch, value, body in ((1, first, last.yes), (2, second, last.no)):
            body.extend(inside[branch])
            body.append(f"{name} = {self._text(value)}")
        self.texts[name], self.deep[name] = name, 0

    def _text(self, argument: Argument) -> str:
        found = self.texts.get(argument) if isinstance(argument, str) else None
        if found is not None:
            return found
        if isinstance(argument, str):
            return argument
        text = repr(float(argument))
        return f"({text})" if text[0] == "-" else text


def _uses(program: Program) -> dict[str, int]:
    """How often each line's text would be read; two where an operation reads an argument twice."""
    uses = {line.name: 0 for line in program.lines}
    for _, op, args in program.lines:
        weight = 2 if op in _REPEATS else 1
        for argument in args:
            if argument in uses:
                uses[argument] += weight
    for output in program.outputs:
        if output in uses:
            uses[output] += 1
    return uses


_NESTED = 12  # choices within choices


def _branches(program: Program) -> dict[str, tuple[str, int]]:
    """For each line that only one branch of a choice needs: the choice and which of its arguments."""
    if not any(line.op == "select" for line in program.lines):
        return {}
    stacks: dict[Argument, tuple[tuple[str, int], ...]] = dict.fromkeys(program.outputs, ())
    for name, op, args in reversed(program.lines):
        mine = stacks.get(name, ())
        for position, argument in enumerate(args):
            if not isinstance(argument, str):
                continue
            inside = (*mine, (name, position)) if op == "select" and position and len(mine) < _NESTED else mine
            stacks[argument] = _common(stacks[argument], inside) if argument in stacks else inside
    return {line.name: stacks[line.name][-1] for line in program.lines if stacks.get(line.name)}


def _common(first: tuple[tuple[str, int], ...], second: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    if first == second:
        return first
    length = 0
    for one, other in zip(first, second):
        if one != other:
            break
        length += 1
    return first[:length]
