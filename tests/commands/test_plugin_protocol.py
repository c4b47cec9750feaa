"""The interface between commands and plugins."""

from pathlib import Path

from bot.commands.plugin_protocol import Plugins, PluginStore
from bot.commands.registry import Registry
from bot.plugins.manager import Plugins as PluginManager
from bot.store.store import open_store


async def test_a_plugins_store_is_its_own(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        mine, other = PluginStore(store.values, "dice"), PluginStore(store.values, "words")
        await mine.set("count", 3)
        assert await mine.get("count", 0) + 1 == 4
        assert await other.get("count") is None
        assert await mine.delete("count")
        assert not await mine.delete("count")
        manager: Plugins = PluginManager(Registry(), store.values)
        assert manager.handle("dice").name == "dice"
