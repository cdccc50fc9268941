"""The tables build, say what is true, and keep what was measured; how long anything takes is not claimed here."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from symgrad.program import compile  # noqa: A004
from tests.benchmarks import __main__ as command
from tests.benchmarks import batches, points, scaling, second, suite, targets
from tests.benchmarks.bench import Bench, batch_of, point_of
from tests.benchmarks.contenders import PEERS, Peer
from tests.benchmarks.report import Report, Table
from tests.benchmarks.timing import Statement, close, interleaved, quiet

CASES = {case.name: case for case in suite.cases()}
HIMMELBLAU = CASES["himmelblau"]


def small(*cases: str, peers: tuple[str, ...] = ("lambdify math", "lambdify numpy")) -> Bench:
    return Bench(cases or ("rosen2",), peers, sizes=(64,), threads=(1,), effort=0.02)


def expected_at_point() -> np.ndarray:
    value, slopes = compile(HIMMELBLAU.formula, variables=HIMMELBLAU.variables, backend="python").vector(
        point_of(HIMMELBLAU)
    )
    return np.concatenate([[value], slopes])


# ---- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "name", "peer"),
    [
        (points.native, "point llvm", "lambdify math"),
        (points.python, "point python", "lambdify numpy"),
        (batches.native, "batch llvm 64 1", "lambdify numpy"),
        (batches.numpy, "batch numpy 64 1", "lambdify numpy"),
        (second.hessian, "hessian", None),
        (second.loop, "loop", "lambdify numpy"),
        (scaling.first, "first", "lambdify math"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_table_holds_ours_and_its_peers(make, name, peer):
    pytest.importorskip("llvmlite")
    bench = small()
    make(bench)
    table = bench.report.tables[name]
    assert list(table.cells) == ["rosen2"]
    assert table.cells["rosen2"][table.ours] > 0
    assert peer is None or table.ratio("rosen2", peer) > 0
    assert not table.notes, "everybody computes the same"


def test_growth_is_measured_by_the_size_before(monkeypatch):
    monkeypatch.setattr(scaling, "SIZES", (4, 40))
    bench = small(peers=())
    scaling.gradient(bench)
    table = bench.report.tables["gradient"]
    assert list(table.cells) == ["rosenbrock 4", "rosenbrock 40", "chain 4", "chain 40"]
    assert ["exponent" in table.extra[row] for row in table.cells] == [False, True, False, True]
    assert all(1 < table.extra[row]["operations of gradient / value"] < 4 for row in table.cells)


@pytest.mark.parametrize("family", scaling.FAMILIES)
def test_peers_differentiate_the_same_sums_as_we_do(family):
    x = np.random.default_rng(3).uniform(-1, 1, 6)
    f = compile(scaling.TREES[family](6), variables=[f"x{k}" for k in range(6)], order=0, backend="python")
    assert sum(scaling.FAMILIES[family](x, math.sin, math.exp)) == pytest.approx(f.vector(x))


# ---- peers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_computes_what_we_do(peer):
    if not peer.installed:
        pytest.skip(f"{peer.needs} is not installed")
    with quiet():
        if peer.point:
            assert close(peer.point(HIMMELBLAU, point_of(HIMMELBLAU)).result(), expected_at_point())
        if peer.batch:
            x, out = batch_of(HIMMELBLAU, 100)
            value, slopes = compile(HIMMELBLAU.formula, variables=HIMMELBLAU.variables, backend="python")(*x)
            assert close(peer.batch(HIMMELBLAU, x, out, 1).result(), [value, *slopes])
        if peer.second:
            f = compile(HIMMELBLAU.formula, variables=HIMMELBLAU.variables, order=2, backend="python")
            flat = np.concatenate([np.ravel(part) for part in f.vector(point_of(HIMMELBLAU))])
            assert close(peer.second(HIMMELBLAU, point_of(HIMMELBLAU)).result(), flat)


def test_a_peer_that_computes_something_else_is_named_and_left_out():
    wrong = Peer("wrong", "math", "", lambda case, x: Statement("x", {"x": x}, lambda x: x))
    broken = Peer("broken", "math", "", lambda case, x: Statement("1/0", {}, float))
    bench = small()
    table = bench.table("t", "T", "ns", "ours")
    assert bench.made(wrong, wrong.point, HIMMELBLAU, np.zeros(3), expected=np.ones(3), table=table) is None
    assert table.notes == ["himmelblau: wrong computes something else and is left out"]
    assert bench.made(broken, broken.point, HIMMELBLAU, np.zeros(3), expected=np.ones(3), table=table) is None
    assert table.reasons == ["himmelblau: no broken: ZeroDivisionError: division by zero"]
    table.cells["himmelblau"] = {"ours": 1.0}
    assert "division" in table.text(80, reasons=True)
    assert "division" not in table.text(80)


def test_what_is_not_installed_is_named():
    absent = {peer.name for peer in PEERS if not peer.installed}
    assert set(Bench().absent) == absent
    assert not absent & {peer.name for peer in Bench().peers}


@pytest.mark.parametrize("name", CASES)
def test_backends_agree_on_every_point_of_a_large_batch(name):
    pytest.importorskip("llvmlite")
    case = CASES[name]
    x, _ = batch_of(case, 200_000 if len(case.variables) < 20 else 20_000)
    found = {
        backend: compile(case.formula, variables=case.variables, backend=backend)(*x) for backend in ("numpy", "llvm")
    }
    for one, other in zip(found["numpy"], found["llvm"]):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11 * np.abs(other).max())


# ---- figures ---------------------------------------------------------------------------------------------------------


def test_rounds_are_interleaved_and_as_many_for_everybody():
    order = []
    statements = {name: Statement("note(name)", {"note": order.append, "name": name}, id) for name in "ab"}
    found = interleaved(statements, rounds=3, seconds=1e-9)
    assert order[-6:] == list("ababab")
    assert all(0 < one.least <= one.median for one in found.values())


def example() -> Table:
    cells = {"sigmoid": {"ours": 10.0, "one": 25.0, "other": 15.0}, "lse5": {"ours": 10.0, "one": 30.0}}
    return Table("point llvm", "One point", "ns", "ours", cells)


def test_the_least_row_of_a_demand_decides():
    target = targets.Target("w", "≥ 2× the fastest", "point llvm", targets.ratio(), 2)
    reached = target.reached(example())
    assert (reached.value, reached.row, reached.against, reached.holds) == (1.5, "sigmoid", "other", False)
    assert reached.missed == ["sigmoid"]
    assert target.reached(Table("point llvm", "", "ns", "ours")) is None


def test_a_demand_on_the_mean_has_no_row():
    reached = targets.Target("w", "", "t", targets.ratio("one"), 2.7, mean=True).reached(example())
    assert reached.value == pytest.approx(math.sqrt(2.5 * 3))
    assert reached.holds
    assert not reached.missed


def test_every_demand_is_about_a_table_that_the_command_makes():
    made = {"gradient", "first", "hessian", "loop", "sum", "digits fpbench", "point llvm", "point python"}
    made |= {f"digits {backend}" for backend in ("python", "numpy", "llvm")}
    made |= {f"batch {b} {n} {k}" for b in ("llvm", "numpy") for n in (10**3, 10**5, 10**7) for k in (1, 2)}
    assert {target.table for target in targets.targets()} <= made


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_fits_its_width(width):
    table = example()
    for k in range(14):
        table.cells["sigmoid"][f"some peer {k}"] = 10.0**k
    text = table.text(width)
    assert max(map(len, text.splitlines())) <= width
    assert "2.50×" in text
    assert "1.50×" in text
    assert "geometric mean" in text


@pytest.mark.parametrize("width", [80, 120])
def test_the_demands_say_who_decides_and_who_falls_short_too(width):
    cells = {f"row {k}": {"ours": 10.0, "peer": 10.0 + k / 10} for k in range(30)}
    text = targets.text(Report({"point llvm": Table("point llvm", "", "ns", "ours", cells)}), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.splitlines()[2:4][0] == "one point, llvm"
    assert "✗ ≥ 2× the fastest peer on each" in text
    assert "1.00  row 0, peer; also row 1 1.01" in text
    assert text.count("row 29") == 1


# ---- the command -----------------------------------------------------------------------------------------------------


def test_an_interrupt_keeps_what_is_measured(tmp_path: Path, monkeypatch, capsys):
    def interrupted(bench: Bench) -> None:
        table = bench.table("point python", "One point", "ns", "f")
        table.cells["sigmoid"] = {"f": 1.0}
        raise KeyboardInterrupt

    monkeypatch.setitem(command.TABLES, "python", interrupted)
    path = tmp_path / "figures.json"
    assert command.main(["python", "--peers", "--json", str(path)]) == 130
    assert "what is measured is kept" in capsys.readouterr().out
    assert Report.load(path).tables["point python"].cells == {"sigmoid": {"f": 1.0}}


def test_a_second_run_keeps_the_rows_of_the_first(tmp_path: Path, monkeypatch, capsys):
    path, report = tmp_path / "figures.json", Report()
    report.tables["point python"] = Table("point python", "", "ns", points.BARE, {"lse5": {points.BARE: 5.0}})
    report.save(path)
    command.main(["python", "--only", "sigmoid", "--peers", "lambdify math", "--json", str(path), "--width", "80"])
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    found = json.loads(path.read_text(encoding="utf-8"))
    assert set(found["tables"]["point python"]["cells"]) == {"lse5", "sigmoid"}
    assert found["summary"][0]["to reach"] == "≥ 1.3× lambdify math on each"
    assert found["machine"]["python"]


def test_the_picture_is_drawn_from_the_report(tmp_path: Path):
    from tests.benchmarks import picture

    report = Report({"point llvm": Table("point llvm", "", "ns", "ours", {"sigmoid": {"ours": 1.0, "gcc": 3.0}})})
    path = picture.draw(report, tmp_path / "figures.svg")
    text = path.read_text(encoding="utf-8")
    assert "One point, native code" in text or "<path" in text


@pytest.mark.parametrize("wrong", [["pint"], ["--only", "sigmoids"], ["--peers", "nobody"], ["--show"]])
def test_wrong_words_are_refused(wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        command.arguments(wrong)
    assert caught.value.code == 2


def test_peers_leave_subnormal_numbers_on():
    pytest.importorskip("llvmlite")
    if not shutil.which("gcc"):
        pytest.skip("needs gcc")
    bench = small(peers=("gcc",))
    points.native(bench)
    assert bench.report.tables["point llvm"].ratio("rosen2", "gcc") > 0
    assert float(np.float64(1e-308) / 2**20) > 0
