"""Counting what the ports of a processor have to do, and what is decided by it."""

import pytest

pytest.importorskip("llvmlite")

from symgrad.program.backends import llvm_ports
from symgrad.program.backends.llvm_fuse import Step
from symgrad.program.backends.llvm_math import KERNELS
from symgrad.program.backends.llvm_ports import Work, balanced, of_kernel, of_steps, vectors_together, waits_for_memory
from symgrad.program.backends.llvm_text import Target

AVX512, AVX2, NEON = Target(8, avx512=True), Target(4, x86=True), Target(2)


def divisions(count, others):
    steps = [Step((f"v{i}",), "divide", (1.0, f"x{i}")) for i in range(count)]
    return steps + [Step((f"w{i}",), "fma", ("x0", "x0", "x1")) for i in range(others)]


def multiplied(count, others):
    return sum(step.op == "reciprocal" for step in balanced(divisions(count, others), AVX512))


@pytest.mark.parametrize("target", [AVX512, AVX2, NEON])
@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_has_a_count(name, target):
    work = of_kernel(name, target)
    assert 1 <= work.operations < 2000
    assert 0 <= work.divider < 500


def test_the_exponential_is_counted_as_its_instructions():
    """Two to clamp, four to reduce, six of the polynomial, the table, the scale, the sum."""
    assert of_kernel("exp_of_negative", AVX512).operations == 15
    assert of_kernel("exp_of_negative", AVX512).divider == 0
    assert of_kernel("exp", AVX2).operations > 20


def test_what_is_computed_twice_in_the_text_is_counted_once():
    """The guess of the reciprocal is also what tells whether it needs care."""
    plain, guarded = of_kernel("reciprocal_of_unit", AVX512), of_kernel("reciprocal", AVX512)
    assert plain.operations == 9
    assert guarded.operations == plain.operations + 5  # size, sign, the guess made smaller, its class, any of them


def test_divisions_stay_where_the_divider_is_ahead():
    assert multiplied(1, 2) == 1
    assert multiplied(1, 400) == 0
    assert multiplied(10, 800) == 0


def test_divisions_are_shared_out_between_both_ways():
    assert 0 < multiplied(12, 0) < 12
    assert multiplied(12, 800) == 0


def test_other_processors_have_nothing_to_choose():
    for target in (AVX2, NEON):
        assert balanced(divisions(10, 0), target) == divisions(10, 0)


def test_a_reciprocal_that_was_chosen_elsewhere_may_go_back_to_the_divider():
    steps = [Step(("v0",), "reciprocal_of_unit", ("x0",)), *divisions(0, 400)]
    assert balanced(steps, AVX512)[0] == Step(("v0",), "divide", (1.0, "x0"))
    assert balanced(steps, AVX2)[0].op == "divide"


def test_what_is_known_to_be_tame_needs_no_care():
    steps = [
        Step(("v0",), "abs", ("x0",)), Step(("v1",), "negate", ("v0",)), Step(("v2",), "exp_of_negative", ("v1",)),
        Step(("v3",), "add", ("v2", 1.0)), Step(("v4",), "divide", (1.0, "v3")), Step(("v5",), "divide", (1.0, "v2")),
        Step(("v6",), "divide", (-8.0, "v3")), Step(("v7",), "divide", (3.0, "v3")),
        Step(("v8",), "divide", ("x0", "v3")),
    ]  # fmt: skip
    found = {name: step.op for step in balanced(steps, AVX512) for name in step.names}
    assert found["v4"] == "reciprocal_of_unit"
    assert found["v5"] == "reciprocal"
    assert (found["v6.inverse"], found["v6"]) == ("reciprocal_of_unit", "multiply")
    assert (found["v7"], found["v8"]) == ("divide", "divide")


def test_memory_is_waited_for_where_there_is_little_to_compute():
    assert waits_for_memory(of_steps(divisions(0, 20), AVX512), 4, AVX512)
    assert not waits_for_memory(of_steps(divisions(0, 200), AVX512), 4, AVX512)
    assert waits_for_memory(Work(0, 0), 1, NEON)


def test_the_slower_of_the_two_decides():
    assert Work(100, 10).cycles > Work(90, 10).cycles > Work(0, 10).cycles >= 10
    assert Work(10, 50).plus(Work(2, 3), 2) == Work(14, 56)
    assert llvm_ports.PORTS == 2


def test_programs_without_work_are_counted_too():
    assert vectors_together([Step(("v0",), "negate", ("x0",))], AVX512) == 1
    assert vectors_together([], AVX512) == 1
