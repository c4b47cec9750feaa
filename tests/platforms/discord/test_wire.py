"""The platform over the wire: the unchanged discord.py, HTTP and a gateway."""

import asyncio
from pathlib import Path

import pytest

from tests.platforms.discord.wire import connected, running, until
from tests.waiting import PATIENCE
from tests.wire_discord.server import wire_discord


async def test_a_mention_is_answered_once_though_the_event_comes_twice(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        said = await wire.say("hello")
        await wire.say_again(said)
        await until(lambda: wire.answers())
        await asyncio.sleep(0.5)
        assert len(wire.answers()) == 1
        assert not wire.refusals


async def test_a_refused_post_is_made_again(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wired.wire.rates.share = 0.5
        await wired.wire.say("hello")
        await until(lambda: wired.wire.answers())
        wired.wire.rates.share = 0.0


async def test_an_event_that_cannot_be_parsed_only_costs_the_connection(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wire.gateway.ready.clear()
        await wire.gateway.tell("CHANNEL_CREATE", {"nonsense": True}, None)
        await asyncio.wait_for(wire.gateway.ready.wait(), PATIENCE)
        assert wire.gateway.connections == 2
        assert "at the event CHANNEL_CREATE" in caplog.text
        await wire.say("still there?")
        await until(lambda: len(wire.answers()) == 1)


async def test_a_resumed_connection_tells_what_was_missed(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wire.say("one")
        await until(lambda: len(wire.answers()) == 1)
        await wire.gateway.drop()
        await wire.say("two")
        await until(lambda: len(wire.answers()) == 2)
        assert wire.gateway.resumed == 1
        assert wire.gateway.identified == 1


async def test_opcode_seven_is_followed(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wire.gateway.ask_to_reconnect()
        await asyncio.wait_for(wire.gateway.ready.wait(), PATIENCE)
        await wire.say("hello")
        await until(lambda: len(wire.answers()) == 1)


async def test_slash_commands_are_declared_and_answered(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await until(lambda: wire.world.commands)
        pressed = await wire.slash("help")
        await until(lambda: pressed.texts)
        assert pressed.acknowledged == 5
        assert "undo" in await wire.complete("help", "command", "und")
        assert not wire.refusals


async def test_a_button_gives_another_answer_after_a_restart(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address):
            await wire.say("hello")
            await until(lambda: wire.answers() and wire.answers()[0]["components"])
        before = wire.answers()[0]["content"]
        async with running(tmp_path, wire, address):
            await wire.press(wire.answers()[0])
            await until(lambda: wire.answers()[0]["content"] not in (before, ""))
        assert len(wire.answers()) == 1
        assert not wire.refusals


async def test_without_the_content_intent_mentions_are_answered(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        wire.gateway.refuse_intent = True
        async with running(tmp_path, wire, address):
            await wire.say("not for you", mention=False)
            await wire.say("hello")
            await until(lambda: wire.answers())
            assert len(wire.answers()) == 1
