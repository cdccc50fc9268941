"""Peak memory: each contender does each piece of work in a process of its own, which then reads its high-water mark.

`python -m tests.benchmarks.memory CONTENDER WORK` is such a process.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import Bench, batch_of, point_of, tell
from tests.benchmarks.contenders import BY_NAME
from tests.benchmarks.suite import Case, cases

NOTHING, SECONDS = "imported", 120
POINTS, MANY = 10**6, 10**4
WORKS = (NOTHING, "mlp231, one point", "gmix10, 10^6 points", "rosenbrock 10^4, gradient", "rosenbrock 10^6, its sum")
OURS = ("symgrad llvm", "symgrad numpy")


def peak() -> float:
    """MB that this process has had at most."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def work(contender: str, what: str) -> None:
    """Do it once; raises where the contender can't."""
    known = {case.name: case for case in cases()}
    case = known.get(what.split(",", maxsplit=1)[0], known["sigmoid"])
    if contender in OURS:
        _ours(contender.split()[1], what, case)
    else:
        _theirs(BY_NAME[contender], what, case)


def _ours(backend: str, what: str, case: Case) -> None:
    from symgrad.program import compile  # noqa: A004

    if what.startswith("rosenbrock"):
        import numpy as np

        from tests.benchmarks import scaling

        if what.endswith("sum"):
            f = compile(scaling.rosenbrock_sum(scaling.SUM), backend=backend)
            f.into(np.ones(scaling.SUM), np.empty(scaling.SUM))
            return
        scaling.ours(scaling.TREES["rosenbrock"](MANY), [f"x{k}" for k in range(MANY)])
        return
    f = compile(case.formula, variables=case.variables, backend=backend)
    if what.endswith("points"):
        f(*batch_of(case, POINTS)[0])
    else:
        f(*case.point())


def _theirs(peer: Any, what: str, case: Case) -> None:
    if what.startswith("rosenbrock"):
        if peer.slopes is None or what.endswith("sum"):  # none of them has such a sum
            raise NotImplementedError
        peer.slopes("rosenbrock", MANY)
    elif what.endswith("points"):
        x, out = batch_of(case, POINTS)
        peer.batch(case, x, out, 1).result()
    else:
        peer.point(case, point_of(case)).result()


def measured(contender: str, what: str) -> float | None:
    """MB of a process that does it; None where it can't, or takes too long."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", contender, what]
    here = Path(__file__).resolve().parents[2]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True, cwd=here)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return float(json.loads(found.stdout.splitlines()[-1]))


def memory(bench: Bench) -> None:
    """Peak memory in MB, the interpreter and numpy included."""
    table = bench.table("memory", "Peak memory", "MB", OURS[0], ratios=False)
    contenders = [*OURS, *(peer.name for peer in bench.peers)]
    for what in WORKS:
        for contender in contenders:
            tell(f"memory: {what}, {contender}")
            found = measured(contender, what)
            if found is not None:
                table.cells.setdefault(what, {})[contender] = found
        bench.kept(bench.report)
    table.notes.append(f"{NOTHING}: after the sigmoid at one point")
    tell("")


if __name__ == "__main__":
    work(*sys.argv[1:])
    print(json.dumps(peak()))
