"""Searching one's conversations over HTTP."""

import asyncio

import pytest

from bot.platforms.web.search_routes import MAX_SEARCH_LENGTH, snippet
from tests.platforms.web.conftest import Web
from tests.platforms.web.fakes import FakeFound
from tests.waiting import until


async def found(web: Web, words: str) -> list[tuple[str, int, str]]:
    answer = await web.client.get("/api/search", params={"q": words})
    assert answer.status_code == 200, answer.text
    return [(each["conversation"], each["node"], each["text"]) for each in answer.json()["found"]]


async def test_only_ones_own_conversations(web: Web) -> None:
    await web.client.get("/")
    await web.chat("hello there")
    await web.client.post("/api/chat?c=0123abcd", json={"text": "another", "stream": False})
    first, second = (event.origin.channel for event in web.dispatcher.events)
    web.conversations.found = [
        FakeFound(second, 5, "another  \n one"), FakeFound(first, 3, "", "an other"),
        FakeFound("f" * 32, 9, "an other"),
    ]  # fmt: skip
    assert await found(web, "AN") == [("0123abcd", 5, "another one"), ("", 3, "an other")]
    assert web.conversations.searched == [[second, first]]
    assert await found(web, "other") == [("0123abcd", 5, "another one"), ("", 3, "an other")]
    assert await found(web, "  ") == []
    web.client.cookies.clear()
    assert await found(web, "an") == []
    assert len(web.conversations.searched) == 2


async def test_bounds(web: Web) -> None:
    await web.client.get("/")
    assert (await web.client.get("/api/search", params={"q": "x" * (MAX_SEARCH_LENGTH + 1)})).status_code == 400
    web.conversations.slow = asyncio.Event()
    first = asyncio.create_task(web.client.get("/api/search", params={"q": "x"}))
    await until(lambda: web.conversations.searched)
    refused = await web.client.get("/api/search", params={"q": "x"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    web.conversations.slow.set()
    assert (await first).status_code == 200
    assert (await web.client.get("/api/search", params={"q": "x"})).status_code == 200


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["an owl", "owl"], "an owl"), (["", "猫が好き"], ""), (["no", "the OWL"], "the OWL"),
        (["x" * 100 + " owl " + "y" * 300], "…" + "x" * 39 + " owl " + "y" * 116 + "…"),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_text(texts: list[str], shown: str) -> None:
    assert snippet("owl", texts) == shown
