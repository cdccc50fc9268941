"""Object code of the tests stays in a folder of its own."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    before = os.environ.get("SYMGRAD_CACHE")
    os.environ["SYMGRAD_CACHE"] = str(tmp_path_factory.mktemp("object code"))
    yield
    if before is None:
        del os.environ["SYMGRAD_CACHE"]
    else:
        os.environ["SYMGRAD_CACHE"] = before
