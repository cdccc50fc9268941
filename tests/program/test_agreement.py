"""Every backend computes what the interpreter says: one class of claims, inherited once for each backend."""

import math
import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
import pytest

from symgrad.program import Line, Program, interpret
from symgrad.program.backends import numpy_, numpy_functions, python_
from symgrad.program.program import OPERATIONS

inf, nan = math.inf, math.nan
SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    3.0,
    inf,
    -inf,
    nan,
    5e-324,
    1e-300,
    1e300,
    -1e300,
    710.0,
    -745.5,
    1e15,
]
ORDINARY = [0.1, -0.3, 0.7, 1.3, -1.9, 2.4, 5.6, -7.7, 11.3, 20.2, -33.3, 100.1]
NUMBERS = [
    op for op, row in OPERATIONS.items() if not row.truth and not row.special and op not in ("select", "polygamma")
]
TRUTHS = ["less", "less_equal", "equal", "not_equal"]
EXACT = {
    "add",
    "subtract",
    "multiply",
    "divide",
    "negate",
    "maximum",
    "minimum",
    "abs",
    "sign",
    "floor",
    "ceil",
    "round",
    "sqrt",
}


def ulps(found: float, expected: float) -> float:
    """The distance in doubles; 0 for NaN and NaN."""
    if math.isnan(expected):
        return 0.0 if math.isnan(found) else inf
    if math.isnan(found):
        return inf
    numbers = []
    for value in (found, expected):
        bits = struct.unpack("<q", struct.pack("<d", value))[0]
        numbers.append(bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF))
    return abs(numbers[0] - numbers[1])


def unary_program(op: str) -> Program:
    return Program(("x",), (Line("v0", op, ("x0",)),), ("v0",))


def binary_program(op: str) -> Program:
    if OPERATIONS[op].truth:
        lines = (Line("v0", op, ("x0", "x1")), Line("v1", "select", ("v0", 1.0, 2.0)))
        return Program(("x", "y"), lines, ("v1",))
    return Program(("x", "y"), (Line("v0", op, ("x0", "x1")),), ("v0",))


def random_program(seed: int, length: int = 40, inputs: int = 3) -> Program:
    """A program of mild operations, so that rounding stays comparable."""
    choose = random.Random(seed)
    smooth = [
        "add",
        "subtract",
        "multiply",
        "maximum",
        "minimum",
        "sin",
        "cos",
        "tanh",
        "arctan",
        "abs",
        "negate",
        "erf",
    ]
    lines: list[Line] = []
    names: list[str | float] = [f"x{i}" for i in range(inputs)]
    truths: list[str] = []
    for k in range(length):
        name = f"v{k}"
        kind = choose.random()
        if kind < 0.1:
            lines.append(Line(name, choose.choice(TRUTHS), (choose.choice(names), choose.choice([*names, 0.25]))))
            truths.append(name)
        elif kind < 0.14 and truths:
            lines.append(Line(name, "and", (choose.choice(truths), choose.choice(truths))))
            truths.append(name)
        elif kind < 0.3 and truths:
            args = (choose.choice(truths), choose.choice(names), choose.choice([*names, 1.5]))
            lines.append(Line(name, "select", args))
            names.append(name)
        else:
            op = choose.choice(smooth)
            args = tuple(choose.choice([*names[-8:], 0.5]) for _ in range(OPERATIONS[op].arity))
            lines.append(Line(name, op, args))
            names.append(name)
    outputs = [*names[-4:], names[0], 2.5, names[-1]]
    return Program(tuple("abc"[:inputs]), tuple(lines), tuple(outputs)).check()


class Agreement:
    """What holds for every backend. A subclass gives `build`, and how far its functions may be off."""

    build: Callable[[Program], object]
    ulps_of_a_function = 4.0
    ulps_of: ClassVar[dict[str, float]] = {}
    special: ClassVar[list[float]] = SPECIAL

    def at_points(self, program: Program, points: Sequence[Sequence[float]]) -> list[list[float]]:
        """All outputs at each of some points."""
        kernel = type(self).build(program)
        return [list(kernel.point(*point)) for point in points]

    def agrees(self, program: Program, points: Sequence[Sequence[float]], allowed: float) -> None:
        for point, found in zip(points, self.at_points(program, points)):
            expected = interpret(program, point)
            for one, other in zip(found, expected, strict=True):
                assert ulps(one, other) <= allowed, f"{program} at {point}: {found}, expected {expected}"

    @pytest.mark.parametrize("op", [op for op in NUMBERS if OPERATIONS[op].arity == 1])
    def test_functions_of_one_number(self, op):
        allowed = self.ulps_of.get(op, 0 if op in EXACT else self.ulps_of_a_function)
        self.agrees(unary_program(op), [[value] for value in self.special + ORDINARY], allowed)

    @pytest.mark.parametrize("op", [op for op in NUMBERS if OPERATIONS[op].arity == 2] + TRUTHS)
    def test_functions_of_two_numbers(self, op):
        allowed = 0 if op in EXACT or op in TRUTHS else self.ulps_of_a_function
        values = self.special + ORDINARY[:5]
        self.agrees(binary_program(op), [[u, v] for u in values for v in values], allowed)

    @pytest.mark.parametrize("order", [0.0, 1.0, 2.0])
    def test_polygamma(self, order):
        program = Program(("x",), (Line("v0", "polygamma", (order, "x0")),), ("v0",))
        self.agrees(program, [[0.3], [1.0], [2.5], [17.0], [nan]], self.ulps_of.get("polygamma", 64))

    @pytest.mark.parametrize("seed", range(25))
    def test_random_programs(self, seed):
        program, choose = random_program(seed), random.Random(seed + 1000)
        points = [[choose.uniform(-2, 2) for _ in program.inputs] for _ in range(20)]
        for point, found in zip(points, self.at_points(program, points)):
            np.testing.assert_allclose(found, interpret(program, point), rtol=1e-11, atol=1e-11)

    def test_a_program_of_nothing_but_constants_and_inputs(self):
        self.agrees(Program(("x", "y"), (), ("x1", 2.0, "x0", "x1")), [[1.0, -3.0]], 0)


