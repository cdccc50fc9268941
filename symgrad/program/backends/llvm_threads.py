"""Threads that help with a batch: they wait in native code for a moment, so that the next batch finds them awake.

A batch is cut into pieces, and whoever is free takes the next: the caller always works too, and a helper that comes
late, or has lost its processor, only takes fewer. So nobody is waited for before the last piece. A helper that finds
nothing to do for about 0.1 ms goes to sleep, and is woken by Python.

What the threads share stands in one block of memory that never moves, one line of the cache for each word that many
write to. `open` is 1 while there is a batch to help with. A helper counts itself in as `active` and looks at `open`
again before it touches anything else; the caller sets `open` to 0 and then waits until nobody is active.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from queue import SimpleQueue
from typing import Any

from symgrad.program.backends import llvm_engine, llvm_entry

OPEN, ACTIVE, NEXT, STOP, GRAIN, RUN, INPUTS, OUTPUTS, MEMORY = (0, 128, 256, 384, 392, 400, 408, 416, 424)
ASLEEP = 512  # from here a word for each helper: 1 from when it gives up waiting until it is rung for
PIECES = 4  # of a batch, for each thread
MOST = 4096  # helpers
_BYTES = ASLEEP + 8 * MOST
_PATIENCE = 250_000  # ticks of the processor's clock that a helper waits in native code
_LOOKS = 100  # the same where there is no such clock: looks
_PAUSES = 8  # between two looks


@lru_cache(maxsize=1)
def shared() -> Any:
    """The block of memory, known to the linker as symgrad_shared."""
    room = (ctypes.c_int64 * ((_BYTES + 128) // 8))()
    llvm = llvm_engine.binding()
    llvm.add_symbol("symgrad_shared", _start(room))
    if sys.platform == "win32":
        yields = ctypes.windll.kernel32.SwitchToThread
    else:
        yields = ctypes.CDLL(None).sched_yield
    llvm.add_symbol("symgrad_yield", ctypes.cast(yields, ctypes.c_void_p).value)
    return room


def _start(room: Any) -> int:
    """The first line of the cache in the block."""
    return (ctypes.addressof(room) + 127) // 128 * 128


def field(name: str, offset: int) -> str:
    return f"  %{name} = getelementptr i8, ptr @symgrad_shared, i64 {offset}\n"


def _waits(x86: bool) -> str:
    """breathe(): a short wait, in which another thread may have this processor: perhaps the one that is waited for."""
    once = "call void @llvm.x86.sse2.pause()" if x86 else "fence seq_cst"
    return f"""
@symgrad_shared = external global i8
declare i32 @symgrad_yield()
{"declare void @llvm.x86.sse2.pause()" if x86 else ""}
define internal void @breathe() nounwind {{
entry:
  br label %again
again:
  %n = phi i64 [ 0, %entry ], [ %next, %again ]
  {once}
  %next = add i64 %n, 1
  %more = icmp slt i64 %next, {_PAUSES}
  br i1 %more, label %again, label %end
end:
  %ignored = call i32 @symgrad_yield()
  ret void
}}"""


def _serve(x86: bool) -> str:
    """serve(k): work on batches as helper k until none has come for a while."""
    clock = "call i64 @llvm.readcyclecounter()" if x86 else "add i64 0, 0"
    return f"""{_waits(x86)}
@symgrad_none = external global i8
declare i64 @PyLong_AsSsize_t(ptr)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare void @Py_IncRef(ptr)
declare i64 @llvm.readcyclecounter()
define ptr @serve(ptr %self, ptr %args, i64 %nargs, ptr %keywords) {{
entry:
  %k.o = load ptr, ptr %args
  %k = call i64 @PyLong_AsSsize_t(ptr %k.o)
  %state = call ptr @PyEval_SaveThread()
{field("open", OPEN)}{field("active", ACTIVE)}{field("run.p", RUN)}{field("sleeps", ASLEEP)}
  %asleep = getelementptr i64, ptr %sleeps, i64 %k
  br label %begin
begin:
  %since = {clock}
  br label %look
look:
  %looks = phi i64 [ 0, %begin ], [ %looked, %idle ]
  %is.open = load atomic i64, ptr %open seq_cst, align 8
  %any = icmp ne i64 %is.open, 0
  br i1 %any, label %enter, label %idle
idle:
  call void @breathe()
  %looked = add i64 %looks, 1
  %now = {clock}
  %passed = sub i64 %now, %since
  %ticks = add i64 %passed, %looked
  %more = icmp ult i64 %ticks, {_PATIENCE if x86 else _LOOKS}
  br i1 %more, label %look, label %sleep
enter:
  %before = atomicrmw add ptr %active, i64 1 seq_cst
  %still = load atomic i64, ptr %open seq_cst, align 8
  %good = icmp ne i64 %still, 0
  br i1 %good, label %work, label %leave
work:
  %run = load ptr, ptr %run.p
  call void %run(i64 %k)
  br label %leave
leave:
  %after = atomicrmw sub ptr %active, i64 1 seq_cst
  br label %begin
sleep:
  store atomic i64 1, ptr %asleep seq_cst, align 8
  %late = load atomic i64, ptr %open seq_cst, align 8
  %came = icmp ne i64 %late, 0
  br i1 %came, label %stay, label %return
stay:
  store atomic i64 0, ptr %asleep seq_cst, align 8
  br label %enter
return:
  call void @PyEval_RestoreThread(ptr %state)
  call void @Py_IncRef(ptr @symgrad_none)
  ret ptr @symgrad_none
}}"""


def together(memory: int, tiles: int, x86: bool) -> str:
    """share(k), which takes pieces as helper k, and together(…), which offers a batch and works on it.

    Each of them has room for `memory` bytes of values and `tiles` bytes of tiles.
    """
    return f"""{_waits(x86)}
