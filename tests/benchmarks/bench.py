"""What every table needs: the chosen expressions and peers, a report that is kept at any moment, a word on progress."""

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from tests.benchmarks import suite
from tests.benchmarks.contenders import PEERS, Peer
from tests.benchmarks.report import Report, Table
from tests.benchmarks.suite import Case
from tests.benchmarks.timing import Statement, Timed, close, interleaved, quiet


class Bench:
    """One run of the benchmarks: tables ask it for cases, peers and a place for their figures."""

    def __init__(
        self,
        cases: Sequence[str] = (),
        peers: Sequence[str] | None = None,
        *,
        report: Report | None = None,
        kept: Callable[[Report], None] = lambda _: None,
        sizes: Sequence[int] = (1_000, 100_000, 10_000_000),
        threads: Sequence[int] = (1, 2),
        effort: float = 1.0,
    ) -> None:
        self.cases = [case for case in suite.cases() if not cases or case.name in cases]
        chosen = [peer for peer in PEERS if peers is None or peer.name in peers]
        self.peers = [peer for peer in chosen if peer.installed]
        self.absent = [peer.name for peer in chosen if not peer.installed]
        self.report = report or Report()
        self.kept = kept
        self.sizes, self.threads = sizes, threads
        self.effort = effort  # a factor on rounds and their length: less for tests

    def table(self, name: str, title: str, unit: str, ours: str, *, ratios: bool = True) -> Table:
        """A table of this run; rows of an earlier run that this one does not measure stay."""
        before = self.report.tables.get(name)
        table = Table(name, title, unit, ours, ratios=ratios)
        if before is not None and before.ours == ours:
            measured = {case.name for case in self.cases}
            table.cells = {row: cells for row, cells in before.cells.items() if row not in measured}
            table.extra = {row: cells for row, cells in before.extra.items() if row not in measured}
        self.report.tables[name] = table
        return table

    def each(self, table: Table, cases: Sequence[Case] | None = None) -> Iterator[Case]:
        """The cases, told and kept one by one."""
        some = self.cases if cases is None else cases
        for k, case in enumerate(some, start=1):
            tell(f"{table.title}: {case.name} ({k}/{len(some)})")
            yield case
            gc.collect()
            self.kept(self.report)
        tell("")

    def made(self, peer: Peer, make: Callable[..., Statement], *args: Any, expected: Any, table: Table) -> Any:
        """A peer's statement, or None where it can't; where it computes something else, the table says so."""
        tell(f"{table.title}: {args[0].name}, {peer.name}")
        with quiet():
            try:
                statement = make(*args)
                found = statement.result()
            except Exception as error:
                table.reasons.append(f"{args[0].name}: no {peer.name}: {type(error).__name__}: {error}")
                return None
        if close(found, expected):
            return statement
        table.notes.append(f"{args[0].name}: {peer.name} computes something else and is left out")
        return None

    def timed(self, statements: dict[str, Statement], rounds: int, seconds: float, **options: Any) -> dict[str, Timed]:
        """Interleaved rounds, as many as the effort says."""
        rounds, seconds = max(2, int(rounds * self.effort)), seconds * self.effort
        gc.disable()
        try:
            with quiet():
                return interleaved(statements, rounds=rounds, seconds=seconds, **options)
        finally:
            gc.enable()


@contextmanager
def processors(count: int) -> Iterator[None]:
    """Let our backends believe that there are so many processors."""
    from symgrad.program.backends import llvm, numpy_

    def believed() -> int:  # a plain function: a mock would cost more than the call that is timed
        return count

    with mock.patch.object(llvm, "_processors", believed), mock.patch.object(numpy_, "_processors", believed):
        yield


_LAST = [0.0]


def tell(text: str) -> None:
    """One line on a terminal that changes; nothing where there is no terminal."""
    if sys.stderr.isatty() and (not text or time.monotonic() - _LAST[0] > 0.05):
        _LAST[0] = time.monotonic()
        sys.stderr.write("\r\x1b[K" + text[:79])
        sys.stderr.flush()


def memory_left() -> float:
    """Bytes that can still be had."""
    path = Path("/proc/meminfo")
    if not path.exists():
        return 4e9
    lines = dict(line.split(":", 1) for line in path.read_text(encoding="ascii").splitlines())
    return float(lines["MemAvailable"].split()[0]) * 1024


def point_of(case: Case) -> Any:
    return np.array(case.point())


def batch_of(case: Case, size: int) -> tuple[Any, Any]:
    """Inputs and room for the outputs, a row each."""
    x = np.random.default_rng(5).uniform(case.low, case.high, (len(case.variables), size))
    return x, np.zeros((len(case.variables) + 1, size))
