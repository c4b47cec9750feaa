"""Handles messages deleted by their author or by a moderator."""

import re
import time
from collections.abc import Sequence
from typing import Protocol

from bot.events import Deleted, Edited, Origin
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.line import Line

NUMBER = re.compile(r"-?\d+")  # ids of messages; ids of edits and presses contain a letter


class TurnMessage(Protocol):
    """A message recorded for a turn."""

    @property
    def channel(self) -> str:
        """The platform's channel id."""

    @property
    def id(self) -> str:
        """The message's id in the channel."""

    @property
    def node(self) -> int:
        """The turn's node."""

    @property
    def said(self) -> bool:
        """Whether a user wrote it; else it shows the answer."""


class TurnMessages(Protocol):
    """The store's table of messages recorded for turns."""

    async def get(self, platform: str, channel: str, message_id: str) -> TurnMessage | None:
        """Return the message if it is recorded for a turn."""

    async def of_node(self, node: int) -> Sequence[TurnMessage]:
        """Return all messages of a turn; those that show the answer are in order."""


class MessageDeletion:
    """Handles deleted messages on one line."""

    def __init__(self, line: Line, messages: TurnMessages) -> None:
        self._line = line
        self._messages = messages

    async def handle(self, origin: Origin, number: str) -> None:
        """Handle a deleted message. If the bot did not receive it, or wrote it, nothing changes.

        Later messages in the channel wait, so that none of them continues from the deleted one.
        """
        with self._line.hold_channel(origin.channel):
            await self._delete(origin, number)

    async def _delete(self, origin: Origin, number: str) -> None:
        if not self._line.is_active(origin.channel, number):
            self._line.mark_deleted(origin.channel, number)
            found = await self._messages.get(self._line.platform, origin.channel, number)
            if found is None or not found.said:
                return
            if await self._is_one_of_several(found.node, number) and origin.author.id:
                await self._answer_the_others(origin, number)
                return
        await self._line.delete(Deleted(origin=origin, id=number))

    async def _is_one_of_several(self, node: int, number: str) -> bool:
        said = [each for each in await self._messages.of_node(node) if each.said]
        return len([each for each in said if NUMBER.fullmatch(each.id)]) > 1 and any(each.id == number for each in said)

    async def _answer_the_others(self, origin: Origin, number: str) -> None:
        """Answer the remaining messages again, if several were answered together."""
        edit = f"d{number}"
        event = Edited(origin=origin, id=number, text="", edit=edit)
        incoming = IncomingEvent(id=edit, event=event, at=time.time(), alone=True)

        async def read() -> IncomingEvent:
            return incoming

        await self._line.receive(origin.channel, edit, read)
