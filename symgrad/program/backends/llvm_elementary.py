"""Exponentials, logarithms, powers and hyperbolic functions as vector code, with the special values of IEEE and C.

Each function writes instructions for all lanes at once (see `llvm_text`). Polynomials are Chebyshev fits, made with
`mpmath.chebyfit` at 50 digits on the interval that stands beside them; the tests fit them again. The errors stated are
the largest that tests saw among a million points, rounded up, in units of the last place.
"""

import math

from symgrad.program.backends.llvm_text import Code, Lanes

inf, nan = math.inf, math.nan

LOG2E = 1.4426950408889634
LN2_HI, LN2_LO = 0.6931471805592082, 7.371002565167799e-13  # the first has 40 bits: k·LN2_HI is exact
LN2 = 0.6931471805599453
MAGIC = 6755399441055744.0  # 1.5·2⁵²: adding it rounds to a whole number, which then stands in the lowest bits

# (e^r − 1 − r)/r² on |r| ≤ 1.001·ln 2/2
EXP = (
    0.5000000000000001, 0.16666666666666669, 0.041666666666623824, 0.008333333333330039, 0.0013888888917367081,
    0.00019841269863171557, 2.4801521057868204e-05, 2.7557268276905696e-06, 2.7620201591031547e-07,
    2.5100472505694996e-08,
)  # fmt: skip
# the same on |r| ≤ 1.001·ln 2/32, with the least error of e^r itself
EXP_16 = (
    0.5000000000000006, 0.16666666664408858, 0.04166666665962913, 0.0083334722006663, 0.0013889129459350475,
)  # fmt: skip
SIXTEENTHS = tuple(2.0 ** (j / 16) for j in range(16))
MAGIC_16 = MAGIC / 16  # adding it rounds to a sixteenth
# (2·artanh(s) − 2s)/s³ in s² on |s| ≤ 1.0005/5
LOG = (
    0.6666666666666666, 0.40000000000007857, 0.2857142856731398, 0.2222222304201285, 0.18181738124060123,
    0.15388847910642214, 0.132100997526584, 0.13606021764231466,
)  # fmt: skip
# (2·artanh(s) − 2s − 2s³/3)/s⁵ in s² on |s| ≤ 1.0005/5
LOG_TAIL = (
    0.39999999999999997, 0.2857142857143569, 0.22222222218494542, 0.18181818924502108, 0.15384542859863476,
    0.13337167335407815, 0.11653089296479778, 0.12193631243796438,
)  # fmt: skip
# (log(1 + r) − r)/r² on −0.0335 ≤ r ≤ 0.0635, with the least error of the logarithm
LOG_16 = (
    -0.4999999999999999, 0.33333333333351933, -0.25000000000228395, 0.19999999916918712, -0.1666666526854492,
    0.14285817397819234, -0.12502425194825523, 0.11081634223160075, -0.08798140464037969,
)  # fmt: skip
# For the j-th sixteenth of 1 ≤ m < 2: about 1/m, and −log of that in two parts, the first a multiple of 2⁻⁴². At the
# ends they are exactly 1 and 1/2, so that nothing cancels near log 1.
NEAR_INVERSE = (
    1.0, 0.9140625, 0.865234375, 0.8203125, 0.78125, 0.744140625, 0.7109375, 0.681640625, 0.65234375, 0.626953125,
    0.603515625, 0.58203125, 0.560546875, 0.54296875, 0.525390625, 0.5,
)  # fmt: skip
NEAR_LOG = (
    0.0, 0.08985632912185793, 0.14475485499428942, 0.19806991376208316, 0.2468600779316148, 0.29552524991277096,
    0.3411707574027787, 0.383252702837126, 0.4271836320629063, 0.4668835019094786, 0.5049833481416499,
    0.5412311385341582, 0.5788424092797868, 0.6107035113489019, 0.6436132454375638, 0.6931471805592082,
)  # fmt: skip
NEAR_LOG_LOW = (
    0.0, 3.1218748807418837e-15, 8.272973285564614e-14, 1.0634128304268335e-14, -8.899851356560444e-14,
    3.586053092023274e-14, -1.156568624616423e-14, -4.5358739633308435e-14, -9.895853155747038e-14,
    1.3337962884211445e-14, 1.1241001411909127e-13, -5.4828310811468674e-14, 9.986876370947071e-14,
    -3.1165899173794433e-14, 1.0485953929506514e-13, 7.371002565167799e-13,
)  # fmt: skip


