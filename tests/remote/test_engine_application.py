"""How `roost engine` responds to clients that are not bots."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fakes import FakeEngine
from tests.remote.served import KEY, Served, serve
from tests.waiting import PATIENCE, until

GOOD = {"tokens": [257, 258], "sampling": {"seed": 1}, "stop": ["\n\n"], "channel": "a"}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    made = await serve(FakeEngine())
    yield made
    await made.stop()


@pytest.fixture
async def client(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=served.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=PATIENCE
    ) as found:
        yield found


async def test_a_reply_is_a_stream_of_events(served: Served, client: httpx.AsyncClient) -> None:
    answer = await client.post("/engine/requests", json=GOOD)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]
    last = events[-1]["piece"]
    assert last["end"] == "stop"
    assert "".join(event["piece"]["text"] for event in events) == served.engine.coder.decode(last["tokens"])
    assert (await client.post("/engine/states/known", json={"names": [last["state"]["name"], "x"]})).json() == {
        "known": [last["state"]["name"]]
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/engine/requests", b"", 400),
        ("/engine/requests", b"\xff\xfe", 400),
        ("/engine/requests", b"[" * 50_000, 400),
        ("/engine/requests", json.dumps(GOOD | {"tokens": ["x"]}).encode(), 400),
        ("/engine/requests", json.dumps(GOOD | {"extra": 1}).encode(), 400),
        ("/engine/cancel", b"{}", 400),
        ("/engine/states", b"no state", 400),
        ("/engine/states?tuned=.exe", b"no state", 400),
        ("/engine/states/known", json.dumps({"names": ["x"] * 10_001}).encode(), 400),
        ("/engine/states/rename", json.dumps({"state": "a", "name": "../b"}).encode(), 400),
        ("/nowhere", b"", 404),
    ],
)
async def test_nonsense_is_refused_in_words(client: httpx.AsyncClient, path: str, body: bytes, status: int) -> None:
    answer = await client.post(path, content=body)
    assert answer.status_code == status
    assert len(answer.content) < 2000


async def test_bodies_are_bounded(client: httpx.AsyncClient) -> None:
    large = b" " * ((1 << 20) + 2 * 64 + 1)
    assert (await client.post("/engine/states", content=large)).status_code == 413


async def test_strangers_and_browsers_are_refused(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url, timeout=PATIENCE) as client:
        for method, path in (("GET", "/engine"), ("POST", "/engine/requests"), ("GET", "/engine/states/x")):
            assert (await client.request(method, path)).status_code == 401
    free = await serve(FakeEngine(), key="")
    async with httpx.AsyncClient(base_url=free.url, timeout=PATIENCE) as client:
        assert (await client.get("/engine")).status_code == 200
        origin = {"Origin": "https://evil.example"}
        assert (await client.post("/engine/cancel", json={"channel": "a"}, headers=origin)).status_code == 403
        host = {"Host": "rebound.example"}
        assert (await client.get("/engine", headers=host)).status_code == 403
    await free.stop()


async def test_more_requests_than_can_wait_are_busy(served: Served, client: httpx.AsyncClient) -> None:
    served.engine.rows, served.engine.queue_limit, served.engine.held = 2, 1, True
    running = [asyncio.create_task(client.post("/engine/requests", json=GOOD)) for _ in range(3)]
    await until(lambda: len(served.engine.requests) == 1)  # one runs, two wait or are refused by the engine
    await until(lambda: sum(task.done() for task in running) == 2)
    assert all("Busy" in task.result().text for task in running if task.done())
    served.engine.held = False
    await asyncio.gather(*running)
    assert (await client.post("/engine/requests", json=GOOD)).text.count('"end"') == 1, "none was counted for ever"


async def test_a_state_that_is_not_there_is_told(client: httpx.AsyncClient) -> None:
    assert "StateMissing" in (await client.post("/engine/requests", json=GOOD | {"state": "d1"})).text
    assert (await client.get("/engine/states/d1")).status_code == 404


async def test_whoever_vanishes_frees_the_row(served: Served, client: httpx.AsyncClient) -> None:
    served.engine.held = True
    async with client.stream("POST", "/engine/requests", json=GOOD) as answer:
        await anext(answer.aiter_raw())
        assert served.engine.status().rows_running == 1
    await until(lambda: served.engine.status().rows_running == 0)


async def test_requests_for_another_model_are_refused_before_they_are_read(
    served: Served, client: httpx.AsyncClient
) -> None:
    meant = {"X-Roost-Model": served.engine.info.fingerprint}
    assert (await client.post("/engine/requests", json=GOOD, headers=meant)).status_code == 200
    for path in ("/engine/requests", "/engine/states", "/engine/states/known", "/engine/states/rename"):
        answer = await client.post(path, content=b"", headers={"X-Roost-Model": "another"})
        assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "Unavailable")
    assert (await client.get("/engine/states/d1", headers={"X-Roost-Model": "another"})).status_code == 503
    assert (await client.get("/engine", headers={"X-Roost-Model": "another"})).status_code == 200
    assert len(served.engine.requests) == 1
