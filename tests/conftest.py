"""What all tests share: the corpora beside the repository, and time limits for oracles that may hang."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"


@pytest.fixture(scope="session")
def corpus() -> Callable[[str], list[Any]]:
    """Rows of a corpus file that none of us wrote; skips where the folder does not exist."""

    def rows(name: str) -> list[Any]:
        path = CORPUS / name
        if not path.exists():
            pytest.skip(f"the corpus file {name} is not beside this checkout")
        text = path.read_text(encoding="utf-8")
        return (
            [json.loads(line) for line in text.splitlines() if line.strip()] if name.endswith("l") else json.loads(text)
        )

    return rows
