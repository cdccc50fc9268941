"""The callable that people hold: names, shapes, types and errors around bare kernels.

Everything a user may pass (floats, arrays, lists, names) is brought into form here once; kernels see floats or
contiguous arrays only. A Function is immutable; its code is made when it is first needed (see `kernels`).
"""

import math
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.program import arguments, directional
from symgrad.program.backends import has_llvmlite, no_llvmlite
from symgrad.program.kernels import MOST_ARGUMENTS, NOTHING, Kernels
from symgrad.program.layout import FLOAT64
from symgrad.program.once import once
from symgrad.program.program import Program
from symgrad.program.results import Results
from symgrad.syntax.tree import Node
from symgrad.syntax.walks import flattened, from_flat


class Function:
    """Value, gradient and Hessian of a formula as a callable. Made by `compile`.

    Each Function has a class of its own, so that the code generated for it can be its `__call__`: nothing then stands
    between a caller and the code.
    """

    def __new__(cls, *_: Any, **__: Any) -> "Function":
        own = type(cls.__name__, (cls,), {"__module__": cls.__module__, "__doc__": cls.__doc__})
        return object.__new__(own)

    def __init__(
        self, formulas: tuple[Node, ...], names: tuple[str, ...], order: int, options: dict[str, Any], several: bool
    ) -> None:
        self.formulas = formulas
        self.names = names
        self.order = order
        self.several = several
        self.backend: str = options["backend"]
        self.dtype = np.dtype(options["dtype"])
        self._options = options
        if self.backend == "llvm" and not has_llvmlite():
            raise no_llvmlite()
        self._kernels = Kernels(
            formulas, names, order, backend=self.backend, dtype=self.dtype, stable=options["stable"], several=several
        )
        self._lock = self._kernels._lock

    # ---- calling -----------------------------------------------------------------------------------------------------

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        """Value, or (value, gradient), or (value, gradient, Hessian), by the order.

        Args:
            args, named: one number or array for each variable, by position or by name; arrays broadcast.
            out: arrays to write into: one, or a tuple as returned.
        """
        if not named and len(args) == len(self.names):
            if arguments.alike(args, self.dtype):
                return self._lines(args)
            if all(type(argument) is float for argument in args):
                self._first_call()
                return self(*args)
        return self._of(args, named)

    def _first_call(self) -> None:
        """Put the code for numbers in the place of `__call__`."""
        with self._lock:
            if type(self).__call__ is not Function.__call__:
                return
            if self.backend == "llvm":
                self._rise()
                return
            python = self._kernels.in_python("call", _with_all_arguments)
            python.__doc__ = Function.__call__.__doc__
            if self._kernels.may_rise and len(self.names) <= MOST_ARGUMENTS:
                python = self._kernels.rising(python, self._rise)
            type(self).__call__ = python  # type: ignore[method-assign]

    def _rise(self) -> None:
        """Native code in the place of `__call__`: it is no method, and sends back what it can't take."""
        takes_all = self.dtype == FLOAT64 and len(self.names) <= MOST_ARGUMENTS
        native = self._kernels.native("point", self._checked if takes_all else None)
        if takes_all and isinstance(native, BuiltinFunctionType):
            type(self).__call__ = native  # type: ignore[method-assign]
        else:
            type(self).__call__ = staticmethod(native) if takes_all else _checking(native)  # type: ignore[method-assign]

    def _checked(self, /, *args: Any, **named: Any) -> Any:
        """The same of any arguments at all."""
        if not named and len(args) == len(self.names) and arguments.alike(args, self.dtype):
            return self._lines(args)
        return self._of(args, named)

    def _of(self, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The same where it takes more than the shortest way."""
        out = named.pop("out", None)
        if named:
            args = arguments.by_name(self.names, args, named)
        elif len(args) != len(self.names):
            raise arguments.wrong_count(self.names, len(args))
        if out is None:
            floats = arguments.floats(args)
            if floats is not None:
                return self._scalars(*floats)
        columns, shape = arguments.broadcast(self.names, args, self.dtype)
        if shape == () and out is None:
            return self._scalars(*(float(column[0]) for column in columns))
        return self._batch(columns, shape, out)

    @once
    def _scalars(self) -> Any:
        """Floats in, results out: what is left to do after the checks."""
        if self.backend == "llvm":
            return self._kernels.native("point", None)
        return self._kernels.in_python("point")

    @once
    def vector(self) -> Any:
        """vector(x): the same at one point given as a vector, for scipy.optimize.minimize(fun.vector, x0, jac=True)."""
        kernels = self._kernels
        if self.backend == "llvm":
            return kernels.native("vector", self._vector_of)
        python = kernels.in_python("vector", self._vector_of)
        if not kernels.may_rise:
            return python

        def rise() -> None:
            self.__dict__["vector"] = kernels.native("vector", self._vector_of)

        return kernels.rising(python, rise)

    def _vector_of(self, x: Any) -> Any:
        x = arguments.as_array(x, "the vector")
        if x.shape != (len(self.names),):
            raise UsageError(f"vector takes one vector of {len(self.names)} numbers, not an array of shape {x.shape}.")
        return self._scalars(*arguments.doubles(x).tolist())

    @once
    def into(self) -> Any:
        """into(x, gradient, …): the value at a vector, the rest written into the arrays given: nothing is allocated."""
        return self._kernels.native("into", self._into) if self.backend == "llvm" else self._into

    def _into(self, x: Any, *out: Any) -> Any:
        shapes = self._kernels.layout.shapes
        arrays = shapes if self.several else shapes[1:]
        if len(out) != len(arrays):
            raise UsageError(f"into takes a vector and {len(arrays)} arrays to write to, not {len(out)}.")
        out = arguments.targets(arrays, out)
        found = self.vector(x)
        parts = found if self.order else (found,)
        arguments.fill(out, parts if self.several else parts[1:])
        return None if self.several else parts[0]

    # ---- arrays ------------------------------------------------------------------------------------------------------

    @once
    def _lines(self) -> Any:
        """Values and derivatives where every argument is a line of numbers: the shortest way to the kernel."""
        kernels, results = self._kernels, Results(self._kernels.layout, self.dtype)
        few = self._few if self.dtype == FLOAT64 else None
        if self.backend == "numpy":
            return kernels.plain_arrays.lines(results, few)  # type: ignore[attr-defined]

        def lines(columns: tuple[Any, ...]) -> Any:
            points = len(columns[0])
            if points == 1 and few:
                return few(columns)
            found, rows = results.made(points)
            if points:
                kernels.arrays(points).batch(columns, rows)
            return found if results.are_complete else results.finished(found)

        return lines

    def _few(self, columns: tuple[Any, ...]) -> Any:
        """The same of lines of one double, as at one point."""
        found = self._scalars(*[column.item() for column in columns])
        parts = [np.asarray(part) for part in (found if self.order else (found,))]
        parts = [part.reshape((*part.shape, 1)) for part in parts]
        return tuple(parts) if self.order else parts[0]

    def _batch(self, columns: list[Any], shape: tuple[int, ...], out: Any) -> Any:
        layout, points = self._kernels.layout, math.prod(shape)
        given = None if out is None else arguments.targets([(*part, *shape) for part in layout.shapes], out)
        parts = arguments.places(layout.shapes, points, self.dtype, given, columns)
        flat = [part.reshape(math.prod(part.shape[:-1]), points) for part in parts]
        rows = tuple(flat[part][row] for part, row in layout.places)
        for part, row in layout.zeros:
            flat[part][row].fill(0)
        if points:
            self._kernels.arrays(points).batch(tuple(columns), rows)
        for part, row, original in layout.mirrors:
            flat[part][row][...] = flat[part][original]
        results = tuple(part.reshape((*part.shape[:-1], *shape)) for part in parts)
        if given is not None:
            arguments.fill(given, results)
            results = given
        return results if self.order else results[0]

    # ---- derivatives in a direction ----------------------------------------------------------------------------------

    @once
    def jvp(self) -> Any:
        """jvp(x, v): the derivatives of the values at x in the direction v, without a Jacobian."""
        product = directional.product(
            directional.jacobian_vector(self.formulas, self.names), self.names, len(self.formulas)
        )
        return product if self.several else lambda x, v: float(product(x, v)[0])

    @once
    def hvp(self) -> Any:
        """hvp(x, v): the Hessian at x times v, without a Hessian."""
        if self.several:
            raise UsageError("Several formulas have no Hessian.")
        return directional.product(
            directional.hessian_vector(self.formulas[0], self.names), self.names, len(self.names)
        )

    # ---- what it is made of ------------------------------------------------------------------------------------------

    @property
    def program(self) -> Program:
        """What is computed, as straight-line code."""
        return self._kernels.program

    @property
    def source(self) -> str:
        """The generated code, for reading."""
        return self._kernels.source

    @property
    def sparsity(self) -> frozenset[tuple[int, int]]:
        """The places (i, j) of the Hessian that are not zero by structure."""
        if self.several:
            raise UsageError("Several formulas have no Hessian.")
        if self.order < 2:
            return compile_trees(self.formulas, self.names, 2, self._options, self.several).sparsity
        entries = self._kernels.layout.entries
        return frozenset(entries) | frozenset((j, i) for i, j in entries)

    def emit(self, target: str) -> Any:
        """The same function for another library: it traces, maps, differentiates on and runs where the library does.

        Args:
            target: "jax": a function of jax arrays; "torch": of tensors; both return what this one does, over any
                batch. "javascript": the text of a function that returns an array of all outputs.

        The derivatives that jax.grad or autograd take of a value alone (order 0) are the formula's own, so that
        branches not taken leave no NaN.

        Raises:
            MissingPackageError: the library isn't installed.
            UsageError: another target, or an operation that the library lacks.

        >>> from symgrad.program import compile
        >>> print(compile("x sin(x)", order=0).emit("javascript"))
        function f(x0) {
          const v0 = Math.sin(x0);
          const v1 = x0 * v0;
          return [v1];
        }
        """
        from symgrad.program.emitting import emitted

        slopes = None
        if not self.order and not self.several and self.names and target != "javascript":
            slopes = compile_trees(self.formulas, self.names, 1, self._options, False).program
        return emitted(target, self.program, self._kernels.layout, slopes)

    def __repr__(self) -> str:
        what = ("value", "value and gradient", "value, gradient and Hessian")[self.order]
        names = ", ".join(self.names) or "no variables"
        return f"<Function of {names}: {what}, {self.program.operations} operations, {self.backend}>"

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (flattened(self.formulas), self.names, self.order, self._options, self.several)


def _unpickled(flat: tuple[Any, Any], *rest: Any) -> Function:
    return compile_trees(from_flat(*flat), *rest)


def compile_trees(
    formulas: tuple[Node, ...], names: tuple[str, ...], order: int, options: dict[str, Any], several: bool
) -> Function:
    """A Function from trees and checked options: what `compile` and unpickling end in."""
    return Function(formulas, names, order, options, several)


def _with_all_arguments(function: Function, rest: tuple[Any, ...], named: dict[str, Any], *x: Any) -> Any:
    """What generated code can't take: the call as it was made."""
    if rest or named or (x and x[-1] is NOTHING):
        return function._of(tuple([argument for argument in (*x, *rest) if argument is not NOTHING]), named)
    return function._checked(*x)


def _checking(native: Any) -> Any:
    """A `__call__` before native code that takes floats only."""

    def __call__(self: Function, /, *args: Any, **named: Any) -> Any:  # noqa: N807
        if named or len(args) != len(self.names) or any(type(argument) is not float for argument in args):
            return self._checked(*args, **named)
        return native(*args)

    return __call__
