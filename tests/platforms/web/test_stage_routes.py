"""The scene data sent to the page."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import open_dispatcher
from bot.config.schema import Config, WebSection
from bot.library.cards import pictures
from bot.library.characters.character_folder import CharacterFolder
from bot.library.scenes.scene_folder import SceneFolder
from bot.platforms.web.scene_list_routes import scene_list_routes
from bot.platforms.web.stage_routes import stage_routes
from bot.platforms.web.web_platform import WebPlatform
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.waiting import PATIENCE


class Page:
    def __init__(self, client: httpx.AsyncClient, engine: FakeEngine, web: WebPlatform, scenes: Path) -> None:
        self.client, self.engine, self.web, self.scenes = client, engine, web, scenes

    async def stage(self) -> Any:
        return (await self.client.get("/api/stage")).json()

    async def do(self, command: str, node: int | None = None, at: str = "", **arguments: Any) -> Any:
        body = {"command": command, "arguments": arguments, "stream": False} | ({"node": node} if node else {})
        return (await self.client.post("/api/command", params={"c": at}, json=body)).json()["replies"]

    async def become_owner(self) -> None:
        code = self.web.owner_link().partition("code=")[2]
        await self.client.post("/owner", data={"code": code}, headers={"Origin": self.web.url.rstrip("/")})


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    engine = FakeEngine()
    (tmp_path / "cast").mkdir()
    (tmp_path / "cast" / "mira.toml").write_text('name = "Mira"\ngreeting = "Come in."\n')
    (tmp_path / "cast" / "mira.png").write_bytes(pictures.blank("Mira"))
    async with (
        open_conversations(tmp_path, engine, characters=CharacterFolder([tmp_path / "cast"])) as conversations,
        open_dispatcher(Config(), conversations) as dispatcher,
    ):
        services = dispatcher.services
        web = WebPlatform(
            WebSection(port=0), dispatcher, conversations=conversations, characters=conversations.core.characters,
            presets=services.presets,
            registry=services.registry, engine_status=engine.status, data=tmp_path, values=services.core.store.values,
            more=[stage_routes(conversations), scene_list_routes(conversations, SceneFolder([tmp_path / "scenes"]))],
        )  # fmt: skip
        await web.start()
        try:
            async with httpx.AsyncClient(base_url=web.url, timeout=PATIENCE) as client:
                await client.get("/")
                yield Page(client, engine, web, tmp_path / "scenes")
        finally:
            await web.close()


async def test_a_scene_as_its_view_shows_it(page: Page) -> None:
    assert await page.stage() == {"on": False, "marks": []}
    await page.do("scene", what="import Ann: Hello.\n\nBen: Hm.")
    await page.do("enter", name="mira")
    page.engine.enqueue(" One.", " Two.")
    await page.do("speak", name="Ann -n=2")
    await page.do("whisper", name="Ben", text="The key.")
    await page.do("leave", name="Ben")
    found = await page.stage()
    assert (found["on"], found["memory"], found["order"], found["waiting"]) == (True, "own", "manual", 2)
    assert [(role["name"], role["here"], role["picture"]) for role in found["cast"]] == [
        ("Ann", True, False), ("Ben", False, False), ("Mira", True, True),
    ]  # fmt: skip
    lines = [(line["speaker"], line["text"], line["pending"], line["whisper"]) for line in found["lines"]]
    assert lines == [
        ("Ann", "Hello.", False, False), ("Ben", "Hm.", False, False), ("Ann", "One.", True, False),
        ("User", "The key.", True, True),
    ]  # fmt: skip
    assert [line["heard"] for line in found["lines"]][2:] == [["Ann", "Ben", "Mira"], ["Ben"]]
    picture = await page.client.get("/api/stage/picture", params={"name": "Mira"})
    assert picture.content.startswith(b"\x89PNG")
    assert (await page.client.get("/api/stage/picture", params={"name": "Ann"})).status_code == 204
    await page.do("drop", lines="1")
    await page.do("drop", lines="1")
    await page.do("check", name="here")
    assert (await page.stage())["marks"] == ["here"]


async def test_what_is_meant_for_an_older_line_is_refused(page: Page) -> None:
    await page.do("scene", what="import Ann: Hello.\n\nBen: Hm.")
    page.engine.enqueue(" One.", " Two.")
    await page.do("speak", name="Ann -n=2")
    last = (await page.stage())["lines"][-1]["node"]
    assert (await page.do("pick", last, number=2))[0]["text"] == "Two."
    assert "faster" in (await page.do("pick", last, number=1))[0]["text"]
    chosen = [one["text"] for one in (await page.stage())["candidates"] if one["chosen"]]
    assert chosen == ["Two."]


async def test_nobody_sees_anothers_scene(page: Page) -> None:
    await page.do("scene", what="import Ann: Hello.\n\nBen: Hm.")
    page.client.cookies.clear()
    assert await page.stage() == {"on": False, "marks": []}
    assert (await page.client.get("/api/stage/picture", params={"name": "Ann"})).status_code == 204
