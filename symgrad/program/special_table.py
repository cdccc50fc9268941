"""The table of special functions that are operations of programs: Bessel, Airy, elliptic, zeta, named integrals, …

A row says how scipy computes a function on doubles where it is to be trusted, how mpmath does to any precision, and
where the function has a value at all. How rows are used is `special`, derivatives are `special_rules`, and functions
that are elementary ones in disguise are `spelled_special`.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

inf, nan = math.inf, math.nan
Real = Any  # float, array or mpf: what rows say holds for each


def _anywhere(*_: Real) -> bool:
    return True


def _no_limit(*_: Real) -> None:
    return None


class Special(NamedTuple):
    """A function: its mpmath form (of a context and the arguments), scipy's (of scipy.special), and where each holds.

    `inside` says where the function is real; `trusted` where scipy is good to about 1e-13
    (of the amplitude, where a function oscillates); `limit` gives the value at
    infinities and poles, or None at ordinary points. The first `parameters` arguments are an order or the like: beyond
    300, and within 1e-9 of 0, nothing is computed (it could take for ever), and the result is NaN.
    """

    arity: int
    exact: Callable[..., Any]
    scipy: Callable[[Any], Callable[..., Any]] | None = None
    inside: Callable[..., Any] = _anywhere
    trusted: Callable[..., Any] = _anywhere
    limit: Callable[..., float | None] = _no_limit
    parameters: int | None = None  # None: all but the last

    def has_value(self, *args: Real) -> bool:
        """Whether the function is real at finite numbers that are no poles."""
        count = self.arity - 1 if self.parameters is None else self.parameters
        return all(p == 0 or 1e-9 <= abs(p) <= 300 for p in args[:count]) and bool(self.inside(*args))


def _whole(n: Real) -> bool:
    return bool(abs(n) != inf and n == int(n))


def _at(**values: float) -> Callable[..., float | None]:
    """Limits of a function of its last argument: `zero`, `one`, `up` (+∞) and `down` (−∞)."""
    zero, one, up, down = (values.get(name) for name in ("zero", "one", "up", "down"))

    def limit(*args: Real) -> float | None:
        u = args[-1]
        if u == 0:
            return zero
        if u == 1:
            return one
        if u == inf:
            return nan if up is None else up
        if u == -inf:
            return nan if down is None else down
        return None

    return limit


def _bessel(kind: str, name: str, limit: Callable[..., float | None]) -> Special:
    """A Bessel function of real order; of negative numbers where the order is whole and the function real there."""

    def inside(n: Real, u: Real) -> bool:
        return bool(abs(n) != inf and (u >= 0 or (kind in "ji" and _whole(n))))

    def exact(m: Any, n: Real, u: Real) -> Any:
        return getattr(m, f"bessel{kind}")(n, u)

    return Special(2, exact, lambda s: getattr(s, name), inside, lambda n, u: (abs(u) < 300) & (abs(n) < 60), limit)


def _bessel_i_limit(n: Real, u: Real) -> float | None:
    if abs(u) != inf:
        return None
    return inf if u > 0 or (_whole(n) and n % 2 == 0) else -inf if _whole(n) else nan


def _bessel_y_limit(n: Real, u: Real) -> float | None:
    if u == 0:
        if _whole(n - 0.5) and n < 0:  # Y_(−n−1/2) is a J
            return 0.0
        return -inf if n >= 0 or (_whole(n) and n % 2 == 0) else inf if _whole(n) else nan
    return 0.0 if u == inf else None


def _airy(place: int, limit: Callable[..., float | None], exact: Callable[..., Any]) -> Special:
    return Special(1, exact, lambda s: lambda u: s.airy(u)[place], trusted=lambda u: abs(u) < 100, limit=limit)


def _part_of(name: str, place: int) -> Callable[[Any], Callable[..., Any]]:
    """One of the two results of a function of scipy."""
    return lambda s: lambda u: getattr(s, name)(u)[place]


def _inverse_erfc(m: Any, v: Real) -> Any:
    """erf⁻¹(1 − v), the difference taken with as many bits more as v is small."""
    if v > 1:
        return -_inverse_erfc(m, 2 - v)
    with m.workprec(m.prec + max(0, -int(m.mag(v))) + 10):
        return m.erfinv(1 - v)


def _inverse_erf2(m: Any, u: Real, v: Real) -> Any:
    """z where erf z = erf u + v."""
    if u < 0:
        return -_inverse_erf2(m, -u, -v)
    if not v:
        return u
    rest = m.erfc(u) - v
    return _inverse_erfc(m, rest) if 0 < rest < 2 else m.mpc(0, 1)


def _lower_gamma(m: Any, a: Real, u: Real) -> Any:
    return m.gammainc(a, 0, u) if u > 0 else u**a / a * m.hyp1f1(a, a + 1, -u)


def _zeta_limit(s: Real, a: Real) -> float | None:
    if s == 1 or abs(a) == inf or s == -inf:
        return nan
    if s == inf:
        return 1.0 if a == 1 else 0.0 if a > 1 else nan
    return (nan if s % 2 else inf) if a <= 0 and _whole(a) and s > 0 else None


def _expint_inside(n: Real, u: Real) -> bool:
    return bool(u > 0 or (u == 0 and n > 1) or (u != 0 and _whole(n) and n <= 0))


def _lambert_inside(u: Real, k: Real) -> bool:
    return bool((k == 0 and u >= -math.exp(-1)) or (k == -1 and -math.exp(-1) <= u < 0))


def _lambert_limit(u: Real, k: Real) -> float | None:
    return inf if k == 0 and u == inf else -inf if k == -1 and u == 0 else None


def _real_root(u: Real, k: Real) -> bool:
    """Whether 1 − k sin² does not become negative between 0 and u."""
    if abs(u) > 1e6 or abs(k) == inf:
        return False  # beyond, nothing is computed
    return bool(k <= 1 or (abs(u) < 1.5707963 and k * math.sin(u) ** 2 < 1))


def _marcum(m: Any, order: Real, a: Real, b: Real) -> Any:
    """Q(a, b) = e^(−(a² + b²)/2)·Σ (a/b)^k I_k(ab) over k from 1 − order; for a > b 1 less the sum over the others."""
    if not a * b:
        return m.gammainc(order, b * b / 2, regularized=True)
    near = a < b
    ratio, k = (a / b, 1 - int(order)) if near else (b / a, int(order))
    total, scale = m.zero, m.exp(-(a * a + b * b) / 2)
    while True:
        term = ratio**k * m.besseli(k, a * b)
        total += term
        k += 1
        if k > 2 and abs(term) < m.eps * abs(total) / 8:
            return scale * total if near else 1 - scale * total


def _polylog_slope(m: Any, k: Real, s: Real, u: Real) -> Any:
    """The k-th derivative of Li_s(u) by u: its power series near 0, u^(−k) Σ s(k, j) Li_(s−j)(u) elsewhere."""
    k = int(k)
    if abs(u) <= 0.5:
        total, j, term = m.zero, 0, m.mpf(math.factorial(k))
        while True:
            part = term / m.mpf(j + k) ** s
            total += part
            j += 1
            term *= u * (j + k) / j
            if not term or (j > 4 * k and abs(part) < m.eps * abs(total) / 4):
                return total
    row = [1]  # Stirling numbers of the first kind
    for n in range(k):
        row = [(row[j - 1] if j else 0) - (n * row[j] if j < len(row) else 0) for j in range(len(row) + 1)]
    return sum(c * m.polylog(s - j, u) for j, c in enumerate(row) if c) / u**k


def _catalan(m: Any, n: Real) -> Any:
    return 4**n * m.gammaprod([n + m.mpf(1) / 2], [m.mpf(1) / 2, n + 2])


SPECIAL: dict[str, Special] = {
    "besselj": _bessel("j", "jv", lambda n, u: 0.0 if abs(u) == inf else None),
    "bessely": _bessel("y", "yv", _bessel_y_limit),
    "besseli": _bessel("i", "iv", _bessel_i_limit),
    "besselk": _bessel("k", "kv", lambda n, u: inf if u == 0 else 0.0 if u == inf else None),
    "airyai": _airy(0, _at(up=0.0, down=0.0), lambda m, u: m.airyai(u)),
    "airyaiprime": _airy(1, _at(up=0.0), lambda m, u: m.airyai(u, derivative=1)),
    "airybi": _airy(2, _at(up=inf, down=0.0), lambda m, u: m.airybi(u)),
    "airybiprime": _airy(3, _at(up=inf), lambda m, u: m.airybi(u, derivative=1)),
    "lambertw": Special(
        2,
        lambda m, u, k: m.lambertw(u, int(k)),
        lambda s: lambda u, k: s.lambertw(u, k).real,
        _lambert_inside,
        lambda u, k: (u > -0.36) & ((k == 0) | ((k == -1) & (u < 0))),
        _lambert_limit,
        0,
    ),
    "erfi": Special(
        1, lambda m, u: m.erfi(u), lambda s: s.erfi, limit=lambda u: inf if u > 1e10 else -inf if u < -1e10 else None
    ),
    "erfcinv": Special(
        1,
        _inverse_erfc,
        lambda s: s.erfcinv,
        lambda u: bool(0 <= u <= 2),
        limit=lambda u: inf if u == 0 else -inf if u == 2 else None,
    ),
    "erf2inv": Special(2, _inverse_erf2, inside=lambda u, v: abs(v) <= 2, parameters=0),
    "Si": Special(1, lambda m, u: m.si(u), _part_of("sici", 0), limit=_at(up=math.pi / 2, down=-math.pi / 2)),
    "Ci": Special(
        1, lambda m, u: m.ci(u), _part_of("sici", 1), lambda u: u >= 0, lambda u: u > 0, _at(zero=-inf, up=0.0)
    ),
    "Shi": Special(1, lambda m, u: m.shi(u), _part_of("shichi", 0), limit=_at(up=inf, down=-inf)),
    "Chi": Special(
        1, lambda m, u: m.chi(u), _part_of("shichi", 1), lambda u: u >= 0, lambda u: u > 0, _at(zero=-inf, up=inf)
    ),
    "Ei": Special(1, lambda m, u: m.ei(u), lambda s: s.expi, limit=_at(zero=-inf, up=inf, down=0.0)),
    "li": Special(1, lambda m, u: m.li(u), inside=lambda u: u >= 0, limit=_at(zero=0.0, one=-inf, up=inf)),
    "expint": Special(
        2, lambda m, n, u: m.expint(n, u), inside=_expint_inside, limit=lambda n, u: 0.0 if u == inf else None
    ),
    "fresnels": Special(
        1,
        lambda m, u: m.fresnels(u),
        _part_of("fresnel", 0),
        trusted=lambda u: abs(u) < 100,
        limit=_at(up=0.5, down=-0.5),
    ),
    "fresnelc": Special(
        1,
        lambda m, u: m.fresnelc(u),
        _part_of("fresnel", 1),
        trusted=lambda u: abs(u) < 100,
        limit=_at(up=0.5, down=-0.5),
    ),
    "elliptic_k": Special(
        1, lambda m, u: m.ellipk(u), lambda s: s.ellipk, lambda u: u <= 1, limit=_at(one=inf, down=0.0)
    ),
    "elliptic_e": Special(
        1, lambda m, u: m.ellipe(u), lambda s: s.ellipe, lambda u: u <= 1, limit=_at(one=1.0, down=inf)
    ),
    "elliptic_f": Special(2, lambda m, u, k: m.ellipf(u, k), lambda s: s.ellipkinc, _real_root, parameters=0),
    "elliptic_e_incomplete": Special(
        2, lambda m, u, k: m.ellipe(u, k), lambda s: s.ellipeinc, _real_root, parameters=0
    ),
    "elliptic_pi": Special(2, lambda m, n, k: m.ellippi(n, k), inside=lambda n, k: bool(n < 1 and k < 1), parameters=0),
    "elliptic_pi_incomplete": Special(
        3, lambda m, n, u, k: m.ellippi(n, u, k), inside=lambda n, u, k: _real_root(u, k) and _real_root(u, n)
    ),
    "hyp0f1": Special(2, lambda m, b, u: m.hyp0f1(b, u), lambda s: s.hyp0f1, trusted=lambda b, u: (b < 20) & (u >= 0)),
    "hyp2f1": Special(
        4,
        lambda m, a, b, c, u: m.hyp2f1(a, b, c, u),
        lambda s: s.hyp2f1,
        lambda a, b, c, u: u < 1,
        lambda a, b, c, u: (a > 0) & (b > 0) & (a < 9) & (b < 9) & (c > 1) & (c < 9) & (u > -30) & (u < 1),
    ),
    "zeta": Special(
        2,
        lambda m, s, a: m.zeta(s, a),
        lambda s: s.zeta,
        lambda s, a: bool(a > 0 or _whole(s)),
        trusted=lambda s, a: (s > 1) & (a > 0) & (a < 100),
        limit=_zeta_limit,
    ),
    "polylog": Special(2, lambda m, s, u: m.polylog(s, u), inside=lambda s, u: u <= 1),
    "polylog_slope": Special(3, _polylog_slope, inside=lambda k, s, u: bool(0 < k <= 20 and u < 1)),
    "uppergamma": Special(
        2,
        lambda m, a, u: m.gammainc(a, u),
        lambda s: lambda a, u: s.gammaincc(a, u) * s.gamma(a),
        lambda a, u: bool(u >= 0 or (a > 0 and _whole(a))),
        lambda a, u: (a > 0.01) & (a < 100) & (u >= 0),
        lambda a, u: 0.0 if u == inf else None,
    ),
    "lowergamma": Special(
        2,
        _lower_gamma,
        lambda s: lambda a, u: s.gammainc(a, u) * s.gamma(a),
        lambda a, u: bool(a > 0 and (u >= 0 or _whole(a))),
        lambda a, u: (a > 0.01) & (a < 100) & (u >= 0),
        lambda a, u: 0.0 if u == 0 and a > 0 else None,
    ),
    "catalan": Special(1, _catalan, limit=_at(up=inf)),
    "marcumq": Special(
        3, _marcum, inside=lambda k, a, b: bool(_whole(k) and k > 0 and a >= 0 and b >= 0 and a + b < 1e4)
    ),
    "legendre": Special(2, lambda m, n, u: m.legendre(n, u)),
    "assoc_legendre": Special(3, lambda m, n, k, u: m.legenp(n, k, u), inside=lambda n, k, u: abs(u) <= 1),
    "chebyshevt": Special(2, lambda m, n, u: m.chebyt(n, u)),
    "chebyshevu": Special(2, lambda m, n, u: m.chebyu(n, u)),
    "hermite": Special(2, lambda m, n, u: m.hermite(n, u)),
    "laguerre": Special(3, lambda m, n, a, u: m.laguerre(n, a, u)),
    "gegenbauer": Special(3, lambda m, n, a, u: m.gegenbauer(n, a, u)),
    "jacobi": Special(4, lambda m, n, a, b, u: m.jacobi(n, a, b, u)),
}
