"""The platform over the wire: a dispatcher on a real store and a fake engine, real WebSockets, a simulated bridge."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import open_dispatcher
from bot.config.schema import Config, OneBotSection
from bot.platforms.onebot.onebot_platform import OneBotPlatform
from bot.store.store import Store
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.wire_onebot.group_chat import GroupChat, Json
from tests.wire_onebot.links import dialled

QUICK = {"port": 0, "gap_s": 0.0, "sends_per_minute": 10_000, "choices": False, "thinking": False}


@dataclass(slots=True)
class Running:
    """A running bot process."""

    platform: OneBotPlatform
    engine: FakeEngine
    store: Store

    async def inputs(self, channel: str = "group:1") -> list[str]:
        """Return the inputs of the turns on HEAD's path."""
        found = await self.store.channels.find("onebot", channel)
        assert found is not None
        assert found.head is not None
        return [node.input for node in await self.store.nodes.path(found.head) if node.kind == "chat"]


@asynccontextmanager
async def running(folder: Path, engine: FakeEngine | None = None, **settings: Any) -> AsyncIterator[Running]:
    """Run a process that waits for bridges; opening the same folder again simulates a restart."""
    section = OneBotSection(enabled=True, **(QUICK | settings))
    engine = engine or FakeEngine()
    async with (
        open_conversations(folder, engine) as conversations,
        open_dispatcher(Config(onebot=section), conversations) as dispatcher,
    ):
        services = dispatcher.services
        platform = OneBotPlatform(section, dispatcher, services.registry, services.core.store)
        await platform.start()
        try:
            yield Running(platform, engine, services.core.store)
        finally:
            await platform.close()


@asynccontextmanager
async def connected(
    folder: Path, chat: GroupChat, engine: FakeEngine | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """Run a process to which the bridge has connected."""
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(running(folder, engine, **settings))
        await stack.enter_async_context(dialled(chat, bot.platform.listener.port))
        yield bot


def at(account: int = 10_000) -> Json:
    """Build a mention."""
    return {"type": "at", "data": {"qq": str(account)}}


def words(text: str) -> Json:
    return {"type": "text", "data": {"text": text}}


def quoting(message: int | str) -> Json:
    return {"type": "reply", "data": {"id": str(message)}}
