"""Straight-line IR of a program's steps at one width: one point, or a vector of points.

Also how like calls are put together: at one point their arguments side by side in one vector, over vectors the vectors
in one longer vector, which LLVM takes apart again into registers whose instructions then stand side by side.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

from symgrad.program.backends.llvm_fuse import Step
from symgrad.program.backends.llvm_math import KERNELS, PAIRS, result_type, symbol
from symgrad.program.backends.llvm_text import Target, double
from symgrad.program.program import OPERATIONS, Argument

_ARITHMETIC = {"add": "fadd", "subtract": "fsub", "multiply": "fmul", "divide": "fdiv"}
_COMPARISON = {"less": "olt", "less_equal": "ole", "equal": "oeq", "not_equal": "une"}
_INTRINSIC = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil", "round": "rint"}


class Body:
    """Straight-line instructions at one width, written step by step."""

    def __init__(self, width: int, target: Target) -> None:
        self.width = width
        self.target = target
        self.kind = "double" if width == 1 else f"<{width} x double>"
        self.truth = "i1" if width == 1 else f"<{width} x i1>"
        self.lines: list[str] = []
        self.declared: set[str] = set()
        self.kernels: dict[tuple[str, int], int] = {}
        self.values: dict[Argument, str] = {}
        self.truths: set[str] = set()
        self.makers: dict[Argument, Step] = {}
        self._count = 0

    def new(self, text: str) -> str:
        self._count += 1
        name = f"%t{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def value(self, argument: Argument) -> str:
        """The operand as a double."""
        if isinstance(argument, str):
            name = self.values[argument]
            return self.new(f"uitofp {self.truth} {name} to {self.kind}") if name in self.truths else name
        text = double(argument)
        return text if self.width == 1 else f"splat (double {text})"

    def condition(self, argument: Argument) -> str:
        """The operand as a truth value."""
        if isinstance(argument, str):
            name = self.values[argument]
            if name in self.truths:
                return name
            zero = double(0.0) if self.width == 1 else "zeroinitializer"
            return self.new(f"fcmp une {self.kind} {name}, {zero}")
        text = "true" if argument else "false"
        return text if self.width == 1 else f"splat (i1 {text})"

    def step(self, step: Step) -> None:
        names, op, args = step
        kind = self.kind
        if op in _ARITHMETIC or op == "negate":
            self.makers[names[0]] = step
        if op in _ARITHMETIC:
            result = self.new(f"{_ARITHMETIC[op]} {kind} {self.value(args[0])}, {self.value(args[1])}")
        elif op in ("fma", "fms", "fnma"):
            a, b, c = map(self.value, args)
            if op == "fms":
                c = self.new(f"fneg {kind} {c}")
            elif op == "fnma":
                a = self.new(f"fneg {kind} {a}")
            result = self.intrinsic("fma", a, b, c)
        elif op == "scale":
            result = self.scaled(args[0], float(args[1]))
        elif op == "negate":
            result = self.new(f"fneg {kind} {self.value(args[0])}")
        elif op in _INTRINSIC:
            result = self.intrinsic(_INTRINSIC[op], self.value(args[0]))
        elif op == "select":
            mask, yes, no = self.condition(args[0]), self.value(args[1]), self.value(args[2])
            result = self.new(f"select {self.truth} {mask}, {kind} {yes}, {kind} {no}")
        elif OPERATIONS.get(op) is not None and OPERATIONS[op].truth:
            result = self._truth(op, args)
        else:
            self._kernel(names, op, args)
            return
        self.values[names[0]] = result

    def scaled(self, argument: Argument, divisor: float) -> str:
        """x/c as x·h + x·l with 1/c = h + l: rounded as the quotient is, but for one case in 10¹⁵."""
        x = self.value(argument)
        exact = 1 / Fraction(divisor)
        high = float(exact)
        if Fraction(high) == exact:
            return self.new(f"fmul {self.kind} {x}, {self.value(high)}")
        if abs(Fraction(high)) > abs(exact):
            high = math.nextafter(high, 0.0)  # both parts of one sign, so that ∞ is no ∞ − ∞
        low = float(exact - Fraction(high))
        rest = self.new(f"fmul {self.kind} {x}, {self.value(low)}")
        return self.intrinsic("fma", x, self.value(high), rest)

    def _truth(self, op: str, args: Sequence[Argument]) -> str:
        if op in _COMPARISON:
            result = self.new(f"fcmp {_COMPARISON[op]} {self.kind} {self.value(args[0])}, {self.value(args[1])}")
        else:
            masks = [self.condition(argument) for argument in args]
            if op == "not":
                masks.append("true" if self.width == 1 else "splat (i1 true)")
            result = self.new(f"{'xor' if op == 'not' else op} {self.truth} {masks[0]}, {masks[1]}")
        self.truths.add(result)
        return result

    def intrinsic(self, name: str, *arguments: str) -> str:
        full = f"@llvm.{name}." + ("f64" if self.width == 1 else f"v{self.width}f64")
        self.declared.add(f"declare {self.kind} {full}({', '.join([self.kind] * len(arguments))})")
        return self.new(f"call {self.kind} {full}({', '.join(f'{self.kind} {a}' for a in arguments)})")

    def call(self, op: str, width: int, arguments: Sequence[str]) -> list[str]:
        """A call of a kernel at some width; the names of its results."""
        self.kernels[op, width] = self.kernels.get((op, width), 0) + 1
        kind = "double" if width == 1 else f"<{width} x double>"
        kinds = result_type(op, width)
        passed = ", ".join(f"{kind} {argument}" for argument in arguments)
        result = self.new(f"call {kinds} @{symbol(op, width)}({passed})")
        if op not in PAIRS:
            return [result]
        return [self.new(f"extractvalue {kinds} {result}, {i}") for i in (0, 1)]

    def _kernel(self, names: Sequence[str], op: str, args: Sequence[Argument]) -> None:
        for name, result in zip(names, self.call(op, self.width, [self.value(argument) for argument in args])):
            self.values[name] = result

    def group(self, steps: Sequence[Step]) -> None:
        """Steps of one function as one vector call; at one point the spare lanes repeat the last."""
        if len(steps) == 1:
            self.step(steps[0])
            return
        op, width = steps[0].op, self.width
        lanes = width * len(steps)
        if width == 1:
            lanes = 2 if len(steps) == 2 else 4 if len(steps) <= 4 else 8
        packed = []
        for position in range(KERNELS[op].arity):
            arguments = [step.args[position] for step in steps]
            if width == 1:
                packed.append(self._packed([*arguments, *arguments[-1:] * (lanes - len(arguments))]))
            else:
                packed.append(self._joined([self.value(argument) for argument in arguments]))
        results = self.call(op, lanes, packed)
        for i, step in enumerate(steps):
            for name, result in zip(step.names, results):
                self.values[name] = self._part(result, lanes, i)

    def _packed(self, arguments: Sequence[Argument], depth: int = 2) -> str:
        """Numbers side by side; what made them by the same operation is done on vectors, if it takes one packing."""
        kind = f"<{len(arguments)} x double>"
        if not any(isinstance(argument, str) for argument in arguments):
            return "<" + ", ".join(f"double {self.value(argument)}" for argument in arguments) + ">"
        if len(set(arguments)) == 1:
            one = self.new(f"insertelement {kind} poison, double {self.value(arguments[0])}, i32 0")
            return self.new(f"shufflevector {kind} {one}, {kind} poison, <{len(arguments)} x i32> zeroinitializer")
        makers = [self.makers.get(argument) for argument in arguments]
        first = makers[0]
        if depth and first is not None and all(maker is not None and maker.op == first.op for maker in makers):
            sides = [list(side) for side in zip(*(maker.args for maker in makers if maker is not None))]
            if sum(len(set(side)) > 1 and any(isinstance(a, str) for a in side) for side in sides) == 1:
                parts = [self._packed(side, depth - 1) for side in sides]
                return self.new(f"{_ARITHMETIC.get(first.op, 'fneg')} {kind} {', '.join(parts)}")
        vector = "poison"
        for i, argument in enumerate(arguments):
            vector = self.new(f"insertelement {kind} {vector}, double {self.value(argument)}, i32 {i}")
        return vector

    def _joined(self, vectors: Sequence[str]) -> str:
        """Vectors, a power of two of them, as one long vector: their registers side by side."""
        width = self.width
        while len(vectors) > 1:
            kind, width = f"<{width} x double>", 2 * width
            mask = ", ".join(f"i32 {i}" for i in range(width))
            vectors = [
                self.new(f"shufflevector {kind} {first}, {kind} {second}, <{width} x i32> <{mask}>")
                for first, second in zip(vectors[::2], vectors[1::2])
            ]
        return vectors[0]

    def _part(self, vector: str, lanes: int, i: int) -> str:
        kind = f"<{lanes} x double>"
        if self.width == 1:
            return self.new(f"extractelement {kind} {vector}, i32 {i}")
        mask = ", ".join(f"i32 {lane}" for lane in range(i * self.width, (i + 1) * self.width))
        return self.new(f"shufflevector {kind} {vector}, {kind} poison, <{self.width} x i32> <{mask}>")
