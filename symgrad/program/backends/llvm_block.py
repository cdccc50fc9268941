"""From a program to LLVM IR: the body for a vector of points, and the loop over all of them.

Calls of the same function stand side by side, and where the operations of one vector would still wait for each other,
two vectors do. What goes past the divider, and past the cache, is decided by what the ports have to do (see
`llvm_ports`).
"""

from collections.abc import Sequence

from symgrad.program.backends import llvm_nan, llvm_ports
from symgrad.program.backends.llvm_body import Body
from symgrad.program.backends.llvm_bounds import refined
from symgrad.program.backends.llvm_emit import Module, Rows, write_functions
from symgrad.program.backends.llvm_fuse import Step, fused
from symgrad.program.backends.llvm_order import grouped
from symgrad.program.backends.llvm_text import Target
from symgrad.program.program import Program

MOST_TOGETHER = 8  # calls of one function on vectors that are computed side by side


def write_block(program: Program, target: Target, *, past_the_cache: bool = False) -> Module:
    """A module with `void block(ptr inputs, ptr outputs, i64 start, i64 stop, ptr memory)`, whole vectors only.

    No row of results may overlap a row of inputs: what is computed early is stored before all inputs are read.
    With `past_the_cache` the stores don't first read the memory that they fill; then all rows must be aligned to a
    vector at `start`.
    """
    module = Module(target)
    steps = _block_steps(program, target)
    most = MOST_TOGETHER if target.avx512 else 2

    def load(body: Body, i: int) -> str:
        pointer = body.new(f"getelementptr ptr, ptr %inputs, i64 {i}")
        row = body.new(f"load ptr, ptr {pointer}, align 8, !invariant.load !1")
        place = body.new(f"getelementptr double, ptr {row}, i64 %i")
        return body.new(f"load {body.kind}, ptr {place}, align 8, !alias.scope !3")

    def store(body: Body, k: int, value: str) -> None:
        pointer = body.new(f"getelementptr ptr, ptr %outputs, i64 {k}")
        row = body.new(f"load ptr, ptr {pointer}, align 8, !invariant.load !1")
        place = body.new(f"getelementptr double, ptr {row}, i64 %i")
        how = f"align {8 * target.width}, !nontemporal !2" if past_the_cache else "align 8"
        body.lines.append(f"  store {body.kind} {value}, ptr {place}, {how}, !noalias !3")

    fence = past_the_cache and target.x86
    if fence:
        module.declared.add("declare void @llvm.x86.sse.sfence()")
    vectors = [2, 1] if llvm_ports.vectors_together(steps, target) == 2 else [1]
    for count in vectors:
        rows = Rows(f"block.{count}", "ptr %inputs, ptr %outputs, i64 %i, ptr %memory", load, store)
        groups = grouped(steps, program.outputs, most // count)
        write_functions(module, program, groups, count * target.width, rows, inline=True)
    module.functions.append(
        f"""define void @block(ptr %inputs, ptr %outputs, i64 %start, i64 %stop, ptr %memory) {module.long} {{
{_loops(vectors, target.width)}
{"  call void @llvm.x86.sse.sfence()" if fence else ""}
  ret void
}}
!1 = !{{}}
!2 = !{{i32 1}}
!3 = !{{!4}}
!4 = distinct !{{!4, !5}}
!5 = distinct !{{!5}}"""
    )
    return module


def _block_steps(program: Program, target: Target) -> list[Step]:
    """The steps for vectors of points."""
    steps = llvm_nan.without_needless(refined(fused(program, target)), program.outputs)
    return llvm_ports.balanced(steps, target)


def waits_for_memory(program: Program, target: Target) -> bool:
    """Whether reading and writing large arrays takes longer than what is computed between."""
    steps = _block_steps(program, target)
    rows = len(program.inputs) + len(program.outputs)
    return llvm_ports.waits_for_memory(llvm_ports.of_steps(steps, target), rows, target)


def _loops(vectors: Sequence[int], width: int) -> str:
    """One loop after another, each over so many vectors at once, from %start as far as there are points up to %stop."""
    texts, before, start = ["entry:"], "entry", "%start"
    for count in vectors:
        texts.append(f"""  br label %head{count}
head{count}:
  %i{count} = phi i64 [ {start}, %{before} ], [ %next{count}, %body{count} ]
  %next{count} = add nsw i64 %i{count}, {count * width}
  %more{count} = icmp sle i64 %next{count}, %stop
  br i1 %more{count}, label %body{count}, label %done{count}
body{count}:
  call void @block.{count}(ptr %inputs, ptr %outputs, i64 %i{count}, ptr %memory)
  br label %head{count}
done{count}:""")
        before, start = f"done{count}", f"%i{count}"
    return "\n".join(texts)
