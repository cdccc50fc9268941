"""Every vector kernel: within its stated error of the truth, with C's special values, and the same at every width."""

import ctypes
import math
from functools import partial

import mpmath
import numpy as np
import pytest

pytest.importorskip("llvmlite")

from symgrad.program import _ieee
from symgrad.program.backends import llvm_elementary, llvm_engine, llvm_math, llvm_special, llvm_trigonometric
from symgrad.program.backends.llvm_text import Code, Target
from symgrad.program.program import OPERATIONS

HOST = llvm_engine.host()
PORTABLE = Target(4, avx512=False, fma=True)
WITHOUT_FMA = Target(2, avx512=False, fma=False)


def run_kernel(name, width, target, *arguments):
    """The kernel over arrays, compiled alone."""
    texts, declared = llvm_math.definition(name, width, target)
    kind, result = Code(width, target).type(), llvm_math.result_type(name, width)
    loads = [
        f"%p{i} = getelementptr double, ptr %in{i}, i64 %i\n  %v{i} = load {kind}, ptr %p{i}, align 8"
        for i in range(len(arguments))
    ]
    passed = ", ".join(f"{kind} %v{i}" for i in range(len(arguments)))
    value = "%r"
    first = f"%r = call {result} @{llvm_math.symbol(name, width)}({passed})"
    if name in llvm_math.PAIRS:
        first, value = first.replace("%r =", "%both =") + f"\n  %r = extractvalue {result} %both, 0", "%r"
    pointers = ", ".join(f"ptr %in{i}" for i in range(len(arguments)))
    loop = "\n  ".join([*loads, first, "%po = getelementptr double, ptr %out, i64 %i"])
    text = "\n".join([*sorted(declared), *texts, llvm_math.BRANCH_WEIGHTS])
    text += f"""
define void @run({pointers}, ptr %out, i64 %n) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  {loop}
  store {kind} {value}, ptr %po, align 8
  %next = add i64 %i, {width}
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}"""
    loaded = llvm_engine.Loaded(llvm_engine.object_code(text, 2))
    size = len(arguments[0])
    padded = [np.concatenate([np.asarray(a, float), np.ones(-size % width)]) for a in arguments]
    out = np.empty(len(padded[0]))
    run = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (len(arguments) + 1), ctypes.c_long)(loaded.address("run"))
    run(*(a.ctypes.data for a in padded), out.ctypes.data, len(out))
    return out[:size]


def spread(low, high, count=150):
    """Both signs, logarithmically spread sizes."""
    sizes = 10.0 ** np.random.default_rng(7).uniform(low, high, count)
    return np.concatenate([sizes, -sizes])


def even(low, high, count=250):
    return np.random.default_rng(8).uniform(low, high, count)


