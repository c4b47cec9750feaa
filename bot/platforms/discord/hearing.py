"""From Discord's messages, edits and deletions to the line."""

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
from bot.platforms.discord.ports import Store
from bot.platforms.line.heard import Heard
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import Remembered
from bot.platforms.line.withdrawal import Withdrawal
from bot.policy.scopes import TALK

log = logging.getLogger(__name__)

STILL_NEW = 15 * 60.0  # seconds in which a message that was not for the bot can be edited so that it is
LONGEST_NOTICE = 2000


class Hearing:
    """Hears for one bot account, through whichever client is connected."""

    def __init__(self, config: DiscordSection, link: Link, line: Line, intake: Intake, store: Store) -> None:
        self._config = config
        self._link = link
        self._line = line
        self._intake = intake
        self._store = store
        self._withdrawal = Withdrawal(line, store.messages)

    # --- messages -----------------------------------------------------------------------------------------------

    async def message(self, message: discord.Message) -> None:
        """A new message: answered if it is meant for the bot, once."""
        me = self._link.me
        if me is None or not self._intake.concerns(message, me):
            return
        await self._line.hear(str(message.channel.id), str(message.id), self.remembered(message).read)

    def remembered(self, message: discord.Message, *, taken: bool = False) -> Remembered:
        """A message for the line; one that was ``taken`` in before is for the bot."""

        async def read() -> Heard | None:
            me = self._me()
            if not taken and not self._intake.addressed(message, me, talk=await self._talks_in(message.channel)):
                return None
            return self._heard(message, me)

        return Remembered(str(message.id), read)

    def _heard(self, message: discord.Message, me: discord.ClientUser) -> Heard:
        async def tell(text: str) -> None:
            place = self._link.place(message.channel.id, message.guild.id if message.guild else None)
            with contextlib.suppress(*TROUBLE):  # a line beside the answer: no reason not to answer
                await place.send(text[:LONGEST_NOTICE], allowed_mentions=NOBODY, nonce=f"{message.id}.n")

        return self._intake.heard(message, me, tell)

    def _me(self) -> discord.ClientUser:
        if self._link.me is None:
            raise ConnectionError("the bot's account is not known yet")
        return self._link.me

    async def _talks_in(self, channel: Any) -> bool:
        """Whether every message is answered there; a thread is as its channel."""
        places = [channel.id, getattr(channel, "parent_id", None)]
        keys = [f"{PLATFORM}:{place}" for place in places if place]
        return any([await self._store.values.get(TALK, key, False) for key in keys])

    # --- edits --------------------------------------------------------------------------------------------------

    async def edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message was edited. A preview of a link is an update too, but no edit."""
        message, before = payload.message, payload.cached_message
        if message.edited_at is None or (before is not None and before.content == message.content):
            return
        await self.changed(message)

    async def changed(self, message: discord.Message) -> None:
        """What was answered is answered again; what waits is read as it is now; what calls the bot now is answered."""
        me = self._link.me
        if me is None or message.edited_at is None or not self._intake.concerns(message, me):
            return
        channel, number = str(message.channel.id), str(message.id)
        said = self._heard(message, me)
        if self._line.is_active(channel, number) or await self._is_answered(channel, number):
            await self._line.change(said, self._intake.edited(said, message.edited_at.timestamp()))
        elif time.time() - said.at < max(STILL_NEW, self._config.catch_up_minutes * 60):
            await self._line.hear(channel, number, self.remembered(message).read)

    async def edited_again(self, message: discord.Message, number: str) -> Heard | None:
        """The edit that an earlier process has taken in as ``number``, with the words of now."""
        edited_at = message.edited_at or message.created_at
        return self._intake.edited(self._heard(message, self._me()), edited_at.timestamp(), number)

    async def _is_answered(self, channel: str, number: str) -> bool:
        found = await self._store.messages.get(PLATFORM, channel, number)
        return found is not None and found.said

    # --- deletions ----------------------------------------------------------------------------------------------

    async def delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A message was deleted, by its author or by a moderator: the words go. The bot's own ones change nothing."""
        cached, channel = payload.cached_message, self._link.client.get_channel(payload.channel_id)
        author = author_of(cached.author) if cached is not None else Author("", "")
        guild = str(payload.guild_id) if payload.guild_id else None
        origin = Origin(
            platform=PLATFORM, channel=str(payload.channel_id), author=author, guild=guild,
            is_group=guild is not None, speaker_names=self._config.speaker_names, thread=thread_of(channel),
        )  # fmt: skip
        await self.gone(origin, str(payload.message_id))

    async def gone(self, origin: Origin, number: str) -> None:
        """A message is not there any more."""
        await self._withdrawal.gone(origin, number)
