"""From a program to LLVM IR: the body for one point, and the body for a vector of points.

In the body for one point, independent calls of the same function are gathered into one vector call. Long programs
become several functions, because the time that LLVM takes grows faster than their length.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from symgrad.program.backends.llvm_fuse import Step, fused, gathered
from symgrad.program.backends.llvm_math import KERNELS, PAIRS, definition, result_type, symbol
from symgrad.program.backends.llvm_text import Target, double
from symgrad.program.program import OPERATIONS, Argument, Program

CHUNK = 1000  # lines of each function of a program that is too long for one
LONGEST = 2000  # lines of a program that is one function
INLINED = 90  # calls of kernels that are inlined in one module; beyond, they stay calls

_ARITHMETIC = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
_COMPARISON = {"less": "olt", "less_equal": "ole", "equal": "oeq", "not_equal": "une"}
_INTRINSIC = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil", "round": "rint"}


class Body:
    """Straight-line instructions at one width, written step by step."""

    def __init__(self, width: int, target: Target) -> None:
        self.width = width
        self.target = target
        self.kind = "double" if width == 1 else f"<{width} x double>"
        self.truth = "i1" if width == 1 else f"<{width} x i1>"
        self.lines: list[str] = []
        self.declared: set[str] = set()
        self.kernels: dict[tuple[str, int], int] = {}
        self.values: dict[Argument, str] = {}
        self.truths: set[str] = set()
        self._count = 0

    def new(self, text: str) -> str:
        self._count += 1
        name = f"%t{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def value(self, argument: Argument) -> str:
        """The operand as a double."""
        if isinstance(argument, str):
            name = self.values[argument]
            return self.new(f"uitofp {self.truth} {name} to {self.kind}") if name in self.truths else name
        text = double(argument)
        return text if self.width == 1 else f"splat (double {text})"

    def condition(self, argument: Argument) -> str:
        """The operand as a truth value."""
        if isinstance(argument, str):
            name = self.values[argument]
            if name in self.truths:
                return name
            zero = double(0.0) if self.width == 1 else "zeroinitializer"
            return self.new(f"fcmp une {self.kind} {name}, {zero}")
        text = "true" if argument else "false"
        return text if self.width == 1 else f"splat (i1 {text})"

    def step(self, step: Step) -> None:
        names, op, args = step
        kind = self.kind
        if op in _ARITHMETIC:
            result = self.new(f"{_ARITHMETIC[op]} {kind} {self.value(args[0])}, {self.value(args[1])}")
        elif op in ("fma", "fms", "fnma"):
            a, b, c = map(self.value, args)
            if op == "fms":
                c = self.new(f"fneg {kind} {c}")
            elif op == "fnma":
                a = self.new(f"fneg {kind} {a}")
            result = self.intrinsic("fma", a, b, c)
        elif op == "scale":
            result = self.scaled(args[0], float(args[1]))
        elif op == "negate":
            result = self.new(f"fneg {kind} {self.value(args[0])}")
        elif op in _INTRINSIC:
            result = self.intrinsic(_INTRINSIC[op], self.value(args[0]))
        elif op == "select":
            mask, yes, no = self.condition(args[0]), self.value(args[1]), self.value(args[2])
            result = self.new(f"select {self.truth} {mask}, {kind} {yes}, {kind} {no}")
        elif OPERATIONS.get(op) is not None and OPERATIONS[op].truth:
            result = self._truth(op, args)
        else:
            self._kernel(names, op, args)
            return
        self.values[names[0]] = result

    def scaled(self, argument: Argument, divisor: float) -> str:
        """x/c as x·h + x·l with 1/c = h + l: rounded as the quotient is, but for one case in 10¹⁵."""
        x = self.value(argument)
        exact = 1 / Fraction(divisor)
        high = float(exact)
        if Fraction(high) == exact:
            return self.new(f"fmul {self.kind} {x}, {self.value(high)}")
        if abs(Fraction(high)) > abs(exact):
            high = math.nextafter(high, 0.0)  # both parts of one sign, so that ∞ is no ∞ − ∞
        low = float(exact - Fraction(high))
        rest = self.new(f"fmul {self.kind} {x}, {self.value(low)}")
        return self.intrinsic("fma", x, self.value(high), rest)

    def _truth(self, op: str, args: Sequence[Argument]) -> str:
        if op in _COMPARISON:
            result = self.new(f"fcmp {_COMPARISON[op]} {self.kind} {self.value(args[0])}, {self.value(args[1])}")
        else:
            masks = [self.condition(argument) for argument in args]
            if op == "not":
                masks.append("true" if self.width == 1 else "splat (i1 true)")
            result = self.new(f"{'xor' if op == 'not' else op} {self.truth} {masks[0]}, {masks[1]}")
        self.truths.add(result)
        return result

    def intrinsic(self, name: str, *arguments: str) -> str:
        full = f"@llvm.{name}." + ("f64" if self.width == 1 else f"v{self.width}f64")
        self.declared.add(f"declare {self.kind} {full}({', '.join([self.kind] * len(arguments))})")
        return self.new(f"call {self.kind} {full}({', '.join(f'{self.kind} {a}' for a in arguments)})")

    def call(self, op: str, width: int, arguments: Sequence[str]) -> list[str]:
        """A call of a kernel at some width; the names of its results."""
        self.kernels[op, width] = self.kernels.get((op, width), 0) + 1
        kind = "double" if width == 1 else f"<{width} x double>"
        kinds = result_type(op, width)
        passed = ", ".join(f"{kind} {argument}" for argument in arguments)
        result = self.new(f"call {kinds} @{symbol(op, width)}({passed})")
        if op not in PAIRS:
            return [result]
        return [self.new(f"extractvalue {kinds} {result}, {i}") for i in (0, 1)]

    def _kernel(self, names: Sequence[str], op: str, args: Sequence[Argument]) -> None:
        for name, result in zip(names, self.call(op, self.width, [self.value(argument) for argument in args])):
            self.values[name] = result

    def group(self, steps: Sequence[Step]) -> None:
        """Steps of one function at one point, as one vector call with the spare lanes repeating the last."""
        if len(steps) == 1:
            self.step(steps[0])
            return
        op = steps[0].op
        lanes = 2 if len(steps) == 2 else 4 if len(steps) <= 4 else 8
        packed = []
        for position in range(KERNELS[op].arity):
            vector = "poison"
            for i in range(lanes):
                part = self.value(steps[min(i, len(steps) - 1)].args[position])
                vector = self.new(f"insertelement <{lanes} x double> {vector}, double {part}, i32 {i}")
            packed.append(vector)
        results = self.call(op, lanes, packed)
        for i, step in enumerate(steps):
            for name, result in zip(step.names, results):
                self.values[name] = self.new(f"extractelement <{lanes} x double> {result}, i32 {i}")


class Module:
    """The functions of one module and what they need."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.functions: list[str] = []
        self.declared: set[str] = set()
        self.kernels: dict[tuple[str, int], int] = {}

    def take(self, body: Body) -> None:
        self.declared |= body.declared
        for key, count in body.kernels.items():
            self.kernels[key] = self.kernels.get(key, 0) + count

    @property
    def text(self) -> str:
        inline = sum(self.kernels.values()) <= INLINED
        texts: list[str] = []
        declared = set(self.declared)
        for name, width in sorted(self.kernels):
            functions, needed = definition(name, width, self.target)
            texts += functions if inline else [text.replace("alwaysinline", "noinline") for text in functions]
            declared |= needed
        return "\n".join(
            [*sorted(declared), *texts, *self.functions, '!0 = !{!"branch_weights", i32 1, i32 100000}', ""]
        )


