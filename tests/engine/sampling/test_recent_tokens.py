"""Ring buffers, compared with unbounded lists."""

import numpy as np
import pytest

from bot.engine.sampling.recent_tokens import MAX_TOKENS, RecentTokens


def last(recent: RecentTokens, slot: int) -> list[int]:
    n, window = int(recent.lengths[slot]), int(recent.windows[slot])
    return [int(recent.rings[slot, place % recent.rings.shape[1]]) for place in range(max(0, n - window), n)]


@pytest.mark.parametrize("window", [1, 20, 256, 1000])
def test_the_last_tokens_are_kept_in_order(window: int) -> None:
    recent = RecentTokens(2)
    recent.admit(0, window, range(700))
    tokens = list(range(700))
    for token in range(700, 3000):
        recent.commit(np.array([0]), np.array([token]))
        tokens.append(token)
    assert last(recent, 0) == tokens[-window:]


def test_rings_follow_the_longest_window_and_lose_nothing() -> None:
    recent = RecentTokens(3)
    recent.admit(0, 20, range(500))
    small = recent.rings.nbytes
    recent.admit(1, 5000, range(100))
    for token in range(500, 3500):
        recent.commit(np.array([0, 1, 2]), np.array([token, token, token]))
    assert last(recent, 1) == [*range(100), *range(500, 3500)]
    assert recent.rings.nbytes > small
    recent.release(1)
    assert recent.rings.nbytes == small
    assert last(recent, 0) == list(range(3480, 3500))


def test_all_is_bounded() -> None:
    recent = RecentTokens(2)
    recent.admit(0, 0, range(200_000))
    recent.admit(1, 1_000_000, range(200_000))
    assert last(recent, 0) == last(recent, 1) == list(range(200_000 - MAX_TOKENS, 200_000))
    assert recent.rings.nbytes == 2 * MAX_TOKENS * 4


def test_slots_without_a_row_remember_nothing() -> None:
    recent = RecentTokens(2)
    recent.admit(0, 10, ())
    assert recent.commit(np.array([0, 1]), np.array([5, 6])).tolist() == [0]
    assert last(recent, 1) == []
