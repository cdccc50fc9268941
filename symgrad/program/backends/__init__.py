"""One file a target: a program in, a callable or a source text out.

A backend that runs here is a module with `build(program) -> Kernel`; `function.Function` does everything a user sees
(names, shapes, types, errors) and asks kernels for bare numbers only. Emitting backends (jax, torch, javascript) have
`source(program) -> str`.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Protocol

from symgrad.errors import MissingPackageError


@lru_cache(maxsize=1)
def has_llvmlite() -> bool:
    """Whether native code can be made; llvmlite is not imported for that."""
    return find_spec("llvmlite") is not None


def no_llvmlite() -> MissingPackageError:
    """What a user is told who wants native code without llvmlite."""
    return MissingPackageError("The backend 'llvm' needs the package llvmlite.", hint="pip install symgrad[fast]")


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
