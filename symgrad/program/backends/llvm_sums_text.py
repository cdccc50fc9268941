"""The text of a sum of like terms with its gradient in one pass over memory.

Components that stand beside one another in a term (x[i] and x[i + 1]) form a window: their derivatives are shifted
against each other in registers and added there, so that each component of the gradient is written once and nothing is
cleared or read before. Sums of many terms are sums of short runs, and these are added with what each addition loses.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from symgrad.program.backends import llvm_emit
from symgrad.program.backends.llvm_fuse import Step, fused
from symgrad.program.backends.llvm_text import Target
from symgrad.program.program import Program

Places = Sequence[tuple[str, Any]]  # for each input ("one", position), ("slice", position), ("many", positions), …

RUN = 32  # vectors whose values are added before what is lost is taken care of


class Window(NamedTuple):
    """Slices that lie within a vector of each other: where the first begins, and (output, shift) of each."""

    begin: int
    slices: tuple[tuple[int, int], ...]

    @property
    def reach(self) -> int:
        """How far the last slice goes beyond the first."""
        return self.slices[-1][1]


def windows(places: Places, outputs: dict[int, int], width: int) -> list[Window]:
    """The slices in windows, the last first, so that what is written first is touched first.

    >>> windows([("slice", 4), ("data", None), ("slice", 5), ("slice", 90)], {0: 1, 2: 2, 3: 3}, 8)
    [Window(begin=90, slices=((3, 0),)), Window(begin=4, slices=((1, 0), (2, 1)))]
    """
    slices = sorted((where, outputs[k]) for k, (kind, where) in enumerate(places) if kind == "slice" and k in outputs)
    found: list[list[tuple[int, int]]] = []
    for where, output in slices:
        if not found or where - found[-1][0][0] > width:
            found.append([])
        found[-1].append((where, output))
    return [Window(group[0][0], tuple((output, where - group[0][0]) for where, output in group)) for group in found][
        ::-1
    ]


class Writer:
    """The text of one module."""

    def __init__(self, program: Program, kinds: Sequence[str], target: Target, mode: "Mode") -> None:
        self.program, self.kinds, self.target, self.mode = program, kinds, target, mode
        self.width = target.width
        self.kind = f"<{self.width} x double>"
        self.module = llvm_emit.Module(target)
        self.steps: list[Step] = fused(program, target)
        shifted = [
            (w, j) for w, window in enumerate(mode.windows) for j, (_, shift) in enumerate(window.slices) if shift
        ]
        self.before = {place: n for n, place in enumerate(shifted)}  # the vector before, of every shifted slice
        self.sums = [0, *mode.ones]  # outputs that are added up
        self.state = len(self.before) + 2 * len(self.sums)  # vectors that live on from run to run

    def text(self) -> str:
        self.module.declared.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
        if self.mode.past and self.target.x86:
            self.module.declared.add("declare void @llvm.x86.sse.sfence()")
        self.module.functions += [self._run(), self._edge(), _PLACE, self._driver()]
        return self.module.text + "\n!1 = !{i32 1}\n"

    # ---- one vector of terms -----------------------------------------------------------------------------------------

    def _body(self, mask: str | None) -> tuple[list[str], list[str]]:
        """The instructions for the terms from %i on, and the names of the outputs; masked ones are zero."""
        body = llvm_emit.Body(self.width, self.target)
        for k, kind in enumerate(self.kinds):
            row = body.new(f"getelementptr ptr, ptr %table, i64 {k}")
            body.values[f"x{k}"] = self._loaded(body, kind, body.new(f"load ptr, ptr {row}"), mask)
        for step in self.steps:
            body.step(step)
        outputs = [body.value(output) for output in self.program.outputs]
        if mask is not None:
            zero = "zeroinitializer"
            truths = f"<{self.width} x i1>"
            outputs = [
                body.new(f"select {truths} {mask}, {self.kind} {output}, {self.kind} {zero}") for output in outputs
            ]
        self.module.take(body)
        return body.lines, outputs

    def _loaded(self, body: llvm_emit.Body, kind: str, row: str, mask: str | None) -> str:
        vector, width = self.kind, self.width
        if kind == "one":
            number = body.new(f"load double, ptr {row}")
            first = body.new(f"insertelement {vector} poison, double {number}, i32 0")
            return body.new(f"shufflevector {vector} {first}, {vector} poison, <{width} x i32> zeroinitializer")
        place = body.new(f"getelementptr double, ptr {row}, i64 %i")
        if kind != "many":
            return self._vector(body, "double", "f64", place, mask)
        where = self._vector(body, "i64", "i64", place, mask)
        places = body.new(f"getelementptr double, ptr %x, <{width} x i64> {where}")
        name = f"@llvm.masked.gather.v{width}f64.v{width}p0"
        body.declared.add(f"declare {vector} {name}(<{width} x ptr>, i32, <{width} x i1>, {vector})")
        chosen = f"<{width} x i1> {mask or 'splat (i1 true)'}"
        return body.new(f"call {vector} {name}(<{width} x ptr> {places}, i32 8, {chosen}, {vector} zeroinitializer)")

    def _vector(self, body: llvm_emit.Body, kind: str, short: str, place: str, mask: str | None) -> str:
        vector = f"<{self.width} x {kind}>"
        if mask is None:
            return body.new(f"load {vector}, ptr {place}, align 8")
        name = f"@llvm.masked.load.v{self.width}{short}.p0"
        body.declared.add(f"declare {vector} {name}(ptr, i32, <{self.width} x i1>, {vector})")
        chosen = f"<{self.width} x i1> {mask}, {vector} zeroinitializer"
        return body.new(f"call {vector} {name}(ptr {place}, i32 8, {chosen})")

    def _windowed(self, outputs: Sequence[str]) -> tuple[list[str], list[str]]:
        """The sums of the derivatives of each window, shifted against each other."""
        lines, totals = [], []
        for w, window in enumerate(self.mode.windows):
            total = ""
            for j, (output, shift) in enumerate(window.slices):
                value = outputs[output]
                if shift:
                    lanes = ", ".join(f"i32 {self.width - shift + lane}" for lane in range(self.width))
                    before = f"{self.kind} %before{self.before[w, j]}"
                    lines.append(
                        f"  %w{w}.{j} = shufflevector {before}, {self.kind} {value}, <{self.width} x i32> <{lanes}>"
                    )
                    value = f"%w{w}.{j}"
                if total:
                    lines.append(f"  %total{w}.{j} = fadd {self.kind} {total}, {value}")
                    value = f"%total{w}.{j}"
                total = value
            totals.append(total)
        return lines, totals

    def _scattered(self, outputs: Sequence[str]) -> Iterator[str]:
        """The derivatives at positions of their own, lane by lane: a position may come twice in a vector."""
        for k, output in self.mode.many:
            yield f"  %p{k} = getelementptr ptr, ptr %table, i64 {k}"
            yield f"  %q{k} = load ptr, ptr %p{k}"
            for lane in range(self.width):
                yield from self._added_to_one(k, lane, outputs[output])

    def _added_to_one(self, k: int, lane: int, value: str) -> Iterator[str]:
        """One lane's derivative, added to the component that stands in the list of input k."""
        name = f"{k}.{lane}"
        yield f"  %j{name} = add i64 %i, {lane}"
        yield f"  %r{name} = getelementptr i64, ptr %q{k}, i64 %j{name}"
        yield f"  %s{name} = load i64, ptr %r{name}"
        yield f"  %u{name} = getelementptr double, ptr %slopes, i64 %s{name}"
        yield f"  %a{name} = load double, ptr %u{name}"
        yield f"  %b{name} = extractelement {self.kind} {value}, i32 {lane}"
        yield f"  %c{name} = fadd double %a{name}, %b{name}"
        yield f"  store double %c{name}, ptr %u{name}"

    def _place(self, n: int, name: str) -> list[str]:
        return [f"  %{name} = getelementptr {self.kind}, ptr %state, i64 {n}"]

    def _read(self, n: int, name: str) -> list[str]:
        return [*self._place(n, name + ".p"), f"  %{name} = load {self.kind}, ptr %{name}.p, align 8"]

    def _keep(self, n: int, name: str, value: str) -> list[str]:
        return [*self._place(n, name), f"  store {self.kind} {value}, ptr %{name}, align 8"]

    def _added(self, m: int, value: str) -> list[str]:
        """A value added to sum number m in the state, and what that loses to the vector behind it (Knuth's TwoSum)."""
        n, kind = len(self.before) + 2 * m, self.kind
        lines = [*self._read(n, f"old{m}"), *self._read(n + 1, f"low{m}")]
        for name, text in (
            ("new", f"fadd {kind} %old{m}, {value}"),
            ("back", f"fsub {kind} %new{m}, %old{m}"),
            ("part", f"fsub {kind} %new{m}, %back{m}"),
            ("one", f"fsub {kind} %old{m}, %part{m}"),
            ("two", f"fsub {kind} {value}, %back{m}"),
            ("lost", f"fadd {kind} %one{m}, %two{m}"),
            ("rest", f"fadd {kind} %low{m}, %lost{m}"),
        ):
            lines.append(f"  %{name}{m} = {text}")
        return [*lines, *self._keep(n, f"new{m}.p", f"%new{m}"), *self._keep(n + 1, f"rest{m}.p", f"%rest{m}")]

    # ---- the functions -----------------------------------------------------------------------------------------------

    def _run(self) -> str:
        """run(x, slopes, table, out, start, stop, state): whole vectors from start to stop."""
        lines, outputs = self._body(None)
        moved, totals = self._windowed(outputs)
        stores = list(self._scattered(outputs))
        for w, total in enumerate(totals):
            stores += self._stored(w, total)
        last = [outputs[self.mode.windows[w].slices[j][0]] for w, j in self.before]
        phis = [
            f"  %before{n} = phi {self.kind} [ %first{n}, %entry ], [ {value}, %loop ]" for n, value in enumerate(last)
        ]
        adds, ends = [], []
        for m, output in enumerate(self.sums):
            phis.append(f"  %sum{m} = phi {self.kind} [ zeroinitializer, %entry ], [ %sum.next{m}, %loop ]")
            adds.append(f"  %sum.next{m} = fadd {self.kind} %sum{m}, {outputs[output]}")
            ends += self._added(m, f"%sum.next{m}")
        starts = [line for n in self.before.values() for line in self._read(n, f"first{n}")]
        keeps = [line for n, value in enumerate(last) for line in self._keep(n, f"keep{n}", value)]
        begun = [
            f"  %row{w}.p = getelementptr ptr, ptr %out, i64 {w}\n  %row{w} = load ptr, ptr %row{w}.p"
            for w in range(len(totals))
        ]
        return "\n".join(
            [
                f"define internal void @run({_POINTERS}, i64 %start, i64 %stop, ptr %state) noinline nounwind {{",
                "entry:", *starts, *begun, "  br label %loop",
                "loop:", "  %i = phi i64 [ %start, %entry ], [ %next, %loop ]",
                *phis, *lines, *moved, *stores, *adds,
                f"  %next = add i64 %i, {self.width}",
                "  %more = icmp slt i64 %next, %stop",
                "  br i1 %more, label %loop, label %done",
                "done:", *keeps, *ends, "  ret void", "}",
            ]
        )  # fmt: skip

    def _stored(self, w: int, total: str) -> list[str]:
        lines = [f"  %at{w} = getelementptr double, ptr %row{w}, i64 %i"]
        if w in self.mode.added:
            lines.append(f"  %there{w} = load {self.kind}, ptr %at{w}, align 8")
            lines.append(f"  %both{w} = fadd {self.kind} %there{w}, {total}")
            total = f"%both{w}"
        level = self.mode.past and w not in self.mode.added and not self._from_the_first(w) % self.width
        how = f"align {8 * self.width}, !nontemporal !1" if level else "align 8"
        return [*lines, f"  store {self.kind} {total}, ptr %at{w}, {how}"]

    def _from_the_first(self, w: int) -> int:
        return self.mode.windows[w].begin - self.mode.windows[0].begin

    def _edge(self) -> str:
        """edge(…, i, first, last, state, seen): one vector of terms of which only those from first to last count; what
        would be written to the windows goes to `seen`."""
        width = self.width
        numbers = ", ".join(f"i64 {lane}" for lane in range(width))
        lines, outputs = self._body("%mask")
        moved, totals = self._windowed(outputs)
        starts = [line for n in self.before.values() for line in self._read(n, f"before{n}")]
        last = [outputs[self.mode.windows[w].slices[j][0]] for w, j in self.before]
        keeps = [line for n, value in enumerate(last) for line in self._keep(n, f"keep{n}", value)]
        adds = [line for m, output in enumerate(self.sums) for line in self._added(m, outputs[output])]
        stores = []
        for w, total in enumerate(totals):
            stores.append(f"  %at{w} = getelementptr double, ptr %seen, i64 {2 * width * w}")
            stores.append(f"  store {self.kind} {total}, ptr %at{w}, align 8")
        scatter = ["  br label %many1"] if self.mode.many else []
        many = list(self._scattered_at_the_edge(outputs))
        lanes = f"<{width} x i64>"
        return "\n".join(
            [
                f"define internal void @edge({_POINTERS}, i64 %i, i64 %first, i64 %last, ptr %state, ptr %seen)"
                " noinline nounwind {",
                "entry:",
                f"  %here = insertelement {lanes} poison, i64 %i, i32 0",
                f"  %all = shufflevector {lanes} %here, {lanes} poison, <{width} x i32> zeroinitializer",
                f"  %number = add {lanes} %all, <{numbers}>",
                *_splat("first", width), *_splat("last", width),
                f"  %after = icmp sge {lanes} %number, %first.all",
                f"  %until = icmp slt {lanes} %number, %last.all",
                f"  %mask = and <{width} x i1> %after, %until",
                *starts, *lines, *moved, *stores, *keeps, *adds, *scatter, *many,
                "  ret void", "}",
            ]
        )  # fmt: skip

    def _scattered_at_the_edge(self, outputs: Sequence[str]) -> Iterator[str]:
        """As `_scattered`, but for terms outside of the range."""
        for count, (k, output) in enumerate(self.mode.many, start=1):
            yield f"many{count}:"
            yield f"  %p{k} = getelementptr ptr, ptr %table, i64 {k}"
            yield f"  %q{k} = load ptr, ptr %p{k}"
            for lane in range(self.width):
                name = f"{k}.{lane}"
                yield f"  %m{name} = extractelement <{self.width} x i1> %mask, i32 {lane}"
                yield f"  br i1 %m{name}, label %do{name}, label %on{name}"
                yield f"do{name}:"
                yield from self._added_to_one(k, lane, outputs[output])
                yield f"  br label %on{name}"
                yield f"on{name}:"
            if count < len(self.mode.many):
                yield f"  br label %many{count + 1}"

    def _driver(self) -> str:
        """sum(x, slopes, table, out, first, last, state, tails): all terms of a range, from a state of zeros.

        What belongs to components behind the last term's first goes to `tails`, for each window a vector's width.
        """
        width, windows_ = self.width, self.mode.windows
        room = max(1, 2 * width * len(windows_))
        heads, ends = [], []
        for w, window in enumerate(windows_):
            added = "true" if w in self.mode.added else "false"
            common = [f"  %W{w}.p = getelementptr ptr, ptr %out, i64 {w}", f"  %W{w} = load ptr, ptr %W{w}.p"]
            heads += [line.replace("%W", "%h") for line in common] + [
                f"  %h{w}.to = getelementptr double, ptr %h{w}, i64 %first",
                f"  %h{w}.seen = getelementptr double, ptr %seen, i64 {2 * width * w}",
                f"  %h{w}.from = getelementptr double, ptr %h{w}.seen, i64 %off",
                f"  call void @place(ptr %h{w}.to, ptr %h{w}.from, i64 %lead, i1 {added})",
            ]
            ends += [line.replace("%W", "%e") for line in common] + [
                f"  %e{w}.to = getelementptr double, ptr %e{w}, i64 %end",
                f"  %e{w}.from = getelementptr double, ptr %seen, i64 {2 * width * w}",
                f"  call void @place(ptr %e{w}.to, ptr %e{w}.from, i64 %rest, i1 {added})",
                f"  %e{w}.beyond = getelementptr double, ptr %e{w}.from, i64 %rest",
                f"  %e{w}.tail = getelementptr double, ptr %tails, i64 {width * w}",
                f"  call void @llvm.memcpy.p0.p0.i64(ptr %e{w}.tail, ptr %e{w}.beyond, i64 {8 * window.reach}, i1 0)",
            ]
        passed = "ptr %x, ptr %slopes, ptr %table, ptr %out"
        gap = f"""  %row.p = getelementptr ptr, ptr %out, i64 0
  %row = load ptr, ptr %row.p
  %begin = getelementptr double, ptr %row, i64 %first
  %address = ptrtoint ptr %begin to i64
  %words = lshr i64 %address, 3
  %off = and i64 %words, {width - 1}"""
        if not self.mode.past:
            gap = "  %off = add i64 0, 0"
        fence = "  call void @llvm.x86.sse.sfence()" if self.mode.past and self.target.x86 else ""
        heads_text, ends_text = "\n".join(heads), "\n".join(ends)
        return f"""define void @sum({_POINTERS}, i64 %first, i64 %last, ptr %state, ptr %tails) nounwind {{
entry:
  %seen = alloca [{room} x double], align 64
  %second = getelementptr double, ptr %seen, i64 {width}
{gap}
  %total = sub i64 %last, %first
  %long = icmp sgt i64 %total, {2 * width}
  %uneven = icmp ne i64 %off, 0
  %level = and i1 %long, %uneven
  br i1 %level, label %head, label %loop
head:
  %lead = sub i64 {width}, %off
  %down = sub i64 %first, %off
  call void @edge({passed}, i64 %down, i64 %first, i64 %last, ptr %state, ptr %seen)
{heads_text}
  %led = add i64 %first, %lead
  br label %loop
loop:
  %i = phi i64 [ %first, %entry ], [ %led, %head ], [ %stop, %work ]
  %left = sub i64 %last, %i
  %whole = and i64 %left, {-width}
  %some = icmp sgt i64 %whole, 0
  br i1 %some, label %work, label %tail
work:
  %short = icmp slt i64 %whole, {RUN * width}
  %count = select i1 %short, i64 %whole, i64 {RUN * width}
  %stop = add i64 %i, %count
  call void @run({passed}, i64 %i, i64 %stop, ptr %state)
  br label %loop
tail:
  %end = add i64 %i, 0
  %rest = sub i64 %last, %end
  %next = add i64 %end, {width}
  call void @edge({passed}, i64 %end, i64 %first, i64 %last, ptr %state, ptr %seen)
  call void @edge({passed}, i64 %next, i64 %first, i64 %last, ptr %state, ptr %second)
{ends_text}
{fence}
  ret void
}}"""


