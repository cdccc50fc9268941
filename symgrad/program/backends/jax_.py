"""Programs as jax functions: they jit, vmap, differentiate on, and run where jax runs. Needs the package jax.

jax computes in single precision unless told otherwise; for doubles set `jax.config.update("jax_enable_x64", True)`.
On processors without a graphics card it takes subnormal numbers for zero.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from symgrad.errors import MissingPackageError, UsageError
from symgrad.program.backends import _functional
from symgrad.program.program import Program
from symgrad.program.special import arrays
from symgrad.program.special_table import SPECIAL

source = _functional.source


def table() -> dict[str, Any]:
    """What jax calls the operations."""
    try:
        import jax.numpy as jnp
        from jax.scipy import special
    except ImportError:
        raise MissingPackageError("The backend 'jax' needs the package jax.", hint="pip install symgrad[jax]") from None
    same = [
        *("sqrt", "cbrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "arcsin"),
        *("arccos", "arctan", "sinh", "cosh", "tanh", "abs", "sign", "floor", "ceil"),
    ]
    named = {name: getattr(jnp, name) for name in (*same, "power", "maximum", "minimum", "hypot", "mod")}
    outside = {name: _outside(name) for name in SPECIAL}
    return (
        outside
        | named
        | {
            "Si": lambda u: special.sici(u)[0],
            "fresnels": lambda u: special.fresnel(u)[0],
            "fresnelc": lambda u: special.fresnel(u)[1],
            "arsinh": jnp.arcsinh,
            "arcosh": jnp.arccosh,
            "artanh": jnp.arctanh,
            "atan2": jnp.arctan2,
            "round": jnp.rint,
            "select": jnp.where,
            "both": jnp.logical_and,
            "either": jnp.logical_or,
            "opposite": jnp.logical_not,
            "erf": special.erf,
            "erfc": special.erfc,
            "erfinv": special.erfinv,
            "gamma": special.gamma,
            "lgamma": special.gammaln,
            "digamma": special.digamma,
            "polygamma": lambda n, u: special.polygamma(int(n), u),
            "nan": math.nan,
            "inf": math.inf,
        }
    )


def _outside(name: str) -> Callable[..., Any]:
    """A special function that jax has not, or not everywhere: computed on the host; jit and vmap go through it."""

    def on_host(*args: Any) -> Any:
        import numpy as np

        whole = np.broadcast_arrays(*map(np.asarray, args))
        rows = [np.atleast_1d(row) for row in whole]
        out = np.empty_like(rows[0])
        arrays(name)(*rows, out)
        return out.reshape(whole[0].shape)

    def call(*args: Any) -> Any:
        import jax

        kind = jax.numpy.result_type(float, *args)
        args = tuple(jax.numpy.asarray(argument, kind) for argument in args)
        shape = jax.numpy.broadcast_shapes(*(argument.shape for argument in args))
        result = jax.ShapeDtypeStruct(shape, kind)
        return jax.pure_callback(on_host, result, *args, vmap_method="broadcast_all")

    return call


def function(program: Program) -> Callable[..., tuple[Any, ...]]:
    """The program as a function of jax arrays, one for each input, with a tuple of all outputs; jit it as you like."""
    return _functional.function(program, table(), "jax")


def differentiable(program: Program) -> Callable[..., Any]:
    """The first output as a jax function whose derivatives are the outputs after it, one for each input.

    jax.grad of a plain `function` differentiates every branch of a choice, and 0·∞ is NaN; this one's gradient is the
    program's own, safe where a branch is not taken. Higher derivatives are jax's, of that gradient.

    Args:
        program: with the value and its gradient as outputs, as `compile(formula).program` has.
    """
    import jax

    whole = function(program)
    if len(program.outputs) != 1 + len(program.inputs):
        raise UsageError(f"A value and its gradient are {1 + len(program.inputs)} outputs, not {len(program.outputs)}.")

    def first(*x: Any) -> Any:
        return jax.numpy.asarray(whole(*x)[0])

    def pushed(x: Any, directions: Any) -> Any:
        found, *slopes = whole(*x)
        change = sum(slope * direction for slope, direction in zip(slopes, directions))
        return jax.numpy.asarray(found), change

    value = jax.custom_jvp(first)
    value.defjvp(pushed)
    return value  # type: ignore[no-any-return]


class JaxKernel:
    """A program compiled by jax, in double precision."""

    def __init__(self, program: Program) -> None:
        import jax

        self.program = program
        self.source = source(program)
        self._function = jax.jit(function(program))

    def point(self, *x: float) -> tuple[float, ...]:
        """All outputs at one point."""
        return tuple(float(value) for value in self._run(x))

    def batch(self, inputs: Sequence[Any], out: Any) -> None:
        """All outputs at N points."""
        for row, value in zip(out, self._run(inputs)):
            row[...] = value

    def _run(self, inputs: Sequence[Any]) -> Any:
        import jax

        with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
            return self._function(*(jax.numpy.asarray(value, "float64") for value in inputs))


def build(program: Program) -> JaxKernel:
    """The program as a kernel."""
    table()
    return JaxKernel(program)
