"""Which messages are addressed to the bot, and what is read from them."""

from pathlib import Path

import pytest

from tests.platforms.discord.test_talking import from_bot, me, server

CODE = "```python\ndef f():\n    return  1\n```"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("roost, are you there?", True),
        ("Roost are you there?", True),
        ("  «Roost» hm", True),
        ("roosters crow", False),
        ("I like roost", False),
        ("小鸟你好", True),
        ("小鸟", True),
        ("我喜欢小鸟", False),
    ],
)
async def test_wake_words(tmp_path: Path, text: str, heard: bool) -> None:
    async with server(tmp_path, wake_words=["roost", "小鸟", " "]) as (env, channel, alice, _):
        await alice.send(channel, text)
        assert len(from_bot(channel, env)) == int(heard)


async def test_code_keeps_its_indentation(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        await alice.send(channel, f"what  does {me(env)} this?\n{CODE}")
        conversations = env.bot.conversations
        head = (await conversations.open("discord", str(channel.id))).channel.head
        assert head.input == f"what  does this?\n{CODE}"
