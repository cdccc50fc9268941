"""Native entries: functions that Python calls directly, with every type and shape checked in native code.

An entry reads the objects it is given only after it has seen that they are exactly a float or an ndarray of float64 of
the right shape, contiguous, aligned and, for results, writeable. Anything else goes to a Python function that converts
or explains. Where the interpreter's or numpy's memory layout isn't the one that is known here, there are no entries.
"""

import ctypes
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from symgrad.program.backends import llvm_engine

Shape = tuple[int, ...]

_STACK = 1024  # doubles that an entry keeps on the stack; more come from malloc
_SINGLY = 8  # results up to which they are copied one by one
_FASTCALL_WITH_KEYWORDS = 0x82
_FLOAT64, _ALIGNED, _WRITEABLE = 12, 0x100, 0x400
_PYTHON = ("PyFloat_FromDouble", "PyTuple_New", "PyTuple_SetItem", "PyObject_Vectorcall", "Py_DecRef", "Py_IncRef")

_DECLARATIONS = """
@symgrad.body = global ptr null
@symgrad_ndarray = external global i8
@symgrad_float64 = external global i8
@symgrad_float = external global i8
@symgrad_none = external global i8
declare ptr @symgrad_PyArray_New(ptr, i32, ptr, i32, ptr, ptr, i32, i32, ptr)
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyTuple_New(i64)
declare i32 @PyTuple_SetItem(ptr, i64, ptr)
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare void @Py_DecRef(ptr)
declare void @Py_IncRef(ptr)
declare ptr @malloc(i64)
declare void @free(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether objects lie in memory as the entries expect; then the linker also knows what they call.

    Looked at, not assumed: a float, and an array whose fields are all different.
    """
    if sys.implementation.name != "cpython" or object.__basicsize__ != 16 or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    probe, number = np.zeros((3, 5))[:, 1:3], 1.5
    at = id(probe)
    words = [ctypes.c_uint64.from_address(at + offset).value for offset in (8, 16, 32, 40, 56)]
    dims = (ctypes.c_int64 * 2).from_address(words[2])
    strides = (ctypes.c_int64 * 2).from_address(words[3])
    flags = ctypes.c_int32.from_address(at + 64).value
    if (
        ctypes.c_double.from_address(id(number) + 16).value != number
        or words[0] != id(np.ndarray)
        or words[1] != probe.ctypes.data
        or ctypes.c_int32.from_address(at + 24).value != 2
        or tuple(dims) != probe.shape
        or tuple(strides) != probe.strides
        or words[4] != id(np.dtype(np.float64))
        or flags & (_ALIGNED | _WRITEABLE) != _ALIGNED | _WRITEABLE
    ):
        return False
    return _introduce()


def _introduce() -> bool:
    """Tell the linker where the types and functions are."""
    llvm = llvm_engine.binding()
    core = import_module(("numpy._core" if np.__version__ >= "2" else "numpy.core") + "._multiarray_umath")
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = (ctypes.c_uint64 * 94).from_address(pointer(core._ARRAY_API, None))
    if table[2] != id(np.ndarray):
        return False
    llvm.add_symbol("symgrad_PyArray_New", table[93])
    for name, value in (("ndarray", np.ndarray), ("float64", np.dtype(np.float64)), ("float", float), ("none", None)):
        llvm.add_symbol("symgrad_" + name, id(value))
    for name in _PYTHON:
        llvm.add_symbol(name, ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value)
    return True


# ---- the text --------------------------------------------------------------------------------------------------------