# ---- the exponent of a double ----


def _avx512(c: Code, name: str, x: Lanes, between: str, other: Lanes | None = None) -> Lanes:
    """One of AVX-512's exponent instructions, unmasked, on vectors or on the lowest lane of one."""
    values = [x] if other is None else [x, other]
    if c.width > 8:
        return c.in_halves(lambda first, *rest: _avx512(c, name, first, between, *rest), *values)
    scalar = c.width == 1
    kind = "<2 x double>" if scalar else c.type()
    suffix = "sd" if scalar else f"pd.{64 * c.width}"
    if scalar:
        values = [c.emit(f"insertelement <2 x double> zeroinitializer, double {v.name}, i32 0") for v in values]
        values = values * 2 if other is None else values
    passed = [f"{kind} {v.name}" for v in values]
    passed += [between] * bool(between) + [f"{kind} zeroinitializer", "i8 -1"] + ["i32 4"] * (scalar or c.width == 8)
    kinds = [part.split(" ")[0] if part.startswith("i") else kind for part in passed]
    c.declared.add(f"declare {kind} @llvm.x86.avx512.mask.{name}.{suffix}({', '.join(kinds)})")
    result = c.emit(f"call {kind} @llvm.x86.avx512.mask.{name}.{suffix}({', '.join(passed)})")
    return c.emit(f"extractelement <2 x double> {result.name}, i32 0") if scalar else result


def power_of_two(c: Code, k: Lanes) -> Lanes:
    """2^k for a whole k from −1022 to 1023."""
    return c.from_bits((c.bits(k + MAGIC) << 52) + c.lanes(0x3FF0000000000000, "i64"))


def scale(c: Code, p: Lanes, k: Lanes) -> Lanes:
    """p·2^k, rounded once also where the result is subnormal; |k| ≤ 2044 unless there is an instruction for it."""
    if c.target.avx512:
        return _avx512(c, "scalef", p, "", k)
    first = c.fma(k, 0.5, MAGIC) - MAGIC
    return p * power_of_two(c, first) * power_of_two(c, k - first)


def split(c: Code, x: Lanes) -> tuple[Lanes, Lanes]:
    """(k, m) with x = m·2^k and 3/4 ≤ m < 3/2, also for subnormal x > 0."""
    if c.target.avx512:
        m = _avx512(c, "getmant", x, "i32 11")
        return _avx512(c, "getexp", x, "") - _avx512(c, "getexp", m, ""), m
    small = x < 2.2250738585072014e-308
    bits = c.bits(c.where(small, x * 2.0**54, x)) + 0x0008000000000000  # carries into the exponent from 3/2 on
    bias = 2.0**52 + 1023
    k = c.from_bits((bits >> 52) | 0x4330000000000000) - c.where(small, bias + 54, bias)
    return k, c.from_bits((bits & 0x000FFFFFFFFFFFFF) + 0x3FE8000000000000)


# ---- exponentials ----


def _reduced(c: Code, x: Lanes, low: Lanes | None = None) -> tuple[Lanes, Lanes]:
    """(k, q) with e^(x + low) = 2^k (1 + q), |q| < 0.42."""
    k = c.fma(x, LOG2E, MAGIC) - MAGIC
    r = c.fma(k, -LN2_LO, c.fma(k, -LN2_HI, x))
    r = r if low is None else r + low
    return k, c.fma(r * r, c.estrin(r, EXP), r)


def _clamped(c: Code, x: Lanes, low: float, high: float) -> Lanes:
    """x within bounds; NaN stays NaN, because no comparison with it holds."""
    x = c.where(x > high, high, x)
    return c.where(x < low, low, x)


def exp(c: Code, x: Lanes) -> Lanes:
    """e^x; 1.15 ulp."""
    return exp_of_two(c, _clamped(c, x, -750.0, 710.0))


def exp_of_two(c: Code, x: Lanes, low: Lanes | None = None) -> Lanes:
    """e^(x + low) for −750 ≤ x ≤ 720."""
    if not c.target.avx512:
        k, q = _reduced(c, x, low)
        return scale(c, q + 1.0, k)
    k, q, power = _reduced_by_table(c, x, low)
    return scale(c, c.fma(power, q, power), k)  # scale takes ⌊k⌋


