"""What a page reads: history and commands."""

import pytest

from tests.platforms.web.conftest import Web
from tests.platforms.web.fakes import FakeTurn


async def test_history(web: Web) -> None:
    await web.chat("hi")
    answer = (await web.client.get("/api/history")).json()
    assert answer == {
        "turns": [
            {
                "node": 2,
                "parent": 1,
                "kind": "chat",
                "author": "User",
                "speaker": "",
                "input": "hi",
                "output": "hello",
                "finish_reason": "stop",
            }
        ],
        "more": False,
        "redo": False,
        "avatar": None,
        "bot": "Robin",
        "greeting": "Good morning.",
        "prompt": {"name": "chat-en", "title": "Chat"},
        "positions": {"2": [2, 3]},
        "running": [],
    }


async def test_a_long_history_shows_its_end(web: Web) -> None:
    web.conversations.turns = [FakeTurn(number, str(number)) for number in range(1, 1000)]
    await web.chat("hi")
    seen: list[int] = []
    more = True
    before: dict[str, int] = {}
    while more:
        answer = (await web.client.get("/api/history", params=before)).json()
        more, before = answer["more"], {"before": answer["turns"][0]["node"]}
        assert len(answer["turns"]) <= 200
        seen = [turn["node"] for turn in answer["turns"]] + seen
    assert seen == list(range(1, 1000))


async def test_without_a_cookie_there_is_no_history(web: Web) -> None:
    answer = (await web.client.get("/api/history")).json()
    assert answer["turns"] == []
    assert not web.conversations.opened
    web.client.cookies.set("roost_visitor", "../../etc/passwd")
    assert (await web.client.get("/api/history")).json()["turns"] == []
    assert not web.conversations.opened


async def test_looking_with_strangers_cookies_makes_nothing(web: Web) -> None:
    for number in range(50):
        cookie = {"Cookie": f"roost_visitor={number:032x}"}
        assert (await web.client.get("/api/history", headers=cookie)).json()["turns"] == []
    assert not web.conversations.opened
    assert not web.dispatcher.events
    assert not web.values.values


async def test_a_visitor_who_said_nothing_sees_what_it_begins_with(web: Web) -> None:
    answer = (await web.client.get("/api/history", headers={"Accept-Language": "ja"})).json()
    assert answer["prompt"]["name"] == "chat-ja"
    assert answer["greeting"] == "Good morning."


async def test_each_visitor_has_a_channel_of_its_own(web: Web) -> None:
    for _ in range(2):
        web.client.cookies.clear()
        await web.client.get("/")
        await web.chat("hi")
        await web.client.get("/api/history")
        await web.client.get("/api/history")
    first, second = dict.fromkeys(web.conversations.opened)
    assert first != second
    assert web.client.cookies["roost_visitor"] not in web.conversations.opened


@pytest.mark.parametrize("language", ["ja", "zh_CN"])
async def test_the_chosen_language_comes_before_the_browsers(web: Web, language: str) -> None:
    web.client.cookies.set("roost_language", language)
    await web.client.post("/api/chat", json={"text": "hi", "stream": False}, headers={"Accept-Language": "en"})
    assert web.dispatcher.events[-1].origin.language == language
    web.client.cookies.clear()
    web.client.cookies.set("roost_language", "../x")
    await web.client.post("/api/chat", json={"text": "hi", "stream": False}, headers={"Accept-Language": "en"})
    assert web.dispatcher.events[-1].origin.language == "en"


async def test_commands(web: Web) -> None:
    await web.become_owner()
    commands = (await web.client.get("/api/commands")).json()["commands"]
    assert [command["usage"] for command in commands] == [
        "alternate",
        "undo [turns]",
        "gen <text>",
        "export [text|json]",
        "announce",
    ]
    assert [command["completes"] for command in commands] == [False, False, False, True, False]
    assert commands[0]["aliases"] == ["+", "换个回答", "別の返答"]


async def test_values_of_options(web: Web) -> None:
    answer = await web.client.get("/api/complete", params={"command": "export", "prefix": "te"})
    assert answer.json() == {"values": ["export.format.te"]}
    for command in ("undo", "nonsense"):
        assert (await web.client.get("/api/complete", params={"command": command})).json() == {"values": []}
    assert (await web.client.get("/api/complete")).status_code == 400
    assert (
        await web.client.get("/api/complete", params={"command": "export", "prefix": "x" * 9000})
    ).status_code == 413


async def test_an_address_makes_nobody_owner(web: Web) -> None:
    async def names(**headers: str) -> list[str]:
        answer = await web.client.get("/api/commands", headers=headers)
        return [command["name"] for command in answer.json()["commands"]]

    assert "announce" not in await names()
    await web.chat("hi")
    assert not web.dispatcher.events[-1].origin.author.is_admin
    await web.become_owner()
    assert "announce" in await names()
    assert "announce" in await names(Host="192.168.1.5")
    await web.chat("hi")
    assert web.dispatcher.events[-1].origin.author.is_admin


@pytest.mark.parametrize("path", ["/", "/healthz", "/static/app.js", "/api/history", "/api/commands", "/favicon.ico"])
async def test_head_is_answered_as_get_without_a_body(web: Web, path: str) -> None:
    answer = await web.client.head(path)
    assert answer.status_code == 200
    assert not answer.content
    assert answer.headers["content-type"] == (await web.client.get(path)).headers["content-type"]
