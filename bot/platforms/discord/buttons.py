"""Buttons under a reply. Their ids name the command and the turn, so they work after a restart as before it."""

from dataclasses import dataclass

import discord

from bot.events import Reply

PREFIX = "roost"
FACES = {"alternate": "🔄", "continue": "➡️", "undo": "↩️", "stop": "⏹️", "more": "➕", "again": "🔄"}


@dataclass(frozen=True, slots=True)
class Press:
    """What a pressed button asks for."""

    command: str
    argument: str
    node: int | None


def custom_id(command: str, node: int | None, argument: str = "") -> str:
    """``roost:swipe:left:12``."""
    return f"{PREFIX}:{command}:{argument}:{'' if node is None else node}"


def read(text: str) -> Press | None:
    """The press that a custom id stands for; None for anything that is not ours."""
    parts = text.split(":")
    if len(parts) != 4 or parts[0] != PREFIX or not parts[1]:
        return None
    if parts[3] and not (parts[3].isascii() and parts[3].isdigit()):
        return None
    return Press(parts[1], parts[2], int(parts[3]) if parts[3] else None)


def view(reply: Reply, *, streaming: bool = False) -> discord.ui.View | None:
    """The buttons of a reply; None where it has none."""
    shown = discord.ui.View(timeout=None)
    shown.stop()  # discord.py keeps no listener for it: the id says everything, and memory stays flat
    if streaming:
        shown.add_item(_button("stop", None))
        return shown
    if reply.kind != "turn" or not reply.actions:
        return None
    if reply.position is not None and reply.position[1] > 1:
        place, count = reply.position
        shown.add_item(_arrow("◀", "left", reply.node, place > 1))
        number = discord.ui.Button[discord.ui.View](
            label=f"{place}/{count}", disabled=True, custom_id=f"{PREFIX}-place"
        )
        shown.add_item(number)
        shown.add_item(_arrow("▶", "right", reply.node, place < count))
    for action in reply.actions:
        shown.add_item(_button(action, reply.node))
    return shown


def _button(command: str, node: int | None) -> discord.ui.Button[discord.ui.View]:
    face = FACES.get(command)
    return discord.ui.Button(
        emoji=face,
        label=None if face else command,
        custom_id=custom_id(command, node),
        style=discord.ButtonStyle.secondary,
    )


def _arrow(label: str, way: str, node: int | None, usable: bool) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, custom_id=custom_id("swipe", node, way), disabled=not usable)
