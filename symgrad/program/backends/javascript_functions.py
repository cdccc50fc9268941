"""The functions of the closed set that JavaScript's Math lacks or means otherwise, written out for pages.

To within a few units in the last place of the interpreter's, special values included; the polynomials of erf, erfc and
digamma are those of the native code. Each entry is a text of JavaScript; `NEEDS` names the others that it calls.
"""

from collections.abc import Sequence

from symgrad.program._lgamma import LGAMMA_ONE, LGAMMA_TWO
from symgrad.program.backends.llvm_gamma import DIGAMMA_FAR, FAR, NEAR_BOTTOM, NEAR_TOP, ROOT, ROOT_LOW
from symgrad.program.backends.llvm_special import ERF, ERFC

# Γ(3/2 + t) on |t| ≤ 1/2, by interpolation at Chebyshev's points
GAMMA = (
    0.886226925452758, 0.03233839744888971, 0.41481345368829803, -0.10729480456614723, 0.1446453590455382,
    -0.07752305218148352, 0.05861030373826222, -0.03800194021620148, 0.025837609563324853, -0.017222342525916555,
    0.011522448333793223, -0.0076915105615126215, 0.005132509636561143, -0.003412353024444057, 0.002275623422978031,
    -0.0015744956633606366, 0.0010497782677845737, -0.0005184266868537098, 0.0003456356817004486,
    -0.000553046454361314, 0.00036870126236298277,
)  # fmt: skip


def _list(coefficients: Sequence[float]) -> str:
    return f"[{', '.join(map(repr, coefficients))}]"


