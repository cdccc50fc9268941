"""Special functions: doubles against high precision, derivatives against differences, edges, all backends alike."""

import math
import random
import threading

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.calculus.elementary import local_derivatives
from symgrad.errors import NoRuleError, UsageError
from symgrad.program import _ieee, compile, interpret, lower, special  # noqa: A004
from symgrad.program.backends import javascript
from symgrad.program.special import SPECIAL, double
from symgrad.syntax import parse

inf, nan = math.inf, math.nan
# one formula for every special operation, and where it is smooth
FORMULAS = {
    "besselj(0, x)": (-20, 20),
    "besselj(3, x)": (-20, 20),
    "besselj(1/3, x)": (0.1, 20),
    "bessely(0, x)": (0.1, 20),
    "bessely(5/2, x)": (0.5, 20),
    "besseli(1, x)": (-8, 8),
    "besseli(1/2, x)": (0.1, 8),
    "besselk(0, x)": (0.1, 8),
    "besselk(4/3, x)": (0.1, 8),
    "airyai(x)": (-9, 4),
    "airybi(x)": (-9, 4),
    "airyaiprime(x)": (-9, 4),
    "airybiprime(x)": (-9, 4),
    "lambertw(x)": (-0.3, 50),
    "lambertw(x, -1)": (-0.36, -0.01),
    "erfi(x)": (-3, 3),
    "erfcinv(x)": (0.01, 1.9),
    "erf2inv(x, 1/5)": (-0.9, 0.3),
    "erf2(x, x^2)": (-2, 2),
    "Si(x)": (-30, 30),
    "Ci(x)": (0.1, 30),
    "Shi(x)": (-9, 9),
    "Chi(x)": (0.1, 9),
    "Ei(x)": (-8, 8),
    "li(x)": (1.2, 50),
    "expint(2, x)": (0.1, 9),
    "fresnels(x)": (-4, 4),
    "fresnelc(x)": (-4, 4),
    "elliptic_k(x)": (-9, 0.95),
    "elliptic_e(x)": (-9, 0.95),
    "elliptic_f(x, 1/3)": (-1.5, 1.5),
    "elliptic_f(1/2, x)": (0.1, 0.9),
    "elliptic_e(x, 1/3)": (-1.5, 1.5),
    "elliptic_e(1/2, x)": (0.1, 0.9),
    "elliptic_pi(x, 1/3)": (0.4, 0.9),
    "elliptic_pi(1/2, x, 1/3)": (-1.2, 1.2),
    "zeta(3, x)": (0.2, 9),
    "polylog(2, x)": (-4, 0.9),
    "polylog(1/2, x)": (-0.9, 0.6),
    "uppergamma(3/2, x)": (0.1, 9),
    "lowergamma(3/2, x)": (0.1, 9),
    "lowergamma(2, x)": (-3, 3),
    "catalan(x)": (0.1, 9),
    "marcumq(2, x, 1.3)": (0.1, 4),
    "marcumq(2, 1.3, x)": (0.1, 4),
    "legendre(5, x)": (-1.5, 1.5),
    "legendre(1/2, x)": (-0.9, 3),
    "assoc_legendre(4, 2, x)": (-0.9, 0.9),
    "assoc_legendre(4, -1, x)": (-0.9, 0.9),
    "chebyshevt(6, x)": (-1.2, 1.2),
    "chebyshevu(6, x)": (-1.2, 1.2),
    "chebyshevt(1/2, x)": (-0.9, 0.9),
    "chebyshevu(1/2, x)": (-0.9, 0.9),
    "hermite(5, x)": (-2, 2),
    "hermite(1/2, x)": (0.1, 2),
    "laguerre(5, x)": (-2, 9),
    "laguerre(1/2, x)": (0.1, 2),
    "assoc_laguerre(4, 1/2, x)": (-2, 9),
    "assoc_laguerre(4, x, 1/2)": (-2, 9),
    "gegenbauer(4, 1/2, x)": (-1, 1),
    "gegenbauer(3/2, 1/2, x)": (-0.9, 0.9),
    "jacobi(4, 1/2, 1/3, x)": (-1, 1),
    "jacobi(4, x, 1/3, 1/2)": (0.1, 2),
    "jacobi(3/2, 1/2, 1/3, x)": (-0.9, 0.9),
}
BACKENDS = ("python", "numpy", "llvm")
CHEAP = [
    "besselj(0, x) + airyai(x)",
    "lambertw(x)",
    "Si(x) - Ci(x^2)",
    "elliptic_k(x)/2",
    "uppergamma(3/2, x)",
    "erfi(x)",
]
EDGES = [0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 1e300, -1e300, 1e-300, 5e-324, 0.5, 2.0, -2.0, 709.5]