class _Entry:
    """One entry under construction: a chain of blocks, each a check that leads on or to the slow way."""

    def __init__(self, name: str, inputs: int, shapes: Sequence[Shape], memory: int) -> None:
        self.inputs, self.shapes = inputs, shapes
        self.sizes = [math.prod(shape) for shape in shapes]
        self.scratch = sum(self.sizes) + memory
        self.globals: list[str] = []
        self.lines = [f"define ptr @{name}(ptr %self, ptr %args, i64 %nargs, ptr %keywords) {{", "entry:"]
        self.lines.append(f"  %parts = alloca [{len(shapes)} x ptr], align 8")
        if self.scratch <= _STACK:
            self.lines.append(f"  %stack = alloca [{self.scratch} x double], align 64")
        self._name, self._count = name, 0

    def new(self, text: str) -> str:
        self._count += 1
        self.lines.append(f"  %e{self._count} = {text}")
        return f"%e{self._count}"

    def field(self, pointer: str, offset: int, kind: str = "ptr") -> str:
        return self.new(f"load {kind}, ptr {self.new(f'getelementptr i8, ptr {pointer}, i64 {offset}')}")

    def demand(self, *conditions: str) -> None:
        """Go on only if all conditions hold."""
        held = conditions[0]
        for condition in conditions[1:]:
            held = self.new(f"and i1 {held}, {condition}")
        self._count += 1
        self.lines += [f"  br i1 {held}, label %b{self._count}, label %slow", f"b{self._count}:"]

    def argument_count(self, count: int) -> None:
        self.demand(self.new(f"icmp eq i64 %nargs, {count}"), self.new("icmp eq ptr %keywords, null"))

    def argument(self, position: int) -> str:
        return self.field("%args", 8 * position)

    def array(self, position: int, shape: Shape, flags: int) -> str:
        """The data of an argument that must be a contiguous array of that shape."""
        given = self.argument(position)
        self.demand(self.new(f"icmp eq ptr {self.field(given, 8)}, @symgrad_ndarray"))
        held = self.new(f"and i32 {self.field(given, 64, 'i32')}, {flags}")
        self.demand(
            self.new(f"icmp eq i32 {self.field(given, 24, 'i32')}, {len(shape)}"),
            self.new(f"icmp eq ptr {self.field(given, 56)}, @symgrad_float64"),
            self.new(f"icmp eq i32 {held}, {flags}"),
        )
        dims, strides = self.field(given, 32), self.field(given, 40)
        conditions = []
        for axis, length in enumerate(shape):
            conditions.append(self.new(f"icmp eq i64 {self.field(dims, 8 * axis, 'i64')}, {length}"))
            if length > 1:
                step = 8 * math.prod(shape[axis + 1 :])
                conditions.append(self.new(f"icmp eq i64 {self.field(strides, 8 * axis, 'i64')}, {step}"))
        if conditions:
            self.demand(*conditions)
        return self.field(given, 16)

    def run(self, x: str, targets: Mapping[int, str] | None = None) -> str:
        """The call of the compiled body; the place of the results that have no target of their own."""
        place = "%stack"
        if self.scratch > _STACK:
            place = self.new(f"call ptr @malloc(i64 {8 * self.scratch})")
            self.demand(self.new(f"icmp ne ptr {place}, null"))
        for k in range(len(self.shapes)):
            slot = self.new(f"getelementptr ptr, ptr %parts, i64 {k}")
            self.lines.append(f"  store ptr {(targets or {}).get(k) or self.part(place, k)}, ptr {slot}")
        body = self.new("load ptr, ptr @symgrad.body")
        memory = self.new(f"getelementptr double, ptr {place}, i64 {sum(self.sizes)}")
        self.lines.append(f"  call void {body}(ptr {x}, ptr %parts, ptr {memory})")
        return place

    def part(self, place: str, k: int) -> str:
        return self.new(f"getelementptr double, ptr {place}, i64 {sum(self.sizes[:k])}")

    def copy(self, place: str, k: int, target: str) -> None:
        source = self.part(place, k)
        if self.sizes[k] <= _SINGLY:  # a wide load would have to wait until the narrow stores before it are done
            for i in range(self.sizes[k]):
                value = self.field(source, 8 * i, "double")
                to = self.new(f"getelementptr i8, ptr {target}, i64 {8 * i}")
                self.lines.append(f"  store double {value}, ptr {to}")
            return
        size = 8 * self.sizes[k]
        self.lines.append(f"  call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {size}, i1 false)")

    def made(self, place: str, k: int) -> str:
        """A new Python object with the values of part k."""
        shape = self.shapes[k]
        if not shape:
            return self.new(f"call ptr @PyFloat_FromDouble(double {self.field(self.part(place, k), 0, 'double')})")
        dims = f"@{self._name}.dims{k}"
        listed = ", ".join(f"i64 {length}" for length in shape)
        self.globals.append(f"{dims} = private constant [{len(shape)} x i64] [{listed}]")
        array = self.new(
            f"call ptr @symgrad_PyArray_New(ptr @symgrad_ndarray, i32 {len(shape)}, ptr {dims}, i32 {_FLOAT64}, "
            "ptr null, ptr null, i32 0, i32 0, ptr null)"
        )
        self._count += 1
        good, on = f"g{self._count}", f"m{self._count}"
        missing = self.new(f"icmp eq ptr {array}, null")
        self.lines += [f"  br i1 {missing}, label %{on}, label %{good}", f"{good}:"]
        self.copy(place, k, self.field(array, 16))
        self.lines += [f"  br label %{on}", f"{on}:"]
        return array

    def finish(self, place: str, result: str) -> None:
        if self.scratch > _STACK:
            self.lines.append(f"  call void @free(ptr {place})")
        slow = ["slow:", "  %slowly = call ptr @PyObject_Vectorcall(ptr %self, ptr %args, i64 %nargs, ptr %keywords)"]
        self.lines += [f"  ret ptr {result}", *slow, "  ret ptr %slowly", "}"]

    def returned(self, place: str, single: bool) -> None:
        """End with the parts as new objects: the only one, or a tuple."""
        parts = [self.made(place, k) for k in range(len(self.shapes))]
        if single:
            self.finish(place, parts[0])
            return
        missing = [self.new(f"icmp eq ptr {part}, null") for part in parts]
        any_missing = missing[0]
        for flag in missing[1:]:
            any_missing = self.new(f"or i1 {any_missing}, {flag}")
        result = self.new(f"call ptr @PyTuple_New(i64 {len(parts)})")
        no_tuple = self.new(f"icmp eq ptr {result}, null")
        bad = self.new(f"or i1 {any_missing}, {no_tuple}")
        self.lines += [f"  br i1 {bad}, label %fail, label %fill", "fill:"]
        self.lines += [f"  call i32 @PyTuple_SetItem(ptr {result}, i64 {k}, ptr {p})" for k, p in enumerate(parts)]
        self.finish(place, result)
        fail = ["fail:"]  # out of memory: the exception is set, what was made is given back
        for k, thing in enumerate([*parts, result]):
            fail += [
                f"  %none{k} = icmp eq ptr {thing}, null",
                f"  br i1 %none{k}, label %gone{k}, label %drop{k}",
                f"drop{k}:",
                f"  call void @Py_DecRef(ptr {thing})",
                f"  br label %gone{k}",
                f"gone{k}:",
            ]
        if self.scratch > _STACK:
            fail.append(f"  call void @free(ptr {place})")
        self.lines[-1:] = [*fail, "  ret ptr null", "}"]

    @property
    def text(self) -> str:
        return "\n".join([*self.globals, *self.lines])