def exp_of_negative(c: Code, x: Lanes) -> Lanes:
    """e^x for x ≤ 0; 1.15 ulp, 1.5 where it is subnormal.

    The power of two, which can't overflow here, is put in while q is still being computed.
    """
    x = c.where(x < -750.0, -750.0, x)
    if not c.target.avx512:
        return exp_of_two(c, x)
    k, q, power = _reduced_by_table(c, x)
    power = scale(c, power, k)
    return c.fma(power, q, power)


def exp_if_finite(c: Code, x: Lanes) -> Lanes:
    """e^x; 1.15 ulp, 1.5 where it is subnormal; not finite where that isn't, and perhaps not for |x| > 2⁴⁰.

    For those who look at the result anyway: nothing waits for bounds of x. As the argument leaves them, its reduction
    fails only where 2^k is zero or infinite already, so that what is finite is right.
    """
    if not c.target.avx512:
        return exp(c, x)
    k, q, power = _reduced_by_table(c, x)
    power = scale(c, power, k)
    return c.fma(power, q, power)


def _reduced_by_table(c: Code, x: Lanes, low: Lanes | None = None) -> tuple[Lanes, Lanes, Lanes]:
    """(k, q, p) with e^(x + low) = 2^⌊k⌋·p·(1 + q), |q| < 0.022, p from the table of 2^(j/16) in two registers."""
    number = c.fma(x, LOG2E, MAGIC_16)
    k = number - MAGIC_16
    r = c.fma(k, -LN2_LO, c.fma(k, -LN2_HI, x))
    r = r if low is None else r + low
    return k, c.fma(c.estrin(r, EXP_16), r * r, r), c.sixteen(number, SIXTEENTHS)


def _half_expm1(c: Code, x: Lanes) -> Lanes:
    """(e^x − 1)/2 for −60 ≤ x ≤ 710.5: half, so that sinh and cosh reach as far as they can."""
    k, q = _reduced(c, x)
    quarter = power_of_two(c, k - 2.0)
    return 2.0 * c.fma(quarter, q, quarter - 0.25)


def expm1(c: Code, x: Lanes) -> Lanes:
    """e^x − 1; 2.4 ulp."""
    y = 2.0 * _half_expm1(c, _clamped(c, x, -60.0, 710.0))
    return c.where(c.abs(x) < 2.0**-54, x, y)  # keeps −0 and subnormals


def sinh(c: Code, x: Lanes) -> Lanes:
    """(t + t/(t + 1))/2 with t = e^|x| − 1; 2.6 ulp."""
    a = c.abs(x)
    half = _half_expm1(c, c.where(a > 710.5, 710.5, a))
    y = half + c.where(a > 40.0, 0.5, half / c.fma(half, 2.0, 1.0))
    return c.copysign(c.where(a < 2.0**-28, a, y), x)


def cosh(c: Code, x: Lanes) -> Lanes:
    """h + 1/(4h) with h = e^|x|/2; 1.6 ulp."""
    a = c.abs(x)
    k, q = _reduced(c, c.where(a > 710.5, 710.5, a))
    quarter = power_of_two(c, k - 2.0)
    half = 2.0 * c.fma(quarter, q, quarter)
    return half + 0.25 / half


def tanh(c: Code, x: Lanes) -> Lanes:
    """−t/(t + 2) with t = e^(−2|x|) − 1; 2.6 ulp."""
    a = c.abs(x)
    k, q = _reduced_decay(c, c.where(a > 30.0, 30.0, a))
    return _tanh(c, x, a, k, q)


def tanh_and_decay(c: Code, x: Lanes) -> tuple[Lanes, Lanes]:
    """(tanh x, e^(−2|x|)), which tanh and its derivative need, from one exponential."""
    a = c.abs(x)
    k, q = _reduced_decay(c, c.where(a > 375.0, 375.0, a))
    return _tanh(c, x, a, c.where(k < -60.0, -60.0, k), q), scale(c, q + 1.0, k)


def _reduced_decay(c: Code, a: Lanes) -> tuple[Lanes, Lanes]:
    """(k, q) with e^(−2a) = 2^k (1 + q): k from a itself, while −2a is being computed."""
    x = a * -2.0
    k = c.fma(a, -2.0 * LOG2E, MAGIC) - MAGIC
    r = c.fma(k, -LN2_LO, c.fma(k, -LN2_HI, x))
    return k, c.fma(r * r, c.estrin(r, EXP), r)


