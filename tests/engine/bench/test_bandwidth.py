"""The memory bandwidth probe."""

import numpy as np

from bot.engine.bench.bandwidth import BLOCKS, _read
from bot.engine.kernels.threads import team


def test_every_number_is_read() -> None:
    numbers, sums = np.arange(BLOCKS * 1000, dtype=np.float32) % 7, np.empty(BLOCKS, np.float32)
    team().run(_read, 1, numbers, sums)
    np.testing.assert_allclose(sums, numbers.reshape(BLOCKS, -1).sum(axis=1))
