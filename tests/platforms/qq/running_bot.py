"""The official interface over the wire: a dispatcher on a real store and a fake engine, a simulated Tencent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import open_dispatcher
from bot.config.schema import Config, QqSection
from bot.platforms.qq.qq_platform import QqPlatform
from bot.store.store import Store
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.waiting import until_asked
from tests.wire_qq.outbox import Json


@dataclass(slots=True)
class Running:
    """A running bot process."""

    platform: QqPlatform
    engine: FakeEngine
    store: Store

    async def inputs(self, channel: str = "groups:G1") -> list[str]:
        """Return the inputs of the turns on HEAD's path."""
        found = await self.store.channels.find("qq", channel)
        assert found is not None
        assert found.head is not None
        return [node.input for node in await self.store.nodes.path(found.head) if node.kind == "chat"]

    async def until_recorded(self, message: str, channel: str = "groups:G1") -> None:
        """Wait until a message that was sent is known to be a turn's: people see it a moment before."""
        await until_asked(lambda: self.store.messages.get("qq", channel, message))


@asynccontextmanager
async def talking(folder: Path, url: str, engine: FakeEngine | None = None, **settings: Any) -> AsyncIterator[Running]:
    """Run a process connected to the simulated Tencent at ``url``; opening the same folder again is a restart."""
    given: dict[str, Any] = {"app_id": "100", "secret": SecretStr("s3cret"), "api_base": url}
    section = QqSection(enabled=True, **(given | settings))
    engine = engine or FakeEngine()
    async with (
        open_conversations(folder, engine) as conversations,
        open_dispatcher(Config(qq=section), conversations) as dispatcher,
    ):
        services = dispatcher.services
        platform = QqPlatform(section, dispatcher, services.registry, services.core.store)
        await platform.start()
        try:
            yield Running(platform, engine, services.core.store)
        finally:
            await platform.close()


def group_message(number: str, text: str, **more: object) -> Json:
    """Build the event of a group message."""
    author = {"member_openid": "MEMBER1", "username": "Ann"}
    return {"id": number, "content": text, "group_openid": "G1", "author": author} | more


def private_message(number: str, text: str) -> Json:
    """Build the event of a private message."""
    return {"id": number, "content": text, "author": {"user_openid": "U1", "username": "Ann"}}
