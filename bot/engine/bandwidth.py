"""How fast this machine reads memory: what one step of a model can at best be measured against."""

import time

import numba
import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import parallel

BLOCKS = 64
NUMBERS = 1 << 25  # 256 MB of 64-bit integers: larger than any cache


@parallel
def _read(numbers: npt.NDArray[np.int64], sums: npt.NDArray[np.int64]) -> None:
    size = numbers.shape[0] // BLOCKS
    for block in numba.prange(BLOCKS):
        total = np.int64(0)
        for i in range(block * size, (block + 1) * size):
            total += numbers[i]
        sums[block] = total


def memory_bandwidth(seconds: float = 1.0) -> float:
    """Bytes a second that the threads in use read together, the best of many passes over 256 MB."""
    numbers, sums = np.ones(NUMBERS, np.int64), np.empty(BLOCKS, np.int64)
    _read(numbers, sums)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        _read(numbers, sums)
        best = min(best, time.perf_counter() - start)
    return numbers.nbytes / best
