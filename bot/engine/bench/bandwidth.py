"""How fast this machine reads memory: what one step of a model can at best be measured against."""

import time

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import WHY_NOT, compiled
from bot.engine.kernels.threads import team
from bot.engine.kernels.work_queue import Board, report, take, wait

BLOCKS = 64
NUMBERS = 1 << 25  # 256 MB of 64-bit integers: larger than any cache


@compiled
def _read(board: Board, numbers: npt.NDArray[np.int64], sums: npt.NDArray[np.int64]) -> None:
    size = numbers.shape[0] // BLOCKS
    done, block = 0, take(board, 0, 1)
    while block < BLOCKS:
        total = np.int64(0)
        for i in range(block * size, (block + 1) * size):
            total += numbers[i]
        sums[block] = total
        done, block = done + 1, take(board, 0, 1)
    report(board, 0, done)
    wait(board, 0, BLOCKS)


def _by_numpy() -> float:
    """The same where nothing can be compiled, on one thread."""
    numbers = np.ones(NUMBERS, np.int64)
    start = time.perf_counter()
    numbers.sum()
    return numbers.nbytes / (time.perf_counter() - start)


def memory_bandwidth(seconds: float = 1.0) -> float:
    """Bytes a second that the threads in use read together, the best of many passes over 256 MB."""
    if WHY_NOT:
        return _by_numpy()
    numbers, sums = np.ones(NUMBERS, np.int64), np.empty(BLOCKS, np.int64)
    team().run(_read, 1, numbers, sums)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        team().run(_read, 1, numbers, sums)
        best = min(best, time.perf_counter() - start)
    return numbers.nbytes / best
