"""Reads from Discord's history what was written while the bot was away, for one shard."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import discord

from bot.events import Author, Origin, Said
from bot.platforms.discord import buttons, interactions
from bot.platforms.discord.account import Account
from bot.platforms.discord.intake import PLATFORM
from bot.platforms.discord.link import TROUBLE, passing
from bot.platforms.line.inbox_item import Entry
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.message_deletion import TurnMessage
from bot.platforms.line.recovery import PastMessage
from bot.platforms.line.sending import FrameSkipped, MessageGone, NotPermitted

log = logging.getLogger(__name__)

MAX_MISSED = 200  # messages read per channel
MAX_SHOWN = 50  # messages after a question in which its answer is searched
MAX_PRIVATE = 500  # private channels checked, those with the most recent conversations
MAX_CHANGES = 200  # channels whose last message is checked for changes
LOOKED_BACK = timedelta(days=1)  # maximum age of that message
UNKNOWN_MESSAGE = 10008
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)  # seconds between tries: nobody reads again until a reconnect

T = TypeVar("T")


class ShardHistory:
    """The history of one shard's channels."""

    def __init__(self, account: Account, client: discord.AutoShardedClient, shard: int) -> None:
        self._account = account
        self._client = client
        self._shard = shard

    def serves(self, entry: Entry) -> bool:
        """Return whether the entry belongs to this shard. Private channels belong to shard 0."""
        return self._serves(entry.guild)

    def _serves(self, guild: str | None) -> bool:
        return ((int(guild) >> 22) % (self._client.shard_count or 1) if guild else 0) == self._shard

    async def active_channels(self, since: datetime) -> Collection[str]:
        """Return channels with messages after ``since``. Discord does not list private ones, so all are included."""
        after = discord.utils.time_snowflake(since)
        guilds = [guild for guild in self._client.guilds if guild.shard_id == self._shard]
        found = [str(each.id) for guild in guilds for each in _with_words(guild) if (each.last_message_id or 0) > after]
        if self._shard == 0:
            found += await self._account.store.channels.private(PLATFORM, MAX_PRIVATE)
        return found

    # --- one channel --------------------------------------------------------------------------------------------

    async def read(self, channel: str, entries: Sequence[Entry], since: datetime | None) -> Sequence[PastMessage]:
        """Return entries and messages, oldest first. Interactions are restored from their entries, not the history."""
        guild = next((entry.guild for entry in entries if entry.guild), None)
        try:
            return await _patiently(lambda: self._read(self._place(channel, guild), entries, since))
        except discord.NotFound as error:
            raise MessageGone(error.text) from error
        except discord.Forbidden as error:
            raise NotPermitted(error.text) from error
        except (*TROUBLE, ConnectionError) as error:
            raise FrameSkipped(str(error)) from error

    async def _read(self, place: Any, entries: Sequence[Entry], since: datetime | None) -> Sequence[PastMessage]:
        receiver = self._account.receiver
        taken = {entry.message_id for entry in entries}
        found: dict[str, tuple[int, PastMessage]] = {}
        if since is not None:
            async for message in place.history(after=since, limit=MAX_MISSED, oldest_first=True):
                ready = await self._with_roles(message)
                found[str(message.id)] = message.id, receiver.remembered(ready, taken=str(message.id) in taken)
        for entry in entries:
            if entry.message_id not in found and (known := await self._entry(place, entry)) is not None:
                found[entry.message_id] = known
        return [remembered for _, remembered in sorted(found.values(), key=lambda each: each[0])]

    async def _entry(self, place: Any, entry: Entry) -> tuple[int, PastMessage] | None:
        """Return an inbox entry with its sort key; None if its message has been deleted."""
        stored = entry.event or {}
        if "pressed" in stored:
            number = entry.message_id.lstrip("i")
            at = discord.utils.snowflake_time(int(number)).timestamp()

            async def interaction() -> IncomingEvent:
                return interactions.unpacked(entry.message_id, stored, at)

            return int(number), PastMessage(entry.message_id, interaction)
        number = str(stored.get("message") or entry.message_id)
        message = await self._fetch(place, int(number)) if number.isdigit() else None
        if message is None:
            return None
        receiver = self._account.receiver
        if "message" not in stored:
            return message.id, receiver.remembered(message, taken=True)

        async def edit() -> IncomingEvent | None:
            return await receiver.edited_again(message, entry.message_id)

        return message.id, PastMessage(entry.message_id, edit)

    def _place(self, channel: str, guild: str | None) -> Any:
        found = self._client.get_channel(int(channel))
        known = found if isinstance(found, discord.abc.Messageable) else None
        return known or self._client.get_partial_messageable(int(channel), guild_id=int(guild) if guild else None)

    async def _fetch(self, place: Any, number: int) -> discord.Message | None:
        """Fetch a message; None if it has been deleted."""
        try:
            message: discord.Message = await place.fetch_message(number)
            return message
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return None

    async def _with_roles(self, message: discord.Message) -> discord.Message:
        """Fetch the author's roles if role lists are configured: the history does not include them."""
        config = self._account.config
        if message.guild is None or message.author.bot or not (config.allow_roles or config.block_roles):
            return message
        try:
            message.author = await message.guild.fetch_member(message.author.id)
        except discord.HTTPException as error:
            log.info("the roles of a member could not be asked for (%s)", error)
        return message

    # --- partial answers ----------------------------------------------------------------------------------------

    async def shown(self, incoming: IncomingEvent) -> Sequence[str]:
        """Return the messages of a partial answer. The last one has a stop button that names the question."""
        number = "".join(sign for sign in incoming.id.split("-")[0] if sign.isdigit())
        try:
            place, after = self._place(incoming.channel, incoming.origin.guild), discord.Object(int(number))
            return await self._shown(await _patiently(lambda: _after(place, after)), incoming)
        except (*TROUBLE, ConnectionError, ValueError) as error:
            log.info("what was shown of an answer could not be looked for (%s)", error)
            return incoming.replaces

    async def _shown(self, messages: Sequence[discord.Message], incoming: IncomingEvent) -> Sequence[str]:
        """Return the bot's run of messages that ends with the stop button or begins with a reply to the question."""
        me = self._client.user
        answered = incoming.event.id if isinstance(incoming.event, Said) else None
        run: list[str] = []
        replies = whole = False
        for message in messages:
            own = me is not None and (message.author.id == me.id or message.application_id == me.id)
            reference = message.reference
            if not own or whole or reference is not None:
                if replies:
                    break
                run, whole = [], False
            if not own:
                continue
            run.append(str(message.id))
            whole = bool(message.components)  # only the last message of an answer has buttons
            replies = replies or (reference is not None and str(reference.message_id) == answered)
            if buttons.stops(message) == incoming.id:
                return run
        return run if replies else incoming.replaces

    # --- changes ------------------------------------------------------------------------------------------------

    async def changes(self, since: datetime) -> None:
        """Handle edits and deletions of the last message of each channel."""
        messages = self._account.store.messages
        for said, guild in await messages.last_said(PLATFORM, since - LOOKED_BACK, MAX_CHANGES):
            if said.id.isdigit() and self._serves(guild):
                try:
                    await _patiently(partial(self._change, said, guild, since))
                except (*TROUBLE, ConnectionError) as error:
                    log.info("whether a message was changed meanwhile cannot be seen (%s)", error)

    async def _change(self, said: TurnMessage, guild: str | None, since: datetime) -> None:
        message = await self._fetch(self._place(said.channel, guild), int(said.id))
        if message is None:
            origin = Origin(
                platform=PLATFORM, channel=said.channel, author=Author("", ""), guild=guild, is_group=guild is not None
            )
            await self._account.receiver.deleted(origin, said.id)
        elif message.edited_at is not None and message.edited_at > since:
            await self._account.receiver.changed(await self._with_roles(message))


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Retry what Discord refuses for the moment (429, 5xx). Raises the error of the last try."""
    for pause in PAUSES:
        try:
            return await work()
        except discord.HTTPException as error:
            if not passing(error):
                raise
        await asyncio.sleep(pause)
    return await work()


async def _after(place: Any, after: discord.Object) -> list[discord.Message]:
    return [each async for each in place.history(after=after, limit=MAX_SHOWN)]


def _with_words(
    guild: discord.Guild,
) -> list[discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread]:
    return [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
