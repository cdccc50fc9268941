"""The one place where generated text becomes code, after a check that it can only compute.

Allowed are functions of plain arguments whose bodies assign, choose, loop and call functions by names from a given
table: no attributes (but x.dtype), no imports, no strings, no names beyond the table and the generated ones. One
function, `call`, takes whatever a user gives: def call(self, x0=nothing, …, /, *rest, **named). Text of a user's never
gets here (names are v0, x1, …); the check holds even if it did.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

from symgrad.errors import SymgradError

_GENERATED = re.compile(
    r"[a-z]\d+|point|vector|block|loop|values|steps|rate|tolerance|k|n|x|out|more|call|self|rest|named"
)
_PARTS: dict[type, tuple[str, ...]] = {  # the allowed kinds of nodes and where their parts are
    ast.Module: ("body",),
    ast.FunctionDef: ("args", "body"),
    ast.arguments: ("posonlyargs", "args", "vararg", "kwarg", "defaults"),
    ast.arg: (),
    ast.Return: ("value",),
    ast.Assign: ("targets", "value"),
    ast.Expr: ("value",),
    ast.Name: (),
    ast.Tuple: ("elts",),
    ast.List: ("elts",),
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.Compare: ("left", "comparators"),
    ast.BoolOp: ("values",),
    ast.IfExp: ("test", "body", "orelse"),
    ast.If: ("test", "body", "orelse"),
    ast.Try: ("body", "handlers", "orelse", "finalbody"),
    ast.ExceptHandler: ("type", "body"),
    ast.For: ("target", "iter", "body", "orelse"),
    ast.While: ("test", "body", "orelse"),
    ast.Break: (),
    ast.Pass: (),
    ast.Call: ("func", "args"),
    ast.Constant: (),
    ast.Subscript: ("value", "slice"),
    ast.Attribute: ("value",),
}
_COMPARING = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.USub, ast.Not)


def load(source: str, table: Mapping[str, Any], name: str, space: dict[str, Any] | None = None) -> Any:
    """The function `name` that the source defines, with the names of `table` as its only globals.

    Args:
        space: where these are put; a new dictionary, if none is given.

    >>> load("def point(x0):\\n return exp(x0)", {"exp": abs}, "point")(-2.0)
    2.0
    >>> load("def point(x0):\\n return x0.real", {}, "point")
    Traceback (most recent call last):
    symgrad.errors.SymgradError: The generated code contains a Attribute, which it never should.
    """
    module = ast.parse(source)
    check(module, table)
    space = {} if space is None else space
    space.update({"__builtins__": {}, **table})
    exec(compile(module, "<symgrad program>", "exec"), space)  # noqa: S102 - the audited site
    return space[name]


def check(module: ast.Module, table: Mapping[str, Any]) -> None:
    """Raise unless the tree is made of allowed nodes and names only."""
    known: set[str] = set(table)
    stack: list[Any] = [module]
    while stack:
        node = stack.pop()
        kind = type(node)
        parts = _PARTS.get(kind)
        if parts is None:
            raise SymgradError(f"The generated code contains a {kind.__name__}, which it never should.")
        if kind is ast.Name:
            if node.id not in known:
                _learn(node.id, known)
            continue
        if kind is ast.Constant:
            if type(node.value) not in (float, int, bool):
                raise SymgradError("The generated code contains a constant that is no number.")
            continue
        if kind in _PARTICULAR:
            _particular(node, kind, known)
        for part in parts:
            value = getattr(node, part)
            if type(value) is list:
                stack += value
            elif value is not None:
                stack.append(value)


_PARTICULAR = frozenset(
    (ast.BinOp, ast.UnaryOp, ast.Compare, ast.FunctionDef, ast.arg, ast.Call, ast.ExceptHandler, ast.Attribute)
)


def _particular(node: Any, kind: type, known: set[str]) -> None:
    """What a kind of node must fulfil beyond being allowed."""
    if kind is ast.BinOp or kind is ast.UnaryOp:
        if type(node.op) not in _ARITHMETIC:
            raise SymgradError(f"The generated code contains a {type(node.op).__name__}, which it never should.")
    elif kind is ast.Compare:
        for operator in node.ops:
            if type(operator) not in _COMPARING:
                raise SymgradError(f"The generated code contains a {type(operator).__name__}, which it never should.")
    elif kind is ast.Call:
        if node.keywords or type(node.func) is not ast.Name:
            raise SymgradError("The generated code contains a call of something that is not in the table.")
    elif kind is ast.FunctionDef:
        if node.decorator_list or node.returns or not _plain(node.args, anything=node.name == "call"):
            raise SymgradError("The generated code contains a function with more than plain arguments.")
        _learn(node.name, known)
    elif kind is ast.Attribute:
        if node.attr != "dtype" or type(node.value) is not ast.Name or node.value.id != "x":
            raise SymgradError("The generated code contains a Attribute, which it never should.")
    elif kind is ast.arg:
        _learn(node.arg, known)
    elif node.name is not None:
        raise SymgradError("The generated code names an exception, which it never should.")


def _plain(arguments: ast.arguments, *, anything: bool) -> bool:
    """Whether arguments are plain, or those of `call`, whose defaults all are the name of what stands for nothing."""
    if arguments.kwonlyargs or arguments.kw_defaults:
        return False
    if anything:
        names = [default.id if type(default) is ast.Name else "" for default in arguments.defaults]
        return not arguments.args and set(names) <= {"nothing"}
    return not any((arguments.posonlyargs, arguments.vararg, arguments.kwarg, arguments.defaults))


def _learn(name: str, known: set[str]) -> None:
    if not _GENERATED.fullmatch(name):
        raise SymgradError(f"The generated code contains the name {name!r}, which it never should.")
    known.add(name)
