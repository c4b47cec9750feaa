"""Chooses which slash commands to register. Above Discord's limit of 100, plugin commands are grouped."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.commands.command import Command
from bot.i18n import N_
from bot.platforms.discord.slash import Answer, Complete, build

log = logging.getLogger(__name__)

MAX_COMMANDS = 100  # slash commands per application
MAX_IN_GROUP = 25
MAX_GROUP_LENGTH = 7000  # characters; Discord allows 8000 per command, including all that it contains
MAX_NAME_LENGTH, LONGEST = 32, 100
GROUP = N_("The commands of a plugin.")
UNDECLARED = ("chat",)  # chatting needs no command


def register_slash_commands(
    tree: app_commands.CommandTree[Any], commands: Iterable[Command], answer: Answer, complete: Complete
) -> None:
    """Add the commands to ``tree``. Those that do not fit are logged and stay available as `+name`."""
    single, groups, left = arranged([each for each in commands if each.name not in UNDECLARED])
    for command in single:
        _add(tree, build(command, answer, complete), command.name)
    for name, members in groups.items():
        group = app_commands.Group(name=name, description=app_commands.locale_str(GROUP))
        for command in members:
            _add(group, build(command, answer, complete), command.name)
        _add(tree, group, name)
    if left:
        names = ", ".join(command.name for command in left)
        log.warning("more commands than Discord takes; these are reached as +name only: %s", names)


def _add(place: Any, made: Any, name: str) -> None:
    try:
        place.add_command(made)
    except (app_commands.AppCommandError, discord.ClientException, TypeError, ValueError) as error:
        log.warning("no slash command for +%s: %s", name, error)


def arranged(
    commands: Sequence[Command], most: int = MAX_COMMANDS
) -> tuple[list[Command], dict[str, list[Command]], list[Command]]:
    """Split commands into single ones, groups, and those left out.

    The plugin with the most commands is grouped first. Admin commands are never grouped, since Discord can hide
    only whole groups.
    """
    fitting = [each for each in commands if len(each.name) <= MAX_NAME_LENGTH and len(each.options) <= MAX_IN_GROUP]
    left = [each for each in commands if each not in fitting]
    groups: dict[str, list[Command]] = {}
    single = list(fitting)
    plugins = {each.plugin for each in single if each.plugin}
    while len(single) + len(groups) > most and plugins:
        plugin = max(sorted(plugins), key=lambda name: len(_groupable(single, name)))
        plugins.remove(plugin)
        members = _groupable(single, plugin)
        if len(members) < 2:
            break
        single = [each for each in single if each not in members]
        groups |= _groups_of(plugin, members, {each.name for each in single} | set(groups))
    room = max(0, most - len(groups))
    return single[:room], groups, left + single[room:]


def _groupable(commands: Sequence[Command], plugin: str) -> list[Command]:
    return [each for each in commands if each.plugin == plugin and each.permission == "everyone"]


def _groups_of(plugin: str, members: list[Command], taken: set[str]) -> dict[str, list[Command]]:
    """Split a plugin's commands into groups ``dice``, ``dice-2``, ... that respect Discord's limits."""
    stem = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in plugin.lower())[: MAX_NAME_LENGTH - 4]
    made: dict[str, list[Command]] = {}
    number, size = 0, MAX_GROUP_LENGTH + 1
    name = stem
    for command in members:
        if size + _size(command) > MAX_GROUP_LENGTH or len(made[name]) >= MAX_IN_GROUP:
            number, size = number + 1, 0
            while (name := stem if number == 1 else f"{stem}-{number}") in taken:
                number += 1
            taken.add(name)
            made[name] = []
        made[name].append(command)
        size += _size(command)
    return made


def _size(command: Command) -> int:
    options = sum(len(o.name) + min(LONGEST, len(o.help)) + 2 * sum(map(len, o.choices)) for o in command.options)
    return len(command.name) + min(LONGEST, len(command.summary)) + options
