"""How the threads share a computation: all of them run the same kernel, and take its tasks from a common queue.

A kernel is a sequence of phases. In each a thread takes bundles of tasks until none is left, and where a phase needs
what another has computed, it waits until that one's tasks are done. It waits for tasks that were taken, never for
threads: one that comes late, or that the system has put aside for milliseconds, finds the tasks done and catches up.
(OpenMP's loops wait for every thread, so one busy neighbour made each loop last as long as the system's time slice.)

Every thread must go through the same phases in the same order, so what a kernel decides by must not change meanwhile.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.atomics import fetch, fetch_add, give_way, pause
from bot.engine.kernels.compiling import compiled

WorkQueue = npt.NDArray[np.int64]

_STRIDE = 32  # numbers for each phase: the two counters stand in cache lines of their own, neighbours not prefetched
_DONE = 16
PATIENCE = 2000  # looks at a counter, about 50 microseconds, before the thread lets others have the processor


def new_queue(phases: int) -> WorkQueue:
    """A queue for one run of a kernel with so many phases."""
    return np.zeros(phases * _STRIDE, np.int64)


@compiled
def take(queue: Any, phase: int, count: int) -> int:
    """Take the next ``count`` tasks of ``phase``; returns the first, which may lie beyond the last task there is."""
    first: int = fetch_add(queue, phase * _STRIDE, count)
    return first


@compiled
def report(queue: Any, phase: int, count: int) -> None:
    """Say that ``count`` tasks that this thread has taken are done."""
    if count:
        fetch_add(queue, phase * _STRIDE + _DONE, count)


@compiled
def wait(queue: Any, phase: int, tasks: int) -> None:
    """Wait until all ``tasks`` of ``phase`` are done."""
    looks = 0
    while fetch(queue, phase * _STRIDE + _DONE) < tasks:
        looks += 1
        if looks < PATIENCE:
            pause()
        else:
            give_way()
