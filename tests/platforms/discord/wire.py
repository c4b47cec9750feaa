"""The platform over the wire: a bot with a fake engine, the unchanged discord.py, and the simulated Discord."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import open_dispatcher
from bot.config.schema import Config, DiscordSection
from bot.library.characters.character_folder import CharacterFolder
from bot.platforms.discord.discord_platform import DiscordPlatform
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.waiting import PATIENCE
from tests.waiting import until as until
from tests.wire_discord.server import TOKEN, WireDiscord, wire_discord


class Wired:
    """A running bot and the simulated Discord it is connected to."""

    def __init__(self, wire: WireDiscord, platform: DiscordPlatform, engine: FakeEngine, conversations: Any) -> None:
        self.wire = wire
        self.platform = platform
        self.engine = engine
        self.conversations = conversations


@asynccontextmanager
async def running(
    folder: Path, wire: WireDiscord, address: str, *, engine: FakeEngine | None = None, **settings: Any
) -> AsyncIterator[Wired]:
    """Run the bot as a single process would, until the block ends."""
    section = DiscordSection(
        token=SecretStr(TOKEN), api_base=f"http://{address}/api", gateway_url=f"ws://{address}/gateway/",
        **({"shard_count": 1, "edit_interval_s": 0.2} | settings),
    )  # fmt: skip
    engine = engine or FakeEngine()
    async with (
        open_conversations(folder, engine, characters=CharacterFolder([folder / "cast"])) as conversations,
        open_dispatcher(Config(discord=section), conversations) as dispatcher,
    ):
        platform = DiscordPlatform(section, dispatcher, dispatcher.services.registry, dispatcher.services.core.store)
        wire.gateway.ready.clear()
        await platform.start()
        try:
            await asyncio.wait_for(wire.gateway.ready.wait(), PATIENCE)
            yield Wired(wire, platform, engine, conversations)
        finally:
            await platform.close()


@asynccontextmanager
async def connected(folder: Path, **settings: Any) -> AsyncIterator[Wired]:
    """Start a new simulated Discord and a bot connected to it."""
    async with wire_discord() as (wire, address), running(folder, wire, address, **settings) as wired:
        yield wired