def write_point(
    program: Program, target: Target, places: Sequence[Sequence[int]] | None = None, *, inline: bool = False
) -> Module:
    """A module with `void point(ptr x, ptr o, ptr memory)`: all outputs at one point.

    Output k is written to o[k], or to all of o[places[k]]. `memory` holds what crosses from one function to the next:
    `memory_of(program)` doubles.
    """
    module = Module(target)
    groups = gathered(fused(program, target), target)

    def load(body: Body, i: int) -> str:
        place = body.new(f"getelementptr double, ptr %x, i64 {i}")
        return body.new(f"load double, ptr {place}, align 8")

    def store(body: Body, k: int, value: str) -> None:
        for position in (k,) if places is None else places[k]:
            place = body.new(f"getelementptr double, ptr %o, i64 {position}")
            body.lines.append(f"  store double {value}, ptr {place}, align 8")

    _functions(module, program, groups, 1, _Rows("point", "ptr %x, ptr %o, ptr %memory", load, store), inline=inline)
    return module


def write_block(program: Program, target: Target, *, past_the_cache: bool = False) -> Module:
    """A module with `void block(ptr inputs, ptr outputs, i64 start, i64 stop, ptr memory)`, whole vectors only.

    With `past_the_cache` the stores don't first read the memory that they fill; then all rows must be aligned to a
    vector at `start`.
    """
    module = Module(target)
    width = target.width
    groups = [[step] for step in fused(program, target)]
    kind = f"<{width} x double>"

    def load(body: Body, i: int) -> str:
        pointer = body.new(f"getelementptr ptr, ptr %inputs, i64 {i}")
        row = body.new(f"load ptr, ptr {pointer}, align 8, !invariant.load !1")
        place = body.new(f"getelementptr double, ptr {row}, i64 %i")
        return body.new(f"load {kind}, ptr {place}, align 8")

    def store(body: Body, k: int, value: str) -> None:
        pointer = body.new(f"getelementptr ptr, ptr %outputs, i64 {k}")
        row = body.new(f"load ptr, ptr {pointer}, align 8, !invariant.load !1")
        place = body.new(f"getelementptr double, ptr {row}, i64 %i")
        how = f"align {8 * width}, !nontemporal !2" if past_the_cache else "align 8"
        body.lines.append(f"  store {kind} {value}, ptr {place}, {how}")

    fence = past_the_cache and target.x86
    if fence:
        module.declared.add("declare void @llvm.x86.sse.sfence()")
    inner = "ptr %inputs, ptr %outputs, i64 %i, ptr %memory"
    _functions(module, program, groups, width, _Rows("block.one", inner, load, store), inline=True)
    module.functions.append(
        f"""define void @block(ptr %inputs, ptr %outputs, i64 %start, i64 %stop, ptr %memory) nounwind {{
entry:
  %any = icmp slt i64 %start, %stop
  br i1 %any, label %loop, label %done
loop:
  %i = phi i64 [ %start, %entry ], [ %next, %loop ]
  call void @block.one({inner})
  %next = add nsw i64 %i, {width}
  %more = icmp slt i64 %next, %stop
  br i1 %more, label %loop, label %done
done:
{"  call void @llvm.x86.sse.sfence()" if fence else ""}
  ret void
}}
!1 = !{{}}
!2 = !{{i32 1}}"""
    )
    return module


