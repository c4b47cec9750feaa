"""Bodies with files: larger limits, few at the same time, and only from authorised clients."""

import asyncio
import base64

import pytest

from bot.platforms.web import bodies
from tests.platforms.web.conftest import Web
from tests.waiting import PATIENCE


def message(size: int) -> dict[str, object]:
    data = base64.b64encode(b"x" * size).decode()
    return {"text": "+import", "attachments": [{"name": "a.json", "data": data}], "stream": False}


async def test_a_file_up_to_the_limit_comes_in_whole() -> None:
    async with Web(max_upload_mb=1).running() as web:
        answer = await web.client.post("/api/chat", json=message(1 << 20))
        assert answer.status_code == 200
        assert [len(file.data) for file in web.dispatcher.said[0].attachments] == [1 << 20]


async def test_a_larger_one_is_refused_with_the_limit() -> None:
    async with Web(max_upload_mb=1).running() as web:
        answer = await web.client.post("/api/chat", json=message(2 << 20))
        assert answer.status_code == 413
        assert "[web] max_upload_mb" in answer.json()["error"]["message"]
        assert not web.dispatcher.events


async def test_other_paths_take_no_files() -> None:
    async with Web(max_upload_mb=1).running() as web:
        assert (await web.client.post("/api/command", json=message(1 << 20))).status_code == 413


async def begin_upload(web: Web) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Begin to send a large message and stall."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    head = (
        "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 400000\r\n\r\n"
    )
    writer.write(head.encode() + b"{")
    await writer.drain()
    return reader, writer


async def test_few_large_bodies_are_held_at_the_same_time() -> None:
    async with Web().running() as web:
        held = [await begin_upload(web) for _ in range(bodies.UPLOADS_PER_ADDRESS)]
        answer = await web.client.post("/api/chat", json=message(300_000))
        async with asyncio.timeout(PATIENCE):
            while answer.status_code == 200:  # the others have not been noticed yet
                answer = await web.client.post("/api/chat", json=message(300_000))
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "too_many_uploads")
        assert (await web.chat("hello")).status_code == 200, "an ordinary message needs no place"
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(PATIENCE):
            while answer.status_code == 503:
                answer = await web.client.post("/api/chat", json=message(300_000))
        assert answer.status_code == 200


async def test_a_body_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "UPLOAD_SECONDS", 0.1)
    async with Web().running() as web:
        reader, writer = await begin_upload(web)
        async with asyncio.timeout(PATIENCE):
            assert b" 408 " in await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_without_the_token_no_body_is_read() -> None:
    async with Web(token="secret").running() as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        writer.write(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert b" 401 " in line
