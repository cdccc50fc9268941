"""Programs as JavaScript for pages: one function over numbers, with the few functions that Math lacks written out."""

from symgrad.errors import UsageError
from symgrad.program.program import OPERATIONS, Argument, Program

_FORMATS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "negate": "-{}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "equal": "{} === {}",
    "not_equal": "{} !== {}",
    "and": "{} && {}",
    "or": "{} || {}",
    "not": "!{}",
    "select": "{} ? {} : {}",
}
_MATH = {
    "maximum": "max", "minimum": "min", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arsinh": "asinh",
    "arcosh": "acosh", "artanh": "atanh", "power": "pow",
}  # fmt: skip
_OWN = {  # functions of the closed set that Math has not, or means otherwise
    "power": "const power = (u, v) => (u === 1 || (u === -1 && Math.abs(v) === Infinity) ? 1 : Math.pow(u, v));",
    "mod": "const mod = (u, v) => { const r = u % v; return r !== 0 && r < 0 !== v < 0 ? r + v : r; };",
    "round": "const round = (u) => { const f = Math.floor(u), d = u - f; "
    "return Math.abs(u) > 4503599627370496 ? u : d < 0.5 ? f : d > 0.5 ? f + 1 : f % 2 === 0 ? f : f + 1; };",
    "erf": "const erf = (u) => (Math.abs(u) < 0.5 ? erfSeries(u) : u > 0 ? 1 - erfc(u) : erfc(-u) - 1);",
    "erfc": "const erfc = (u) => (isNaN(u) ? NaN : u < 0.5 ? 1 - erf(u) : erfcFraction(u));",
    "gamma": "const gamma = (u) => { if (isNaN(u) || u === -Infinity || (u < 0 && Math.floor(u) === u)) return NaN; "
    "if (u === 0) return 1 / u; if (u < 0.5) return Math.PI / (Math.sin(Math.PI * u) * gamma(1 - u)); "
    "if (u > 171.7) return Infinity; const t = u + 6.5, h = Math.pow(t, (u - 0.5) / 2); "
    "return Math.sqrt(2 * Math.PI) * h * Math.exp(-t) * h * lanczos(u); };",
    "lgamma": "const lgamma = (u) => { if (isNaN(u)) return u; if (!isFinite(u) || (u <= 0 && Math.floor(u) === u)) "
    "return Infinity; if (Math.abs(u) < 1e-300) return -Math.log(Math.abs(u)); "
    "if (u < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * u))) - lgamma(1 - u); "
    "const t = u + 6.5; "
    "return 0.9189385332046728 + (u - 0.5) * Math.log(t) - t + Math.log(lanczos(u)); };",
    "digamma": "const digamma = (u) => { if (u <= 0) return Math.floor(u) === u ? NaN : "
    "digamma(1 - u) - Math.PI / Math.tan(Math.PI * u); if (!isFinite(u)) return u; let s = 0; "
    "while (u < 10) { s -= 1 / u; u += 1; } const w = 1 / (u * u); "
    "return s + Math.log(u) - 0.5 / u - w * (1 / 12 - w * "
    "(1 / 120 - w * (1 / 252 - w * (1 / 240 - w * (1 / 132 - w * (691 / 32760 - w / 12)))))); };",
    "polygamma": "const polygamma = (n, u) => { if (n === 0) return digamma(u); let s = 0, f = 1; "
    "for (let k = 2; k <= n; k++) f *= k; if (!(u > 0)) return NaN; "
    "while (u < 14 + n) { s += f / Math.pow(u, n + 1); u += 1; } "
    "let r = f / n / Math.pow(u, n) + f / (2 * Math.pow(u, n + 1)), c = f; "
    "const b = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]; "
    "for (let k = 1; k <= b.length; k++) { c *= (2 * k + n - 1) * (k > 1 ? (2 * k + n - 2) / ((2 * k) * (2 * k - 1)) "
    ": 1 / 2); r += b[k - 1] * c / Math.pow(u, 2 * k + n); } return (n % 2 ? 1 : -1) * (s + r); };",
    "erfinv": "const erfinv = (u) => { if (!(Math.abs(u) < 1)) return Math.abs(u) === 1 ? u * Infinity : NaN; "
    "if (u === 0) return u; const w = -Math.log1p(-u * u), a = 2 / (Math.PI * 0.147) - w / 2; "
    "let x = Math.sign(u) * Math.sqrt(Math.sqrt(a * a + w / 0.147) - a); for (let k = 0; k < 3; k++) { "
    "const e = Math.abs(u) < 0.5 ? erf(x) - u : Math.sign(u) * (1 - Math.abs(u) - erfc(Math.abs(x))); "
    "const d = e / (1.1283791670955126 * Math.exp(-x * x)); x -= d / (1 + x * d); } return x; };",
    "erfSeries": "const erfSeries = (u) => { let t = u, s = u; for (let k = 1; k < 30; k++) { t *= -u * u / k; "
    "s += t / (2 * k + 1); } return 1.1283791670955126 * s; };",
    "erfcFraction": "const erfcFraction = (u) => { if (u < 2) { let t = u, s = u; for (let k = 1; k < 60; k++) { "
    "t *= 2 * u * u / (2 * k + 1); s += t; } return 1 - 1.1283791670955126 * Math.exp(-u * u) * s; } "
    "let f = 0; for (let k = 60; k > 0; k--) f = k / 2 / (u + f); "
    "return Math.exp(-u * u) / (1.772453850905516 * (u + f)); };",
    "lanczos": "const lanczos = (u) => { const c = [676.5203681218851, -1259.1392167224028, 771.3234287776531, "
    "-176.6150291621406, 12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7]; "
    "let s = 0.9999999999998099; for (let k = 0; k < 8; k++) s += c[k] / (u + k); return s; };",
}
_NEEDS = {
    "erf": ("erfSeries", "erfc"),
    "erfc": ("erf", "erfcFraction"),
    "erfinv": ("erf", "erfc"),
    "gamma": ("lanczos",),
    "lgamma": ("lanczos",),
    "polygamma": ("digamma",),
}


