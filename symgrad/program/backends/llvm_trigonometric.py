"""Sine, cosine, tangent and their inverses as vector code.

The reduction by multiples of π/2 is good to the last place up to |x| = 2¹⁵; beyond that a kernel calls the C library
lane by lane (see `llvm_math`), which reduces any double properly.
"""

from symgrad.program.backends.llvm_text import Code, Lanes

TWO_OVER_PI = 0.6366197723675814
MAGIC = 6755399441055744.0
# π/2 in three parts; the first two have 38 bits, so that their products with |k| < 2¹⁵ are exact
PI_1, PI_2, PI_3 = 1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23
FAR_LIMIT = 32768.0

HALF_PI, HALF_PI_LOW = 1.5707963267948966, 6.123233995736766e-17
QUARTER_PI, QUARTER_PI_LOW = 0.7853981633974483, 3.061616997868383e-17

# (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ in r² on |r| ≤ 1.001·π/4
SIN = (
    -0.16666666666666666, 0.008333333333333331, -0.00019841269841265017, 2.755731921930192e-06,
    -2.5052106219521895e-08, 1.6058529572267877e-10, -7.586576588171073e-13,
)  # fmt: skip
COS = (
    0.041666666666666664, -0.0013888888888887382, 2.480158729874307e-05, -2.7557317260008837e-07,
    2.0876143827993133e-09, -1.1382456778061306e-11,
)  # fmt: skip
# (arctan t − t)/t³ in t² on t² ≤ 1.001·tan²(π/8)
ARCTAN = (
    -0.3333333333333333, 0.199999999999998, -0.14285714285659326, 0.11111111105106705, -0.09090908751076636,
    0.0769229630497447, -0.06666423628069258, 0.058789145444006215, -0.052303478730160745, 0.04551108126325172,
    -0.034558092551413795, 0.01627194475162406,
)  # fmt: skip
# (arcsin t − t)/t³ in t² on t² ≤ 0.2501
ARCSIN = (
    0.16666666666666666, 0.07500000000000119, 0.04464285714255019, 0.030381944475693704, 0.022372157435623815,
    0.017352816768546473, 0.013963775787848137, 0.011566511821890942, 0.00962140274734483, 0.009322101501082774,
    0.0030350071727267623, 0.019579201619744684, -0.019277545928584557, 0.02963502626354855,
)  # fmt: skip


