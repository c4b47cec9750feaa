"""Editing posted messages, over the wire: Discord's refusal of a change is not an error."""

from pathlib import Path

import pytest

from tests.platforms.discord.talking import LONG, SLOW, answered
from tests.platforms.discord.wire import connected, until


async def test_an_edit_that_discord_rejects_comes_as_a_new_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wired.engine.enqueue(SLOW)
        wired.engine.delay = 0.02
        await wire.say("hello")
        await until(lambda: wire.answers())
        wire.fail += [("PATCH", r"/channels/\d+/messages/\d+", 400)] * 30
        await until(lambda: any("roost:undo" in str(each["components"]) for each in wire.answers()))
        assert [each["content"] for each in wire.answers()] == [SLOW.strip()]
        assert "Traceback" not in caplog.text
        assert "Something went wrong" not in str(wire.answers())


async def test_a_long_answer_becomes_a_short_one_and_nothing_of_it_stays(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wired.engine.enqueue(LONG, " short")
        await wire.say("tell me about the sea -max_tokens=4000")
        last = await answered(wire, 2)
        await wire.press(last)
        await answered(wire, 1)
        assert wire.answers()[0]["content"] == "short"
        await wire.press(wire.answers()[0], 0)  # back to the first answer
        await answered(wire, 2)
        assert "".join("".join(each["content"].split()) for each in wire.answers()) == "".join(LONG.split())
        assert not wire.refusals
