"""Uploading a state, and starting from it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from bot.engine.types import Request
from bot.platforms.api.state_uploads import MAX_CONCURRENT_PER_KEY
from tests.platforms.api.conftest import Api, open_api
from tests.waiting import PATIENCE


async def exported(api: Api, text: str) -> bytes:
    async for chunk in api.engine.stream(Request(tokens=tuple(api.engine.coder.encode(text)))):
        if chunk.state is not None:
            return await api.engine.export_state(chunk.state)
    raise AssertionError("the last chunk brings the state")


async def test_a_chat_begins_where_an_uploaded_state_stands(api: Api) -> None:
    data = await exported(api, "An owl in a tree.")
    made = (await api.http.post("/v1/states", content=data)).json()
    assert [each["id"] for each in (await api.http.get("/v1/states")).json()["data"]] == [made["id"]]
    assert (await api.http.get(f"/v1/states/{made['id']}")).content == data
    await api.chat("hello", state=made["id"])
    begun = api.engine.coder.decode(api.engine.tokens_of(api.engine.requests[-1].state))
    assert begun.startswith("An owl in a tree")
    await api.chat("hello")
    await api.post("/v1/completions", {"prompt": "The moon", "state": made["id"]})
    begun_after = [request.state is not None for request in api.engine.requests[-2:]]
    assert begun_after == [False, True], "what was read after it is not taken for the text alone"
    assert (await api.http.delete(f"/v1/states/{made['id']}")).json()["deleted"]
    for wrong in (made["id"], 7):
        answer = await api.post("/v1/completions", {"prompt": "The moon", "state": wrong})
        assert answer.status_code in (400, 404)


async def test_strangers_upload_nothing_and_large_ones_are_refused(tmp_path: Path) -> None:
    async with open_api(tmp_path, max_state_mb=1) as api:
        stranger = await api.http.post("/v1/states", content=b"x", headers={"X-Forwarded-For": "203.0.113.5"})
        assert stranger.status_code == 401
        large = await api.http.post("/v1/states", content=bytes((1 << 20) + 1))
        assert (large.status_code, large.json()["error"]["code"]) == (413, "body_too_large")
        assert (await api.http.post("/v1/states", content=b"x")).status_code == 400


async def test_one_key_leaves_room_for_the_others(api: Api) -> None:
    enough, others = asyncio.Event(), {"Authorization": f"Bearer {await api.keys.add('ann')}"}

    async def slow(begun: asyncio.Event) -> AsyncIterator[bytes]:
        begun.set()
        yield b"x"
        await enough.wait()

    begun = [asyncio.Event() for _ in range(MAX_CONCURRENT_PER_KEY)]
    uploads = [asyncio.create_task(api.http.post("/v1/states", content=slow(each))) for each in begun]
    await asyncio.gather(*(each.wait() for each in begun))

    async def refused() -> bool:
        return (await api.http.post("/v1/states", content=b"x")).status_code == 429

    async with asyncio.timeout(PATIENCE):
        while not await refused():  # until the server has read the headers of both
            pass
    assert (await api.http.post("/v1/states", content=b"x", headers=others)).status_code == 400, "it is looked at"
    enough.set()
    assert [answer.status_code for answer in await asyncio.gather(*uploads)] == [400] * MAX_CONCURRENT_PER_KEY
    assert not await refused()
