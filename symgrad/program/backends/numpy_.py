"""Programs on arrays with numpy alone: in blocks that fit the cache, written in place, buffers used again.

Every operation is one ufunc with an output given; a buffer is free again after the last use of its value. Choices are
made on bit patterns, since a branch that is mispredicted costs more than ten operations.
"""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from typing import Any

import numpy as np

from symgrad.program import _ieee
from symgrad.program.backends._load import load
from symgrad.program.program import OPERATIONS, Argument, Line, Program

BLOCK = 16_384  # points at once, at most
SMALLEST = 2_048  # fewer would be all overhead
WORTH_THREADS = 20_000_000  # operations on single numbers below which a second thread costs more than it does
CACHE = 1 << 20  # bytes that the values of a block may take

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


def _choose(mask: Any, first: Any, second: Any, out: Any) -> None:
    """out = second ^ ((first ^ second) & mask) on bit patterns: no branch to mispredict; out may be first or second."""
    kind = mask.dtype
    bits = out.view(kind)
    if type(first) is float and type(second) is float:
        one, other = _bits_of(first, kind), _bits_of(second, kind)
        np.bitwise_and(mask, one ^ other, bits)
        np.bitwise_xor(bits, other, bits)
    elif type(second) is float and second == 0.0:
        np.bitwise_and(first.view(kind), mask, bits)
    elif type(second) is float:
        other = _bits_of(second, kind)
        np.bitwise_xor(first.view(kind), other, bits)
        np.bitwise_and(bits, mask, bits)
        np.bitwise_xor(bits, other, bits)
    else:
        one = _bits_of(first, kind) if type(first) is float else first.view(kind)
        other = second.view(kind)
        difference = np.bitwise_xor(one, other)
        np.bitwise_and(difference, mask, difference)
        np.bitwise_xor(difference, other, bits)


def _bits_of(value: float, kind: Any) -> Any:
    return np.array([value], f"f{kind.itemsize}").view(kind)[0]


def _mask(truth: Any, out: Any) -> None:
    """All bits set where the truth holds, none elsewhere."""
    np.copyto(out, truth)
    np.negative(out, out)


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        allowed: set[int] = os.sched_getaffinity(0)
        return len(allowed)
    return os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, _processors() - 1), thread_name_prefix="symgrad")


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
    def _size(self) -> int:
        """Points in a block: all that is touched should lie in the second-level cache."""
        streams = self._written.made["r"] + len(self.program.inputs) + len(self.program.outputs)
        fitting = CACHE // (self.dtype.itemsize * max(1, streams))
        return int(max(SMALLEST, min(BLOCK, 1 << max(0, fitting.bit_length() - 1))))

    @cached_property
    def _block(self) -> Callable[..., None]:
        table: dict[str, Any] = {
            **_UFUNCS,
            "choose": _choose,
            "mask": _mask,
            "copyto": np.copyto,
            "nan": math.nan,
            "inf": math.inf,
        }
        table |= {name: np.array(value, self.dtype) for value, name in self._written.constants.items()}
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
        workers = min(_processors(), points // (4 * self._size))
        if workers < 2 or points * len(self.program.lines) < WORTH_THREADS:
            self._part(inputs, out, 0, points)
            return
        ends = [points * k // workers for k in range(workers + 1)]
        others = [_pool().submit(self._part, inputs, out, *ends[k : k + 2]) for k in range(1, workers)]
        self._part(inputs, out, *ends[:2])
        for other in others:
            other.result()

    def _part(self, inputs: Sequence[Any], out: Sequence[Any], start: int, stop: int) -> None:
        with np.errstate(all="ignore"):  # holds for one thread only
            self._blocks(inputs, out, start, stop)

    def _blocks(self, inputs: Sequence[Any], out: Sequence[Any], start: int, stop: int) -> None:
        size = min(self._size, stop - start)
        kinds = {"r": self.dtype, "b": np.dtype(np.bool_), "m": np.dtype(f"i{self.dtype.itemsize}")}
        buffers = [np.empty(size, kind) for name, kind in kinds.items() for _ in range(self._written.made[name])]
        rows = [row for row, output in zip(out, self.program.outputs) if isinstance(output, str)]
        block = self._block
        if size == stop - start == len(inputs[0] if inputs else rows[0]):
            block(*inputs, *rows, *buffers)
            return
        for low in range(start, stop, size):
            high = min(low + size, stop)
            if high - low < size:
                buffers = [buffer[: high - low] for buffer in buffers]
            block(*[column[low:high] for column in inputs], *[row[low:high] for row in rows], *buffers)


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
        self.free: dict[str, list[str]] = {"r": [], "b": [], "m": []}  # buffers: reals, truth values, masks
        self.made: dict[str, int] = {"r": 0, "b": 0, "m": 0}
        self.masks: dict[Argument, str] = {}
        self.constants: dict[float, str] = {}  # as arrays of one number, which ufuncs take quicker than floats
        self.called: set[str] = set()
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
        lines = []
        for position, line in enumerate(self.program.lines):
            lines += ["    " + text for text in self._line(position, line, rows.get(line.name))]
        lines += [f"    copyto({row}, {self.home[value]})" for row, value in copies]
        arguments = [f"x{i}" for i in range(len(self.program.inputs))] + outputs
        arguments += [f"{kind}{i}" for kind in "rbm" for i in range(self.made[kind])]
        return f"def block({', '.join(arguments)}):\n" + ("\n".join(lines) or "    pass") + "\n"

    def _line(self, position: int, line: Line, row: str | None) -> list[str]:
        name, op, args = line
        texts = [self._text(argument) for argument in args]
        dying = {argument for argument in args if isinstance(argument, str) and self.last[argument] == position}
        kind = "b" if OPERATIONS[op].truth else "r"
        before = self._masked(args[0]) if op == "select" else []
        self._release(dying)
        target = row or self._buffer(kind)
        self.home[name] = target
        if name not in self.last and row is None:
            self._release({name})
        self.called.add(op)
        if op == "select":
            mask = self.masks[args[0]]
            if args[0] in dying:
                self.free["m"].append(self.masks.pop(args[0]))
            return [*before, f"choose({mask}, {texts[1]}, {texts[2]}, {target})"]
        if op != "polygamma":
            texts = [self._constant(text, argument) for text, argument in zip(texts, args)]
        return [self._call(op, args, texts, target)]

    def _constant(self, text: str, argument: Argument) -> str:
        if isinstance(argument, str) or argument != argument:  # noqa: PLR0124 - NaN is no key
            return text
        return self.constants.setdefault(float(argument), f"c{len(self.constants)}")

    def _masked(self, condition: Argument) -> list[str]:
        """The line that makes a mask of a truth value, if there is none yet."""
        if condition in self.masks:
            return []
        self.masks[condition] = self._buffer("m")
        return [f"mask({self._text(condition)}, {self.masks[condition]})"]

    def _call(self, op: str, args: tuple[Argument, ...], texts: list[str], target: str) -> str:
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
