"""Object code is loaded into one block: nothing in it is ever far from the rest of it."""

import ctypes
import mmap
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

from symgrad.program.backends import llvm_engine, llvm_loader

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere LLVM loads its code itself")

TEXT = """
@counter = global i64 5
@table = internal constant [4 x double] [double 1.5, double 2.5, double 4.5, double 8.5]
declare double @tgamma(double)
declare double @symgrad_digamma(double)
define i64 @count() {
  %old = load i64, ptr @counter
  %new = add i64 %old, 1
  store i64 %new, ptr @counter
  ret i64 %new
}
define double @entry(i64 %k) {
  %place = getelementptr double, ptr @table, i64 %k
  %value = load double, ptr %place
  %more = fmul double %value, 0x4009220000000000
  ret double %more
}
define double @far(double %x) {
  %gamma = call double @tgamma(double %x)
  %digamma = call double @symgrad_digamma(double %x)
  %sum = fadd double %gamma, %digamma
  ret double %sum
}
"""


@pytest.fixture(scope="module")
def code() -> bytes:
    if llvm_engine.binding().get_default_triple().split("-")[0] != "x86_64":
        pytest.skip("another processor")
    return llvm_engine.object_code(TEXT, 2)


@pytest.fixture
def loaded(code):
    found = llvm_engine.Loaded(code)
    assert found._image is not None
    return found


def test_constants_variables_and_functions_from_elsewhere_are_found(loaded):
    entry = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(loaded.address("entry"))
    assert [entry(k) for k in range(4)] == [value * 3.1416015625 for value in (1.5, 2.5, 4.5, 8.5)]
    count = ctypes.CFUNCTYPE(ctypes.c_int64)(loaded.address("count"))
    assert [count(), count()] == [6, 7]
    assert ctypes.c_int64.from_address(loaded.variable("counter")).value == 7
    far = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(loaded.address("far"))
    assert far(5.0) == pytest.approx(24 + 1.5061176684318003)
    with pytest.raises(LookupError):
        loaded.address("absent")


def test_all_of_it_lies_in_one_block(loaded):
    places = [loaded.address(name) for name in ("count", "entry", "far")] + [loaded.variable("counter")]
    assert max(places) - min(places) < 4 * mmap.PAGESIZE


def test_code_cannot_be_written_and_variables_cannot_be_run(loaded):
    lines = [line.split() for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()]

    def rights(address: int) -> str:
        for line in lines:
            start, end = (int(part, 16) for part in line[0].split("-"))
            if start <= address < end:
                return line[1][:3]
        return ""

    assert rights(loaded.address("entry")) == "r-x"
    assert rights(loaded.variable("counter")) == "rw-"


def test_what_it_does_not_know_is_left_to_llvm(code, monkeypatch):
    assert llvm_loader.load(b"MZ" + code[2:], lambda _: 1) is None, "another format"
    assert llvm_loader.load(code, lambda _: None) is None, "a function that nobody has"
    monkeypatch.setattr(llvm_loader, "load", lambda *_: None)
    by_llvm = llvm_engine.Loaded(code)
    assert ctypes.CFUNCTYPE(ctypes.c_int64)(by_llvm.address("count"))() == 6


CROWDED = """
import ctypes
import mmap
from symgrad.program.backends import llvm_engine
numbers = ", ".join(f"double {k}.5" for k in range(32768))
text = f"@table = internal constant [32768 x double] [{numbers}]"
text += "define double @entry(i64 %k) { %p = getelementptr double, ptr @table, i64 %k\\n"
text += "%v = load double, ptr %p ret double %v }"
code = llvm_engine.object_code(text, 2)
kept = []
for _ in range(8):
    # the code finds a small hole, its constants only one below 3 GB that take no memory: nobody touches them
    kept += [mmap.mmap(-1, 2**17) for _ in range(400)]
    hole = mmap.mmap(-1, 2**17)
    kept.append(mmap.mmap(-1, 3 * 2**30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000))
    hole.close()
    kept.append(llvm_engine.Loaded(code))
    assert ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(kept[-1].address("entry"))(77) == 77.5
print("done")
"""


def test_a_crowded_address_space_is_no_trouble():
    found = subprocess.run([sys.executable, "-c", CROWDED], capture_output=True, text=True, timeout=120, check=False)
    assert found.stdout == "done\n", found.stderr
