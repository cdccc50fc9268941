"""Arithmetic that writes LLVM IR: `a * b + 1.0` on `Lanes` appends the instructions to a `Code`, one width for all.

A width of 1 gives plain doubles, a width of 4 or 8 vectors: kernels and programs are written once and read like the
mathematics. No instruction carries a fast-math flag unless it is asked for, so NaN, infinities and −0 keep their
meaning. Nothing here knows what a program is, and nothing here imports llvmlite.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Union

Operand = Union["Lanes", float, int]

_SHORT = {"double": "f64", "i64": "i64", "i1": "i1", "i8": "i8"}


@dataclass(frozen=True, slots=True)
class Target:
    """What of a processor the text depends on: lanes of a vector of doubles, and the AVX-512 exponent instructions."""

    width: int = 2
    avx512: bool = False
    fma: bool = True
    x86: bool = False


def double(value: float) -> str:
    """A double as LLVM writes it exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Code:
    """Instructions under construction, at one width for one target, and the functions that they declare."""

    def __init__(self, width: int, target: Target, prefix: str = "t") -> None:
        self.width = width
        self.target = target
        self.lines: list[str] = []
        self.declared: set[str] = set()
        self.kernels: set[tuple[str, int]] = set()
        self._prefix = prefix
        self._count = 0

    def type(self, kind: str = "double") -> str:
        return kind if self.width == 1 else f"<{self.width} x {kind}>"

    def suffix(self, kind: str = "double") -> str:
        return _SHORT[kind] if self.width == 1 else f"v{self.width}{_SHORT[kind]}"

    def emit(self, text: str, kind: str = "double") -> "Lanes":
        self._count += 1
        name = f"%{self._prefix}{self._count}"
        self.lines.append(f"  {name} = {text}")
        return Lanes(self, name, kind)

    def lanes(self, value: Operand, kind: str = "double") -> "Lanes":
        """The operand as a value: numbers become constants in every lane."""
        if isinstance(value, Lanes):
            return value
        text = double(value) if kind == "double" else str(int(value))
        return Lanes(self, text if self.width == 1 else f"splat ({kind} {text})", kind)

    def call(self, name: str, *arguments: "Lanes", kind: str = "double", pure: bool = True, flags: str = "") -> "Lanes":
        """A call of a function that works on all lanes."""
        types = ", ".join(self.type(argument.kind) for argument in arguments)
        end = " memory(none) nounwind willreturn" if pure and not name.startswith("llvm.") else ""
        self.declared.add(f"declare {self.type(kind)} @{name}({types}){end}")
        passed = ", ".join(f"{self.type(argument.kind)} {argument.name}" for argument in arguments)
        return self.emit(f"call {flags}{' ' * bool(flags)}{self.type(kind)} @{name}({passed})", kind)

    def intrinsic(self, name: str, *arguments: Operand, flags: str = "") -> "Lanes":
        return self.call(f"llvm.{name}.{self.suffix()}", *map(self.lanes, arguments), flags=flags)

    def lane_by_lane(self, function: str, *arguments: "Lanes", only: "Lanes | None" = None) -> "Lanes":
        """A scalar function of libm or of Python, called for one lane after the other."""
        types = ", ".join("double" for _ in arguments)
        self.declared.add(f"declare double @{function}({types}) memory(none) nounwind willreturn")
        if self.width == 1:
            return self.emit(f"call double @{function}({', '.join('double ' + a.name for a in arguments)})")
        result = Lanes(self, "poison", "double")
        for i in range(self.width):
            parts = [self.emit(f"extractelement {self.type()} {a.name}, i32 {i}").name for a in arguments]
            value = self.emit(f"call double @{function}({', '.join('double ' + part for part in parts)})")
            result = self.emit(f"insertelement {self.type()} {result.name}, double {value.name}, i32 {i}")
        return result

    # ---- operations that have no operator sign ----

    def fma(self, a: Operand, b: Operand, c: Operand) -> "Lanes":
        """a·b + c with one rounding."""
        return self.intrinsic("fma", a, b, c)

    def sqrt(self, a: Operand) -> "Lanes":
        return self.intrinsic("sqrt", a)

    def abs(self, a: Operand) -> "Lanes":
        return self.intrinsic("fabs", a)

    def copysign(self, size: Operand, sign: Operand) -> "Lanes":
        return self.intrinsic("copysign", size, sign)

    def where(self, mask: "Lanes", yes: Operand, no: Operand) -> "Lanes":
        kind = next((v.kind for v in (yes, no) if isinstance(v, Lanes)), "double")
        a, b = self.lanes(yes, kind), self.lanes(no, kind)
        return self.emit(
            f"select {self.type('i1')} {mask.name}, {self.type(kind)} {a.name}, {self.type(kind)} {b.name}", kind
        )

    def bits(self, a: "Lanes") -> "Lanes":
        return self.emit(f"bitcast {self.type()} {a.name} to {self.type('i64')}", "i64")

    def from_bits(self, a: "Lanes") -> "Lanes":
        return self.emit(f"bitcast {self.type('i64')} {a.name} to {self.type()}")

    def sixteen(self, x: "Lanes", table: Sequence[float], shift: int = 0) -> "Lanes":
        """table[(bits of x >> shift) mod 16] by one permutation of two registers (AVX-512), at any width.

        Also for one number all is done in vector registers, which its bits would leave and come back to.
        """
        if self.width > 8:
            return self.in_halves(lambda part: self.sixteen(part, table, shift), x)
        halves = [", ".join(f"double {double(value)}" for value in part) for part in (table[:8], table[8:])]
        name = "llvm.x86.avx512.vpermi2var.pd.512"
        self.declared.add(f"declare <8 x double> @{name}(<8 x double>, <8 x i64>, <8 x double>)")
        wide = x.name
        if self.width == 1:
            wide = self.emit(f"insertelement <8 x double> poison, double {x.name}, i32 0").name
        elif self.width < 8:
            lanes = ", ".join(f"i32 {i}" if i < self.width else "i32 poison" for i in range(8))
            wide = self.emit(f"shufflevector {self.type()} {wide}, {self.type()} poison, <8 x i32> <{lanes}>").name
        wide = self.emit(f"bitcast <8 x double> {wide} to <8 x i64>", "i64").name
        if shift:
            wide = self.emit(f"lshr <8 x i64> {wide}, splat (i64 {shift})", "i64").name
        found = self.emit(
            f"call <8 x double> @{name}(<8 x double> <{halves[0]}>, <8 x i64> {wide}, <8 x double> <{halves[1]}>)"
        )
        if self.width == 8:
            return found
        if self.width == 1:
            return self.emit(f"extractelement <8 x double> {found.name}, i32 0")
        lanes = ", ".join(f"i32 {i}" for i in range(self.width))
        return self.emit(
            f"shufflevector <8 x double> {found.name}, <8 x double> poison, <{self.width} x i32> <{lanes}>"
        )

    def in_halves(self, build: Callable[..., "Lanes"], *values: "Lanes") -> "Lanes":
        """What `build` writes for vectors of half the width, for both halves: for instructions of one width."""
        half, parts = self.width // 2, []
        for start in (0, half):
            lanes = ", ".join(f"i32 {i}" for i in range(start, start + half))
            cut = []
            for value in values:
                kind = self.type(value.kind)
                text = f"shufflevector {kind} {value.name}, {kind} poison, <{half} x i32> <{lanes}>"
                cut.append(self.emit(text, value.kind))
            self.width = half
            parts.append(build(*cut))
            self.width = 2 * half
        lanes = ", ".join(f"i32 {i}" for i in range(2 * half))
        kind = f"<{half} x {parts[0].kind}>"
        text = f"shufflevector {kind} {parts[0].name}, {kind} {parts[1].name}, <{2 * half} x i32> <{lanes}>"
        return self.emit(text, parts[0].kind)

    def any(self, mask: "Lanes") -> str:
        """The name of one i1: whether the mask holds in any lane."""
        if self.width == 1:
            return mask.name
        packed = self.emit(f"bitcast {self.type('i1')} {mask.name} to i{self.width}")
        return self.emit(f"icmp ne i{self.width} {packed.name}, 0").name

    def horner(self, x: "Lanes", coefficients: Sequence[float]) -> "Lanes":
        """Σ cᵢ xⁱ by Horner's rule: the fewest operations."""
        return self._horner(x, coefficients)

    def _horner(self, x: "Lanes", terms: Sequence[Operand]) -> "Lanes":
        result = terms[-1]
        for term in reversed(terms[:-1]):
            result = self.fma(result, x, term)
        return self.lanes(result)

    def estrin(self, x: "Lanes", coefficients: Sequence[float]) -> "Lanes":
        """Σ cᵢ xⁱ by Estrin's rule: pairs first, so that the chain of dependent operations is short.

        The last three terms go by Horner's rule, whose chain is no longer there and which needs no other power.
        """
        terms: list[Operand] = list(coefficients)
        while len(terms) > 3:
            pairs = [self.fma(terms[i + 1], x, terms[i]) for i in range(0, len(terms) - 1, 2)]
            terms = [*pairs, *terms[len(terms) & ~1 :]]
            x = x * x
        return self._horner(x, terms)