QUARTER_TURNS = np.arange(1, 300) * (np.pi / 2)
# kernel: (truth, arguments, largest error allowed in units of the last place)
ACCURACY = {
    "exp": (mpmath.exp, [even(-708, 709.7), spread(-12, 2)], 1.15),
    "exp_of_negative": (mpmath.exp, [even(-745, 0), even(-745.1, -708), -abs(spread(-12, 2))], 1.5),
    "exp_if_finite": (mpmath.exp, [even(-745, 709.7), even(-745.1, -708), spread(-12, 2)], 1.5),
    "expm1": (mpmath.expm1, [even(-45, 709.7), spread(-20, 0.5), even(-1, 1.1)], 2.0),
    "log": (mpmath.log, [abs(spread(-308, 308)), even(0.5, 2), 1 + spread(-15, -1), abs(spread(-320, -308, 10))], 1.0),
    "log1p": (mpmath.log1p, [abs(spread(-308, 308)), even(-0.9999, 3), spread(-20, -0.01)], 1.5),
    "sinh": (mpmath.sinh, [spread(-20, 2.85), even(-3, 3)], 2.0),
    "cosh": (mpmath.cosh, [spread(-20, 2.85), even(-3, 3)], 2.0),
    "tanh": (mpmath.tanh, [spread(-20, 2), even(-4, 4)], 2.5),
    "tanh_and_decay": (mpmath.tanh, [spread(-20, 2), even(-4, 4)], 2.5),
    "log1p_of_unit": (mpmath.log1p, [abs(spread(-20, -0.001)), even(0, 1)], 1.0),
    "reciprocal_of_unit": (
        lambda x: 1 / x,
        [even(1, 2, 3000), 2 - abs(spread(-16, -1)), 1 + abs(spread(-16, -1))],
        0.5,
    ),
    "arsinh": (mpmath.asinh, [spread(-20, 300), even(-3, 3)], 2.0),
    "arcosh": (mpmath.acosh, [1 + abs(spread(-15, 300)), even(1, 3)], 2.0),
    "artanh": (mpmath.atanh, [spread(-20, -0.001), even(-1, 1)], 2.0),
    "sin": (mpmath.sin, [spread(-20, 4.5), even(-7, 7), QUARTER_TURNS, spread(5, 300, 30)], 1.0),
    "cos": (mpmath.cos, [spread(-20, 4.5), even(-7, 7), QUARTER_TURNS, spread(5, 300, 30)], 1.0),
    "sincos": (mpmath.sin, [spread(-20, 4.5), even(-7, 7)], 1.0),
    "tan": (mpmath.tan, [spread(-20, 4.5), even(-7, 7), QUARTER_TURNS, spread(5, 300, 30)], 2.0),
    "arcsin": (mpmath.asin, [spread(-20, -1e-9), even(-1, 1), 1 - abs(spread(-15, -1))], 2.0),
    "arccos": (mpmath.acos, [spread(-20, -1e-9), even(-1, 1), 1 - abs(spread(-15, -1))], 1.5),
    "arctan": (mpmath.atan, [spread(-20, 20), even(-5, 5)], 1.5),
    "erf": (mpmath.erf, [spread(-20, 1), even(-6, 6)], 2.0),
    "erfc": (mpmath.erfc, [spread(-20, 1), even(-6, 26)], 3.5),
    "erfinv": (mpmath.erfinv, [even(-0.9999, 0.9999, 40), spread(-12, -1, 20)], 3.0),
    "cbrt": (lambda x: mpmath.cbrt(abs(x)) * mpmath.sign(x), [spread(-300, 300)], 4.0),
}


def ulps(got, truth):
    expected = float(truth)
    if math.isinf(expected):
        return 0.0 if got == expected or abs(got) == np.finfo(float).max else math.inf
    if not math.isfinite(got):
        return math.inf
    return float(abs(mpmath.mpf(float(got)) - truth) / mpmath.mpf(math.ulp(expected)))


@pytest.mark.parametrize("name", ACCURACY)
@pytest.mark.parametrize("target", [HOST, PORTABLE], ids=["host", "portable"])
def test_kernel_is_within_its_stated_error(name, target):
    truth, parts, allowed = ACCURACY[name]
    x = np.concatenate(parts)
    got = run_kernel(name, target.width, target, x)
    with mpmath.workprec(1100 if np.abs(x).max() > 1e5 and name in ("sin", "cos", "tan") else 160):
        errors = [ulps(value, truth(mpmath.mpf(float(point)))) for point, value in zip(x, got)]
    worst = int(np.argmax(errors))
    assert errors[worst] <= allowed, (x[worst], got[worst], errors[worst])


@pytest.mark.parametrize("target", [HOST, PORTABLE], ids=["host", "portable"])
def test_power_keeps_the_last_place(target):
    x = np.concatenate([abs(spread(-30, 30, 300)), even(0.5, 2, 300), even(0.99, 1.01, 300)])
    y = np.concatenate([even(-9, 9, 600), even(-20, 20, 300), even(-3e4, 3e4, 300)])
    got = run_kernel("power", target.width, target, x, y)
    with mpmath.workprec(200):
        errors = [ulps(v, mpmath.mpf(float(a)) ** mpmath.mpf(float(b))) for a, b, v in zip(x, y, got)]
    assert max(errors) <= 1.1


@pytest.mark.parametrize("target", [HOST, PORTABLE], ids=["host", "portable"])
def test_hypot_and_atan2_are_accurate_over_the_whole_range(target):
    x, y = spread(-300, 300, 400), np.roll(spread(-300, 300, 400), 17)
    y = np.where(np.arange(len(x)) % 2, x * even(-9, 9, len(x)), y)
    for name, truth in (("hypot", mpmath.hypot), ("atan2", mpmath.atan2)):
        got = run_kernel(name, target.width, target, x, y)
        with mpmath.workprec(200):
            errors = [ulps(v, truth(mpmath.mpf(float(a)), mpmath.mpf(float(b)))) for a, b, v in zip(x, y, got)]
        assert max(errors) <= 2.0, name


