"""The native entry for batches: rows of points in, rows of results out, the interpreter lock released meanwhile.

Whole vectors run straight over the rows, from where the results are aligned to a vector, as rows from one allocation
mostly are together; the points before and after are computed with some of the next or last ones again, or, where there
are too few for a vector, go through a padded copy, so that they take the same instructions. Programs of many rows work
on tiles: hundreds of rows read side by side are more than the processor's prefetchers and page tables can follow, a
tile of each row copied together is not. The stores of large results go past the cache, where every row is aligned.
Other threads may help (see `llvm_threads`).
"""

import ctypes
from functools import lru_cache
from typing import Any

from symgrad.program.backends import llvm_drive, llvm_engine, llvm_threads
from symgrad.program.backends.llvm_entry import _ALIGNED, _WRITEABLE

LARGE = 12 * 2**20  # bytes of results from which stores go past the cache, if there are few rows and little to compute
FEW = 16

_DECLARATIONS = """
@symgrad.block = global ptr null
@symgrad.most = global i64 0
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


def _entry(inputs: int, outputs: int, width: int, memory: int) -> str:
    """batch(inputs, outputs[, start, stop[, grain, helpers]]): points start to stop of tuples of rows.

    Without a range all points are computed, if there are no more than `symgrad.most`. With a grain, the points are cut
    into pieces of so many, which helpers may take, too; there are at most so many.
    """
    rows = inputs + outputs
    values, tiles = _room(inputs, outputs, width, memory)
    return f"""
define ptr @batch(ptr %self, ptr %args, i64 %nargs, ptr %keywords) {{
entry:
  %data = alloca [{rows} x ptr]
  %two = icmp eq i64 %nargs, 2
  %six = icmp eq i64 %nargs, 6
  %plain = icmp eq ptr %keywords, null
  br i1 %plain, label %how, label %slow
how:
  %out.p = getelementptr ptr, ptr %args, i64 1
  switch i64 %nargs, label %slow [ i64 2, label %first i64 4, label %numbers i64 6, label %pieces ]
pieces:
  %grain.p = getelementptr ptr, ptr %args, i64 4
  %helpers.p = getelementptr ptr, ptr %args, i64 5
  %grain.o = load ptr, ptr %grain.p
  %helpers.o = load ptr, ptr %helpers.p
  %grain.given = call i64 @PyLong_AsSsize_t(ptr %grain.o)
  %helpers.given = call i64 @PyLong_AsSsize_t(ptr %helpers.o)
  %q0 = icmp sgt i64 %grain.given, 0
  %q1 = icmp ult i64 %helpers.given, 4096
  %q2 = and i1 %q0, %q1
  br i1 %q2, label %numbers, label %unread
numbers:
  %grain.read = phi i64 [ 0, %how ], [ %grain.given, %pieces ]
  %helpers.read = phi i64 [ 0, %how ], [ %helpers.given, %pieces ]
  %start.p = getelementptr ptr, ptr %args, i64 2
  %stop.p = getelementptr ptr, ptr %args, i64 3
  %start.o = load ptr, ptr %start.p
  %stop.o = load ptr, ptr %stop.p
  %start.given = call i64 @PyLong_AsSsize_t(ptr %start.o)
  %stop.given = call i64 @PyLong_AsSsize_t(ptr %stop.o)
  %r0 = icmp sge i64 %start.given, 0
  %r1 = icmp sge i64 %stop.given, %start.given
  %r2 = and i1 %r0, %r1
  br i1 %r2, label %first, label %unread
unread:
  call void @PyErr_Clear()
  br label %slow
first:
  %grain = phi i64 [ 0, %how ], [ %grain.read, %numbers ]
  %helpers = phi i64 [ 0, %how ], [ %helpers.read, %numbers ]
  %start = phi i64 [ 0, %how ], [ %start.given, %numbers ]
  %stop.told = phi i64 [ 0, %how ], [ %stop.given, %numbers ]
  %in.tuple = load ptr, ptr %args
  %out.tuple = load ptr, ptr %out.p
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
  %most = load i64, ptr @symgrad.most
  %bound = select i1 %two, i64 %most, i64 %stop.told
  %stop = select i1 %two, i64 %points, i64 %stop.told
  %s0 = icmp sle i64 %stop, %points
  %s1 = icmp sle i64 %stop, %bound
  %inside = and i1 %s0, %s1
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
  %all = add i64 %helpers, 1
  %for.all = mul i64 %all, {values + tiles}
  %bytes = add i64 %for.all, 64
  %memory = call ptr @malloc(i64 %bytes)
  %none = icmp eq ptr %memory, null
  br i1 %none, label %slow, label %go
go:
  %address = ptrtoint ptr %memory to i64
  %up = add i64 %address, 63
  %aligned = and i64 %up, -64
  %base = inttoptr i64 %aligned to ptr
  %tiles = getelementptr i8, ptr %base, i64 {values}
  %state = call ptr @PyEval_SaveThread()
  br i1 %six, label %shared, label %alone
alone:
  call void @drive(ptr %data, ptr %out.data, i64 %start, i64 %stop, ptr %base, ptr %tiles)
  br label %end
shared:
  call void @together(ptr %data, ptr %out.data, i64 %start, i64 %stop, i64 %grain, ptr %base)
  br label %end
end:
  call void @PyEval_RestoreThread(ptr %state)
  call void @free(ptr %memory)
  call void @Py_IncRef(ptr @symgrad_none)
  ret ptr @symgrad_none
slow:
  %slowly = call ptr @PyObject_Vectorcall(ptr %self, ptr %args, i64 %nargs, ptr %keywords)
  ret ptr %slowly
}}"""


def _room(inputs: int, outputs: int, width: int, memory: int) -> tuple[int, int]:
    """Bytes, whole lines of the cache, that a thread needs for values between functions and for tiles."""
    rows = inputs + outputs
    tiles = 8 * rows + 64 + 8 * rows * llvm_drive.tile_of(inputs, outputs)
    return (8 * width * memory + 63) // 64 * 64, (tiles + 127) // 64 * 64


@lru_cache(maxsize=1)
def introduce() -> None:
    """Tell the linker where the interpreter's functions are."""
    llvm = llvm_engine.binding()
    llvm.add_symbol("symgrad_tuple", id(tuple))
    llvm_threads.shared()
    for name in _PYTHON:
        llvm.add_symbol(name, ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value)


def is_large(points: int, outputs: int) -> bool:
    """Whether results are to go past the cache."""
    return outputs <= FEW and 8 * points * outputs > LARGE


@lru_cache(maxsize=256)
def code(inputs: int, outputs: int, width: int, memory: int, large: bool) -> bytes:
    """The object code of the entry for all programs with that many rows."""
    introduce()
    texts = [
        _DECLARATIONS,
        _ROWS,
        llvm_drive.PLAIN,
        llvm_drive.copies("copy.in", inputs),
        llvm_drive.copies("copy.out", outputs),
    ]
    if large:
        texts.append(llvm_drive.chosen(outputs, width))
    texts += [
        llvm_drive.driver(inputs, outputs, width, large),
        llvm_threads.together(*_room(inputs, outputs, width, memory), llvm_engine.host().x86),
        _entry(inputs, outputs, width, memory),
    ]
    return llvm_engine.object_code("\n".join(texts), 0)


def slow(*_: Any) -> None:
    """What stands behind the entry: rows are prepared by the caller, so other arguments are its fault."""
    from symgrad.errors import UsageError

    raise UsageError("The native batch takes two tuples of contiguous float64 rows of one length, and a range.")
