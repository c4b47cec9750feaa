"""A running web platform for each test: real sockets, real uvicorn, a dispatcher controlled by the test."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.accounts.account_service import Accounts
from bot.config.schema import WebSection
from bot.engine.types import EngineStatus
from bot.library.presets import Presets
from bot.paths import data_file
from bot.platforms.web.web_platform import WebPlatform
from tests.platforms.web.fakes import FakeCharacters, FakeConversations, FakeDispatcher, FakeRegistry, FakeValues
from tests.platforms.web.owner_fakes import FakeTools
from tests.waiting import PATIENCE


class Web:
    """The platform, the fakes behind it, and a client."""

    def __init__(self, data: Path | None = None, accounts: Accounts | None = None, **settings: Any) -> None:
        self.data = data or Path(tempfile.gettempdir()) / f"roost-web-{secrets.token_hex(8)}"  # created on first write
        self.dispatcher = FakeDispatcher()
        self.conversations = FakeConversations()
        self.dispatcher.known = self.conversations.known
        self.values = FakeValues()
        self.characters = FakeCharacters()
        self.tools = FakeTools()
        self.state: Any = "ready"
        self.platform = WebPlatform(
            WebSection.model_validate({"port": 0} | settings),
            self.dispatcher,
            conversations=self.conversations,
            characters=self.characters,
            presets=Presets([data_file("prompts")]),
            registry=FakeRegistry(),
            engine_status=self.status,
            data=self.data,
            values=self.values,
            tools=self.tools.together(),
            accounts=accounts,
        )
        self.client = httpx.AsyncClient(timeout=PATIENCE)

    async def become_owner(self) -> None:
        """Open an owner link and press its button."""
        code = self.platform.owner_link().partition("code=")[2]
        assert (await self.client.post("/owner", data={"code": code})).status_code == 303

    def status(self) -> EngineStatus:
        return EngineStatus(
            rows_running=0, rows_limit=4, queue_length=0, queue_limit=8, tokens_per_second=0.0, tokens_read=0,
            tokens_written=0, state=self.state,
        )  # fmt: skip

    @property
    def port(self) -> int:
        return int(self.platform.url.rstrip("/").rpartition(":")[2])

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Web"]:
        await self.platform.start()
        self.client.base_url = httpx.URL(self.platform.url)
        try:
            yield self
        finally:
            await self.client.aclose()
            await self.platform.close()
            shutil.rmtree(self.data, ignore_errors=True)

    async def chat(self, text: str, **more: Any) -> httpx.Response:
        return await self.client.post("/api/chat", json={"text": text, "stream": False} | more)


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web().running() as running:
        yield running
