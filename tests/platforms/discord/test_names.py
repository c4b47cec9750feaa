"""The localised names of slash commands, as declared over the wire."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.discord.wire import connected, running, until
from tests.wire_discord.server import wire_discord


def own_names(declared: list[dict[str, Any]], locale: str) -> list[str]:
    return [(each.get("name_localizations") or {}).get(locale, each["name"]) for each in declared]


async def test_names_and_descriptions_are_told_in_three_languages(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await until(lambda: wire.world.commands)
        declared = [each for each in wire.world.commands["global"] if each["type"] == 1]
        for locale in ("en-US", "zh-CN", "ja"):
            names = own_names(declared, locale)
            assert len(names) == len(set(names)), f"two commands share a name in {locale}"
            for each in declared:
                inner = own_names(each.get("options") or [], locale)
                assert len(inner) == len(set(inner)), f"two options of {each['name']} share a name in {locale}"
        undo = next(each for each in declared if each["name"] == "undo")
        assert undo["name_localizations"]["zh-CN"] == "撤销"
        assert undo["name_localizations"]["ja"] == "取り消す"
        assert undo["description_localizations"]["ja"] != undo["description"]
        menus = {each["name"]: each for each in wire.world.commands["global"] if each["type"] == 3}
        assert menus["Another answer"]["name_localizations"]["zh-CN"] == "换个回答"
        assert not wire.refusals, "the strict server took the declaration"


@pytest.mark.parametrize("name", ["undo", "settings"])
async def test_a_localised_command_is_still_the_same_command(tmp_path: Path, name: str) -> None:
    async with connected(tmp_path) as wired:
        await until(lambda: wired.wire.world.commands)
        pressed = await wired.wire.slash(name)
        await until(lambda: pressed.texts)


async def test_commands_move_to_a_server_and_back_and_never_stand_twice(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        home = str(wire.channel.guild)

        def only(place: str) -> bool:
            return [key for key, commands in wire.world.commands.items() if commands] == [place]

        def answered(count: int) -> bool:
            return len(wire.answers()) == count and "roost:undo" in str(wire.answers()[-1]["components"])

        for count, (guilds, place) in enumerate([([], "global"), ([int(home)], home), ([], "global")], 1):
            async with running(tmp_path, wire, address, guild_ids=guilds):
                await until(partial(only, place))
                await wire.say("hello")
                await until(partial(answered, count))
        told = wire.count("PUT", "/applications/.*/commands")
        async with running(tmp_path, wire, address):
            await wire.say("hello")
            await until(partial(answered, 4))
        assert wire.count("PUT", "/applications/.*/commands") == told, "nothing has changed: nothing is told"
        assert not wire.refusals
