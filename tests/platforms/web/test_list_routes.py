"""A visitor's conversations over HTTP."""

import asyncio

import pytest

from bot.platforms.web import conversation_list
from bot.platforms.web.conversation_list import MAX_UNLISTED
from tests.platforms.web.conftest import Web
from tests.waiting import until


async def listed(web: Web) -> list[tuple[str, str]]:
    entries = (await web.client.get("/api/conversations")).json()["conversations"]
    return [(entry["id"], entry["title"]) for entry in entries]


async def test_several_conversations_of_one_visitor(web: Web) -> None:
    await web.client.get("/")
    await web.chat("hello there")
    await web.client.post("/api/chat?c=0123abcd", json={"text": "another", "stream": False})
    first, second = (event.origin for event in web.dispatcher.events)
    assert first.channel != second.channel
    assert first.author.id == second.author.id  # limits and settings belong to the person
    assert await listed(web) == [("0123abcd", "another"), ("", "hello there")]
    web.client.cookies.clear()
    assert await listed(web) == []
    await web.client.post("/api/chat?c=0123abcd", json={"text": "mine", "stream": False})
    assert web.dispatcher.events[-1].origin.channel != second.channel


async def test_the_last_line_and_a_picture(web: Web) -> None:
    await web.client.get("/")
    await web.chat("hello there")
    (entry,) = (await web.client.get("/api/conversations")).json()["conversations"]
    assert entry["line"].startswith("the last words of ")
    assert entry["face"] is False
    assert (await web.client.get("/api/conversations/face")).status_code == 204
    web.conversations.picture = "data:image/png;base64,aGVsbG8="
    await web.chat("more")
    (entry,) = (await web.client.get("/api/conversations")).json()["conversations"]
    assert entry["face"] is True
    face = await web.client.get("/api/conversations/face")
    assert (face.content, face.headers["content-type"]) == (b"hello", "image/png")
    assert "private" in face.headers["cache-control"]
    web.conversations.picture = "https://example.org/a.png"  # would be requested by every reader's browser
    assert (await web.client.get("/api/conversations/face")).status_code == 204
    assert (await web.client.get("/api/history")).json()["avatar"] is None
    web.client.cookies.clear()
    assert (await web.client.get("/api/conversations/face")).status_code == 204


async def test_renaming_and_deleting(web: Web) -> None:
    await web.client.get("/")
    await web.chat("hello there")
    assert (await web.client.post("/api/conversations/rename", json={"title": "  My\ntalk "})).status_code == 204
    assert await listed(web) == [("", "My talk")]
    await web.chat("more")
    assert await listed(web) == [("", "My talk")]
    await web.client.post("/api/conversations/rename?c=ffffffff", json={"title": "unknown"})
    assert (await web.client.post("/api/conversations/delete")).status_code == 204
    assert await listed(web) == []
    assert web.conversations.deleted == [web.dispatcher.events[0].origin.channel]


async def test_what_is_deleted_amid_a_reply_stays_deleted(web: Web) -> None:
    await web.client.get("/")
    replying = asyncio.create_task(web.chat("forever"))
    await until(lambda: web.dispatcher.frames)
    assert (await web.client.post("/api/conversations/delete")).status_code == 204
    web.dispatcher.stopped.update(web.conversations.deleted)  # as a conversation's deletion does
    assert (await replying).json()["replies"][0]["node"] == 8
    assert await listed(web) == []


async def test_the_oldest_conversations_in_which_nothing_was_said_are_deleted(web: Web) -> None:
    await web.client.get("/")
    body = {"command": "settings", "stream": False}

    async def configure(number: int) -> str:
        assert (await web.client.post(f"/api/command?c={number:08x}", json=body)).status_code == 200
        return web.dispatcher.events[-1].origin.channel

    web.dispatcher.mute = True
    channels = [await configure(number) for number in range(MAX_UNLISTED)]
    web.conversations.known.discard(channels[0])
    assert channels[1] in web.conversations.known, "said, but the program ended before it was listed"
    for number in range(MAX_UNLISTED, MAX_UNLISTED + 2):
        await configure(number)
    assert web.conversations.deleted == channels[:1]
    assert await listed(web) == [("00000001", f"the last words of {channels[1][:4]}")]


async def test_there_are_no_more_by_commands_than_by_messages(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_list, "MAX_CONVERSATIONS", 2)
    await web.client.get("/")
    for number in range(2):
        await web.client.post(f"/api/chat?c={number:08x}", json={"text": "hello", "stream": False})
    body = {"command": "gen", "stream": False}
    assert (await web.client.post("/api/command?c=00000000", json=body)).status_code == 200
    refused = await web.client.post("/api/command?c=00000002", json=body)
    assert refused.status_code == 400
    assert "2 conversations" in refused.text


async def test_titles_of_what_no_words_began(web: Web) -> None:
    await web.client.get("/")
    await web.chat("+gen not a title")
    assert await listed(web) == [("", "")]
    file = {"name": "my owls.json", "data": "e30="}
    await web.client.post("/api/chat?c=0123abcd", json={"text": "+import", "attachments": [file], "stream": False})
    assert (await listed(web))[0] == ("0123abcd", "my owls")


async def test_a_scene_gives_its_name_to_its_conversation(web: Web) -> None:
    await web.client.get("/")
    web.conversations.scene_name = "The Night Market"
    await web.client.post("/api/command", json={"command": "scene", "stream": False})
    assert await listed(web) == [("", "The Night Market")]
    await web.chat("Good evening!")
    assert await listed(web) == [("", "The Night Market")]


async def test_what_was_refused_is_not_listed(web: Web) -> None:
    await web.client.get("/")
    await web.chat("error")
    await web.chat("silence")
    assert await listed(web) == []
    assert not web.values.values
