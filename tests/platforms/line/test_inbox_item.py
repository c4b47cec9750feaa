"""Replies as stored in the inbox."""

import json

import pytest

from bot.events import File, Reply, Speaker
from bot.platforms.line.inbox_item import packed, unpacked


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text="hello"),
        Reply(
            text="你好", kind="turn", node=7, position=(2, 3), actions=("alternate", "undo"), private=True,
            speaker=Speaker("Owl", "owl.png"), files=(File("a.bin", bytes(range(256))),), finish_reason="stop",
        ),
    ],
)  # fmt: skip
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    assert unpacked(json.loads(json.dumps(packed(reply)))) == reply
