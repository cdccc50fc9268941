"""What people may pass: numbers, arrays, lists, names. Checked and brought into form here, or refused with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from symgrad.errors import UsageError
from symgrad.program.fresh import fresh
from symgrad.program.layout import FLOAT64, narrowed
from symgrad.program.lower import indexed, variables
from symgrad.syntax.names import normal_form
from symgrad.syntax.tree import Node

_REFUSED = {"c": "complex numbers", "U": "text", "S": "text", "O": "objects", "M": "dates", "m": "times"}


def asked(variables: Any) -> tuple[str, ...] | None:
    """The names of the variables that were asked for, in normal form; a text or a symbol alone is one name."""
    if variables is None:
        return None
    if isinstance(variables, str) or isinstance(getattr(variables, "name", None), str):
        variables = (variables,)
    if isinstance(variables, (set, frozenset)) or not isinstance(variables, Iterable):
        raise UsageError(
            f"variables is a list of names, not a {type(variables).__name__}.", hint="As in variables=['x', 'y']."
        )
    names = tuple(_name(variable) for variable in variables)
    if len(set(names)) != len(names):
        raise UsageError("A variable is named twice.")
    return names


def _name(variable: Any) -> str:
    text = variable if isinstance(variable, str) else getattr(variable, "name", None)
    name = normal_form(text) if isinstance(text, str) else None
    if name is None and not (isinstance(text, str) and text.isidentifier()):
        raise UsageError(
            f"{str(variable)[:60]!r} is not the name of a variable.", hint="Names stand in a list: ['x', 'y']."
        )
    return name or str(text)


def in_order(trees: Sequence[Node], names: Sequence[str] | None) -> tuple[str, ...]:
    """The variables of some formulas in the order of the names asked for, or as they first appear.

    The name of an indexed variable stands for the components that are used, one after the other: x for x_1, x_2, x_3.
    """
    found = variables(trees)
    if names is None or names == found:
        return found
    components: dict[str, dict[str, None]] = {}
    for formula in trees:
        for name, entries in indexed(formula).items():
            components.setdefault(name, {}).update(dict.fromkeys(entries))
    order = [entry for name in names for entry in components.get(name, (name,))]
    known = set(order)
    if len(known) != len(order):
        raise UsageError("A variable is named twice.")
    for name in found:
        if name not in known:
            raise UsageError(f"The formula has the variable {name!r}, which is not among the variables given.")
    return tuple(order)


def named_data(data: Any, names: Sequence[str]) -> dict[str, Any]:
    """The arrays given as data, by their names in normal form; none of them is among the variables asked for."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise UsageError(f"data is a mapping of names to arrays, not a {type(data).__name__}.", hint="As {'x': x}.")
    found = {_name(name): array for name, array in data.items()}
    for name in names:
        if name in found:
            raise UsageError(f"{name!r} is given as data, so that it is no variable.")
    return found


