"""Generated code: what gets through the check, and that there is one place that runs any."""

import ast
from pathlib import Path

import pytest

import symgrad
from symgrad.errors import SymgradError
from symgrad.program import compile  # noqa: A004
from symgrad.program.backends._load import load
from symgrad.syntax.tree import Add, Call, Symbol

HEADER = "def point(x0):\n "


@pytest.mark.parametrize(
    "body",
    [
        "return x0.real",
        "return __import__(x0)",
        "import os",
        "return 'text'",
        "return lambda: x0",
        "return [v0 for v0 in x0]",
        "return f(x0, k=1)",
        "return exp(*x0)",
        "global v0",
        "del x0",
        "return x0 @ x0",
        "return x0 if x0 in x0 else x0",
        "return x0.dtype",
        "return x.real",
        "return x.dtype.type",
        "with x0: pass",
        "raise x0",
        "return b'bytes'",
        "v0: x0 = 1",
        "v0 += 1",
        "return {x0: x0}",
        "assert x0",
        "return (v0 := x0)",
        "return exp(x0)(x0)",
        "return globals",
        "yield x0",
        "return await_(x0)",
        "return 1j",
        "return None",
    ],
)
def test_what_is_no_arithmetic_is_refused(body):
    with pytest.raises(SymgradError, match="generated code"):
        load(HEADER + body, {"exp": abs}, "point")


@pytest.mark.parametrize(
    "header",
    ["@exp\ndef point(x0):\n ", "def point(x0=1):\n ", "def point(*x0):\n ", "def point(x0, /):\n ", "def run(x0):\n ",
     "def call(self, x0=1, /):\n ", "def call(self, x0=exp, /):\n ", "def call(self, x0):\n ",
     "def call(self, /, *rest, x0):\n ", "def point(x0) -> x0:\n ", "class point:\n ", "async def point(x0):\n "],
)  # fmt: skip
def test_functions_have_plain_arguments_only(header):
    with pytest.raises(SymgradError, match="generated code"):
        load(header + "return 1.0", {"exp": abs}, "point")


def test_builtins_are_not_there():
    with pytest.raises(SymgradError, match="'open'"):
        load(HEADER + "return open(x0)", {}, "point")


@pytest.mark.parametrize("backend", ["python", "numpy"])
@pytest.mark.parametrize(
    "name", ["__import__('os').system('touch SYMGRAD_CANARY')", "x0", "v0", "exp", "lambda: 0", "π", "x\ny"]
)
def test_names_of_variables_never_become_code(name, backend, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    f = compile(Add(Symbol(name), Call("exp", Symbol("y"))), backend=backend)
    assert f(1.0, 0.0)[0] == 2.0
    assert name not in f.source or len(name) <= 3
    assert not list(tmp_path.iterdir())


def test_one_file_runs_generated_code():
    """exec, eval and compile(…, 'exec') stand in one place of the whole package; sympy's text readers nowhere."""
    found = []
    for path in Path(symgrad.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                runs = name in ("exec", "eval", "__import__") or (name == "compile" and len(node.args) >= 3)
                if runs:
                    found.append((path.name, name))
            if isinstance(node, ast.Attribute) and node.attr in ("parse_expr", "lambdify", "sympify", "parse_latex"):
                found.append((path.name, node.attr))
    assert sorted(set(found)) == [("_load.py", "compile"), ("_load.py", "exec")]
