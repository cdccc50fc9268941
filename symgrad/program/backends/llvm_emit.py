"""From a program to LLVM IR: the body for one point, and the body for a vector of points.

Products that are used once by a sum are fused with it (one rounding instead of two), always in the same way, so that
every width and every level of optimisation gives the same bits. In the body for one point, independent calls of the
same function are gathered into one vector call. Long programs become several functions, because the time that LLVM
takes grows faster than their length.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from symgrad.program.backends.llvm_math import KERNELS, PAIRS, definition, result_type, symbol
from symgrad.program.backends.llvm_text import Target, double
from symgrad.program.program import OPERATIONS, Argument, Line, Program

CHUNK = 800  # lines a function
INLINED = 90  # calls of kernels that are inlined in one module; beyond, they stay calls

_ARITHMETIC = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
_COMPARISON = {"less": "olt", "less_equal": "ole", "equal": "oeq", "not_equal": "une"}
_INTRINSIC = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil", "round": "rint"}
_GATHERED = frozenset(
    [
        "exp",
        "expm1",
        "log",
        "log1p",
        "log1p_of_unit",
        "sinh",
        "cosh",
        "tanh",
        "tanh_and_decay",
        "arsinh",
        "arcosh",
        "artanh",
        "power",
        "sincos",
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "erf",
        "erfc",
        "erfinv",
        "digamma",
        "atan2",
        "hypot",
    ]
)


class Step(NamedTuple):
    """A line after fusion: an operation of the set, `fma` (a·b + c), `fms` (a·b − c), `fnma` (c − a·b), `scale` (a·c with
    1/c given), or a kernel that is no operation by itself."""

    names: tuple[str, ...]
    op: str
    args: tuple[Argument, ...]


def fused(program: Program, target: Target) -> list[Step]:
    """The lines with products put into sums and with what is computed best together put together."""
    lines = {line.name: line for line in program.lines}
    products = _inner_products(program) if target.fma else {}
    pairs = _pairs(lines) if target.fma else {}
    steps: list[Step] = []
    taken: set[Argument] = set()
    done: set[str] = set()
    for name, op, args in program.lines:
        if op in ("add", "subtract"):
            left, right = args
            if right in products:
                taken.add(right)
                steps.append(Step((name,), "fma" if op == "add" else "fnma", (*products[right].args, left)))
                continue
            if left in products:
                taken.add(left)
                steps.append(Step((name,), "fma" if op == "add" else "fms", (*products[left].args, right)))
                continue
        elif name in pairs:
            if pairs[name].names[0] not in done:
                steps.append(pairs[name])
            done.add(pairs[name].names[0])
            continue
        elif op == "divide" and target.fma and isinstance(args[1], float) and 2.0**-900 < abs(args[1]) < 2.0**900:
            op = "scale"
        elif op == "log1p" and target.fma and _is_decay(lines, args[0]):
            op = "log1p_of_unit"
        steps.append(Step((name,), op, args))
    return [step for step in steps if step.names[0] not in taken]


def _inner_products(program: Program) -> dict[Argument, Line]:
    """The products that are used once."""
    uses: dict[Argument, int] = {}
    for line in program.lines:
        for argument in line.args:
            uses[argument] = uses.get(argument, 0) + 1
    for output in program.outputs:
        uses[output] = uses.get(output, 0) + 1
    return {line.name: line for line in program.lines if line.op == "multiply" and uses.get(line.name) == 1}


def _pairs(lines: dict[str, Line]) -> dict[str, Step]:
    """Lines that one kernel computes together: sin u with cos u, tanh u with e^(−2|u|)."""
    partners: dict[tuple[str, Argument], str] = {}
    pairs: dict[str, Step] = {}
    for name, op, args in lines.values():
        if op in ("sin", "cos", "tanh"):
            kind, key = op, args[0]
        elif op == "exp" and _is_decay(lines, name):
            kind, key = "decay", _half_of(lines, lines[lines[str(args[0])].args[0]].args[0])  # type: ignore[index]
            if key is None:
                continue
        else:
            continue
        partners[kind, key] = name
        for first, second, kernel in (("sin", "cos", "sincos"), ("tanh", "decay", "tanh_and_decay")):
            if kind in (first, second) and (first, key) in partners and (second, key) in partners:
                names = (partners[first, key], partners[second, key])
                step = Step(names, kernel, (key,))
                pairs[names[0]] = pairs[names[1]] = step
    return pairs


def _is_decay(lines: dict[str, Line], argument: Argument) -> bool:
    """Whether a value is e^(−|u|), so that it lies between 0 and 1."""
    inner = argument
    for op in ("exp", "negate", "abs"):
        line = lines.get(inner) if isinstance(inner, str) else None
        if line is None or line.op != op:
            return False
        inner = line.args[0]
    return True


def _half_of(lines: dict[str, Line], argument: Argument) -> Argument | None:
    """u where the value is 2·u."""
    line = lines.get(argument) if isinstance(argument, str) else None
    if line is None or line.op != "multiply" or 2.0 not in line.args:
        return None
    return line.args[1] if line.args[0] == 2.0 else line.args[0]


def gathered(steps: Sequence[Step], target: Target) -> list[list[Step]]:
    """Groups of steps in an order to compute in: calls of the same function that don't depend on each other together.

    A step's depth is the longest chain of calls below it; calls of the same depth are independent.
    """
    depth: dict[Argument, int] = {}
    calls: dict[tuple[int, str], list[Step]] = {}
    plain: dict[int, list[Step]] = {}
    for step in steps:
        below = max((depth.get(argument, 0) for argument in step.args), default=0)
        if step.op in _GATHERED:
            below += 1
            calls.setdefault((below, step.op), []).append(step)
        else:
            plain.setdefault(below, []).append(step)
        for name in step.names:
            depth[name] = below
    groups: list[list[Step]] = []
    for level in range(max(depth.values(), default=0) + 1):
        for (at, _), members in calls.items():
            if at == level:
                groups += [members[i : i + target.width] for i in range(0, len(members), target.width)]
        groups += [[step] for step in plain.get(level, ())]
    return groups


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


Load = Callable[[Body, int], str]
Store = Callable[[Body, int, str], None]


def write_point(program: Program, target: Target, name: str = "point") -> Module:
    """A module with `void point(ptr x, ptr o, ptr memory)`: all outputs at one point.

    `memory` holds what crosses from one function to the next: `memory_of(program)` doubles.
    """
    module = Module(target)
    groups = gathered(fused(program, target), target)

    def load(body: Body, i: int) -> str:
        place = body.new(f"getelementptr double, ptr %x, i64 {i}")
        return body.new(f"load double, ptr {place}, align 8")

    def store(body: Body, k: int, value: str) -> None:
        place = body.new(f"getelementptr double, ptr %o, i64 {k}")
        body.lines.append(f"  store double {value}, ptr {place}, align 8")

    _functions(module, program, groups, 1, name, "ptr %x, ptr %o, ptr %memory", load, store)
    return module


def write_block(program: Program, target: Target, name: str = "block") -> Module:
    """A module with `void block(ptr inputs, ptr outputs, i64 start, i64 stop, ptr memory)`, whole vectors only."""
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
        body.lines.append(f"  store {kind} {value}, ptr {place}, align 8")

    inner = "ptr %inputs, ptr %outputs, i64 %i, ptr %memory"
    _functions(module, program, groups, width, name + ".one", inner, load, store, inline=True)
    module.functions.append(
        f"""define void @{name}(ptr %inputs, ptr %outputs, i64 %start, i64 %stop, ptr %memory) nounwind {{
entry:
  %any = icmp slt i64 %start, %stop
  br i1 %any, label %loop, label %done
loop:
  %i = phi i64 [ %start, %entry ], [ %next, %loop ]
  call void @{name}.one({inner})
  %next = add nsw i64 %i, {width}
  %more = icmp slt i64 %next, %stop
  br i1 %more, label %loop, label %done
done:
  ret void
}}
!1 = !{{}}"""
    )
    return module


def _functions(
    module: Module, program: Program, groups: Sequence[Sequence[Step]], width: int, name: str, arguments: str,
    load: Load, store: Store, *, inline: bool = False,
) -> None:  # fmt: skip
    """The body as one function, or as several that hand values on through memory."""
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
    if total <= CHUNK * 5 // 4:
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


def memory_of(program: Program, target: Target) -> int:
    """How many values may cross between functions: an upper bound, 0 for short programs."""
    return len(program.lines) if len(program.lines) > CHUNK else 0
