"""Libraries that programs are handed to: their tests skip where one is not installed."""

import pytest


@pytest.fixture
def jax():
    found = pytest.importorskip("jax")
    found.config.update("jax_enable_x64", True)
    yield found
    found.config.update("jax_enable_x64", False)


@pytest.fixture
def torch():
    return pytest.importorskip("torch")
