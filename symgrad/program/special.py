"""Special functions on doubles, numbers and arrays: never an exception, never a warning, NaN where nothing is real.

A value comes from scipy if it is installed and to be trusted there (see `special_table`), else from mpmath, which is
always there: slow but right, with ever more bits until two results agree.
"""

import math
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from symgrad.program.special_table import SPECIAL

inf, nan = math.inf, math.nan


@cache
def double(name: str) -> Callable[..., float]:
    """The function on floats: never raises, NaN where it has no real value.

    >>> double("besselj")(0.0, 1.0), double("lambertw")(-1.0, 0.0)
    (0.7651976865579..., nan)
    """
    row = SPECIAL[name]

    def call(*args: float) -> float:
        for argument in args:
            if argument != argument:  # noqa: PLR0124 - the test for NaN
                return nan
        known = row.limit(*args)
        if known is not None:
            return known
        if not row.has_value(*args):
            return nan
        quick = _scipy(name)
        if quick is not None and row.trusted(*args):
            value = float(quick(*args))
            if _TINY < abs(value) < inf:
                return value
        return by_mpmath(row.exact, *args)

    return call


_TINY = 1e-290  # below, scipy may have lost digits or all


@cache
def _scipy(name: str) -> Callable[..., Any] | None:
    row = SPECIAL[name]
    if row.scipy is None:
        return None
    try:
        from scipy import special
    except ImportError:
        return None
    return row.scipy(special)


@cache
def arrays(name: str) -> Callable[..., None]:
    """The function on arrays, written to the last argument: scipy's where it is to be trusted, else one by one."""
    import numpy as np

    row, one = SPECIAL[name], double(name)
    quick = _scipy(name)

    def call(*args: Any) -> None:
        *inputs, out = args
        if quick is None:
            doubtful = np.ones(out.shape, np.bool_)
        else:
            value = quick(*inputs)
            doubtful = ~((np.abs(value) > _TINY) & np.isfinite(value) & row.trusted(*inputs))
        points = [np.broadcast_to(column, out.shape)[doubtful].tolist() for column in inputs]
        if quick is not None:
            np.copyto(out, value)
        out[doubtful] = [one(*point) for point in zip(*points)]

    return call


_LOCAL = threading.local()  # contexts of mpmath change while they compute: one for each thread
_PRECISIONS = (70, 130, 260)


def by_mpmath(exact: Callable[..., Any], *args: float) -> float:
    """A double by mpmath: with ever more bits until two results agree; NaN where there is no real value."""
    contexts = getattr(_LOCAL, "contexts", None)
    if contexts is None:
        import mpmath

        contexts = _LOCAL.contexts = [mpmath.MPContext() for _ in _PRECISIONS]
    before = nan
    for precision, m in zip(_PRECISIONS, contexts):
        m.prec = precision
        value = real_part(m, exact, args)
        found = nan if value is None else float(value)
        if found == before or abs(found - before) < 2e-16 * abs(found):
            return found
        before = found
    return before


def real_part(m: Any, exact: Callable[..., Any], args: Any) -> Any:
    """The value in a context of mpmath, or None where it is not real or not to be had."""
    try:
        value = exact(m, *map(m.mpf, args))
    except (ArithmeticError, ValueError, TypeError, NotImplementedError, RecursionError, m.NoConvergence):
        return None
    if m._is_complex_type(value):
        noise = m.ldexp(1, -m.prec // 2)  # left by a way through the complex plane
        return value.real if abs(value.imag) <= noise * abs(value.real) else None
    return m.mpf(value)
