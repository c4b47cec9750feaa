"""Server-sent events, and clients that disconnect."""

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Receive, Scope, Send

from bot.platforms.api.api_events import DONE, Event, TextEvents, encode_event, merged
from bot.platforms.web.event_stream import INNER_SEND, EventStream
from tests.platforms.api.conftest import Api
from tests.waiting import PATIENCE


def test_events_are_lines_of_json() -> None:
    assert encode_event({"a": "é\n"}) == 'data: {"a":"é\\n"}\n\n'.encode()
    assert encode_event({"": "message", "a": 1}) == b'event: message\ndata: {"a":1}\n\n'
    assert encode_event(DONE) == b"data: [DONE]\n\n"


@pytest.mark.parametrize("text", ["an owl", 'é"\n\\\u2028\x00', "half \ud83d", ""])
def test_events_that_differ_in_a_text_are_encoded_as_any_event(text: str) -> None:
    def event(text: str) -> Event:
        return {"model": 'm"', "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}

    texts = TextEvents()
    texts.encode(0, "another", event)
    assert texts.encode(0, text, event) == encode_event(event(text))


async def test_merging_gives_all_and_closes_all() -> None:
    closed: list[int] = []

    async def count(start: int) -> AsyncGenerator[int]:
        try:
            for number in range(start, start + 200):
                yield number
        finally:
            closed.append(start)

    assert sorted([item async for item in merged([count(0), count(200)])]) == list(range(400))
    stream = merged([count(0), count(200)])
    await anext(stream)
    await stream.aclose()
    assert sorted(closed) == [0, 0, 200, 200]


async def test_merging_raises_what_one_of_them_raises() -> None:
    async def fails() -> AsyncGenerator[int]:
        yield 1
        raise ValueError("no")

    async def waits() -> AsyncGenerator[int]:
        await asyncio.Event().wait()
        yield 1

    with pytest.raises(ValueError, match="no"):
        async for _ in merged([fails(), waits()]):
            pass


async def test_the_server_offers_its_own_send_to_every_stream_pipelined_ones_too(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[bool] = []
    answer = EventStream.__call__

    async def noted(stream: EventStream, scope: Scope, receive: Receive, send: Send) -> None:
        offered.append(scope["extensions"][INNER_SEND] is not None)
        await answer(stream, scope, receive, send)

    monkeypatch.setattr(EventStream, "__call__", noted)
    api.engine.enqueue(" An owl sat.", " A moon rose.")
    body = json.dumps({"prompt": "x", "stream": True}).encode()
    head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    reader, writer = await asyncio.open_connection("127.0.0.1", api.http.base_url.port)
    try:
        writer.write(request + request)
        async with asyncio.timeout(PATIENCE):
            first, second = [await reader.readuntil(b"[DONE]\n\n\r\n0\r\n\r\n") for _ in range(2)]
    finally:
        writer.close()
        await writer.wait_closed()
    assert offered == [True, True]
    assert b"HTTP/1.1 200" in first
    assert b"moon" in second