define internal void @share(i64 %k) nounwind {{
entry:
{field("next", NEXT)}{field("stop.p", STOP)}{field("grain.p", GRAIN)}{field("in.p", INPUTS)}{field("out.p", OUTPUTS)}
{field("memory.p", MEMORY)}
  %stop = load i64, ptr %stop.p
  %grain = load i64, ptr %grain.p
  %in = load ptr, ptr %in.p
  %out = load ptr, ptr %out.p
  %all = load ptr, ptr %memory.p
  %at = mul i64 %k, {memory + tiles}
  %memory = getelementptr i8, ptr %all, i64 %at
  %tiles = getelementptr i8, ptr %memory, i64 {memory}
  br label %take
take:
  %start = atomicrmw add ptr %next, i64 %grain seq_cst
  %any = icmp slt i64 %start, %stop
  br i1 %any, label %work, label %done
work:
  %end = add i64 %start, %grain
  %last = icmp sgt i64 %end, %stop
  %to = select i1 %last, i64 %stop, i64 %end
  call void @drive(ptr %in, ptr %out, i64 %start, i64 %to, ptr %memory, ptr %tiles)
  br label %take
done:
  ret void
}}
define internal void @together(ptr %in, ptr %out, i64 %start, i64 %stop, i64 %grain, ptr %memory) nounwind {{
entry:
{field("open", OPEN)}{field("active", ACTIVE)}{field("next", NEXT)}{field("stop.p", STOP)}{field("grain.p", GRAIN)}
{field("run.p", RUN)}{field("in.p", INPUTS)}{field("out.p", OUTPUTS)}{field("memory.p", MEMORY)}
  store ptr @share, ptr %run.p
  store ptr %in, ptr %in.p
  store ptr %out, ptr %out.p
  store ptr %memory, ptr %memory.p
  store i64 %stop, ptr %stop.p
  store i64 %grain, ptr %grain.p
  store atomic i64 %start, ptr %next seq_cst, align 8
  store atomic i64 1, ptr %open seq_cst, align 8
  call void @share(i64 0)
  store atomic i64 0, ptr %open seq_cst, align 8
  br label %look
look:
  %working = load atomic i64, ptr %active seq_cst, align 8
  %none = icmp eq i64 %working, 0
  br i1 %none, label %done, label %wait
wait:
  call void @breathe()
  br label %look
done:
  ret void
}}"""


class Helpers:
    """The threads of this process: each has a number of its own, and lives as long as the process does."""

    def __init__(self) -> None:
        shared()
        self._code = llvm_engine.Loaded(llvm_engine.object_code(_serve(llvm_engine.host().x86), 1))
        self._serve = llvm_entry.builtin(self._code, "serve", lambda *_: None)
        self._bells: list[SimpleQueue[None]] = []
        self._asleep = (ctypes.c_int64 * MOST).from_address(_start(shared()) + ASLEEP)
        self.busy = threading.Lock()  # whoever holds it may offer a batch

    @property
    def count(self) -> int:
        return len(self._bells)

    def wake(self, count: int) -> None:
        """See that so many are there, and ring for those among them that sleep. Only for the holder of `busy`.

        A helper that has given up waiting still needs the interpreter for going to bed, and may not get it before the
        next batch begins: the bell is then heard as soon as it lies down.
        """
        while self.count < count:
            self._bells.append(SimpleQueue())
            name = f"symgrad-{self.count}"
            threading.Thread(target=self._live, args=(self.count - 1,), name=name, daemon=True).start()
        for k in range(count):
            if self._asleep[k + 1]:
                self._asleep[k + 1] = 0
                self._bells[k].put(None)

    def _live(self, k: int) -> None:
        bell, serve = self._bells[k], self._serve
        while True:
            serve(k + 1)
            bell.get()


_HELPERS: list[Helpers] = []
_STARTING = threading.Lock()


def helpers() -> Helpers:
    if not _HELPERS:
        with _STARTING:
            if not _HELPERS:
                _HELPERS.append(Helpers())
    return _HELPERS[0]


def helped(call: Callable[..., None], inputs: Any, out: Any, points: int, threads: int) -> None:
    """Run a native batch with the helpers, unless they are helping another: then there is no processor to spare."""
    team = helpers()
    if not team.busy.acquire(blocking=False):
        call(inputs, out, 0, points)
        return
    try:
        team.wake(threads - 1)
        call(inputs, out, 0, points, -(-points // (threads * PIECES * 64)) * 64, team.count)
    finally:
        team.busy.release()


def _forget() -> None:
    """After a fork the child has none of the threads, and perhaps half a batch."""
    global _STARTING  # noqa: PLW0603
    _STARTING = threading.Lock()
    _HELPERS.clear()
    if shared.cache_info().currsize:
        room = shared()
        ctypes.memset(room, 0, ctypes.sizeof(room))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
