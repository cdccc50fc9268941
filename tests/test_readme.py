"""The README is true: its Python runs as doctests, its commands run and print what it shows."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n(.*?)```", TEXT, re.S)
SESSIONS = [part for block in CONSOLE for part in re.split(r"(?m)^(?=\$ )", block) if part.strip()]


def test_python_in_the_readme_runs_as_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, attempted = doctest.testfile(str(README), module_relative=False, optionflags=flags, encoding="utf-8")
    assert failed == 0
    assert attempted > 5


@pytest.mark.parametrize("session", SESSIONS, ids=lambda text: text.split("\n")[0][2:60])
def test_command_in_the_readme_prints_as_shown(session, tmp_path):
    command, _, shown = session.partition("\n")
    words = shlex.split(command.removeprefix("$ "))
    assert words[0] == "symgrad"
    done = subprocess.run(
        [sys.executable, "-m", "symgrad", *words[1:]],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    said = done.stdout + done.stderr
    assert doctest.OutputChecker().check_output(shown, said, flags), f"README shows\n{shown}\nbut it prints\n{said}"
