"""The callable that people hold: names, shapes, types and errors around bare kernels.

Everything a user may pass (floats, arrays, lists, names) is checked and brought into form here once; kernels see floats
or contiguous arrays only. A Function is immutable after it is made; kernels are built when they are first needed.
"""

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache, partial
from importlib.util import find_spec
from itertools import count
from threading import Lock
from typing import Any

import numpy as np

from symgrad.errors import MissingPackageError, UsageError
from symgrad.program import directional
from symgrad.program.adjoint import gradient, hessian
from symgrad.program.backends import Kernel, python_
from symgrad.program.expand import has_styles, to_program
from symgrad.program.graph import Graph
from symgrad.program.lower import lower_into, variables
from symgrad.program.program import Program
from symgrad.program.stable import StableGraph
from symgrad.syntax.tree import Node

Source = Any  # whatever `compile` was given; pickled and copied in place of the code


class Function:
    """Value, gradient and Hessian of a formula as a callable. Made by `compile`."""

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
        self._lock = Lock()
        if self.backend == "llvm" and not _has_llvmlite():
            raise MissingPackageError(
                "The backend 'llvm' needs the package llvmlite.", hint="pip install symgrad[fast]"
            )
        g = (StableGraph if options["stable"] else Graph)(len(names))
        roots = lower_into(g, formulas, names)
        self._graph, (self._outputs, self._layout) = g, _derived(g, roots, names, order)

    # ---- calling -----------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, out: Any = None, **named: Any) -> Any:
        """Value, or (value, gradient), or (value, gradient, Hessian), by the order.

        Args:
            args, named: one number or array for each variable, by position or by name; arrays broadcast.
            out: arrays to write into: one, or a tuple as returned.
        """
        if out is None and not named:
            return self._positional(*args)
        return self._checked(args, out, named)

    @cached_property
    def _positional(self) -> Any:
        """What a call by position goes to: native code, which sends back what it can't take, or the checks."""
        if self.backend == "llvm" and self.dtype == _FLOAT64 and len(self.names) <= MOST_ARGUMENTS:
            return self._entry("point", self._by_position)
        return self._by_position

    def _by_position(self, *args: Any) -> Any:
        if len(args) == len(self.names):
            for argument in args:
                if type(argument) is not float:
                    break
            else:
                return self._scalars(*args)
        return self._checked(args, None, {})

    def _checked(self, args: tuple[Any, ...], out: Any, named: dict[str, Any]) -> Any:
        if named:
            args = self._by_name(args, named)
        elif len(args) != len(self.names):
            raise self._wrong_count(len(args))
        for argument in args:
            if type(argument) is not float:
                return self._general(args, out)
        if out is not None:
            return self._general(args, out)
        return self._scalars(*args)

    @cached_property
    def vector(self) -> Any:
        """vector(x): the same at one point given as a vector, for scipy.optimize.minimize(fun.vector, x0, jac=True)."""
        return self._entry("vector", self._vector_of) if self.backend == "llvm" else self._vector_of

    @cached_property
    def into(self) -> Any:
        """into(x, gradient, …): the value at a vector, the rest written into the arrays given: nothing is allocated."""
        return self._entry("into", self._into) if self.backend == "llvm" else self._into

    def _into(self, x: Any, *out: Any) -> Any:
        found = self._vector_of(x)
        parts = found if self.order else (found,)
        arrays = parts if self.several else parts[1:]
        if len(out) != len(arrays):
            raise UsageError(f"into takes a vector and {len(arrays)} arrays to write to, not {len(out)}.")
        if arrays:
            _written(arrays, out)
        return None if self.several else parts[0]

    def _vector_of(self, x: Any) -> Any:
        if type(x) is np.ndarray and x.dtype is _FLOAT64 and x.shape == (len(self.names),):
            return self._vector(x)
        x = _as_array(x, "the vector")
        if x.shape != (len(self.names),):
            raise UsageError(f"vector takes one vector of {len(self.names)} numbers, not an array of shape {x.shape}.")
        return self._vector(x.astype(np.float64))

    def _by_name(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        taken = self.names[: len(args)]
        for name in named:
            if name not in self.names:
                raise UsageError(
                    f"There is no variable {name!r}.", hint="The variables are " + ", ".join(self.names) + "."
                )
            if name in taken:
                raise UsageError(f"The variable {name!r} is given twice.")
        missing = [name for name in self.names[len(args) :] if name not in named]
        if missing or len(args) > len(self.names):
            raise self._wrong_count(len(args) + len(named), missing)
        return (*args, *(named[name] for name in self.names[len(args) :]))

    def _wrong_count(self, given: int, missing: Sequence[str] = ()) -> UsageError:
        hint = f"Missing: {', '.join(missing)}." if missing else f"The variables are {', '.join(self.names)}."
        if not self.names:
            hint = "The formula has no variables."
        return UsageError(f"The function takes {len(self.names)} numbers or arrays, not {given}.", hint=hint)

    def _general(self, args: tuple[Any, ...], out: Any) -> Any:
        if out is None and self.order == 1 and not self.several and self.dtype == _FLOAT64 and _alike(args):
            return self._plain_batch(args)
        arrays = [_as_array(argument, f"the variable {name!r}") for name, argument in zip(self.names, args)]
        try:
            shape = np.broadcast_shapes(*(array.shape for array in arrays))
        except ValueError:
            shapes = ", ".join(f"{name}: {array.shape}" for name, array in zip(self.names, arrays))
            raise UsageError(f"The shapes of the arguments do not broadcast together ({shapes}).") from None
        if shape == () and out is None:
            return self._scalars(*(float(array) for array in arrays))
        columns = [_column(array, shape, self.dtype) for array in arrays]
        return self._batch(columns, shape, out)

    def _plain_batch(self, columns: tuple[Any, ...]) -> Any:
        """Value and gradient where every argument is a line of doubles already: the shortest way to the kernel."""
        points = len(columns[0])
        value, slopes = np.empty(points), np.empty((len(columns), points))
        if points:
            self._array_kernel(points).batch(columns, [value, *slopes])
        return value, slopes

    def _batch(self, columns: list[Any], shape: tuple[int, ...], out: Any) -> Any:
        layout, points = self._layout, math.prod(shape)
        whole = self.dtype.type
        parts = [np.empty((*part, points), whole) for part in layout.shapes(self.several)]
        flat = [part.reshape(math.prod(part.shape[:-1]), points) for part in parts]
        rows = []
        for part, row in layout.places:
            rows.append(flat[part][row])
        for part, row in layout.zeros:
            flat[part][row].fill(0)
        if points:
            self._array_kernel(points).batch(columns, rows)
        for part, row, original in layout.mirrors:
            flat[part][row][...] = flat[part][original]
        results = tuple(part.reshape(*part.shape[:-1], *shape) for part in parts)
        if out is not None:
            results = _written(results, out)
        return results if self.order else results[0]

    # ---- programs ----------------------------------------------------------------------------------------------------

    @cached_property
    def program(self) -> Program:
        """What is computed, as straight-line code."""
        return to_program(self._graph, self._outputs, self.names)

    def _styled(self, style: str) -> Program:
        """The program in the forms that suit a backend."""
        if has_styles(self._graph, self._outputs):
            return to_program(self._graph, self._outputs, self.names, style)
        return self.program

    # ---- kernels -----------------------------------------------------------------------------------------------------

    @cached_property
    def _scalars(self) -> Any:
        return self._structured("_scalars", "point")

    @cached_property
    def _vector(self) -> Any:
        return self._structured("_vector", "vector")

    def _structured(self, attribute: str, name: str) -> Any:
        if self.backend == "llvm":
            return self._entry(name, None)
        function = self._in_python(name)
        return self._rising(attribute, name, function) if self._may_rise else function

    def _rising(self, attribute: str, name: str, function: Any) -> Any:
        """The Python function, until it has been called often enough to be worth native code."""
        calls = count(1)

        def call(*x: Any) -> Any:
            if next(calls) == PATIENCE:
                self.__dict__[attribute] = self._entry(name, function)
            return function(*x)

        return call

    @property
    def _may_rise(self) -> bool:
        return self.backend == "auto" and self.dtype == _FLOAT64 and _has_llvmlite()

    def _entry(self, name: str, slow: Any) -> Any:
        """The native callable; `slow` takes what it does not."""
        with self._lock:
            if self.dtype != _FLOAT64:
                return self._assembled(self._llvm.point, name)
            shapes, places = self._layout.in_a_row(self.several)
            if name == "point" and len(self.names) > MOST_ARGUMENTS:
                return self._assembled(self._llvm.point, name)
            return self._llvm.entry(name, shapes, places, slow or self._assembled(self._llvm.point, name))

    def _over_arrays(self) -> Any:
        """vector(x) by templates over arrays, for a long sum of like terms without native code; None for others."""
        if self.order != 1 or self.several or self.backend == "python" or len(self._graph.ops) < LONG_GRAPH:
            return None
        from symgrad.program.sums import SumFunction, worth_rolling

        if self._may_rise or not self._options["stable"] or not worth_rolling(self.formulas[0]):
            return None
        rolled = SumFunction(self.formulas[0], {}, self.order, "numpy")
        return rolled.vector if rolled.names == self.names else None

    def _in_python(self, name: str) -> Any:
        rolled = self._over_arrays() if name == "vector" else None
        if rolled is not None:
            return rolled
        with self._lock:
            kernel = python_.build(self._styled("lazy"))
            returned = partial(self._layout.returned, several=self.several, order=self.order)
            extra = {"array": _array_of(self.dtype), "tolist": np.ndarray.tolist, "shaped": _shaped}
            extra |= {"copied": np.ndarray.copy, "blank": np.zeros(len(self.names), self.dtype)}
            return kernel.function(name, returned, extra)

    def _assembled(self, point: Any, name: str) -> Any:
        """The function `name` around a kernel that knows flat outputs only."""
        layout, order, several, dtype = self._layout, self.order, self.several, self.dtype
        shapes = layout.shapes(several)
        sizes = [math.prod(shape) for shape in shapes]
        value_of = (lambda values: np.array(values[: sizes[0]], dtype)) if several else (lambda values: values[0])

        def call(*x: float) -> Any:
            values = point(*x)
            if not order:
                return value_of(values)
            first = sizes[0] + sizes[1]
            slopes = np.array(values[sizes[0] : first], dtype).reshape(shapes[1])
            if order == 1:
                return value_of(values), slopes
            table = np.zeros(shapes[2], dtype)
            for (i, j), value in zip(layout.entries, values[first:]):
                table[i, j] = table[j, i] = value
            return value_of(values), slopes, table

        return call if name == "point" else lambda x: call(*x.tolist())

    def _array_kernel(self, points: int) -> Kernel:
        """The kernel for batches: with "auto", native code where the work is worth compiling it."""
        if self._special:
            return self._plain_arrays  # one call for a block of numbers, not one for each
        if self.backend == "llvm" and self.dtype == _FLOAT64:
            return self._llvm  # type: ignore[no-any-return]
        if "_llvm" in self.__dict__ or (points * self.program.operations >= WORTHWHILE and self._may_rise):
            return self._llvm  # type: ignore[no-any-return]
        return self._plain_arrays

    @cached_property
    def _special(self) -> bool:
        return self.program.special

    @cached_property
    def _plain_arrays(self) -> Kernel:
        if self.backend == "python":
            return python_.build(self._styled("lazy"))
        from symgrad.program.backends import numpy_

        return numpy_.build(self._styled("arrays"), self.dtype)

    @cached_property
    def _llvm(self) -> Any:
        from symgrad.program.backends import llvm

        return llvm.build(self.program)

    # ---- what it is made of ------------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The generated code, for reading."""
        if self.backend == "llvm":
            return self._llvm.source  # type: ignore[no-any-return]
        if self.backend == "numpy":
            return self._plain_arrays.source
        return python_.build(self._styled("lazy")).source

    @property
    def sparsity(self) -> frozenset[tuple[int, int]]:
        """The places (i, j) of the Hessian that are not zero by structure."""
        if self.order < 2:
            return compile_trees(self.formulas, self.names, 2, self._options, self.several).sparsity
        return frozenset((i, j) for i, j in self._layout.entries) | frozenset((j, i) for i, j in self._layout.entries)

    @cached_property
    def jvp(self) -> Any:
        """jvp(x, v): the derivatives of the values at x in the direction v, without a Jacobian."""
        product = directional.product(
            directional.jacobian_vector(self.formulas, self.names), self.names, len(self.formulas)
        )
        return product if self.several else lambda x, v: float(product(x, v)[0])

    @cached_property
    def hvp(self) -> Any:
        """hvp(x, v): the Hessian at x times v, without a Hessian."""
        if self.several:
            raise UsageError("Several formulas have no Hessian.")
        return directional.product(
            directional.hessian_vector(self.formulas[0], self.names), self.names, len(self.names)
        )

    def __repr__(self) -> str:
        what = ("value", "value and gradient", "value, gradient and Hessian")[self.order]
        return f"<Function of {', '.join(self.names)}: {what}, {self.program.operations} operations, {self.backend}>"

    def __reduce__(self) -> tuple[object, ...]:
        return compile_trees, (self.formulas, self.names, self.order, self._options, self.several)


def compile_trees(
    formulas: tuple[Node, ...], names: tuple[str, ...], order: int, options: dict[str, Any], several: bool
) -> Function:
    """A Function from trees and checked options: what `compile` ends in and what unpickling calls."""
    return Function(formulas, names, order, options, several)


# ---- layout ----------------------------------------------------------------------------------------------------------


LONG_GRAPH = 3_000  # nodes from which a sum may be worth folding back into arrays
FEW = 12  # entries up to which writing one by one is quicker than making an array of a list


class _Layout:
    """Where each output of the program stands in value, gradient and Hessian.

    `places[k]` is (part, row) of program output k; `zeros` are rows that are zero by structure; `mirrors` are rows that
    are equal to others by symmetry.
    """

    def __init__(self, formulas: int, inputs: int, order: int, entries: Sequence[tuple[int, int]]) -> None:
        self.formulas, self.inputs, self.order = formulas, inputs, order
        self.entries = list(entries)
        self.places = [(0, k) for k in range(formulas)]
        self.zeros: list[tuple[int, int]] = []
        self.mirrors: list[tuple[int, int, int]] = []
        if order:
            self.places += [(1, k) for k in range(formulas * inputs)]
        if order > 1:
            self.places += [(2, i * inputs + j) for i, j in entries]
            self.mirrors = [(2, j * inputs + i, i * inputs + j) for i, j in entries if i != j]
            known = {row for part, row in self.places if part == 2} | {row for _, row, _ in self.mirrors}
            self.zeros = [(2, row) for row in range(inputs * inputs) if row not in known]

    def shapes(self, several: bool) -> list[tuple[int, ...]]:
        """The shapes of value, gradient, Hessian at one point."""
        first: tuple[int, ...] = (self.formulas,) if several else ()
        return [first, (*first, self.inputs), (self.inputs, self.inputs)][: self.order + 1]

    def in_a_row(self, several: bool) -> tuple[list[tuple[int, ...]], list[list[int]] | None]:
        """The shapes of the parts, and the places of each output where all parts lie in a row (None: just in order)."""
        shapes = self.shapes(several)
        starts = [sum(math.prod(shape) for shape in shapes[:k]) for k in range(len(shapes))]
        places = [[starts[part] + row] for part, row in self.places]
        if self.order < 2:
            return shapes, None
        twin = {original: row for _, row, original in self.mirrors}
        for place, (part, row) in zip(places, self.places):
            if part == 2 and row in twin:
                place.append(starts[2] + twin[row])
        return shapes, places

    def returned(self, outputs: Sequence[str], several: bool, order: int) -> list[str]:
        """The last statements of generated Python: few entries are quicker written into a copied array one by one."""
        n = self.inputs
        if order == 1 and not several and 0 < n <= FEW:
            written = [f"g0[{k}] = {output}" for k, output in enumerate(outputs[1 : n + 1])]
            return ["g0 = copied(blank)", *written, f"return ({outputs[0]}, g0)"]
        return ["return " + self._expression(outputs, several, order)]

    def _expression(self, outputs: Sequence[str], several: bool, order: int) -> str:
        m, n = self.formulas, self.inputs
        value = f"array([{', '.join(outputs[:m])}])" if several else outputs[0]
        if not order:
            return value
        slopes = ", ".join(outputs[m : m + m * n])
        slope = f"shaped(array([{slopes}]), ({m}, {n}))" if several else f"array([{slopes}])"
        if order == 1:
            return f"({value}, {slope})"
        table = [["0.0"] * n for _ in range(n)]
        for (i, j), output in zip(self.entries, outputs[m + m * n :]):
            table[i][j] = table[j][i] = output
        rows = ", ".join(", ".join(row) for row in table)
        return f"({value}, {slope}, shaped(array([{rows}]), ({n}, {n})))"


def _derived(g: Graph, roots: Sequence[int], names: Sequence[str], order: int) -> tuple[list[int], _Layout]:
    """The nodes of values and derivatives, and where they belong."""
    inputs = list(range(len(names)))
    outputs = list(roots)
    entries: list[tuple[int, int]] = []
    if order:
        slopes = [slope for root in roots for slope in gradient(g, root, inputs)]
        outputs += slopes
        if order > 1:
            found = hessian(g, slopes, inputs)
            entries = sorted(found)
            outputs += [found[entry] for entry in entries]
    return outputs, _Layout(len(roots), len(names), order, entries)


# ---- arguments -------------------------------------------------------------------------------------------------------

_FLOAT64 = np.dtype(np.float64)


def _as_array(argument: Any, what: str) -> Any:
    """The argument as a real array; whole numbers and truth values are converted later."""
    try:
        array = np.asarray(argument)
    except (ValueError, TypeError) as error:
        raise UsageError(f"I can't read {what} as numbers: {error}.") from None
    if array.dtype.kind not in "fiub":
        kind = {"c": "complex numbers", "U": "text", "S": "text", "O": "objects"}.get(
            array.dtype.kind, str(array.dtype)
        )
        raise UsageError(f"{what[0].upper()}{what[1:]} holds {kind}; a compiled formula takes real numbers.")
    return array


def _alike(args: tuple[Any, ...]) -> bool:
    """Whether all arguments are contiguous lines of doubles of one length."""
    length = None
    for argument in args:
        if type(argument) is not np.ndarray or argument.dtype is not _FLOAT64 or argument.ndim != 1:
            return False
        if length is None:
            length = len(argument)
        if len(argument) != length or not argument.flags.c_contiguous:
            return False
    return length is not None


def _column(array: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """A contiguous array of all points; nothing is copied that already is one."""
    array = np.asarray(array, dtype=dtype)
    if array.shape != shape:
        array = np.broadcast_to(array, shape)
    return np.ascontiguousarray(array).reshape(-1)


def _written(results: tuple[Any, ...], out: Any) -> tuple[Any, ...]:
    targets = (out,) if isinstance(out, np.ndarray) else tuple(out)
    if len(targets) != len(results):
        raise UsageError(f"out takes {len(results)} arrays, not {len(targets)}.")
    for target, result in zip(targets, results):
        if not isinstance(target, np.ndarray) or target.shape != result.shape:
            raise UsageError(
                f"out needs an array of shape {result.shape}, not {getattr(target, 'shape', type(target))}."
            )
        if target.dtype.kind != "f":
            raise UsageError(f"out needs an array of floats, not {target.dtype}.")
        target[...] = result
    return targets


def _array_of(dtype: Any) -> Any:
    if dtype == _FLOAT64:
        return np.array
    return lambda values: np.array(values, dtype)


_shaped = np.reshape


MOST_ARGUMENTS = 64  # beyond, native code takes vectors only
PATIENCE = 200  # calls at one point after which "auto" goes over to native code
WORTHWHILE = 2_000_000  # operations in one batch from which "auto" compiles for it


@lru_cache(maxsize=1)
def _has_llvmlite() -> bool:
    return find_spec("llvmlite") is not None


def normalised(formula: Any, wrt: Any) -> tuple[tuple[Node, ...], tuple[str, ...], bool]:
    """Trees, variable names, and whether several formulas were given."""
    several = isinstance(formula, (list, tuple))
    items = list(formula) if several else [formula]
    trees: list[Node] = []
    order: list[str] = []
    for item in items:
        if isinstance(item, Node):
            trees.append(item)
            order += variables([item])
        else:
            from symgrad.formula import as_formula

            known = as_formula(item)
            trees.append(known.tree)
            order += known.names
    names = tuple(dict.fromkeys(order)) if wrt is None else tuple(str(name) for name in wrt)
    if len(set(names)) != len(names):
        raise UsageError("A variable is named twice.")
    missing = [name for name in variables(trees) if name not in names]
    if missing:
        raise UsageError(f"The formula has the variable {missing[0]!r}, which is not among the variables given.")
    return tuple(trees), names, several