class _Rows(NamedTuple):
    """How a body is called, and how it reads its inputs and writes its outputs."""

    name: str
    arguments: str
    load: Callable[[Body, int], str]
    store: Callable[[Body, int, str], None]


def _functions(
    module: Module, program: Program, groups: Sequence[Sequence[Step]], width: int, rows: _Rows, *, inline: bool = False
) -> None:
    """The body as one function, or as several that hand values on through memory."""
    name, arguments, load, store = rows
    parts = _parts(groups)
    last = _last_part(program, parts)
    slots: dict[Argument, int] = {}
    home = {
        step_name: p for p, part in enumerate(parts) for group in part for step in group for step_name in step.names
    }
    calls = []
    for p, part in enumerate(parts):
        body = Body(width, module.target)
        for argument in _needed(program, part, p == len(parts) - 1):
            if argument.startswith("x"):
                body.values[argument] = load(body, int(argument[1:]))
            elif home[argument] != p:
                place = body.new(f"getelementptr {body.kind}, ptr %memory, i64 {slots[argument]}")
                body.values[argument] = body.new(f"load {body.kind}, ptr {place}, align 8")
        for group in part:
            body.group(group) if width == 1 else body.step(group[0])
        for group in part:
            for made in (made for step in group for made in step.names if last.get(made, -1) > p):
                slots[made] = len(slots)
                place = body.new(f"getelementptr {body.kind}, ptr %memory, i64 {slots[made]}")
                body.lines.append(f"  store {body.kind} {body.value(made)}, ptr {place}, align 8")
        if p == len(parts) - 1:
            outputs = [body.value(output) for output in program.outputs]
            for k, value in enumerate(outputs):
                store(body, k, value)
        module.take(body)
        own = name if len(parts) == 1 else f"{name}.{p}"
        linkage = "" if len(parts) == 1 and not inline else "internal "
        attributes = "alwaysinline nounwind" if inline and len(parts) == 1 else "noinline nounwind"
        module.functions.append(
            "\n".join([f"define {linkage}void @{own}({arguments}) {attributes} {{", *body.lines, "  ret void", "}"])
        )
        calls.append(f"  call void @{own}({arguments})")
    if len(parts) > 1:
        linkage = "internal " if inline else ""
        module.functions.append(
            "\n".join([f"define {linkage}void @{name}({arguments}) nounwind {{", *calls, "  ret void", "}"])
        )


def _parts(groups: Sequence[Sequence[Step]]) -> list[list[Sequence[Step]]]:
    total = sum(len(group) for group in groups)
    if total <= LONGEST:
        return [list(groups)]
    parts: list[list[Sequence[Step]]] = [[]]
    size = 0
    for group in groups:
        if size >= CHUNK:
            parts.append([])
            size = 0
        parts[-1].append(group)
        size += len(group)
    return parts


def _last_part(program: Program, parts: Sequence[Sequence[Sequence[Step]]]) -> dict[Argument, int]:
    """For each value the last part that reads it."""
    last: dict[Argument, int] = {}
    for p, part in enumerate(parts):
        for group in part:
            for step in group:
                for argument in step.args:
                    last[argument] = p
    for output in program.outputs:
        last[output] = len(parts) - 1
    return last


def _needed(program: Program, part: Iterable[Sequence[Step]], final: bool) -> list[str]:
    """The inputs and earlier values that a part reads, each once."""
    found: dict[str, None] = {}
    for group in part:
        for step in group:
            for argument in step.args:
                if isinstance(argument, str):
                    found.setdefault(argument)
    if final:
        for output in program.outputs:
            if isinstance(output, str):
                found.setdefault(output)
    return list(found)


def memory_of(program: Program) -> int:
    """How many values may cross between functions: an upper bound, 0 for short programs."""
    return len(program.lines) if len(program.lines) > LONGEST else 0
