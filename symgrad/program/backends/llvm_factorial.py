"""Γ and ln Γ of positive numbers as vector code: Stirling's formula with a logarithm in two doubles, below 4 fractions.

What is not positive goes to the C library (see `llvm_math`); the derivatives of ln Γ are `llvm_gamma`. Polynomials are
Chebyshev fits as in `llvm_elementary`, fractions interpolate at Chebyshev's points, and the tests fit them again.
"""

from symgrad.program.backends import llvm_elementary as elementary
from symgrad.program.backends.llvm_text import Code, Lanes

ROOT_TWO_PI, ROOT_TWO_PI_LOW = 2.5066282746310007, -1.8328579980459167e-16
HALF_LOG_TWO_PI, HALF_LOG_TWO_PI_LOW = 0.9189385332046728, -3.8782941580672414e-17
FAR = 4.0  # from where on Stirling's formula is used
LARGEST = 180.0  # Γ has overflowed
HUGE = 1e300  # (x − ½) ln x may overflow before ln Γ does
# (Γ(1 + t) − 1)/(t(t − 1)) for 0 ≤ t ≤ 1 to 52 bits
GAMMA_TOP = (
    0.5772156649015328, 0.3258109612039841, 0.034510243842767324, 0.001775283717174525, 0.002346045951254838,
    0.00017453968340885983, 2.3672497644687753e-05,
)  # fmt: skip
GAMMA_BOTTOM = (
    1.0, 1.2779474579163135, 0.11292451936024918, -0.1715628747754317, 0.0017509547206927807, 0.0074879906217542,
    -0.0008013372697171462,
)  # fmt: skip
# ln Γ(1 + t)/(t(t − 1)) for 0 ≤ t ≤ 3 to 56 bits
LOG_TOP = (
    0.5772156649015329, 1.9184491240724417, 2.5482869266894705, 1.7353784145854594, 0.6475379331820537,
    0.1315475077115862, 0.013646965686628166, 0.0006254321099418796, 9.052065947579509e-06, 8.282713446174468e-09,
)  # fmt: skip
LOG_BOTTOM = (
    1.0, 3.748513119379957, 5.738202953731988, 4.6346276830093025, 2.1337997969050173, 0.5661283333714182,
    0.08367193812940361, 0.006335723831552411, 0.00020761819740754223, 1.979616037398412e-06,
)  # fmt: skip
# x·(Γ(x)/(√2π·x^(x−½)·e^−x) − 1) in 1/x for x ≥ 4
GAMMA_FAR = (
    0.08333333333333336, 0.0034722222221999018, -0.002681327156312946, -0.00022947240216991094, 0.0007840509763295105,
    6.946511660435199e-05, -0.0005884701865134142, -8.528866224565222e-05, 0.0010351128594557597,
    -0.0006107628644029784, -0.0008594311543639355, 0.0010230890350956176,
)  # fmt: skip
# x·(ln Γ(x) − (x − ½) ln x + x − ln √2π) in 1/x² for x ≥ 4
LOG_FAR = (
    0.08333333333333331, -0.0027777777777175635, 0.000793650767619868, -0.0005952337076643962, 0.0008413740949108318,
    -0.001898877607796388, 0.005842805065489947, -0.018529613704448878, 0.036866534715617336,
)  # fmt: skip


def _stirling(c: Code, x: Lanes) -> tuple[Lanes, Lanes]:
    """(x − ½) ln x − x for x ≥ 4 as a sum of two doubles."""
    high, low = elementary._log_in_two(c, x)
    factor = x - 0.5
    product = factor * high
    total = product - x
    return total, ((product - total) - x) + c.fma(factor, low, c.fma(factor, high, -product))


def is_far(c: Code, x: Lanes) -> Lanes:
    """Whether another code is needed: Stirling's formula, or the C library."""
    return (x >= FAR) | (x <= 0.0)


def gamma(c: Code, x: Lanes) -> Lanes:
    """Γ(x) for 0 < x < 4, by products from 1 ≤ 1 + t < 2; 3 ulp."""
    below, one, two = x < 1.0, x < 2.0, x < 3.0
    t = c.where(below, x, x - c.where(one, 1.0, c.where(two, 2.0, 3.0)))
    base = c.fma(t * (t - 1.0), c.estrin(t, GAMMA_TOP) / c.estrin(t, GAMMA_BOTTOM), 1.0)
    first = x - 1.0
    raised = base * c.where(one, 1.0, c.where(two, first, first * (x - 2.0)))
    return c.where(below, base / x, raised)


def gamma_far(c: Code, x: Lanes) -> Lanes:
    """Γ(x) for x ≥ 4; 3 ulp."""
    u = c.where(x > LARGEST, LARGEST, c.where(x < FAR, FAR, x))
    total, low = _stirling(c, u)
    inverse = 1.0 / u
    rest = c.fma(inverse * c.estrin(inverse, GAMMA_FAR), ROOT_TWO_PI, ROOT_TWO_PI_LOW)
    value = elementary.exp_of_two(c, total, low) * (rest + ROOT_TWO_PI)
    whole = c.intrinsic("rint", x).equals(x)
    return c.where(whole, c.intrinsic("rint", value), value)  # (n − 1)! itself, up to n = 18


def lgamma(c: Code, x: Lanes) -> Lanes:
    """ln Γ(x) for 0 < x < 4; 4.1 ulp, also beside its zeros at 1 and 2."""
    below = x < 1.0
    t = c.where(below, x, x - 1.0)
    middle = t * (t - 1.0) * (c.estrin(t, LOG_TOP) / c.estrin(t, LOG_BOTTOM))
    return middle - c.where(below, elementary.log(c, x), -0.0)  # −0 − (−0) is 0, as ln Γ(1) should be


def lgamma_far(c: Code, x: Lanes) -> Lanes:
    """ln Γ(x) for x ≥ 4; 1.1 ulp."""
    huge = x > HUGE
    total, low = _stirling(c, c.where(huge | (x < FAR), FAR, x))
    inverse = 1.0 / x
    rest = c.fma(inverse, c.estrin(inverse * inverse, LOG_FAR), low + HALF_LOG_TWO_PI_LOW)
    return c.where(huge, x * (elementary.log(c, x) - 1.0), total + (rest + HALF_LOG_TWO_PI))
