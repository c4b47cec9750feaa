"""Processor time for tests that bound the work on hostile input, whatever else the machine does."""

import gc
import time
from collections.abc import Callable


def thread_seconds(work: Callable[[], object]) -> float:
    """Processor seconds of this thread, without the garbage collector, which walks what other tests have left."""
    gc.collect()
    gc.disable()
    try:
        started = time.thread_time()
        work()
        return time.thread_time() - started
    finally:
        gc.enable()
