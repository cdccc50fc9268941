"""CasADi: symbolic graphs by overloaded operators, run by its virtual machine or through gcc."""

import math
import tempfile
from functools import cache
from typing import Any

import numpy as np

from tests.benchmarks.contenders import symbolic
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement

ALIVE: list[Any] = []  # buffers don't keep their memory
_NAMES = ("exp", "log", "sin", "cos", "tan", "sqrt", "tanh", "erf", "fabs", "sign", "if_else")


@cache
def graph(case: Case, order: int = 1) -> tuple[Any, list[Any]]:
    """The inputs and [value, gradient(, Hessian)] as CasADi's SX."""
    import casadi
    import sympy

    symbolic.refuse(case, "gamma", "loggamma")
    symbols, expression = symbolic.value(case)
    x = casadi.SX.sym("x", len(symbols))
    names = {name: getattr(casadi, name) for name in _NAMES} | {"nan": math.nan}
    function = sympy.lambdify([symbols], expression, [names], printer=_printer())
    value = function([x[i] for i in range(len(symbols))])
    if order == 1:
        return x, [value, casadi.gradient(value, x)]
    hessian, slopes = casadi.hessian(value, x)
    return x, [value, slopes, hessian]


def _printer() -> Any:
    import sympy
    from sympy.printing.pycode import PythonCodePrinter

    class Printer(PythonCodePrinter):
        def _print_Piecewise(self, node):
            text = "nan"
            for value, condition in reversed(node.args):
                inner = self._print(value)
                text = inner if condition == True else f"if_else({self._print(condition)},{inner},{text})"  # noqa: E712
            return text

        def _print_Function(self, node):
            return f"{node.func.__name__}({','.join(map(self._print, node.args))})"

        _print_exp = _print_log = _print_sin = _print_cos = _print_erf = _print_tanh = _print_Function

        def _print_Abs(self, node):
            return f"fabs({self._print(node.args[0])})"

        def _print_Pow(self, node, rational=False):
            base, exponent = node.args
            if exponent == sympy.Rational(1, 2):
                return f"sqrt({self._print(base)})"
            return f"({self._print(base)})**({self._print(exponent)})"

        def _print_Exp1(self, _):
            return repr(math.e)

        def _print_Pi(self, _):
            return repr(math.pi)

    return Printer({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True})


def _buffered(function: Any, x: Any) -> Statement:
    """The quickest way in: memory for arguments and results is set once, the call has no arguments."""
    buffer, call = function.buffer()
    out = [np.zeros(function.size_out(k), order="F") for k in range(function.n_out())]
    sparse = [np.empty(function.nnz_out(k)) for k in range(function.n_out())]
    buffer.set_arg(0, memoryview(x))
    for k, part in enumerate(sparse):
        buffer.set_res(k, memoryview(part))

    def read(_: Any) -> Any:
        for k, (part, entries) in enumerate(zip(out, sparse)):
            rows, columns = function.sparsity_out(k).get_triplet()
            part[rows, columns] = entries
        return np.concatenate([part.ravel() for part in out])

    ALIVE.append((function, buffer, x, sparse))
    return Statement("f()", {"f": call}, read)


def vm_point(case: Case, x: Any) -> Statement:
    import casadi

    symbols, outputs = graph(case)
    return _buffered(casadi.Function("f", [symbols], outputs), x)


def vm_second(case: Case, x: Any) -> Statement:
    import casadi

    symbols, outputs = graph(case, 2)
    return _buffered(casadi.Function("f", [symbols], outputs), x)


def jit_point(case: Case, x: Any) -> Statement:
    import casadi

    symbols, outputs = graph(case)
    how = {"flags": ["-O3", "-march=native", "-ffast-math"], "directory": tempfile.mkdtemp() + "/"}
    options = {"jit": True, "compiler": "shell", "jit_options": how}
    return _buffered(casadi.Function("f", [symbols], outputs, options), x)


def vm_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    import casadi

    points = x.shape[1]
    if points > 100_000:
        raise NotImplementedError("a map of millions")
    symbols, outputs = graph(case)
    mapped = casadi.Function("f", [symbols], [casadi.vertcat(*outputs)]).map(
        points, *(("thread", threads) if threads > 1 else ())
    )
    given, line = x.ravel(order="F"), np.empty(out.size)
    buffer, call = mapped.buffer()
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(line))
    ALIVE.append((mapped, buffer, given, line))
    return Statement("f()", {"f": call}, lambda _: line.reshape(out.shape, order="F").copy())


def fold(case: Case, start: Any, rate: float, steps: int) -> Statement:
    """The whole descent as one function: `fold` repeats the step."""
    import casadi

    if len(start) > 50:
        raise NotImplementedError("takes minutes to build")
    symbols, (_, slopes) = graph(case)
    folded = casadi.Function("s", [symbols], [symbols - rate * slopes]).fold(steps)
    return Statement("f(x)", {"f": folded, "x": start}, lambda found: np.asarray(found).ravel())


def slopes(family: str, n: int) -> Any:
    """Graph, gradient and function for a sum of n terms."""
    import casadi

    from tests.benchmarks.scaling import FAMILIES

    x = casadi.SX.sym("x", n)
    total = casadi.SX(0)
    for term in FAMILIES[family]([x[i] for i in range(n)], casadi.sin, casadi.exp):
        total += term
    return casadi.Function("f", [x], [total, casadi.gradient(total, x)])