class Lanes:
    """A value of the generated code: doubles, 64-bit integers or truth values in every lane."""

    __slots__ = ("code", "kind", "name")

    def __init__(self, code: Code, name: str, kind: str) -> None:
        self.code = code
        self.name = name
        self.kind = kind

    def _with(self, instruction: str, other: Operand, *, swapped: bool = False, kind: str | None = None) -> "Lanes":
        that = self.code.lanes(other, self.kind)
        a, b = (that, self) if swapped else (self, that)
        return self.code.emit(f"{instruction} {self.code.type(self.kind)} {a.name}, {b.name}", kind or self.kind)

    def _arithmetic(self, name: str, other: Operand, swapped: bool = False) -> "Lanes":
        return self._with(("f" if self.kind == "double" else "") + name, other, swapped=swapped)

    def __add__(self, other: Operand) -> "Lanes":
        return self._arithmetic("add", other)

    def __radd__(self, other: Operand) -> "Lanes":
        return self._arithmetic("add", other, swapped=True)

    def __sub__(self, other: Operand) -> "Lanes":
        return self._arithmetic("sub", other)

    def __rsub__(self, other: Operand) -> "Lanes":
        return self._arithmetic("sub", other, swapped=True)

    def __mul__(self, other: Operand) -> "Lanes":
        return self._arithmetic("mul", other)

    def __rmul__(self, other: Operand) -> "Lanes":
        return self._arithmetic("mul", other, swapped=True)

    def __truediv__(self, other: Operand) -> "Lanes":
        return self._arithmetic("div", other)

    def __rtruediv__(self, other: Operand) -> "Lanes":
        return self._arithmetic("div", other, swapped=True)

    def __neg__(self) -> "Lanes":
        return self.code.emit(f"fneg {self.code.type()} {self.name}")

    def _compare(self, name: str, other: Operand) -> "Lanes":
        if self.kind == "double":
            return self._with(f"fcmp {name}", other, kind="i1")
        return self._with("icmp " + {"oeq": "eq", "une": "ne"}[name], other, kind="i1")

    def __lt__(self, other: Operand) -> "Lanes":
        return self._compare("olt", other)

    def __le__(self, other: Operand) -> "Lanes":
        return self._compare("ole", other)

    def __gt__(self, other: Operand) -> "Lanes":
        return self._compare("ogt", other)

    def __ge__(self, other: Operand) -> "Lanes":
        return self._compare("oge", other)

    def equals(self, other: Operand) -> "Lanes":
        return self._compare("oeq", other)

    def differs(self, other: Operand) -> "Lanes":
        return self._compare("une", other)

    def __and__(self, other: Operand) -> "Lanes":
        return self._with("and", other)

    def __or__(self, other: Operand) -> "Lanes":
        return self._with("or", other)

    def __xor__(self, other: Operand) -> "Lanes":
        return self._with("xor", other)

    def __lshift__(self, other: Operand) -> "Lanes":
        return self._with("shl", other)

    def __rshift__(self, other: Operand) -> "Lanes":
        return self._with("lshr", other)


def function(name: str, code: Code, arguments: Iterable[str], results: Sequence[Lanes], attributes: str) -> str:
    """The finished text of a function from doubles to one double or to a struct of doubles, of one straight block."""
    kind = code.type() if len(results) == 1 else "{ " + ", ".join(code.type() for _ in results) + " }"
    head = f"define internal {kind} @{name}({', '.join(f'{code.type()} {a}' for a in arguments)}) {attributes} {{"
    end = list(code.lines)
    if len(results) == 1:
        end.append(f"  ret {kind} {results[0].name}")
    else:
        packed = "poison"
        for i, result in enumerate(results):
            end.append(f"  %packed{i} = insertvalue {kind} {packed}, {code.type()} {result.name}, {i}")
            packed = f"%packed{i}"
        end.append(f"  ret {kind} {packed}")
    return "\n".join([head, *end, "}"])
