"""Memory for weights in huge pages: a core reads small pages only half as fast, and a step for one row is reading.

Only Linux has them on request; elsewhere this is ordinary memory.
"""

import contextlib
import mmap
import sys
import threading

import numpy as np
from numpy.typing import NDArray

CACHE_LINE = 64  # bytes
HUGE_PAGE = 1 << 21
SLAB = 1 << 24  # bytes requested at once, since each weight alone would leave half a huge page unused

_lock = threading.Lock()
_rest: NDArray[np.uint8] = np.empty(0, np.uint8)  # of the newest slab


def in_huge_pages(size: int) -> NDArray[np.uint8]:
    """Return ``size`` bytes aligned to a cache line. A slab is released when none of its arrays is left."""
    global _rest
    if sys.platform != "linux":
        raw = np.empty(size + CACHE_LINE, np.uint8)
        begin = -raw.ctypes.data % CACHE_LINE
        return raw[begin : begin + size]
    with _lock:
        if size > _rest.size:
            _rest = _slab(max(size, SLAB))
        part, _rest = _rest[:size], _rest[-(-size // CACHE_LINE) * CACHE_LINE :]
    return part


def _slab(size: int) -> NDArray[np.uint8]:
    """Request at least ``size`` bytes from the system, whole huge pages."""
    size = -(-size // HUGE_PAGE) * HUGE_PAGE
    memory = mmap.mmap(-1, size + HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError, AttributeError):  # a kernel or a Python without them
        memory.madvise(mmap.MADV_HUGEPAGE)
    numbers = np.frombuffer(memory, np.uint8)
    begin = -numbers.ctypes.data % HUGE_PAGE
    return numbers[begin : begin + size]
