"""Shared by the engine tests."""

import pytest

from bot.engine.kernels.compiling import why_not


@pytest.fixture(autouse=True, scope="session")
def _cached_kernels() -> None:
    """Let tests that call a kernel without a model use the on-disk cache, too."""
    why_not()
