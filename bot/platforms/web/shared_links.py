"""Read-only links to conversations. A conversation has at most one, valid until its owner ends it."""

import asyncio
import secrets
from dataclasses import dataclass

from bot.platforms.web.conversation_list import ConversationList, KeyValues

SCOPE = "web.shared"


@dataclass(frozen=True, slots=True)
class Shared:
    """A shared conversation."""

    channel: str
    title: str


class SharedLinks:
    """Maps codes to conversations. The conversation list records which code is valid."""

    def __init__(self, values: KeyValues, chats: ConversationList) -> None:
        self._values = values
        self._chats = chats
        self._changing = asyncio.Lock()  # two concurrent calls would leave rows that no conversation refers to

    async def share(self, visitor: str, conversation: str, channel: str) -> str | None:
        """Return the code of the conversation's link, creating it if necessary; None if it is not listed."""
        async with self._changing:
            entry = await self._chats.find(visitor, conversation)
            if entry is None or entry.share:
                return entry.share if entry else None
            code = secrets.token_hex(16)
            where = {"visitor": visitor, "conversation": conversation, "channel": channel}
            await self._values.set(SCOPE, code, where)
            await self._chats.set_share(visitor, conversation, code)
            return code

    async def end(self, visitor: str, conversation: str) -> None:
        """End the conversation's link, if it has one."""
        async with self._changing:
            entry = await self._chats.find(visitor, conversation)
            if entry is not None and entry.share:
                await self._values.delete(SCOPE, entry.share)
                await self._chats.set_share(visitor, conversation, "")

    async def find(self, code: str) -> Shared | None:
        """Return the shared conversation, or None if the link has ended or the conversation is deleted."""
        where = await self._values.get(SCOPE, code)
        if not isinstance(where, dict):
            return None
        entry = await self._chats.find(str(where["visitor"]), str(where["conversation"]))
        if entry is None or entry.share != code:
            return None
        return Shared(str(where["channel"]), entry.title)
