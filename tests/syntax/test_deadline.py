"""A deadline ends what hangs, loses no error, and leaves no process behind."""

import os
import threading
import time

import pytest

from symgrad.errors import LimitError, ReadError, TimeLimitError
from symgrad.syntax.deadline import run_with_deadline


def fault():
    raise ReadError("wrong", source="x+", span=(1, 2), hint="mend it")


def hang_in_c():
    return 9**9**9


def eat():
    return bytearray(1 << 33)


def children():
    return {p for p in os.listdir("/proc") if p.isdigit() and f"PPid:\t{os.getpid()}\n" in _status(p)}


def _status(process):
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def test_the_result_comes_back():
    assert run_with_deadline(sorted, [3, 1, 2], seconds=10, reverse=True) == [3, 2, 1]


def test_what_hangs_inside_c_is_ended_and_nothing_stays_behind():
    before = children() if os.path.isdir("/proc") else set()
    began = time.monotonic()
    with pytest.raises(TimeLimitError, match=r"0\.3 seconds"):
        run_with_deadline(hang_in_c, seconds=0.3)
    assert time.monotonic() - began < 5
    if os.path.isdir("/proc"):
        assert children() <= before


def test_an_error_comes_back_whole():
    with pytest.raises(ReadError) as caught:
        run_with_deadline(fault, seconds=10)
    assert caught.value.span == (1, 2)
    assert caught.value.hint == "mend it"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="memory limits need a POSIX system")
def test_a_memory_hog_is_a_limit_error():
    with pytest.raises(LimitError, match="memory"):
        run_with_deadline(eat, seconds=20)


def test_it_works_beside_other_threads():
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert run_with_deadline(pow, 2, 10, seconds=60) == 1024
        with pytest.raises(TimeLimitError):
            run_with_deadline(time.sleep, 60, seconds=0.5)
    finally:
        release.set()
        thread.join()


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_a_limit_is_a_positive_number(seconds):
    with pytest.raises(LimitError):
        run_with_deadline(pow, 1, 1, seconds=seconds)
