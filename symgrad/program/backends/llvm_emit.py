"""From a program to LLVM IR: the body for one point, and what it has in common with that for a vector of points.

Independent calls of the same function are gathered at one point into one vector call, because the chain of one call
alone does not fill the processor. Long programs become several functions, because the time that LLVM takes grows
faster than their length. Vectors of points are written in `llvm_block`.
"""

from bisect import bisect_right
from collections.abc import Callable, Container, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from symgrad.program.backends.llvm_body import Body
from symgrad.program.backends.llvm_bounds import refined, unbounded
from symgrad.program.backends.llvm_fuse import Step, fused, gathered
from symgrad.program.backends.llvm_math import definition
from symgrad.program.backends.llvm_text import Target, double
from symgrad.program.program import Argument, Program
from symgrad.program.quick import Quick

__all__ = ["Body", "Module", "Rows", "memory_of", "write_functions", "write_point"]

CHUNK = 1000  # lines of each function of a program that is too long for one
LONGEST = 2000  # lines of a program that is one function
FULL = 50  # groups of steps from which the registers are full
ZEROED = 256  # empty places from which whole parts are zeroed first
INLINED = 90  # calls of kernels that are inlined in one module; beyond, they stay calls


class Module:
    """The functions of one module and what they need."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.functions: list[str] = []
        self.declared: set[str] = set()
        self.kernels: dict[tuple[str, int], int] = {}

    @property
    def long(self) -> str:
        """The attributes of a function whose values don't all fit into registers.

        LLVM keeps vectors on the stack as it finds it, so that half of them lie across two lines of the cache, unless
        it is told to align the stack first.
        """
        return 'nounwind "stackrealign"' if self.target.x86 else "nounwind"

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
    program: Program,
    target: Target,
    places: Sequence[Sequence[int]] | None = None,
    sizes: Sequence[int] | None = None,
    *,
    inline: bool = False,
    direct: Quick | None = None,
) -> Module:
    """A module with `void point(ptr x, ptr o, ptr memory)`: all outputs at one point.

    With a direct program, the program itself is run only where a condition of that does not hold.

    Output k is written to o[k], or to all of o[places[k]]. With `sizes`, o holds pointers to the parts of these sizes
    that places are counted through, and places that no output fills are zeroed. All inputs are read before anything is
    written, so that these may lie in the same memory. `memory` holds what crosses from one function to the next:
    `memory_of(program)` doubles.
    """
    module = Module(target)
    groups = gathered(refined(fused(program, target)), target)
    short = direct is not None and len(direct.program.lines) <= LONGEST

    def rows(name: str) -> Rows:
        return _point_rows(module, name, sizes, places, len(program.outputs))

    write_functions(module, program, groups, 1, rows("point.sure" if short else "point"), inline=inline)
    if direct is not None and short:
        _write_direct(module, direct, rows("point"), "point.sure")
    return module


def _point_rows(
    module: Module, name: str, sizes: Sequence[int] | None, places: Sequence[Sequence[int]] | None, outputs: int
) -> "Rows":
    """How the body for one point reads its inputs and writes its outputs."""
    parts = None if sizes is None else _Parts(sizes, places, outputs)
    if parts is not None:
        module.declared.add("declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)")

    def load(body: Body, i: int) -> str:
        place = body.new(f"getelementptr double, ptr %x, i64 {i}")
        return body.new(f"load double, ptr {place}, align 8")

    def store(body: Body, k: int, value: str) -> None:
        if parts is not None:
            parts.begin(body)
        for position in (k,) if places is None else places[k]:
            if parts is None:
                place = body.new(f"getelementptr double, ptr %o, i64 {position}")
            else:
                place = parts.place(body, position)
            body.lines.append(f"  store double {value}, ptr {place}, align 8")

    return Rows(name, "ptr %x, ptr %o, ptr %memory", load, store)


def _write_direct(module: Module, direct: Quick, rows: "Rows", sure: str) -> None:
    """The body of a direct program, which leaves the point to the function `sure` where a condition does not hold."""
    inputs, lines, outputs = direct.program.inputs, direct.program.lines, direct.program.outputs
    wanted = len(outputs) - direct.conditions
    body = Body(1, module.target)
    steps = unbounded(refined(fused(direct.program, module.target)), outputs[wanted:])
    groups = gathered(steps, module.target)
    _write_part(body, direct.program, groups, rows, {}, ())
    held = body.condition(outputs[wanted])
    for condition in outputs[wanted + 1 :]:
        held = body.new(f"and i1 {held}, {body.condition(condition)}")
    body.lines += [f"  br i1 {held}, label %direct, label %sure, !prof !6", "sure:"]
    body.lines += [f"  call void @{sure}({rows.arguments})", "  ret void", "direct:"]
    _write_outputs(body, Program(inputs, lines, outputs[:wanted]), rows, {})
    module.take(body)
    attributes = f"noinline {module.long if len(groups) > FULL else 'nounwind'}"
    text = [f"define void @{rows.name}({rows.arguments}) {attributes} {{", *body.lines, "  ret void", "}"]
    module.functions.append("\n".join([*text, '!6 = !{!"branch_weights", i32 100000, i32 1}']))


class _Parts:
    """Where the parts of the outputs lie, each in memory of its own."""

    def __init__(self, sizes: Sequence[int], places: Sequence[Sequence[int]] | None, outputs: int) -> None:
        self._starts = list(accumulate(sizes, initial=0))
        filled = set(range(outputs)) if places is None else {position for place in places for position in place}
        self._empty = [position for position in range(self._starts[-1]) if position not in filled]
        self._pointers: list[str] = []
        self._body: Body | None = None

    def begin(self, body: Body) -> None:
        """Find the parts, and zero what stays empty, once in a body."""
        if self._body is body:
            return
        self._body, self._pointers = body, []
        for k in range(len(self._starts) - 1):
            slot = body.new(f"getelementptr ptr, ptr %o, i64 {k}")
            self._pointers.append(body.new(f"load ptr, ptr {slot}, align 8"))
        if len(self._empty) > ZEROED:  # a row of zeros is one instruction for several, a memset a call
            for pointer, low, high in zip(self._pointers, self._starts, self._starts[1:]):
                size = 8 * (high - low)
                body.lines.append(f"  call void @llvm.memset.p0.i64(ptr {pointer}, i8 0, i64 {size}, i1 false)")
            return
        for position in self._empty:
            body.lines.append(f"  store double {double(0.0)}, ptr {self.place(body, position)}, align 8")

    def place(self, body: Body, position: int) -> str:
        part = bisect_right(self._starts, position) - 1
        pointer, index = self._pointers[part], position - self._starts[part]
        return body.new(f"getelementptr double, ptr {pointer}, i64 {index}")


class Rows(NamedTuple):
    """How a body is called, and how it reads its inputs and writes its outputs."""

    name: str
    arguments: str
    load: Callable[[Body, int], str]
    store: Callable[[Body, int, str], None]


def write_functions(
    module: Module, program: Program, groups: Sequence[Sequence[Step]], width: int, rows: Rows, *, inline: bool = False
) -> None:
    """The body as one function, or as several that hand values on through memory."""
    name, arguments = rows.name, rows.arguments
    parts = _parts(groups)
    last = _last_part(parts)
    if width == 1:
        last |= dict.fromkeys(program.outputs, len(parts) - 1)
    slots: dict[Argument, int] = {}
    calls = []
    for p, part in enumerate(parts):
        body = Body(width, module.target)
        _write_part(body, program, part, rows, slots, {made for made, end in last.items() if end > p})
        if p == len(parts) - 1:
            _write_outputs(body, program, rows, slots)
        module.take(body)
        own = name if len(parts) == 1 else f"{name}.{p}"
        linkage = "" if len(parts) == 1 and not inline else "internal "
        attributes = f"noinline {module.long if sum(map(len, part)) > FULL else 'nounwind'}"
        if inline and len(parts) == 1:
            attributes = "alwaysinline nounwind"
        module.functions.append(
            "\n".join([f"define {linkage}void @{own}({arguments}) {attributes} {{", *body.lines, "  ret void", "}"])
        )
        calls.append(f"  call void @{own}({arguments})")
    if len(parts) > 1:
        linkage = "internal " if inline else ""
        module.functions.append(
            "\n".join([f"define {linkage}void @{name}({arguments}) nounwind {{", *calls, "  ret void", "}"])
        )


def _write_part(
    body: Body,
    program: Program,
    part: Sequence[Sequence[Step]],
    rows: Rows,
    slots: dict[Argument, int],
    later: Container[Argument],
) -> None:
    """The instructions of one function; what is needed `later` goes to memory.

    Vectors are loaded where they are first needed, and results stored as soon as they are there, so that they don't
    fill the registers. At one point all is loaded first and stored last: so LLVM finds what can be done side by side.
    """
    places: dict[Argument, list[int]] = {}
    if body.width > 1:
        for k, output in enumerate(program.outputs):
            places.setdefault(output, []).append(k)
    else:
        for argument in dict.fromkeys(a for group in part for step in group for a in step.args):
            if isinstance(argument, str) and (argument[0] == "x" or argument in slots):
                _fetch(body, argument, rows, slots)
    for group in part:
        for argument in (a for step in group for a in step.args):
            _fetch(body, argument, rows, slots)
        body.group(group)
        for made in (made for step in group for made in step.names):
            for k in places.get(made, ()):
                rows.store(body, k, body.value(made))
            if made in later:
                slots[made] = len(slots)
                place = body.new(f"getelementptr {body.kind}, ptr %memory, i64 {slots[made]}")
                body.lines.append(f"  store {body.kind} {body.value(made)}, ptr {place}, align 8")


def _write_outputs(body: Body, program: Program, rows: Rows, slots: dict[Argument, int]) -> None:
    """The stores of the outputs that aren't stored yet: of vectors only inputs and numbers."""
    left = [
        (k, output)
        for k, output in enumerate(program.outputs)
        if body.width == 1 or not isinstance(output, str) or output[0] == "x"
    ]
    for _, output in left:
        _fetch(body, output, rows, slots)
    for k, value in [(k, body.value(output)) for k, output in left]:
        rows.store(body, k, value)


def _fetch(body: Body, argument: Argument, rows: Rows, slots: Mapping[Argument, int]) -> None:
    """Load an input, or a value of an earlier function, unless it is there."""
    if not isinstance(argument, str) or argument in body.values:
        return
    if argument[0] == "x":
        body.values[argument] = rows.load(body, int(argument[1:]))
    else:
        place = body.new(f"getelementptr {body.kind}, ptr %memory, i64 {slots[argument]}")
        body.values[argument] = body.new(f"load {body.kind}, ptr {place}, align 8")


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


def _last_part(parts: Sequence[Sequence[Sequence[Step]]]) -> dict[Argument, int]:
    """For each value the last part that reads it."""
    last: dict[Argument, int] = {}
    for p, part in enumerate(parts):
        for group in part:
            for step in group:
                for argument in step.args:
                    last[argument] = p
    return last


def memory_of(program: Program) -> int:
    """How many values may cross between functions: an upper bound, 0 for short programs."""
    return len(program.lines) if len(program.lines) > LONGEST else 0
