"""The text of a loop: the body of a step inlined, what is carried kept in registers.

A step of a short loop takes as long as the chain of operations from one point to the next; everything else (the value,
whether to stop, whether to record) must fit beside it. So the test of the gradient is a few operations that nothing
waits for, and recording is one comparison with the number of the next step to record.
"""

from collections.abc import Sequence

from symgrad.program.backends import llvm_emit, llvm_rolled
from symgrad.program.backends.llvm_text import Target, double
from symgrad.program.chains import shortened
from symgrad.program.lanes import Lanes
from symgrad.program.program import Program

PARAMETERS = 2  # the rate and the tolerance
SHORT = 100  # lines up to which the loop is written twice: with a test of the gradient, and without


def write(program: Program, target: Target, carried: int, size: int, sums: Sequence[Lanes] = ()) -> str:
    """A module with `i64 loop(ptr x, i64 first, i64 steps, ptr rows, ptr memory, i64 every)`.

    Inputs of the program: what is carried, the rate, the tolerance, the number of the step; they stand in x, where what
    is carried is left at the end; behind them in the program the values and derivatives of `sums`, which are computed
    first in each step. Outputs: what is carried on, the value, the gradient. Before step k, where k is a
    multiple of `every`, a row is written (unless `rows` is null): value, the first `size` carried values, gradient.
    The result is the number of steps taken, or −1 − that number if there was a reason to stop: no component of the
    gradient above the tolerance, or the value or the gradient not finite. `brief` is a way to call it (see below).
    """
    steady = (f"x{carried}", f"x{carried + 1}")
    late = [f"x{k}" for k in range(carried + PARAMETERS + 1, len(program.inputs))]
    module = llvm_emit.write_point(shortened(program, carried, steady, late), target, inline=True)
    module.declared.add("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)")
    module.declared |= {"declare double @llvm.fabs.f64(double)", "declare double @llvm.fma.f64(double, double, double)"}
    if sums:
        llvm_rolled.write(module, sums)
    quick = not sums and len(program.lines) <= SHORT and size > 0
    named = ("internal ", "loop.tested") if quick else ("", "loop")
    module.functions.append(_tested(len(program.inputs), carried, size, target, *named))
    if quick:
        module.functions += [_bare(len(program.inputs), carried, size, target), _driver(size, carried + 1)]
    module.functions.append(_brief(carried))
    return module.text


_ARGUMENTS = "ptr %given, i64 %first, i64 %steps, ptr %rows, ptr %memory, i64 %every"


def _frame(inputs: int, carried: int, size: int) -> str:
    """The room for one step, filled with what is given."""
    given = carried + PARAMETERS
    return f"""  %x = alloca [{inputs} x double], align 64
  %o = alloca [{carried + 1 + size} x double], align 64
  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %given, i64 {8 * given}, i1 false)
  %number = getelementptr double, ptr %x, i64 {given}
  %sums = getelementptr double, ptr %x, i64 {given + 1}
  %none = icmp sle i64 %steps, 0
  br i1 %none, label %done, label %step"""


def _step(inputs: int, carried: int) -> str:
    """One step at what is in the frame."""
    sums = "  call void @sums(ptr %x, ptr %sums)\n" if inputs > carried + PARAMETERS + 1 else ""
    return f"""  %k = add i64 %first, %i
  %k.double = sitofp i64 %k to double
  store double %k.double, ptr %number
{sums}  call void @point(ptr %x, ptr %o, ptr %memory)"""