def points(formula: str, count: int = 8) -> list[float]:
    low, high = FORMULAS[formula]
    choose = random.Random(formula)
    return [choose.uniform(low, high) for _ in range(count)]


def precisely(formula: str, at: float, digits: int = 40) -> mpmath.mpf:
    (value,) = interpret(lower(parse(formula)), [mpmath.mpf(at)], digits=digits)
    return value


@pytest.mark.parametrize("formula", FORMULAS)
def test_values_have_thirteen_digits(formula):
    f = compile(formula, order=0)
    for at in points(formula):
        expected = float(precisely(formula, at))
        assert f(at) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("formula", FORMULAS)
def test_derivatives_are_the_limit_of_differences(formula):
    f = compile(formula, order=2)
    step = mpmath.mpf(2) ** -60
    for at in points(formula, 4):
        with mpmath.workdps(80):
            below, middle, above = (precisely(formula, mpmath.mpf(at) + k * step, 80) for k in (-1, 0, 1))
            first, second = float((above - below) / (2 * step)), float((above - 2 * middle + below) / step**2)
        _, slopes, table = f(at)
        assert slopes[0] == pytest.approx(first, rel=1e-10, abs=1e-10)
        assert table[0, 0] == pytest.approx(second, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("formula", FORMULAS)
def test_backends_agree(formula):
    at = np.array(points(formula))
    expected = [np.array(part) for part in zip(*map(compile(formula, order=1, backend="python"), at.tolist()))]
    for backend in ("numpy", "llvm"):
        if backend == "llvm":
            pytest.importorskip("llvmlite")
        f = compile(formula, order=1, backend=backend)
        value, slopes = f(at)
        np.testing.assert_allclose(value, expected[0], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(slopes, expected[1].T, rtol=1e-11, atol=1e-12)
        assert f(at[0].item())[0] == pytest.approx(expected[0][0], rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("formula", CHEAP)
def test_edges_are_quiet_and_the_same_at_points_and_in_batches(formula, backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = compile(formula, order=1, backend=backend)
    with np.errstate(all="raise"):
        together = f(np.array(EDGES))
        single = [f(at) for at in EDGES]
    np.testing.assert_allclose(together[0], [value for value, _ in single], rtol=1e-11)
    np.testing.assert_allclose(together[1][0], [slopes[0] for _, slopes in single], rtol=1e-11)


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("besselj", (0, inf), 0.0),
        ("besselj", (0.5, -1.0), nan),
        ("besselj", (1, -1.0), -0.4400505857449335),
        ("bessely", (0, 0.0), -inf),
        ("besselk", (1, 0.0), inf),
        ("besseli", (1, -inf), -inf),
        ("airybi", (inf,), inf),
        ("lambertw", (-0.5, 0), nan),
        ("lambertw", (0.5, -1), nan),
        ("lambertw", (-0.0, -1), -inf),
        ("Ci", (-1.0,), nan),
        ("Ci", (0.0,), -inf),
        ("Chi", (-1.0,), nan),
        ("Si", (-inf,), -math.pi / 2),
        ("Ei", (0.0,), -inf),
        ("li", (1.0,), -inf),
        ("elliptic_k", (1.0,), inf),
        ("elliptic_k", (1.5,), nan),
        ("zeta", (1.0, 1.0), nan),
        ("zeta", (-1.0, 1.0), -1 / 12),
        ("zeta", (inf, 1.0), 1.0),
        ("erfcinv", (2.0,), -inf),
        ("erfcinv", (5e-324,), 27.213293210812949),
        ("polylog", (2.0, 1.0), math.pi**2 / 6),
        ("polylog", (2.0, 1.5), nan),
        ("uppergamma", (150.0, 0.0), math.gamma(150)),
        ("besselj", (1e300, 1e300), nan),
    ],
)
def test_values_at_edges(name, arguments, value):
    found = double(name)(*map(float, arguments))
    assert found == pytest.approx(value, rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("name", SPECIAL)
def test_without_scipy_the_values_are_the_same(name, monkeypatch):
    choose = random.Random(name)
    row = SPECIAL[name]
    places = [[choose.choice([1.0, 2.0, 0.5, 0.25]) for _ in range(row.arity)] for _ in range(6)]
    before = [double(name)(*place) for place in places]
    monkeypatch.setattr(special, "_scipy", lambda _: None)
    after = [double(name)(*place) for place in places]
    assert after == pytest.approx(before, rel=1e-13, nan_ok=True)


def test_nan_in_is_nan_out():
    for name, row in SPECIAL.items():
        for k in range(row.arity):
            assert math.isnan(double(name)(*(nan if k == j else 0.5 for j in range(row.arity))))


def test_complete_elliptic_integrals_have_derivatives_at_zero():
    value, slopes, table = compile("elliptic_k(x)", order=2)(0.0)
    assert [value, slopes[0], table[0, 0]] == pytest.approx([math.pi / 2, math.pi / 8, 9 * math.pi / 64], rel=1e-15)


def test_a_polylogarithm_has_derivatives_at_zero():
    value, slopes, table = compile("polylog(2, x)", order=2)(0.0)
    assert [value, slopes[0], table[0, 0]] == [0.0, 1.0, 0.5]


def test_a_polynomial_of_whole_order_has_a_derivative_at_the_end_of_its_interval():
    value, slopes = compile("legendre(4, x)")(1.0)
    assert [value, slopes[0]] == [1.0, 10.0]


def test_polynomials_need_no_special_operation():
    assert not lower(parse("legendre(4, x) + jacobi(3, 1/2, 1/3, x) + hermite(9, x) + assoc_legendre(3, 1, x)")).special


def test_a_bessel_function_of_negative_order_is_one_of_positive_order():
    assert compile("besselj(0, x)").program.counts()["besselj"] == 2  # J₀ and J₁


def test_a_derivative_by_the_order_is_refused():
    with pytest.raises(NoRuleError, match="derivative of besselj by its argument number 1"):
        compile("besselj(n, x)")
    assert compile("besselj(n, x)", order=0)(0.0, 1.0) == pytest.approx(0.7651976865579666)


def test_the_rules_are_those_of_the_derivation():
    for name, formula in [("airyai", "airyai(x)"), ("Ei", "Ei(x)"), ("fresnels", "fresnels(x)"), ("erfi", "erfi(x)")]:
        (row,) = local_derivatives(name)
        for at in points(formula, 3):
            expected = interpret(lower(row), [at])[0]
            assert compile(formula)(at)[1][0] == pytest.approx(expected, rel=1e-13)


def test_jax_has_special_functions_and_the_gradient_of_the_program():
    jax = pytest.importorskip("jax")
    from symgrad.program.backends import jax_

    f = compile("besselj(0, x) + airyai(x) + Si(x) + besselk(1, x^2)", backend="python")
    kernel = jax_.build(f.program)
    at = np.array([0.3, 1.5, 4.0])
    out = np.empty((2, 3))
    kernel.batch([at], out)
    expected = [f(u) for u in at.tolist()]
    np.testing.assert_allclose(out[0], [value for value, _ in expected], rtol=1e-12)
    np.testing.assert_allclose(out[1], [slopes[0] for _, slopes in expected], rtol=1e-12)
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        slope = jax.vmap(jax.jit(jax.grad(jax_.differentiable(f.program))))(jax.numpy.asarray(at))
    np.testing.assert_allclose(slope, out[1], rtol=1e-12)


def test_javascript_says_what_it_has_not():
    with pytest.raises(UsageError, match="JavaScript has no besselj"):
        javascript.source(lower(parse("besselj(0, x)")))


def test_a_descent_runs_over_special_functions():
    run = sg.descend("besselj(0, x) + airyai(x)", start={"x": 3.0}, rate=0.5)
    assert run.best.value == pytest.approx(-0.40142742, abs=1e-7)
    assert compile("besselj(0, x) + airyai(x)")(run.points[-1, 0].item())[1][0] == pytest.approx(0.0, abs=1e-5)


def test_threads_do_not_disturb_each_other():
    at = np.linspace(0.1, 0.9, 7).tolist()
    expected = [compile("polylog(2, x) + zeta(3/2, x)")(u)[0] for u in at]
    found: dict[int, list[float]] = {}

    def work(k: int) -> None:
        f = compile("polylog(2, x) + zeta(3/2, x)")
        found[k] = [f(u)[0] for u in at]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(values == expected for values in found.values())


@pytest.mark.parametrize("backend", BACKENDS)
def test_polygamma_below_zero_takes_no_longer_and_is_right(backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = compile("digamma(x)", order=2, backend=backend)
    assert np.isnan(f(np.array([0.0, -1.0]))[2]).all()
    at = [-0.3, -3.7, -25.25, -1e6 - 0.25, -1e12 - 0.25]
    for u, second in zip(at, f(np.array(at))[2][0, 0]):
        with mpmath.workdps(40):
            # reflection, which mpmath leaves to a sum over all whole numbers between
            x = mpmath.mpf(u)
            turned = mpmath.diff(mpmath.cot, mpmath.pi * (x - mpmath.nint(x)), 2) * mpmath.pi**3
            expected = float(mpmath.polygamma(2, 1 - x) - turned)
        assert second == pytest.approx(expected, rel=1e-12)
        assert f(u)[2][0, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_order_of_polygamma_may_be_a_variable(backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = compile("polygamma(n, x)", order=0, backend=backend)
    orders = [0.0, 1.0, 2.0, -1.0, 0.5, 1e9]
    expected = [-0.5772156649015329, math.pi**2 / 6, -2.404113806319188, nan, nan, nan]
    assert [f(n, 1.0) for n in orders] == pytest.approx(expected, nan_ok=True)
    assert f(np.array(orders), 1.0).tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("u", [0.5, 0.75, 1 - 1e-9, 1.0, 1 + 1e-7, 1.25, 1.5, 1.75, 2 - 1e-8, 2.0, 2.25, 2.5])
def test_the_logarithm_of_gamma_keeps_its_digits_beside_its_zeros(u):
    with mpmath.workprec(120):
        exact = mpmath.loggamma(u)
    assert abs(_ieee.lgamma(u) - exact) <= 3 * math.ulp(float(exact))


@pytest.mark.parametrize("interval", [(0, 1), (1, 2), (1.4616, 1.4617), (2, 3.25), (3.25, 12), (12, 1e9)])
def test_digamma_is_right_to_four_units_above_zero(interval):
    for u in np.linspace(*interval, 200, endpoint=False)[1:].tolist():
        with mpmath.workprec(160):
            exact = mpmath.digamma(u)
        assert abs(_ieee.digamma(u) - exact) <= 4 * math.ulp(float(exact))


def test_digamma_and_the_logarithm_of_gamma_far_out():
    assert (_ieee.digamma(math.inf), _ieee.lgamma(math.inf), _ieee.lgamma(1e308)) == (math.inf,) * 3
    assert np.isnan([_ieee.digamma(nan), _ieee.lgamma(nan)]).all()
    assert (_ieee.digamma(5e-324), _ieee.lgamma(0.0), _ieee.lgamma(-2.0)) == (-math.inf, math.inf, math.inf)
