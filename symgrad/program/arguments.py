"""What people may pass: numbers, arrays, lists, names. Checked and brought into form here, or refused with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.fresh import fresh
from symgrad.program.layout import FLOAT64
from symgrad.program.lower import variables
from symgrad.syntax.tree import Node

_REFUSED = {"c": "complex numbers", "U": "text", "S": "text", "O": "objects", "M": "dates", "m": "times"}


def normalised(formula: Any, wrt: Any) -> tuple[tuple[Node, ...], tuple[str, ...], bool]:
    """Trees, variable names, and whether several formulas were given."""
    several = isinstance(formula, (list, tuple))
    items = list(formula) if several else [formula]
    if not items:
        raise UsageError("There is no formula in the list.")
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


def by_name(names: tuple[str, ...], args: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
    """All arguments in the order of the variables."""
    taken = names[: len(args)]
    for name in named:
        if name not in names:
            raise UsageError(f"There is no variable {name!r}.", hint="The variables are " + ", ".join(names) + ".")
        if name in taken:
            raise UsageError(f"The variable {name!r} is given twice.")
    missing = [name for name in names[len(args) :] if name not in named]
    if missing or len(args) > len(names):
        raise wrong_count(names, len(args) + len(named), missing)
    return (*args, *(named[name] for name in names[len(args) :]))


def wrong_count(names: Sequence[str], given: int, missing: Sequence[str] = ()) -> UsageError:
    """The error that another number of arguments was given."""
    hint = f"Missing: {', '.join(missing)}." if missing else f"The variables are {', '.join(names)}."
    if not names:
        hint = "The formula has no variables."
    return UsageError(f"The function takes {len(names)} numbers or arrays, not {given}.", hint=hint)


_NUMBERS = (float, int, np.floating, np.integer, np.bool_)


def floats(args: Sequence[Any]) -> list[float] | None:
    """The arguments as floats if each is a number; the quick way for whole numbers and numpy's own."""
    found = []
    for argument in args:
        if type(argument) is float:
            found.append(argument)
        elif isinstance(argument, _NUMBERS):
            found.append(_nearest(argument))
        else:
            return None
    return found


def as_array(argument: Any, what: str) -> Any:
    """The argument as a real array; whole numbers and truth values are converted later.

    Whole numbers that fit no machine integer, fractions and decimals are the doubles nearest to them.
    """
    try:
        array = np.asarray(argument)
    except (ValueError, TypeError) as error:
        raise UsageError(f"I can't read {what} as numbers: {error}.") from None
    if array.dtype.kind == "O":
        array = _as_doubles(array)
    if array.dtype.kind not in "fiub":
        kind = _REFUSED.get(array.dtype.kind, str(array.dtype))
        raise UsageError(f"{what[0].upper()}{what[1:]} holds {kind}; a compiled formula takes real numbers.")
    if isinstance(argument, np.ma.MaskedArray) and np.ma.is_masked(argument):
        raise UsageError(
            f"{what[0].upper()}{what[1:]} has masked entries.", hint="Fill them first: x.filled(numpy.nan)."
        )
    return array


def _as_doubles(array: Any) -> Any:
    """An array of Python's exact real numbers as doubles; the array itself if it holds anything else."""
    from decimal import Decimal
    from numbers import Real

    if not all(isinstance(entry, (Real, Decimal)) for entry in array.ravel().tolist()):
        return array
    return np.array([_nearest(entry) for entry in array.ravel().tolist()], float).reshape(array.shape)


def _nearest(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return np.inf if number > 0 else -np.inf


def alike(args: Sequence[Any]) -> bool:
    """Whether all arguments are contiguous, aligned lines of doubles of one length."""
    length = None
    for argument in args:
        if type(argument) is not np.ndarray or argument.dtype is not FLOAT64 or argument.ndim != 1:
            return False
        if length is None:
            length = len(argument)
        flags = argument.flags
        if len(argument) != length or not (flags.c_contiguous and flags.aligned):
            return False
    return length is not None


def broadcast(names: Sequence[str], args: Sequence[Any], dtype: Any) -> tuple[list[Any], tuple[int, ...]]:
    """A contiguous array of all points for each argument, and the shape of the batch."""
    arrays = [as_array(argument, f"the variable {name!r}") for name, argument in zip(names, args)]
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = ", ".join(f"{name}: {array.shape}" for name, array in zip(names, arrays))
        raise UsageError(f"The shapes of the arguments do not broadcast together ({shapes}).") from None
    return [_column(array, shape, dtype) for array in arrays], shape


def _column(array: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """A contiguous array of all points; nothing is copied that already is one."""
    if array.dtype != dtype:
        with np.errstate(all="ignore"):
            array = array.astype(dtype)
    if array.shape != shape:
        array = np.broadcast_to(array, shape)
    array = np.ascontiguousarray(array).reshape(-1)
    return array if array.flags.aligned else array.copy()


def targets(shapes: Sequence[tuple[int, ...]], out: Any) -> tuple[Any, ...]:
    """The arrays given to write results of some shapes into."""
    if isinstance(out, np.ndarray):
        out = (out,)
    if not isinstance(out, (tuple, list)) or len(out) != len(shapes):
        what = f"{len(out)}" if isinstance(out, (tuple, list)) else f"{type(out).__name__}"
        raise UsageError(f"out takes {len(shapes)} arrays, not {what}.")
    for target, shape in zip(out, shapes):
        if not isinstance(target, np.ndarray) or target.shape != shape:
            raise UsageError(f"out needs an array of shape {shape}, not {getattr(target, 'shape', type(target))}.")
        if target.dtype.kind != "f":
            raise UsageError(f"out needs an array of floats, not {target.dtype}.")
        if not target.flags.writeable:
            raise UsageError("out has an array that is read-only.")
    return tuple(out)


def places(
    shapes: Sequence[tuple[int, ...]], points: int, dtype: Any, out: Sequence[Any] | None, columns: Sequence[Any]
) -> list[Any]:
    """Where a batch is computed: in the arrays given for its results, or beside those that are no place for it."""
    found: list[Any] = []
    for shape, target in zip(shapes, out or [None] * len(shapes)):
        if target is not None and _is_place(target, dtype, (*columns, *found)):
            found.append(target.reshape((*shape, points)))
        else:
            found.append(fresh((*shape, points), dtype))
    return found


def _is_place(target: Any, dtype: Any, others: Sequence[Any]) -> bool:
    flags = target.flags
    if type(target) is not np.ndarray or target.dtype != dtype or not (flags.c_contiguous and flags.aligned):
        return False
    return not any(np.may_share_memory(target, other) for other in others)


def fill(out: Sequence[Any], results: Sequence[Any]) -> None:
    """Write results into the arrays given for them; what is too large for them is infinite, without a warning."""
    with np.errstate(all="ignore"):
        for target, result in zip(out, results):
            if not np.may_share_memory(target, result):  # else it was computed there
                target[...] = result
