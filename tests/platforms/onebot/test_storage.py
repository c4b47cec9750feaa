from pathlib import Path

from bot.commands.builtin import built_in
from bot.platforms.onebot.storage import Commands, OneBotStore
from tests.conversations import open_conversations
from tests.fakes import FakeEngine


async def test_the_store_and_the_register_are_what_is_needed(tmp_path: Path) -> None:
    commands: Commands = built_in()
    assert commands.find("+") is not None
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        store: OneBotStore = conversations.core.store
        await conversations.open("onebot", "group:1", "1")
        await conversations.open("discord", "2", "1")
        assert await store.channels.latest("onebot", 5) == ["group:1"]
        assert await store.messages.get("onebot", "group:1", "5") is None
