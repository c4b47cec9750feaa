"""The probe of the memory."""

import numpy as np

from bot.engine.bench.bandwidth import BLOCKS, _read, _sum, memory_bandwidth
from bot.engine.kernels.threads import team


def test_every_number_is_read() -> None:
    numbers, sums = np.arange(BLOCKS * 1000, dtype=np.float32) % 7, np.empty(BLOCKS, np.float32)
    team().run(_read, 1, numbers, sums)
    np.testing.assert_allclose(sums, numbers.reshape(BLOCKS, -1).sum(axis=1))


def test_the_loop_reads_whole_vectors() -> None:
    """As one number after another it measured a third of what the machine reads."""
    memory_bandwidth(0.0)
    assembly = "".join(_sum.inspect_asm().values())  # type: ignore[attr-defined]  # what numba made of it
    assert any(word in assembly for word in ("vaddps", "addps", "fadd\tv"))