OWN = {
    "power": "const power = (u, v) => (u === 1 || (u === -1 && Math.abs(v) === Infinity) ? 1 : Math.pow(u, v));",
    "mod": "const mod = (u, v) => { const r = u % v; return r !== 0 && r < 0 !== v < 0 ? r + v : r; };",
    "round": """\
const round = (u) => {
  const f = Math.floor(u), d = u - f;
  return Math.abs(u) > 4503599627370496 || d === 0 ? u : d < 0.5 ? f : d > 0.5 ? f + 1 : f % 2 === 0 ? f : f + 1;
};""",
    "horner": "const horner = (x, c) => c.reduceRight((s, k) => s * x + k, 0);",
    # sin(πu): the remainder is exact
    "sinPi": """\
const sinPi = (u) => {
  const r = u - 2 * Math.round(u / 2);
  return Math.sin(Math.PI * (Math.abs(r) > 0.5 ? Math.sign(r) - r : r));
};""",
    "erfNear": f"const erfNear = (u) => u * 1.1283791670955126 + u * horner(u * u, {_list(ERF)});",
    # e^(−a²) with what the square loses, by Veltkamp's splitting
    "erfcFar": f"""\
const erfcFar = (u) => {{
  const a = u < 28 ? u : 28, t = 134217729 * a, h = t - (t - a), l = a - h, p = a * a;
  const lost = h * h - p + 2 * h * l + l * l;
  return (Math.exp(-p) * (1 - lost) * horner((a - 3) / (a + 3), {_list(ERFC)})) / (1 + 2 * a);
}};""",
    "erf": """\
const erf = (u) => (Math.abs(u) < 0.5 || isNaN(u) ? erfNear(u) : Math.sign(u) * (1 - erfcFar(Math.abs(u))));""",
    "erfc": """\
const erfc = (u) => (Math.abs(u) < 0.5 || isNaN(u) ? 1 - erfNear(u) : u < 0 ? 2 - erfcFar(-u) : erfcFar(u));""",
    # a rational start and three steps of Halley's method
    "erfinv": """\
const erfinv = (u) => {
  const size = Math.abs(u);
  if (!(size < 1)) return size === 1 ? u * Infinity : NaN;
  if (size < 9.313225746154785e-10) return u * 0.886226925452758;
  const w = -Math.log1p(-u * u), a = 4.330746750799873 - w / 2;
  let x = Math.sqrt(Math.sqrt(a * a + w * 6.802721088435375) - a);
  for (let k = 0; k < 3; k++) {
    const e = size < 0.5 ? erf(x) - size : 1 - size - erfc(x);
    const d = e / (1.1283791670955126 * Math.exp(-x * x));
    x -= d / (1 + x * d);
  }
  return Math.sign(u) * x;
};""",
    # the series of Stirling's formula, Σ B₂ₖ/(2k(2k − 1)u^(2k − 1)), for u ≥ 12
    "stirling": """\
const stirling = (u) =>
  horner(1 / (u * u), [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]) / u;""",
    # Γ(u), u > 0, as factors: down to [1, 2] by exact steps; beyond, Stirling's formula with the power in two halves
    "gammaFactors": f"""\
const gammaFactors = (u) => {{
  if (u >= 12 && !(u < 24 && Math.floor(u) === u)) {{
    const h = Math.pow(u, u / 2 - 0.25);
    return [2.5066282746310002 * Math.exp(stirling(u)), h, Math.exp(-u), h];
  }}
  let p = 1;
  if (u < 1) {{ p = 1 / u; u += 1; }}
  while (u > 2) {{ u -= 1; p *= u; }}
  return [p, u === 1 || u === 2 ? 1 : horner(u - 1.5, {_list(GAMMA)})];
}};""",
    "gamma": """\
const gamma = (u) => {
  if (isNaN(u) || u === -Infinity || (u < 0 && Math.floor(u) === u)) return NaN;
  if (u === 0) return 1 / u;
  if (u > 0) return u > 171.7 ? Infinity : gammaFactors(u).reduce((s, p) => s * p);
  const r = -Math.PI / (u * sinPi(u));
  return u < -185 ? r * 0 : gammaFactors(-u).reduce((s, p) => s / p, r);
};""",
    "lgamma": f"""\
const lgamma = (u) => {{
  if (isNaN(u)) return u;
  if (!isFinite(u) || (u <= 0 && Math.floor(u) === u)) return Infinity;
  if (u < 0) return Math.log(Math.PI / Math.abs(sinPi(u)) / -u) - lgamma(-u);
  if (u < 0.5) return lgamma(1 + u) - Math.log(u);
  if (u < 1.5) return (u - 1) * horner(u - 1, {_list(LGAMMA_ONE)}) + 0;
  if (u > 12) return (u - 0.5) * (Math.log(u) - 1) + 0.4189385332046727 + stirling(u);
  let p = 1;
  while (u > 2.5) {{ u -= 1; p *= u; }}
  return Math.log(p) + (u - 2) * horner(u - 2, {_list(LGAMMA_TWO)});
}};""",
    # beside its zero by a fraction, beyond 4 by Stirling's series
    "digamma": f"""\
const digamma = (u) => {{
  if (u <= 0) {{
    const part = u - Math.round(u);
    return part === 0 ? NaN : digamma(-u) - 1 / u - Math.PI / Math.tan(Math.PI * part);
  }}
  if (u < {FAR}) {{
    const t = u < 1 ? u : u - 1;
    const q = horner(t, {_list(NEAR_TOP)}) / horner(t, {_list(NEAR_BOTTOM)});
    return (t - {ROOT} - {ROOT_LOW}) * q - (u < 1 ? 1 / u : 0);
  }}
  const w = 1 / u / u;
  return Math.log(u) - (0.5 / u + w * horner(w, {_list(DIGAMMA_FAR)}));
}};""",
    # for u > 0: the recurrence upwards, then the asymptotic series
    # the n-th derivative of π cot(πu), from those of cot by c' = −(1 + c²) as polynomials in c
    "cotangent": """\
const cotangent = (n, u) => {
  const c = 1 / Math.tan(Math.PI * (u - Math.round(u)));
  let p = [0, 1], value = 0;
  for (let k = 0; k < n; k++) {
    const next = [...p, 0].map(() => 0);
    for (let i = 1; i < p.length; i++) { next[i - 1] -= i * p[i]; next[i + 1] -= i * p[i]; }
    p = next;
  }
  for (let i = p.length - 1; i >= 0; i--) value = value * c + p[i];
  return Math.pow(Math.PI, n + 1) * value;
};""",
    "polygamma": """\
const polygamma = (n, u) => {
  if (n === 0) return digamma(u);
  if (u === Infinity) return 0;
  if (u <= 0 && u === Math.floor(u) && u > -Infinity) return n % 2 ? Infinity : NaN;
  if (u < 0 && u > -Infinity) return (n % 2 ? -1 : 1) * polygamma(n, 1 - u) - cotangent(n, u);
  if (!(u > 0)) return NaN;
  let s = 0, f = 1;
  for (let k = 2; k <= n; k++) f *= k;
  for (; u < 14 + n; u += 1) s += f / Math.pow(u, n + 1);
  let r = f / n / Math.pow(u, n) + f / (2 * Math.pow(u, n + 1)), c = f;
  [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6].forEach((b, i) => {
    const k = i + 1;
    c *= i ? ((2 * k + n - 1) * (2 * k + n - 2)) / (2 * k * (2 * k - 1)) : (n + 1) / 2;
    r += (b * c) / Math.pow(u, 2 * k + n);
  });
  return (n % 2 ? 1 : -1) * (s + r);
};""",
}
NEEDS = {
    "erfNear": ("horner",),
    "erfcFar": ("horner",),
    "erf": ("erfNear", "erfcFar"),
    "erfc": ("erfNear", "erfcFar"),
    "erfinv": ("erf", "erfc"),
    "stirling": ("horner",),
    "gammaFactors": ("stirling", "horner"),
    "gamma": ("gammaFactors", "sinPi"),
    "lgamma": ("sinPi", "stirling", "horner"),
    "digamma": ("horner",),
    "polygamma": ("digamma", "cotangent"),
}
