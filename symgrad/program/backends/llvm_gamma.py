"""The derivatives of ln Γ as vector code: digamma and, by whole orders, polygamma.

From 4 (or a little later) on they are what Stirling's series says, with the rest of that series as a polynomial; below,
sums of a few terms more. What is not positive goes by reflection, in a block that is entered only if there are such
lanes: it needs a sine and a cosine. Polynomials are Chebyshev fits as in `llvm_elementary`, and the tests fit them
again.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from operator import mul

from symgrad.program.backends import llvm_elementary as elementary
from symgrad.program.backends import llvm_trigonometric as trigonometric
from symgrad.program.backends.llvm_text import Code, Lanes

inf, nan = math.inf, math.nan

ROOT, ROOT_LOW = 0.46163214496836236, -1.5522348162858677e-17  # their sum is r − 1, where ψ(r) = 0
# ψ(1 + t)/(1 + t − r) = P(t)/Q(t) for 0 ≤ t ≤ 3 to 58 bits, by interpolation at Chebyshev's points
NEAR_TOP = (
    1.2503801375034054, 2.0640550338033776, 1.260774479611023, 0.3641575663942771, 0.05217880373490824,
    0.0035208499918960136, 9.402487088254612e-05, 6.166032892141459e-07,
)  # fmt: skip
NEAR_BOTTOM = (
    1.0, 2.3342888349401787, 2.002117037199505, 0.8264815629370313, 0.17724086683768753, 0.019594361003348215,
    0.0010275635014212801, 2.0801258837747944e-05, 9.313922576087214e-08,
)  # fmt: skip
FAR = 4.0
# G(1/x²) in ψ(x) = ln x − 1/(2x) − G/x² for x ≥ 4
DIGAMMA_FAR = (
    0.08333333333333295, -0.008333333332361515, 0.003968253547583701, -0.004166595582371766, 0.007569628020708063,
    -0.020787277042164057, 0.07392781265620771, -0.256681298451472, 0.5365182831386733,
)  # fmt: skip
# For each order n from where on, and G(1/x²) in ±ψ⁽ⁿ⁾(x) = (n − 1)!/xⁿ + n!/(2xⁿ⁺¹) + G/xⁿ⁺²
POLYGAMMA_FAR: dict[int, tuple[int, tuple[float, ...]]] = {
    1: (4, (
        0.1666666666666666, -0.03333333333305122, 0.023809523626543344, -0.03333328646244936, 0.07575132348439269,
        -0.2526166785216102, 1.1412561783450001, -6.212800648007919, 33.49415360194965, -137.64267130406716,
        291.52671205810844,
    )),
    2: (4, (
        0.49999999999999983, -0.16666666666577631, 0.16666666597856572, -0.2999997891364362, 0.8332994565246423,
        -3.2872020647227727, 17.293715962855828, -111.63155371177172, 766.8331373987587, -4622.8344664858905,
        19562.315233318466, -40837.10073885154,
    )),
    3: (6, (
        1.9999999999999998, -0.9999999999977492, 1.33333333063759, -2.999998736740967, 9.999696203758756,
        -46.0240797066281, 276.28031020325346, -1960.7601391712365, 13159.794140930342, -53675.19588238152,
    )),
    4: (6, (
        9.999999999999993, -6.9999999999499956, 11.999999940069639, -32.999971879562175, 129.99322329765917,
        -690.0469361595212, 4676.3292381539895, -36482.693292628304, 260689.61139231926, -1102406.483415727,
    )),
}  # fmt: skip
BERNOULLI = tuple(map(Fraction, ("1/6", "-1/30", "1/42", "-1/30", "5/66", "-691/2730", "7/6", "-3617/510")))
ORDERS = range(1, 13)  # the orders that are computed here


def digamma(c: Code, x: Lanes) -> Lanes:
    """ψ(x) for x > 0; 4 ulp, also beside its zero."""
    inverse = 1.0 / x
    below = x < 1.0
    t = c.where(below, x, x - 1.0)
    quotient = c.estrin(t, NEAR_TOP) / c.estrin(t, NEAR_BOTTOM)
    near = ((t - ROOT) - ROOT_LOW) * quotient - c.where(below, inverse, 0.0)
    w = inverse * inverse
    rest = c.fma(inverse, 0.5, w * c.estrin(w, DIGAMMA_FAR))
    return c.where(x < FAR, near, elementary.log(c, x) - rest)


def digamma_reflected(c: Code, x: Lanes) -> Lanes:
    """ψ(x) = ψ(1 − x) − π/tan πx for x ≤ 0; what ψ's zeros cancel is lost."""
    pole, cotangent = _cotangent(c, x)
    return c.where(pole, nan, c.fma(cotangent, -math.pi, digamma(c, 1.0 - x)))


