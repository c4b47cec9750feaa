"""A message on its way to its answer: what the inbox knows of it, and its place in the channel's line."""

import base64
import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.events import File, Reply, Speaker
from bot.platforms.discord.order import Ticket
from bot.platforms.discord.ports import Inbox

log = logging.getLogger(__name__)

PLATFORM = "discord"


class Letter:
    """One message, or several of one person that are taken together; the last one's entry stands for all."""

    def __init__(
        self, inbox: Inbox, channel: str, message_ids: Sequence[str], ticket: Ticket, shown: Sequence[str] = ()
    ) -> None:
        self._inbox = inbox
        self._channel = channel
        self._ids = tuple(message_ids)
        self.ticket = ticket
        self.shown = tuple(shown)  # messages that an earlier process has posted for it
        self.undelivered = False

    @property
    def nonce(self) -> str:
        """What makes a post the same post when it is made again."""
        return self._ids[-1]

    async def show(self, shown: Sequence[str]) -> None:
        """These messages show the answer."""
        self.shown = tuple(shown)
        await self._note(shown=list(shown))

    async def keep(self, reply: Reply) -> None:
        """The answer is finished: it will be delivered, by this process or the next."""
        await self._note(reply=packed(reply))

    async def _note(self, **columns: Any) -> None:
        """An inbox that fails must not keep an answer from being shown."""
        try:
            await self._inbox.update(PLATFORM, self._channel, self._ids[-1], **columns)
        except Exception:
            log.exception("the inbox could not be written")

    async def done(self) -> None:
        """All of it is answered."""
        await self._inbox.done(PLATFORM, self._channel, self._ids)


def packed(reply: Reply) -> dict[str, Any]:
    """A reply as JSON."""
    files = [asdict(file) | {"data": base64.b64encode(file.data).decode()} for file in reply.files]
    return asdict(reply) | {"files": files}


def unpacked(data: dict[str, Any]) -> Reply:
    """The reply of ``packed``."""
    files = tuple(File(**(each | {"data": base64.b64decode(each["data"])})) for each in data["files"])
    speaker = Speaker(**data["speaker"]) if data["speaker"] else None
    position = tuple(data["position"]) if data["position"] else None
    given = {**data, "files": files, "speaker": speaker, "position": position, "actions": tuple(data["actions"])}
    return Reply(**given)
