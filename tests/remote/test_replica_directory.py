"""What a cluster answers is checked before it is used."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.web.connections import Connections
from bot.platforms.web.server import EmbeddedServer, local_url, open_listener
from bot.remote.replica_directory import ReplicaDirectory
from bot.remote.reply_events import ReplicaLost


@dataclass
class FakeCluster:
    """Answers every request with ``answer``, and notes the keys and paths it was asked with."""

    url: str = ""
    answer: bytes = b'{"urls": []}'
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    made = FakeCluster()

    async def application(scope: object, receive: object, send: object) -> None:
        request = Request(scope)  # type: ignore[arg-type]
        made.asked.append((request.url.path, request.headers.get("authorization", "")))
        await Response(made.answer, made.status)(scope, receive, send)  # type: ignore[arg-type]

    server = EmbeddedServer(application, Connections(50, 50))
    listener = await open_listener("127.0.0.1", 0)
    await server.start(listener)
    made.url = local_url("127.0.0.1", listener.getsockname()[1]).rstrip("/")
    yield made
    await server.stop()
    listener.close()


async def urls(cluster: FakeCluster, key: str = "") -> list[str]:
    async with aiohttp.ClientSession() as session:
        return await ReplicaDirectory(cluster.url, key, session).urls()


async def test_the_addresses_are_asked_for_with_the_key(cluster: FakeCluster) -> None:
    cluster.answer = json.dumps({"urls": ["http://10.0.0.5:1", "http://10.0.0.6:2", "http://10.0.0.5:1"]}).encode()
    assert await urls(cluster, "k") == ["http://10.0.0.5:1", "http://10.0.0.6:2"]
    assert await urls(cluster) == ["http://10.0.0.5:1", "http://10.0.0.6:2"]
    assert cluster.asked == [("/replicas", "Bearer k"), ("/replicas", "")]


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (b"", 401, "needs the key"),
        (b"", 404, "answered 404"),
        (b"", 307, "answered 307"),
        (b"<html>", 200, "not understood"),
        (b'{"urls": ["file:///etc/passwd"]}', 200, "not understood"),
        (b'{"urls": ["http://10.0.0.5:1/other/path"]}', 200, "not understood"),
        (json.dumps({"urls": [f"http://10.0.0.5:{port}" for port in range(1001)]}).encode(), 200, "not understood"),
    ],
)
async def test_anything_else_is_refused_in_words(cluster: FakeCluster, answer: bytes, status: int, reason: str) -> None:
    cluster.answer, cluster.status = answer, status
    with pytest.raises(ReplicaLost, match=reason):
        await urls(cluster)


async def test_a_cluster_that_is_not_there_is_told() -> None:
    listener = await open_listener("127.0.0.1", 0)
    nowhere = FakeCluster(local_url("127.0.0.1", listener.getsockname()[1]).rstrip("/"))
    listener.close()
    with pytest.raises(ReplicaLost):
        await urls(nowhere)
