"""The table of kernels: each operation of a program that is no single instruction, as an LLVM function of any width.

What a kernel computes is said in `llvm_elementary`, `llvm_trigonometric`, `llvm_special`, `llvm_gamma` and
`llvm_factorial`; this file only turns it into functions of IR, with a second block for arguments that a kernel does not
cover.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from symgrad.program.backends import llvm_elementary as elementary
from symgrad.program.backends import llvm_factorial as factorial
from symgrad.program.backends import llvm_gamma as gamma
from symgrad.program.backends import llvm_quotient as quotient
from symgrad.program.backends import llvm_special as special
from symgrad.program.backends import llvm_trigonometric as trigonometric
from symgrad.program.backends.llvm_text import Code, Lanes, Target, double, function
from symgrad.program.program import OPERATIONS


class Kernel(NamedTuple):
    """How many arguments, the code, and other code for arguments that are far, which is entered only if there are: a
    kernel by its name, or code of its own."""

    arity: int
    build: Callable[..., Any]
    far: Callable[[Code, Lanes], Any] | str | None = None
    is_far: Callable[[Code, Lanes], Lanes] = trigonometric.is_far


def _libm(*names: str) -> Callable[[Code, Lanes], Any]:
    """One function of the C library for each result, lane by lane."""
    if len(names) == 1:
        return lambda c, x: c.lane_by_lane(names[0], x)
    return lambda c, x: tuple(c.lane_by_lane(name, x) for name in names)


def _outside(name: str) -> Callable[..., Lanes]:
    """A function that Python computes for one lane after the other."""
    return lambda c, *x: c.lane_by_lane(f"symgrad_{name}", *x)


KERNELS: dict[str, Kernel] = {
    "exp": Kernel(1, elementary.exp),
    "exp_of_negative": Kernel(1, elementary.exp_of_negative),
    "exp_if_finite": Kernel(1, elementary.exp_if_finite),
    "expm1": Kernel(1, elementary.expm1),
    "log": Kernel(1, elementary.log),
    "log1p": Kernel(1, elementary.log1p),
    "sinh": Kernel(1, elementary.sinh),
    "cosh": Kernel(1, elementary.cosh),
    "tanh": Kernel(1, elementary.tanh),
    "tanh_and_decay": Kernel(1, elementary.tanh_and_decay),
    "reciprocal_of_unit": Kernel(1, quotient.reciprocal_of_unit),
    "reciprocal": Kernel(1, quotient.reciprocal, quotient.divided, quotient.is_awkward),
    "log1p_of_unit": Kernel(1, elementary.log1p_of_unit),
    "arsinh": Kernel(1, elementary.arsinh),
    "arcosh": Kernel(1, elementary.arcosh),
    "artanh": Kernel(1, elementary.artanh),
    "power": Kernel(2, elementary.power),
    "sincos": Kernel(1, trigonometric.sincos, _libm("sin", "cos")),
    "sin": Kernel(1, trigonometric.sin, _libm("sin")),
    "cos": Kernel(1, trigonometric.cos, _libm("cos")),
    "tan": Kernel(1, trigonometric.tan, _libm("tan")),
    "arcsin": Kernel(1, trigonometric.arcsin),
    "arccos": Kernel(1, trigonometric.arccos),
    "arctan": Kernel(1, trigonometric.arctan),
    "atan2": Kernel(2, trigonometric.atan2),
    "erf": Kernel(1, special.erf),
    "erfc": Kernel(1, special.erfc),
    "erfinv": Kernel(1, special.erfinv),
    "digamma": Kernel(1, gamma.digamma, gamma.digamma_reflected, gamma.is_not_positive),
    "gamma": Kernel(1, factorial.gamma, "gamma_far", factorial.is_far),
    "gamma_far": Kernel(1, factorial.gamma_far, _libm("tgamma"), gamma.is_not_positive),
    "lgamma": Kernel(1, factorial.lgamma, "lgamma_far", factorial.is_far),
    "lgamma_far": Kernel(1, factorial.lgamma_far, _libm("lgamma"), gamma.is_not_positive),
    "cbrt": Kernel(1, _libm("cbrt")),
    "hypot": Kernel(2, special.hypot),
    "maximum": Kernel(2, special.maximum),
    "minimum": Kernel(2, special.minimum),
    "sign": Kernel(1, special.sign),
    "mod": Kernel(2, special.mod),
    "polygamma": Kernel(2, lambda c, n, x: c.lane_by_lane("symgrad_polygamma", n, x)),  # of an order that varies
}
KERNELS |= {name: Kernel(row.arity, _outside(name)) for name, row in OPERATIONS.items() if row.special}
KERNELS |= {
    f"polygamma.{n}": Kernel(1, gamma.polygamma(n), gamma.polygamma_reflected(n), gamma.is_not_positive)
    for n in gamma.ORDERS
}

PAIRS = ("sincos", "tanh_and_decay")  # kernels with two results

_FAST = "alwaysinline nounwind memory(none)"
_FAR = "noinline cold nounwind memory(none)"


def symbol(name: str, width: int) -> str:
    return f"symgrad.{name}.{width}"


def result_type(name: str, width: int) -> str:
    kind = "double" if width == 1 else f"<{width} x double>"
    return f"{{ {kind}, {kind} }}" if name in PAIRS else kind


@lru_cache(maxsize=512)
def definition(name: str, width: int, target: Target) -> tuple[tuple[str, ...], frozenset[str]]:
    """The functions (texts) of one kernel at one width, and the declarations that they need."""
    kernel = KERNELS[name]
    code = Code(width, target)
    arguments = [Lanes(code, f"%x{i}", "double") for i in range(kernel.arity)]
    names = [argument.name for argument in arguments]
    if target.fma or name not in _C_NAMES:
        results = _listed(kernel.build(code, *arguments))
    else:  # without fused multiply-add, exact reductions would cost a call each: the C library is better
        results = [code.lane_by_lane(far, *arguments) for far in _C_NAMES[name]]
        kernel = kernel._replace(far=None)
    if kernel.far is None:
        return (function(symbol(name, width), code, names, results, _FAST),), frozenset(code.declared)
    is_far = kernel.is_far(code, arguments[0])
    if isinstance(kernel.far, str):
        far_texts, far_declared = definition(kernel.far, width, target)
        text = _guarded(name, code, results, is_far, symbol(kernel.far, width))
        return (*far_texts, text), far_declared | code.declared
    far_code = Code(width, target)
    far_results = _listed(kernel.far(far_code, Lanes(far_code, "%x0", "double")))
    far_name = symbol(name + ".far", width)
    far_text = function(far_name, far_code, names, far_results, _FAR)
    text = _guarded(name, code, results, is_far, far_name)
    return (far_text, text), frozenset(code.declared | far_code.declared)


def _listed(built: Any) -> list[Lanes]:
    return list(built) if isinstance(built, tuple) else [built]


_SAME_NAMES = "exp expm1 log log1p sinh cosh tanh sin cos tan atan2 hypot erf erfc"
_C_NAMES: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in _SAME_NAMES.split(" ")},
    "exp_of_negative": ("exp",), "exp_if_finite": ("exp",),
    "arcsin": ("asin",), "arccos": ("acos",), "arctan": ("atan",), "arsinh": ("asinh",), "arcosh": ("acosh",),
    "artanh": ("atanh",), "power": ("pow",), "sincos": ("sin", "cos"), "erfinv": ("symgrad_erfinv",),
    "digamma": ("symgrad_digamma",), "gamma": ("tgamma",), "lgamma": ("lgamma",),
}  # fmt: skip


def _guarded(name: str, code: Code, results: list[Lanes], far: Lanes, far_name: str) -> str:
    """The kernel with a second block for the lanes in which the argument is far."""
    kind, kinds = code.type(), result_type(name, code.width)
    taken = code.any(far)
    lines = [
        f"define internal {kinds} @{symbol(name, code.width)}({kind} %x0) {_FAST} {{",
        "near:",
        *code.lines,
        f"  br i1 {taken}, label %far, label %done, !prof !0",
        "far:",
        f"  %other = call {kinds} @{far_name}({kind} %x0)",
    ]
    finished = []
    for i, result in enumerate(results):
        other = "%other"
        if len(results) > 1:
            lines.append(f"  %other{i} = extractvalue {kinds} %other, {i}")
            other += str(i)
        mask = f"{code.type('i1')} {far.name}"
        lines.append(f"  %mixed{i} = select {mask}, {kind} {other}, {kind} {result.name}")
        finished.append(f"  %final{i} = phi {kind} [ {result.name}, %near ], [ %mixed{i}, %far ]")
    lines += ["  br label %done", "done:", *finished]
    if len(results) == 1:
        return "\n".join([*lines, f"  ret {kind} %final0", "}"])
    lines += [
        f"  %pair = insertvalue {kinds} poison, {kind} %final0, 0",
        f"  %both = insertvalue {kinds} %pair, {kind} %final1, 1",
        f"  ret {kinds} %both",
        "}",
    ]
    return "\n".join(lines)


ZERO = double(0.0)
BRANCH_WEIGHTS = '!0 = !{!"branch_weights", i32 1, i32 100000}'
