"""Writing files: whole or not at all, never over something by surprise, never outside what was named."""

import os
from pathlib import Path

import pytest

from symgrad.errors import OutputError
from symgrad.files import output_path, write


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_file_is_written_and_nothing_else_is_left():
    write("notes.tex", "x²")
    assert Path("notes.tex").read_text(encoding="utf-8") == "x²"
    assert os.listdir() == ["notes.tex"]


def test_nothing_is_overwritten_unless_asked():
    write("notes.tex", "first")
    with pytest.raises(OutputError, match="already there"):
        write("notes.tex", "second")
    assert Path("notes.tex").read_text() == "first"
    write("notes.tex", "second", overwrite=True)
    assert Path("notes.tex").read_text() == "second"


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_only_an_ordinary_file_is_replaced(kind):
    if kind == "folder":
        Path("x.txt").mkdir()
    elif kind == "pipe":
        os.mkfifo("x.txt")
    else:
        Path("secret").write_text("kept")
        os.symlink("secret", "x.txt")
    with pytest.raises(OutputError):
        write("x.txt", "new", overwrite=True)
    if kind == "link":
        assert Path("secret").read_text() == "kept"


def test_a_missing_folder_is_an_error_that_names_it():
    with pytest.raises(OutputError, match="no folder 'nowhere'"):
        write("nowhere/x.txt", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_devices_are_refused():
    with pytest.raises(OutputError, match="not an ordinary file"):
        write("/dev/full", "x", overwrite=True)


def test_suffixes_are_listed_in_the_error():
    with pytest.raises(OutputError, match=r"\.png, \.svg"):
        output_path("x.bmp", suffixes=(".png", ".svg"))


def test_hostile_file_names_write_nothing_outside(corpus, tmp_path):
    for row in corpus("hostile_inputs.jsonl"):
        if row["channel"] != "filename":
            continue
        before = set(tmp_path.parent.rglob("*"))
        try:
            path = write(row["input"], "x")
        except OutputError:
            assert set(tmp_path.parent.rglob("*")) == before
        else:
            assert row["expected"] == "ok-within-limits", row["input"]
            assert path.resolve().parent == tmp_path
