"""Interaction responses when the token expires or the network or connection fails."""

import asyncio
from pathlib import Path

import pytest

from bot.platforms.discord import discord_platform as platform_module
from tests.fakes import FakeEngine
from tests.platforms.discord.wire import connected, running, until
from tests.wire_discord.server import wire_discord

LONG = " the owl sat in a tree. the moon said hello to you." * 4


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_module, "MAX_BACKOFF", 0.1)
    monkeypatch.setattr(platform_module, "FIRST_WAIT", 0.1)


async def test_an_answer_outlives_the_token_of_its_interaction(tmp_path: Path) -> None:
    engine = FakeEngine(delay=0.02)
    async with wire_discord() as (wire, address), running(tmp_path, wire, address, engine=engine):
        await until(lambda: wire.world.commands)
        engine.enqueue(LONG)
        wire.tokens.answer_within = 1.0
        await wire.slash("gen", text="hello")
        await until(lambda: any(m["content"].endswith("you.") and LONG.strip() in m["content"] for m in wire.answers()))
        await asyncio.sleep(0.3)
        assert len([m for m in wire.answers() if m["content"]]) == 1
        assert not wire.refusals


async def test_an_answer_outlives_the_connection_that_told_of_its_interaction(tmp_path: Path) -> None:
    engine = FakeEngine(delay=0.02)
    async with wire_discord() as (wire, address), running(tmp_path, wire, address, engine=engine):
        await until(lambda: wire.world.commands)
        engine.enqueue(LONG)
        await wire.slash("gen", text="hello")
        await wire.gateway.tell("CHANNEL_CREATE", {"nonsense": True}, None)
        await until(lambda: any(LONG.strip() in m["content"] for m in wire.answers()))


async def test_a_button_works_while_refusals_rain(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wire.say("hello")
        await until(lambda: wire.answers() and wire.answers()[0]["components"])
        before = wire.answers()[0]["content"]
        wire.rates.share = 0.2
        await wire.press(wire.answers()[0])
        await until(lambda: wire.answers()[0]["content"] not in (before, ""))
        wire.rates.share = 0.0
        assert len(wire.answers()) == 1
