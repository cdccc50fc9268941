"""Programs as straight-line Python over floats: no array overhead, ready in a millisecond.

One program has up to three texts, each asked where the one before gives up. The quick one (see `quick`) is right where
its conditions hold and no function of `math` raises; the plain one where none raises (a pole, an overflow, a domain);
the careful one always: its functions return NaN or infinity instead. So ordinary points pay nothing for the others. For
its first few calls a function runs the quick program line by line (see `python_steps`), and no text is written at all.
"""

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np

from symgrad.program import _ieee
from symgrad.program.backends._load import load
from symgrad.program.backends.python_steps import ERRORS, OPERATORS, beginning, outputs_at
from symgrad.program.backends.python_text import INFIX, without_sizes, write
from symgrad.program.layout import FLOAT64
from symgrad.program.program import OPERATIONS, Program
from symgrad.program.quick import Quick

_MATH = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh",
    "power": "pow",
}  # fmt: skip
_QUICK: dict[str, Callable[..., Any]] = {
    op: getattr(math, _MATH.get(op, op), None) or getattr(_ieee, op, None) or row.double
    for op, row in OPERATIONS.items()
    if op not in INFIX | {"select": 0}
} | {
    "abs": abs, "floor": lambda u: float(math.floor(u)), "ceil": lambda u: float(math.ceil(u)), "round": _ieee.round,
    "lgamma": _ieee.lgamma,  # math's loses digits near 1 and 2
}  # fmt: skip
_STEPS = _QUICK | OPERATORS
_CAREFUL: dict[str, Callable[..., Any]] = {op: row.double for op, row in OPERATIONS.items()}
# the last: an array of no dimensions has no entries to take
_ERRORS = {error.__name__: error for error in ERRORS}
_CONSTANTS = {"nan": math.nan, "inf": math.inf}

Returned = Callable[[Sequence[str]], list[str]]  # the texts of the outputs -> the last statements, the return
Extra = dict[str, Any]  # what those statements call


def _flat(outputs: Sequence[str]) -> list[str]:
    return [f"return ({', '.join(outputs)},)" if outputs else "return ()"]


