"""Notes: whatever can tell itself goes in; the ending of the file chooses the format; nothing is lost."""

import json
import shutil
from pathlib import Path

import pytest

import symgrad as sg
from symgrad.errors import OutputError, UsageError
from symgrad.files import output_path

ITEMS = ["The sigmoid & its <derivative>, at 100 %:", sg.Formula("1/(1+e^(-x))"), sg.derive("1/(1+e^(-x))")]


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("suffix", [".tex", ".md", ".html", ".txt", ".ipynb"])
def test_each_format_holds_every_item(suffix):
    run = sg.descend("x^2", start=3, rate=0.25, steps=3)
    path = sg.notes([*ITEMS, run], f"notes{suffix}", title="Notes")
    text = path.read_text(encoding="utf-8")
    assert "reciprocal rule" in text
    assert "0.75" in text
    assert "sigmoid" in text


def test_a_notebook_is_valid_json_of_its_format():
    record = json.loads(sg.notes(ITEMS, "notes.ipynb").read_text(encoding="utf-8"))
    assert (record["nbformat"], record["nbformat_minor"]) == (4, 5)
    assert all({"cell_type", "id", "metadata", "source"} <= cell.keys() for cell in record["cells"])


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_pdf_comes_out_the_same_twice():
    first = sg.notes(ITEMS, "one.pdf", title="Notes").read_bytes()
    second = sg.notes(ITEMS, "two.pdf", title="Notes").read_bytes()
    assert first.startswith(b"%PDF")
    assert first == second


def test_a_title_is_text_in_every_format():
    hostile = r"\input{/etc/passwd} </title><script>alert(1)</script> $x$ 100%"
    for suffix in (".tex", ".md", ".html"):
        text = sg.notes(ITEMS, f"notes{suffix}", title=hostile).read_text(encoding="utf-8")
        assert suffix != ".tex" or r"\input{" not in text
        assert "<script>alert" not in text


def test_what_is_there_is_kept():
    sg.notes(ITEMS, "notes.md")
    before = Path("notes.md").read_text(encoding="utf-8")
    with pytest.raises(OutputError, match="already there"):
        sg.notes(["other"], "notes.md")
    assert Path("notes.md").read_text(encoding="utf-8") == before
    assert output_path("notes.md", overwrite=True).name == "notes.md"


@pytest.mark.parametrize("item", [3, None, object(), [1]])
def test_what_cannot_tell_itself_is_refused(item):
    with pytest.raises(UsageError, match="Notes are made of"):
        sg.notes([item], "notes.md")


def test_an_unknown_ending_is_refused_before_any_work():
    with pytest.raises(OutputError, match=r"\.docx"):
        sg.notes(iter(()), "notes.docx")
