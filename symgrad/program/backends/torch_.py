"""Programs as torch functions: autograd goes through them, and they run on the device of their tensors. Needs torch."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from symgrad.errors import MissingPackageError, UsageError
from symgrad.program.backends import _functional
from symgrad.program.program import Program

source = _functional.source


def table() -> dict[str, Any]:
    """What torch calls the operations; where it wants tensors only, numbers become tensors like the others."""
    try:
        import torch
    except ImportError:
        raise MissingPackageError(
            "The backend 'torch' needs the package torch.", hint="pip install symgrad[torch]"
        ) from None

    def tensors(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            model = next((argument for argument in args if isinstance(argument, torch.Tensor)), None)
            kind = {"dtype": torch.float64} if model is None else {"dtype": model.dtype, "device": model.device}
            return call(*(a if isinstance(a, torch.Tensor) else torch.as_tensor(a, **kind) for a in args))

        return wrapped

    same = [
        *("sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "arcsin", "arccos"),
        *("arctan", "sinh", "cosh", "tanh", "abs", "sign", "floor", "ceil", "round"),
    ]
    same += ["erf", "erfc", "erfinv", "lgamma", "digamma", "maximum", "minimum", "hypot"]
    return {name: tensors(getattr(torch, name)) for name in same} | {
        "power": tensors(torch.pow),
        "sign": tensors(lambda u: torch.where(torch.isnan(u), u, torch.sign(u))),
        "digamma": tensors(lambda u: torch.where(u == 0, math.nan, torch.digamma(u))),
        "mod": tensors(torch.remainder),
        "cbrt": tensors(lambda u: _cbrt(torch, u)),
        "sinh": tensors(lambda u: torch.where(torch.abs(u) > 700, torch.sign(u) * _half_exp(torch, u), torch.sinh(u))),
        "cosh": tensors(lambda u: torch.where(torch.abs(u) > 700, _half_exp(torch, u), torch.cosh(u))),
        "arsinh": tensors(torch.asinh),
        "arcosh": tensors(torch.acosh),
        "artanh": tensors(torch.atanh),
        "atan2": tensors(torch.atan2),
        "gamma": tensors(lambda u: _gamma(torch, u)),
        "polygamma": lambda n, u: torch.polygamma(int(n), u),
        "select": lambda c, u, v: torch.where(torch.as_tensor(c), u, v),
        "both": torch.logical_and,
        "either": torch.logical_or,
        "opposite": torch.logical_not,
        "nan": math.nan,
        "inf": math.inf,
    }


def _cbrt(torch: Any, u: Any) -> Any:
    """∛u: a power, and one step of Newton's method where that changes anything."""
    size = torch.abs(u)
    root = size ** (1 / 3)
    good = torch.isfinite(root) & (root != 0)
    safe = torch.where(good, root, 1.0)
    better = safe - (safe - size / safe / safe) / 3
    return torch.sign(u) * torch.where(good, better, root)


def _half_exp(torch: Any, u: Any) -> Any:
    """e^|u|/2 without an overflow before the half is taken: torch's sinh and cosh have one from 709.8."""
    half = torch.exp(torch.abs(u) / 2)
    return half * (half / 2)


def _gamma(torch: Any, u: Any) -> Any:
    """Γ(u) by its logarithm; below zero by reflection."""
    size = torch.exp(torch.lgamma(u))
    negative = (u < 0) & (torch.remainder(torch.floor(u), 2) != 0)
    value = torch.where(negative, -size, size)
    value = torch.where((u < 0) & (torch.floor(u) == u), math.nan, value)
    return torch.where(u == 0, 1 / u, value)


def function(program: Program) -> Callable[..., tuple[Any, ...]]:
    """The program as a function of tensors, one for each input, with a tuple of all outputs."""
    return _functional.function(program, table(), "torch")


def differentiable(program: Program) -> Callable[..., Any]:
    """The first output as a function of tensors whose gradient is the outputs after it, one for each input.

    Autograd through a plain `function` differentiates every branch of a choice, and 0·∞ is NaN; this one's gradient is
    the program's own, safe where a branch is not taken. Higher derivatives are torch's, of that gradient.

    Args:
        program: with the value and its gradient as outputs, as `compile(formula).program` has.
    """
    import torch

    whole = function(program)
    if len(program.outputs) != 1 + len(program.inputs):
        raise UsageError(f"A value and its gradient are {1 + len(program.inputs)} outputs, not {len(program.outputs)}.")

    class Value(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(context: Any, *x: Any) -> Any:
            context.save_for_backward(*x)
            return torch.as_tensor(whole(*x)[0])

        @staticmethod
        def backward(context: Any, weight: Any) -> Any:
            return tuple(weight * slope for slope in whole(*context.saved_tensors)[1:])

    return Value.apply  # type: ignore[no-any-return]


class TorchKernel:
    """A program run by torch, in double precision."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.source = source(program)
        self._function = function(program)

    def point(self, *x: float) -> tuple[float, ...]:
        """All outputs at one point."""
        import torch

        return tuple(
            float(value) for value in self._function(*(torch.tensor(value, dtype=torch.float64) for value in x))
        )

    def batch(self, inputs: Sequence[Any], out: Any) -> None:
        """All outputs at N points."""
        import torch

        for row, value in zip(out, self._function(*(torch.tensor(column) for column in inputs))):
            row[...] = value


def build(program: Program) -> TorchKernel:
    """The program as a kernel."""
    return TorchKernel(program)
