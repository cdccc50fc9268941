"""The operations in mpmath's arbitrary precision, with the special values that doubles have. Loaded only when asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import mpmath
from mpmath import mp, mpf

from symgrad.program.special import real_part
from symgrad.program.special_table import SPECIAL

Real = Any


@contextmanager
def working(digits: int) -> Iterator[None]:
    """Inside, mpmath works with this many decimal digits."""
    with mp.workdps(digits):
        yield


def number(value: Any) -> Real:
    if isinstance(value, Fraction):
        return mpf(value.numerator) / value.denominator
    return mpf(value)


def _real(function: Callable[..., Any]) -> Callable[..., Real]:
    """The function where it is real and defined, NaN elsewhere."""

    def call(*args: Real) -> Real:
        if any(mpmath.isnan(argument) for argument in args):
            return mp.nan
        try:
            value = function(*args)
        except (ValueError, ZeroDivisionError, mpmath.libmp.ComplexResult, mpmath.libmp.NoConvergence):
            return mp.nan
        return value if isinstance(value, mpf) or not isinstance(value, mpmath.mpc) else mp.nan

    return call


def add(u: Real, v: Real) -> Real:
    return u + v


def subtract(u: Real, v: Real) -> Real:
    return u - v


def multiply(u: Real, v: Real) -> Real:
    return u * v


def negate(u: Real) -> Real:
    return -u


def divide(u: Real, v: Real) -> Real:
    if v == 0:
        return mp.nan if u == 0 or mpmath.isnan(u) else mpmath.sign(u) * mp.inf
    return u / v


def power(u: Real, v: Real) -> Real:
    if v == 0:
        return mpf(1)
    if u == 0:
        return mp.nan if mpmath.isnan(v) else mpf(0) if v > 0 else mp.inf
    if u < 0 and not mpmath.isint(v):
        return mp.nan
    return u**v


def maximum(u: Real, v: Real) -> Real:
    return u if u > v or mpmath.isnan(u) else v


def minimum(u: Real, v: Real) -> Real:
    return u if u < v or mpmath.isnan(u) else v


def less(u: Real, v: Real) -> bool:
    return bool(u < v)


def less_equal(u: Real, v: Real) -> bool:
    return bool(u <= v)


def equal(u: Real, v: Real) -> bool:
    return bool(u == v)


def not_equal(u: Real, v: Real) -> bool:
    return bool(u != v)


def and_(u: bool, v: bool) -> bool:
    return u and v


def or_(u: bool, v: bool) -> bool:
    return u or v


def not_(u: bool) -> bool:
    return not u


def select(condition: bool, u: Real, v: Real) -> Real:
    return u if condition else v


def cbrt(u: Real) -> Real:
    return mpmath.sign(u) * mpmath.cbrt(abs_(u))


def log(u: Real) -> Real:
    return mpmath.log(u) if u > 0 else (-mp.inf if u == 0 else mp.nan)


def log1p(u: Real) -> Real:
    return mpmath.log1p(u) if u > -1 else (-mp.inf if u == -1 else mp.nan)


def sign(u: Real) -> Real:
    return mpmath.sign(u)


def round_(u: Real) -> Real:
    return mpmath.nint(u)


def mod(u: Real, v: Real) -> Real:
    return u - v * mpmath.floor(u / v) if v else mp.nan


def artanh(u: Real) -> Real:
    return mpmath.sign(u) * mp.inf if abs_(u) == 1 else _artanh(u)


def lgamma(u: Real) -> Real:
    if mpmath.isnan(u):
        return u
    if u <= 0 and mpmath.isint(u):
        return mp.inf
    return mpmath.re(mpmath.loggamma(u))


def function(name: str) -> Callable[..., Any]:
    """The operation of this name."""
    return _special(name) if name in SPECIAL else globals()[name]


def _special(name: str) -> Callable[..., Real]:
    row = SPECIAL[name]

    def call(*args: Real) -> Real:
        if any(mpmath.isnan(argument) for argument in args):
            return mp.nan
        limit = row.limit(*args)
        if limit is not None:
            return mpf(limit)
        value = real_part(mp, row.exact, args) if row.has_value(*args) else None
        return mp.nan if value is None else value

    return call


abs_ = mpmath.fabs
globals()["abs"], globals()["round"] = abs_, round_
sqrt, exp, expm1 = _real(mpmath.sqrt), _real(mpmath.exp), _real(mpmath.expm1)
sin, cos, tan = _real(mpmath.sin), _real(mpmath.cos), _real(mpmath.tan)
arcsin, arccos, arctan = _real(mpmath.asin), _real(mpmath.acos), _real(mpmath.atan)
sinh, cosh, tanh = _real(mpmath.sinh), _real(mpmath.cosh), _real(mpmath.tanh)
arsinh, arcosh, _artanh = _real(mpmath.asinh), _real(mpmath.acosh), _real(mpmath.atanh)
floor, ceil = _real(mpmath.floor), _real(mpmath.ceil)
erf, erfc, erfinv = _real(mpmath.erf), _real(mpmath.erfc), _real(mpmath.erfinv)
gamma, digamma = _real(mpmath.gamma), _real(mpmath.digamma)
hypot, atan2 = _real(mpmath.hypot), _real(mpmath.atan2)
polygamma = _real(lambda order, u: mpmath.polygamma(int(order), u))
