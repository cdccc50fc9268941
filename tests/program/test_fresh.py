"""Memory of results that are gone is used again, and that of no other."""

import random
import sys
import threading
import weakref

import numpy as np
import pytest

from symgrad.program import compile as compile_formula
from symgrad.program import fresh as fresh_module
from symgrad.program.fresh import LINE, LONG, fresh
from symgrad.syntax import parse

counted = pytest.mark.skipif(
    sys.implementation.name != "cpython" or not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="references are not counted",
)


@pytest.fixture(autouse=True)
def _nothing_kept():
    fresh_module._kept.clear()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_long_rows_begin_at_a_line_of_the_cache(dtype):
    for shape in ((LONG,), (3, LONG), (2, 2, LONG + 5)):
        found = fresh(shape, np.dtype(dtype))
        assert found.ctypes.data % LINE == 0
        assert (found.shape, found.dtype, found.flags.c_contiguous, found.flags.writeable) == (shape, dtype, True, True)


@counted
def test_memory_of_a_result_that_is_gone_is_used_again():
    first = fresh((LONG,))
    place = first.ctypes.data
    del first
    assert fresh((LONG,)).ctypes.data == place


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[3:5], lambda a: a.reshape(2, -1).T, memoryview, lambda a: np.frombuffer(a, np.uint8),
        lambda a: a.view(np.int64)[::2], iter, lambda a: [a], lambda a: np.asarray(memoryview(a)),
    ],
)  # fmt: skip
def test_any_view_of_a_result_keeps_its_memory(view):
    first = fresh((LONG,))
    kept = view(first)
    place = first.ctypes.data
    del first
    others = [fresh((LONG,)) for _ in range(3)]
    assert place not in [other.ctypes.data for other in others]
    del kept


def test_results_keep_their_values_while_others_come_and_go():
    chosen, alive = random.Random(4), {}
    for k in range(600):
        made = fresh((chosen.choice([1, 2]), LONG + chosen.randrange(3)))
        made.fill(k)
        alive[k] = made[:, :: chosen.choice([1, 2])]
        del made
        for gone in chosen.sample(sorted(alive), len(alive) // 5):
            del alive[gone]
        assert all((array == number).all() for number, array in alive.items() if number % 7 == k % 7)


def test_threads_never_get_the_same_memory():
    wrong = []

    def work(number):
        for _ in range(300):
            mine = fresh((LONG,))
            mine.fill(number)
            other = fresh((LONG,))
            other.fill(-number)
            if not (mine == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@counted
def test_the_memory_that_is_kept_has_bounds(monkeypatch):
    monkeypatch.setattr(fresh_module, "KEPT_HERE", 1 << 22)
    for length in range(LONG, 20 * LONG, LONG // 2):
        for _ in range(3):
            fresh((4, length))
            assert sum(len(piece.memory) for piece in fresh_module._kept) <= 1 << 22
            assert len(fresh_module._kept) <= fresh_module.MOST + 1
    kept = len(fresh_module._kept)
    fresh(((1 << 19) + 1,))  # more than all that may be kept
    assert len(fresh_module._kept) <= kept


@counted
def test_memory_that_is_not_asked_for_any_more_is_given_back():
    large = fresh((9 * LONG,))
    place = weakref.ref(large.base)
    del large
    for _ in range(2 * fresh_module.WHILE):
        fresh((LONG,))
    assert place() is None
    assert len(fresh_module._kept) == 1


@pytest.mark.parametrize("order", [0, 1, 2])
def test_results_of_two_calls_share_nothing(order):
    f = compile_formula(parse("x^2"), backend="numpy", order=order)
    for length in (10, 2 * LONG):
        first, second = f(np.ones(length)), f(np.full(length, 3.0))
        parts = [*first, *second] if order else [first, second]
        assert not any(np.may_share_memory(a, b) for k, a in enumerate(parts) for b in parts[:k])
        assert parts[0][0] == 1.0
