"""Buttons and panels under a reply. Their ids name the command and the turn, so they survive a restart."""

from collections.abc import Mapping

import discord

from bot.events import Control, Panel, Reply
from bot.platforms.line.button_ids import PANEL, PREFIX, custom_id, read

MAX_OFFERS = 25
A_ROW = 5
MAX_LABEL_LENGTH = 80
MAX_VALUE_LENGTH = 100
STOP = "stop"  # shown while an answer is being written; its argument is the id of the message answered


def stops(message: discord.Message) -> str | None:
    """Return the id of the message that ``message`` is an unfinished answer to, or None."""
    for row in message.components:
        for button in getattr(row, "children", ()):
            press = read(getattr(button, "custom_id", None) or "")
            if press is not None and press.command == STOP:
                return press.argument
    return None


def growing(item: str, faces: Mapping[str, str]) -> discord.ui.View:
    """Return the stop button for an answer in progress. ``item`` is the id of the message answered."""
    shown = _empty()
    shown.add_item(_button(STOP, None, faces, item))
    return shown


def view(reply: Reply, faces: Mapping[str, str]) -> discord.ui.View | None:
    """Return the buttons of a finished reply, or None. ``faces`` maps command names to emoji."""
    if reply.kind != "turn" or not reply.actions:
        return None
    shown = _empty()
    if reply.position is not None and reply.position[1] > 1:
        place, count = reply.position
        shown.add_item(_arrow("◀", "left", reply.node, place > 1))
        number = discord.ui.Button[discord.ui.View](
            label=f"{place}/{count}", disabled=True, custom_id=f"{PREFIX}-place"
        )
        shown.add_item(number)
        shown.add_item(_arrow("▶", "right", reply.node, place < count))
    for action in reply.actions:
        shown.add_item(_button(action, reply.node, faces))
    return shown


def panel_view(panel: Panel, node: int | None, faces: Mapping[str, str]) -> discord.ui.View:
    """Return the buttons of a panel, in rows: numbers, other actions, paging; and its menu."""
    shown = _empty()
    numbers = [each for each in panel.controls if each.label.isdecimal()]
    arrows = [each for each in panel.controls if each.argument and each not in numbers]
    for row, controls in enumerate((numbers, [each for each in panel.controls if not each.argument], arrows)):
        for control in controls[:A_ROW]:
            shown.add_item(_control(control, node, faces, row))
    if panel.offers:
        menu = discord.ui.Select[discord.ui.View](
            custom_id=custom_id(panel.offers[0].command, node, prefix=PANEL), row=3,
            placeholder=panel.prompt[:150] or None,
        )  # fmt: skip
        for offer in panel.offers[:MAX_OFFERS]:
            menu.add_option(
                label=(offer.label or offer.argument)[:MAX_VALUE_LENGTH], value=offer.argument[:MAX_VALUE_LENGTH]
            )
        shown.add_item(menu)
    return shown


def _control(
    control: Control, node: int | None, faces: Mapping[str, str], row: int
) -> discord.ui.Button[discord.ui.View]:
    face = None if control.label else faces.get(control.command)
    return discord.ui.Button(
        emoji=face, label=None if face else (control.label or control.command)[:MAX_LABEL_LENGTH], row=row,
        custom_id=custom_id(control.command, node, control.argument, PANEL), style=discord.ButtonStyle.secondary,
    )  # fmt: skip


def _empty() -> discord.ui.View:
    """Return a view without a listener, so that memory stays flat: the ids carry all that is needed."""
    shown = discord.ui.View(timeout=None)
    shown.stop()
    return shown


def _button(
    command: str, node: int | None, faces: Mapping[str, str], argument: str = ""
) -> discord.ui.Button[discord.ui.View]:
    face = faces.get(command)
    return discord.ui.Button(
        emoji=face,
        label=None if face else command,
        custom_id=custom_id(command, node, argument),
        style=discord.ButtonStyle.secondary,
    )


def _arrow(label: str, way: str, node: int | None, usable: bool) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, custom_id=custom_id("swipe", node, way), disabled=not usable)
