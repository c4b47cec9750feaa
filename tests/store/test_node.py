"""The values of the turn tree."""

from dataclasses import FrozenInstanceError

import pytest

from bot.store.node import INITIAL, Node

NODE = Node(id=1, channel=1, parent=None, kind="root", input_tokens=(1, 2), output_tokens=(3,))


def test_what_a_turn_adds_to_the_path_is_what_was_read_and_then_what_was_written() -> None:
    assert NODE.tokens == (1, 2, 3)
    assert Node(id=1, channel=1, parent=None, kind="root").tokens == ()


@pytest.mark.parametrize(("kept", "initial"), [({INITIAL: "mira-1"}, "mira-1"), ({}, ""), ({INITIAL: 7}, "")])
def test_the_tuned_state_of_a_root(kept: dict[str, object], initial: str) -> None:
    assert Node(id=1, channel=1, parent=None, kind="root", sampling=kept).initial == initial


def test_nothing_committed_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        NODE.output = "other"  # type: ignore[misc]  # that is the point