HUGE = 1.7976931348623157e308
TINY = 5e-324
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, TINY, -TINY, 1e-310, -1e-310, 1e-300, -1e-300, 1e300]
SPECIAL += [-1e300, HUGE, -HUGE, math.inf, -math.inf, math.nan, 710.0, -745.5, 746.0, -750.0, 1e22, 36.0, 1e-17, 27.5]


MEANING = {"sincos": "sin", "tanh_and_decay": "tanh", "log1p_of_unit": "log1p"}
MEANING |= {"exp_of_negative": "exp", "exp_if_finite": "exp"}


def same(got, expected, *, allowed=4):
    """Equal to a few units of the last place, with equal signs of zeros and equal NaNs."""
    if math.isnan(expected) or math.isnan(got):
        return math.isnan(expected) and math.isnan(got)
    if math.isinf(expected) or expected == 0:
        return got == expected and math.copysign(1, got) == math.copysign(1, expected)
    return abs(got - expected) <= allowed * math.ulp(expected)


def elsewhere(name: str) -> bool:
    """Whether a kernel only calls Python, for which `special` has its claims, or is part of one with its own claims."""
    return name.startswith("polygamma") or name.endswith("_far") or (name in OPERATIONS and OPERATIONS[name].special)


NATIVE = [name for name, row in llvm_math.KERNELS.items() if row.arity == 1 and not elsewhere(name)]


@pytest.mark.parametrize("target", [HOST, PORTABLE, WITHOUT_FMA], ids=["host", "portable", "without fma"])
@pytest.mark.parametrize("name", NATIVE)
def test_special_values_are_those_of_the_interpreter(name, target):
    points = [p for p in SPECIAL if not (name == "gamma" and 0 < abs(p) < 1e-307)]
    if name == "log1p_of_unit":
        points = [p for p in points if not (p < 0 or p > 1 or math.copysign(1, p) < 0)]
    if name == "exp_of_negative":
        points = [p for p in points if not p > 0]
    if name == "exp_if_finite":
        points = [p for p in points if abs(p) < 709]
    if name == "reciprocal_of_unit":
        points = [p for p in points if not (p < 1 or p > 2)]
    meaning = partial(_ieee.divide, 1.0) if name.startswith("reciprocal") else getattr(_ieee, MEANING.get(name, name))
    for point, got in zip(points, run_kernel(name, target.width, target, np.array(points))):
        assert same(float(got), meaning(point), allowed=30 if "gamma" in name else 4), (point, got, meaning(point))


@pytest.mark.parametrize("target", [HOST, PORTABLE, WITHOUT_FMA], ids=["host", "portable", "without fma"])
@pytest.mark.parametrize("name", ["power", "atan2", "hypot", "maximum", "minimum", "mod"])
def test_special_values_of_two_arguments_are_those_of_the_interpreter(name, target):
    pairs = [(a, b) for a in SPECIAL for b in SPECIAL]
    x, y = np.array(pairs).T
    for (a, b), got in zip(pairs, run_kernel(name, target.width, target, x, y)):
        expected = getattr(_ieee, name)(a, b)
        if name in ("maximum", "minimum") and got == expected == 0:
            continue  # max(0, −0) may be either
        assert same(float(got), expected), (a, b, got, expected)


@pytest.mark.parametrize("name", NATIVE)
def test_every_width_gives_the_same_bits(name):
    x = np.concatenate([even(-5, 5, 100), spread(-10, 3, 50), SPECIAL])
    if name == "reciprocal_of_unit":
        x = np.concatenate([even(1, 2, 100_000), 2 - np.arange(2000) * 2.0**-52, 1 + np.arange(2000) * 2.0**-52])
    widths = [1, 2, 4, 8] if HOST.width == 8 else [1, 2, HOST.width]
    first, *others = [run_kernel(name, width, HOST, x) for width in widths]
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_exp_if_finite_is_right_or_not_finite_whatever_the_argument():
    x = np.concatenate([spread(2, 308, 20_000), even(709, 711, 5_000), SPECIAL])
    got, exact = run_kernel("exp_if_finite", HOST.width, HOST, x), run_kernel("exp", HOST.width, HOST, x)
    finite = np.isfinite(got)
    np.testing.assert_allclose(got[finite], exact[finite], rtol=4e-16, atol=2 * TINY)
    assert not np.isfinite(got[~np.isfinite(exact)]).any()
    assert finite[np.abs(x) < 709].all()


