"""Programs on arrays with numpy alone: in blocks that fit the cache, written in place, buffers used again.

Every operation is one ufunc with an output given; a buffer is free again after the last use of its value. Blocks of
16,384 points keep the buffers in cache.
"""

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symgrad.program import _ieee
from symgrad.program.backends._load import load
from symgrad.program.program import OPERATIONS, Argument, Line, Program

BLOCK = 16_384

_UFUNCS: dict[str, Any] = {
    "abs": np.absolute,
    "mod": np.mod,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_not": np.logical_not,
    "negate": np.negative,
    "arsinh": np.arcsinh,
    "arcosh": np.arccosh,
    "artanh": np.arctanh,
    "atan2": np.arctan2,
} | {
    op: getattr(np, op)
    for op in (
        *(
            "add",
            "subtract",
            "multiply",
            "divide",
            "power",
            "maximum",
            "minimum",
            "hypot",
            "less",
            "less_equal",
            "equal",
        ),
        *(
            "not_equal",
            "sqrt",
            "cbrt",
            "exp",
            "expm1",
            "log",
            "log1p",
            "sin",
            "cos",
            "tan",
            "arcsin",
            "arccos",
            "arctan",
        ),
        *("sinh", "cosh", "tanh", "sign", "square", "reciprocal"),
    )
}
# a third positional argument of these two is deprecated
_UFUNCS |= {
    "maximum": lambda u, v, out: np.maximum(u, v, out=out),
    "minimum": lambda u, v, out: np.minimum(u, v, out=out),
}
_SPECIAL = {"erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "gamma": "gamma", "lgamma": "gammaln", "digamma": "psi"}


def _special(op: str) -> Callable[..., Any]:
    """A function that numpy lacks: scipy's if it is installed, else one number after another."""
    try:
        from scipy import special
    except ImportError:
        return _one_by_one(op)
    if op == "polygamma":
        return lambda n, u, out: np.copyto(out, special.polygamma(int(n), u))
    function = getattr(special, _SPECIAL[op])
    mend = _MENDED.get(op)
    if mend is None:
        return function  # type: ignore[no-any-return]

    def mended(u: Any, out: Any) -> None:
        where, value = mend(u)  # before the result may overwrite u
        function(u, out)
        np.copyto(out, value, where=where)

    return mended


# where scipy says otherwise than C: ln|Γ| at −∞ and at subnormal numbers, ψ at its pole 0
_MENDED: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "lgamma": lambda u: ((u == -math.inf) | ((np.abs(u) < 1e-290) & (u != 0)), np.abs(np.log(np.abs(u)))),
    "digamma": lambda u: (u == 0, math.nan),
}
_KEYWORDS = {"and": "logical_and", "or": "logical_or", "not": "logical_not"}


def _one_by_one(op: str) -> Callable[..., Any]:
    function = np.frompyfunc(getattr(_ieee, op), OPERATIONS[op].arity, 1)

    def call(*args: Any) -> None:
        *inputs, out = args
        np.copyto(out, function(*inputs).astype(out.dtype))

    return call


def _select(condition: Any, first: Any, second: Any, out: Any) -> None:
    if second is not out:
        np.copyto(out, second)
    np.copyto(out, first, where=condition)


class NumpyKernel:
    """A program as a function of blocks of arrays."""

    def __init__(self, program: Program, dtype: Any = np.float64) -> None:
        self.program = program
        self.dtype = np.dtype(dtype)
        self._written = _Writer(program)

    @property
    def source(self) -> str:
        return self._written.source

    @cached_property
    def _block(self) -> Callable[..., None]:
        table: dict[str, Any] = {**_UFUNCS, "select": _select, "copyto": np.copyto, "nan": math.nan, "inf": math.inf}
        table |= {op: _special(op) for op in (*_SPECIAL, "polygamma") if op in self._written.called}
        return load(self.source, table, "block")  # type: ignore[no-any-return]

    def point(self, *x: float) -> tuple[float, ...]:
        """All outputs at one point, by way of arrays of one number."""
        out = np.empty((len(self.program.outputs), 1), self.dtype)
        self.batch([np.array([value], self.dtype) for value in x], out)
        return tuple(out[:, 0].tolist())

    def batch(self, inputs: Sequence[Any], out: Any) -> None:
        """All outputs at N points, block by block."""
        points = len(out[0]) if len(out) else 0
        for row, output in zip(out, self.program.outputs):
            if not isinstance(output, str):
                row.fill(output)
        with np.errstate(all="ignore"):
            self._blocks(inputs, out, 0, points)

    def _blocks(self, inputs: Sequence[Any], out: Sequence[Any], start: int, stop: int) -> None:
        size = min(BLOCK, stop - start)
        reals = [np.empty(size, self.dtype) for _ in range(self._written.reals)]
        truths = [np.empty(size, np.bool_) for _ in range(self._written.truths)]
        rows = [row for row, output in zip(out, self.program.outputs) if isinstance(output, str)]
        block = self._block
        for low in range(start, stop, BLOCK):
            high = min(low + BLOCK, stop)
            if high - low < size:
                reals = [buffer[: high - low] for buffer in reals]
                truths = [buffer[: high - low] for buffer in truths]
            block(*[column[low:high] for column in inputs], *[row[low:high] for row in rows], *reals, *truths)


