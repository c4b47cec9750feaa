"""What the tests of the engine share."""

import pytest

from bot.engine.kernels.compiling import why_not


@pytest.fixture(autouse=True, scope="session")
def _cached_kernels() -> None:
    """Tests that call a kernel without a model take it from the cache on disk, too."""
    why_not()
