"""How the threads share a computation: all of them run the same kernel and take its tasks from a common queue.

A kernel is a sequence of phases. In each phase a thread takes bundles of tasks until none is left; if a phase needs
the results of another, it waits until the other's tasks are done. It waits for tasks that have been taken, never for
threads: a thread that starts late, or that the system has suspended for milliseconds, finds the tasks done and catches
up. (OpenMP's loops wait for every thread, so one busy neighbour makes each loop last as long as the system's time
slice.)

Every thread must go through the same phases in the same order, so a kernel's control flow must not depend on anything
that changes during the run.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.atomics import fetch, fetch_add, give_way, pause
from bot.engine.kernels.compiling import compiled

WorkQueue = npt.NDArray[np.int64]

_STRIDE = 32  # int64 per phase: each counter has its own cache line, out of reach of the adjacent-line prefetcher
_DONE = 16
PATIENCE = 2000  # polls of a counter, about 50 microseconds, before the thread yields the processor


def new_queue(phases: int) -> WorkQueue:
    """Create a queue for one run of a kernel with ``phases`` phases."""
    return np.zeros(phases * _STRIDE, np.int64)


@compiled
def take(queue: Any, phase: int, count: int) -> int:
    """Take the next ``count`` tasks of ``phase``; returns the first, which may be beyond the last existing task."""
    first: int = fetch_add(queue, phase * _STRIDE, count)
    return first


@compiled
def report(queue: Any, phase: int, count: int) -> None:
    """Report that ``count`` tasks taken by this thread are done."""
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