def _tanh(c: Code, x: Lanes, a: Lanes, k: Lanes, q: Lanes) -> Lanes:
    power = power_of_two(c, k)
    t = c.fma(power, q, power - 1.0)
    return c.copysign(c.where(a < 2.0**-28, a, -t / (t + 2.0)), x)


# ---- logarithms ----


def _log(c: Code, k: Lanes, f: Lanes, low: Lanes | None = None) -> Lanes:
    """k·ln 2 + log(1 + f) for −1/4 ≤ f ≤ 1/2, plus a tiny `low` on the logarithm."""
    s = f / (f + 2.0)
    z = s * s
    half = 0.5 * f * f
    rest = k * LN2_LO
    rest = c.fma(s, c.fma(z, c.estrin(z, LOG), half), rest if low is None else rest + low)
    return c.fma(k, LN2_HI, f - (half - rest))


TOP = 48  # bits of a double below those that count the sixteenths of its mantissa


def _log_by_table(c: Code, m: Lanes, r: Lanes, k: Lanes | None = None) -> Lanes:
    """k·ln 2 − log c + log(1 + r) with the entry c of NEAR_INVERSE for 1 ≤ m < 2; no division."""
    high, low = c.sixteen(m, NEAR_LOG, TOP), c.sixteen(m, NEAR_LOG_LOW, TOP)
    if k is not None:
        high, low = c.fma(k, LN2_HI, high), c.fma(k, LN2_LO, low)
    return high + c.fma(c.estrin(r, LOG_16), r * r, r + low)  # near log 1 low is zero, elsewhere r + low is small


