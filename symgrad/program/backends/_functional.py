"""Programs as Python over the arrays of another library: one expression a line, nothing written in place.

Libraries that trace or differentiate (jax, torch) need values that never change; how operations are called is theirs.
"""

import builtins
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from symgrad.errors import UsageError
from symgrad.program.backends._load import load
from symgrad.program.program import Argument, Program

_INFIX = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "negate": "-{}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "equal": "{} == {}",
    "not_equal": "{} != {}",
}
_KEYWORDS = {"and": "both", "or": "either", "not": "opposite"}


def source(program: Program) -> str:
    """The text of `point(x0, x1, …)`, which returns all outputs.

    >>> from symgrad.program.program import Line
    >>> print(source(Program(("x",), (Line("v0", "sin", ("x0",)), Line("v1", "multiply", (2.0, "v0"))), ("v1",))))
    def point(x0):
        v0 = sin(x0)
        v1 = 2.0 * v0
        return (v1,)
    """
    arguments = ", ".join(f"x{i}" for i in range(len(program.inputs)))
    lines = [f"def point({arguments}):"]
    for name, op, args in program.lines:
        texts = [_text(argument) for argument in args]
        call = f"{_KEYWORDS.get(op, op)}({', '.join(texts)})"
        lines.append(f"    {name} = {_INFIX[op].format(*texts) if op in _INFIX else call}")
    lines.append(f"    return ({''.join(_text(output) + ', ' for output in program.outputs).strip().rstrip(',')},)")
    return "\n".join(lines)


def _text(argument: Argument) -> str:
    if isinstance(argument, str):
        return argument
    text = repr(float(argument))
    return f"({text})" if text.startswith("-") else text


def function(program: Program, table: Mapping[str, Any], library: str) -> Callable[..., tuple[Any, ...]]:
    """The program over a library's arrays: one for each input, a tuple of all outputs back."""
    lacking = missing(program, table)
    if lacking:
        raise UsageError(f"{library} has no {lacking[0]}.")
    made = load(source(program), table, "point")
    # Libraries import parts of themselves on first use, with the builtins of the frame that called: ours, which the
    # loader leaves without any. The check has shown that the code names none of them.
    return FunctionType(made.__code__, {**table, "__builtins__": builtins}, "point")


def missing(program: Program, table: Mapping[str, object]) -> list[str]:
    """The operations of a program that a library's table lacks."""
    return sorted({op for op in program.counts() if op not in _INFIX and _KEYWORDS.get(op, op) not in table})
