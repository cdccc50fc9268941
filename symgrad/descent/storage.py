"""A run on disk: JSON from which `resume` goes on bit for bit as if the run had not ended. No pickles, nothing is
executed."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from symgrad import files
from symgrad.descent.methods import Repeat, find_method
from symgrad.descent.problem import Evaluations, Problem
from symgrad.descent.record import Record
from symgrad.descent.stop import Stop
from symgrad.descent.update import UpdateRule
from symgrad.descent.watch import Tolerance
from symgrad.errors import UsageError
from symgrad.formula import Formula
from symgrad.typeset import plain

FORMAT = "symgrad run, version 1"


def save(run: Record, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a run; doubles are written so that they read back exactly."""
    return files.write(path, json.dumps(encode(as_dict(run)), allow_nan=False), overwrite=overwrite)


_ARRAYS = ("points", "values", "gradients", "rates", "kept")
_PLAIN = ("rule", "detail", "seconds")
_KEPT_SETTINGS = ("rate", "rate typed", "rate chosen", "rule chosen", "steps", "keep", "watched", "native")


def as_dict(run: Record) -> dict[str, Any]:
    """All that is needed to go on, as values that `encode` knows."""
    if callable(run.settings.get("rate")):
        hint = 'Write it as a formula in the step number: rate="0.5/(1+k)".'
        raise UsageError("A learning rate that is a Python function cannot be saved.", hint=hint)
    problem: Problem = run.settings["problem"]
    if problem.project is not None:
        raise UsageError(
            "A projection that is a Python function cannot be saved.", hint="Write it as equations of a rule."
        )
    return {
        "format": FORMAT,
        "formula": plain(run.formula.tree),
        "problem": {
            "names": list(run.names),
            "backend": problem.backend,
            "bounds": None if problem.box is None else [list(pair) for pair in zip(*problem.box)],
            "data": None if problem.columns is None else dict(problem.columns),
            "mean": problem.mean, "batch": problem.batch, "seed": problem.seed,
            "evaluations": dict(run.evaluations),
        },
        "method": _method(run),
        "tolerance": vars(run.settings["tolerance"]),
        "settings": {key: run.settings[key] for key in _KEPT_SETTINGS if key in run.settings},
        "stop": run.stop.name,
        "state": dict(run.state),
        **{name: getattr(run, name) for name in (*_ARRAYS, *_PLAIN)},
    }  # fmt: skip


def _method(run: Record) -> dict[str, Any]:
    """A rule by its equations, a method by its name and its plain options."""
    rule: UpdateRule | None = run.settings.get("update")
    if rule is not None:
        return {"rule": rule.__getstate__()}
    method = run.settings["method"]
    options = {
        key: value for key, value in vars(method).items() if value is None or isinstance(value, (bool, float, str))
    }
    try:
        known = replace(_named(run.rule), **options) == method
    except (UsageError, TypeError):
        known = False
    if not known:
        raise UsageError(
            f"The method {run.rule!r} is one of your own and cannot be saved.", hint="Save its points instead."
        )
    return {"name": run.rule, "options": options}


def _named(name: str) -> Any:
    """The method of that name; a dataclass, as all of ours are."""
    return find_method(name)


def restored(found: dict[str, Any]) -> dict[str, Any]:
    """The fields of the run that `as_dict` made into plain values."""
    about = found["problem"]
    formula = Formula(found["formula"])
    problem = Problem.of(
        formula, about["names"] + list(about["data"] or {}), backend=about["backend"], bounds=about["bounds"],
        data=about["data"], mean=about["mean"], batch=about["batch"], seed=about["seed"],
    )  # fmt: skip
    problem.evaluations = Evaluations(**about["evaluations"])
    given = found["method"]
    rule = UpdateRule(**given["rule"]) if "rule" in given else None
    method: Any = Repeat(rule) if rule is not None else replace(_named(given["name"]), **given["options"])
    settings = found["settings"] | {"problem": problem, "method": method, "tolerance": Tolerance(**found["tolerance"])}
    return {
        **{name: found[name] for name in (*_ARRAYS, *_PLAIN)},
        "formula": formula, "names": problem.names, "stop": Stop[found["stop"]], "state": found["state"],
        "evaluations": about["evaluations"],
        "settings": settings | ({"update": rule} if rule is not None else {}),
    }  # fmt: skip


def encode(value: Any) -> Any:
    """Arrays and doubles as JSON: an array is {"array": shape, type, numbers}, a number that JSON lacks {"float":
    text}."""
    if isinstance(value, np.ndarray):
        return {
            "array": list(value.shape),
            "type": value.dtype.kind,
            "numbers": [encode(item) for item in value.ravel().tolist()],
        }
    if isinstance(value, (np.floating, float)):
        number = float(value)
        return number if np.isfinite(number) else {"float": repr(number)}
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise UsageError(f"A value of type {type(value).__name__} cannot be saved.")


def decode(value: Any) -> Any:
    """The inverse of `encode`."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"float"}:
            return float(value["float"])
        if set(value) == {"array", "type", "numbers"}:
            kind = {"f": float, "i": np.int64, "b": bool}[value["type"]]
            return np.array([decode(item) for item in value["numbers"]], dtype=kind).reshape(value["array"])
        return {key: decode(item) for key, item in value.items()}
    return value


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The fields of a run that `save` wrote.

    Raises:
        UsageError: the file cannot be read, is no saved run, or was changed so that it makes no sense.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"'{os.fspath(path)}' cannot be read as a saved run: {error}.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UsageError(f"'{os.fspath(path)}' is not a run that symgrad saved.")
    try:
        return restored(decode(found))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"'{os.fspath(path)}' is damaged: {error!r}.") from None
