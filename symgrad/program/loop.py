"""Whole descents as one loop of generated code: the formula, its gradient and the update rule in one program.

A rule is given as assignments over vectors (see `descent.update`); written out component by component they join the
gradient's graph, so that one step is one straight-line program, and the loop around it is native code with llvmlite and
one Python function without it. A gradient that is small, or
anything that is not finite, ends the loop; every other reason to stop is the descent room's business.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.adjoint import gradient
from symgrad.program.backends import python_
from symgrad.program.backends._load import load
from symgrad.program.backends.python_text import write
from symgrad.program.expand import to_program
from symgrad.program.graph import Graph
from symgrad.program.lanes import Lanes
from symgrad.program.lower import lower_into, lower_with
from symgrad.program.program import Program
from symgrad.program.rolled import rolled
from symgrad.program.stable import StableGraph
from symgrad.syntax import walks
from symgrad.syntax.tree import Call, Node, Symbol


class Steps(NamedTuple):
    """What a run of the loop left: the point and state after `taken` steps, and why it ended."""

    point: Any
    state: dict[str, Any]
    taken: int
    stopped: bool  # the gradient was small enough at `point`, or no longer finite
    rows: Any  # (…, 1 + 2n): value, point and gradient before each recorded step; None if nothing is recorded


def written(first: int, end: int, every: int) -> int:
    """How many of the numbers first, …, end − 1 are multiples of `every`.

    >>> written(3, 9, 4), written(5, 8, 4), written(4, 8, 1)
    (2, 0, 4)
    """
    return (end + every - 1) // every - (first + every - 1) // every


class Loop:
    """Steps of one update rule on one formula. Made by `compile_loop`."""

    def __init__(
        self, program: Program, size: int, state: Mapping[str, float], backend: str, *,
        scheduled: bool = False, in_lanes: tuple[Program, Sequence[Lanes]] | None = None,
    ) -> None:  # fmt: skip
        self.program = program
        self.scheduled = scheduled  # the rate is a formula in the number of the step
        self.size = size
        self.state = dict(state)
        self.backend = backend
        self._in_lanes = in_lanes or (program, ())  # the program around short sums of like terms, and these
        self._carried = size * (1 + len(state))

    def run(
        self, start: Any, rate: float, steps: int, *, state: Mapping[str, Any] | None = None, first: int = 0,
        tolerance: float = -1.0, record: bool = False, every: int = 1,
    ) -> Steps:  # fmt: skip
        """So many steps from a start.

        Args:
            start: the point, one number for each variable.
            rate: the learning rate z; the loop's own schedule may be a formula in it.
            steps: at most so many.
            state: the rule's state, as an earlier run left it.
            first: the number k of the first step.
            tolerance: stop where no component of the gradient is larger.
            record: keep value, point and gradient before every step, and before the one that was not made because of
                the gradient.
            every: record only the steps whose number k is a multiple of this, a power of two.
        """
        if steps < 0:
            raise UsageError(f"The number of steps must not be negative, and is {steps}.")
        if every < 1 or every & (every - 1):
            raise UsageError(f"The rows are recorded at every power of two, not at every {every}.")
        n, carried = self.size, self._carried
        values = np.empty(carried + 4)
        values[:n] = _vector(start, n, "The start")
        for i, (name, value) in enumerate(self.state.items(), start=1):
            values[n * i : n * (i + 1)] = value if state is None else state[name]
        values[carried], values[carried + 1], values[carried + 2], values[carried + 3] = rate, tolerance, first, steps
        rows = None
        if not record and steps <= self._native_brief:
            done, values = self._native.brief(values)
            taken, stopped = (int(done), False) if done >= 0 else (-1 - int(done), True)
        else:
            if record:
                rows = np.empty((written(first, first + steps + 1, every), 1 + 2 * n))
            taken, stopped = self._run(values, first, steps, rows, every)
            rows = None if rows is None else rows[: written(first, first + taken + stopped, every)]
        left = {name: values[n * i : n * (i + 1)] for i, name in enumerate(self.state, start=1)} if self.state else {}
        return Steps(values[:n], left, taken, stopped, rows)

    @cached_property
    def _native(self) -> Any:
        from symgrad.program.backends.llvm_loops import NativeLoop

        program, sums = self._in_lanes
        return NativeLoop(program, self._carried, self.size, sums)

    @cached_property
    def _native_brief(self) -> int:
        """Steps up to which the way into native code counts."""
        return int(self._native.brief_steps) if self.backend == "llvm" else -1

    @cached_property
    def _run(self) -> Any:
        if self.backend == "llvm":
            return self._native.run
        return _python_runner(self.program, self._carried, self.size)

    @property
    def source(self) -> str:
        """The generated code, for reading."""
        return _python_text(self.program, self._carried, self.size)


def compile_loop(
    formula: Node,
    names: Sequence[str],
    assignments: Sequence[tuple[str, Node]],
    *,
    state: Mapping[str, float] | None = None,
    hyper: Mapping[str, Any] | None = None,
    rate: Node | None = None,
    backend: str = "auto",
) -> Loop:
    """The loop of an update rule on a formula.

    Args:
        formula: what to descend on.
        names: its variables in order.
        assignments: the rule's equations in order, over x (the point), y (the gradient), z (the rate), k (the number of
            the step), the state, the constants, and names assigned before; one of them assigns x.
        state: what lives on from step to step, with its value before the first.
        hyper: constants, each a number or one for each variable.
        rate: the learning rate as a formula in z and k; None for z itself.
        backend: "llvm", "python", or "auto" for llvm where llvmlite is installed.

    Raises:
        UsageError: a name without a value, or a function that can't be compiled.

    >>> from symgrad.syntax.tree import Add, Multiply, Negate
    >>> x, y, z = map(Symbol, "xyz")
    >>> loop = compile_loop(Multiply(x, x), ["x"], [("x", Add(x, Negate(Multiply(y, z))))], backend="python")
    >>> loop.run([1.0], 0.25, 3).point
    array([0.125])
    """
    state, hyper = dict(state or {}), dict(hyper or {})
    if backend == "auto":
        from symgrad.program.backends import has_llvmlite

        backend = "llvm" if has_llvmlite() else "python"
    step = _Step(tuple(names), tuple(assignments), state, hyper, rate)
    program = step.program(formula, [])
    rest, sums = rolled(formula, names) if backend == "llvm" else (formula, [])
    in_lanes = (step.program(rest, sums), sums) if sums else None
    return Loop(program, len(names), state, backend, scheduled=rate is not None, in_lanes=in_lanes)


class _Step(NamedTuple):
    """What a step computes beside the formula."""

    names: tuple[str, ...]
    assignments: tuple[tuple[str, Node], ...]
    state: Mapping[str, float]
    hyper: Mapping[str, Any]
    rate: Node | None

    def program(self, formula: Node, sums: Sequence[Lanes]) -> Program:
        """The step with a formula in which sums have the names _sum0, …: these and their derivatives are inputs."""
        n, state = len(self.names), self.state
        inputs = [*self.names, *(f"{name} {i}" for name in state for i in range(n)), "z", "tolerance", "k"]
        z, k = len(inputs) - 3, len(inputs) - 1
        known = {name: i for i, name in enumerate(self.names)}
        rates: list[tuple[int, int, int]] = []  # a sum, a variable, the derivative
        for j, lanes in enumerate(sums):
            known[f"_sum{j}"] = at = len(inputs)
            rates += [(at, position, at + i) for i, position in enumerate(lanes.moving, start=1)]
            inputs += [f"sum {j}", *(f"sum {j} by {self.names[position]}" for position in lanes.moving)]
        g = StableGraph(len(inputs))
        root = lower_with(g, formula, known) if sums else lower_into(g, [formula], self.names)[0]
        wrt = [*range(n), *(known[f"_sum{j}"] for j in range(len(sums)))]
        found = dict(zip(wrt, gradient(g, root, wrt)))
        for at, position, slope in rates:
            found[position] = g.add(found[position], g.multiply(found[at], slope))
        slopes = [found[i] for i in range(n)]
        values = {
            name: [g.number(float(one)) for one in np.broadcast_to(value, n)] for name, value in self.hyper.items()
        }
        values |= {name: list(range(n * i, n * (i + 1))) for i, name in enumerate(state, start=1)}
        values |= {"x": list(range(n)), "y": slopes, "z": [z] * n, "k": [k] * n}
        if self.rate is not None:
            values["z"] = [lower_with(g, self.rate, {"z": z, "k": k})] * n
        for name, right in self.assignments:
            values[name] = _componentwise(g, right, values, n)
        outputs = [*values["x"], *(node for name in state for node in values[name]), root, *slopes]
        return to_program(g, outputs, inputs)


def _componentwise(g: Graph, right: Node, values: Mapping[str, Sequence[int]], n: int) -> list[int]:
    """The nodes of a right-hand side, one a component; norm(u) and dot(u, v) join the components."""
    joined: dict[str, int] = {}

    def join(node: Node) -> Node:
        if not isinstance(node, Call) or node.function not in ("norm", "dot"):
            return node
        left, other = _all(node.children[0]), _all(node.children[-1])
        total = g.sum([g.multiply(a, b) for a, b in zip(left, other)])
        name = f"join {len(joined)}"
        joined[name] = g.unary("sqrt", total) if node.function == "norm" else total
        return Symbol(name)

    def _all(node: Node) -> list[int]:
        return [lower_with(g, node, {**{name: of[i] for name, of in values.items()}, **joined}) for i in range(n)]

    return _all(walks.transform(right, join))


def _vector(values: Any, size: int, what: str) -> Any:
    array = np.asarray(values, float)
    if array.shape != (size,):
        raise UsageError(f"{what} needs {size} numbers, not an array of shape {array.shape}.")
    return array


# ---- in Python -------------------------------------------------------------------------------------------------------


def _python_text(program: Program, carried: int, size: int) -> str:
    """`loop(x0, …, rate, tolerance, k, steps, out)`: steps until there is a reason to stop; returns the carried values,
    the steps taken and whether there was a reason."""
    lines, outputs = write(program, quick=False)
    names, counter = [f"x{i}" for i in range(carried)], f"x{carried + 2}"
    value, slopes = f"g{size}", [f"g{i}" for i in range(size)]
    body = [f"def loop({', '.join([*names, f'x{carried}', f'x{carried + 1}', counter])}, steps, out):"]
    body.append("    for k in range(steps):")
    body += [f"        {line}" for line in lines]
    body += [f"        {name} = {text}" for name, text in zip((value, *slopes), outputs[carried:])]
    body.append(f"        out(({', '.join([value, *names[:size], *slopes])},))")
    odd = " + ".join(f"{part}*0.0" for part in (value, *slopes))  # NaN where anything is infinite or NaN
    small = " and ".join(f"-x{carried + 1} <= {slope} <= x{carried + 1}" for slope in slopes) or "True"
    body += [f"        if {odd} != 0.0 or {small}:", f"            return ({', '.join([*names, 'k', '1'])},)"]
    body.append(f"        {', '.join(names)}, = {', '.join(outputs[:carried])},")
    body.append(f"        {counter} = {counter} + 1.0")
    body.append(f"    return ({', '.join([*names, 'steps', '0'])},)")
    return "\n".join(body) + "\n"


def _python_runner(program: Program, carried: int, size: int) -> Any:
    table = {**python_._CAREFUL, **python_._CONSTANTS, "range": range}
    loop = load(_python_text(program, carried, size), table, "loop")

    def run(values: Any, first: int, steps: int, rows: Any, every: int) -> tuple[int, bool]:
        kept: list[tuple[float, ...]] = []
        out = kept.append if rows is not None else _forget
        *after, taken, stopped = loop(*values[:-2].tolist(), float(first), steps, out)
        values[:carried] = after
        chosen = kept[-first % every :: every]
        if chosen:
            rows[: len(chosen)] = chosen
        return taken, bool(stopped)

    return run


def _forget(_: Any) -> None:
    pass
