"""The code behind a Function: for each backend and each way of calling what is run, made when it is first needed.

Numbers at one point go to generated Python or to native code, arrays to blocks of numpy or to native code; with "auto"
native code takes over where there is enough work for it to be worth compiling. Nothing here checks what a user gives.
"""

import math
from collections.abc import Callable, Sequence
from itertools import count
from threading import RLock
from typing import Any

import numpy as np

from symgrad.program.adjoint import gradient, hessian
from symgrad.program.backends import Kernel, has_llvmlite, python_
from symgrad.program.expand import has_styles, to_program
from symgrad.program.graph import Graph
from symgrad.program.layout import FLOAT64, Layout
from symgrad.program.lower import lower_into
from symgrad.program.norms import name_norms
from symgrad.program.once import once
from symgrad.program.program import Program
from symgrad.program.quick import Quick, to_quick, without_largest
from symgrad.program.stable import StableGraph
from symgrad.syntax.tree import Node

MOST_ARGUMENTS = 64  # beyond, native code takes vectors only
PATIENCE = 200  # calls at one point after which "auto" goes over to native code
WORTHWHILE = 2_000_000  # operations in one batch from which "auto" compiles for it
IN_ALL = 10 * WORTHWHILE  # and in all batches together
LONG_GRAPH = 3_000  # nodes from which a sum may be worth folding back into arrays

Call = Callable[..., Any]


