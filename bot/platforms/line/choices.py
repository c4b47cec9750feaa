"""Numbered choices in place of buttons: replying `2` to a message presses the second one."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.events import Reply
from bot.i18n import N_, translate
from bot.platforms.line.numbered_choices import Choice, choices_of, listed, read, stored
from bot.platforms.line.recovery import KeyValues

REMEMBERED = 4096  # messages
NUMBER = re.compile(r"[1-9][0-9]?")
LINE = N_("Reply with a number: {choices}")


@dataclass(frozen=True, slots=True)
class OfferedChoices:
    """The choices offered under a message."""

    node: int | None
    choices: Mapping[int, Choice]  # by the number to type


class Choices:
    """The choices offered under the bot's messages.

    The most recent messages are remembered. For older ones, and after a restart, the channel's usual choices apply.
    """

    def __init__(self, platform: str, values: KeyValues, face: Callable[[str], str]) -> None:
        self._platform = platform
        self._values = values
        self.face = face  # command name -> button label
        self._messages: OrderedDict[str, OfferedChoices] = OrderedDict()
        self._usual: OrderedDict[str, list[str]] = OrderedDict()  # channel -> commands, in their stored form

    def line(self, reply: Reply, language: str | None = None) -> str:
        """Return the line to append to an answer; empty if there is nothing to choose."""
        found = choices_of(reply)
        return translate(LINE, language, choices=listed(found, self.face)) if found else ""

    async def remember(self, channel: str, message: str, reply: Reply) -> None:
        """Remember the choices that ``message`` offers."""
        found = choices_of(reply)
        if not found:
            return
        self._messages[message] = OfferedChoices(reply.node, found)
        while len(self._messages) > REMEMBERED:
            self._messages.popitem(last=False)
        usual = stored(found, on_panel=reply.panel is not None)
        if usual != await self._usual_in(channel):
            self._usual[channel] = usual
            await self._values.set(self._platform, f"choices:{channel}", usual)

    def node(self, message: str) -> int | None:
        """Return the turn that a message shows, which may not be recorded in the store yet."""
        shown = self._messages.get(message)
        return shown.node if shown else None

    async def chosen(self, channel: str, message: str, text: str) -> Choice | None:
        """Return what ``text``, a reply to ``message``, chooses; None if it is not a choice."""
        if not NUMBER.fullmatch(text.strip()):
            return None
        shown = self._messages.get(message)
        return (shown.choices if shown else read(await self._usual_in(channel))).get(int(text))

    async def _usual_in(self, channel: str) -> list[str]:
        if channel not in self._usual:
            known = await self._values.get(self._platform, f"choices:{channel}")
            self._usual[channel] = [str(each) for each in known] if isinstance(known, list) else []
        self._usual.move_to_end(channel)
        while len(self._usual) > REMEMBERED:
            self._usual.popitem(last=False)
        return self._usual[channel]