def _cotangent(c: Code, x: Lanes) -> tuple[Lanes, Lanes]:
    """Whether x is whole, and cot πx."""
    part = x - c.intrinsic("rint", x)
    angle = part * math.pi
    low = c.fma(part, math.pi, -angle) + part * 1.2246467991473532e-16  # what the product and π lack
    sine, cosine = trigonometric.sincos(c, angle)
    return part.equals(0.0), c.fma(-low, sine, cosine) / c.fma(low, cosine, sine)


def is_not_positive(c: Code, x: Lanes) -> Lanes:
    return x <= 0.0


def polygamma(order: int) -> Callable[[Code, Lanes], Lanes]:
    """The kernel of ψ⁽ⁿ⁾(x) for x > 0: Σ ±n!/(x + i)ⁿ⁺¹ up to where the series is good.

    All terms have one sign, so that nothing cancels: 4 ulp for n ≤ 3, 15 for n = 12.
    """
    sign = 1.0 if order % 2 else -1.0
    start, rest = _far(order)
    factorial = float(math.factorial(order))

    def kernel(c: Code, x: Lanes) -> Lanes:
        below = x < float(start)
        inverse = 1.0 / c.where(below, x + float(start), x)
        w = inverse * inverse
        inner = c.fma(inverse, c.fma(inverse, c.estrin(w, rest), factorial / 2), factorial / order)
        half = order // 2  # in two steps, so that the small power is not what gets subnormal
        far = inner * _powered(inverse, half) * _powered(inverse, order - half) if half else inner * inverse
        total = None
        for i in reversed(range(0, start, 2)):  # two terms by one division
            a, b = _powered(x + float(i) if i else x, order + 1), _powered(x + (i + 1.0), order + 1)
            term = (a + b) / (a * b)
            total = term if total is None else total + term
        assert total is not None
        return c.where(below, c.fma(total, sign * factorial, far * sign), far * sign)

    return kernel


def _far(order: int) -> tuple[int, Sequence[float]]:
    """From where on the series is used, a whole even number, and its rest in 1/x²."""
    if order in POLYGAMMA_FAR:
        return POLYGAMMA_FAR[order]
    factors = (Fraction(math.factorial(2 * k + order - 1), math.factorial(2 * k)) for k in range(1, len(BERNOULLI) + 1))
    return 14 + order + order % 2, [float(b * factor) for b, factor in zip(BERNOULLI, factors)]


def _powered(x: Lanes, exponent: int) -> Lanes:
    """xⁿ by squares."""
    squares = [x]
    while 2 ** len(squares) <= exponent:
        squares.append(squares[-1] * squares[-1])
    return reduce(mul, (square for k, square in enumerate(squares) if exponent >> k & 1))


def polygamma_reflected(order: int) -> Callable[[Code, Lanes], Lanes]:
    """ψ⁽ⁿ⁾(x) = (−1)ⁿψ⁽ⁿ⁾(1 − x) − π·dⁿ/dxⁿ cot πx for x ≤ 0, with a polynomial in the cotangent.

    5 ulp for n = 1, 8 and 10 for n = 2 and 3 but beside zeros.
    """
    row = [0, 1]  # in powers of c = cot: c′ = −(1 + c²)
    for _ in range(order):
        slope = [k * factor for k, factor in enumerate(row)][1:]
        row = [-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope])]
    scale = -(math.pi ** (order + 1))
    even = [scale * factor for factor in row[(order + 1) % 2 :: 2]]  # every other power is missing
    kernel, odd = polygamma(order), order % 2

    def reflected(c: Code, x: Lanes) -> Lanes:
        pole, cotangent = _cotangent(c, x)
        turned = c.horner(cotangent * cotangent, even)
        value = kernel(c, 1.0 - x)
        value = turned - value if odd else c.fma(turned, cotangent, value)
        return c.where(pole & (x > -inf), inf if odd else nan, value)

    return reflected
