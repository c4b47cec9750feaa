"""The table of accepted messages, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store.store import open_store


async def test_a_message_is_taken_once(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as store:
        taken = await asyncio.gather(*(store.inbox.take("discord", "1", "2", "3") for _ in range(5)))
        assert sorted(taken) == [False] * 4 + [True]
        assert await store.inbox.take("discord", "9", "2")  # another channel's


async def test_what_is_open_is_remembered_until_it_is_done(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as store:
        await store.inbox.take("discord", "1", "2", "3")
        await store.inbox.update("discord", "1", "2", shown=["5", "6"], reply={"text": "hello"})
    async with open_store(store_url, tmp_path) as store:
        (entry,) = await store.inbox.open("discord")
        assert (entry.channel, entry.message_id, entry.guild) == ("1", "2", "3")
        assert entry.shown == ("5", "6")
        assert entry.reply == {"text": "hello"}
        await store.inbox.done("discord", "1", ["2"])
        assert await store.inbox.open("discord") == []
        assert not await store.inbox.take("discord", "1", "2", "3")  # it is still recorded


async def test_what_was_answered_long_ago_is_forgotten(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as store:
        for message in ("1", "2"):
            await store.inbox.take("discord", "1", message)
        await store.inbox.done("discord", "1", ["1"])
        assert await store.inbox.private_channels("discord", datetime.now(UTC) - timedelta(hours=1)) == ["1"]
        assert await store.inbox.forget("discord", datetime.now(UTC) + timedelta(hours=1)) == 1
        assert [entry.message_id for entry in await store.inbox.open("discord")] == ["2"]
