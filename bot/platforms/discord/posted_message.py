"""A message of the bot, identified by ids only, so that any client can edit it."""

from typing import Any

import discord

from bot.platforms.discord.link import Link
from bot.platforms.discord.webhooks import WebhookMessage

ANOTHERS = 50005  # Discord's error code for editing another author's message


class PostedMessage:
    """One message. A character's can only be edited by the webhook that posted it."""

    def __init__(self, link: Link, channel: int, guild: int | None, number: int) -> None:
        self._link, self._channel, self._guild = link, channel, guild
        self._number = number
        self._hooked = False  # posted by a webhook

    async def edit(self, **fields: Any) -> None:
        """Edit the message. Raises NotFound if it has been deleted."""
        if self._hooked and (spoken := await self._spoken()) is not None:
            return await spoken.edit(**fields)
        try:
            await self._message().edit(**fields)
        except discord.Forbidden as error:
            if error.code != ANOTHERS or self._hooked or (spoken := await self._spoken()) is None:
                raise
            await spoken.edit(**fields)
            self._hooked = True

    async def delete(self) -> None:
        """Delete the message. Raises NotFound if it has been deleted."""
        try:
            await self._message().delete()
        except discord.Forbidden:
            if (spoken := await self._spoken()) is None:
                raise
            await spoken.delete()

    def _message(self) -> discord.PartialMessage:
        return self._link.place(self._channel, self._guild).get_partial_message(self._number)

    async def _spoken(self) -> WebhookMessage | None:
        channel = self._link.client.get_channel(self._channel)
        hook = await self._link.webhooks.of(channel)
        thread = channel if isinstance(channel, discord.Thread) else None
        return None if hook is None else WebhookMessage(hook, self._number, thread)
