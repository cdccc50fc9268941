"""A deadline for anything that may hang: the work runs in a child process, which is killed when the time is over.

Nothing inside the process itself can stop every computation (a signal does not reach into C code, an exception may be
swallowed on its way out), so the limit is kept from outside. Only the result, or the error, comes back.
"""

import contextlib
import math
import multiprocessing
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from symgrad.errors import LimitError, SymgradError, TimeLimitError

Result = TypeVar("Result")
MEMORY = 4 << 30  # bytes of address space a child may take: far above any honest formula, far below the machine's


def run_with_deadline(
    function: Callable[..., Result], *arguments: Any, seconds: float, memory: int = MEMORY, **named: Any
) -> Result:
    """function(*arguments, **named), or an error when it has not ended after so many seconds.

    Args:
        function: what to run; where the process has several threads, it and its arguments must pickle.
        seconds: the limit; 0 runs without one, in this process.
        memory: bytes that the child may take.

    Returns:
        The result, which must pickle.

    Raises:
        TimeLimitError: the time is over; the child is dead.
        LimitError: the child ran out of memory or died.
        Exception: whatever the function itself raised.

    >>> run_with_deadline(pow, 3, 4, seconds=10)
    81
    """
    if not seconds:
        return function(*arguments, **named)
    if not math.isfinite(seconds) or seconds < 0:
        raise LimitError(f"{seconds} is no time limit.", hint="Give a positive number of seconds, or 0 for none.")
    work = (function, arguments, named)
    outcome = _forked(work, seconds, memory) if _may_fork() else _spawned(work, seconds, memory)
    if outcome is None:
        raise TimeLimitError(
            f"This took more than {seconds:g} seconds.",
            hint="Allow more with --time-limit (time_limit=); 0 means no limit.",
        )
    kind, value = outcome
    if kind == "error":
        raise value
    return value  # type: ignore[no-any-return]


def _may_fork() -> bool:
    """Whether a fork is safe: the system has it, and no other thread could be caught in the middle of something."""
    if not hasattr(os, "fork") or sys.platform == "darwin" or threading.active_count() > 1:
        return False
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/task")) == 1
    return True


# ---- by fork: 6 ms ------------------------------------------------------------------------------------------------


def _forked(work: tuple[Any, Any, Any], seconds: float, memory: int) -> tuple[str, Any] | None:
    deadline = time.monotonic() + seconds
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _serve(work, writer, seconds, memory)
    os.close(writer)
    try:
        data = _read_until(reader, deadline)
    finally:
        os.close(reader)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if data is None:
        return None
    if not data:
        raise LimitError("The computation died: it needs more memory than it may take.", hint="Try a smaller formula.")
    return pickle.loads(data)  # type: ignore[no-any-return]  # our own child wrote it


def _serve(work: tuple[Any, Any, Any], writer: int, seconds: float, memory: int) -> NoReturn:
    """The child: limits, the work, the outcome into the pipe, and out without any of the parent's clean-up."""
    code = 0
    try:
        _limit(seconds, memory)
        data = pickle.dumps(_outcome(work))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    except BaseException:  # whatever it is, the child must not run on into the parent's code
        code = 1
    finally:
        os._exit(code)


def _outcome(work: tuple[Any, Any, Any]) -> tuple[str, Any]:
    function, arguments, named = work
    try:
        return "value", function(*arguments, **named)
    except (MemoryError, RecursionError):
        return "error", LimitError("This formula is too large or too deep for the memory at hand.")
    except KeyboardInterrupt as error:
        return "error", error
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # an error that cannot travel still has to be told
            return "error", SymgradError(f"{type(error).__name__}: {error}")
        return "error", error


def _limit(seconds: float, memory: int) -> None:
    import resource

    soft = math.ceil(seconds) + 1
    for what, most in ((resource.RLIMIT_CPU, soft), (resource.RLIMIT_AS, memory)):
        _, hard = resource.getrlimit(what)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _read_until(reader: int, deadline: float) -> bytes | None:
    """All that comes through the pipe, or None when the time is over first."""
    parts: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return None
        part = os.read(reader, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)


# ---- by a new process: where forking is not safe or not to be had ---------------------------------------------------


def _spawned(work: tuple[Any, Any, Any], seconds: float, memory: int) -> tuple[str, Any] | None:
    context = multiprocessing.get_context("spawn")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(writer, work, seconds, memory), daemon=True)
    process.start()
    writer.close()
    try:
        if not reader.poll(seconds):
            return None
        return reader.recv()  # type: ignore[no-any-return]
    except EOFError:
        raise LimitError("The computation died: it needs more memory than it may take.") from None
    finally:
        process.kill()
        process.join()


def _send(writer: Any, work: tuple[Any, Any, Any], seconds: float, memory: int) -> None:
    if sys.platform != "win32":
        _limit(seconds, memory)
    writer.send(_outcome(work))
    writer.close()
