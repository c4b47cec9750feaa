"""The official interface on the wire: a dispatcher over a real store and a fake engine, our small Tencent."""

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
from tests.wire_qq.outbox import Json


@dataclass(slots=True)
class Running:
    """A process of the bot."""

    platform: QqPlatform
    engine: FakeEngine
    store: Store

    async def inputs(self, channel: str = "groups:G1") -> list[str]:
        """What the turns that lead to HEAD say."""
        found = await self.store.channels.find("qq", channel)
        assert found is not None
        assert found.head is not None
        return [node.input for node in await self.store.nodes.path(found.head) if node.kind == "chat"]


@asynccontextmanager
async def talking(folder: Path, url: str, engine: FakeEngine | None = None, **settings: Any) -> AsyncIterator[Running]:
    """A process that is connected to the small Tencent at ``url``; opening the same folder again is a restart."""
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
    """What somebody says in a group."""
    author = {"member_openid": "MEMBER1", "username": "Ann"}
    return {"id": number, "content": text, "group_openid": "G1", "author": author} | more


def private_message(number: str, text: str) -> Json:
    """What somebody says to the bot alone."""
    return {"id": number, "content": text, "author": {"user_openid": "U1", "username": "Ann"}}