class Kernels:
    """Programs and kernels for the values and derivatives of some formulas."""

    def __init__(
        self, formulas: tuple[Node, ...], names: tuple[str, ...], order: int, *,
        backend: str, dtype: Any, stable: bool, several: bool,
    ) -> None:  # fmt: skip
        self.formulas, self.names, self.backend, self.dtype, self.stable = formulas, names, backend, dtype, stable
        self._lock = RLock()
        self._done = 0  # operations on arrays so far
        graph = (StableGraph if stable else Graph)(len(names))
        roots = lower_into(graph, formulas, names)
        self.graph, self.outputs, entries = graph, *_derived(graph, roots, len(names), order)
        if stable:
            name_norms(graph)
        self.layout = Layout(len(roots), len(names), order, entries, several=several)

    # ---- programs ----------------------------------------------------------------------------------------------------

    @once
    def program(self) -> Program:
        """What is computed, as straight-line code."""
        return to_program(self.graph, self.outputs, self.names)

    @once
    def quick(self) -> Quick:
        """The program in the forms that suit Python."""
        return to_quick(self.graph, self.outputs, self.names, lambda: self.program)

    # ---- one point ---------------------------------------------------------------------------------------------------

    @property
    def may_rise(self) -> bool:
        """Whether native code may take over."""
        return self.backend == "auto" and self.dtype == FLOAT64 and has_llvmlite()

    @once
    def python(self) -> python_.PythonKernel:
        return python_.build(self.quick)

    def in_python(self, name: str, more: Call | None = None) -> Call:
        """Python that takes "point"s, a "vector" or a "call", soon generated; `more` takes what it can't."""
        rolled = self._over_arrays() if name == "vector" else None
        if rolled is not None:
            return rolled

        def generate(space: dict[str, Any]) -> Call:
            return self.python.function(name, self._returned, self._extra, more, space)

        return self.python.begun(name, self._assembled_in_python, more, generate, self._lock)

    def _assembled_in_python(self, outputs: Sequence[float]) -> Any:
        return self.layout.assembled(outputs, self.dtype)

    def _returned(self, outputs: Sequence[str]) -> list[str]:
        return self.layout.returned(outputs, self.dtype)

    @once
    def _extra(self) -> dict[str, Any]:
        names = {"type": type, "float": float, "ndarray": np.ndarray, "float64": FLOAT64, "tolist": np.ndarray.tolist}
        return {**self.layout.table(self.dtype), **names, "nothing": NOTHING}

    def _over_arrays(self) -> Call | None:
        """vector(x) by templates over arrays, for a long sum of like terms without native code; None for others."""
        if self.layout.order != 1 or self.layout.several or self.backend == "python":
            return None
        if len(self.graph.ops) < LONG_GRAPH or self.may_rise or not self.stable:
            return None
        from symgrad.program.long_sums import worth_rolling
        from symgrad.program.sums import SumFunction

        if not worth_rolling(self.formulas[0]):
            return None
        rolled = SumFunction(self.formulas[0], {}, self.layout.order, "numpy")
        return rolled.vector if rolled.names == self.names else None

    def native(self, name: str, slow: Call | None) -> Call:
        """The native callable; `slow` takes what it does not."""
        with self._lock:
            if self.dtype != FLOAT64 or (name == "point" and len(self.names) > MOST_ARGUMENTS):
                return self._assembled(name)
            slow = slow or self._assembled(name)
            return self.llvm.entry(name, self.layout.shapes, self.layout.in_a_row(), slow)  # type: ignore[no-any-return]

    def _assembled(self, name: str) -> Call:
        """The function `name` around a kernel that knows flat outputs only."""
        point, layout, dtype = self.llvm.point, self.layout, self.dtype
        if name == "point":
            return lambda *x: layout.assembled(point(*x), dtype)
        return lambda x: layout.assembled(point(*x.tolist()), dtype)

    def rising(self, python: Call, rise: Callable[[], None]) -> Call:
        """The Python function, until it has been called often enough to be worth native code."""
        calls = count(1)

        def call(*args: Any, **named: Any) -> Any:
            if next(calls) == PATIENCE:
                rise()
            return python(*args, **named)

        return call

    # ---- arrays ------------------------------------------------------------------------------------------------------

    def arrays(self, points: int) -> Kernel:
        """The kernel for batches: with "auto", native code where the work is worth compiling it."""
        if self.backend == "numpy" or self.special:
            return self.plain_arrays  # one call for a block of numbers, not one for each
        if self.backend == "llvm" and self.dtype == FLOAT64:
            return self.llvm  # type: ignore[no-any-return]
        if "llvm" in self.__dict__ or (self.may_rise and self._is_worth_it(points * self.program.operations)):
            return self.llvm  # type: ignore[no-any-return]
        return self.plain_arrays

    def _is_worth_it(self, operations: int) -> bool:
        self._done += operations
        return operations >= WORTHWHILE or self._done >= IN_ALL

    @once
    def special(self) -> bool:
        """Whether anything is computed outside."""
        return self.program.special

    @once
    def plain_arrays(self) -> Kernel:
        if self.backend == "python":
            return self.python
        from symgrad.program.backends import numpy_

        quick = to_quick(self.graph, self.outputs, self.names, self._sure_of_arrays, arrays=True)
        return numpy_.build(quick.program, self.dtype, quick.conditions, quick.sure)

    def _sure_of_arrays(self) -> Program:
        styled = has_styles(self.graph, self.outputs)
        return to_program(self.graph, self.outputs, self.names, "arrays") if styled else self.program

    @once
    def llvm(self) -> Any:
        from symgrad.program.backends import llvm

        return llvm.build(self.program, without_largest(self.graph, self.outputs, self.names, lambda: self.program))

    @property
    def source(self) -> str:
        """The generated code, for reading."""
        if self.backend == "llvm":
            return self.llvm.source  # type: ignore[no-any-return]
        return self.plain_arrays.source if self.backend == "numpy" else self.python.source


class _Nothing:
    """What stands for an argument that wasn't given."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


def _derived(g: Graph, roots: Sequence[int], n: int, order: int) -> tuple[list[int], list[tuple[int, int]]]:
    """The nodes of values and derivatives, and the entries (i, j) of the Hessian among them."""
    inputs, outputs = list(range(n)), list(roots)
    if not order:
        return outputs, []
    slopes = [gradient(g, root, inputs) for root in roots]
    found = hessian(g, slopes[0], inputs) if order > 1 else {}
    for root, row in zip(roots, slopes):
        outputs += _where_defined(g, root, row)
    entries = sorted(found)
    return [*outputs, *_where_defined(g, roots[0], [found[entry] for entry in entries])], entries


def _where_defined(g: Graph, root: int, derivatives: Sequence[int]) -> Sequence[int]:
    """The derivatives of a value, and NaN where it is NaN because no case of a piecewise function holds."""
    nan = g.numbers.get(math.nan)
    if nan is None or nan not in g.live([root]):
        return derivatives
    defined = g.node("equal", root, root)
    return [g.select(defined, derivative, nan) for derivative in derivatives]
