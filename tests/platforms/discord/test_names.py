"""The names of slash commands in Discord's languages, as they are declared over the wire."""

from pathlib import Path
from typing import Any

import pytest

from tests.platforms.discord.wire import connected, until


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
        assert undo["name_localizations"]["ja"] == "元に戻す"
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
