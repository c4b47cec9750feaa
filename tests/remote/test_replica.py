"""A single replica: whatever answers there gives either a reply or a lost replica."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.engine.types import Request, SamplingParams
from bot.errors import NotAllowed
from bot.remote.replica import Replica
from bot.remote.reply_events import ReplicaLost, StateMissing
from bot.remote.request_body import encode_request
from tests.fakes import FakeEngine
from tests.remote.served import KEY, serving

REQUEST = encode_request(Request(tokens=(257,), sampling=SamplingParams(seed=1)), None, None)
SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def replica_at(url: str, key: str = KEY) -> AsyncIterator[Replica]:
    async with aiohttp.ClientSession() as session:
        yield Replica(url, key, session)


@asynccontextmanager
async def answering(data: bytes) -> AsyncIterator[str]:
    """Run a server that sends ``data`` to every client and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\noh!",
        SSE + b'data: {"piece": {"text": "a"}}\n\ndata: nonsense\n\n',
        SSE + b'data: {"piece": 5}\n\n',
    ],
)
async def test_nonsense_is_a_lost_replica(data: bytes) -> None:
    async with answering(data) as url, replica_at(url) as replica:
        with pytest.raises(ReplicaLost):
            await replica.fetch_info()
        with pytest.raises(ReplicaLost):
            _ = [piece async for piece in replica.stream(REQUEST)]


async def test_nobody_there_is_a_lost_replica() -> None:
    async with answering(b"") as url:
        pass
    async with replica_at(url) as replica:
        with pytest.raises(ReplicaLost):
            await replica.ask_status()


async def test_the_key_is_shown_and_a_wrong_one_told_in_words() -> None:
    async with serving(FakeEngine()) as served, replica_at(served[0].url) as replica:
        assert (await replica.fetch_info()).info.name == "fake"
    async with serving(FakeEngine()) as served, replica_at(served[0].url, "other") as replica:
        with pytest.raises(NotAllowed, match="key_env"):
            await replica.fetch_info()


async def test_states_are_told_by_name() -> None:
    async with serving(FakeEngine()) as served, replica_at(served[0].url) as replica:
        names = [piece.state.name async for piece in replica.stream(REQUEST) if piece.state]
        assert await replica.rename(names[0], "d1")
        assert not await replica.rename(names[0], "d1")
        many = [f"x{number}" for number in range(20_001)]
        assert await replica.known([*many, "d1"]) == {"d1"}
        data = await replica.fetch("d1")
        sent = await replica.send(data)
        assert await replica.fetch(sent.name) == data
        replica.forget(["d1", *many])
        await replica.forget_waiting()
        with pytest.raises(StateMissing):
            await replica.fetch("d1")
