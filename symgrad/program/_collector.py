"""Making many small objects at once without the garbage collector looking through them again and again."""

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def undisturbed(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function with automatic collection paused while it runs.

    For functions that make many tuples and no cycles: each generation of the collector would walk over all of them,
    which costs a quarter of the time on a formula of 10⁵ operations. Whatever the user has set is left as it was.

    >>> undisturbed(len)("abc")
    3
    """

    @wraps(function)
    def call(*args: Arguments.args, **named: Arguments.kwargs) -> Result:
        if not gc.isenabled():
            return function(*args, **named)
        gc.disable()
        try:
            return function(*args, **named)
        finally:
            gc.enable()

    return call
