"""Slash commands from a client with an older declaration, over the wire."""

from pathlib import Path
from typing import Any

import pytest

from tests.platforms.discord.wire import Wired, connected, until

LOADING = 128  # message flag: "is thinking"


async def answer(wired: Wired, name: str, /, **options: Any) -> str:
    """Return the response to a command that may not match its declaration."""
    pressed = await wired.wire.slash_as_declared_before(name, **options)
    await until(lambda: any(not message["flags"] & LOADING for message in pressed.messages))
    return str(pressed.messages[-1]["content"])


@pytest.mark.parametrize(("name", "option"), [("enter", "name"), ("leave", "name"), ("say", "text")])
async def test_what_is_missing_is_said(tmp_path: Path, name: str, option: str) -> None:
    async with connected(tmp_path) as wired:
        await until(lambda: wired.wire.world.commands)
        assert option in await answer(wired, name)
        assert not wired.wire.refusals


async def test_a_value_of_another_type_is_refused_with_the_right_one(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await until(lambda: wired.wire.world.commands)
        assert "must be" in await answer(wired, "candidates", number="many")
        assert not wired.wire.refusals


async def test_what_is_given_beside_a_missing_option_is_kept(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await until(lambda: wired.wire.world.commands)
        assert "text" in await answer(wired, "as", name="Ann")
        assert "name" in await answer(wired, "as", text="Good evening.")


async def test_a_command_that_is_gone_is_named(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        client = wired.platform._client
        assert client is not None
        await until(lambda: wired.wire.world.commands)
        client.tree.remove_command("who")
        assert "No scene is being played" in await answer(wired, "who"), "as `+who` is"
        wired.wire.world.commands["global"].append({"id": "1", "name": "whoo", "options": []})
        assert "whoo" in await answer(wired, "whoo")
        assert not wired.wire.refusals


async def test_an_entry_of_a_message_menu_that_is_gone_is_named(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await until(lambda: wire.world.commands)
        said = await wire.say("one")
        wire.world.commands["global"].append({"id": "1", "name": "Old entry", "type": 3})
        pressed = await wire.menu("Old entry", said)
        await until(lambda: any(not message["flags"] & LOADING for message in pressed.messages))
        assert "Old entry" in pressed.messages[-1]["content"]
        assert not wire.refusals