def _quarter_turn(c: Code, x: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """(n, sin r, cos r) with x = k·π/2 + r, |r| ≤ π/4; the lowest two bits of n are those of k."""
    n = c.fma(x, TWO_OVER_PI, MAGIC)
    k = n - MAGIC
    first = c.fma(k, -PI_1, x)
    r = c.fma(k, -PI_2, first)
    low = c.fma(k, -PI_3, c.fma(k, -PI_2, first - r))  # what r lacks
    z = r * r
    sine = r + c.fma(r * z, c.estrin(z, SIN), low)
    half = 0.5 * z
    top = 1.0 - half
    cosine = top + c.fma(z * z, c.estrin(z, COS), c.fma(-r, low, (1.0 - top) - half))
    return c.bits(n), c.copysign(sine, r), cosine


def _turned(c: Code, n: Lanes, even: Lanes, odd: Lanes) -> Lanes:
    """`even` or `odd` by the lowest bit of n, negative if the second bit is set."""
    value = c.where((n & 1).differs(c.lanes(0, "i64")), odd, even)
    return c.from_bits(c.bits(value) ^ ((n & 2) << 62))


def sincos(c: Code, x: Lanes) -> tuple[Lanes, Lanes]:
    """(sin x, cos x); 0.8 ulp."""
    n, sine, cosine = _quarter_turn(c, x)
    return _turned(c, n, sine, cosine), _turned(c, n + 1, sine, cosine)


def sin(c: Code, x: Lanes) -> Lanes:
    return sincos(c, x)[0]


def cos(c: Code, x: Lanes) -> Lanes:
    return sincos(c, x)[1]


def tan(c: Code, x: Lanes) -> Lanes:
    """sin/cos or −cos/sin by the quarter turn; 2.2 ulp."""
    n, sine, cosine = _quarter_turn(c, x)
    odd = (n & 1).differs(c.lanes(0, "i64"))
    quotient = c.where(odd, cosine, sine) / c.where(odd, sine, cosine)
    return c.from_bits(c.bits(quotient) ^ (n << 63))


def is_far(c: Code, x: Lanes) -> Lanes:
    return c.abs(x) > FAR_LIMIT


# ---- inverses ----


def _arctan_of_ratio(c: Code, y: Lanes, x: Lanes) -> Lanes:
    """arctan(y/x) for y, x ≥ 0, not both 0 or both infinite, with one division."""
    steep = y * 0.41421356237309503 > x  # over 3π/8: from the other axis
    flat = y < x * 0.41421356237309503  # below π/8
    top = c.where(steep, -x, c.where(flat, y, y - x))
    bottom = c.where(steep, y, c.where(flat, x, y + x))
    t = top / bottom
    z = t * t
    tail = c.fma(t * z, c.estrin(z, ARCTAN), c.where(steep, HALF_PI_LOW, c.where(flat, 0.0, QUARTER_PI_LOW)))
    return c.where(steep, HALF_PI, c.where(flat, 0.0, QUARTER_PI)) + (t + tail)


def arctan(c: Code, x: Lanes) -> Lanes:
    """arctan x; 1.5 ulp."""
    a = c.abs(x)
    return c.copysign(_arctan_of_ratio(c, c.where(a > 1e300, 1e300, a), c.lanes(1.0)), x)


def atan2(c: Code, y: Lanes, x: Lanes) -> Lanes:
    """The angle of (x, y) with the special cases of C; 2 ulp."""
    a, b = c.abs(y), c.abs(x)
    both_zero = (a + b).equals(0.0)
    both_infinite = a.equals(float("inf")) & b.equals(float("inf"))
    a_safe = c.where(both_infinite, 1.0, a)
    b_safe = c.where(both_zero | both_infinite, 1.0, b)
    huge = (a_safe > 2.0**1000) | (b_safe > 2.0**1000)
    a_safe, b_safe = c.where(huge, a_safe * 2.0**-60, a_safe), c.where(huge, b_safe * 2.0**-60, b_safe)
    small = (a_safe < 2.0**-900) & (b_safe < 2.0**-900)
    a_safe, b_safe = c.where(small, a_safe * 2.0**120, a_safe), c.where(small, b_safe * 2.0**120, b_safe)
    angle = _arctan_of_ratio(c, a_safe, b_safe)
    left = c.copysign(1.0, x) < 0.0
    return c.copysign(c.where(left, 3.141592653589793 - (angle - 1.2246467991473532e-16), angle), y)


def _arcsin_of_root(c: Code, a: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """(low, t, tail): arcsin t = t + tail with t = a where a ≤ 1/2 (`low`), and else t = √((1 − a)/2)."""
    low = a <= 0.5
    half = c.fma(a, -0.5, 0.5)
    z = c.where(low, a * a, half)
    t = c.where(low, a, c.sqrt(half))
    return low, t, t * z * c.estrin(z, ARCSIN)


def arcsin(c: Code, x: Lanes) -> Lanes:
    """arcsin x, for |x| > 1/2 by π/2 − 2 arcsin √((1 − |x|)/2); 2 ulp."""
    low, t, tail = _arcsin_of_root(c, c.abs(x))
    high = HALF_PI - (2.0 * t - (HALF_PI_LOW - 2.0 * tail))
    return c.copysign(c.where(low, t + tail, high), x)


def arccos(c: Code, x: Lanes) -> Lanes:
    """π/2 − arcsin x near zero, else 2 arcsin √((1 − x)/2) or π minus it; 2 ulp."""
    low, t, tail = _arcsin_of_root(c, c.abs(x))
    negative = x < 0.0
    size = t + tail
    signed = c.copysign(size, x)
    middle = HALF_PI - (signed - HALF_PI_LOW)
    right = 2.0 * size
    left = 3.141592653589793 - (right - 1.2246467991473532e-16)
    return c.where(low, middle, c.where(negative, left, right))
