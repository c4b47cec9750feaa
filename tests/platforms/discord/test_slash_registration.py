"""Commands beyond Discord's limits are grouped or left out, and never prevent a start."""

import logging
from dataclasses import replace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.commands.builtin import built_in
from bot.commands.command import Command, Option, command
from bot.commands.context import Context
from bot.platforms.discord.slash_registration import MAX_COMMANDS, arranged, register_slash_commands
from tests.wire_discord.forms import check_commands


@command("roll", summary="Roll a die.", options=(Option(name="sides", kind="int", default=6, help="how many"),))
async def roll(context: Context, sides: int) -> None:
    """A plugin's command."""


def of_plugin(plugin: str, count: int, **changes: Any) -> list[Command]:
    return [replace(roll, name=f"{plugin}{number}", plugin=plugin, **changes) for number in range(count)]


def told(commands: list[Command]) -> list[dict[str, Any]]:
    """Return the declaration as sent to Discord, checked as strictly as Discord does."""
    client = discord.Client(intents=discord.Intents.none())
    tree: app_commands.CommandTree[discord.Client] = app_commands.CommandTree(client)

    async def nothing(*_: object) -> Any:
        """A command that is never called."""

    register_slash_commands(tree, commands, nothing, nothing)
    payload = [each.to_dict(tree) for each in tree.get_commands()]
    check_commands(payload)
    return payload


def test_within_the_limit_each_stands_by_itself() -> None:
    single, groups, left = arranged([*built_in(), *of_plugin("dice", 5)])
    assert not groups
    assert not left
    assert len(single) == len(built_in()) + 5


def test_beyond_it_the_largest_plugin_becomes_groups() -> None:
    commands = [*built_in(), *of_plugin("dice", 60), *of_plugin("tea", 3)]
    payload = told(commands)
    assert len(payload) <= MAX_COMMANDS
    names = {each["name"]: each for each in payload}
    assert {"dice", "dice-2", "dice-3", "tea0", "undo"} <= set(names)
    assert sum(len(names[name]["options"]) for name in ("dice", "dice-2", "dice-3")) == 60


def test_administrators_commands_are_not_put_into_groups() -> None:
    commands = [*built_in(), *of_plugin("dice", 60), *of_plugin("guard", 3, permission="admin")]
    assert {"guard0", "guard1", "guard2"} <= {each["name"] for each in told(commands)}


def test_what_fits_nowhere_is_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    crowd = [each for number in range(MAX_COMMANDS) for each in of_plugin(f"p{number}x", 1)]
    with caplog.at_level(logging.WARNING):
        payload = told([*built_in(), *crowd, replace(roll, name="x" * 40, plugin="long")])
    assert len(payload) == MAX_COMMANDS
    assert "x" * 40 in caplog.text


def test_a_group_stays_below_the_largest_declaration() -> None:
    wordy = of_plugin("wordy", 80, summary="s" * 300, options=tuple(
        replace(roll.options[0], name=f"o{number}", help="h" * 200) for number in range(20)
    ))  # fmt: skip
    assert len(told([*built_in(), *wordy])) <= MAX_COMMANDS
