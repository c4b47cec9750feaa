"""Links with which a visitor lets others read a conversation. One for each; it ends when its owner says so."""

import asyncio
import secrets
from dataclasses import dataclass

from bot.platforms.web.conversation_list import ConversationList, KeyValues

SCOPE = "web.shared"


@dataclass(frozen=True, slots=True)
class Shared:
    """A conversation that others may read."""

    channel: str
    title: str


class SharedLinks:
    """The list of conversations says which link holds; this says where a link leads."""

    def __init__(self, values: KeyValues, chats: ConversationList) -> None:
        self._values = values
        self._chats = chats
        self._changing = asyncio.Lock()  # two at once would leave rows that no conversation knows of

    async def share(self, visitor: str, conversation: str, channel: str) -> str | None:
        """The code of a conversation's link, which is made if need be; None where the conversation is not listed."""
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
        """The link leads nowhere any more."""
        async with self._changing:
            entry = await self._chats.find(visitor, conversation)
            if entry is not None and entry.share:
                await self._values.delete(SCOPE, entry.share)
                await self._chats.set_share(visitor, conversation, "")

    async def find(self, code: str) -> Shared | None:
        """Where a link leads; None where it has ended, or the conversation is gone."""
        where = await self._values.get(SCOPE, code)
        if not isinstance(where, dict):
            return None
        entry = await self._chats.find(str(where["visitor"]), str(where["conversation"]))
        if entry is None or entry.share != code:
            return None
        return Shared(str(where["channel"]), entry.title)
