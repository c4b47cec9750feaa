"""Scene lines, from input to output."""

import asyncio

from bot.commands.scene_lines import BEGINS
from tests.commands.scene_channel import talk as talk
from tests.commands.talking import Talk
from tests.timing import thread_seconds
from tests.waiting import until


async def test_a_beginning_is_part_of_the_line(talk: Talk) -> None:
    await talk("+scene begin tests/the-well")
    talk.engine.enqueue(" never.")
    assert await talk.say("+speak Old Tom begins with I have") == "I have never."
    assert talk.read().endswith("\n\nOld Tom: I have")


async def test_whispers_and_who_heard(talk: Talk) -> None:
    await talk("+scene begin the-well")
    assert "Ann heard it" in await talk.say("+whisper ann The gold is here.")
    assert "Heard by: Ann" in await talk.say("+who heard")
    await talk("+speak Old Tom")
    assert "gold" not in talk.read()
    await talk("+speak Ann")
    assert "gold" in talk.read()
    assert "Ann, Old Tom, Zoe" in await talk.say("+who")


async def test_check_points_and_drops(talk: Talk) -> None:
    await talk("+scene begin the-well")
    await talk("+narrate One.")
    assert "`here`" in await talk.say("+check here")
    for text in ("Two.", "Three.", "Four."):
        await talk(f"+narrate {text}")
    assert "2 lines are pending" in await talk.say("+drop")
    await talk("+undo")
    assert "1. Two." in await talk.say("+pending")
    await talk("+drop all")
    assert "No line is pending" in await talk.say("+pending")
    await talk("+load here")
    await talk("+pending off")
    await talk("+narrate Five.")
    assert "No line is pending" in await talk.say("+pending")
    assert "must be" in await talk.say("+drop some")


async def test_they_talk_among_themselves_until_stopped(talk: Talk) -> None:
    await talk("+scene begin the-well")
    before = len(talk.sink.replies)
    await talk("+auto 4")
    names = [shown.speaker.name for shown in talk.sink.replies[before:] if shown.speaker]
    assert names == ["Old Tom", "Ann", "Old Tom", "Ann"]
    assert "must be" in await talk.say("+auto 21")


async def test_stop_ends_it(talk: Talk) -> None:
    await talk("+scene begin the-well")
    talk.engine.held = True
    before = len(talk.sink.frames)
    going = asyncio.create_task(talk("+auto 20"))
    await until(lambda: len(talk.sink.frames) > before)
    await talk("+stop")
    await going
    talk.engine.held = False
    assert len(await (await talk.conversation()).pending.lines()) <= 1


async def test_they_wait_between_lines_where_the_platform_asks_for_it(talk: Talk) -> None:
    await talk("+scene begin the-well")
    before = len(talk.sink.replies)
    going = asyncio.create_task(talk("+auto 3", pause=3600.0))
    await until(lambda: any(shown.speaker for shown in talk.sink.replies[before:]))
    assert not going.done(), "the second line waits for its time"
    assert len(await (await talk.conversation()).pending.lines()) == 1
    await talk("+stop")
    await going
    assert len(await (await talk.conversation()).pending.lines()) == 1, "a stopped pause is followed by no line"


def test_how_a_line_begins_is_found_in_linear_time() -> None:
    assert BEGINS.split("Ann begins with Well", maxsplit=1) == ["Ann", "Well"]
    assert BEGINS.split("Ann   ：  Well: yes", maxsplit=1) == ["Ann", "Well: yes"]
    assert BEGINS.split("Ann", maxsplit=1) == ["Ann"]
    assert thread_seconds(lambda: BEGINS.split("x" + " " * 100_000 + "x", maxsplit=1)) < 5
