"""CPU time for tests that bound the work on hostile input, independent of machine load."""

import gc
import time
from collections.abc import Callable


def thread_seconds(work: Callable[[], object]) -> float:
    """Return this thread's CPU seconds without the garbage collector, which also walks other tests' leftovers."""
    gc.disable()
    try:
        started = time.thread_time()
        work()
        return time.thread_time() - started
    finally:
        gc.enable()
