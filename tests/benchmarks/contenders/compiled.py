"""Peers that make native code of an expression: symengine, numba, heyoka, and gcc with the C library's vectors."""

import ctypes
import math
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from symgrad.program import Program, compile  # noqa: A004
from tests.benchmarks.contenders import symbolic
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement

# ---- symengine -------------------------------------------------------------------------------------------------------


@cache
def _symengine(case: Case) -> Any:
    import symengine

    symbolic.refuse(case, "Abs", "gamma", "loggamma", "Piecewise")
    symbols, expression = symbolic.value(case)
    of = [symengine.sympify(s) for s in symbols]
    value = symengine.sympify(expression)
    return symengine.Lambdify(of, [value, *(value.diff(s) for s in of)], backend="llvm", cse=True)


def symengine_point(case: Case, x: Any) -> Statement:
    function, out = _symengine(case), np.empty(1 + len(x))
    names = {"f": function.unsafe_real, "x": x, "out": out}
    return Statement("f(x, out)", names, lambda _: out.copy())


def symengine_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    """Points in rows, as it wants them."""
    if threads > 1:
        raise NotImplementedError("one thread only")
    function, given = _symengine(case), np.ascontiguousarray(x.T)
    found = np.empty(out.T.shape)
    return Statement("f(x, out=out)", {"f": function, "x": given, "out": found}, lambda _: found.T.copy())


# ---- numba -----------------------------------------------------------------------------------------------------------


def _printed(case: Case) -> tuple[list[str], list[str]]:
    """Lines of Python with shared parts, and the outputs."""
    import sympy
    from sympy.printing.pycode import PythonCodePrinter

    symbolic.refuse(case, "gamma", "loggamma")
    symbols, values = symbolic.expressions(case)
    shared, outputs = sympy.cse(values)
    printer = PythonCodePrinter({"fully_qualified_modules": True})
    lines = [f"{symbol} = x_[{i}]" for i, symbol in enumerate(symbols)]
    lines += [f"{name} = {printer.doprint(value)}" for name, value in shared]
    return lines, [printer.doprint(value) for value in outputs]


@cache
def _numba_point(case: Case) -> Any:
    import numba

    lines, outputs = _printed(case)
    body = [*lines, *(f"out[{k}] = {value}" for k, value in enumerate(outputs))]
    space = {"math": math, "numpy": np, "sign": np.sign}
    exec("def f(x_, out):\n    " + "\n    ".join(body), space)  # noqa: S102
    return numba.njit(fastmath=True)(space["f"])


def numba_point(case: Case, x: Any) -> Statement:
    function, out = _numba_point(case), np.empty(1 + len(x))
    function(x, out)
    return Statement("f(x, out)", {"f": function, "x": x, "out": out}, lambda _: out.copy())


@cache
def _numba_batch(case: Case, parallel: bool) -> Any:
    import numba

    lines, outputs = _printed(case)
    body = [line.replace("]", ", i]") if "= x_[" in line else line for line in lines]
    body += [f"out[{k}, i] = {value}" for k, value in enumerate(outputs)]
    space = {"math": math, "numpy": np, "sign": np.sign, "numba": numba}
    text = "def f(x_, out):\n    for i in numba.prange(x_.shape[1]):\n        " + "\n        ".join(body)
    exec(text, space)  # noqa: S102
    return numba.njit(fastmath=True, parallel=parallel, error_model="numpy")(space["f"])


def numba_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    import numba

    function = _numba_batch(case, threads > 1)
    if threads > 1:
        numba.set_num_threads(threads)
    return Statement("f(x, out)", {"f": function, "x": x, "out": out}, lambda _: out.copy())


# ---- heyoka ----------------------------------------------------------------------------------------------------------


@cache
def _heyoka(case: Case, fast: bool, parallel: bool = False) -> Any:
    import heyoka
    import sympy

    symbolic.refuse(case, "gamma", "loggamma", "Piecewise", "erfc")
    symbols, expression = symbolic.value(case)
    plain = expression.replace(
        lambda t: t.is_NumberSymbol or (t.is_Rational and not t.is_Integer and t != sympy.Rational(1, 2)),
        lambda t: sympy.Float(t, 17),
    )
    of = {s: heyoka.expression(s.name) for s in symbols}
    value = heyoka.from_sympy(plain, of)
    variables = [of[s] for s in symbols]
    slopes = heyoka.diff_tensors([value], diff_args=variables, diff_order=1).gradient
    return heyoka.cfunc([value, *slopes], variables, fast_math=fast, parallel_mode=parallel)


def heyoka_point(case: Case, x: Any) -> Statement:
    function, out = _heyoka(case, False), np.empty(1 + len(x))
    names = {"f": function, "x": x, "out": out}
    return Statement("f(x, outputs=out)", names, lambda _: out.copy())


