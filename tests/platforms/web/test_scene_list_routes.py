"""The lists of scenes over HTTP."""

from typing import Any

import pytest

from bot.platforms.web import scene_list_routes
from bot.platforms.web.scene_list_routes import TEXT_CHARS
from tests.platforms.web.test_stage_routes import Page
from tests.platforms.web.test_stage_routes import page as page

SCENE = """name = "{name}"
language = "{language}"
setting = "{setting}"
[[cast]]
name = "Ann"
character = "mira"
[[cast]]
name = "Ben"
"""


async def listed(page: Page, language: str = "en") -> Any:
    return (await page.client.get("/api/stage/scenes", headers={"Accept-Language": language})).json()


def write(page: Page, at: str, **values: str) -> None:
    path = page.scenes / f"{at}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCENE.format(**{"name": "The well", "language": "en", "setting": "Dry."} | values), "utf-8")


async def test_scenes_that_can_begin_in_the_readers_language_first(page: Page) -> None:
    write(page, "a/well")
    write(page, "b/ido", name="井戸", language="ja", setting="x" * 1000)
    (page.scenes / "a" / "broken.toml").write_text("name = 1")
    scenes = (await listed(page, "ja"))["scenes"]
    assert [each["id"] for each in scenes] == ["b/ido", "a/well"]  # the broken one is shown to the owner only
    assert (scenes[0]["name"], len(scenes[0]["setting"])) == ("井戸", TEXT_CHARS)
    assert scenes[1]["cast"] == [{"name": "Ann", "picture": True}, {"name": "Ben", "picture": False}]
    await page.become_owner()
    broken = (await listed(page))["scenes"][1]
    assert (broken["id"], broken["name"]) == ("a/broken", "broken")
    assert "name" in broken["problem"]
    write(page, "a/well", name="The deep well")
    assert "The deep well" in [each["name"] for each in (await listed(page))["scenes"]]


async def test_pictures_of_the_cast(page: Page) -> None:
    write(page, "a/well")

    async def picture(scene: str, name: str) -> int:
        answer = await page.client.get("/api/stage/scenes/picture", params={"scene": scene, "name": name})
        return answer.status_code

    assert await picture("a/well", "Ann") == 200
    assert [await picture(*each) for each in (("a/well", "Ben"), ("a/well", "Tom"), ("../x", "Ann"))] == [204] * 3


async def test_scenes_being_played_the_last_one_first(page: Page) -> None:
    assert (await listed(page))["playing"] == []
    await page.do("scene", what="import Ann: Hello.\n\nBen: Hm.")
    await page.do("scene", at="0123abcd", what="import Cat: Good morning.\n\nDan: Morning.")
    await page.client.post("/api/chat?c=0000cafe", json={"text": "hello", "stream": False})
    second, first = (await listed(page))["playing"]
    assert ([each["name"] for each in first["cast"]], first["lines"]) == (["Ann", "Ben"], 2)
    assert (first["id"], first["last"]) == ("", {"speaker": "Ben", "text": "Hm."})
    assert (second["id"], second["last"]["text"]) == ("0123abcd", "Morning.")
    await page.do("scene", what="end")
    assert [each["id"] for each in (await listed(page))["playing"]] == ["0123abcd"]
    page.client.cookies.clear()
    assert (await listed(page))["playing"] == []


async def test_the_list_has_a_bound(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_list_routes, "MAX_PLAYING", 2)
    for number in range(3):
        await page.do("scene", at=f"{number:08x}", what="import Ann: Hello.\n\nBen: Hm.")
    assert [each["id"] for each in (await listed(page))["playing"]] == ["00000002", "00000001"]
