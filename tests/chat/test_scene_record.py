"""Scenes in exported conversations: round trips, and what untrusted files may contain."""

import json

import pytest
from pydantic import ValidationError

from bot.chat import transfer
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.scene_record import SceneRecord
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import talk as talk
from tests.chat.test_scene_play import begun, read_of, speak
from tests.conversations import SEED
from tests.fakes import FakeEngine


async def test_a_scene_is_exported_and_goes_on_elsewhere(
    talk: Conversation, conversations: Conversations, engine: FakeEngine
) -> None:
    await begun(talk)
    await talk.scene.line("Ben", "a secret", options=SEED, only="Ann")
    await talk.scene.leave("Ann", options=SEED)
    await talk.pending.accept()
    source = transfer.Source(
        nodes=await talk.channel.tree(), head=talk.channel.head.id, prompt="test", vocabulary="", fingerprint="",
        saves={}, settings={},
    )  # fmt: skip
    data = transfer.dump(source)
    coder = engine.coder
    tree = transfer.parse(data, coder.encode, coder.decode, vocabulary="", vocabulary_size=coder.vocab_size)
    there = await conversations.open("test", "elsewhere")
    await there.import_turns(tree.nodes, tree.head)
    assert (await there.scene.stage()).present == ("Ben",)
    await speak(there, "Ben")
    assert read_of(engine).endswith("Ann: Look.\n\nBen: a secret\n\nBen:")


@pytest.mark.parametrize(
    "value",
    [
        {"heard": ["x"] * 17}, {"heard": ["x" * 65]}, {"enter": {"name": "x", "text": "x" * 100_001}},
        {"rules": {"memory": "none"}}, {"cast": [{"name": "x"}] * 17}, {"enter": {"name": "x", "talkativeness": 2}},
    ],
)  # fmt: skip
def test_bounds(value: object) -> None:
    with pytest.raises(ValidationError):
        SceneRecord.model_validate_json(json.dumps(value))


def test_nothing_is_kept_of_a_turn_outside_of_scenes() -> None:
    assert SceneRecord().facts() == {}
