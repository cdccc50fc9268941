"""The first calls of a function of floats, run line by line: ready at once, where text takes milliseconds to compile.

What is computed is what the generated text computes, operation by operation, so that no digit changes when the text
takes over. Where the text would give up, this does too, and leaves the point to the text.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from types import FunctionType
from typing import Any

from symgrad.program.backends.python_text import places
from symgrad.program.program import Argument, Program

PATIENCE = 16  # calls before text is written: together they cost a fraction of that

# what the writer's formats say of floats: a test compares them
OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "mod": operator.mod,
    "negate": operator.neg,
    "less": operator.lt,
    "less_equal": operator.le,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "and": lambda u, v: u and v,
    "or": lambda u, v: u or v,
    "not": operator.not_,
    "abs": lambda u: u if u > 0.0 else 0.0 - u,
    "sign": lambda u: 1.0 if u > 0.0 else -1.0 if u < 0.0 else u,
    "maximum": lambda u, v: u if u > v or u != u else v,  # noqa: PLR0124 - the test for NaN
    "minimum": lambda u, v: u if u < v or u != u else v,  # noqa: PLR0124
    "select": lambda condition, u, v: u if condition else v,
    "within": lambda u, c: -c < u < c,
    "within_or_at": lambda u, c: -c <= u <= c,
    "minus_size": lambda u: u if u < 0.0 else -u,
}
ERRORS = (ValueError, OverflowError, ZeroDivisionError, TypeError)


class _Failed:
    """In place of a value whose operation raised; what is computed from it raises too, or never mattered."""

    def __bool__(self) -> bool:
        raise TypeError

    def __eq__(self, _: object) -> bool:
        raise TypeError

    __hash__ = object.__hash__


_FAILED = _Failed()


def outputs_at(program: Program, functions: Mapping[str, Callable[..., Any]], point: Sequence[float]) -> Any:
    """The outputs at a point, as the text of the same program has them; None where an operation of the text raises.

    All parts of choices are computed here; what raises where the text would not have gone does no harm.
    """
    values: dict[Argument, Any] = {f"x{k}": value for k, value in enumerate(point)}
    get, failed = values.get, []
    for name, op, args in program.lines:
        try:
            if len(args) == 2:
                u, v = args
                values[name] = functions[op](get(u, u), get(v, v))  # a number stands for itself
            elif len(args) == 1:
                (u,) = args
                values[name] = functions[op](get(u, u))
            else:
                values[name] = functions[op](*[get(u, u) for u in args])
        except ERRORS:
            values[name] = _FAILED
            failed.append(name)
    if failed and not _elsewhere(failed, values, program):
        return None
    return [get(output, output) for output in program.outputs]


def _elsewhere(failed: Sequence[str], values: Mapping[Argument, Any], program: Program) -> bool:
    """Whether all the operations that raised belong to branches that are not taken."""
    found = places(program) or {}

    def is_left(condition: Argument, branch: int) -> bool:
        holds = values[condition]
        return holds is not _FAILED and bool(holds) != (branch == 1)

    return all(any(is_left(*step) for step in found.get(name, ())) for name in failed)


# ---- functions that change their code --------------------------------------------------------------------------------

begin: Any = None  # what takes the first calls, in the globals of functions made of these; there is none in this file


def _point(*x: float) -> Any:
    return begin(*x)


def _vector(x: Any) -> Any:
    return begin(x)


def _call(self: Any, /, *rest: Any, **named: Any) -> Any:
    return begin(self, rest, named)


_STARTS: dict[str, Any] = {"point": _point, "vector": _vector, "call": _call}


def beginning(
    name: str, few: Callable[..., Any], generate: Callable[[dict[str, Any]], Any], lock: Any
) -> Callable[..., Any]:
    """A function that asks `few` at first and then has the code of the generated one, whoever holds it by then.

    Args:
        name: "point" of the inputs; "vector" of one array of them; "call" of an object and whatever it is given.
        few: takes the same (a call: the object, a tuple and a dictionary); None leaves a call to the generated one.
        generate: makes that function, with the dictionary given as its globals.
        lock: held while it does.
    """
    calls = count(1)
    made: list[Callable[..., Any]] = []

    def first(*args: Any) -> Any:
        if not made and next(calls) <= PATIENCE:
            found = few(*args)
            if found is not None:
                return found
        with lock:
            if not made:
                function = generate(space)
                made.append(function)
                held.__defaults__, held.__code__ = function.__defaults__, function.__code__
        if name == "call":
            it, rest, named = args
            return made[0](it, *rest, **named)
        return made[0](*args)

    space = {"__builtins__": {}, "begin": first}
    held = FunctionType(_STARTS[name].__code__, space, name)
    return held