def build(program: Program, dtype: Any = np.float64) -> NumpyKernel:
    """The program for arrays.

    >>> out = np.empty((1, 3))
    >>> build(Program(("x",), (Line("v0", "multiply", ("x0", "x0")),), ("v0",))).batch([np.arange(3.0)], out)
    >>> out
    array([[0., 1., 4.]])
    """
    return NumpyKernel(program, dtype)


# ---- writing ---------------------------------------------------------------------------------------------------------


class _Writer:
    """The text of `block(inputs, outputs, real buffers, truth buffers)`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.last: dict[Argument, int] = {}
        for position, line in enumerate(program.lines):
            for argument in line.args:
                self.last[argument] = position
        self.home: dict[Argument, str] = {f"x{i}": f"x{i}" for i in range(len(program.inputs))}
        self.free: dict[str, list[str]] = {"r": [], "b": []}
        self.made: dict[str, int] = {"r": 0, "b": 0}
        self.called: set[str] = set()
        self.source = self._write()

    @property
    def reals(self) -> int:
        return self.made["r"]

    @property
    def truths(self) -> int:
        return self.made["b"]

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
        lines = []
        for position, line in enumerate(self.program.lines):
            lines.append("    " + self._line(position, line, rows.get(line.name)))
        lines += [f"    copyto({row}, {self.home[value]})" for row, value in copies]
        arguments = [f"x{i}" for i in range(len(self.program.inputs))] + outputs
        arguments += [f"r{i}" for i in range(self.reals)] + [f"b{i}" for i in range(self.truths)]
        return f"def block({', '.join(arguments)}):\n" + ("\n".join(lines) or "    pass") + "\n"

    def _line(self, position: int, line: Line, row: str | None) -> str:
        name, op, args = line
        texts = [self._text(argument) for argument in args]
        dying = {argument for argument in args if isinstance(argument, str) and self.last[argument] == position}
        kind = "b" if OPERATIONS[op].truth else "r"
        if op == "select":  # written in two steps: only the third argument may lie where the result goes
            if row is None and args[2] in dying and self._owned(args[2]) and args[2] not in args[:2]:
                self._release({args[2]})
                dying -= {args[2]}
            target = row or self._buffer(kind)
            self._release(dying)
        else:
            self._release(dying)
            target = row or self._buffer(kind)
        self.home[name] = target
        if name not in self.last and row is None:
            self._release({name})
        self.called.add(op)
        if op == "multiply" and args[0] == args[1]:
            return f"square({texts[0]}, {target})"
        if op == "divide" and args[0] == 1.0:
            return f"reciprocal({texts[1]}, {target})"
        return f"{_KEYWORDS.get(op, op)}({', '.join(texts)}, {target})"

    def _owned(self, argument: Argument) -> bool:
        return self.home[argument][0] in "rb"

    def _release(self, dying: set[Any]) -> None:
        for argument in sorted(dying):
            home = self.home[argument]
            if home[0] in "rb":
                self.free[home[0]].append(home)

    def _buffer(self, kind: str) -> str:
        if self.free[kind]:
            return self.free[kind].pop()
        self.made[kind] += 1
        return f"{kind}{self.made[kind] - 1}"

    def _text(self, argument: Argument) -> str:
        if isinstance(argument, str):
            return self.home[argument]
        return repr(float(argument))
