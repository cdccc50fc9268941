"""Object code on disk: found again, never trusted without its signature, whole whoever writes."""

import os
import stat
import subprocess
import sys

import pytest

pytest.importorskip("llvmlite")

from symgrad.program import Line, Program
from symgrad.program.backends import llvm, llvm_cache, llvm_engine


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "cache"
    monkeypatch.setenv("SYMGRAD_CACHE", str(path))
    return path


def program(n=100):
    lines = [Line("v0", "sin", ("x0",))] + [Line(f"v{i}", "tanh", (f"v{i - 1}",)) for i in range(1, n)]
    return Program(("x",), tuple(lines), (f"v{n - 1}",))


def test_what_was_written_is_read(folder):
    name = llvm_cache.key("something")
    assert llvm_cache.read(name) is None
    llvm_cache.write(name, b"code")
    assert llvm_cache.read(name) == b"code"
    assert llvm_cache.read(llvm_cache.key("something else")) is None


def test_names_differ_where_parts_differ():
    names = {
        llvm_cache.key(*parts)
        for parts in [("a", "b"), ("ab", ""), ("a",), ("a", "b", ""), (("a", "b"),), (1.0, -0.0), (1.0, 0.0)]
    }
    assert len(names) == 7


@pytest.mark.parametrize(
    "damage", [lambda d: d[:-1], lambda d: d[:40] + b"\1" + d[41:], lambda d: b"", lambda d: d + b"x"]
)
def test_a_damaged_file_is_not_loaded(folder, damage):
    name = llvm_cache.key("x")
    llvm_cache.write(name, bytes(100))
    path = folder / f"{name}.o"
    path.write_bytes(damage(path.read_bytes()))
    assert llvm_cache.read(name) is None


def test_a_file_under_another_name_is_not_loaded(folder):
    one, other = llvm_cache.key("one"), llvm_cache.key("other")
    llvm_cache.write(one, b"code")
    (folder / f"{other}.o").write_bytes((folder / f"{one}.o").read_bytes())
    assert llvm_cache.read(other) is None


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_a_folder_that_others_may_write_to_is_not_used(folder):
    folder.mkdir()
    folder.chmod(0o777)
    llvm_cache._folder.cache_clear()
    llvm_cache.write(llvm_cache.key("x"), b"code")
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_the_secret_is_for_the_user_alone(folder):
    llvm_cache.write(llvm_cache.key("x"), b"code")
    secret = folder / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    secret.chmod(0o644)
    llvm_cache._secret.cache_clear()
    assert llvm_cache.read(llvm_cache.key("x")) is None
    llvm_cache._secret.cache_clear()


def test_the_cache_can_be_turned_off(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMGRAD_CACHE", "off")
    llvm_cache.write(llvm_cache.key("x"), b"code")
    assert llvm_cache.read(llvm_cache.key("x")) is None


def test_a_folder_that_cannot_be_made_does_no_harm(monkeypatch, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    monkeypatch.setenv("SYMGRAD_CACHE", str(blocker / "cache"))
    llvm_cache.write(llvm_cache.key("x"), b"code")
    assert llvm.build(program()).point(0.5) == llvm.build(program()).point(0.5)


def test_the_oldest_files_go_first(folder, monkeypatch):
    monkeypatch.setattr(llvm_cache, "LIMIT", 500)
    for i in range(5):
        llvm_cache.write(llvm_cache.key(i), bytes(200))
        os.utime(folder / f"{llvm_cache.key(i)}.o", (i, i))
    left = [i for i in range(5) if (folder / f"{llvm_cache.key(i)}.o").exists()]
    assert left == [3, 4]


def test_a_program_is_compiled_once(folder, monkeypatch):
    monkeypatch.setattr(llvm, "KEPT_FROM", 0.0)
    expected = llvm.build(program()).point(0.5)
    assert len(list(folder.glob("*.o"))) == 1

    def never(*_, **__):
        raise AssertionError("compiled again")

    llvm.build(program(99)).point(0.5)  # the entry is compiled by now
    monkeypatch.setattr(llvm_engine, "object_code", never)
    assert llvm.build(program()).point(0.5) == expected
    with pytest.raises(AssertionError, match="compiled again"):
        llvm.build(program(101)).point(0.5)


def test_many_processes_may_write_the_same_file(folder):
    code = """
from symgrad.program.backends import llvm_cache
name = llvm_cache.key("shared")
for _ in range(200):
    llvm_cache.write(name, bytes(50_000))
    found = llvm_cache.read(name)
    assert found is not None and len(found) == 50_000
"""
    workers = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    for worker in workers:
        _, problem = worker.communicate(timeout=60)
        assert worker.returncode == 0, problem
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