def _tested(inputs: int, carried: int, size: int, target: Target, linkage: str, name: str) -> str:
    """The loop that tests the gradient before every step and records."""
    return f"""define {linkage}i64 @{name}({_ARGUMENTS}) nounwind {{
entry:
  %tolerance.p = getelementptr double, ptr %given, i64 {carried + 1}
  %tolerance = load double, ptr %tolerance.p
  %silent = icmp eq ptr %rows, null
  %minus = sub i64 0, %first
  %bits = sub i64 %every, 1
  %wait = and i64 %minus, %bits
  %due.first = select i1 %silent, i64 -1, i64 %wait
{_frame(inputs, carried, size)}
step:
  %i = phi i64 [ 0, %entry ], [ %next, %on ]
  %due = phi i64 [ %due.first, %entry ], [ %due.next, %on ]
  %row = phi ptr [ %rows, %entry ], [ %row.next, %on ]
{_step(inputs, carried)}
  %recorded = icmp eq i64 %i, %due
  br i1 %recorded, label %record, label %look
record:
  %r1 = getelementptr double, ptr %row, i64 1
  %r2 = getelementptr double, ptr %row, i64 {1 + size}
  %row.end = getelementptr double, ptr %row, i64 {1 + 2 * size}
  %shown = getelementptr double, ptr %o, i64 {carried}
  %slopes = getelementptr double, ptr %o, i64 {carried + 1}
  %value = load double, ptr %shown
  store double %value, ptr %row
  call void @llvm.memcpy.p0.p0.i64(ptr %r1, ptr %x, i64 {8 * size}, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %r2, ptr %slopes, i64 {8 * size}, i1 false)
  %due.later = add i64 %due, %every
  br label %look
look:
  %row.next = phi ptr [ %row, %step ], [ %row.end, %record ]
  %due.next = phi i64 [ %due, %step ], [ %due.later, %record ]
{_odd(range(carried, carried + 1 + size), target)}
  br i1 %odd, label %stopped, label %size, !prof !0
size:
{_largest(range(carried + 1, carried + 1 + size))}
  %small = fcmp ule double %largest, %tolerance
  br i1 %small, label %stopped, label %on, !prof !0
on:
{_carry(carried)}
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %steps
  br i1 %more, label %step, label %done
stopped:
  %negative = xor i64 %i, -1
  br label %done
done:
  %result = phi i64 [ 0, %entry ], [ %steps, %on ], [ %negative, %stopped ]
  call void @llvm.memcpy.p0.p0.i64(ptr %given, ptr %x, i64 {8 * carried}, i1 false)
  ret i64 %result
}}"""


def _bare(inputs: int, carried: int, size: int, target: Target) -> str:
    """The loop without tolerance and rows, for which the gradient itself need not be known: it ends also before a step
    at which the value or the next point is not finite. The result is the number of steps taken."""
    return f"""define internal i64 @loop.bare(ptr %given, i64 %first, i64 %steps, ptr %memory) nounwind {{
entry:
{_frame(inputs, carried, size)}
step:
  %i = phi i64 [ 0, %entry ], [ %next, %on ]
{_step(inputs, carried)}
{_odd((carried, *range(size)), target)}
  br i1 %odd, label %done, label %on, !prof !0
on:
{_carry(carried)}
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %steps
  br i1 %more, label %step, label %done
done:
  %result = phi i64 [ 0, %entry ], [ %i, %step ], [ %steps, %on ]
  call void @llvm.memcpy.p0.p0.i64(ptr %given, ptr %x, i64 {8 * carried}, i1 false)
  ret i64 %result
}}"""


def _driver(size: int, tolerance: int) -> str:
    """The bare loop as far as it goes, and one step of the other wherever something is to be recorded or looked at."""
    return f"""define i64 @loop({_ARGUMENTS}) nounwind {{
entry:
  %tolerance.p = getelementptr double, ptr %given, i64 {tolerance}
  %tolerance = load double, ptr %tolerance.p
  %untested = fcmp olt double %tolerance, {double(0.0)}
  %silent = icmp eq ptr %rows, null
  %each = icmp eq i64 %every, 1
  %thin = xor i1 %each, true
  %seldom = or i1 %silent, %thin
  %quick = and i1 %untested, %seldom
  %bits = sub i64 %every, 1
  br i1 %quick, label %head, label %slow
slow:
  %whole = call i64 @loop.tested({_ARGUMENTS})
  ret i64 %whole
head:
  %i = phi i64 [ 0, %entry ], [ %after, %one ]
  %row = phi ptr [ %rows, %entry ], [ %row.next, %one ]
  %left = sub i64 %steps, %i
  %k = add i64 %first, %i
  %minus = sub i64 0, %k
  %wait = and i64 %minus, %bits
  %longer = icmp slt i64 %left, %wait
  %all = or i1 %longer, %silent
  %count = select i1 %all, i64 %left, i64 %wait
  %taken = call i64 @loop.bare(ptr %given, i64 %k, i64 %count, ptr %memory)
  %at = add i64 %i, %taken
  %more = icmp slt i64 %at, %steps
  br i1 %more, label %one, label %end
one:
  %here = add i64 %first, %at
  %result = call i64 @loop.tested(ptr %given, i64 %here, i64 1, ptr %row, ptr %memory, i64 %every)
  %place = and i64 %here, %bits
  %due = icmp eq i64 %place, 0
  %recorded = select i1 %silent, i1 false, i1 %due
  %row.end = getelementptr double, ptr %row, i64 {1 + 2 * size}
  %row.next = select i1 %recorded, ptr %row.end, ptr %row
  %after = add i64 %at, 1
  %good = icmp eq i64 %result, 1
  br i1 %good, label %head, label %stopped
stopped:
  %negative = xor i64 %at, -1
  ret i64 %negative
end:
  ret i64 %steps
}}"""


