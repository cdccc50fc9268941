"""LLVM itself: IR text in, object code out, object code in, addresses out. The only file that imports llvmlite.

Object code is plain bytes, so that it can be kept (see `llvm_cache`) and loaded again without compiling.
"""

import ctypes
import os
import threading
from functools import lru_cache
from types import ModuleType
from typing import Any

from symgrad.program import _ieee
from symgrad.program.backends import llvm_loader, no_llvmlite
from symgrad.program.backends.llvm_text import Target
from symgrad.program.program import OPERATIONS

LOCK = threading.RLock()  # LLVM's pass managers share a context: one compilation at a time
if hasattr(os, "register_at_fork"):  # a child forked amid a compilation would find its locks held for ever
    os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)


@lru_cache(maxsize=1)
def binding() -> ModuleType:
    """llvmlite's binding, initialised, with the C library and our own functions known to the linker."""
    try:
        import llvmlite.binding as llvm
    except ImportError:
        raise no_llvmlite() from None
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name, function in _callbacks().items():
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
    return llvm  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _callbacks() -> dict[str, Any]:
    """Rare functions that have no native form here, as C functions that call Python; kept alive for ever."""
    one = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)
    two = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)
    special = {
        f"symgrad_{name}": ctypes.CFUNCTYPE(*[ctypes.c_double] * (row.arity + 1))(row.double)
        for name, row in OPERATIONS.items()
        if row.special
    }
    return special | {
        "symgrad_polygamma": two(_ieee.polygamma),
        "symgrad_digamma": one(_ieee.digamma),
        "symgrad_erfinv": one(_ieee.erfinv),
    }


@lru_cache(maxsize=1)
def processor() -> tuple[str, str]:
    """LLVM's name for this processor, and the features that it found."""
    llvm = binding()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@lru_cache(maxsize=1)
def host() -> Target:
    """Lanes and instructions of this machine."""
    features = set(processor()[1].split(","))
    triple = binding().get_default_triple()
    arm = triple.startswith(("aarch64", "arm64"))
    avx512 = {"+avx512f", "+avx512dq", "+avx512vl"} <= features
    fma = arm or "+fma" in features
    return Target(8 if avx512 else 4 if "+avx2" in features else 2, avx512, fma, triple.startswith(("x86_64", "amd64")))


def _machine(level: int) -> Any:
    llvm = binding()
    name, features = processor()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=name, features=features, opt=level, reloc="pic", codemodel="small", jit=True
    )


def object_code(text: str, level: int, *, slp: bool = False, codegen: int | None = None) -> bytes:
    """The module as object code.

    Args:
        level: of the optimisation of the text; 0 is none, and takes a fifth of the time.
        slp: whether to look for vectors in straight code.
        codegen: the level of code generation if it is another.
    """
    llvm = binding()
    with LOCK:
        module = llvm.parse_assembly(text)
        module.triple = llvm.get_default_triple()
        machine = _machine(level if codegen is None else codegen)
        if level:
            options = llvm.create_pipeline_tuning_options(speed_level=level)
            options.loop_vectorization = False  # the text is vector code already
            options.slp_vectorization = slp
            builder = llvm.create_pass_builder(machine, options)
            manager = builder.getModulePassManager()
            manager.run(module, builder)
            _give_back(manager)
        return machine.emit_object(module)  # type: ignore[no-any-return]


def _give_back(manager: Any) -> None:
    """Free a pass manager: llvmlite up to 0.50 takes the method that does nothing for the one that does, by the order
    of the bases, and 100 kB would stay behind with each compilation."""
    passes = binding().newpassmanagers.NewPassManager
    if type(manager)._dispose is not passes._dispose:
        passes._dispose(manager)
        manager.detach()


def _resolve(name: str) -> int | None:
    """The address of one of our own functions, or of one of the process."""
    known = binding().address_of_symbol(name)
    if known:
        return int(known)
    try:
        return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value
    except AttributeError:
        return None


class Loaded:
    """Object code in memory; it stays there as long as this object lives."""

    def __init__(self, code: bytes) -> None:
        llvm = binding()
        self._image = llvm_loader.load(code, _resolve)
        if self._image is not None:
            return
        with LOCK:
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(2))
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            self._engine.finalize_object()

    def address(self, name: str) -> int:
        found = self._image.symbols.get(name) if self._image else self._engine.get_function_address(name)
        if not found:
            raise LookupError(name)
        return int(found)

    def variable(self, name: str) -> int:
        """The address of a global variable."""
        return self.address(name) if self._image else int(self._engine.get_global_value_address(name))
