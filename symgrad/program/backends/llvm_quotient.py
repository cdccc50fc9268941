"""Reciprocals without the divider, to the last bit: Newton's iteration from what a processor's table knows.

A processor has one divider, which takes some 16 cycles for a vector of eight doubles and can't begin the next before;
what is here takes nine operations, two a cycle, of which other calculations have their share meanwhile. Which division
goes which way is said in `llvm_ports`; since both give the same bits, nobody sees the difference. Only AVX-512 has the
table with its 14 bits and the rounding that the last step needs; elsewhere there are divisions.
"""

from symgrad.program.backends.llvm_text import Code, Lanes, Target

WIDTH = 8  # lanes of the vectors whose instructions can round upwards
UPWARDS = "i32 10"  # without raising flags
AWKWARD = 0x02 | 0x04 | 0x08 | 0x10 | 0x20  # ±0, ±∞, subnormal: classes of numbers, not NaN
MOST = 2.0**60  # a numerator, a power of two, that reciprocals are good for


def has_reciprocals(target: Target) -> bool:
    return target.avx512 and target.width >= WIDTH


def _guess(c: Code, x: Lanes) -> Lanes:
    """1/x to 14 bits."""
    if c.width > WIDTH:
        return c.in_halves(lambda part: _guess(c, part), x)
    name = "llvm.x86.avx512.rcp14.pd.512"
    c.declared.add(f"declare <8 x double> @{name}(<8 x double>, <8 x double>, i8)")
    return c.emit(f"call <8 x double> @{name}(<8 x double> {x.name}, <8 x double> zeroinitializer, i8 -1)")


def _fma_upwards(c: Code, a: Lanes, b: Lanes, d: Lanes) -> Lanes:
    """a·b + d, rounded upwards."""
    if c.width > WIDTH:
        return c.in_halves(lambda *parts: _fma_upwards(c, *parts), a, b, d)
    name, kind = "llvm.x86.avx512.vfmadd.pd.512", "<8 x double>"
    c.declared.add(f"declare {kind} @{name}({kind}, {kind}, {kind}, i32)")
    return c.emit(f"call {kind} @{name}({kind} {a.name}, {kind} {b.name}, {kind} {d.name}, {UPWARDS})")


def _refined(c: Code, x: Lanes, y: Lanes) -> Lanes:
    """1/x, rounded as the division rounds it, from its first 14 bits.

    Let 1 ≤ x < 2. The second step comes from below, within 2⁻⁵⁶, and is rounded upwards, so that y = 1/x + δ with
    δ < 2⁻⁵³ (a unit of the last place), and y is the upper neighbour of 1/x unless 1/x is 2⁻⁵⁶ above the lower one.
    The last step computes y(2 − xy) = 1/x − xδ² with one rounding (Markstein 1990). It is wrong only if there is a
    middle m of two doubles between this and 1/x. Now 1 − xm is a multiple j·2⁻¹⁰⁶, and xδ² ≥ 1/x − m means
    (xδ)² ≥ j·2⁻¹⁰⁶; since xδ < 2⁻⁵², j < 4. But then 1/x is all but m, y is m + 2⁻⁵⁴, and xδ < x·2⁻⁵⁴ < 2⁻⁵³: j < 1.
    Rounded to nearest, y could be m − 2⁻⁵⁴, and the result wrong: it is, where all bits of x are set.
    """
    y = c.fma(y, c.fma(-x, y, 1.0), y)
    y = _fma_upwards(c, y, c.fma(-x, y, 1.0), y)
    return c.fma(y, c.fma(-x, y, 1.0), y)


def reciprocal_of_unit(c: Code, x: Lanes) -> Lanes:
    """1/x for 1 ≤ x ≤ 2, and for any positive x that is far from both ends; 0.5 ulp."""
    if not has_reciprocals(c.target) or c.width < WIDTH:
        return 1.0 / x
    return _refined(c, x, _guess(c, x))


def reciprocal(c: Code, x: Lanes) -> Lanes:
    """1/x where x is neither zero, infinite nor next to these (see `is_awkward`); 0.5 ulp."""
    if not has_reciprocals(c.target) or c.width < WIDTH:
        return 1.0 / x
    size = c.abs(x)  # upwards must be away from zero
    return c.copysign(_refined(c, size, _guess(c, size)), x)


def divided(c: Code, x: Lanes) -> Lanes:
    """1/x by the divider, for all x."""
    return 1.0 / x


def is_awkward(c: Code, x: Lanes) -> Lanes:
    """Where the iteration would go wrong, or its result lose bits when it is multiplied by 2⁻⁶⁰.

    The guess tells: it is infinite for the smallest x (zero and most subnormals), and tiny for the largest. For other
    subnormals all goes well, and NaN needs no care.
    """
    if not has_reciprocals(c.target) or c.width < WIDTH:
        return c.lanes(0, "i1")
    return _is_special(c, _guess(c, c.abs(x)) * (1 / MOST))


def _is_special(c: Code, x: Lanes) -> Lanes:
    """Whether x is zero, infinite or subnormal."""
    if c.width > WIDTH:
        return c.in_halves(lambda part: _is_special(c, part), x)
    name = "llvm.x86.avx512.fpclass.pd.512"
    c.declared.add(f"declare <8 x i1> @{name}(<8 x double>, i32)")
    return c.emit(f"call <8 x i1> @{name}(<8 x double> {x.name}, i32 {AWKWARD})", "i1")
