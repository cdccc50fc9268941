"""The one place where generated text becomes code, after a check that it can only compute.

Allowed are functions of plain arguments whose bodies assign, choose, loop and call functions by names from a given
table: no attributes, no imports, no strings, no names beyond the table and the generated ones. Text of a user's never
gets here (names are v0, x1, …); the check holds even if it did.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

from symgrad.errors import SymgradError

_GENERATED = re.compile(r"[a-z]\d+|point|vector|block|loop|values|steps|rate|tolerance|k|n|x|out|more")
_ALLOWED = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.Expr, ast.Name, ast.Load),
    *(ast.Store, ast.Tuple, ast.List, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.UnaryOp, ast.USub),
    *(
        ast.Not,
        ast.Compare,
        ast.Lt,
        ast.LtE,
        ast.Gt,
        ast.GtE,
        ast.Eq,
        ast.NotEq,
        ast.BoolOp,
        ast.And,
        ast.Or,
        ast.IfExp,
    ),
    *(
        ast.If,
        ast.Try,
        ast.ExceptHandler,
        ast.For,
        ast.While,
        ast.Break,
        ast.Pass,
        ast.Call,
        ast.Constant,
        ast.Subscript,
    ),
)
_KINDS = frozenset(_ALLOWED)


def load(source: str, table: Mapping[str, Any], name: str) -> Any:
    """The function `name` that the source defines, with the names of `table` as its only globals.

    >>> load("def point(x0):\\n return exp(x0)", {"exp": abs}, "point")(-2.0)
    2.0
    >>> load("def point(x0):\\n return x0.real", {}, "point")
    Traceback (most recent call last):
    symgrad.errors.SymgradError: The generated code contains a Attribute, which it never should.
    """
    module = ast.parse(source)
    check(module, table)
    space: dict[str, Any] = {"__builtins__": {}, **table}
    exec(compile(module, "<symgrad program>", "exec"), space)  # noqa: S102 - the audited site
    return space[name]


def check(module: ast.Module, table: Mapping[str, Any]) -> None:
    """Raise unless the tree is made of allowed nodes and names only."""
    known: set[str] = set(table)
    for node in ast.walk(module):
        kind = type(node)
        if kind not in _KINDS:
            raise SymgradError(f"The generated code contains a {kind.__name__}, which it never should.")
        if kind is ast.Name:
            if node.id not in known:  # type: ignore[attr-defined]
                _learn(node.id, known)  # type: ignore[attr-defined]
        elif kind is ast.Constant:
            if type(node.value) not in (float, int, bool):  # type: ignore[attr-defined]
                raise SymgradError("The generated code contains a constant that is no number.")
        elif kind is ast.FunctionDef:
            if node.decorator_list or node.args.defaults or node.args.kwonlyargs or node.args.kwarg:  # type: ignore[attr-defined]
                raise SymgradError("The generated code contains a function with more than plain arguments.")
            _learn(node.name, known)  # type: ignore[attr-defined]
        elif kind is ast.arg:
            _learn(node.arg, known)  # type: ignore[attr-defined]
        elif kind is ast.Call and (node.keywords or type(node.func) is not ast.Name):  # type: ignore[attr-defined]
            raise SymgradError("The generated code contains a call of something that is not in the table.")


def _learn(name: str, known: set[str]) -> None:
    if not _GENERATED.fullmatch(name):
        raise SymgradError(f"The generated code contains the name {name!r}, which it never should.")
    known.add(name)
