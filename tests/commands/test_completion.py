"""Completion of option values."""

from pathlib import Path

from bot.commands.completion import MAX_SUGGESTIONS
from bot.events import Author, Origin
from tests.commands.talking import ADMIN, ANN, Talk, talking


async def offered(talk: Talk, command: str, option: str, prefix: str = "", author: Author = ADMIN) -> list[str]:
    origin = Origin(platform=talk.platform, channel=talk.channel, author=author)
    return await talk.dispatcher.complete(origin, command, option, prefix)


async def test_values_of_every_kind(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("hello")
        await talk("+save Harbour")
        await talk("+branch storm")
        for command, option, prefix, expected in (
            ("load", "name", "har", "Harbour"), ("branch", "name", "st", "storm"), ("language", "language", "", "ja"),
            ("set", "values", "top_", "top_p"), ("help", "command", "undo", "undo"),
        ):  # fmt: skip
            assert expected in await offered(talk, command, option, prefix), command


async def test_what_begins_so_comes_first_and_no_more_than_discord_shows(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        found = await offered(talk, "set", "values", "p")
        assert len(found) <= MAX_SUGGESTIONS
        starts = [value.startswith("p") for value in found]
        assert starts == sorted(starts, reverse=True)
        assert all("p" in value for value in found)


async def test_members_are_offered_nothing_of_administrators(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "allow" in await offered(talk, "help", "command", "allow")
        assert await offered(talk, "help", "command", "allow", ANN) == []
        assert await offered(talk, "allow", "kind", "", ANN) == []
        assert await offered(talk, "nothing", "kind") == []
        assert await offered(talk, "load", "nothing") == []
