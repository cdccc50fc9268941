"""A run on disk: JSON from which `resume` goes on bit for bit as if the run had not ended. No pickles, nothing is
executed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from symgrad import files
from symgrad.descent.record import Record
from symgrad.descent.update import UpdateRule
from symgrad.errors import UsageError

FORMAT = "symgrad run, version 1"


def save(run: Record, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a run; doubles are written so that they read back exactly."""
    return files.write(path, json.dumps(encode(as_dict(run)), allow_nan=False), overwrite=overwrite)


def as_dict(run: Record) -> dict[str, Any]:
    """All that is needed to go on, as values that `encode` knows."""
    from symgrad.typeset import plain

    settings = {key: value for key, value in run.settings.items() if key not in ("update", "method", "tolerance")}
    if callable(settings.get("rate")):
        raise UsageError(
            "A learning rate that is a Python function cannot be saved.",
            hint='Write it as a formula in k: "0.5/(1+k)".',
        )
    rule: UpdateRule | None = run.settings.get("update")
    method = run.settings.get("method")
    tolerance = run.settings.get("tolerance")
    return {
        "format": FORMAT,
        "formula": plain(run.formula.tree),
        "names": list(run.names),
        "rule": None if rule is None else rule.__getstate__(),
        "method": None if rule is not None else run.rule,
        "options": {} if rule is not None or method is None else dict(vars(method)),
        "tolerance": None if tolerance is None else vars(tolerance),
        "settings": settings,
        "points": run.points, "values": run.values, "gradients": run.gradients, "rates": run.rates, "kept": run.kept,
        "stop": run.stop.name, "detail": run.detail, "state": dict(run.state),
        "evaluations": dict(run.evaluations), "seconds": run.seconds,
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
    """What `save` wrote, decoded."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"'{os.fspath(path)}' cannot be read as a saved run: {error}.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UsageError(f"'{os.fspath(path)}' is not a run that symgrad saved.")
    decoded: dict[str, Any] = decode(found)
    return decoded
