"""Safe by construction: no text is run anywhere in the package, and no text but names reaches sympy."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import symgrad

PACKAGE = Path(symgrad.__file__).parent
AUDITED = "program/backends/_load.py"
RUNNERS = {"eval", "exec", "compile", "__import__"}
READERS = {
    "sympify",
    "parse_expr",
    "parse_latex",
    "parse_mathematica",
    "lambdify",
    "srepr",
    "nsimplify",
    "literal_eval",
}
NAMED = {"Symbol", "Dummy", "Function", "MatrixSymbol", "IndexedBase", "Idx", "symbols", "Limit", "limit"}


@cache
def _trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node


def _sympy_function(call: ast.Call) -> str | None:
    function = call.func
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in ("sp", "sympy")
    ):
        return function.attr
    return None


def test_python_code_is_run_in_one_audited_place() -> None:
    places = {
        (path, call.func.id) for path, call in _calls() if isinstance(call.func, ast.Name) and call.func.id in RUNNERS
    }
    own = {path for path, name in places if name == "compile" and _imports_compile(path)}  # program's, not Python's
    assert {place for place in places if place[0] not in own} <= {(AUDITED, "exec"), (AUDITED, "compile")}


def _imports_compile(path: str) -> bool:
    """Whether `compile` is the package's own function in a file."""
    tree = dict(_trees())[path]
    return any(
        isinstance(node, ast.ImportFrom)
        and "program" in (node.module or "")
        and "compile" in {a.name for a in node.names}
        for node in ast.walk(tree)
    )


def test_no_reader_of_sympy_is_called() -> None:
    found = [(path, _sympy_function(call)) for path, call in _calls() if _sympy_function(call) in READERS | {"S"}]
    assert found == []


def test_no_reader_of_sympy_is_imported() -> None:
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not {alias.name for alias in node.names} & READERS, path


def test_sympy_gets_text_only_as_names() -> None:
    found = [
        (path, call.lineno)
        for path, call in _calls()
        if (name := _sympy_function(call)) is not None
        and name not in NAMED
        and any(isinstance(value, ast.Constant) and isinstance(value.value, str) for value in call.args)
    ]
    assert found == []


def test_the_reading_room_imports_no_sympy_and_no_numpy() -> None:
    for path, tree in _trees():
        for node in ast.walk(tree) if path.startswith("syntax/") else ():
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {"sympy", "numpy", "mpmath"}, path
