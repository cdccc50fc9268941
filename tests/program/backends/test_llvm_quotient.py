"""Reciprocals by multiplication: the bits of the division, at every exponent and where rounding is hardest."""

import math
from fractions import Fraction

import numpy as np
import pytest
from sympy import divisors

pytest.importorskip("llvmlite")

from symgrad.program import Line, Program
from symgrad.program.backends import llvm, llvm_block, llvm_emit, llvm_quotient
from symgrad.program.backends.llvm_text import Target
from tests.program.backends.test_llvm_math import HOST, run_kernel

AVX512 = Target(8, avx512=True)
WIDTHS = [w for w in (8, 16, 32) if llvm_quotient.has_reciprocals(HOST)] or [HOST.width]


def hardest():
    """All x from 1 to 2 with 1/x just above a middle m of two doubles: 1 − xm = j·2⁻¹⁰⁶ with j = 1, 2, 3."""
    factors = [divisors(2**106 - j) for j in (1, 2, 3)]
    return [d * 2.0**-52 for found in factors for d in found if 2**52 <= d < 2**53]


def mantissas(count=300):
    ends = np.arange(50) * 2.0**-52
    return np.concatenate([np.random.default_rng(3).uniform(1, 2, count), 1 + ends, 2 - ends[1:], hardest()])


def divided(x):
    with np.errstate(all="ignore"):
        return 1.0 / x


def test_hard_cases_are_hard():
    """Among them the number with all bits set, which is why the rounding of one step goes upwards."""
    assert 2.0 - 2.0**-52 in hardest()
    assert len(hardest()) > 30
    for x in hardest():
        exact = 1 / Fraction(x)
        down, up = sorted((Fraction(1 / x), 2 * exact - Fraction(1 / x)))
        assert abs((down + up) / 2 - exact) <= Fraction(1, 2**104)


@pytest.mark.parametrize("name", ["reciprocal", "reciprocal_of_unit"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_reciprocal_is_the_quotient_to_the_last_bit(name, width):
    x = np.concatenate([mantissas(), np.random.default_rng(5).uniform(1, 2, 300_000)])
    np.testing.assert_array_equal(run_kernel(name, width, HOST, x), divided(x))


def test_the_quotients_are_the_nearest_doubles():
    """Of the hardware's division, too, against exact fractions."""
    x = mantissas(2000)
    for number, found in zip(x, run_kernel("reciprocal_of_unit", WIDTHS[0], HOST, x)):
        exact, got = 1 / Fraction(number), Fraction(found)
        assert abs(got - exact) <= Fraction(math.ulp(found)) / 2, number


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_reciprocal_is_right_at_every_exponent(width, sign):
    """Whole vectors of one exponent, so that a lane that needs the divider does not help one that doesn't."""
    fractions = sign * mantissas(40)[-160:]
    x = np.concatenate([np.ldexp(fractions, exponent) for exponent in range(-1074, 1024)])
    np.testing.assert_array_equal(run_kernel("reciprocal", width, HOST, x), divided(x))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("place", [0, 3, 7])
@pytest.mark.parametrize("odd", [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 2.0**-1024, 1.7e308])
def test_an_awkward_lane_is_divided_and_leaves_its_neighbours_alone(odd, place, width):
    x = mantissas(400)[: 10 * width]
    x[5 * width + place] = odd
    found, expected = run_kernel("reciprocal", width, HOST, x), divided(x)
    np.testing.assert_array_equal(found.view(np.int64)[~np.isnan(x)], expected.view(np.int64)[~np.isnan(x)])
    assert not math.isnan(odd) or np.isnan(found[5 * width + place])


def rational(tops):
    """a/(x² + y) for several numerators a."""
    lines = [Line("v0", "multiply", ("x0", "x0")), Line("v1", "add", ("v0", "x1"))]
    lines += [Line(f"q{i}", "divide", (top, "v1")) for i, top in enumerate(tops)]
    return Program(("x", "y"), tuple(lines), tuple(f"q{i}" for i in range(len(tops))))


def test_batches_divide_by_powers_of_two_as_one_point_does():
    program = rational([1.0, -1.0, 0.5, -4.0, 3.0, 2.0**60, 2.0**-60, 2.0**900])
    x = np.random.default_rng(2).uniform(-3, 3, (2, 1000))
    x[:, :12] = np.ldexp(1.1, [-600, -537, -520, -300, 0, 300, 500, 511, -512, 480, 490, 400])
    x[:, 12:17] = [0.0, -0.0, math.inf, -math.inf, math.nan]
    x[1, :2] = [5e-324, 1e-310]
    kernel, out = llvm.build(program), np.empty((8, 1000))
    kernel.batch(tuple(x), tuple(out))
    expected = np.array([kernel.point(*point) for point in x.T.tolist()]).T
    np.testing.assert_array_equal(out, expected)


def test_what_the_divider_would_keep_waiting_goes_by_multiplication():
    text = llvm_block.write_block(rational([1.0]), AVX512).text
    assert "@symgrad.reciprocal.8(" in text
    assert "call <8 x double> @symgrad.reciprocal." not in llvm_block.write_block(rational([3.0]), AVX512).text
    for other in (Target(4), Target(2, fma=False), Target(2)):
        assert "rcp14" not in llvm_block.write_block(rational([1.0]), other).text


def test_one_point_is_left_to_the_divider():
    assert "rcp14" not in llvm_emit.write_point(rational([1.0]), AVX512).text
