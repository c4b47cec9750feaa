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
SLAB = 1 << 24  # bytes requested at once for small arrays, each of which would leave half a huge page unused

_lock = threading.Lock()
_rest: NDArray[np.uint8] = np.empty(0, np.uint8)  # of the newest slab; keeps it alive


def in_huge_pages(size: int) -> NDArray[np.uint8]:
    """Return ``size`` bytes aligned to a cache line.

    An array of a slab or more shares its memory with no other, so that it is released at once; small ones are released
    when none is left in their slab.
    """
    global _rest
    if sys.platform != "linux":
        raw = np.empty(size + CACHE_LINE, np.uint8)
        begin = -raw.ctypes.data % CACHE_LINE
        return raw[begin : begin + size]
    if size >= SLAB:
        return _slab(size)[:size]
    with _lock:
        if size > _rest.size:
            _rest = _slab(SLAB)
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