def source(program: Program, name: str = "f") -> str:
    """The text of a JavaScript function of numbers that returns an array of all outputs.

    >>> from symgrad.program.program import Line
    >>> print(source(Program(("x",), (Line("v0", "sin", ("x0",)), Line("v1", "multiply", (2.0, "v0"))), ("v1",))))
    function f(x0) {
      const v0 = Math.sin(x0);
      const v1 = 2 * v0;
      return [v1];
    }
    """
    lacking = sorted({line.op for line in program.lines if OPERATIONS[line.op].special})
    if lacking:
        raise UsageError(f"JavaScript has no {lacking[0]}.", hint="Formulas for pages take the elementary functions.")
    arguments = ", ".join(f"x{i}" for i in range(len(program.inputs)))
    lines = [_OWN[helper] for helper in _helpers(program)]
    lines.append(f"function {name}({arguments}) {{")
    lines += [f"  const {line.name} = {_value(line.op, [_text(a) for a in line.args])};" for line in program.lines]
    lines.append(f"  return [{', '.join(map(_text, program.outputs))}];")
    lines.append("}")
    return "\n".join(lines)


def _value(op: str, texts: list[str]) -> str:
    if op in _FORMATS:
        return _FORMATS[op].format(*texts)
    called = op if op in _OWN else f"Math.{_MATH.get(op, op)}"
    return f"{called}({', '.join(texts)})"


def _helpers(program: Program) -> list[str]:
    """The functions of our own that a program needs, each once."""
    wanted: dict[str, None] = {}
    stack = [op for op in program.counts() if op in _OWN]
    while stack:
        helper = stack.pop()
        if helper not in wanted:
            wanted[helper] = None
            stack.extend(_NEEDS.get(helper, ()))
    return list(wanted)


def _text(argument: Argument) -> str:
    if isinstance(argument, str):
        return argument
    value = float(argument)
    text = repr(value).removesuffix(".0").replace("inf", "Infinity").replace("nan", "NaN")
    return f"({text})" if text.startswith("-") else text


assert set(_FORMATS) | set(_OWN) | set(_MATH) <= set(OPERATIONS) | {"erfSeries", "erfcFraction", "lanczos"}
