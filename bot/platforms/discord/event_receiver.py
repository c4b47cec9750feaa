"""Passes Discord's messages, edits and deletions to the line."""

import contextlib
import logging
import time
from typing import Any

import discord

from bot.config.schema import DiscordSection
from bot.events import Author, Origin
from bot.platforms.discord.delivery import NOBODY
from bot.platforms.discord.intake import PLATFORM, Intake, author_of, thread_of
from bot.platforms.discord.link import TROUBLE, Link
from bot.platforms.discord.ports import DiscordStore
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.line import Line
from bot.platforms.line.message_deletion import MessageDeletion
from bot.platforms.line.recovery import PastMessage
from bot.policy.scopes import TALK

log = logging.getLogger(__name__)

STILL_NEW = 15 * 60.0  # seconds during which an edit can still address an ignored message to the bot
MAX_NOTICE_LENGTH = 2000


class EventReceiver:
    """Receives events for one bot account, through whichever client is connected."""

    def __init__(self, config: DiscordSection, link: Link, line: Line, intake: Intake, store: DiscordStore) -> None:
        self._config = config
        self._link = link
        self._line = line
        self._intake = intake
        self._store = store
        self._deletion = MessageDeletion(line, store.messages)

    # --- messages -----------------------------------------------------------------------------------------------

    async def message(self, message: discord.Message) -> None:
        """Handle a new message, if it is meant for the bot."""
        me = self._link.me
        if me is None or not self._intake.concerns(message, me):
            return
        await self._line.receive(str(message.channel.id), str(message.id), self.remembered(message).read)

    def remembered(self, message: discord.Message, *, taken: bool = False) -> PastMessage:
        """Wrap a message for the line. If it was ``taken`` in before, it is known to be for the bot."""

        async def read() -> IncomingEvent | None:
            me = self._me()
            if not taken and not self._intake.addressed(message, me, talk=await self._talks_in(message.channel)):
                return None
            return self._heard(message, me)

        return PastMessage(str(message.id), read)

    def _heard(self, message: discord.Message, me: discord.ClientUser) -> IncomingEvent:
        async def tell(text: str) -> None:
            place = self._link.place(message.channel.id, message.guild.id if message.guild else None)
            with contextlib.suppress(*TROUBLE):  # only a notice: the message is answered anyway
                await place.send(text[:MAX_NOTICE_LENGTH], allowed_mentions=NOBODY, nonce=f"{message.id}.n")

        return self._intake.heard(message, me, tell)

    def _me(self) -> discord.ClientUser:
        if self._link.me is None:
            raise ConnectionError("the bot's account is not known yet")
        return self._link.me

    async def _talks_in(self, channel: Any) -> bool:
        """Return whether every message is answered there. Threads follow their parent channel."""
        places = [channel.id, getattr(channel, "parent_id", None)]
        keys = [f"{PLATFORM}:{place}" for place in places if place]
        return any([await self._store.values.get(TALK, key, False) for key in keys])

    # --- edits --------------------------------------------------------------------------------------------------

    async def edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Handle an edit. Link previews arrive as updates, too, and are ignored."""
        message, before = payload.message, payload.cached_message
        if message.edited_at is None or (before is not None and before.content == message.content):
            return
        await self.changed(message)

    async def changed(self, message: discord.Message) -> None:
        """Answer edited text again, update it if it still waits, or answer it if it now addresses the bot."""
        me = self._link.me
        if me is None or message.edited_at is None or not self._intake.concerns(message, me):
            return
        channel, number = str(message.channel.id), str(message.id)
        said = self._heard(message, me)
        if self._line.is_active(channel, number) or await self._is_answered(channel, number):
            await self._line.change(said, self._intake.edited(said, message.edited_at.timestamp()))
        elif time.time() - said.at < max(STILL_NEW, self._config.catch_up_minutes * 60):
            await self._line.receive(channel, number, self.remembered(message).read)

    async def edited_again(self, message: discord.Message, number: str) -> IncomingEvent | None:
        """Return the edit that an earlier process recorded as ``number``, with the current text."""
        edited_at = message.edited_at or message.created_at
        return self._intake.edited(self._heard(message, self._me()), edited_at.timestamp(), number)

    async def _is_answered(self, channel: str, number: str) -> bool:
        found = await self._store.messages.get(PLATFORM, channel, number)
        return found is not None and found.said

    # --- deletions ----------------------------------------------------------------------------------------------

    async def delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Handle a deletion by the author or a moderator. Deleting the bot's own messages changes nothing."""
        cached, channel = payload.cached_message, self._link.client.get_channel(payload.channel_id)
        author = author_of(cached.author) if cached is not None else Author("", "")
        guild = str(payload.guild_id) if payload.guild_id else None
        origin = Origin(
            platform=PLATFORM, channel=str(payload.channel_id), author=author, guild=guild,
            is_group=guild is not None, speaker_names=self._config.speaker_names, thread=thread_of(channel),
        )  # fmt: skip
        await self.deleted(origin, str(payload.message_id))

    async def deleted(self, origin: Origin, number: str) -> None:
        """Handle a deleted message."""
        await self._deletion.handle(origin, number)
