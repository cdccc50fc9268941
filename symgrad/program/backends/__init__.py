"""One file a target: a program in, a callable or a source text out.

A backend that runs here is a module with `build(program) -> Kernel`; `function.Function` does everything a user sees
(names, shapes, types, errors) and asks kernels for bare numbers only. Emitting backends (jax, torch, javascript) have
`source(program) -> str`.
"""

from collections.abc import Sequence
from typing import Any, Protocol


class Kernel(Protocol):
    """A compiled program, without any checks: the caller has made the types and shapes right."""

    @property
    def source(self) -> str:
        """What was generated, for reading."""
        ...

    def point(self, *x: float) -> tuple[float, ...]:
        """All outputs at one point: one Python float for each input in, one for each output back."""
        ...

    def batch(self, inputs: Sequence[Any], out: Any) -> None:
        """All outputs at N points: one contiguous array (N,) for each input, one to be filled for each output.

        Inputs may be read-only and may be the same array twice; no output overlaps an input or another output.
        """
        ...
