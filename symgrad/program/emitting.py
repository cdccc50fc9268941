"""Functions for other libraries: value, gradient and Hessian over jax arrays or torch tensors, or as JavaScript.

What comes out belongs to the other library: it traces, maps, differentiates and runs on devices as the library's own
functions do, and none of the checks and none of the native code of `Function` stand in between.
"""

import math
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from symgrad.errors import UsageError
from symgrad.program.layout import Layout
from symgrad.program.program import Program

TARGETS = ("jax", "torch", "javascript")


def emitted(target: str, program: Program, layout: Layout, slopes: Program | None = None) -> Any:
    """What `Function.emit` returns.

    Args:
        program: all outputs, in the order of the layout.
        slopes: for a value alone, the program of the value and its gradient; None for all else.
    """
    if target not in TARGETS:
        raise UsageError(f"There is no target {target!r}.", hint="Targets: " + ", ".join(TARGETS) + ".")
    if target == "javascript":
        from symgrad.program.backends import javascript

        return javascript.source(program)
    library, adapter = _jax() if target == "jax" else _torch()
    if slopes is not None:
        value = library.differentiable(slopes)

        def value_only(*x: Any) -> Any:
            columns = adapter.columns(x)
            return adapter.spread((value(*columns),), columns)[0]

        return _checked(value_only, program.inputs)
    outputs = library.function(program)

    def call(*x: Any) -> Any:
        columns = adapter.columns(x)
        *found, zero = adapter.spread((*outputs(*columns), 0.0), columns)
        parts = _parts(found, zero, layout, adapter.stack)
        return parts if layout.order else parts[0]

    return _checked(call, program.inputs)


def _checked(call: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    def point(*x: Any) -> Any:
        if len(x) != len(names):
            raise UsageError(
                f"The function takes {len(names)} arrays, not {len(x)}.", hint=f"The variables are {', '.join(names)}."
            )
        return call(*x)

    return point


def _parts(found: Sequence[Any], zero: Any, layout: Layout, stack: Callable[..., Any]) -> tuple[Any, ...]:
    """Value, gradient and Hessian from the outputs."""
    tables = [[zero] * math.prod(shape) for shape in layout.shapes]
    for value, (part, place) in zip(found, layout.places):
        tables[part][place] = value
    for part, place, original in layout.mirrors:
        tables[part][place] = tables[part][original]
    return tuple(stack(table, shape) if shape else table[0] for table, shape in zip(tables, layout.shapes))


class _Adapter(NamedTuple):
    """What is done differently by each library."""

    columns: Callable[[Sequence[Any]], Any]  # arguments as floating-point arrays of one type
    spread: Callable[[Sequence[Any], Sequence[Any]], Any]  # results in the shape of all columns together
    stack: Callable[[Sequence[Any], Sequence[int]], Any]


def _jax() -> tuple[ModuleType, _Adapter]:
    from symgrad.program.backends import jax_

    jax_.table()  # tells what to install
    import jax.numpy as jnp

    def columns(x: Sequence[Any]) -> Any:
        kind = jnp.result_type(float, *x)
        return [jnp.asarray(column, kind) for column in x]

    def spread(values: Sequence[Any], columns: Sequence[Any]) -> Any:
        kind = columns[0].dtype if columns else None
        return jnp.broadcast_arrays(*(jnp.asarray(value, kind) for value in values), *columns)[: len(values)]

    def stack(rows: Sequence[Any], shape: Sequence[int]) -> Any:
        batch = jnp.shape(rows[0]) if rows else ()
        return jnp.stack(rows).reshape((*shape, *batch)) if rows else jnp.zeros((*shape, *batch))

    return jax_, _Adapter(columns, spread, stack)


def _torch() -> tuple[ModuleType, _Adapter]:
    from symgrad.program.backends import torch_

    torch_.table()  # tells what to install
    import torch

    def columns(x: Sequence[Any]) -> Any:
        model = next((t for t in x if isinstance(t, torch.Tensor) and t.is_floating_point()), None)
        kind = {"dtype": torch.float64} if model is None else {"dtype": model.dtype, "device": model.device}
        return [torch.as_tensor(column, **kind) for column in x]

    def spread(values: Sequence[Any], columns: Sequence[Any]) -> Any:
        kind = {"dtype": columns[0].dtype, "device": columns[0].device} if columns else {"dtype": torch.float64}
        tensors = [torch.as_tensor(value, **kind) for value in values]
        return torch.broadcast_tensors(*tensors, *columns)[: len(values)]

    def stack(rows: Sequence[Any], shape: Sequence[int]) -> Any:
        batch = rows[0].shape if rows else ()
        return torch.stack(tuple(rows)).reshape((*shape, *batch)) if rows else torch.zeros((*shape, *batch))

    return torch_, _Adapter(columns, spread, stack)
