"""Every table of speed and digits, with ratios of medians, and a plot: `python -m tests.benchmarks`.

Each peer is called in its own best form, and what it computes is compared with ours before it is timed; peers that are
not installed are named and left out (`pip install ".[bench]"` gets those that have wheels). The whole takes a quarter
of an hour and leaves figures.json and figures.png in .benchmarks; an interrupt keeps what is measured. With --json FILE
the tables of earlier runs in that file stay until they are measured again.
"""

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import batches, memory, points, scaling, second, suite, targets
from tests.benchmarks.bench import Bench, tell
from tests.benchmarks.contenders import PEERS
from tests.benchmarks.digits import digits
from tests.benchmarks.report import Report, machine

TABLES: dict[str, Callable[[Bench], None]] = {
    "first": scaling.first,
    "point": points.native,
    "python": points.python,
    "batch": batches.native,
    "numpy": batches.numpy,
    "gradient": scaling.gradient,
    "hessian": second.hessian,
    "loop": second.loop,
    "sum": scaling.sums,
    "memory": memory.memory,
    "digits": digits,
}
WHOLE = Path(".benchmarks")  # where a run of everything leaves its figures
NATIVE = ("point", "batch", "hessian", "loop")  # nothing without llvmlite


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"Tables: {', '.join(TABLES)}. Expressions: {', '.join(case.name for case in suite.cases())}.",
    )
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="which tables; all, if none is named")
    parser.add_argument("--only", nargs="+", default=[], metavar="EXPRESSION", help="these expressions")
    parser.add_argument("--peers", nargs="*", metavar="PEER", help="these peers: " + ", ".join(p.name for p in PEERS))
    parser.add_argument("--sizes", nargs="+", type=int, default=[10**3, 10**5, 10**7], help="points of the batches")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="threads of the batches")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all figures here")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the figures (PNG, SVG or PDF)")
    parser.add_argument("--show", action="store_true", help="measure nothing, print what --json FILE holds")
    parser.add_argument("--absolute", action="store_true", help="times instead of ratios in the tables")
    parser.add_argument("--why", action="store_true", help="say why a peer has no figure")
    parser.add_argument("--width", type=int, help="columns of the text, 80 to 120")
    options = parser.parse_args(given)
    for name, known in (
        ("tables", list(TABLES)),
        ("only", [case.name for case in suite.cases()]),
        ("peers", [peer.name for peer in PEERS]),
    ):
        for one in getattr(options, name) or ():
            if one not in known:
                parser.error(f"{one!r} is none of {', '.join(known)}")
    if options.show and not options.json:
        parser.error("--show needs --json FILE")
    return options


def measure(options: argparse.Namespace, report: Report) -> bool:
    """Run the tables, printing each; False if interrupted."""

    def keep(report: Report) -> None:
        if options.json:
            report.save(options.json, targets.as_json(report))

    bench = Bench(
        options.only, options.peers, report=report, kept=keep, sizes=options.sizes, threads=options.threads
    )  # fmt: skip
    report.machine = machine()
    if bench.absent:
        print(f"Not installed, so left out: {', '.join(bench.absent)}.\n")
    for name in options.tables or TABLES:
        if name in NATIVE and "llvmlite" not in report.machine["packages"]:
            print(f"{name}: needs llvmlite, left out\n")
            continue
        before, start = dict(report.tables), time.monotonic()
        try:
            TABLES[name](bench)
            stopped = False
        except KeyboardInterrupt:
            tell("")
            stopped = True
        finally:
            keep(report)
        for key, table in report.tables.items():
            if table is not before.get(key) and table.cells:
                print(table.text(options.width, absolute=options.absolute, reasons=options.why), flush=True)
        if stopped:
            print("Interrupted: what is measured is kept.\n")
            return False
        print(f"({name}: {time.monotonic() - start:.0f} s)\n", flush=True)
    return True


def _stop(*_: object) -> None:
    """A polite end is an interrupt: what is measured is printed and kept."""
    raise KeyboardInterrupt


def main(given: list[str] | None = None) -> int:
    options = arguments(given)
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        return run(options)
    finally:
        signal.signal(signal.SIGTERM, before)


def run(options: argparse.Namespace) -> int:
    options.width = min(120, max(80, options.width or shutil.get_terminal_size((110, 24)).columns))
    report = Report.load(options.json) if options.json and options.json.exists() else Report()
    if not (options.tables or options.show or options.json):  # the whole, anew
        WHOLE.mkdir(exist_ok=True)
        options.json, options.plot = WHOLE / "figures.json", options.plot or WHOLE / "figures.png"
    whole = True
    if options.show:
        for table in report.tables.values():
            print(table.text(options.width, absolute=options.absolute, reasons=options.why))
    else:
        whole = measure(options, report)
    about = report.machine
    print(targets.text(report, options.width))
    print(f"{about.get('processor')}, {about.get('cores')} cores, Python {about.get('python')}")
    if options.plot:
        from tests.benchmarks import picture

        print(f"drawn: {picture.draw(report, options.plot)}")
    return 0 if whole else 130


if __name__ == "__main__":
    sys.exit(main())
