"""Bots ask the directory, with the key."""

from collections.abc import AsyncIterator
from dataclasses import asdict

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from bot.cluster.directory import Directory
from tests.cluster.test_replica_list import announced


@pytest.fixture
async def directory() -> Directory:
    made = Directory("key")
    await made.announce(asdict(announced("a")))
    await made.announce(asdict(announced("b", queue=2)))
    return made


@pytest.fixture
async def client(directory: Directory) -> AsyncIterator[httpx.AsyncClient]:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        response = await directory(Request(scope, receive))
        await response(scope, receive, send)

    transport = httpx.ASGITransport(application, root_path="/roost")
    async with httpx.AsyncClient(transport=transport, base_url="http://cluster/roost") as made:
        yield made


async def test_the_replicas_addresses(directory: Directory, client: httpx.AsyncClient) -> None:
    client.headers["Authorization"] = "Bearer key"
    assert (await client.get("/replicas")).json() == {"urls": ["http://a", "http://b"]}
    await directory.leave("a")
    assert (await client.get("/replicas")).json() == {"urls": ["http://b"]}
    assert [each["queue_length"] for each in await directory.listed()] == [2]
    assert (await client.post("/replicas")).status_code == 404
    assert (await client.get("/other")).status_code == 404


async def test_nobody_without_the_key(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer other"}):
        answer = await client.get("/replicas", headers=headers)
        assert (answer.status_code, "http://a" in answer.text) == (401, False)
