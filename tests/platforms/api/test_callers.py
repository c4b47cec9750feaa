"""Authentication of API callers."""

import asyncio
from pathlib import Path

import pytest

from tests.platforms.api.conftest import Api, open_api

CHAT = {"messages": [{"role": "user", "content": "hello"}]}


async def test_this_machine_needs_no_key_unless_another_speaks_through_it(api: Api) -> None:
    assert (await api.post("/v1/chat/completions", CHAT)).status_code == 200
    assert (await api.post("/v1/chat/completions", CHAT, Authorization="Bearer made-up")).status_code == 200
    through = await api.post("/v1/chat/completions", CHAT, **{"X-Forwarded-For": "203.0.113.5"})
    assert through.status_code == 401
    assert through.json()["error"]["code"] == "invalid_api_key"


async def test_keys_are_needed_where_it_is_configured(tmp_path: Path) -> None:
    async with open_api(tmp_path, require_key=True) as strict:
        assert (await strict.post("/v1/chat/completions", CHAT)).status_code == 401
        secret = await strict.keys.add("ann")
        assert (await strict.post("/v1/chat/completions", CHAT, Authorization=f"Bearer {secret}")).status_code == 200
        assert (await strict.post("/v1/chat/completions", CHAT, **{"X-Api-Key": secret})).status_code == 200
        await strict.keys.revoke("ann")
        while (await strict.post("/v1/chat/completions", CHAT, Authorization=f"Bearer {secret}")).status_code == 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # the server checks again within two seconds
        for _ in range(10):
            answer = await strict.post("/v1/chat/completions", CHAT, Authorization="Bearer guess")
        assert answer.status_code == 429


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
async def test_limits_of_a_key(api: Api, path: str) -> None:
    secret = await api.keys.add("ann", per_minute=2, models=("roost/test",))
    body = CHAT | {"prompt": "x", "model": "roost/test"}
    statuses = [(await api.post(path, body, Authorization=f"Bearer {secret}")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    other = await api.post(path, body | {"model": "roost/other"}, Authorization=f"Bearer {secret}")
    assert (other.status_code, other.json()["error"]["code"]) == (403, "model_not_allowed")


async def test_one_key_holds_only_so_many_answers(tmp_path: Path) -> None:
    async with open_api(tmp_path, at_once=4) as api:
        assert (await api.post("/v1/completions", {"prompt": "x", "n": 4})).status_code == 200
        assert (await api.post("/v1/completions", {"prompt": ["x"] * 6, "stream": False})).status_code == 429


async def test_another_sites_page_is_not_this_machine(api: Api) -> None:
    answer = await api.post("/v1/chat/completions", CHAT, Origin="https://evil.example")
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "permission_error"
