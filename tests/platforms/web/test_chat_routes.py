"""Talking over HTTP: frames, complete answers, stop, slow and disconnected clients, and bad requests."""

import asyncio
import base64
import dataclasses
import json
import socket
from collections.abc import AsyncIterator

import pytest

from bot.events import Called, Said
from tests.platforms.web.conftest import Web
from tests.platforms.web.support import events_of, eventually


async def test_a_reply_streams_as_differences(web: Web) -> None:
    answer = await web.client.post("/api/chat", json={"text": "hello you"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["started", "typing"]
    assert kinds[-2:] == ["reply", "done"]
    assert "".join(event["text"] for event in events if event["type"] == "delta") == "echo: hello you"
    assert events[-2] == {
        "type": "reply",
        "kind": "turn",
        "text": "echo: hello you",
        "node": 7,
        "position": [2, 3],
        "actions": ["undo"],
        "finish_reason": "stop",
    }


async def test_a_whole_answer(web: Web) -> None:
    answer = await web.chat("twice")
    assert [reply["text"] for reply in answer.json()["replies"]] == ["one", "two"]


async def test_a_message_that_gets_no_answer(web: Web) -> None:
    assert [e["type"] for e in events_of((await web.client.post("/api/chat", json={"text": "silence"})).text)] == [
        "started",
        "typing",
        "done",
    ]


async def test_the_message_that_arrives(web: Web) -> None:
    await web.client.get("/")
    await web.chat("+gen\tx\n", node=5)
    await web.client.post(
        "/api/command",
        json={"command": "swipe", "arguments": {"step": -1}, "node": 3, "stream": False},
        headers={"Accept-Language": "ja"},
    )
    talk, press = web.dispatcher.events
    assert isinstance(talk, Said)
    assert isinstance(press, Called)
    assert (talk.origin.platform, talk.text, talk.node) == ("web", "+gen\tx\n", 5)
    assert (press.command, press.arguments, press.node, press.origin.language) == ("swipe", {"step": -1}, 3, "ja")
    assert talk.origin.channel == press.origin.channel == talk.origin.author.id
    assert talk.origin.guild is None


async def test_files_come_and_go(web: Web) -> None:
    data = base64.b64encode(b"\x00\xff").decode()
    await web.chat("file", attachments=[{"name": "x.json", "data": data}])
    assert web.dispatcher.said[0].attachments[0].data == b"\x00\xff"
    reply = (await web.chat("file")).json()["replies"][0]
    assert base64.b64decode(reply["files"][0]["data"]) == b"\x00bytes"


async def test_stop_ends_the_stream_with_what_was_written(web: Web) -> None:
    await web.client.get("/")
    running = asyncio.create_task(web.client.post("/api/chat", json={"text": "forever"}))
    await eventually(lambda: web.dispatcher.frames > 3)
    stop = await web.client.post("/api/stop")
    assert stop.json()["replies"][0]["text"] == "Stopped."
    events = events_of((await running).text)
    assert events[-2]["finish_reason"] == "cancelled"
    assert not web.dispatcher.cut


async def started(lines: AsyncIterator[str]) -> str:
    """Return the id of a stream's turn."""
    event = json.loads((await anext(lines)).removeprefix("data: "))
    assert event["type"] == "started"
    return str(event["id"])


async def until(lines: AsyncIterator[str], word: str) -> None:
    async for line in lines:
        if word in line:
            return
    raise AssertionError(f"{word!r} never came")


async def test_a_reply_belongs_to_the_server_and_a_client_may_come_back(web: Web) -> None:
    await web.client.get("/")
    async with web.client.stream("POST", "/api/chat", json={"text": "forever"}) as response:
        identity = await started(response.aiter_lines())
    frames = web.dispatcher.frames
    await eventually(lambda: web.dispatcher.frames > frames + 3)
    assert not web.dispatcher.cut
    running = (await web.client.get("/api/history")).json()["running"]
    assert [(turn["id"], turn["text"]) for turn in running] == [(identity, "forever")]
    async with web.client.stream("GET", f"/api/replies/{identity}") as response:
        lines = response.aiter_lines()
        await until(lines, "started")
        await until(lines, "word word word")  # everything written so far, and the rest follows
        await web.client.post("/api/stop")
        await until(lines, '"finish_reason":"cancelled"')
        await until(lines, "done")
    await eventually(lambda: not web.platform._turns._turns)
    assert (await web.client.get("/api/history")).json()["running"] == []
    assert (await web.client.get(f"/api/replies/{identity}")).status_code == 204


async def test_nobody_watches_anothers_reply(web: Web) -> None:
    await web.client.get("/")
    async with web.client.stream("POST", "/api/chat", json={"text": "forever"}) as response:
        identity = await started(response.aiter_lines())
    web.client.cookies.clear()
    await web.client.get("/")
    assert (await web.client.get(f"/api/replies/{identity}")).status_code == 204
    assert (await web.client.get("/api/history")).json()["running"] == []


async def the_event(web: Web, text: str) -> Said:
    """Return the event for ``text`` from this test's client."""
    await web.chat("hi")
    return dataclasses.replace(web.dispatcher.said[-1], text=text)


async def test_an_answer_that_nobody_had_waits_for_a_minute(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    await web.client.get("/")
    turn = web.platform._turns.start(await the_event(web, "twice"))
    await turn.finished()
    running = (await web.client.get("/api/history")).json()["running"]
    assert [entry["id"] for entry in running] == [turn.id]
    events = events_of((await web.client.get(f"/api/replies/{turn.id}")).text)
    assert [event["text"] for event in events if event["type"] == "reply"] == ["one", "two"]
    await eventually(lambda: not web.platform._turns._turns)
    monkeypatch.setattr("bot.platforms.web.client_turn.KEEP_SECONDS", 0.01)
    web.platform._turns.start(await the_event(web, "twice"))
    await eventually(lambda: not web.platform._turns._turns)


async def test_answers_that_nobody_had_are_bounded(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.web.client_turn.MAX_KEPT", 5)
    event = await the_event(web, "silence")
    for _ in range(20):
        await web.platform._turns.start(event).finished()
    await eventually(lambda: len(web.platform._turns._turns) == 5)


async def test_a_message_that_is_sent_twice_is_answered_once(web: Web) -> None:
    await web.client.get("/")
    body = {"text": "forever", "key": "k1"}
    for _ in range(3):
        async with web.client.stream("POST", "/api/chat", json=body) as response:
            await started(response.aiter_lines())
    assert len(web.dispatcher.events) == 1


async def test_a_client_that_leaves_before_a_whole_answer_cuts_its_turn(web: Web) -> None:
    asking = asyncio.create_task(web.client.get("/chat_api?text=forever"))
    await eventually(lambda: web.dispatcher.frames > 2)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await eventually(lambda: web.dispatcher.cut)


async def test_a_client_that_does_not_read_is_given_up_and_holds_nobody_up(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.web.event_stream.STALL_SECONDS", 2.0)
    body = b'{"text": "flood"}'
    head = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    connection = socket.create_connection(("127.0.0.1", web.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        await asyncio.to_thread(connection.sendall, head % len(body) + body)
        await eventually(lambda: web.dispatcher.frames > 3)
        assert (await web.chat("hi")).status_code == 200
        turn = next(iter(web.platform._turns._turns.values()))
        await eventually(lambda: not turn.sink._readers)
        assert not web.dispatcher.cut
    finally:
        connection.close()


async def test_too_many_at_once(web: Web) -> None:
    await web.client.get("/")
    tasks = [asyncio.create_task(web.client.post("/api/chat", json={"text": "forever"})) for _ in range(4)]
    await eventually(lambda: len(web.dispatcher.events) == 4)
    answer = await web.chat("one more")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many_requests"
    for event in web.dispatcher.events:
        web.dispatcher.stopped.add(event.origin.channel)
    await asyncio.gather(*tasks)
    assert (await web.chat("and now")).status_code == 200


BAD: list[tuple[str, bytes, int, str, str]] = [
    ("/api/chat", b"{", 400, "invalid_request", "no valid JSON"),
    ("/api/chat", b"", 400, "invalid_request", ""),
    ("/api/chat", b'{"txt": "hi"}', 400, "invalid_request", "text"),
    ("/api/chat", b'{"text": 5}', 400, "invalid_request", "text"),
    ("/api/chat", b'{"text": "hi", "extra": 1}', 400, "invalid_request", "extra"),
    ("/api/chat", b'{"text": "  "}', 400, "empty_message", "empty"),
    ("/api/chat", b'{"text": "\\ud800"}', 400, "invalid_text", "half a character"),
    ("/api/chat", b'{"text": "hi", "node": -1}', 400, "invalid_request", "node"),
    ("/api/chat", b'{"text": "x", "attachments": [{"name": "a", "data": "?"}]}', 400, "invalid_request", "attachments"),
    ("/api/command", b'{"command": "../etc"}', 400, "invalid_request", "command"),
    ("/api/command", b"[]", 400, "invalid_request", ""),
    ("/chat_api", b"[1]", 400, "invalid_request", "no JSON object"),
    ("/chat_api", b'{"text": 1}', 400, "invalid_request", "text"),
]


@pytest.mark.parametrize(("path", "body", "status", "code", "word"), BAD)
async def test_bad_requests_say_what_is_wrong(
    web: Web, path: str, body: bytes, status: int, code: str, word: str
) -> None:
    answer = await web.client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["status"], error["code"]) == (status, code)
    assert word in error["message"]
    assert not web.dispatcher.events


async def test_long_messages_are_refused(web: Web) -> None:
    answer = await web.chat("x" * 8001)
    assert answer.status_code == 413
    assert answer.json()["error"]["message"] == ("The message is too long: 8001 characters; the limit is 8000.")
    arguments = {"text": "x" * 8001}
    answer = await web.client.post("/api/command", json={"command": "gen", "arguments": arguments})
    assert answer.status_code == 413


async def test_text_plain_is_no_request(web: Web) -> None:
    """A form on another site can send text/plain without a preflight request; it must not be taken for JSON."""
    answer = await web.client.post("/api/chat", content=b'{"text": "hi"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400
    assert not web.dispatcher.events


async def test_unknown_addresses_and_methods(web: Web) -> None:
    assert (await web.client.get("/nowhere")).json()["error"]["code"] == "not_found"
    assert (await web.client.get("/static/../platform.py")).status_code == 404
    assert (await web.client.get("/static/%2e%2e%2fplatform.py")).status_code == 404
    answer = await web.client.get("/api/chat")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "POST" in answer.json()["error"]["message"]


async def test_an_accident_is_told_by_an_id_only(
    web: Web, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(platform: str, channel: str) -> None:
        raise RuntimeError("secret detail")

    await web.client.get("/")
    monkeypatch.setattr(web.conversations, "find", broken)
    answer = await web.client.get("/api/history")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    name = answer.json()["error"]["message"].partition("error ")[2][:8]
    assert name in caplog.text


async def test_a_message_names_the_network_it_came_from() -> None:
    async with Web(proxies=["127.0.0.1"]).running() as web:
        await web.chat("from here")
        for address in ("203.0.113.9", "2001:db8:1:2:3:4:5:6", "::ffff:203.0.113.9", "nonsense"):
            await web.client.post(
                "/api/chat", json={"text": "by a proxy", "stream": False}, headers={"X-Forwarded-For": address}
            )
        assert [event.origin.address for event in web.dispatcher.events] == [
            "127.0.0.1",
            "203.0.113.9",
            "2001:db8:1:2::/64",
            "203.0.113.9",
            "unknown",
        ]
