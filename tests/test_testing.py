"""The test helper for plugin authors."""

from pathlib import Path

import pytest

from bot.testing import ByteCoder, ParrotEngine, talk

PLUGIN = """
from bot.commands.command import command
from bot.plugins.api import message_filter


@command("ping", summary="Answers.", examples=("+ping",))
async def ping(context):
    await context.say("pong " + context.plugin.settings.get("end", ""))


@message_filter("after")
def louder(context, text):
    return text.upper()
"""


async def test_a_plugin_answers_and_filters(tmp_path: Path) -> None:
    (tmp_path / "ping.py").write_text(PLUGIN)
    replies = await talk(tmp_path / "ping.py", "+ping", "hello", settings={"end": "!"}, says="Well, well.")
    assert replies == ["pong !", "WELL, WELL."]


@pytest.mark.parametrize("source", ["import no_such_module", "def ("])
async def test_one_that_cannot_be_loaded_says_why(tmp_path: Path, source: str) -> None:
    (tmp_path / "bad.py").write_text(source)
    with pytest.raises(AssertionError, match=r"bad\.py"):
        await talk(tmp_path / "bad.py", "hello")


def test_the_coder_gives_every_text_back() -> None:
    coder = ByteCoder()
    for text in ("", "hello", "鸟 🦉\n"):
        assert coder.decode(coder.encode(text)) == text
    assert max(coder.encode("\x7f\xff")) < coder.vocab_size


def test_the_parrot_has_no_model() -> None:
    assert ParrotEngine("x").info.weight_bytes == 1
