"""Whatever a plugin raises, the bot keeps running."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.events import Reply
from tests.commands.talking import talking

HEAD = """
import argparse, asyncio, sys
from bot.plugins.api import background_task, message_filter
from bot.commands.command import Option, command
"""
EXITS = ("sys.exit(3)", "raise KeyboardInterrupt", "raise BaseException(1)", "raise asyncio.CancelledError",
         "raise GeneratorExit", "argparse.ArgumentParser(prog='roll').parse_args(['--wrong'])")  # fmt: skip


def config(folder: Path, text: str) -> dict[str, Any]:
    (folder / "plugins").mkdir()
    (folder / "plugins" / "leaver.py").write_text(HEAD + text)
    return {"plugins": {"folder": str(folder / "plugins"), "timeout_s": 5}}


@pytest.mark.parametrize("leave", EXITS)
async def test_a_command_that_exits(tmp_path: Path, leave: str, caplog: pytest.LogCaptureFixture) -> None:
    text = f"""
@command("depart", summary="x")
async def depart(context):
    {leave}
"""
    async with talking(tmp_path, config=config(tmp_path, text)) as talk:
        with caplog.at_level(logging.ERROR):
            assert "went wrong" in await talk.say("+depart")
        assert "of the plugin leaver" in caplog.text
        assert (await talk("hello")).kind == "turn"


@pytest.mark.parametrize("leave", EXITS)
@pytest.mark.parametrize("form", ["def", "async def"])
async def test_filters_and_tasks_that_exit(tmp_path: Path, leave: str, form: str) -> None:
    text = f"""
@message_filter("before")
{form} before(context, text):
    {leave}

@message_filter("after")
{form} after(context, text):
    {leave}

@background_task(every=0.05)
{form} work(plugin):
    {leave}
"""
    async with talking(tmp_path, config=config(tmp_path, text)) as talk:
        for _ in range(3):
            assert (await talk("hello")).kind == "turn"
        assert "Plugin leaver: failed" in await talk.say("+status")


async def test_half_a_character_is_sent_as_a_whole_one(tmp_path: Path) -> None:
    text = """
@command("half", summary="x")
async def half(context):
    await context.say("a\\ud800b")

@message_filter("after")
async def after(context, text):
    return text + "\\udfff"
"""
    async with talking(tmp_path, config=config(tmp_path, text)) as talk:
        assert await talk.say("+half") == "a?b"
        assert (await talk("hello")).text.endswith("?")
        assert Reply(text="\ud800").text == "?"


async def test_a_broken_plugin_is_one_line_on_the_console(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        async with talking(tmp_path, config=config(tmp_path, "x = nonsense\n")):
            pass
    record = next(each for each in caplog.records if "leaver" in each.getMessage())
    assert record.exc_info is None
    assert record.getMessage().endswith("NameError: name 'nonsense' is not defined (leaver.py, line 5)")
    assert "Traceback" in record.details  # type: ignore[attr-defined]