def by_name(names: tuple[str, ...], args: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
    """All arguments in the order of the variables."""
    taken = names[: len(args)]
    for name in named:
        if name not in names:
            spelled = {normal_form(name) or name: argument for name, argument in named.items()}
            if spelled.keys() != named.keys():
                return by_name(names, args, spelled)
            raise UsageError(f"There is no variable {name!r}.", hint=f"The variables are {_listed(names)}.")
        if name in taken:
            raise UsageError(f"The variable {name!r} is given twice.")
    missing = [name for name in names[len(args) :] if name not in named]
    if missing or len(args) > len(names):
        raise wrong_count(names, len(args) + len(named), missing)
    return (*args, *(named[name] for name in names[len(args) :]))


def wrong_count(names: Sequence[str], given: int, missing: Sequence[str] = ()) -> UsageError:
    """The error that another number of arguments was given."""
    hint = f"Missing: {_listed(missing)}." if missing else f"The variables are {_listed(names)}."
    if not names:
        hint = "The formula has no variables."
    return UsageError(f"The function takes {len(names)} numbers or arrays, not {given}.", hint=hint)


def _listed(names: Sequence[str]) -> str:
    """Some names as a text that stays short."""
    return ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")


_LISTED = 20
_WHOLE = (np.unsignedinteger, np.byte, np.short, np.intc, np.int_, np.longlong)  # a timedelta64 is none of these
_NUMBERS = (float, int, np.floating, *_WHOLE, np.bool_)


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
    except ValueError:  # a signalling NaN of the module decimal
        return np.nan


def alike(args: Sequence[Any], dtype: Any) -> bool:
    """Whether all arguments are contiguous, aligned lines of one length of numbers of a type."""
    length = None
    for argument in args:
        if type(argument) is not np.ndarray or argument.dtype is not dtype or argument.ndim != 1:
            return False
        if length is None:
            length = len(argument)
        flags = argument.flags
        if len(argument) != length or not (flags.c_contiguous and flags.aligned):
            return False
    return length is not None


def broadcast(names: Sequence[str], args: Sequence[Any], dtype: Any) -> tuple[list[Any], tuple[int, ...]]:
    """A contiguous array of all points for each argument, and the shape of the batch."""
    if _are_columns(args, dtype):
        return [argument.reshape(-1) for argument in args], args[0].shape
    arrays = [as_array(argument, f"the variable {name!r}") for name, argument in zip(names, args)]
    shapes = [array.shape for array in arrays]
    try:
        shape = np.broadcast_shapes(*shapes)
    except (ValueError, RuntimeError):
        if max(map(len, shapes)) > _AXES:
            raise _too_many_axes(shapes) from None
        listed = _listed([f"{name}: {shape}" for name, shape in zip(names, shapes)])
        raise UsageError(f"The shapes of the arguments do not broadcast together ({listed}).") from None
    if len(shape) > _AXES:
        raise _too_many_axes(shapes)
    return [_column(array, shape, dtype) for array in arrays], shape


_AXES = 30  # numpy broadcasts 32, and a Hessian has two of its own


def _are_columns(args: Sequence[Any], dtype: Any) -> bool:
    """Whether all arguments are contiguous, aligned arrays of one shape of numbers of a type."""
    for argument in args:
        if type(argument) is not np.ndarray or argument.dtype is not dtype or argument.shape != args[0].shape:
            return False
        flags = argument.flags
        if not (flags.c_contiguous and flags.aligned):
            return False
    return bool(args) and args[0].ndim <= _AXES


def _too_many_axes(shapes: Sequence[tuple[int, ...]]) -> UsageError:
    return UsageError(f"An argument has {max(map(len, shapes))} axes; {_AXES} are the most.")


def doubles(array: Any, dtype: Any = FLOAT64) -> Any:
    """The array in doubles (or another type), of just this type object, which is what native code looks for.

    Arrays that come from another process have one of their own, which is only equal.
    """
    if array.dtype is dtype:
        return array
    return array.view(dtype) if array.dtype == dtype else narrowed(array, dtype)


def _column(array: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """A contiguous array of all points; nothing is copied that already is one."""
    array = doubles(array, dtype)
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
        if not isinstance(target, np.ndarray):
            raise UsageError(f"out needs an array of shape {shape}, not a {type(target).__name__}.")
        if target.shape != shape:
            raise UsageError(f"out needs an array of shape {shape}, not {target.shape}.")
        if target.dtype.kind != "f":
            raise UsageError(f"out needs an array of floats, not {target.dtype}.")
        if not target.flags.writeable:
            raise UsageError("out has an array that is read-only.")
    for one, other in combinations(out, 2):
        if np.may_share_memory(one, other) and _share(one, other):
            raise UsageError("out has two arrays that share memory: one result would be written over the other.")
    return tuple(out)


def _share(one: Any, other: Any) -> bool:
    """Whether two arrays have an entry in common, as far as that is quick to say."""
    try:
        return np.shares_memory(one, other, 10_000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False


def places(
    shapes: Sequence[tuple[int, ...]], points: int, dtype: Any, out: Sequence[Any] | None, columns: Sequence[Any]
) -> list[Any]:
    """Where a batch is computed: in the arrays given for its results, or beside those that are no place for it."""
    found: list[Any] = []
    for shape, target in zip(shapes, out or [None] * len(shapes)):
        if target is not None and _is_place(target, dtype, (*columns, *found)):
            found.append(doubles(target, dtype).reshape((*shape, points)))
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
