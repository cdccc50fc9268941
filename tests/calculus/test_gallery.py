"""The gallery: sixty derivations chosen for teaching, as pages that can be proofread."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent / "gallery"


def _gallery() -> ModuleType:
    spec = importlib.util.spec_from_file_location("symgrad_gallery", FOLDER / "regenerate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


GALLERY = _gallery()


@pytest.mark.parametrize("case", GALLERY.cases(), ids=lambda case: case.title)
def test_the_answer_is_the_one_wanted(case: object) -> None:
    assert case.found() == case.answer  # type: ignore[attr-defined]


def test_there_are_sixty_and_every_level_and_some_other_notation_occurs() -> None:
    cases = GALLERY.cases()
    assert len(cases) >= 60
    assert {case.level for case in cases} == {"answer", "rules", "full", "why"}
    assert {case.notation for case in cases} >= {"leibniz", "lagrange", "D"}


def test_the_pages_are_what_the_program_says_today() -> None:
    pages = dict(GALLERY.pages())
    changed = [path.name for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
    assert not changed, "run python tests/calculus/gallery/regenerate.py and look at the difference"
    assert {path for path in pages if path.suffix == ".txt"} == set((FOLDER / "pages").glob("*.txt"))


def test_no_page_says_that_something_is_wrong_or_was_not_checked() -> None:
    for page in (FOLDER / "pages").glob("*.txt"):
        text = page.read_text("utf-8")
        assert "Contradicted" not in text, page.name
        assert "Not checked" not in text, page.name


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_gallery_compiles_and_nothing_sticks_out(tmp_path: Path) -> None:
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"-output-directory={tmp_path}"]
    run = subprocess.run([*command, str(FOLDER / "gallery.tex")], capture_output=True, timeout=120, check=False)
    log = (tmp_path / "gallery.log").read_text("utf-8", errors="replace")
    assert run.returncode == 0, log[-2000:]
    assert "Overfull" not in log
