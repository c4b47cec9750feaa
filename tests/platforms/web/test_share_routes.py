"""Sharing a conversation over HTTP."""

from tests.platforms.web.conftest import Web
from tests.platforms.web.fakes import FakeTurn


async def test_whoever_has_the_link_reads_and_can_do_nothing_else(web: Web) -> None:
    await web.client.get("/")
    assert (await web.client.post("/api/share")).status_code == 404
    await web.chat("hello there")
    web.conversations.turns = [
        FakeTurn(1, "the prompt", "Come in.", kind="root"), FakeTurn(2, "hi", "hel"),
        FakeTurn(3, "", "lo", kind="continue"),
        FakeTurn(4, "free", "writing", kind="draft"),
    ]  # fmt: skip
    path = (await web.client.post("/api/share")).json()["path"]
    assert (await web.client.get("/api/conversations")).json()["conversations"][0]["shared"] is True
    owner = dict(web.client.cookies)
    web.client.cookies.clear()
    page = await web.client.get(f"/{path}", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert page.status_code == 200
    assert "roost_visitor" not in web.client.cookies
    found = (await web.client.get(f"/api/{path}")).json()
    assert (found["title"], found["bot"]) == ("hello there", "Robin")
    assert [(turn["input"], turn["output"], turn["follows"]) for turn in found["turns"]] == [
        ("", "Come in.", False), ("hi", "hel", False), ("", "lo", True),
    ]  # fmt: skip
    assert (await web.client.post("/api/share/end")).status_code == 204  # another visitor's is not ended
    assert (await web.client.get(f"/api/{path}")).status_code == 200
    web.client.cookies.update(owner)
    await web.client.post("/api/share/end")
    assert (await web.client.get(f"/api/{path}")).status_code == 404


async def test_codes_that_are_none(web: Web) -> None:
    for code in ("x", "0" * 32, "0" * 5000):
        assert (await web.client.get(f"/api/shared/{code}")).status_code == 404


async def test_deleting_ends_the_link(web: Web) -> None:
    await web.client.get("/")
    await web.chat("hello there")
    path = (await web.client.post("/api/share")).json()["path"]
    await web.client.post("/api/conversations/delete")
    assert (await web.client.get(f"/api/{path}")).status_code == 404
