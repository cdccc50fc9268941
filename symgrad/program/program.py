"""Straight-line programs: what every backend translates, and the slow interpreter that says what they mean.

A program is a list of lines over a small closed set of operations on real numbers; nothing loops, nothing jumps. What
an operation means, special values included, is said once in `OPERATIONS` and here only. How formulas become programs
is `lower`, derivatives are `adjoint`, speed is `backends`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from symgrad.errors import UsageError
from symgrad.program import _ieee
from symgrad.program.special import double
from symgrad.program.special_table import SPECIAL

Argument = str | float  # the name of an input or of an earlier line, or a number


class Operation(NamedTuple):
    """An operation of the closed set: how many arguments, how it reads, what it means on doubles and precisely."""

    name: str
    arity: int
    reads: str  # a format of its arguments, for printing
    double: Callable[..., Any]  # IEEE: never raises, returns NaN outside the domain
    precise: str  # the function of `_precise` (mpmath) with the same meaning
    truth: bool = False  # the result is a truth value
    special: bool = False  # computed outside (see `special`): not every backend has it


def _operations() -> dict[str, Operation]:
    rows: list[Operation] = [
        Operation("add", 2, "{} + {}", lambda u, v: u + v, "add"),
        Operation("subtract", 2, "{} - {}", lambda u, v: u - v, "subtract"),
        Operation("multiply", 2, "{}*{}", lambda u, v: u * v, "multiply"),
        Operation("divide", 2, "{}/{}", _ieee.divide, "divide"),
        Operation("negate", 1, "-{}", lambda u: -u, "negate"),
        # C's pow: NaN for a negative base and a fractional exponent, 1 for exponent 0
        Operation("power", 2, "{}**{}", _ieee.power, "power"),
        Operation("maximum", 2, "max({}, {})", _ieee.maximum, "maximum"),  # NaN if either is
        Operation("minimum", 2, "min({}, {})", _ieee.minimum, "minimum"),
        Operation("atan2", 2, "atan2({}, {})", _ieee.atan2, "atan2"),
        Operation("hypot", 2, "hypot({}, {})", _ieee.hypot, "hypot"),
        Operation("mod", 2, "mod({}, {})", _ieee.mod, "mod"),  # u - v*floor(u/v): the sign of v
        Operation("polygamma", 2, "polygamma({}, {})", _ieee.polygamma, "polygamma"),  # whole order >= 0 first
        Operation("less", 2, "{} < {}", lambda u, v: u < v, "less", truth=True),
        Operation("less_equal", 2, "{} <= {}", lambda u, v: u <= v, "less_equal", truth=True),
        Operation("equal", 2, "{} == {}", lambda u, v: u == v, "equal", truth=True),
        Operation("not_equal", 2, "{} != {}", lambda u, v: u != v, "not_equal", truth=True),
        Operation("and", 2, "{} and {}", lambda u, v: u and v, "and_", truth=True),
        Operation("or", 2, "{} or {}", lambda u, v: u or v, "or_", truth=True),
        Operation("not", 1, "not {}", lambda u: not u, "not_", truth=True),
        # condition, value if true, value if false; a NaN in the value not chosen does no harm
        Operation("select", 3, "{1} if {0} else {2}", lambda c, u, v: u if c else v, "select"),
    ]
    rows += [Operation(name, 1, name + "({})", getattr(_ieee, name), name) for name in UNARY]
    for name, row in SPECIAL.items():
        reads = f"{name}({', '.join(['{}'] * row.arity)})"
        rows.append(Operation(name, row.arity, reads, double(name), name, special=True))
    return {row.name: row for row in rows}


_NAMES = (
    "sqrt cbrt exp expm1 log log1p sin cos tan arcsin arccos arctan sinh cosh tanh arsinh arcosh artanh "
    "abs sign floor ceil round erf erfc erfinv gamma lgamma digamma"
)  # cbrt: real for negatives; sign(0) = 0; round: halves to even; lgamma: log|gamma|

UNARY = tuple(_NAMES.split(" "))
OPERATIONS = _operations()


class Line(NamedTuple):
    """One assignment: name = op(args). Arguments are inputs 'x0', 'x1', …, earlier lines 'v0', 'v1', … or numbers."""

    name: str
    op: str
    args: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """Inputs, lines and outputs: outputs[k] as a function of the inputs, by straight-line code.

    `inputs` are the names people know; inside, input number i is always called f"x{i}" and lines are called v0, v1, …,
    so that no name of a user's ever becomes code. Outputs are names or numbers.

    >>> print(Program(("x", "y"), (Line("v0", "multiply", ("x0", "x1")), Line("v1", "add", ("v0", 1.0))), ("v1",)))
    program(x, y)
      v0 = x*y
      v1 = v0 + 1
      return v1
    """

    inputs: tuple[str, ...]
    lines: tuple[Line, ...]
    outputs: tuple[Argument, ...]

    def __str__(self) -> str:
        shown = {f"x{i}": name for i, name in enumerate(self.inputs)}
        text = [f"program({', '.join(self.inputs)})"]
        text += [f"  {name} = {_read(op, args, shown)}" for name, op, args in self.lines]
        text.append("  return " + ", ".join(_show(output, shown) for output in self.outputs))
        return "\n".join(text)

    @property
    def operations(self) -> int:
        """How many operations one evaluation costs."""
        return len(self.lines)

    @property
    def special(self) -> bool:
        """Whether any line is computed outside, one number at a time in native code."""
        return any(OPERATIONS[line.op].special for line in self.lines)

    def counts(self) -> dict[str, int]:
        """How often each operation occurs, the most frequent first."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.op] = found.get(line.op, 0) + 1
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def check(self) -> "Program":
        """The program itself, after a check that every line is a known operation of known arguments.

        >>> Program(("x",), (Line("v0", "sine", ("x0",)),), ("v0",)).check()
        Traceback (most recent call last):
        symgrad.errors.UsageError: Line v0 uses 'sine', which is no operation of the closed set.
        """
        known = {f"x{i}" for i in range(len(self.inputs))}
        for name, op, args in self.lines:
            if op not in OPERATIONS:
                raise UsageError(f"Line {name} uses {op!r}, which is no operation of the closed set.")
            if len(args) != OPERATIONS[op].arity:
                raise UsageError(f"Line {name}: {op} takes {OPERATIONS[op].arity} arguments, not {len(args)}.")
            if name in known:
                raise UsageError(f"The name {name} is given twice.")
            _check_arguments(args, known, name)
            known.add(name)
        _check_arguments(self.outputs, known, "return")
        return self


