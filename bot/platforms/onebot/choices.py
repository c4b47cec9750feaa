"""Numbered choices in place of buttons: a reply to a message that says `2` presses the second."""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.events import SWIPE, Reply
from bot.i18n import N_, translate
from bot.platforms.line.recovery import Values
from bot.platforms.onebot.places import PLATFORM

REMEMBERED = 4096  # messages
NUMBER = re.compile(r"[1-9]")
LINE = N_("Reply with a number: {choices}")


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: the command, and where a swipe goes."""

    command: str
    step: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands under a message."""

    node: int | None
    choices: tuple[Choice, ...]


def choices_of(reply: Reply) -> tuple[Choice, ...]:
    """The buttons of a finished answer, in their order."""
    if reply.kind != "turn" or reply.node is None:
        return ()
    found = [Choice(action) for action in reply.actions]
    if reply.position is not None and reply.position[1] > 1:
        place, count = reply.position
        found += [Choice(SWIPE, "left")] * (place > 1) + [Choice(SWIPE, "right")] * (place < count)
    return tuple(found[:9])


class Choices:
    """What can be chosen under the bot's messages.

    The last messages are remembered; for older ones, and after a restart, the channel's usual choices hold.
    """

    def __init__(self, values: Values, face: Callable[[str], str]) -> None:
        self._values = values
        self._face = face  # a command's button
        self._messages: OrderedDict[str, Shown] = OrderedDict()
        self._usual: OrderedDict[str, list[str]] = OrderedDict()  # channel -> commands, as they are stored

    def line(self, reply: Reply, language: str | None = None) -> str:
        """What stands under an answer; empty where there is nothing to choose."""
        found = choices_of(reply)
        shown = "  ".join(f"{number} {self._label(choice)}" for number, choice in enumerate(found, 1))
        return translate(LINE, language, choices=shown) if found else ""

    def _label(self, choice: Choice) -> str:
        return {"left": "◀", "right": "▶"}.get(choice.step) or self._face(choice.command)

    async def remember(self, channel: str, message: str, reply: Reply) -> None:
        """``message`` shows the answer."""
        found = choices_of(reply)
        if not found:
            return
        self._messages[message] = Shown(reply.node, found)
        while len(self._messages) > REMEMBERED:
            self._messages.popitem(last=False)
        if (usual := [choice.command for choice in found if not choice.step]) != await self._usual_in(channel):
            self._usual[channel] = usual
            await self._values.set(PLATFORM, f"choices:{channel}", usual)

    def node(self, message: str) -> int | None:
        """The turn that a message shows, which may not be recorded yet."""
        shown = self._messages.get(message)
        return shown.node if shown else None

    async def chosen(self, channel: str, message: str, text: str) -> Choice | None:
        """What ``text`` chooses under ``message``; None where it is no choice."""
        if not NUMBER.fullmatch(text.strip()):
            return None
        shown = self._messages.get(message)
        found: Sequence[Choice] = shown.choices if shown else [Choice(each) for each in await self._usual_in(channel)]
        place = int(text) - 1
        return found[place] if place < len(found) else None

    async def _usual_in(self, channel: str) -> list[str]:
        if channel not in self._usual:
            stored = await self._values.get(PLATFORM, f"choices:{channel}")
            self._usual[channel] = [str(each) for each in stored] if isinstance(stored, list) else []
        self._usual.move_to_end(channel)
        while len(self._usual) > REMEMBERED:
            self._usual.popitem(last=False)
        return self._usual[channel]
