"""Numbered choices in place of buttons: a reply to a message that says `2` presses the second."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.events import Reply
from bot.i18n import N_, translate
from bot.platforms.line.numbered_choices import Choice, choices_of, listed, read, stored
from bot.platforms.line.recovery import Values

REMEMBERED = 4096  # messages
NUMBER = re.compile(r"[1-9][0-9]?")
LINE = N_("Reply with a number: {choices}")


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands under a message."""

    node: int | None
    choices: Mapping[int, Choice]  # by the number that is typed


class Choices:
    """What can be chosen under the bot's messages.

    The last messages are remembered; for older ones, and after a restart, the channel's usual choices hold.
    """

    def __init__(self, platform: str, values: Values, face: Callable[[str], str]) -> None:
        self._platform = platform
        self._values = values
        self.face = face  # a command's button
        self._messages: OrderedDict[str, Shown] = OrderedDict()
        self._usual: OrderedDict[str, list[str]] = OrderedDict()  # channel -> commands, as they are stored

    def line(self, reply: Reply, language: str | None = None) -> str:
        """What stands under an answer; empty where there is nothing to choose."""
        found = choices_of(reply)
        return translate(LINE, language, choices=listed(found, self.face)) if found else ""

    async def remember(self, channel: str, message: str, reply: Reply) -> None:
        """``message`` shows the answer."""
        found = choices_of(reply)
        if not found:
            return
        self._messages[message] = Shown(reply.node, found)
        while len(self._messages) > REMEMBERED:
            self._messages.popitem(last=False)
        usual = stored(found, on_panel=reply.panel is not None)
        if usual != await self._usual_in(channel):
            self._usual[channel] = usual
            await self._values.set(self._platform, f"choices:{channel}", usual)

    def node(self, message: str) -> int | None:
        """The turn that a message shows, which may not be recorded yet."""
        shown = self._messages.get(message)
        return shown.node if shown else None

    async def chosen(self, channel: str, message: str, text: str) -> Choice | None:
        """What ``text`` chooses under ``message``; None where it is no choice."""
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
