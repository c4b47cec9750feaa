"""Rebuilding a state from its history."""

import pytest

from bot.engine.types import StateHandle
from bot.remote.remote_state import ReadState, SentState, handle_of, lineage, state_of


def test_all_tokens_since_the_nearest_state_that_is_no_replys() -> None:
    sent = handle_of(SentState("sent_1", b"data"))
    first = handle_of(ReadState("r1", "a", sent, (1, 2, 3)))  # has read 1 and 2
    second = handle_of(ReadState("r2", "a", first, (3, 4, 5)))
    third = ReadState("r3", "a", second, (5, 6))
    assert lineage(third) == (sent, (1, 2, 3, 4, 5, 6))
    assert lineage(ReadState("r", "a", None, (1, 2))) == (None, (1, 2))


def test_a_long_chain_is_no_recursion() -> None:
    before: StateHandle | None = None
    for number in range(5_000):
        before = handle_of(ReadState("r", "a", before, (number, number + 1)))
    assert before is not None
    state = state_of(before)
    assert isinstance(state, ReadState)
    assert lineage(state) == (None, tuple(range(5_001)))


def test_another_engines_handle_is_refused() -> None:
    with pytest.raises(TypeError, match="another engine"):
        state_of(StateHandle("x", 1))


def test_handles_weigh_what_they_hold() -> None:
    assert handle_of(SentState("s", b"x" * 10_000)).nbytes > 10_000
    assert handle_of(ReadState("s", "a", None, (1,) * 10_000)).nbytes < 100_000
