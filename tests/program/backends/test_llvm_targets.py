"""Code for other processors than this one: that LLVM can make objects of it, so that no machine is left out unseen."""

import subprocess
import sys

import pytest

pytest.importorskip("llvmlite")

from symgrad.program import Line, Program
from symgrad.program.backends import llvm_block, llvm_emit
from symgrad.program.backends.llvm_text import Target
from symgrad.program.program import OPERATIONS

TARGETS = {
    "SSE2": ("x86_64-unknown-linux-gnu", "x86-64", "", Target(2, False, False, True)),
    "AVX2": ("x86_64-unknown-linux-gnu", "x86-64-v3", "", Target(4, False, True, True)),
    "AVX-512": ("x86_64-unknown-linux-gnu", "x86-64-v4", "", Target(8, True, True, True)),
    "AVX-512 on Windows": ("x86_64-pc-windows-msvc", "x86-64-v4", "", Target(8, True, True, True)),
    "NEON": ("aarch64-unknown-linux-gnu", "generic", "+neon", Target(2, False, True, False)),
    "NEON on macOS": ("arm64-apple-darwin", "apple-m1", "", Target(2, False, True, False)),
}

# A process of its own: what LLVM can't translate ends the process.
COMPILE = """
import sys
import llvmlite.binding as llvm
triple, cpu, features, level = sys.argv[1:5]
llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
try:
    target = llvm.Target.from_triple(triple)
except RuntimeError:
    sys.exit(77)  # this build of LLVM doesn't know the processor
machine = target.create_target_machine(cpu=cpu, features=features, opt=int(level), reloc="pic", codemodel="small")
module = llvm.parse_assembly(sys.stdin.read())
module.triple = triple
if int(level):
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=int(level)))
    builder.getModulePassManager().run(module, builder)
assert len(machine.emit_object(module)) > 500
"""


def everything() -> Program:
    """Every operation once, and enough divisions and exponentials that the quicker ways are taken."""
    lines = []
    for op, row in OPERATIONS.items():
        lines.append(Line(f"v{len(lines)}", op, tuple(f"x{i % 3}" for i in range(row.arity))))
    for i in range(9):
        n = len(lines)
        lines += [
            Line(f"v{n}", "multiply", ("x0", float(i))),
            Line(f"v{n + 1}", "abs", (f"v{n}",)),
            Line(f"v{n + 2}", "negate", (f"v{n + 1}",)),
            Line(f"v{n + 3}", "exp", (f"v{n + 2}",)),
            Line(f"v{n + 4}", "add", (f"v{n + 3}", 1.0)),
            Line(f"v{n + 5}", "divide", (1.0, f"v{n + 4}")),
            Line(f"v{n + 6}", "log1p", (f"v{n + 3}",)),
        ]
    return Program(("a", "b", "c"), tuple(lines), tuple(line.name for line in lines))


def dividing() -> Program:
    """So little beside divisions that some go by multiplication, with care for any number or without."""
    lines = [Line("v0", "abs", ("x0",)), Line("v1", "negate", ("v0",)), Line("v2", "exp", ("v1",))]
    lines += [Line("v3", "add", ("v2", 1.0)), Line("v4", "multiply", ("x0", "x0")), Line("v5", "sqrt", ("v4",))]
    lines += [Line(f"v{i}", "divide", (2.0 ** (i % 3), f"v{i % 3 + 3}")) for i in range(6, 15)]
    return Program(("a",), tuple(lines), tuple(line.name for line in lines))


TEXTS = {
    "point": (llvm_emit.write_point, everything),
    "block": (llvm_block.write_block, everything),
    "dividing": (llvm_block.write_block, dividing),
}


@pytest.mark.parametrize("level", ["0", "2"])
@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("body", TEXTS)
def test_other_processors_have_code(name, body, level):
    triple, cpu, features, target = TARGETS[name]
    write, program = TEXTS[body]
    text = write(program(), target).text
    command = [sys.executable, "-c", COMPILE, triple, cpu, features, level]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == 77:
        pytest.skip(f"LLVM was built without {triple}")
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("name", TARGETS)
def test_no_processor_is_given_instructions_that_it_lacks(name):
    target = TARGETS[name][3]
    for write, program in TEXTS.values():
        text = write(program(), target).text
        assert target.avx512 or "llvm.x86.avx512" not in text
        assert target.fma or "llvm.fma" not in text
        assert target.x86 or "llvm.x86" not in text


def test_the_program_has_everything_that_is_written_in_a_special_way():
    assert {line.op for line in everything().lines} >= set(OPERATIONS)
    text = llvm_block.write_block(everything(), TARGETS["AVX-512"][3]).text
    for name in ("log1p_of_unit", "sincos"):
        assert f"@symgrad.{name}." in text
    text = llvm_block.write_block(dividing(), TARGETS["AVX-512"][3]).text
    for name in ("reciprocal_of_unit", "reciprocal"):
        assert f"@symgrad.{name}." in text