def _point(inputs: int, shapes: Sequence[Shape], memory: int) -> str:
    """point(x0, x1, …) -> the parts."""
    entry = _Entry("point", inputs, shapes, memory)
    entry.lines.append(f"  %x = alloca [{max(inputs, 1)} x double], align 64")
    entry.argument_count(inputs)
    given = [entry.argument(i) for i in range(inputs)]
    if given:
        entry.demand(*[entry.new(f"icmp eq ptr {entry.field(one, 8)}, @symgrad_float") for one in given])
    for i, one in enumerate(given):
        place = entry.new(f"getelementptr double, ptr %x, i64 {i}")
        entry.lines.append(f"  store double {entry.field(one, 16, 'double')}, ptr {place}")
    entry.returned(entry.run("%x"), len(shapes) == 1)
    return entry.text


def _vector(inputs: int, shapes: Sequence[Shape], memory: int) -> str:
    """vector(x) -> the parts."""
    entry = _Entry("vector", inputs, shapes, memory)
    entry.argument_count(1)
    entry.returned(entry.run(entry.array(0, (inputs,), _ALIGNED)), len(shapes) == 1)
    return entry.text


def _into(inputs: int, shapes: Sequence[Shape], memory: int) -> str:
    """into(x, out, …) -> the value; the parts that are arrays are written to the arrays given."""
    entry = _Entry("into", inputs, shapes, memory)
    arrays = [k for k, shape in enumerate(shapes) if shape]
    entry.argument_count(1 + len(arrays))
    x = entry.array(0, (inputs,), _ALIGNED)
    place = entry.run(x, {k: entry.array(1 + i, shapes[k], _ALIGNED | _WRITEABLE) for i, k in enumerate(arrays)})
    if shapes[0]:
        entry.lines.append("  call void @Py_IncRef(ptr @symgrad_none)")
        entry.finish(place, "@symgrad_none")
    else:
        entry.finish(place, entry.made(place, 0))
    return entry.text


_WRITERS = {"point": _point, "vector": _vector, "into": _into}


@lru_cache(maxsize=1024)
def code(name: str, inputs: int, shapes: tuple[Shape, ...], memory: int) -> bytes:
    """The object code of the entry `name` of all programs of these shapes."""
    text = "\n".join([_DECLARATIONS, _WRITERS[name](inputs, shapes, memory)])
    return llvm_engine.object_code(text, 0, codegen=1)


# ---- the objects -----------------------------------------------------------------------------------------------------


class _Definition(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("method", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


class Slow:
    """The Python function behind an entry. It keeps alive what the entry needs: its definition and its code."""

    __slots__ = ("_call", "_kept")

    def __init__(self, call: Callable[..., Any], *kept: object) -> None:
        self._call = call
        self._kept = kept

    def __call__(self, /, *args: Any, **named: Any) -> Any:
        return self._call(*args, **named)


def builtin(loaded: llvm_engine.Loaded, name: str, slow: Callable[..., Any], *kept: object) -> Any:
    """The entry `name` of loaded code as a Python object, with the function for all that it doesn't take itself."""
    definition = _Definition(name.encode(), loaded.address(name), _FASTCALL_WITH_KEYWORDS, None)
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
    return new(ctypes.byref(definition), Slow(slow, loaded, definition, *kept), None)
