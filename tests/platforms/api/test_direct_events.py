"""Chunks that bypass a stream's task: nothing about the stream changes, and a slow client's chunks still wait."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.engine.serving.mailbox import Mailbox
from bot.engine.types import Chunk, Request, Stats
from bot.errors import InvalidOption
from bot.platforms.api.direct_events import DirectEvents
from bot.platforms.web.response_writer import ResponseWriter
from tests.fakes import FakeEngine
from tests.platforms.api.conftest import Api, open_api
from tests.waiting import PATIENCE, until

CHAT = {"messages": [{"role": "user", "content": "hi"}]}
TEXT = {"prompt": "The owl"}
KIB = 1024


class Writer:
    """What was written, while ``ready``."""

    def __init__(self) -> None:
        self.ready = True
        self.last_write = 0.0
        self.written = b""

    def write(self, body: bytes) -> None:
        assert self.ready
        self.written += body


class DeliveringEngine(FakeEngine):
    """An engine whose chunks the test delivers, as the engine's thread does."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[Mailbox] = []
        self.read = 0  # chunks that a reader got
        self.ended = 0

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        box = Mailbox(request)
        self.boxes.append(box)
        try:
            while box.open_candidates:
                chunk = await box.get()
                self.read += 1
                yield chunk
        finally:
            self.ended += 1

    async def deliver(self, results: Sequence[Chunk | Exception]) -> None:
        """Deliver each result once the last stream's reader waits for it."""
        await until(lambda: bool(self.boxes))
        for result in results:
            await until(lambda: self.boxes[-1].idle)
            self.boxes[-1].put(result)


def reply(*texts: str, index: int = 0) -> list[Chunk]:
    stats = Stats(tokens_read=2, tokens_written=len(texts))
    last = Chunk(text="", index=index, finish_reason="stop", tokens=(5,) * len(texts), stats=stats)
    return [*(Chunk(text=text, index=index) for text in texts), last]


async def sent(api: Api, path: str, body: dict[str, Any], results: Sequence[Chunk | Exception]) -> str:
    """Return the text of a streamed reply."""
    assert isinstance(api.engine, DeliveringEngine)
    api.engine.boxes.clear()
    reading = asyncio.create_task(api.post(path, {**body, "stream": True}))
    await api.engine.deliver(results)
    return (await reading).text


async def streamed(api: Api, path: str, body: dict[str, Any], results: Sequence[Chunk | Exception]) -> list[Any]:
    """Return the events of a streamed reply, without what differs between any two."""
    text = (await sent(api, path, body, results)).replace("event: message\n", "")
    events = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    found = [event if event == "[DONE]" else json.loads(event) for event in events]
    for event in found:
        if isinstance(event, dict):
            event.pop("id", None), event.pop("created", None)
    return found


USAGE = {"stream_options": {"include_usage": True}}
TWO = [*reply("An", " owl")[:2], *reply("No", " moon", index=1), *reply("An", " owl", " sat")[2:]]


@pytest.mark.parametrize(
    ("path", "body", "results", "read"),
    [
        ("/v1/completions", TEXT, reply(" sat", " in é", ' "a"', " tree"), 2),
        ("/v1/completions", TEXT | USAGE, reply(" sat", " in", " a", " tree"), 2),
        ("/v1/completions", TEXT | {"n": 2, "best_of": 2}, TWO, 4),
        ("/v1/completions", TEXT | {"echo": True}, reply(" sat", " in"), 2),
        ("/v1/chat/completions", CHAT | USAGE, reply(" An", " owl ", "  ", "sat\n", " é", "\n\n"), 2),
        ("/v1/chat/completions", CHAT | {"n": 2}, TWO, 4),
        ("/api/extra/generate/stream", TEXT, reply(" sat", " in é", ' "a"', " tree"), 2),
        ("/completion", TEXT, reply(" sat", " in é", ' "a"', " tree"), 2),
        ("/v1/completions", TEXT, [*reply(" sat", " in", " a")[:3], InvalidOption("It broke.")], 1),
    ],
)  # fmt: skip
async def test_a_stream_is_the_same_as_through_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any], results: list[Chunk], read: int
) -> None:
    engine = DeliveringEngine()
    async with open_api(tmp_path, engine) as api:
        direct = await streamed(api, path, body, results)
        assert engine.read == read, "the others were sent directly"
        monkeypatch.setattr(DirectEvents, "__call__", lambda self, chunk: False)
        engine.read = 0
        assert direct == await streamed(api, path, body, results)
        assert engine.read == sum(isinstance(result, Chunk) for result in results)
        assert engine.ended == 2