class InBatches(Agreement):
    """The same by arrays: all points at once."""

    def at_points(self, program, points):
        columns = [np.array(column, dtype=float) for column in zip(*points)]
        out = np.full((len(program.outputs), len(points)), 77.0)
        type(self).build(program).batch(columns, out)
        return out.T.tolist()

    def test_blocks_join_without_a_seam(self):
        program = random_program(3)
        rng = np.random.default_rng(0)
        columns = [rng.uniform(-2, 2, 40_000) for _ in program.inputs]
        out = np.empty((len(program.outputs), 40_000))
        type(self).build(program).batch(columns, out)
        for k in (0, 16_383, 16_384, 32_767, 32_768, 39_999):
            expected = interpret(program, [float(column[k]) for column in columns])
            np.testing.assert_allclose(out[:, k], expected, rtol=1e-11, atol=1e-11)


class TestPython(Agreement):
    build = staticmethod(python_.build)
    ulps_of_a_function = 0.0


class TestNumpy(InBatches):
    build = staticmethod(numpy_.build)
    ulps_of: ClassVar[dict[str, float]] = {
        "erfc": 64,
        "erfinv": 16,
        "gamma": 16,
        "lgamma": 64,
        "digamma": 64,
    }  # scipy's

    @pytest.mark.parametrize("op", ["erf", "erfc", "erfinv", "gamma", "lgamma", "digamma"])
    def test_functions_that_numpy_lacks_are_there_without_scipy(self, op, monkeypatch):
        monkeypatch.setattr(numpy_functions, "function", numpy_functions.one_by_one)
        self.agrees(unary_program(op), [[value] for value in SPECIAL + ORDINARY], 0)

    def test_points_where_a_condition_fails_are_computed_again_and_no_others(self):
        quick = (Line("v0", "exp", ("x0",)), Line("v1", "add", ("v0", 1.0)), Line("v2", "divide", ("v0", "v1")))
        conditions = (Line("v3", "less", ("v0", inf)), Line("v4", "subtract", ("x0", 3.0)))
        program = Program(("x",), (*quick, *conditions), ("v2", "x0", "v3", "v4"))
        sure = Program(("x",), (Line("v0", "negate", ("x0",)),), ("v0", 7.0))
        for points in ([1.0, 800.0, 3.0, -1.0], [-2.0] * 20_000 + [900.0] + [0.5] * 20_000, [3.0] * 5):
            x = np.array(points)
            out = np.empty((2, len(x)))
            numpy_.build(program, conditions=2, sure=lambda: sure).batch([x], out)
            mended = (x > 709) | (x == 3)
            near = np.minimum(x, 700)
            np.testing.assert_array_equal(out[0], np.where(mended, -x, np.exp(near) / (np.exp(near) + 1)))
            np.testing.assert_array_equal(out[1], np.where(mended, 7.0, x))

    @pytest.mark.parametrize("op", ["sin", "cos"])
    def test_sine_and_cosine_keep_their_digits_near_zeros_and_far_out(self, op):
        values = [k * math.pi / 2 for k in range(-40, 41)] + [math.pi * 2.0**k for k in range(-30, 200, 7)]
        values += [random.Random(1).uniform(-1e6, 1e6) for _ in range(500)]
        self.agrees(unary_program(op), [[value] for value in values], 4)
        square = Program(("x",), (Line("v0", op, ("x0",)), Line("v1", "multiply", ("v0", "v0"))), ("v1",))
        self.agrees(square, [[value] for value in values], 5)


def native(program: Program) -> object:
    pytest.importorskip("llvmlite")
    from symgrad.program.backends import llvm

    return llvm.build(program)