def _check_arguments(args: Sequence[Argument], known: set[str], where: str) -> None:
    for argument in args:
        if isinstance(argument, str) and argument not in known:
            raise UsageError(f"{where} uses {argument}, which no earlier line gives.")


def _read(op: str, args: tuple[Argument, ...], shown: dict[str, str]) -> str:
    return OPERATIONS[op].reads.format(*(_show(argument, shown) for argument in args))


def _show(argument: Argument, shown: dict[str, str]) -> str:
    if isinstance(argument, str):
        return shown.get(argument, argument)
    text = repr(float(argument)).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


def interpret(program: Program, point: Sequence[Any], *, digits: int | None = None) -> list[Any]:
    """The outputs at one point, line by line: slow and plain, the reference that every backend must agree with.

    Args:
        program: what to run.
        point: one number for each input.
        digits: None for IEEE doubles; a number of decimal digits for mpmath's arbitrary precision.

    >>> program = Program(("x",), (Line("v0", "log", ("x0",)),), ("v0",))
    >>> interpret(program, [-1.0]), [str(value) for value in interpret(program, [2.0])]
    ([nan], ['0.6931471805599453'])
    """
    if len(point) != len(program.inputs):
        raise UsageError(f"The program takes {len(program.inputs)} numbers, not {len(point)}.")
    if digits is None:
        return _run(
            program, [float(value) for value in point], {op: row.double for op, row in OPERATIONS.items()}, float
        )
    from symgrad.program import _precise

    with _precise.working(digits):
        functions = {op: _precise.function(row.precise) for op, row in OPERATIONS.items()}
        return _run(program, [_precise.number(value) for value in point], functions, _precise.number)


def _run(
    program: Program, point: list[Any], functions: dict[str, Callable[..., Any]], number: Callable[[Any], Any]
) -> list[Any]:
    values: dict[str, Any] = {f"x{i}": value for i, value in enumerate(point)}

    def of(argument: Argument) -> Any:
        return values[argument] if isinstance(argument, str) else number(argument)

    for name, op, args in program.lines:
        if op == "select":  # the value not chosen may be anything, also an error of the precise functions
            values[name] = of(args[1] if of(args[0]) else args[2])
        else:
            values[name] = functions[op](*map(of, args))
    return [of(output) for output in program.outputs]
