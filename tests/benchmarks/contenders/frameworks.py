"""Peers that differentiate by themselves: JAX, PyTorch and autograd get the value only, with cse."""

import os
from functools import cache
from typing import Any

import numpy as np

from tests.benchmarks.contenders import symbolic
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement, joined

os.environ.setdefault("JAX_PLATFORMS", "cpu")


# ---- JAX -------------------------------------------------------------------------------------------------------------


@cache
def _jax(case: Case) -> tuple[Any, Any]:
    import jax
    import sympy

    jax.config.update("jax_enable_x64", True)
    from jax.scipy import special

    symbols, expression = symbolic.value(case)
    names = {
        "erf": special.erf,
        "erfc": special.erfc,
        "gamma": special.gamma,
        "loggamma": special.gammaln,
        "select": jax.numpy.select,
    }
    return jax, sympy.lambdify([symbols], expression, [names, "jax"], cse=True)


def jax_point(case: Case, x: Any) -> Statement:
    jax, f = _jax(case)
    function, given = jax.jit(jax.value_and_grad(f)), jax.numpy.asarray(x)

    return Statement("ready(f(x))", {"f": function, "x": given, "ready": jax.block_until_ready}, joined)


def jax_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    jax, f = _jax(case)
    if len(x) > 50:
        raise NotImplementedError("takes minutes to compile")
    function = jax.jit(jax.vmap(jax.value_and_grad(f), in_axes=1, out_axes=(0, 1)))
    given = jax.numpy.asarray(x)

    return Statement("ready(f(x))", {"f": function, "x": given, "ready": jax.block_until_ready}, joined)


def jax_second(case: Case, x: Any) -> Statement:
    jax, f = _jax(case)
    function = jax.jit(lambda p: (*jax.value_and_grad(f)(p), jax.hessian(f)(p)))
    given = jax.numpy.asarray(x)

    return Statement("ready(f(x))", {"f": function, "x": given, "ready": jax.block_until_ready}, joined)


def jax_descent(case: Case, start: Any, rate: float, steps: int) -> Statement:
    jax, f = _jax(case)
    if len(start) > 50:
        raise NotImplementedError("takes minutes to compile")
    slope = jax.grad(f)
    whole = jax.jit(lambda p: jax.lax.fori_loop(0, steps, lambda _, q: q - rate * slope(q), p))
    given = jax.numpy.asarray(start)
    names = {"f": whole, "x": given, "ready": jax.block_until_ready}
    return Statement("ready(f(x))", names, np.asarray)


# ---- autograd --------------------------------------------------------------------------------------------------------


def autograd_point(case: Case, x: Any) -> Statement:
    import autograd
    import sympy
    from autograd import numpy as wrapped
    from autograd.scipy import special

    symbolic.refuse(case, "Piecewise")
    symbols, expression = symbolic.value(case)
    same = ("exp", "log", "sin", "cos", "tan", "tanh", "sqrt", "abs")
    names = {name: getattr(wrapped, name) for name in same}
    names |= {"erf": special.erf, "erfc": special.erfc, "gamma": special.gamma, "loggamma": special.gammaln}
    f = sympy.lambdify([symbols], expression, [names, "numpy"], cse=True)
    function = autograd.value_and_grad(f)

    return Statement("f(x)", {"f": function, "x": x}, joined)


# ---- PyTorch ---------------------------------------------------------------------------------------------------------


@cache
def _torch(case: Case) -> tuple[Any, Any]:
    """torch, and x -> (value, gradient) by its autograd."""
    import sympy
    import torch

    symbolic.refuse(case, "gamma")
    symbols, expression = symbolic.value(case)

    def select(conditions: Any, values: Any, default: float) -> Any:
        found = default
        for condition, value in zip(reversed(conditions), reversed(values)):
            found = torch.where(torch.as_tensor(condition), value, found)
        return found

    same = ("exp", "log", "sin", "cos", "tan", "tanh", "sqrt", "abs", "erf", "erfc", "less_equal", "greater", "less")
    names = {name: getattr(torch, name) for name in same} | {"select": select, "loggamma": torch.lgamma}
    f = sympy.lambdify([symbols], expression.subs(sympy.E, sympy.E.evalf(17)), [names, "numpy"], cse=True)

    def call(x: Any) -> tuple[Any, Any]:
        value = f(x)
        (slopes,) = torch.autograd.grad(value if value.ndim == 0 else value.sum(), x)
        return value, slopes

    return torch, call


def torch_point(case: Case, x: Any) -> Statement:
    torch, call = _torch(case)
    given = torch.tensor(x, requires_grad=True)
    return Statement("f(x)", {"f": call, "x": given}, _detached)


def torch_batch(case: Case, x: Any, out: Any, threads: int) -> Statement:
    torch, call = _torch(case)
    given = torch.tensor(x, requires_grad=True)

    def run() -> Any:
        torch.set_num_threads(threads)
        return call(given)

    return Statement("f()", {"f": run}, _detached)


def _detached(found: Any) -> Any:
    return joined(part.detach().numpy() for part in found)
