"""The native entry for batches: rows of points in, rows of results out, the interpreter lock released meanwhile.

Whole vectors run straight over the rows, from where the results are aligned to a vector, as rows from one allocation
mostly are together; the points before and after go through a padded copy of one vector, so that they take the same
instructions. Programs of many rows work on tiles: hundreds of rows read side by side are more than the
processor's prefetchers and page tables can follow, a tile of each row copied together is not. The stores of large
results go past the cache, where every row is aligned.
"""

import ctypes
from functools import lru_cache
from typing import Any

from symgrad.program.backends import llvm_engine
from symgrad.program.backends.llvm_entry import _ALIGNED, _WRITEABLE

FAR = 16_384  # points from which many rows lie far apart
MOST_STREAMS = 40  # rows that are read and written side by side without tiles
LARGE = 64 * 2**20  # bytes of results from which stores go past the cache, if there are few rows and little to compute
FEW = 16

_DECLARATIONS = """
@symgrad.block = global ptr null
@symgrad_ndarray = external global i8
@symgrad_float64 = external global i8
@symgrad_tuple = external global i8
@symgrad_none = external global i8
declare ptr @PyTuple_GetItem(ptr, i64)
declare i64 @PyTuple_Size(ptr)
declare i64 @PyLong_AsSsize_t(ptr)
declare ptr @PyErr_Occurred()
declare void @PyErr_Clear()
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare void @Py_IncRef(ptr)
declare ptr @malloc(i64)
declare void @free(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""
_PYTHON = (
    "PyTuple_GetItem", "PyTuple_Size", "PyLong_AsSsize_t", "PyErr_Occurred", "PyErr_Clear", "PyEval_SaveThread",
    "PyEval_RestoreThread",
)  # fmt: skip

# Whether the rows of a tuple are contiguous float64 arrays of `points` numbers; their data goes to `data`.
_ROWS = """
define internal i1 @rows(ptr %tuple, i64 %count, i64 %points, i32 %flags, ptr %data) nounwind {
entry:
  %type.p = getelementptr i8, ptr %tuple, i64 8
  %type = load ptr, ptr %type.p
  %is.tuple = icmp eq ptr %type, @symgrad_tuple
  br i1 %is.tuple, label %sized, label %no
sized:
  %size = call i64 @PyTuple_Size(ptr %tuple)
  %right = icmp eq i64 %size, %count
  br i1 %right, label %head, label %no
head:
  %i = phi i64 [ 0, %sized ], [ %next, %good ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %row, label %yes
row:
  %array = call ptr @PyTuple_GetItem(ptr %tuple, i64 %i)
  %kind.p = getelementptr i8, ptr %array, i64 8
  %kind = load ptr, ptr %kind.p
  %is.array = icmp eq ptr %kind, @symgrad_ndarray
  br i1 %is.array, label %fields, label %no
fields:
  %data.p = getelementptr i8, ptr %array, i64 16
  %nd.p = getelementptr i8, ptr %array, i64 24
  %dims.p = getelementptr i8, ptr %array, i64 32
  %strides.p = getelementptr i8, ptr %array, i64 40
  %type64.p = getelementptr i8, ptr %array, i64 56
  %flags.p = getelementptr i8, ptr %array, i64 64
  %nd = load i32, ptr %nd.p
  %type64 = load ptr, ptr %type64.p
  %has = load i32, ptr %flags.p
  %held = and i32 %has, %flags
  %c0 = icmp eq i32 %nd, 1
  %c1 = icmp eq ptr %type64, @symgrad_float64
  %c2 = icmp eq i32 %held, %flags
  %c3 = and i1 %c0, %c1
  %c4 = and i1 %c3, %c2
  br i1 %c4, label %lengths, label %no
lengths:
  %dims = load ptr, ptr %dims.p
  %strides = load ptr, ptr %strides.p
  %length = load i64, ptr %dims
  %stride = load i64, ptr %strides
  %d0 = icmp eq i64 %length, %points
  %d1 = icmp eq i64 %stride, 8
  %d2 = icmp sle i64 %points, 1
  %d3 = or i1 %d1, %d2
  %d4 = and i1 %d0, %d3
  br i1 %d4, label %good, label %no
good:
  %where = load ptr, ptr %data.p
  %slot = getelementptr ptr, ptr %data, i64 %i
  store ptr %where, ptr %slot
  %next = add i64 %i, 1
  br label %head
yes:
  ret i1 true
no:
  ret i1 false
}
"""


def _copies(name: str, count: int, copy: str = "plain.copy") -> str:
    """A function that copies `bytes` of each of `count` rows: from[i] + at to to[i] + other."""
    return f"""
define internal void @{name}(ptr %from, i64 %at, ptr %to, i64 %other, i64 %bytes) nounwind {{
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, {count}
  br i1 %more, label %body, label %done
body:
  %f.p = getelementptr ptr, ptr %from, i64 %i
  %t.p = getelementptr ptr, ptr %to, i64 %i
  %f = load ptr, ptr %f.p
  %t = load ptr, ptr %t.p
  %f.at = getelementptr double, ptr %f, i64 %at
  %t.at = getelementptr double, ptr %t, i64 %other
  call void @{copy}(ptr %t.at, ptr %f.at, i64 %bytes)
  %next = add i64 %i, 1
  br label %head
done:
  ret void
}}"""


_PLAIN = """
define internal void @plain.copy(ptr %to, ptr %from, i64 %bytes) alwaysinline nounwind {
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  ret void
}"""


def _chosen(outputs: int, width: int) -> str:
    """chosen(out, start): the block whose stores go past the cache, if every row is aligned to a vector there."""
    return f"""
@symgrad.past = global ptr null
define internal ptr @chosen(ptr %out, i64 %start) nounwind {{
entry:
  %block = load ptr, ptr @symgrad.block
  %past = load ptr, ptr @symgrad.past
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, {outputs}
  br i1 %more, label %body, label %all
body:
  %slot = getelementptr ptr, ptr %out, i64 %i
  %row = load ptr, ptr %slot
  %at = getelementptr double, ptr %row, i64 %start
  %address = ptrtoint ptr %at to i64
  %off = and i64 %address, {8 * width - 1}
  %good = icmp eq i64 %off, 0
  %next = add i64 %i, 1
  br i1 %good, label %head, label %some
all:
  ret ptr %past
some:
  ret ptr %block
}}"""


def _tile(inputs: int, outputs: int) -> int:
    """Points of a tile: its results fit into the nearest cache."""
    return max(64, min(1024, 4096 // (outputs + (inputs if inputs + outputs > MOST_STREAMS else 0)) // 64 * 64))


def _driver(inputs: int, outputs: int, width: int, large: bool) -> str:
    """drive(inputs, outputs, start, stop, memory, tiles): all points of a range, by tiles or straight, then the rest.

    `tiles` begins with a table of pointers, to the inputs and to the results, as they lie for one call of the block;
    behind it is room for one tile of every row.
    """
    rows, tile = inputs + outputs, _tile(inputs, outputs)
    copied = rows > MOST_STREAMS
    shifted = (
        "  call void @copy.in(ptr %in, i64 %at, ptr %tiles, i64 0, i64 %bytes)\n  br label %compute"
        if copied
        else f"""  br label %shift
shift:
  %s = phi i64 [ 0, %work ], [ %s.next, %shift.one ]
  %s.more = icmp slt i64 %s, {inputs}
  br i1 %s.more, label %shift.one, label %compute
shift.one:
  %s.p = getelementptr ptr, ptr %in, i64 %s
  %s.row = load ptr, ptr %s.p
  %s.at = getelementptr double, ptr %s.row, i64 %at
  %s.to = getelementptr ptr, ptr %tiles, i64 %s
  store ptr %s.at, ptr %s.to
  %s.next = add i64 %s, 1
  br label %shift"""
    )
    return f"""
define internal void @rest(ptr %in, ptr %out, i64 %whole, i64 %over, ptr %memory, ptr %tiles) nounwind {{
entry:
  %tile.out = getelementptr ptr, ptr %tiles, i64 {inputs}
  br label %fill
fill:
  %f = phi i64 [ 0, %entry ], [ %f.next, %fill ]
  %last = sub i64 %over, 1
  %past = icmp slt i64 %f, %over
  %pick = select i1 %past, i64 %f, i64 %last
  %source = add i64 %whole, %pick
  call void @copy.in(ptr %in, i64 %source, ptr %tiles, i64 %f, i64 8)
  %f.next = add i64 %f, 1
  %f.more = icmp slt i64 %f.next, {width}
  br i1 %f.more, label %fill, label %run
run:
  %block = load ptr, ptr @symgrad.block
  call void %block(ptr %tiles, ptr %tile.out, i64 0, i64 {width}, ptr %memory)
  %bytes = shl i64 %over, 3
  call void @copy.out(ptr %tile.out, i64 0, ptr %out, i64 %whole, i64 %bytes)
  ret void
}}
define internal void @table(ptr %tiles) nounwind {{
entry:
  br label %point
point:
  %r = phi i64 [ 0, %entry ], [ %r.next, %point ]
  %t.at = mul i64 %r, {8 * tile}
  %t.off = add i64 %t.at, {8 * rows + 64}
  %t.row = getelementptr i8, ptr %tiles, i64 %t.off
  %t.slot = getelementptr ptr, ptr %tiles, i64 %r
  store ptr %t.row, ptr %t.slot
  %r.next = add i64 %r, 1
  %r.more = icmp slt i64 %r.next, {rows}
  br i1 %r.more, label %point, label %ready
ready:
  ret void
}}
define internal void @drive(ptr %in, ptr %out, i64 %begin, i64 %stop, ptr %memory, ptr %tiles) nounwind {{
enter:
  call void @table(ptr %tiles)
  %tile.out = getelementptr ptr, ptr %tiles, i64 {inputs}
  %block = load ptr, ptr @symgrad.block
  %row = load ptr, ptr %out
  %first = getelementptr double, ptr %row, i64 %begin
  %address = ptrtoint ptr %first to i64
  %minus = sub i64 0, %address
  %gap = and i64 %minus, {8 * width - 1}
  %lead = lshr i64 %gap, 3
  %total = sub i64 %stop, %begin
  %long = icmp sgt i64 %total, {64 * width}
  %uneven = icmp ne i64 %lead, 0
  %level = and i1 %long, %uneven
  br i1 %level, label %align, label %entry
align:
  call void @rest(ptr %in, ptr %out, i64 %begin, i64 %lead, ptr %memory, ptr %tiles)
  %aligned = add i64 %begin, %lead
  br label %entry
entry:
  %start = phi i64 [ %begin, %enter ], [ %aligned, %align ]
  %count = sub i64 %stop, %start
  %even = and i64 %count, {-width}
  %whole = add i64 %start, %even
  %far = icmp sgt i64 %count, {FAR if copied else 2**62}
  br i1 %far, label %tile, label %straight
straight:
  %chosen = {"call ptr @chosen(ptr %out, i64 %start)" if large else "select i1 true, ptr %block, ptr null"}
  call void %chosen(ptr %in, ptr %out, i64 %start, i64 %whole, ptr %memory)
  br label %end
tile:
  %at = phi i64 [ %start, %entry ], [ %at.next, %stored ]
  %left = sub i64 %whole, %at
  %some = icmp sgt i64 %left, 0
  br i1 %some, label %work, label %end
work:
  %short = icmp slt i64 %left, {tile}
  %n = select i1 %short, i64 %left, i64 {tile}
  %bytes = shl i64 %n, 3
{shifted}
compute:
  call void %block(ptr %tiles, ptr %tile.out, i64 0, i64 %n, ptr %memory)
  call void @copy.out(ptr %tile.out, i64 0, ptr %out, i64 %at, i64 %bytes)
  br label %stored
stored:
  %at.next = add i64 %at, %n
  br label %tile
end:
  %over = sub i64 %stop, %whole
  %any = icmp sgt i64 %over, 0
  br i1 %any, label %pad, label %done
pad:
  call void @table(ptr %tiles)
  call void @rest(ptr %in, ptr %out, i64 %whole, i64 %over, ptr %memory, ptr %tiles)
  br label %done
done:
  ret void
}}"""


def _entry(inputs: int, outputs: int, width: int, memory: int) -> str:
    """batch(inputs, outputs, start, stop): points start to stop; inputs and outputs are tuples of rows."""
    rows = inputs + outputs
    tiles = 8 * rows + 64 + 8 * rows * _tile(inputs, outputs)
    return f"""
define ptr @batch(ptr %self, ptr %args, i64 %nargs, ptr %keywords) {{
entry:
  %data = alloca [{rows} x ptr]
  %four = icmp eq i64 %nargs, 4
  %plain = icmp eq ptr %keywords, null
  %ok = and i1 %four, %plain
  br i1 %ok, label %numbers, label %slow
numbers:
  %in.tuple = load ptr, ptr %args
  %out.p = getelementptr ptr, ptr %args, i64 1
  %start.p = getelementptr ptr, ptr %args, i64 2
  %stop.p = getelementptr ptr, ptr %args, i64 3
  %out.tuple = load ptr, ptr %out.p
  %start.o = load ptr, ptr %start.p
  %stop.o = load ptr, ptr %stop.p
  %start = call i64 @PyLong_AsSsize_t(ptr %start.o)
  %stop = call i64 @PyLong_AsSsize_t(ptr %stop.o)
  %r0 = icmp sge i64 %start, 0
  %r1 = icmp sge i64 %stop, %start
  %r2 = and i1 %r0, %r1
  br i1 %r2, label %first, label %unread
unread:
  call void @PyErr_Clear()
  br label %slow
first:
  %type.p = getelementptr i8, ptr %out.tuple, i64 8
  %type = load ptr, ptr %type.p
  %is.tuple = icmp eq ptr %type, @symgrad_tuple
  br i1 %is.tuple, label %has, label %slow
has:
  %size = call i64 @PyTuple_Size(ptr %out.tuple)
  %filled = icmp sgt i64 %size, 0
  br i1 %filled, label %look, label %slow
look:
  %row = call ptr @PyTuple_GetItem(ptr %out.tuple, i64 0)
  %row.type.p = getelementptr i8, ptr %row, i64 8
  %row.type = load ptr, ptr %row.type.p
  %is.array = icmp eq ptr %row.type, @symgrad_ndarray
  br i1 %is.array, label %shape, label %slow
shape:
  %nd.p = getelementptr i8, ptr %row, i64 24
  %nd = load i32, ptr %nd.p
  %flat = icmp eq i32 %nd, 1
  br i1 %flat, label %length, label %slow
length:
  %dims.p = getelementptr i8, ptr %row, i64 32
  %dims = load ptr, ptr %dims.p
  %points = load i64, ptr %dims
  %inside = icmp sle i64 %stop, %points
  br i1 %inside, label %check.in, label %slow
check.in:
  %out.data = getelementptr ptr, ptr %data, i64 {inputs}
  %good.in = call i1 @rows(ptr %in.tuple, i64 {inputs}, i64 %points, i32 {_ALIGNED}, ptr %data)
  br i1 %good.in, label %check.out, label %slow
check.out:
  %flags = add i32 {_ALIGNED | _WRITEABLE}, 0
  %good.out = call i1 @rows(ptr %out.tuple, i64 {outputs}, i64 %points, i32 %flags, ptr %out.data)
  br i1 %good.out, label %room, label %slow
room:
  %memory = call ptr @malloc(i64 {8 * width * memory + tiles + 128})
  %none = icmp eq ptr %memory, null
  br i1 %none, label %slow, label %go
go:
  %address = ptrtoint ptr %memory to i64
  %up = add i64 %address, 63
  %aligned = and i64 %up, -64
  %base = inttoptr i64 %aligned to ptr
  %tiles = getelementptr i8, ptr %base, i64 {8 * width * memory}
  %state = call ptr @PyEval_SaveThread()
  call void @drive(ptr %data, ptr %out.data, i64 %start, i64 %stop, ptr %base, ptr %tiles)
  call void @PyEval_RestoreThread(ptr %state)
  call void @free(ptr %memory)
  call void @Py_IncRef(ptr @symgrad_none)
  ret ptr @symgrad_none
slow:
  %slowly = call ptr @PyObject_Vectorcall(ptr %self, ptr %args, i64 %nargs, ptr %keywords)
  ret ptr %slowly
}}"""


@lru_cache(maxsize=1)
def introduce() -> None:
    """Tell the linker where the interpreter's functions are."""
    llvm = llvm_engine.binding()
    llvm.add_symbol("symgrad_tuple", id(tuple))
    for name in _PYTHON:
        llvm.add_symbol(name, ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value)


def is_large(points: int, outputs: int) -> bool:
    """Whether results are to go past the cache."""
    return outputs <= FEW and 8 * points * outputs > LARGE


@lru_cache(maxsize=256)
def code(inputs: int, outputs: int, width: int, memory: int, large: bool) -> bytes:
    """The object code of the entry for all programs with that many rows."""
    introduce()
    texts = [_DECLARATIONS, _ROWS, _PLAIN, _copies("copy.in", inputs), _copies("copy.out", outputs)]
    if large:
        texts.append(_chosen(outputs, width))
    texts += [_driver(inputs, outputs, width, large), _entry(inputs, outputs, width, memory)]
    return llvm_engine.object_code("\n".join(texts), 0)


def slow(*_: Any) -> None:
    """What stands behind the entry: rows are prepared by the caller, so other arguments are its fault."""
    from symgrad.errors import UsageError

    raise UsageError("The native batch takes two tuples of contiguous float64 rows of one length, and a range.")