class PythonKernel:
    """A program as Python functions, each generated when it is first asked for."""

    def __init__(self, program: Program | Quick) -> None:
        quick = program if isinstance(program, Quick) else Quick(program, 0, None)
        self.program, self.conditions, self._sure = quick

    @property
    def source(self) -> str:
        return self.text("point", _flat)

    @cached_property
    def point(self) -> Callable[..., tuple[float, ...]]:
        """(x0, x1, …) -> all outputs."""
        return self.function("point", _flat)

    def batch(self, inputs: Sequence[Any], out: Any) -> None:
        """One point after another: right, but slow; arrays belong to the numpy backend."""
        with np.errstate(all="ignore"):  # results too large for single precision
            for k in range(len(out[0])):
                for row, value in zip(out, self.point(*(float(column[k]) for column in inputs))):
                    row[k] = value

    def function(
        self,
        name: str,
        returned: Returned,
        extra: Extra | None = None,
        more: Callable[..., Any] | None = None,
        space: dict[str, Any] | None = None,
    ) -> Callable[..., Any]:
        """A function that runs the program and returns what `returned` writes from the texts of the outputs.

        Args:
            name: "point" of the inputs; "vector" of one array of them; "call", which is a method and takes anything.
            more: what is asked where the quick text gives up or can't take the arguments: of a point another text of
                the same, if none is given. A call hands over (self, rest, named, x0, x1, …).
            space: a dictionary for the function's globals.
        """
        extra = extra or {}
        table = {**_QUICK, **_CONSTANTS, **_ERRORS, **extra, "more": more or self._slower(returned, extra)}
        return load(self.text(name, returned), table, name, space)  # type: ignore[no-any-return]

    def begun(
        self, name: str, assembled: Callable[[Sequence[float]], Any], more: Callable[..., Any] | None,
        generate: Callable[[dict[str, Any]], Callable[..., Any]], lock: Any,
    ) -> Callable[..., Any]:  # fmt: skip
        """What `generate` makes with the globals given, but run line by line for its first few calls.

        Args:
            assembled: makes its results from the outputs.
            more: is asked by a vector or a call that can't take its arguments.
        """
        count, wanted, program = len(self.program.inputs), len(self.program.outputs) - self.conditions, self._stepped

        def point(*x: float) -> Any:
            found = outputs_at(program, _STEPS, x)
            return assembled(found[:wanted]) if found is not None and all(found[wanted:]) else None

        def vector(x: Any) -> Any:
            plain = type(x) is np.ndarray and x.dtype is FLOAT64 and x.shape == (count,)
            return point(*x.tolist()) if plain or more is None else more(x)

        def call(it: Any, rest: tuple[Any, ...], named: dict[str, Any]) -> Any:
            plain = not named and len(rest) == count and all(type(argument) is float for argument in rest)
            return point(*rest) if plain or more is None else more(it, rest, named)

        few: dict[str, Callable[..., Any]] = {"point": point, "vector": vector, "call": call}
        return beginning(name, few[name], generate, lock)

    @cached_property
    def _stepped(self) -> Program:
        """The program as the text has it."""
        return without_sizes(self.program)

    def _slower(self, returned: Returned, extra: Extra) -> Callable[..., Any]:
        """The next text for a point, generated when it is first needed."""
        found: list[Callable[..., Any]] = []
        lock = RLock()

        def more(*x: Any) -> Any:
            if not found:
                with lock:
                    if not found:
                        found.append(self._next(returned, extra))
            return found[0](*x)

        return more

    def _next(self, returned: Returned, extra: Extra) -> Callable[..., Any]:
        if self._sure is not None:
            return PythonKernel(self._sure()).function("point", returned, extra)
        lines, outputs = write(self.program, quick=False)
        text = "\n    ".join([f"def point({self._inputs}):", *lines, *returned(outputs)])
        return load(text + "\n", {**_CAREFUL, **_CONSTANTS, **extra}, "point")  # type: ignore[no-any-return]

    @property
    def _inputs(self) -> str:
        return ", ".join(f"x{i}" for i in range(len(self.program.inputs)))

    @cached_property
    def _parts(self) -> tuple[list[str], list[str]]:
        return write(self._stepped, quick=True)

    def text(self, name: str, returned: Returned) -> str:
        """The source of one function."""
        lines, outputs = self._parts
        count = len(outputs) - self.conditions
        last = returned(outputs[:count])
        if self.conditions:
            last = [f"if {' and '.join(outputs[count:])}:", *("    " + line for line in last)]
        header, given, more = _HEADERS[name](self._inputs, len(self.program.inputs))
        body = [*given, *lines, *last]
        errors = ", ".join(_ERRORS)
        body = ["    try:", *("        " + line for line in body), f"    except ({errors}):", "        pass"]
        return "\n".join([header, *body, f"    return {more}"]) + "\n"


def _of_point(inputs: str, count: int) -> tuple[str, list[str], str]:
    return f"def point({inputs}):", [], f"more({inputs})"


def _of_vector(inputs: str, count: int) -> tuple[str, list[str], str]:
    """The entries are floats if the first is one: they all have the type of the array."""
    checked = ["if type(x) is not ndarray or x.dtype is not float64:", "    return more(x)", f"{inputs}, = tolist(x)"]
    if not count:
        return "def vector(x):", ["return more(x)"], "more(x)"
    return "def vector(x):", [*checked, "if type(x0) is not float:", "    return more(x)"], "more(x)"


def _of_call(inputs: str, count: int) -> tuple[str, list[str], str]:
    names = inputs.split(", ") if count else []
    defaults = "".join(f"{name}=nothing, " for name in names)
    more = f"more({', '.join(['self', 'rest', 'named', *names])})"
    wrong = " or ".join(["rest", "named", *(f"type({name}) is not float" for name in names)])
    return f"def call(self, {defaults}/, *rest, **named):", [f"if {wrong}:", f"    return {more}"], more


_HEADERS: dict[str, Callable[[str, int], tuple[str, list[str], str]]] = {
    "point": _of_point, "vector": _of_vector, "call": _of_call,
}  # fmt: skip


def build(program: Program | Quick) -> PythonKernel:
    """The program for floats.

    >>> from symgrad.program.program import Line
    >>> build(Program(("x",), (Line("v0", "log", ("x0",)), Line("v1", "multiply", ("x0", "v0"))), ("v1",))).point(0.0)
    (nan,)
    """
    return PythonKernel(program)