def heyoka_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    function = _heyoka(case, True, threads > 1)
    names = {"f": function, "x": x, "out": out}
    return Statement("f(x, outputs=out)", names, lambda _: out.copy())


def heyoka_slopes(family: str, n: int) -> Any:
    import heyoka

    from tests.benchmarks.scaling import FAMILIES

    x = [heyoka.expression(f"x{i}") for i in range(n)]
    f = heyoka.sum(FAMILIES[family](x, heyoka.sin, heyoka.exp))
    return heyoka.diff_tensors([f], diff_args=x, diff_order=1)


# ---- gcc -------------------------------------------------------------------------------------------------------------

_INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "less": "<", "less_equal": "<=", "equal": "==",
    "not_equal": "!=", "and": "&&", "or": "||",
}  # fmt: skip
_NAMES = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "abs": "fabs", "gamma": "tgamma", "power": "pow",
    "maximum": "fmax", "minimum": "fmin", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh",
}  # fmt: skip
_FLAGS = ["-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512", "-fno-math-errno", "-fPIC"]


def c_source(program: Program) -> str:
    """The program as C: a function `fb(inputs, outputs, n)` over rows."""
    lines = [f"const double *restrict a{i} = in[{i}];" for i in range(len(program.inputs))]
    lines += [f"double *restrict o{k} = out[{k}];" for k in range(len(program.outputs))]
    lines += ["#pragma GCC ivdep", "for (long i = 0; i < n; i++) {"]
    lines += [f"double x{i} = a{i}[i];" for i in range(len(program.inputs))]
    lines += [f"double {line.name} = {_c(line.op, [_number(a) for a in line.args])};" for line in program.lines]
    lines += [f"o{k}[i] = {_number(output)};" for k, output in enumerate(program.outputs)]
    head = "#include <math.h>\nvoid fb(const double *const *in, double *const *out, long n) {"
    return "\n".join([head, *lines, "}", "}", ""])


def _c(op: str, args: list[str]) -> str:
    if op in _INFIX:
        return f"({args[0]}) {_INFIX[op]} ({args[1]})"
    if op == "select":
        return f"{args[0]} ? {args[1]} : {args[2]}"
    if op == "sign":
        return f"({args[0]} > 0) - ({args[0]} < 0)"
    if op in ("digamma", "erfinv", "polygamma", "mod"):
        raise NotImplementedError(op)
    return {"negate": "-({})", "not": "!({})"}.get(op, _NAMES.get(op, op) + "({})").format(", ".join(args))


def _number(argument: Any) -> str:
    if isinstance(argument, str):
        return argument
    return float(argument).hex() if math.isfinite(argument) else "INFINITY"


@cache
def _library(case: Case) -> Any:
    program = compile(case.formula, variables=case.variables, backend="python").program
    folder = Path(tempfile.mkdtemp())
    (folder / "f.c").write_text(c_source(program))
    # linked without -ffast-math: that would turn subnormal numbers off in the whole process
    for command in (["gcc", *_FLAGS, "-c", "f.c"], ["gcc", "-shared", "f.o", "-o", "f.so", "-lmvec", "-lm"]):
        subprocess.run(command, cwd=folder, check=True, timeout=300, capture_output=True)
    function = ctypes.CDLL(str(folder / "f.so")).fb
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
    function.restype = None
    return function


def _pointers(rows: Any, start: int = 0) -> Any:
    return (ctypes.c_void_p * len(rows))(*(row.ctypes.data + 8 * start for row in rows))


def gcc_point(case: Case, x: Any) -> Statement:
    function, out = _library(case), np.empty(1 + len(x))
    names = {"f": function, "x": _pointers(x.reshape(-1, 1)), "out": _pointers(out.reshape(-1, 1))}
    return Statement("f(x, out, 1)", names, lambda _: out.copy())


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1)


def gcc_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    """Ranges of points to threads: calls through ctypes let go of the interpreter's lock."""
    function, points = _library(case), x.shape[1]
    grain = -(-points // (64 * threads)) * 64
    ranges = [(start, min(grain, points - start)) for start in range(0, points, grain)]
    parts = [(_pointers(x, start), _pointers(out, start), size) for start, size in ranges]
    call: Callable[[], Any]
    if len(parts) == 1:
        (part,) = parts

        def call() -> None:
            function(*part)
    else:

        def call() -> None:
            waiting = [_pool(threads).submit(function, *part) for part in parts[1:]]
            function(*parts[0])
            for one in waiting:
                one.result()

    return Statement("f()", {"f": call}, lambda _: out.copy())
