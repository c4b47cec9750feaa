"""Events missed while the bot was offline or being killed, over the wire."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from bot.platforms.discord import shard_history
from bot.platforms.line.line import Line
from tests.fakes import FakeEngine
from tests.platforms.discord.talking import SLOW, answered, finished, idle, inputs
from tests.platforms.discord.test_link import error
from tests.platforms.discord.wire import Wired, running, until
from tests.wire_discord.server import WireDiscord, wire_discord


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make processes die abruptly: a running answer is not finished, stopped or recorded."""

    async def die(line: Line, _: float) -> None:
        await line._tasks.finish(0)

    monkeypatch.setattr(Line, "finish", die)
    return monkeypatch


async def asked(wire: WireDiscord, wired: Wired, kind: str) -> None:
    """An event other than a message whose answer is being written."""
    await until(lambda: wire.world.commands)
    said = await wire.say("one")
    message = await answered(wire)
    await idle(wired)
    wired.engine.delay = 0.05
    wired.engine.enqueue(SLOW * 5)
    count = len(wired.engine.requests)
    if kind == "press":
        await wire.press(message)
    elif kind == "slash":
        await wire.slash("gen", text="the owl")
    else:
        await wire.change(said, f"<@{wire.world.bot.id}> two")
    await until(lambda: len(wired.engine.requests) > count)
    await until(lambda: any("roost:stop" in str(each["components"]) for each in wire.answers()))


@pytest.mark.usefixtures("dying")
@pytest.mark.parametrize("kind", ["press", "slash", "edit"])
async def test_an_answer_to_a_press_a_command_or_an_edit_survives_the_process(tmp_path: Path, kind: str) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address) as wired:
            await asked(wire, wired, kind)
        async with running(tmp_path, wire, address) as wired:
            await until(lambda: all(finished(each) for each in wire.answers()))
            await idle(wired)
            assert len(wire.answers()) == (1 if kind == "press" else 2)
            assert await wired.conversations.core.store.inbox.open("discord") == []


async def test_a_private_message_is_found_however_old_the_talk_is(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        private = wire.world.private(wire.alice)
        async with running(tmp_path, wire, address) as wired:
            await wire.say("one", channel=private)
            await answered(wire, 1, private)
            await idle(wired)
            await wired.conversations.core.store.inbox.forget("discord", datetime.now(UTC) + timedelta(days=1))
        await wire.say("two", channel=private)
        async with running(tmp_path, wire, address):
            await answered(wire, 2, private)


async def test_the_chat_of_a_voice_channel_is_caught_up(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        voice = wire.world.channel("voice", wire.channel.guild, kind=2)
        async with running(tmp_path, wire, address) as wired:
            await wire.say("one")
            await answered(wire)
            await idle(wired)
        await wire.say("two", channel=voice)
        async with running(tmp_path, wire, address):
            await answered(wire, 1, voice)


@pytest.mark.parametrize("change", ["edit", "delete"])
async def test_what_was_changed_meanwhile_is_changed_in_the_talk(tmp_path: Path, change: str) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address) as wired:
            await wire.say("one")
            await answered(wire)
            said = await wire.say("two")
            await answered(wire, 2)
            await idle(wired)
        if change == "edit":
            now = datetime.now(UTC).isoformat()
            said |= {"content": f"<@{wire.world.bot.id}> THREE", "edited_timestamp": now}
        else:
            del wire.channel.messages[said["id"]]
        async with running(tmp_path, wire, address, engine=FakeEngine()) as wired:
            expected = ["one", "THREE"] if change == "edit" else ["one"]
            if change == "edit":
                await answered(wire, 3)
            conversation = await wired.conversations.open("discord", wire.channel.id, wire.channel.guild)
            await until(lambda: conversation.channel.head.input == expected[-1])
            assert await inputs(wired) == expected


async def test_what_discord_refuses_for_the_moment_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_history, "PAUSES", (0.0, 0.0))
    statuses = [429, 503, 200, 403]

    async def work() -> int:
        status = statuses.pop(0)
        if status != 200:
            raise error(status)
        return status

    assert await shard_history._patiently(work) == 200
    with pytest.raises(discord.HTTPException):
        await shard_history._patiently(work)
    assert statuses == []
