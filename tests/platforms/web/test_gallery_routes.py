"""The characters that a visitor may play, over HTTP."""

from tests.platforms.web.conftest import Web


async def test_the_list_is_the_visitors_own(web: Web) -> None:
    await web.client.get("/")
    answer = (await web.client.get("/api/characters")).json()
    own, mira = answer["characters"]
    assert own["name"].startswith("user:web:")
    assert mira == {
        "id": "mira", "name": "Mira", "imported": False, "shared": False, "version": "", "tags": ["sea"], "problem": "",
    }  # fmt: skip
    assert answer["owner"] is False
    web.client.cookies.clear()
    await web.client.get("/")
    assert (await web.client.get("/api/characters")).json()["characters"][0] != own
    await web.become_owner()
    assert (await web.client.get("/api/characters")).json()["owner"] is True


async def test_pictures(web: Web) -> None:
    answer = await web.client.get("/api/characters/face", params={"id": "mira"})
    assert (answer.content, answer.headers["content-type"]) == (b"png", "image/png")
    assert answer.headers["cache-control"].startswith("private, max-age=")
    assert (await web.client.get("/api/characters/face", params={"id": "own"})).status_code == 204
    assert (await web.client.get("/api/characters/face")).status_code == 400


async def test_whom_the_lists_refuse(web: Web) -> None:
    await web.client.get("/")
    own = (await web.client.get("/api/characters")).json()["characters"][0]["name"]
    web.dispatcher.refused.add(own.removeprefix("user:web:"))
    for path in ("/api/characters", "/api/characters/face?id=mira"):
        assert (await web.client.get(path)).status_code == 403
