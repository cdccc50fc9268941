"""A bar for long runs, with value and slope: on a terminal only, and gone when the run is over."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from symgrad.descent.loop import Callback
from symgrad.descent.record import Iterate

_PATIENCE = 0.5  # seconds before a bar appears
_EVERY = 0.1  # seconds between two looks


@contextmanager
def bar(steps: int, *, wanted: bool) -> Iterator[tuple[Callback, ...]]:
    """The callbacks that draw a bar: one, or none where it is not wanted or nobody sits before a terminal."""
    if not wanted or not sys.stderr.isatty():
        yield ()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (MofNCompleteColumn(), BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    task = progress.add_task("", total=steps)
    began = last = time.monotonic()
    running = False

    def show(now: Iterate) -> bool:
        nonlocal last, running
        moment = time.monotonic()
        if moment - last >= _EVERY and moment - began >= _PATIENCE:
            last = moment
            if not running:
                progress.start()
                running = True
            slope = float(np.linalg.norm(now.gradient))
            progress.update(task, completed=now.step, description=f"f = {now.value:.6g}  |∇f| = {slope:.3g}")
        return False

    try:
        yield (show,)
    finally:
        if running:
            progress.stop()
