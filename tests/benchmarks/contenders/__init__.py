"""The peers: for each, how it is called at its best, at one point, on arrays, with second derivatives, in a loop.

A form of calling is a function from a case (and where it is to be called) to a `Statement`; it raises where the peer
can't: a function it does not know, a size it was not made for. What is not installed is named and left out.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from tests.benchmarks.contenders import arrays, casadi_, compiled, frameworks, symbolic
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement

Point = Callable[[Case, Any], Statement]
Batch = Callable[[Case, Any, Any, int], Statement]  # case, inputs (n, N), outputs (1 + n, N), threads


@dataclass(frozen=True)
class Peer:
    """A way of computing value and gradient that is not ours."""

    name: str
    needs: str  # a module, or a program where `program`
    form: str  # its best calling form, for the reader
    point: Point | None = None
    batch: Batch | None = None
    second: Point | None = None  # value, gradient and Hessian
    descent: Callable[[Case, Any, float, int], Statement] | None = None  # case, start, rate, steps
    slopes: Callable[[str, int], Any] | None = None  # the gradient of a family of `scaling` at a size
    program: bool = False
    interpreted: bool = False  # runs in Python without native code of its own

    @property
    def installed(self) -> bool:
        return _there(self.needs, self.program)


@cache
def _there(needs: str, program: bool) -> bool:
    return (shutil.which if program else find_spec)(needs) is not None


PEERS = [
    Peer(
        "lambdify math", "sympy", "lambdify with cse over math, floats in", symbolic.math_point,
        interpreted=True,
    ),
    Peer(
        "lambdify numpy", "sympy", "lambdify with cse over numpy", symbolic.numpy_point, arrays.lambdify,
        descent=symbolic.descent, interpreted=True,
    ),
    Peer("autograd", "autograd", "value_and_grad over lambdify with cse", frameworks.autograd_point, interpreted=True),
    Peer("torch", "torch", "eager, autograd.grad", frameworks.torch_point, frameworks.torch_batch, interpreted=True),
    Peer("numexpr", "numexpr", "one compiled expression an output, out=", None, arrays.numexpr_batch),
    Peer(
        "symengine llvm", "symengine", "Lambdify(backend='llvm', cse), unsafe_real into given arrays",
        compiled.symengine_point, compiled.symengine_batch, slopes=symbolic.symengine_slopes,
    ),
    Peer(
        "casadi VM", "casadi", "SX Function, buffer() with memory set once; map for arrays",
        casadi_.vm_point, casadi_.vm_batch, casadi_.vm_second, casadi_.fold, casadi_.slopes,
    ),
    Peer("casadi jit", "casadi", "the same through gcc -O3 -march=native -ffast-math", casadi_.jit_point),
    Peer("numba", "numba", "njit(fastmath) on printed code with cse", compiled.numba_point, compiled.numba_batch),
    Peer("gcc", "gcc", "-O3 -march=native -ffast-math with libmvec, from our program", compiled.gcc_point,
         compiled.gcc_batch, program=True),
    Peer(
        "heyoka", "heyoka", "cfunc(fast_math) of diff_tensors, outputs=", compiled.heyoka_point, compiled.heyoka_batch,
        slopes=compiled.heyoka_slopes,
    ),
    Peer(
        "jax", "jax", "jit(value_and_grad), vmap for arrays, fori_loop", frameworks.jax_point, frameworks.jax_batch,
        frameworks.jax_second, frameworks.jax_descent,
    ),
]  # fmt: skip
BY_NAME = {peer.name: peer for peer in PEERS}
