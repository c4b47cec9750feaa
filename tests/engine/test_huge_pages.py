"""Weights in huge pages: separate, aligned, and released."""

import gc
import sys
import weakref

import numpy as np
import pytest

from bot.engine import huge_pages
from bot.engine.arrays import aligned
from bot.engine.huge_pages import CACHE_LINE, HUGE_PAGE, SLAB, in_huge_pages


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_arrays_are_aligned_and_do_not_overlap(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    if platform == "win32":
        monkeypatch.setattr(sys, "platform", platform)
    arrays = [aligned((size,), dtype) for size in (1, 7, 1000, SLAB // 4 + 3) for dtype in ("f4", "u2", "i1")]
    for number, array in enumerate(arrays):
        array[...] = number
        assert array.ctypes.data % CACHE_LINE == 0
        assert array.flags.writeable
    assert all((array == number).all() for number, array in enumerate(arrays))


def test_the_shape_and_more_than_a_slab() -> None:
    array = aligned((3, SLAB), np.int8)
    array[:] = 1
    assert array.shape == (3, SLAB)
    assert array.flags.c_contiguous
    assert aligned((0,), np.float32).size == 0


@pytest.mark.parametrize("size", [SLAB, SLAB + HUGE_PAGE, 3 * SLAB + 5])
def test_a_large_array_is_released_at_once_whatever_is_requested_after_it(size: int) -> None:
    array = in_huge_pages(size)
    after = in_huge_pages(CACHE_LINE)
    gone = weakref.ref(array.base)
    del array
    gc.collect()
    assert gone() is None
    assert after.size == CACHE_LINE


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each array has its own memory")
def test_a_slab_is_released_with_its_last_array() -> None:
    huge_pages._rest = np.empty(0, np.uint8)
    first, second = in_huge_pages(SLAB // 2), in_huge_pages(SLAB // 2)
    gone = weakref.ref(first.base)
    following = in_huge_pages(1)
    del first
    gc.collect()
    assert gone() is not None
    del second
    gc.collect()
    assert gone() is None
    assert following.size == 1
