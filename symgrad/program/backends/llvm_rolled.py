"""Sums of like terms with the terms in the lanes of vectors: the value of a sum and its derivatives at one point.

What is the same in all terms is spread over the lanes, what differs stands in constants; in the end the lanes are added
up, halves on halves, which is the shortest chain. How a sum gets here is `rolled`.
"""

from collections.abc import Sequence

from symgrad.program.backends.llvm_body import Body
from symgrad.program.backends.llvm_bounds import Bounds, refined
from symgrad.program.backends.llvm_emit import Module
from symgrad.program.backends.llvm_fuse import fused
from symgrad.program.backends.llvm_order import grouped
from symgrad.program.backends.llvm_text import double
from symgrad.program.lanes import Lanes
from symgrad.program.program import Argument

SIDE_BY_SIDE = 32  # lanes of one call of a kernel


def write(module: Module, sums: Sequence[Lanes]) -> None:
    """`void sums(ptr x, ptr s)`: each sum at x, then its derivatives, one sum behind the other in s."""
    whole = Body(1, module.target)
    start = 0
    for k, lanes in enumerate(sums):
        count = 1 + len(lanes.moving)
        pieces = []
        first = 0
        for width in _widths(lanes.terms, 2 * module.target.width):
            name = f"sums.{k}.{first}"
            _piece(module, lanes, name, first, width)
            vectors = whole.new(f"alloca [{count} x <{width} x double>], align {8 * width}")
            whole.lines.append(f"  call void @{name}(ptr %x, ptr {vectors})")
            pieces.append((width, vectors))
            first += width
        for output in range(count):
            found = [(width, _taken(whole, vectors, width, output)) for width, vectors in pieces]
            place = whole.new(f"getelementptr double, ptr %s, i64 {start + output}")
            whole.lines.append(f"  store double {_added(whole, found)}, ptr {place}, align 8")
        start += count
    text = ["define internal void @sums(ptr %x, ptr %s) alwaysinline nounwind {", *whole.lines, "  ret void", "}"]
    module.functions.append("\n".join(text))


def _widths(terms: int, most: int) -> list[int]:
    """Powers of two that add up to the number of terms, the widest first.

    >>> _widths(20, 16), _widths(7, 16)
    ([16, 4], [4, 2, 1])
    """
    widths = []
    while terms:
        widths.append(min(most, 1 << terms.bit_length() - 1))
        terms -= widths[-1]
    return widths


def _piece(module: Module, lanes: Lanes, name: str, first: int, width: int) -> None:
    """`name(x, v)`: value and derivatives of `width` terms from the first on, a vector each."""
    body = Body(width, module.target)
    program = lanes.program
    known: dict[Argument, Bounds] = {}
    for k, place in enumerate(lanes.places):
        if isinstance(place, int):
            body.values[f"x{k}"] = _spread(body, place)
        else:
            body.values[f"x{k}"] = _constant(place[first : first + width])
            known[f"x{k}"] = (min(place), max(place))
    steps = refined(fused(program, module.target), known)
    for group in grouped(steps, program.outputs, max(1, SIDE_BY_SIDE // width)):
        body.group(group)
    for k, output in enumerate(program.outputs):
        target = body.new(f"getelementptr {body.kind}, ptr %v, i64 {k}")
        body.lines.append(f"  store {body.kind} {body.value(output)}, ptr {target}, align {8 * width}")
    module.take(body)
    text = [f"define internal void @{name}(ptr %x, ptr %v) alwaysinline nounwind {{", *body.lines, "  ret void", "}"]
    module.functions.append("\n".join(text))


def _spread(body: Body, position: int) -> str:
    """A variable in every lane."""
    place = body.new(f"getelementptr double, ptr %x, i64 {position}")
    value = body.new(f"load double, ptr {place}, align 8")
    if body.width == 1:
        return value
    one = body.new(f"insertelement {body.kind} poison, double {value}, i32 0")
    return body.new(f"shufflevector {body.kind} {one}, {body.kind} poison, <{body.width} x i32> zeroinitializer")


def _constant(column: Sequence[float]) -> str:
    if len(column) == 1:
        return double(column[0])
    return "<" + ", ".join(f"double {double(value)}" for value in column) + ">"


def _taken(body: Body, vectors: str, width: int, output: int) -> str:
    kind = f"<{width} x double>" if width > 1 else "double"
    place = body.new(f"getelementptr {kind}, ptr {vectors}, i64 {output}")
    return body.new(f"load {kind}, ptr {place}, align {8 * width}")


def _added(body: Body, pieces: Sequence[tuple[int, str]]) -> str:
    """The sum of all lanes: vectors are halved until they are as wide as the next, and added to it."""
    (width, value), *others = pieces
    for other_width, other in [*others, (1, "")]:
        while width > other_width:
            value, width = _halved(body, value, width), width // 2
        if other:
            kind = f"<{width} x double>" if width > 1 else "double"
            value = body.new(f"fadd {kind} {value}, {other}")
    return value


def _halved(body: Body, vector: str, width: int) -> str:
    kind, half = f"<{width} x double>", width // 2
    if half == 1:
        parts = [body.new(f"extractelement {kind} {vector}, i32 {i}") for i in (0, 1)]
        return body.new(f"fadd double {parts[0]}, {parts[1]}")
    parts = []
    for start in (0, half):
        mask = ", ".join(f"i32 {i}" for i in range(start, start + half))
        parts.append(body.new(f"shufflevector {kind} {vector}, {kind} poison, <{half} x i32> <{mask}>"))
    return body.new(f"fadd <{half} x double> {parts[0]}, {parts[1]}")