_POINTERS = "ptr noalias %x, ptr noalias %slopes, ptr noalias %table, ptr noalias %out"

_PLACE = """define internal void @place(ptr %to, ptr %from, i64 %count, i1 %added) noinline nounwind {
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %done
body:
  %f = getelementptr double, ptr %from, i64 %i
  %t = getelementptr double, ptr %to, i64 %i
  %new = load double, ptr %f
  %old = load double, ptr %t
  %sum = fadd double %old, %new
  %value = select i1 %added, double %sum, double %new
  store double %value, ptr %t
  %next = add i64 %i, 1
  br label %head
done:
  ret void
}"""


def _splat(name: str, width: int) -> list[str]:
    lanes = f"<{width} x i64>"
    return [
        f"  %{name}.one = insertelement {lanes} poison, i64 %{name}, i32 0",
        f"  %{name}.all = shufflevector {lanes} %{name}.one, {lanes} poison, <{width} x i32> zeroinitializer",
    ]


class Mode(NamedTuple):
    """How the gradient is written: the windows; which of them are added to what is there; and whether the others go
    past the cache. `ones`: outputs for one component each; `many`: (input, output) for components anywhere."""

    windows: tuple[Window, ...]
    added: frozenset[int]
    past: bool
    ones: tuple[int, ...]
    many: tuple[tuple[int, int], ...]
