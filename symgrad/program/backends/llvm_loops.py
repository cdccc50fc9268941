"""Whole loops of steps as native code: the body of a step inlined, what is carried kept in registers."""

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np

from symgrad.program.backends import llvm_emit, llvm_engine, llvm_math
from symgrad.program.backends.llvm_text import Target
from symgrad.program.program import Program

LONGEST = 2_000_000.0  # nanoseconds of estimated work after which Python may look for an interrupt


def write(program: Program, target: Target, carried: int, size: int) -> str:
    """A module with `i64 loop(ptr carried, ptr parameters, i64 first, i64 steps, ptr rows, ptr memory, i64 mask)`.

    Inputs of the program: what is carried, the parameters, the number of the step. Outputs: what is carried on, a
    reason to stop (where above 0), and what is recorded. A row: the first of those, `size` carried values, the others;
    it is written where the number of the step and the mask have no bit in common.
    The result is the number of steps taken, or −1 − that number if there was a reason to stop.
    """
    module = llvm_emit.write_point(program, target, inline=True)
    inputs, outputs = len(program.inputs), len(program.outputs)
    parameters, recorded = inputs - carried - 1, outputs - carried - 1
    row = recorded + size
    copies = []
    for i in range(carried):
        copies += [
            f"  %from{i} = getelementptr double, ptr %o, i64 {i}",
            f"  %value{i} = load double, ptr %from{i}",
            f"  %to{i} = getelementptr double, ptr %x, i64 {i}",
            f"  store double %value{i}, ptr %to{i}",
        ]
    keep = "\n".join(copies)
    if carried > 64:
        keep = f"  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %o, i64 {8 * carried}, i1 false)"
    module.declared.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
    module.functions.append(
        f"""define i64 @loop(
  ptr %carried, ptr %parameters, i64 %first, i64 %steps, ptr %rows, ptr %memory, i64 %mask
) nounwind {{
entry:
  %x = alloca [{inputs} x double], align 64
  %o = alloca [{outputs} x double], align 64
  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %carried, i64 {8 * carried}, i1 false)
  %given = getelementptr double, ptr %x, i64 {carried}
  call void @llvm.memcpy.p0.p0.i64(ptr %given, ptr %parameters, i64 {8 * parameters}, i1 false)
  %number = getelementptr double, ptr %x, i64 {inputs - 1}
  %reason.p = getelementptr double, ptr %o, i64 {carried}
  %shown = getelementptr double, ptr %o, i64 {carried + 1}
  %others = getelementptr double, ptr %o, i64 {carried + 2}
  %silent = icmp eq ptr %rows, null
  %none = icmp sle i64 %steps, 0
  br i1 %none, label %done, label %step
step:
  %i = phi i64 [ 0, %entry ], [ %next, %on ]
  %row = phi ptr [ %rows, %entry ], [ %row.next, %on ]
  %k = add i64 %first, %i
  %k.double = sitofp i64 %k to double
  store double %k.double, ptr %number
  call void @point(ptr %x, ptr %o, ptr %memory)
  %bits = and i64 %k, %mask
  %between = icmp ne i64 %bits, 0
  %skipped = or i1 %silent, %between
  br i1 %skipped, label %look, label %record
record:
  %r1 = getelementptr double, ptr %row, i64 1
  %r2 = getelementptr double, ptr %row, i64 {1 + size}
  %row.end = getelementptr double, ptr %row, i64 {row}
  %first.shown = load double, ptr %shown
  store double %first.shown, ptr %row
  call void @llvm.memcpy.p0.p0.i64(ptr %r1, ptr %x, i64 {8 * size}, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %r2, ptr %others, i64 {8 * (recorded - 1)}, i1 false)
  br label %look
look:
  %row.next = phi ptr [ %row, %step ], [ %row.end, %record ]
  %reason = load double, ptr %reason.p
  %stop = fcmp ogt double %reason, {llvm_math.ZERO}
  br i1 %stop, label %stopped, label %on, !prof !0
on:
{keep}
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %steps
  br i1 %more, label %step, label %done
stopped:
  %negative = xor i64 %i, -1
  br label %done
done:
  %result = phi i64 [ 0, %entry ], [ %steps, %on ], [ %negative, %stopped ]
  call void @llvm.memcpy.p0.p0.i64(ptr %carried, ptr %x, i64 {8 * carried}, i1 false)
  ret i64 %result
}}"""
    )
    return module.text


def build(program: Program, carried: int, size: int) -> Callable[..., tuple[int, bool]]:
    """run(values, parameters, first, steps, rows, every) -> (steps taken, whether there was a reason); values are
    changed, and every so manieth row is written, a power of two."""
    long = len(program.lines) > 100
    text = write(program, llvm_engine.host(), carried, size)
    loaded = llvm_engine.Loaded(llvm_engine.object_code(text, 2, slp=long))
    kind = ctypes.CFUNCTYPE(
        ctypes.c_int64,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int64,
    )
    call = kind(loaded.address("loop"))
    memory = np.empty(max(1, llvm_emit.memory_of(program)))
    most = max(1, int(LONGEST / (1 + len(program.lines))))

    def run(
        values: Any, parameters: tuple[float, ...], first: int, steps: int, rows: Any, every: int
    ) -> tuple[int, bool]:
        given, scratch = np.array(parameters), np.empty_like(memory)
        taken = 0
        while taken < steps:
            now, begin = min(most, steps - taken), first + taken
            written = -(-begin // every) - -(-first // every)  # multiples from first up to begin
            place = None if rows is None else rows[written:].ctypes.data
            where = values.ctypes.data, given.ctypes.data
            done = call(*where, begin, now, place, scratch.ctypes.data, every - 1)
            if done < 0:
                return taken - 1 - done, True
            taken += done
        return taken, False

    run.code = loaded  # type: ignore[attr-defined]  # the code lives as long as the function
    return run
