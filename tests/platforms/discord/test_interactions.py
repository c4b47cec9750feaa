"""Button presses over the wire, in the channel's order."""

import asyncio
from pathlib import Path

from tests.platforms.discord.talking import LONG, SLOW, answered, idle, ids, labels
from tests.platforms.discord.wire import connected, until


async def test_another_answer_takes_the_place_of_all_messages_of_the_old_one(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wired.engine.enqueue(LONG, " short")
        await wire.say("tell me about the sea -max_tokens=4000")
        await wire.press(await answered(wire, 2))
        await answered(wire, 1)
        assert wire.answers()[0]["content"] == "short"


async def test_quick_presses_leave_what_is_continued_on_the_screen(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wired.engine.delay = 0.005
        wired.engine.enqueue(" one", " two", " three", " four")
        await wire.say("hello")
        message = await answered(wire)
        await asyncio.gather(*(wire.press(message) for _ in range(3)))
        await until(lambda: "4/4" in labels(message))
        await idle(wired)
        conversation = await wired.conversations.open("discord", wire.channel.id, wire.channel.guild)
        assert message["content"] == conversation.channel.head.output.strip()
        assert len(wire.answers()) == 1


async def test_a_stop_button_stops_its_own_answer_only(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wired.engine.held, wired.engine.held_after = True, 5  # "one."
        wired.engine.enqueue(" one. and", SLOW)
        await wire.say("hello")
        await until(lambda: wire.answers() and "stop" in ids(wire.answers()[0])[0])
        old = dict(wire.answers()[0])
        wired.engine.held_after = 20
        await answered(wire)
        await wire.say("and now?")
        await until(lambda: len(wire.answers()) == 2)
        await wire.press(old)  # an outdated client
        wired.engine.held = False
        await answered(wire, 2)
        assert wire.answers()[1]["content"] == SLOW.strip()


async def test_a_stop_button_stops_its_answer(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wired.engine.held, wired.engine.held_after = True, 10
        wired.engine.enqueue(SLOW * 10)
        await wire.say("hello")
        await until(lambda: wire.answers())
        await wire.press(wire.answers()[0])
        await answered(wire)
        assert len(wire.answers()[0]["content"]) < len(SLOW * 10)
