"""A symbolic derivative engine: read it, derive it, check it, run it, show it.

One formula, five jobs. The names below are loaded when they are first used, so that `import symgrad` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symgrad.calculus import Derivation, Rule
    from symgrad.calculus.check import check
    from symgrad.calculus.derive import derive
    from symgrad.calculus.implicit import implicit
    from symgrad.descent import Stop, Trace, UpdateRule
    from symgrad.descent.descend import descend
    from symgrad.descent.update import update
    from symgrad.errors import SymgradError
    from symgrad.formula import Formula
    from symgrad.learn import Fit, Model, perceptron
    from symgrad.learn.train import train
    from symgrad.lecture_notes import notes
    from symgrad.program import Program, compile

__version__ = "0.1.0"

_HOMES = {
    "Derivation": "calculus",
    "Fit": "learn",
    "Formula": "formula",
    "Model": "learn",
    "Program": "program",
    "Rule": "calculus",
    "Stop": "descent",
    "SymgradError": "errors",
    "Trace": "descent",
    "UpdateRule": "descent",
    "check": "calculus",
    "compile": "program",
    "derive": "calculus",
    "descend": "descent",
    "implicit": "calculus",
    "notes": "lecture_notes",
    "perceptron": "learn",
    "train": "learn",
    "update": "descent",
}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604 - the table is the list


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symgrad' has no attribute {name!r}")
    value = getattr(import_module(f"symgrad.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