def _carry(carried: int) -> str:
    """What is carried on becomes what is carried in: through registers, unless it is too much for them."""
    if carried > 64:
        return f"  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %o, i64 {8 * carried}, i1 false)"
    copies = []
    for i in range(carried):
        copies += [
            f"  %from{i} = getelementptr double, ptr %o, i64 {i}",
            f"  %value{i} = load double, ptr %from{i}",
            f"  %to{i} = getelementptr double, ptr %x, i64 {i}",
            f"  store double %value{i}, ptr %to{i}",
        ]
    return "\n".join(copies)


def _odd(outputs: Sequence[int], target: Target) -> str:
    """%odd: whether any of the outputs is infinite or NaN: 0·u is 0 for finite u and NaN for any other."""
    lines: list[str] = []
    ends: list[str] = []
    chains = 1 if len(outputs) <= 8 else 4
    for j, k in enumerate(outputs):
        lines += [f"  %o{j}.p = getelementptr double, ptr %o, i64 {k}", f"  %o{j} = load double, ptr %o{j}.p"]
        product = f"fmul double %o{j}, {double(0.0)}"
        if j < chains:
            lines.append(f"  %zero{j} = {product}")
            ends.append(f"%zero{j}")
            continue
        before = ends[j % chains]
        if target.fma:
            lines.append(f"  %zero{j} = call double @llvm.fma.f64(double %o{j}, double {double(0.0)}, double {before})")
        else:
            lines += [f"  %own{j} = {product}", f"  %zero{j} = fadd double %own{j}, {before}"]
        ends[j % chains] = f"%zero{j}"
    total = ends[0]
    for j, other in enumerate(ends[1:]):
        lines.append(f"  %zeros{j} = fadd double {total}, {other}")
        total = f"%zeros{j}"
    return "\n".join([*lines, f"  %odd = fcmp uno double {total}, {total}"])


def _largest(slopes: Sequence[int]) -> str:
    """%largest: the size of the largest component; none of them is NaN."""
    lines: list[str] = []
    sizes = [double(0.0)] if not slopes else []
    for k in slopes:
        lines += [f"  %u{k}.p = getelementptr double, ptr %o, i64 {k}", f"  %u{k} = load double, ptr %u{k}.p"]
        lines.append(f"  %size{k} = call double @llvm.fabs.f64(double %u{k})")
        sizes.append(f"%size{k}")
    for count in range(len(sizes) - 1):
        a, b, *sizes = sizes
        lines += [
            f"  %larger{count} = fcmp ogt double {a}, {b}",
            f"  %most{count} = select i1 %larger{count}, double {a}, double {b}",
        ]
        sizes.append(f"%most{count}")
    return "\n".join([*lines, f"  %largest = fadd double {sizes[0]}, {double(-0.0)}"])


def _brief(carried: int) -> str:
    """`void brief(ptr x, ptr parts, ptr memory)`, a body as `llvm_entry` calls it: x is what the loop is given and, as
    doubles, the numbers of the first step and of steps; the parts are its result and what it leaves."""
    given = carried + PARAMETERS
    return f"""define void @brief(ptr %x, ptr %parts, ptr %memory) nounwind {{
  %left.p = getelementptr ptr, ptr %parts, i64 1
  %result.p = load ptr, ptr %parts
  %left = load ptr, ptr %left.p
  call void @llvm.memcpy.p0.p0.i64(ptr %left, ptr %x, i64 {8 * given}, i1 false)
  %first.p = getelementptr double, ptr %x, i64 {given}
  %steps.p = getelementptr double, ptr %x, i64 {given + 1}
  %first.double = load double, ptr %first.p
  %steps.double = load double, ptr %steps.p
  %first = fptosi double %first.double to i64
  %steps = fptosi double %steps.double to i64
  %result = call i64 @loop(ptr %left, i64 %first, i64 %steps, ptr null, ptr %memory, i64 1)
  %result.double = sitofp i64 %result to double
  store double %result.double, ptr %result.p
  ret void
}}"""
