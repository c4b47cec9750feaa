"""States by token prefix, bounded in bytes."""

import torch

from bot.engine.serving.prefix_cache import PrefixCache
from bot.engine.state import RowState


def state(size: int = 100) -> RowState:
    return RowState({"x": torch.zeros(size, dtype=torch.uint8)})


def test_the_longest_prefix_that_leaves_a_token_is_found() -> None:
    cache = PrefixCache(1000)
    short, long = state(), state()
    cache.put((1, 2), short)
    cache.put((1, 2, 3, 4), long)
    assert cache.find((1, 2, 3, 4, 5)) == (4, long)
    assert cache.find((1, 2, 3, 4)) == (2, short)
    assert cache.find((1, 2, 3, 9)) == (2, short)
    assert cache.find((1, 2)) is None
    assert cache.find((2, 1, 3)) is None
    assert cache.find(()) is None


def test_the_least_recently_used_is_forgotten() -> None:
    cache = PrefixCache(250)
    cache.put((1,), state())
    cache.put((2,), state())
    assert cache.find((1, 9)) is not None
    cache.put((3,), state())
    assert cache.nbytes == 200
    assert cache.find((2, 9)) is None
    assert cache.find((1, 9)) is not None
    assert cache.find((3, 9)) is not None


def test_what_does_not_fit_is_not_kept() -> None:
    cache = PrefixCache(50)
    cache.put((1,), state())
    assert cache.nbytes == 0
    assert cache.find((1, 2)) is None


def test_clear() -> None:
    cache = PrefixCache(500)
    cache.put((1,), state())
    cache.put((1,), state())  # again: kept once
    assert cache.nbytes == 100
    cache.clear()
    assert cache.nbytes == 0
    assert cache.find((1, 2)) is None