@pytest.mark.parametrize(
    "results",
    [reply(" An", " owl ", "  ", "sat\n", " é", "\n\n"), [*reply(" An", " owl")[:2], InvalidOption("It broke.")]],
)
async def test_the_events_of_a_response_are_the_same_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: list[Chunk | Exception]
) -> None:
    """In the same order: they are numbered."""
    engine = DeliveringEngine()
    varying = re.compile(r'"(id|item_id)":"[a-z0-9_]+"|"(created|completed)_at":\d+')
    async with open_api(tmp_path, engine) as api:
        direct = varying.sub("", await sent(api, "/v1/responses", {"input": "hi"}, results))
        assert engine.read == sum(isinstance(result, Chunk) for result in (results[0], results[-1]))
        monkeypatch.setattr(DirectEvents, "__call__", lambda self, chunk: False)
        assert direct == varying.sub("", await sent(api, "/v1/responses", {"input": "hi"}, results))
    numbers = [int(number) for number in re.findall(r'"sequence_number":(\d+)', direct)]
    assert len(numbers) > 4
    assert numbers == list(range(len(numbers)))


async def test_a_client_that_does_not_read_holds_up_only_its_own_text(tmp_path: Path) -> None:
    """Its connection takes no more than a buffer's size; the rest waits as one chunk, and comes in order later."""
    engine = DeliveringEngine()
    async with open_api(tmp_path, engine) as api:
        reader, writer = await raw_stream(api)
        client = writer.transport
        assert isinstance(client, asyncio.Transport)
        client.pause_reading()
        await engine.deliver([Chunk(text="0 ")])
        box, sent = engine.boxes[-1], 1
        await until(lambda: box.idle)
        while box.idle:
            box.put(Chunk(text=f"{sent} ".rjust(KIB)))
            sent += 1
            assert sent < 64 * KIB, "a client that reads nothing was sent 64 MiB"
        for _ in range(1000):
            box.put(Chunk(text=f"{sent} ".rjust(KIB)))
            sent += 1
        assert box.waiting == 1
        box.put(reply()[0])
        client.resume_reading()
        async with asyncio.timeout(PATIENCE):
            data = await reader.readuntil(b"[DONE]\n\n")
        writer.close()
        await writer.wait_closed()
    events = [line[6:] for line in data.split(b"\n") if line.startswith(b"data: {")]
    text = "".join(json.loads(event)["choices"][0]["text"] for event in events)
    assert [int(number) for number in text.split()] == list(range(sent))


async def test_a_client_that_leaves_ends_its_reply(tmp_path: Path) -> None:
    engine = DeliveringEngine()
    async with open_api(tmp_path, engine) as api:
        reader, writer = await raw_stream(api)
        await engine.deliver(reply("An", " owl", " sat")[:3])
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b" sat")
        assert engine.read == 1
        writer.close()
        await writer.wait_closed()
        await until(lambda: engine.ended == 1)
        engine.boxes[-1].put(Chunk(text=" on"))
        assert engine.boxes[-1].waiting == 1, "nobody takes it"


async def raw_stream(api: Api) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for a stream over a connection with small buffers."""
    body = json.dumps(TEXT | {"stream": True}).encode()
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
    end.setblocking(False)
    await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", api.http.base_url.port))
    reader, writer = await asyncio.open_connection(sock=end, limit=KIB * KIB * KIB)
    head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return reader, writer


def test_chunks_are_left_to_the_task_until_the_response_takes_them() -> None:
    writer, direct = Writer(), DirectEvents(lambda chunk: chunk.text.encode() if chunk.text != "?" else None)
    assert not direct(Chunk(text="a")), "there is no response yet"
    direct.open(writer)
    assert direct(Chunk(text="b"))
    assert direct(Chunk(text="")), "there is nothing to send for it"
    assert not direct(Chunk(text="?")), "the task has to see it"
    writer.ready = False
    assert not direct(Chunk(text="c"))
    assert writer.written == b"b"


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/chat/completions"])
async def test_a_fault_ends_its_stream_and_no_text_is_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    written = ResponseWriter.write

    def broken(writer: ResponseWriter, body: bytes) -> None:
        if b" sat" in body:
            raise ValueError("secret detail")
        written(writer, body)

    monkeypatch.setattr(ResponseWriter, "write", broken)
    engine = DeliveringEngine()
    async with open_api(tmp_path, engine) as api:
        events = await streamed(api, path, CHAT | TEXT, reply(" An", " owl", " sat")[:3])
        await until(lambda: engine.ended == 1)
    text = json.dumps(events)
    assert events[-1]["error"]["code"] == "internal_error"
    assert "secret" not in text
    assert (text.count("owl"), text.count("sat")) == (1, 0)