class TestNativePoints(Agreement):
    build = staticmethod(native)
    ulps_of: ClassVar[dict[str, float]] = {"erfinv": 16, "gamma": 16, "lgamma": 16, "digamma": 64}


class TestNativeBatches(InBatches):
    build = staticmethod(native)
    ulps_of: ClassVar[dict[str, float]] = {"erfinv": 16, "gamma": 16, "lgamma": 16, "digamma": 64}


class OlderProcessor:
    """As if this were the least processor of its kind that has these instructions."""

    name: ClassVar[str]
    features: ClassVar[tuple[str, ...]]

    @pytest.fixture(autouse=True)
    def older(self, monkeypatch):
        pytest.importorskip("llvmlite")
        from symgrad.program.backends import llvm_engine

        if not llvm_engine.host().x86 or not set(self.features) <= set(llvm_engine.processor()[1].split(",")):
            pytest.skip(f"this is no {self.name}")
        monkeypatch.setattr(llvm_engine, "processor", lambda: (self.name, ",".join(self.features)))
        monkeypatch.setattr(llvm_engine, "host", llvm_engine.host.__wrapped__)


class Sse2(OlderProcessor):
    name = "x86-64"
    features = ("+64bit", "+cmov", "+cx8", "+fxsr", "+mmx", "+sse", "+sse2")


class Avx2(OlderProcessor):
    name = "haswell"
    features = (
        *Sse2.features, "+sse3", "+ssse3", "+sse4.1", "+sse4.2", "+avx", "+avx2", "+fma", "+bmi", "+bmi2", "+lzcnt",
        "+movbe", "+popcnt",
    )  # fmt: skip


class TestNativePointsWithSse2(Sse2, TestNativePoints):
    pass


class TestNativeBatchesWithSse2(Sse2, TestNativeBatches):
    pass


class TestNativePointsWithAvx2(Avx2, TestNativePoints):
    pass


class TestNativeBatchesWithAvx2(Avx2, TestNativeBatches):
    pass


class TestJax(InBatches):
    ulps_of_a_function = 8.0
    ulps_of: ClassVar[dict[str, float]] = {  # XLA's own
        **{"sinh": 512, "cosh": 512, "artanh": 64, "erfc": 512, "gamma": 1024, "lgamma": 512, "digamma": 256},
    }
    special: ClassVar[list[float]] = [value for value in SPECIAL if value not in (5e-324, 1e-300)]  # subnormals are 0

    @staticmethod
    def build(program):
        pytest.importorskip("jax")
        from symgrad.program.backends import jax_

        return jax_.build(program)

    def test_jax_differentiates_on(self):
        jax = pytest.importorskip("jax")
        from symgrad.program.backends import jax_

        program = Program(("x",), (Line("v0", "sin", ("x0",)),), ("v0",))
        slope = jax.grad(lambda x: jax_.function(program)(x)[0])(0.5)
        assert float(slope) == pytest.approx(math.cos(0.5), rel=1e-5)


class TestTorch(InBatches):
    ulps_of_a_function = 8.0
    ulps_of: ClassVar[dict[str, float]] = {  # torch's own
        **{"sqrt": 1, "gamma": 512, "lgamma": 64, "digamma": 256, "polygamma": 1e7},
    }
    special: ClassVar[list[float]] = [
        value for value in SPECIAL if value not in (5e-324, 1e-300)
    ]  # remainders of a huge ratio

    @staticmethod
    def build(program):
        pytest.importorskip("torch")
        from symgrad.program.backends import torch_

        return torch_.build(program)

    def test_torch_differentiates_on(self):
        torch = pytest.importorskip("torch")
        from symgrad.program.backends import torch_

        x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        torch_.function(Program(("x",), (Line("v0", "sin", ("x0",)),), ("v0",)))(x)[0].backward()
        assert float(x.grad) == pytest.approx(math.cos(0.5))


class NodeKernel:
    """JavaScript run by node, all points of a batch in one process."""

    def __init__(self, program):
        from symgrad.program.backends import javascript

        self.source = javascript.source(program)

    def batch(self, inputs, out):
        points = [
            ["NaN" if math.isnan(v) else repr(float(v)).replace("inf", "Infinity") for v in p] for p in zip(*inputs)
        ]
        calls = ",".join(f"f({','.join(point)})" for point in points)
        script = self.source + f"\nconst all=[{calls}];console.log(all.map(r=>r.join(' ')).join('\\n'))"
        found = subprocess.run(
            ["node", "-"], input=script, capture_output=True, text=True, check=True, timeout=60
        ).stdout
        out[...] = np.array([[float(v) for v in line.split()] for line in found.split("\n") if line]).T


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
class TestJavascript(InBatches):
    build = staticmethod(NodeKernel)
    ulps_of: ClassVar[dict[str, float]] = {
        **{"erfinv": 8, "gamma": 8, "digamma": 32},
        "lgamma": 16,  # the interpreter's own, near 1
    }
