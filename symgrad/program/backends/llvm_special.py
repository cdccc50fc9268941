"""Error functions, the inverse of erf, and the small operations that need care, as vector code."""

import math

from symgrad.program.backends import llvm_elementary as elementary
from symgrad.program.backends.llvm_text import Code, Lanes

inf, nan = math.inf, math.nan

# erf(t)/t − TWO_OVER_ROOT_PI in t² on t² ≤ 0.2501
TWO_OVER_ROOT_PI = 1.1283791670955126
ERF = (
    1.533545961316588e-17, -0.3761263890318375, 0.11283791670954868, -0.026866170644999358, 0.005223977622008845,
    -0.0008548326509718547, 0.00012055286128871108, -1.4923000283850108e-05, 1.6371164552892836e-06,
    -1.4620256114391553e-07,
)  # fmt: skip
# exp(x²)·erfc(x)·(1 + 2x) in t = (x − 3)/(x + 3) for 1/2 ≤ x ≤ 28
ERFC = (
    1.2530080582697296, -0.1356211061245812, -0.0475622943534507, 0.12964515870276203, -0.11927366341531179,
    0.06830802734394434, -0.02377051491853638, 0.002529391816335117, 0.0018886903564002055, -0.0007798322714918795,
    -0.00010515976008945177, 0.00012509932758636072, 4.9491714476033325e-06, -2.0100376113106087e-05,
    -7.300550882569987e-07, 3.471616676593574e-06, 3.52693258412998e-07, -6.146346341425417e-07,
    -1.3432312409451292e-07, 9.877438074940672e-08, 3.42329907978226e-08, -1.0659628807393203e-08,
    -4.325370719107278e-09,
)  # fmt: skip


def _erf_near(c: Code, x: Lanes) -> Lanes:
    z = x * x
    return c.fma(x, TWO_OVER_ROOT_PI, x * c.estrin(z, ERF))


def _erfc_far(c: Code, a: Lanes) -> Lanes:
    """erfc(a) for a ≥ 1/2."""
    a = c.where(a > 28.0, 28.0, a)
    t = (a - 3.0) / (a + 3.0)
    square = a * a
    e = elementary.exp_of_two(c, c.where(square > 750.0, -750.0, -square), c.fma(-a, a, square))
    value = c.estrin(t, ERFC[8:])  # quickly what hardly counts, then by Horner, whose roundings shrink
    for coefficient in reversed(ERFC[:8]):
        value = c.fma(value, t, coefficient)
    return e * value / c.fma(a, 2.0, 1.0)


def erf(c: Code, x: Lanes) -> Lanes:
    """erf x; 1.7 ulp."""
    a = c.abs(x)
    return c.copysign(c.where(a < 0.5, _erf_near(c, a), 1.0 - _erfc_far(c, a)), x)


def erfc(c: Code, x: Lanes) -> Lanes:
    """1 − erf x without cancellation; 3 ulp."""
    a = c.abs(x)
    far = _erfc_far(c, a)
    return c.where(a < 0.5, 1.0 - _erf_near(c, x), c.where(x < 0.0, 2.0 - far, far))


def erfinv(c: Code, u: Lanes) -> Lanes:
    """erf⁻¹(u): a rational start and three steps of Halley's method."""
    size = c.abs(u)
    w = -elementary.log1p(c, -u * u)
    a = 4.330746750799873 - w * 0.5  # 2/(0.147 π)
    x = c.sqrt(c.sqrt(a * a + w * 6.802721088435375) - a)
    near = size < 0.5
    for _ in range(3):
        error = c.where(near, erf(c, x) - size, (1.0 - size) - erfc(c, x))
        step = error / (TWO_OVER_ROOT_PI * elementary.exp(c, -x * x))
        x = x - step / c.fma(x, step, 1.0)
    x = c.where(size.equals(1.0), inf, c.where(size < 2.0**-30, size * 0.886226925452758, x))
    return c.copysign(c.where(size > 1.0, nan, x), u)


def hypot(c: Code, x: Lanes, y: Lanes) -> Lanes:
    """√(x² + y²) without overflow, infinite if either is; 1.5 ulp."""
    a, b = c.abs(x), c.abs(y)
    swap = a < b
    high, low = c.where(swap, b, a), c.where(swap, a, b)
    huge, small = high > 2.0**500, high < 2.0**-450
    factor = c.where(huge, 2.0**-600, c.where(small, 2.0**600, 1.0))
    high, low = high * factor, low * factor
    root = c.sqrt(c.fma(high, high, low * low)) * c.where(huge, 2.0**600, c.where(small, 2.0**-600, 1.0))
    return c.where(a.equals(inf) | b.equals(inf), inf, root)


def maximum(c: Code, x: Lanes, y: Lanes) -> Lanes:
    """The larger, NaN if either is; of 0 and −0 either."""
    return c.intrinsic("maximum", x, y, flags="nsz")


def minimum(c: Code, x: Lanes, y: Lanes) -> Lanes:
    """The smaller, NaN if either is; of 0 and −0 either."""
    return c.intrinsic("minimum", x, y, flags="nsz")


def sign(c: Code, x: Lanes) -> Lanes:
    if c.target.avx512 and c.width >= 8:
        return _sign_by_class(c, x)
    return c.where(x.equals(0.0), 0.0, c.where(x.differs(x), x, c.copysign(1.0, x)))


SIGNS = 0xA9A9A822  # by class of number, a digit each from the lowest: NaN itself twice, 0, 1, −1, 1, −1, 1


def _sign_by_class(c: Code, x: Lanes) -> Lanes:
    """The sign by one instruction, which puts a number for each class: NaN, NaN, 0, 1, −∞, ∞, negative, positive."""
    if c.width > 8:
        return c.in_halves(lambda part: _sign_by_class(c, part), x)
    kind, name = "<8 x double>", "llvm.x86.avx512.mask.fixupimm.pd.512"
    c.declared.add(f"declare {kind} @{name}({kind}, {kind}, <8 x i64>, i32, i8, i32)")
    return c.emit(
        f"call {kind} @{name}({kind} {x.name}, {kind} {x.name}, <8 x i64> splat (i64 {SIGNS}), i32 0, i8 -1, i32 4)"
    )


def mod(c: Code, x: Lanes, y: Lanes) -> Lanes:
    """x − y⌊x/y⌋, exactly as Python's %: the sign is that of y."""
    rest = c.emit(f"frem {c.type()} {x.name}, {y.name}")
    turned = rest.differs(0.0) & ((rest < 0.0) ^ (y < 0.0))
    return c.where(turned, rest + y, c.where(rest.equals(0.0), c.copysign(0.0, y), rest))
