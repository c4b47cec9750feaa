from pathlib import Path

from bot.commands.builtin import built_in
from bot.platforms.onebot.storage import Commands, Store
from tests.fakes import FakeEngine
from tests.house import open_house


async def test_the_store_and_the_register_are_what_is_needed(tmp_path: Path) -> None:
    commands: Commands = built_in()
    assert commands.find("+") is not None
    async with open_house(tmp_path, FakeEngine()) as house:
        store: Store = house.core.store
        await house.open("onebot", "group:1", "1")
        await house.open("discord", "2", "1")
        assert await store.channels.latest("onebot", 5) == ["group:1"]
        assert await store.messages.get("onebot", "group:1", "5") is None
