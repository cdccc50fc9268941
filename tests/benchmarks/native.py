"""Native code beside its peers: `python -m tests.benchmarks.native [point batch threads large hessian loop first]`.

Each peer in its own best calling form; what isn't installed is left out. Figures are medians of interleaved rounds in
one process, batches in CPU time of one thread unless the table says so; every result is compared with ours first.
"""

# ruff: noqa: B023  (what a table measures is called before the next round of the loop)
import argparse
import contextlib
import ctypes
import math
import os
import subprocess
import tempfile
import time
import timeit
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symgrad.program import Program, compile  # noqa: A004
from symgrad.program.backends import llvm
from tests.benchmarks.peers import expressions, quiet
from tests.benchmarks.suite import Case, cases

os.environ.setdefault("JAX_PLATFORMS", "cpu")
Call = Callable[[], Any]
Timed = tuple[dict[str, Any], Call]  # the names of the statement in POINT, and a call that returns the results
ALIVE: list[Any] = []  # casadi's buffers don't keep their memory


def interleaved(
    calls: dict[str, Call], rounds: int, seconds: float, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Seconds a call, sorted, of rounds in which everybody has a turn."""
    counts, times = {}, {name: [] for name in calls}
    for name, call in calls.items():
        call()
        start = time.perf_counter()
        call()
        once = max(time.perf_counter() - start, 1e-8)
        counts[name] = max(1, int(seconds / once))
    for _ in range(rounds):
        for name, call in calls.items():
            repeat = range(counts[name])
            start = clock()
            for _ in repeat:
                call()
            times[name].append((clock() - start) / counts[name])
    return {name: sorted(found) for name, found in times.items()}


def _warm(timer: timeit.Timer) -> float:
    """Seconds a call after a few that don't count: the first may compile."""
    timer.timeit(20)
    return timer.timeit(20) / 20


def statements(calls: dict[str, tuple[str, dict[str, Any]]], rounds: int, seconds: float) -> dict[str, list[float]]:
    """The same for statements, without anything around them."""
    timers = {name: timeit.Timer(text, globals=space) for name, (text, space) in calls.items()}
    counts = {name: max(1, int(seconds / max(_warm(timer), 1e-8))) for name, timer in timers.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, timer in timers.items():
            times[name].append(timer.timeit(counts[name]) / counts[name])
    return {name: sorted(found) for name, found in times.items()}


# ---- peers: the expression with its gradient -------------------------------------------------------------------------


def _casadi(case: Case, order: int = 1) -> Any:
    import casadi
    import sympy
    from sympy.printing.pycode import PythonCodePrinter

    symbols, (expression, *_) = expressions(case)
    if expression.has(sympy.gamma, sympy.loggamma):
        raise NotImplementedError
    x = casadi.SX.sym("x", len(symbols))
    names = {
        name: getattr(casadi, name)
        for name in ("exp", "log", "sin", "cos", "tan", "sqrt", "tanh", "erf", "fabs", "sign")
    }
    names |= {"if_else": casadi.if_else, "nan": math.nan}

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
            return (
                f"sqrt({self._print(base)})"
                if exponent == sympy.Rational(1, 2)
                else f"({self._print(base)})**({self._print(exponent)})"
            )

        def _print_Exp1(self, _):
            return repr(math.e)

        def _print_Pi(self, _):
            return repr(math.pi)

    printer = Printer({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True})
    value = sympy.lambdify([symbols], expression, [names], printer=printer)([x[i] for i in range(len(symbols))])
    if order == 1:
        return x, [value, casadi.gradient(value, x)]
    hessian, slopes = casadi.hessian(value, x)
    return x, [value, slopes, hessian]


def _buffered(function: Any, case: Case, x: Any) -> Timed:
    buffer, call = function.buffer()
    out = [np.empty(function.numel_out(k)) for k in range(function.n_out())]
    x = np.array(x)
    buffer.set_arg(0, memoryview(x))
    for k, part in enumerate(out):
        buffer.set_res(k, memoryview(part))

    def get() -> Any:
        call()
        return np.concatenate(out)

    ALIVE.append((function, buffer, x, out))
    return {"f": call}, get


def casadi_vm(case: Case, x: Any, order: int = 1) -> Timed:
    import casadi

    symbols, outputs = _casadi(case, order)
    return _buffered(casadi.Function("f", [symbols], outputs), case, x)


def casadi_jit(case: Case, x: Any) -> Timed:
    import casadi

    symbols, outputs = _casadi(case)
    options = {"jit": True, "compiler": "shell", "jit_options": {"flags": ["-O3", "-march=native", "-ffast-math"]}}
    return _buffered(casadi.Function("f", [symbols], outputs, options), case, x)


def _numba(case: Case) -> Any:
    import numba
    import sympy
    from sympy.printing.pycode import PythonCodePrinter

    symbols, values = expressions(case)
    if values[0].has(sympy.gamma, sympy.loggamma):
        raise NotImplementedError
    shared, outputs = sympy.cse(values)
    printer = PythonCodePrinter({"fully_qualified_modules": True})
    lines = [f"{s} = x_[{i}]" for i, s in enumerate(symbols)]
    lines += [f"{name} = {printer.doprint(value)}" for name, value in shared]
    return numba, lines, [printer.doprint(value) for value in outputs]


def numba_point(case: Case, x: Any) -> Timed:
    numba, lines, outputs = _numba(case)
    body = [*lines, *(f"out[{k}] = {value}" for k, value in enumerate(outputs))]
    space = {"math": math, "numpy": np, "sign": np.sign}
    exec("def f(x_, out):\n    " + "\n    ".join(body), space)  # noqa: S102
    function, x, out = numba.njit(fastmath=True)(space["f"]), np.array(x), np.empty(len(outputs))
    function(x, out)
    return {"f": function, "x": x, "out": out}, lambda: (function(x, out), out)[1]


def symengine_llvm(case: Case, x: Any) -> Timed:
    import symengine
    import sympy

    symbols, (expression, *_) = expressions(case)
    if expression.has(sympy.Abs, sympy.gamma, sympy.loggamma, sympy.Piecewise):
        raise NotImplementedError
    of = [symengine.sympify(s) for s in symbols]
    value = symengine.sympify(expression)
    function = symengine.Lambdify(of, [value, *(value.diff(s) for s in of)], backend="llvm", cse=True)
    x, out = np.array(x), np.empty(1 + len(of))
    return {"f": function.unsafe_real, "x": x, "out": out}, lambda: (function.unsafe_real(x, out), out)[1]


def _jax(case: Case) -> Any:
    import jax
    import sympy

    jax.config.update("jax_enable_x64", True)
    from jax.scipy import special

    symbols, (expression, *_) = expressions(case)
    names = {
        "erf": special.erf,
        "erfc": special.erfc,
        "gamma": special.gamma,
        "loggamma": special.gammaln,
        "select": jax.numpy.select,
    }
    return jax, sympy.lambdify([symbols], expression, [names, "jax"], cse=True)


def jax_jit(case: Case, x: Any) -> Timed:
    jax, f = _jax(case)
    function, x = jax.jit(jax.value_and_grad(f)), jax.numpy.asarray(x)

    def get() -> Any:
        value, slopes = function(x)
        return np.concatenate([[value], np.asarray(slopes)])

    get()
    return {"f": function, "x": x, "ready": jax.block_until_ready}, get


def _heyoka(case: Case, **options: Any) -> Any:
    import heyoka
    import sympy

    symbols, (expression, *_) = expressions(case)
    if expression.has(sympy.gamma, sympy.loggamma, sympy.Piecewise, sympy.erfc):
        raise NotImplementedError
    plain = expression.replace(
        lambda t: t.is_NumberSymbol or (t.is_Rational and not t.is_Integer and t != sympy.Rational(1, 2)),
        lambda t: sympy.Float(t, 17),
    )
    of = {s: heyoka.expression(s.name) for s in symbols}
    value = heyoka.from_sympy(plain, of)
    variables = [of[s] for s in symbols]
    slopes = heyoka.diff_tensors([value], diff_args=variables, diff_order=1).gradient
    return heyoka.cfunc([value, *slopes], variables, **options)


def heyoka_point(case: Case, x: Any) -> Timed:
    function, x, out = _heyoka(case), np.array(x), np.empty(1 + len(case.variables))
    return {"f": function, "x": x, "out": out}, lambda: (function(x, outputs=out), out)[1]


def gcc_library(program: Program) -> Any:
    """The program as C, `fb(inputs, outputs, n)`, with vector mathematics from the C library."""
    names = {
        "arcsin": "asin",
        "arccos": "acos",
        "arctan": "atan",
        "abs": "fabs",
        "gamma": "tgamma",
        "power": "pow",
        "maximum": "fmax",
        "minimum": "fmin",
    }
    infix = {
        "add": "+",
        "subtract": "-",
        "multiply": "*",
        "divide": "/",
        "less": "<",
        "less_equal": "<=",
        "equal": "==",
        "not_equal": "!=",
        "and": "&&",
        "or": "||",
    }

    def text(argument: Any) -> str:
        return (
            argument if isinstance(argument, str) else float(argument).hex() if math.isfinite(argument) else "INFINITY"
        )

    lines = []
    for name, op, args in program.lines:
        a = [text(argument) for argument in args]
        if op in infix:
            value = f"({a[0]}) {infix[op]} ({a[1]})"
        elif op == "select":
            value = f"{a[0]} ? {a[1]} : {a[2]}"
        elif op == "sign":
            value = f"({a[0]} > 0) - ({a[0]} < 0)"
        elif op in ("digamma", "erfinv", "polygamma"):
            raise NotImplementedError(op)
        else:
            value = {"negate": "-({})", "not": "!({})"}.get(op, names.get(op, op) + "({})").format(", ".join(a))
        lines.append(f"double {name} = {value};")
    loads = [f"double x{i} = in[{i}][i];" for i in range(len(program.inputs))]
    stores = [f"out[{k}][i] = {text(output)};" for k, output in enumerate(program.outputs)]
    rows = [f"const double *restrict a{i} = in[{i}];" for i in range(len(program.inputs))]
    rows += [f"double *restrict o{k} = out[{k}];" for k in range(len(program.outputs))]
    body = "\n".join([*loads, *lines, *stores])
    for i in range(len(program.inputs)):
        body = body.replace(f"in[{i}][i]", f"a{i}[i]")
    for k in range(len(program.outputs)):
        body = body.replace(f"out[{k}][i]", f"o{k}[i]")
    head = "#include <math.h>\nvoid fb(const double *const *in, double *const *out, long n) {\n" + "\n".join(rows)
    source = f"{head}\n#pragma GCC ivdep\nfor (long i = 0; i < n; i++) {{\n{body}\n}}}}\n"
    folder = Path(tempfile.mkdtemp())
    (folder / "f.c").write_text(source)
    flags = ["-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512", "-fno-math-errno", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "f.c", "-o", "f.so", "-lmvec", "-lm"], cwd=folder, check=True, timeout=300)
    function = ctypes.CDLL(str(folder / "f.so")).fb
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
    function.restype = None
    return function


POINT: dict[str, tuple[str, Callable[..., Timed]]] = {
    "casadi jit": ("f()", casadi_jit),
    "casadi VM": ("f()", casadi_vm),
    "numba": ("f(x, out)", numba_point),
    "symengine llvm": ("f(x, out)", symengine_llvm),
    "heyoka": ("f(x, outputs=out)", heyoka_point),
    "jax jit": ("ready(f(x))", jax_jit),
}  # fmt: skip


def attempt(make: Callable[..., Any], *args: Any) -> Any:
    """What a peer makes, or None where it can't or isn't there."""
    with contextlib.suppress(Exception):
        return quiet(lambda: make(*args))
    return None


def close(found: Any, expected: Any) -> bool:
    scale = np.abs(expected).max()
    return np.shape(found) == np.shape(expected) and bool(np.allclose(found, expected, rtol=1e-8, atol=1e-9 * scale))


# ---- tables ----------------------------------------------------------------------------------------------------------


def table(title: str, found: dict[str, dict[str, float]], unit: str) -> None:
    rows = list(dict.fromkeys(name for column in found.values() for name in column))
    print(f"{title} ({unit})".ljust(26) + "".join(case[:10].rjust(11) for case in found))
    for row in rows:
        print(
            row.ljust(26)
            + "".join((f"{column[row]:.2f}" if row in column else "-").rjust(11) for column in found.values())
        )
    print(flush=True)


def ratios(title: str, found: dict[str, dict[str, float]], ours: str, peers: Sequence[str]) -> None:
    """Ours against the best of some peers, expression by expression."""
    pairs = []
    for case, column in found.items():
        best = (
            min((column[peer], peer) for peer in column if any(peer.startswith(p) for p in peers))
            if any(any(peer.startswith(p) for p in peers) for peer in column)
            else None
        )
        if best:
            pairs.append((best[0] / column[ours], case, best[1]))
    if pairs:
        mean = math.exp(sum(math.log(ratio) for ratio, *_ in pairs) / len(pairs))
        low = min(pairs)
        print(
            f"{title}: geometric mean {mean:.2f}, least {low[0]:.2f} ({low[1]}, {low[2]}); "
            + ", ".join(f"{case} {ratio:.2f}" for ratio, case, _ in pairs)
            + "\n",
            flush=True,
        )


def point(chosen: Sequence[Case]) -> None:
    """One point, value and gradient: medians in ns of the bare statement of each."""
    found: dict[str, dict[str, float]] = {}
    least: dict[str, dict[str, float]] = {}
    few: dict[str, tuple[int, float, float]] = {}

    def nothing() -> None:
        pass

    for case in chosen:
        x = np.array(case.point())
        f = compile(case.formula, variables=case.variables, backend="llvm")
        out = np.empty(len(x))
        f.into(x, out)
        llvm.settle()
        expected = np.concatenate([[f.into(x, out)], out])
        space = {"into": f.into, "vector": f.vector, "f": f, "x": x, "out": out, "p": x.tolist(), "nothing": nothing}
        texts = ("into(x, out)", "vector(x)", "f(*p)", "nothing()")
        calls = {text: (text, space) for text in texts}
        for name, (text, make) in POINT.items():
            made = attempt(make, case, x)
            if made is None:
                continue
            if close(made[1](), expected):
                calls[name] = (text, made[0])
            else:
                print(f"  {case.name}: {name} differs and is left out")
        times = statements(calls, 25, 0.002)
        found[case.name] = {name: values[len(values) // 2] * 1e9 for name, values in times.items()}
        least[case.name] = {name: values[0] * 1e9 for name, values in times.items()}
        empty = found[case.name].pop("nothing()")
        if f.program.operations <= 20:
            few[case.name] = (f.program.operations, found[case.name]["into(x, out)"] / empty, empty)
    table("one point", found, "median ns")
    ratios("fastest peer / into(x, out)", found, "into(x, out)", tuple(POINT))
    ratios("the same of the quickest rounds, for a busy machine", least, "into(x, out)", tuple(POINT))
    for name, (operations, calls_worth, empty) in few.items():
        print(f"{name}: {operations} operations, {calls_worth:.2f} empty Python calls of {empty:.1f} ns")
    print()


def batch(chosen: Sequence[Case], sizes: Sequence[int] = (4_000, 100_000), threads: Sequence[int] = (1,)) -> None:
    """Batches, value and gradient: CPU ns a point with one thread, wall ns with two; the results go to given arrays."""
    for size in sizes:
        for used in threads:
            found = {case.name: one_batch(case, size, used) for case in chosen}
            kind = "median CPU ns a point" if used == 1 else "median wall ns a point"
            table(f"{size} points, {used} thread(s)", found, kind)
            ratios("heyoka / ours", found, "symgrad", ("heyoka",))
            ratios("gcc / ours", found, "symgrad", ("gcc",))
            ratios("fastest of all / ours", found, "symgrad", ("heyoka", "gcc", "numba", "jax"))


def one_batch(case: Case, size: int, threads: int) -> dict[str, float]:
    rng = np.random.default_rng(5)
    x = rng.uniform(case.low, case.high, (len(case.variables), size))
    out = np.empty((len(case.variables) + 1, size))
    program = compile(case.formula, variables=case.variables, backend="python").program
    kernel, rows, results = llvm.build(program), tuple(x), tuple(out)
    half = size // 2 // 64 * 64
    pool = llvm._pool()

    def both(call: Callable[[int, int], Any]) -> Call:
        if threads == 1:
            return lambda: call(0, size)

        def run() -> None:
            other = pool.submit(call, half, size)
            call(0, half)
            other.result()

        return run

    entry = kernel._batch_entry(llvm.llvm_batch.is_large(size, len(results)))
    calls = {"symgrad": both(lambda a, b: entry(rows, results, a, b))}
    calls["symgrad"]()
    llvm.settle()
    expected = out.copy()
    library = attempt(gcc_library, program)
    if library is not None:
        ins = ctypes.c_void_p * len(rows)
        outs = ctypes.c_void_p * len(results)
        table_of = {
            start: (
                ins(*(r.ctypes.data + 8 * start for r in rows)),
                outs(*(r.ctypes.data + 8 * start for r in results)),
            )
            for start in (0, half)
        }
        calls["gcc -O3 fast-math"] = both(lambda a, b: library(*table_of[a], b - a))
    function = attempt(lambda: _heyoka(case, fast_math=True, parallel_mode=threads > 1))
    if function is not None:
        calls["heyoka fast_math"] = lambda: function(x, outputs=out)
    made = attempt(_numba, case)
    if made is not None:
        numba, lines, values = made
        body = [line.replace("]", ", i]") if "= x_[" in line else line for line in lines]
        body += [f"out[{k}, i] = {value}" for k, value in enumerate(values)]
        space = {"math": math, "numpy": np, "sign": np.sign, "numba": numba}
        exec("def f(x_, out):\n    for i in numba.prange(x_.shape[1]):\n        " + "\n        ".join(body), space)  # noqa: S102
        compiled = numba.njit(fastmath=True, parallel=threads > 1, error_model="numpy")(space["f"])
        if attempt(lambda: (compiled(x[:, :16].copy(), out[:, :16].copy()), 1)) is not None:
            calls["numba fastmath"] = lambda: compiled(x, out)
    made = attempt(_jax, case) if threads == 1 else None
    if made is not None:
        jax, f = made
        vectorised = jax.jit(jax.vmap(jax.value_and_grad(f), in_axes=1, out_axes=(0, 1)))
        given = jax.numpy.asarray(x)
        if attempt(lambda: (jax.block_until_ready(vectorised(given)), 1)) is not None:
            calls["jax jit vmap"] = lambda: jax.block_until_ready(vectorised(given))
    for name in [name for name in calls if name not in ("symgrad", "jax jit vmap")]:
        out[:] = 7
        calls[name]()
        if not close(out, expected):
            print(f"  {case.name}: {name} differs and is left out")
            del calls[name]
    clock = time.process_time if threads == 1 else time.perf_counter
    times = interleaved(calls, 15 if size < 10**6 else 5, 0.004, clock)
    return {name: values[len(values) // 2] / size * 1e9 for name, values in times.items()}


def hessian(chosen: Sequence[Case]) -> None:
    """Value, gradient and Hessian at one point: ns."""
    found: dict[str, dict[str, float]] = {}
    for case in chosen:
        if case.name not in ("rosen10", "arm6", "mlp231"):
            continue
        x = np.array(case.point())
        f = compile(case.formula, variables=case.variables, order=2, backend="llvm")
        parts = [np.empty(len(x)), np.empty((len(x), len(x)))]
        into = f.into
        into(x, *parts)
        llvm.settle()
        calls: dict[str, Call] = {"into(x, g, H)": lambda: into(x, *parts)}
        made = attempt(casadi_vm, case, x, 2)
        if made:
            calls["casadi VM"] = made[0]["f"]
        made = attempt(_jax, case)
        if made:
            jax, g = made
            function = jax.jit(lambda p: (*jax.value_and_grad(g)(p), jax.hessian(g)(p)))
            given = jax.numpy.asarray(x)
            if close(np.asarray(function(given)[2]), parts[1]):
                calls["jax jit"] = lambda: jax.block_until_ready(function(given))
        times = interleaved(calls, 15, 0.004, time.perf_counter)
        found[case.name] = {name: values[len(values) // 2] * 1e9 for name, values in times.items()}
    table("Hessian", found, "median ns")
    ratios("casadi VM / ours", found, "into(x, g, H)", ("casadi",))
    ratios("jax / ours", found, "into(x, g, H)", ("jax",))


def loop(chosen: Sequence[Case]) -> None:
    """Gradient descent in one loop: CPU ns a step."""
    from symgrad.program.loop import compile_loop
    from symgrad.syntax.tree import Add, Multiply, Negate, Symbol

    rates = {"rosen2": 1e-3, "himmelblau": 1e-3, "gmix10": 1e-2, "logloss": 0.1, "mlp231": 0.5, "rosen100": 1e-4}
    assignments = [("x", Add(Symbol("x"), Negate(Multiply(Symbol("y"), Symbol("z")))))]
    found: dict[str, dict[str, float]] = {}
    for case in chosen:
        if case.name not in rates:
            continue
        rate, steps = rates[case.name], 2_000
        x = np.random.default_rng(0).uniform(-0.5, 0.5, len(case.variables))
        native = compile_loop(case.formula, case.variables, assignments, backend="llvm")
        python = compile_loop(case.formula, case.variables, assignments, backend="python")
        expected = native.run(x, rate, steps).point
        calls: dict[str, Call] = {
            "native loop": lambda: native.run(x, rate, steps),
            "Python loop": lambda: python.run(x, rate, steps),
        }
        made = attempt(_jax, case) if case.name != "rosen100" else None
        if made:
            jax, f = made
            slope = jax.grad(f)
            whole = jax.jit(lambda p: jax.lax.fori_loop(0, steps, lambda _, q: q - rate * slope(q), p))
            given = jax.numpy.asarray(x)
            if close(np.asarray(whole(given)), expected):
                calls["jax fori_loop"] = lambda: jax.block_until_ready(whole(given))
        made = attempt(_casadi, case) if case.name != "rosen100" else None
        if made:
            import casadi

            symbols, (_, slopes) = made
            folded = casadi.Function("s", [symbols], [symbols - rate * slopes]).fold(steps)
            if close(np.asarray(folded(x)).ravel(), expected):
                calls["casadi VM fold"] = lambda: folded(x)
        lambdified = attempt(lambdify_vector, case)
        if lambdified:

            def plain() -> Any:
                q = x.copy()
                for _ in range(steps // 20):
                    q = q - rate * np.array(lambdified(q)[1:])
                return q

            calls["lambdify cse loop /20"] = plain
        times = interleaved(calls, 7, 0.01, time.process_time)
        found[case.name] = {name: values[len(values) // 2] / steps * 1e9 for name, values in times.items()}
        if "lambdify cse loop /20" in found[case.name]:
            found[case.name]["lambdify cse loop"] = found[case.name].pop("lambdify cse loop /20") * 20
    table("descent, a step", found, "median CPU ns")
    for peer in ("jax", "casadi", "lambdify"):
        ratios(f"{peer} / native loop", found, "native loop", (peer,))


def lambdify_vector(case: Case) -> Any:
    import sympy

    symbols, values = expressions(case)
    return sympy.lambdify([symbols], values, ["numpy", "scipy"], cse=True)


def first(chosen: Sequence[Case]) -> None:
    """From the syntax tree to the first result: ms, without the cache on disk."""
    os.environ["SYMGRAD_CACHE"] = "off"
    for case in chosen:
        x = np.array(case.point())
        start = time.perf_counter()
        f = compile(case.formula, variables=case.variables, backend="llvm")
        lowered = time.perf_counter()
        f.vector(x)
        done = time.perf_counter()
        llvm.settle()
        best = time.perf_counter()
        print(
            f"{case.name:12} {f.program.operations:6} operations: lower {1e3 * (lowered - start):6.1f} ms, first "
            "result "
            f"{1e3 * (done - start):6.1f} ms, best code {1e3 * (best - start):6.1f} ms"
        )
    print()


def large(chosen: Sequence[Case]) -> None:
    """Ten million points, and the triad a = b + s·c of the same machine in the same minute."""
    size = 10**7
    a, b, c = (np.ones(size) for _ in range(3))
    program = Program(("b", "c"), compile_triad(), ("v1",))
    kernel = llvm.build(program)
    times = interleaved(
        {"triad": lambda: kernel._batch_entry(True)((b, c), (a,), 0, size)}, 9, 0.01, time.perf_counter
    )["triad"]
    triad = 24 * size / times[0] * 1e-9
    print(f"triad: {triad:.1f} GB/s (best of 9), {24 * size / times[4] * 1e-9:.1f} (median)")
    for case in chosen:
        if case.name not in ("rosen2", "himmelblau", "sigmoid", "gmix10"):
            continue
        x = np.random.default_rng(5).uniform(case.low, case.high, (len(case.variables), size))
        out = np.empty((len(case.variables) + 1, size))
        program = compile(case.formula, variables=case.variables, backend="python").program
        kernel, rows, results = llvm.build(program), tuple(x), tuple(out)
        entry = kernel._batch_entry(kernel._cost < llvm.CHEAP)  # as the kernel itself decides
        times = interleaved({"ours": lambda: entry(rows, results, 0, size)}, 9, 0.01, time.perf_counter)["ours"]
        moved = 8 * (len(rows) + len(results)) * size
        print(
            f"{case.name}: {times[0] / size * 1e9:.2f} ns a point, {moved / times[0] * 1e-9:.1f} GB/s (best), "
            f"{moved / times[4] * 1e-9:.1f} (median)"
        )
    print()


def compile_triad() -> Any:
    from symgrad.program import Line

    return (Line("v0", "multiply", ("x1", 3.0)), Line("v1", "add", ("x0", "v0")))


TABLES: dict[str, Callable[[Sequence[Case]], None]] = {
    "first": first, "point": point, "batch": batch, "threads": lambda chosen: batch(chosen, (100_000,), (2,)),
    "hessian": hessian, "loop": loop, "large": large,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=[], help=", ".join(TABLES))
    parser.add_argument("--only", nargs="*", default=[], help="names of expressions")
    options = parser.parse_args()
    chosen = [case for case in cases() if not options.only or case.name in options.only]
    for name in options.tables or TABLES:
        TABLES[name](chosen)


if __name__ == "__main__":
    main()
