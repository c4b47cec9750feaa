"""kill -9 of one of a bot's two processes while fifty channels talk: nothing is lost or duplicated."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.platforms.discord.shard_leases import LeaseTable
from bot.store.store import Store, open_store
from tests.platforms.discord.load import section, whole
from tests.platforms.many_people import ROOT, settings
from tests.wire_discord.server import TOKEN, WireDiscord, wire_discord
from tests.wire_discord.world import Channel

SHARDS = 2
PATIENCE = 300.0


def is_ready(log: Path) -> bool:
    return "is ready" in log.read_text(encoding="utf-8")


class SharedBot:
    """`roost run`, one of several processes on one database."""

    def __init__(self, folder: Path, address: str, url: str) -> None:
        shards = f"shard_count = {SHARDS}\nclaim_shards = true"
        self._config = folder / "bot.toml"
        text = settings(folder, section(address).replace("shard_count = 1", shards))
        self._config.write_text(text.replace("[store]", f'[store]\nurl = "{url}"'), encoding="utf-8")
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, log: Path) -> None:
        environment = os.environ | {"DISCORD_TOKEN": TOKEN, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        with log.open("wb") as out:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(self._config),
                cwd=ROOT, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        async with asyncio.timeout(4 * PATIENCE):
            while not is_ready(log):  # noqa: ASYNC110  # another process says it
                await asyncio.sleep(0.5)

    async def end(self, sign: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(sign)
            await self.process.wait()


@asynccontextmanager
async def two_processes(folder: Path, address: str, url: str) -> AsyncIterator[tuple[SharedBot, SharedBot]]:
    one, other = SharedBot(folder, address, url), SharedBot(folder, address, url)
    try:
        await one.start(folder / "one.log")
        await other.start(folder / "other.log")
        yield one, other
    finally:
        for each in (one, other):
            await each.end(signal.SIGTERM)


async def owners(store: Store) -> dict[int, str]:
    return LeaseTable.read(await store.values.get("discord", f"shards:{SHARDS}"), SHARDS).owners


async def shared_by(store: Store, processes: int) -> float:
    """Wait until that many processes own all shards; return how long it took."""
    begun = time.monotonic()
    async with asyncio.timeout(4 * PATIENCE):
        while True:
            found = await owners(store)
            if len(found) == SHARDS and len(set(found.values())) == processes:
                return time.monotonic() - begun
            await asyncio.sleep(0.2)


def replies(channel: Channel, message: str) -> list[dict[str, object]]:
    return [
        each for each in channel.messages.values() if (each.get("message_reference") or {}).get("message_id") == message
    ]


async def answered(said: list[tuple[Channel, str]]) -> None:
    async with asyncio.timeout(4 * PATIENCE):
        for channel, message in said:
            while not any(whole(each) for each in replies(channel, message)):  # noqa: ASYNC110  # a server has no event
                await asyncio.sleep(0.2)


async def all_say(wire: WireDiscord, channels: list[Channel], text: str) -> list[tuple[Channel, str]]:
    """Send a message from one person in each channel at once."""
    people = [wire.world.person(f"{channel.id} {text}") for channel in channels]
    said = [await wire.say(text, channel=channel, author=each) for channel, each in zip(channels, people, strict=True)]
    return [(channel, message["id"]) for channel, message in zip(channels, said, strict=True)]


@pytest.mark.slow
async def test_shards_of_a_killed_process_are_taken_over(store_url: str, tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        channels = [each for n in range(10) for each in wire.world.guild(f"guild{n}", [f"c{n}-{m}" for m in range(5)])]
        async with (
            two_processes(tmp_path, address, store_url) as (one, other),
            open_store(store_url, tmp_path / "data") as store,
        ):
            await shared_by(store, 2)
            said = await all_say(wire, channels, "hello")
            await answered(said)
            said += await all_say(wire, channels, "how are you?")
            await one.end(signal.SIGKILL)
            said += await all_say(wire, channels, "are you still there?")
            seconds = await shared_by(store, 1)
            await answered(said)
            print(f"taken over after {seconds:.1f} s", flush=True)
            assert other.process is not None
            assert other.process.returncode is None
        counts = [len([each for each in replies(channel, message) if whole(each)]) for channel, message in said]
        assert counts == [1] * len(said)
        assert not wire.refusals
