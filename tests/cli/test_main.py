"""The command line as a whole: exit codes, errors, expressions that begin with '-', pipes."""

import json
import os
import subprocess
import sys

import pytest

from symgrad.cli.main import COMMANDS


def symgrad(*arguments, stdin="", cwd=None, **env):
    return subprocess.run(
        [sys.executable, "-m", "symgrad", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **env},
        check=False,
    )


def test_help_shows_examples_first():
    done = symgrad("--help")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert next(line for line in lines[1:] if line.strip()).strip() == "Examples:"
    assert 'symgrad diff "x^2 sin(x)"' in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_shows_examples_first(name):
    done = symgrad(name, "--help")
    assert done.returncode == 0
    assert "Examples:" in done.stdout.splitlines()[2]


def test_a_formula_may_begin_with_a_minus():
    done = symgrad("diff", "-x^2", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["derivative"] == "-2*x"


def test_the_documented_json_keys():
    done = symgrad("diff", "x^2 sin(x)", "--json")
    record = json.loads(done.stdout)
    assert {"schema", "formula", "variable", "derivative", "latex", "conditions", "verified"} <= record.keys()
    assert record["verified"] is True
    assert record["variable"] == "x"


def test_a_formula_from_standard_input():
    done = symgrad("diff", "-", "--json", stdin="x^x\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["variable"] == "x"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch SYMGRAD_CANARY')",
        "exec(\"open('SYMGRAD_CANARY','w')\")",
        "x.__class__",
        "sni(3x)",
        "(x+1",
        "",
    ],
)
def test_what_is_no_formula_is_a_short_error_with_exit_code_2(text, tmp_path):
    done = symgrad("diff", text, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("symgrad: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 5
    assert not any(tmp_path.iterdir())


def test_a_caret_stands_under_the_fault():
    lines = symgrad("diff", "x^2 sni(3x)").stderr.splitlines()
    shown = next(i for i, line in enumerate(lines) if line == "  x^2 sni(3x)")
    assert lines[shown + 1] == "      ^^^"
    assert "sin" in lines[shown + 2]


@pytest.mark.parametrize("arguments", [["dif", "x"], ["diff"], ["diff", "x", "--vat", "x"], ["descend", "x^2"]])
def test_bad_usage_is_exit_code_2(arguments):
    done = symgrad(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_mistyped_command_gets_a_suggestion():
    assert "Did you mean diff?" in symgrad("dif", "x").stderr


def test_a_diverging_descent_says_so_with_exit_code_1():
    done = symgrad("descend", "(1-x)^2 + 100(y-x^2)^2", "--start", "x=-1.2,y=1", "--rate", "0.5")
    assert done.returncode == 1
    assert "rate" in done.stdout


def test_a_closed_pipe_is_quiet():
    command = f"{sys.executable} -m symgrad rules | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""


def test_the_time_limit_ends_a_command():
    done = symgrad("diff", "x^x^x", "--order", "4", "--time-limit", "0.02")
    assert done.returncode == 2
    assert "time" in done.stderr.lower()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["x=1e309", "=3", "x=1,x=2", "x", "x=nan"])
def test_bad_starts_are_refused(value):
    done = symgrad("descend", "x^2", "--start", value, "--rate", "0.1")
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("rate", ["nan", "0", "-1", "inf", "fast"])
def test_bad_rates_are_refused(rate):
    done = symgrad("descend", "x^2", "--start", "x=1", "--rate", rate)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr


def test_a_terminal_without_unicode_gets_question_marks_not_a_fault():
    done = symgrad("diff", "x^2", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "2x" in done.stdout
