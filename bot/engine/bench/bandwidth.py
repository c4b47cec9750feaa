"""How fast this machine reads memory: the upper bound for one step of a model."""

import time

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled, why_not
from bot.engine.kernels.threads import team
from bot.engine.kernels.work_queue import WorkQueue, report, take, wait

BLOCKS = 64
NUMBERS = 1 << 26  # 256 MB of float32: larger than nearly any cache

Floats = npt.NDArray[np.float32]


@compiled
def _sum(numbers: Floats) -> np.float32:
    """Sum in a separate function: beside the atomic operations of a queue the loop would not vectorise."""
    total = np.float32(0)
    for i in range(numbers.size):
        total += numbers[i]
    return total


@compiled
def _read(queue: WorkQueue, numbers: Floats, sums: Floats) -> None:
    size = numbers.shape[0] // BLOCKS
    done, block = 0, take(queue, 0, 1)
    while block < BLOCKS:
        sums[block] = _sum(numbers[block * size : (block + 1) * size])
        done, block = done + 1, take(queue, 0, 1)
    report(queue, 0, done)
    wait(queue, 0, BLOCKS)


def _by_numpy() -> float:
    """Measure on one thread, where nothing can be compiled."""
    numbers = np.ones(NUMBERS, np.float32)
    start = time.perf_counter()
    numbers.sum()
    return numbers.nbytes / (time.perf_counter() - start)


def memory_bandwidth(seconds: float = 1.0) -> float:
    """Return the bytes per second that all threads read together, the best of many passes over 256 MB."""
    if why_not():
        return _by_numpy()
    numbers, sums = np.ones(NUMBERS, np.float32), np.empty(BLOCKS, np.float32)
    team().run(_read, 1, numbers, sums)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        team().run(_read, 1, numbers, sums)
        best = min(best, time.perf_counter() - start)
    return numbers.nbytes / best