def _parts(c: Code, x: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """(k, m, c) with x = m·2^k, 1 ≤ m < 2, c about 1/m, by the instructions of AVX-512: m is NaN for x < 0."""
    m = _avx512(c, "getmant", x, "i32 8")
    return _avx512(c, "getexp", x, ""), m, c.sixteen(m, NEAR_INVERSE, TOP)


def log(c: Code, x: Lanes) -> Lanes:
    """log x; 1.15 ulp."""
    if c.target.avx512:  # its instructions and infinite exponents give −∞ at 0, ∞ at ∞ and NaN below zero by themselves
        k, m, inverse = _parts(c, x)
        return _log_by_table(c, m, c.fma(m, inverse, -1.0), k)
    k, m = split(c, x)
    y = _log(c, k, m - 1.0)
    y = c.where(x > 0.0, y, c.where(x.equals(0.0), -inf, nan))
    return c.where(x < inf, y, x)


def log1p(c: Code, x: Lanes) -> Lanes:
    """log(1 + x): the logarithm of u = 1 + x, with what that sum loses put back; 1.35 ulp."""
    u = x + 1.0
    back = u - 1.0
    lost = (1.0 - (u - back)) + (x - back)
    if c.target.avx512:
        k, m, inverse = _parts(c, u)
        lost = c.where(c.abs(k) < 60.0, scale(c, lost, -k), 0.0)
        r = c.fma(lost, inverse, c.fma(m, inverse, -1.0))
        return c.copysign(_log_by_table(c, m, r, k), x)
    k, m = split(c, u)
    near = k.equals(0.0)
    f = c.where(near, x, m - 1.0)
    relative = lost * power_of_two(c, c.where(c.abs(k) < 60.0, -k, 0.0))
    s = f / (f + 2.0)  # the same quotient as in _log; 1/m = 1 − 2s + 2s² − … is near enough for a last place
    low = relative * c.fma(s, c.fma(s, 2.0, -2.0), 1.0)
    y = _log(c, k, f, c.where(near, 0.0, c.where(k < 60.0, low, 0.0)))
    y = c.where(u > 0.0, y, c.where(u.equals(0.0), -inf, nan))
    return c.copysign(c.where(u < inf, y, u), x)


def log1p_of_unit(c: Code, x: Lanes) -> Lanes:
    """log(1 + x) for 0 ≤ x ≤ 1; 1.15 ulp."""
    if c.target.avx512:  # (1 + x)·c − 1 = x·c + (c − 1): nothing is lost
        near = c.fma(x, 0.99999, 1.0)  # the factor keeps 1 in the last sixteenth
        inverse = c.sixteen(near, NEAR_INVERSE, TOP)
        return _log_by_table(c, near, c.fma(x, inverse, inverse - 1.0))
    near = x < 0.5
    f = c.where(near, x, c.fma(x, 0.5, -0.5))  # (1 + x)/2 − 1 = (x − 1)/2: nothing is lost
    return _log(c, c.where(near, 0.0, c.where(x.equals(x), 1.0, x)), f)


def arsinh(c: Code, x: Lanes) -> Lanes:
    """log1p(a + a²/(1 + √(a² + 1))) with a = |x|, and log a + log 2 where a² would overflow; 2.1 ulp."""
    a = c.abs(x)
    large = a > 2.0**60
    b = c.where(large, 1.0, a)
    u = c.where(large, a, b + b * b / (c.sqrt(c.fma(b, b, 1.0)) + 1.0))
    return c.copysign(log1p(c, u) + c.where(large, LN2, 0.0), x)


def arcosh(c: Code, x: Lanes) -> Lanes:
    """log1p(t + √(t(t + 2))) with t = x − 1; 2.4 ulp."""
    large = x > 2.0**60
    t = c.where(large, 1.0, x - 1.0)
    u = c.where(large, x, t + c.sqrt(t * (t + 2.0)))
    y = log1p(c, u) + c.where(large, LN2, 0.0)
    return c.where(x < 1.0, nan, y)


def artanh(c: Code, x: Lanes) -> Lanes:
    """log1p(2a/(1 − a))/2 with a = |x|; 2.3 ulp."""
    a = c.abs(x)
    return c.copysign(0.5 * log1p(c, 2.0 * a / (1.0 - a)), x)


# ---- powers ----


def _fast_two_sum(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """a + b as a sum and its rounding error, for |a| ≥ |b|."""
    total = a + b
    return total, b - (total - a)


def _two_product(c: Code, a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    product = a * b
    return product, c.fma(a, b, -product)


def _log_in_two(c: Code, x: Lanes) -> tuple[Lanes, Lanes]:
    """log x for a positive finite x as a sum of two doubles, to about 66 bits."""
    k, m = split(c, x)
    f, g = m - 1.0, m + 1.0
    g_low = m - (g - 1.0)
    inverse = 1.0 / g
    s = f * inverse
    s_low = (c.fma(-s, g, f) - s * g_low) * inverse
    z, z_low = _two_product(c, s, s)
    z_low = c.fma(2.0 * s, s_low, z_low)
    p, p_low = _fast_two_sum(c.lanes(0.6666666666666666), z * c.estrin(z, LOG_TAIL))
    p_low = p_low + 3.700743415417188e-17
    u, u_low = _two_product(c, z, p)
    u_low = c.fma(z, p_low, c.fma(z_low, p, u_low))
    v, v_low = _two_product(c, s, u)
    v_low = c.fma(s, u_low, c.fma(s_low, u, v_low))
    total, low = _fast_two_sum(2.0 * s, v)
    low = low + c.fma(2.0, s_low, v_low)
    high, error = _fast_two_sum(k * LN2_HI, total)  # |k ln 2| > |log m| unless k = 0, and then the sum is exact
    low = c.fma(k, LN2_LO, low + error)
    return _fast_two_sum(high, low)


def power(c: Code, x: Lanes, y: Lanes) -> Lanes:
    """x^y with the special cases of C's pow: e^(y log|x|) with the logarithm in two doubles; 1.1 ulp."""
    a = c.abs(x)
    high, low = _log_in_two(c, a)
    high = c.where(a.equals(0.0), -inf, c.where(a < inf, high, a))
    tame = (a > 0.0) & (a < inf) & (c.abs(y) < 2.0**70)
    e = _clamped(c, y * high, -750.0, 720.0)
    e_low = c.where(tame & (c.abs(e) < 715.0), c.fma(y, high, -e) + y * c.where(tame, low, 0.0), 0.0)
    e_low = c.where(e <= -750.0, 0.0, e_low)
    size = exp_of_two(c, e, e_low)
    whole = c.intrinsic("floor", y).equals(y)
    half = y * 0.5
    odd = whole & c.intrinsic("floor", half).differs(half)
    negative = c.bits(x) & -0x8000000000000000
    signed = c.from_bits(c.bits(size) | c.where(odd, negative, c.lanes(0, "i64")))
    result = c.where((x < 0.0) & (x > -inf) & (y > -inf) & (y < inf) & whole.differs(c.lanes(1, "i1")), nan, signed)
    result = c.where((x + y).differs(x + y) & (x.differs(x) | y.differs(y)), x + y, result)  # NaN of either
    unit = y.equals(0.0) | x.equals(1.0) | (x.equals(-1.0) & c.abs(y).equals(inf))
    return c.where(unit, 1.0, result)
