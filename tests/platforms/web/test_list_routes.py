"""A visitor's conversations over HTTP."""

from tests.platforms.web.conftest import Web


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


async def test_titles_of_what_no_words_began(web: Web) -> None:
    await web.client.get("/")
    await web.chat("+gen not a title")
    assert await listed(web) == [("", "")]
    file = {"name": "my owls.json", "data": "e30="}
    await web.client.post("/api/chat?c=0123abcd", json={"text": "+import", "attachments": [file], "stream": False})
    assert (await listed(web))[0] == ("0123abcd", "my owls")


async def test_what_was_refused_is_not_listed(web: Web) -> None:
    await web.client.get("/")
    await web.chat("error")
    await web.chat("silence")
    assert await listed(web) == []
    assert not web.values.values
