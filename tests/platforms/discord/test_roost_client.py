"""A client that is one of several."""

import asyncio
from pathlib import Path

import pytest

from tests.platforms.discord.wire import connected, until


async def test_a_session_that_ends_while_history_is_read_opens_no_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(tmp_path) as wired:
        client = wired.platform._client
        assert client is not None
        await until(lambda: client.hears_all)
        read = [asyncio.Event(), asyncio.Event()]
        events = iter(read)

        async def slowly(*_: object) -> None:
            await next(events).wait()

        monkeypatch.setattr(client.account.recovery, "run", slowly)
        work = []
        for _ in read:
            await client.on_shard_connect(0)
            work.append(asyncio.create_task(client.on_shard_ready(0)))
            await asyncio.sleep(0)
        read[0].set()
        await work[0]
        assert not client.account.line.open.is_set()
        read[1].set()
        await work[1]
        assert client.account.line.open.is_set()
