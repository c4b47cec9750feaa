"""Chooses which commands to register; those of plugins are grouped above Discord's limit of 100."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.commands.command import Command
from bot.i18n import N_
from bot.platforms.discord.slash import Answer, Complete, build

log = logging.getLogger(__name__)

MOST = 100  # slash commands of one application
MOST_IN_GROUP = 25
LARGEST_GROUP = 7000  # characters; Discord takes 8000 of a command with all that is in it
LONGEST_NAME, LONGEST = 32, 100
GROUP = N_("The commands of a plugin.")
UNDECLARED = ("chat",)  # talking needs no command


def declare(
    tree: app_commands.CommandTree[Any], commands: Iterable[Command], answer: Answer, complete: Complete
) -> None:
    """Fill ``tree``. What does not fit is left out with a line in the log: as `+name` it works all the same."""
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
    commands: Sequence[Command], most: int = MOST
) -> tuple[list[Command], dict[str, list[Command]], list[Command]]:
    """Commands by themselves, in groups, and left out.

    The plugin with the most commands goes into a group first. Administrators' commands stay by themselves, since
    Discord hides only whole groups.
    """
    fitting = [each for each in commands if len(each.name) <= LONGEST_NAME and len(each.options) <= MOST_IN_GROUP]
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
    """``dice``, ``dice-2``, ...: as many groups as the limits ask for."""
    stem = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in plugin.lower())[: LONGEST_NAME - 4]
    made: dict[str, list[Command]] = {}
    number, size = 0, LARGEST_GROUP + 1
    name = stem
    for command in members:
        if size + _size(command) > LARGEST_GROUP or len(made[name]) >= MOST_IN_GROUP:
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
