"""A running API for each test: real sockets, real uvicorn, a real store, and a fake model with known words."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from bot.chat.api_keys import ApiKeys
from bot.chat.completions import Completions
from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.config.schema import ApiSection, WebSection
from bot.library.characters.character_folder import CharacterFolder
from bot.library.presets import Presets
from bot.library.prompts import ChatPrompt
from bot.platforms.api.api_application import build_api
from bot.platforms.api.api_paths import PATHS
from bot.platforms.web.shared_port import MountedApplication
from bot.platforms.web.web_platform import WebPlatform
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.platforms.web.fakes import FakeCharacters, FakeConversations, FakeDispatcher, FakeRegistry, FakeValues
from tests.waiting import PATIENCE


@dataclass
class Api:
    """The engine behind the API, and two clients."""

    engine: FakeEngine
    conversations: Conversations
    completions: Completions
    http: httpx.AsyncClient
    client: openai.AsyncOpenAI
    keys: ApiKeys

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return await self.http.post(path, json=body, headers=headers)

    async def chat(self, *texts: str, **more: Any) -> dict[str, Any]:
        """Build a chat from these texts, alternating between user and assistant."""
        roles = ("user", "assistant")
        messages = [{"role": roles[place % 2], "content": text} for place, text in enumerate(texts)]
        answer = await self.post("/v1/chat/completions", {"messages": messages} | more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def open_api(
    folder: Path, engine: Engine | None = None, *, prompts: Sequence[ChatPrompt] = (),
    characters: CharacterFolder | None = None, **settings: Any,
) -> AsyncIterator[Api]:  # fmt: skip
    fake = FakeEngine()
    engine = engine or fake
    more: dict[str, Any] = {} if characters is None else {"characters": characters}
    async with open_conversations(folder, engine, *prompts, **more) as conversations:
        completions = Completions(conversations.core)
        web = WebSection(port=0)
        app = build_api(ApiSection.model_validate(settings), web, completions)
        platform = WebPlatform(
            web, FakeDispatcher(), conversations=FakeConversations(), characters=FakeCharacters(), presets=Presets([]),
            registry=FakeRegistry(),
            engine_status=engine.status, data=folder, values=FakeValues(),
            mounted=MountedApplication(lambda: app, PATHS),
        )  # fmt: skip
        await platform.start()
        http = httpx.AsyncClient(base_url=platform.url, timeout=PATIENCE)
        client = openai.AsyncOpenAI(base_url=f"{platform.url}v1", api_key="none", max_retries=0, timeout=PATIENCE)
        try:
            yield Api(
                engine if isinstance(engine, FakeEngine) else fake,
                conversations,
                completions,
                http,
                client,
                ApiKeys(conversations.core.store.values),
            )
        finally:
            await client.close()
            await http.aclose()
            await platform.close()


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as running:
        yield running