def test_a_far_lane_leaves_its_neighbours_alone():
    near = np.linspace(-3, 3, 8)
    mixed = near.copy()
    mixed[3] = 1e22
    alone, together = run_kernel("sin", HOST.width, HOST, near), run_kernel("sin", HOST.width, HOST, mixed)
    np.testing.assert_array_equal(np.delete(alone, 3), np.delete(together, 3))
    assert together[3] == math.sin(1e22)


DENSE = {  # what the docstrings state, on many more points than mpmath can do
    "exp": (np.exp, [(-708, 709.7), (-1, 1)], 1.15),
    "exp_of_negative": (np.exp, [(-708, 0), (-1, 0)], 1.15),
    "exp_if_finite": (np.exp, [(-708, 709.7), (-1, 1)], 1.15),
    "expm1": (np.expm1, [(-45, 709.7), (-1, 1)], 2.4),
    "log": (np.log, [(0.5, 2), (0.9, 1.1), (0, 1e300)], 1.15),
    "log1p": (np.log1p, [(-0.9999, 3), (0, 0.1)], 1.35),
    "log1p_of_unit": (np.log1p, [(0, 1), (0, 0.1)], 1.15),
    "tanh": (np.tanh, [(-4, 4), (-0.5, 0.5)], 2.6),
    "sinh": (np.sinh, [(-4, 4)], 2.6),
    "cosh": (np.cosh, [(-4, 4)], 1.6),
    "arsinh": (np.arcsinh, [(-3, 3)], 2.1),
    "arcosh": (np.arccosh, [(1, 3)], 2.4),
    "artanh": (np.arctanh, [(-1, 1)], 2.3),
}


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no wider floating-point type to compare with")
@pytest.mark.parametrize("name", DENSE)
def test_errors_are_as_stated_on_many_points(name):
    truth, ranges, allowed = DENSE[name]
    x = np.concatenate([even(low, high, 100_000) for low, high in ranges])
    expected = truth(x.astype(np.longdouble))
    got = run_kernel(name, HOST.width, HOST, x)
    places = np.abs((got - expected) / np.spacing(np.abs(expected.astype(float))))
    worst = np.nanargmax(places)
    assert places[worst] <= allowed, x[worst]


def _at_square_root(f):
    return lambda z: f(mpmath.sqrt(z))


FITS = {
    "exp": (llvm_elementary.EXP, lambda r: (mpmath.exp(r) - 1 - r) / r**2, -0.34692, 0.34692),
    "exp by table": (llvm_elementary.EXP_16, lambda r: (mpmath.exp(r) - 1 - r) / r**2, -0.02168, 0.02168),
    "log by table": (llvm_elementary.LOG_16, lambda r: (mpmath.log(1 + r) - r) / r**2, -0.0335, 0.0635),
    "log": (llvm_elementary.LOG, _at_square_root(lambda s: (2 * mpmath.atanh(s) - 2 * s) / s**3), 1e-12, 0.04004),
    "sin": (llvm_trigonometric.SIN, _at_square_root(lambda r: (mpmath.sin(r) - r) / r**3), 1e-12, 0.61808),
    "cos": (llvm_trigonometric.COS, lambda z: (mpmath.cos(mpmath.sqrt(z)) - 1 + z / 2) / z**2, 1e-12, 0.61808),
    "arctan": (llvm_trigonometric.ARCTAN, _at_square_root(lambda t: (mpmath.atan(t) - t) / t**3), 1e-12, 0.17174),
    "arcsin": (llvm_trigonometric.ARCSIN, _at_square_root(lambda t: (mpmath.asin(t) - t) / t**3), 1e-12, 0.2501),
    "erf": (llvm_special.ERF, _at_square_root(lambda t: mpmath.erf(t) / t - 1.1283791670955126), 1e-12, 0.2501),
}


@pytest.mark.parametrize("name", FITS)
def test_polynomial_is_close_to_the_function_that_its_comment_names(name):
    coefficients, truth, low, high = FITS[name]
    with mpmath.workdps(50):
        for point in np.linspace(low, high, 41):
            if abs(point) < 1e-3:
                continue
            z = mpmath.mpf(float(point))
            error = abs(mpmath.polyval(list(map(mpmath.mpf, coefficients[::-1])), z) - truth(z))
            assert error * (z**2 if "table" in name else 1) < (2.0**-56 if name == "exp by table" else 2.0**-51)
