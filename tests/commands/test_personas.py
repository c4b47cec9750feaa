"""Personas: who people are to characters."""

from pathlib import Path

from bot.commands.personas import MAX_PERSONAS
from tests.commands.talking import ANN, BOB, talking


async def test_personas_are_kept_chosen_and_deleted(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "no persona" in await talk.say("+persona")
        await talk("+persona set Kai: A sailor.\n\nUser: hi")
        await talk("+persona set Zoe: A fox.")
        assert "▶ **Kai**: A sailor.\nUser: hi" in await talk.say("+persona"), "no blank line ends a turn"
        await talk("+persona here Zoe")
        assert "▶ **Zoe**" in await talk.say("+persona")
        assert "▶ **Kai**" in await talk.say("+persona", channel="other")
        assert "no persona" in await talk.say("+persona off")
        assert "no persona" in await talk.say("+persona", author=BOB)
        assert "no persona" in await talk.say("+persona here Ann")
        assert "deleted" in await talk.say("+persona delete Zoe")
        assert "like this" in await talk.say("+persona set no colon")


async def test_so_many_are_kept(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        for number in range(MAX_PERSONAS):
            await talk(f"+persona set P{number}: x", author=ANN)
        assert "which is the limit" in await talk.say("+persona set Another: x", author=ANN)
