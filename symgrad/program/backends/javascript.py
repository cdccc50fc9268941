"""Programs as JavaScript for pages: one function over numbers, with the few functions that Math lacks written out."""

from symgrad.errors import UsageError
from symgrad.program.backends.javascript_functions import NEEDS, OWN
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
    lines = [OWN[helper] for helper in _helpers(program)]
    lines.append(f"function {name}({arguments}) {{")
    lines += [f"  const {line.name} = {_value(line.op, [_text(a) for a in line.args])};" for line in program.lines]
    lines.append(f"  return [{', '.join(map(_text, program.outputs))}];")
    lines.append("}")
    return "\n".join(lines)


def _value(op: str, texts: list[str]) -> str:
    if op in _FORMATS:
        return _FORMATS[op].format(*texts)
    called = op if op in OWN else f"Math.{_MATH.get(op, op)}"
    return f"{called}({', '.join(texts)})"


def _helpers(program: Program) -> list[str]:
    """The functions of our own that a program needs, each once."""
    wanted: dict[str, None] = {}
    stack = [op for op in program.counts() if op in OWN]
    while stack:
        helper = stack.pop()
        if helper not in wanted:
            wanted[helper] = None
            stack.extend(NEEDS.get(helper, ()))
    return list(wanted)


def _text(argument: Argument) -> str:
    if isinstance(argument, str):
        return argument
    value = float(argument)
    text = repr(value).removesuffix(".0").replace("inf", "Infinity").replace("nan", "NaN")
    return f"({text})" if text.startswith("-") else text
