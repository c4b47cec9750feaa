"""After the connection is back: what was taken in and not answered, and what was said while nobody listened."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.events import Reply
from bot.i18n import N_, translate
from bot.platforms.discord.answering import Part, Talk
from bot.platforms.discord.inbox_item import PLATFORM, unpacked
from bot.platforms.discord.intake import language_of
from bot.platforms.discord.link import TROUBLE
from bot.platforms.discord.ports import Entry

log = logging.getLogger(__name__)

ALIVE = "alive"  # key of the last time at which the bot heard everything
SLACK = timedelta(seconds=90)  # a dead connection is noticed late; what was answered in that time is known
ANSWERED_KEPT = timedelta(days=7)
MOST_MISSED = 200  # messages of one channel that are looked through
AT_ONCE, PAUSE = 6, 0.2  # channels, and seconds after each: Discord takes 50 requests a second for everything
TOO_LATE = N_("I was away when you wrote this, so I have not answered it. Please say it again.")
CUT_OFF = N_("I was restarted while I did this. Please look whether it was done, and say it again if not.")


class Recovery:
    """Finds what is still to be answered, and gives it to ``talk`` in the order in which it was said."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._values: Any = talk.dispatcher.services.store.values
        self._places = asyncio.Semaphore(AT_ONCE)
        self._lock = asyncio.Lock()
        self._failed = False  # something could not be read: the next connection looks for it again

    @property
    def _patience(self) -> timedelta:
        return timedelta(minutes=self._talk.config.catch_up_minutes)

    async def stamp(self) -> None:
        """Note that everything that was said until now was heard."""
        if self._failed:
            return
        now = datetime.now(UTC).isoformat()
        known = await self._values.get(PLATFORM, self._key())
        await self._values.set(PLATFORM, self._key(), {"first": known["first"] if known else now, "last": now})

    def _key(self) -> str:
        """Processes that share a database have shards of their own."""
        return ":".join([ALIVE, *map(str, self._talk.config.shard_ids)])

    async def run(self, client: discord.AutoShardedClient, shard: int) -> None:
        """Answer what the shard's channels still wait for. Never raises."""
        try:
            async with self._lock:
                self._failed = False
                await self._talk.inbox.forget(PLATFORM, datetime.now(UTC) - ANSWERED_KEPT)
                await self._run(client, shard)
        except Exception:
            self._failed = True
            log.exception("what was said while the bot was away could not be looked for")

    async def _run(self, client: discord.AutoShardedClient, shard: int) -> None:
        open_entries: dict[int, list[Entry]] = {}
        for entry in await self._talk.inbox.open(PLATFORM):
            if not self._talk.is_active(int(entry.message_id)) and _shard(client, entry.guild) == shard:
                open_entries.setdefault(int(entry.channel), []).append(entry)
        since = await self._since()
        places = {*open_entries, *(await self._spoken_in(client, shard, since) if since else ())}
        work = [self._channel(number, open_entries.get(number, []), since) for number in sorted(places)]
        await asyncio.gather(*work)

    async def _since(self) -> datetime | None:
        """From when on messages may have been missed; None for never (the first start, or switched off)."""
        alive = await self._values.get(PLATFORM, self._key())
        if alive is None or not self._patience:
            return None
        first, last = (datetime.fromisoformat(alive[name]) for name in ("first", "last"))
        return max(first, last - SLACK, datetime.now(UTC) - self._patience)

    async def _spoken_in(self, client: discord.AutoShardedClient, shard: int, since: datetime) -> list[int]:
        """Channels with messages from after ``since``; private ones where somebody talked to the bot lately."""
        after = discord.utils.time_snowflake(since)
        found = [
            channel.id
            for guild in client.guilds if guild.shard_id == shard
            for channel in _with_words(guild) if (channel.last_message_id or 0) > after
        ]  # fmt: skip
        if shard == 0:
            lately = datetime.now(UTC) - timedelta(days=1)
            found += map(int, await self._talk.inbox.private_channels(PLATFORM, lately))
        return found

    async def _channel(self, number: int, entries: list[Entry], since: datetime | None) -> None:
        """One channel: what was taken in, and what was missed, oldest first."""
        async with self._places:
            known = {int(entry.message_id): entry for entry in entries}
            found: dict[int, discord.Message] = {}
            try:
                place = self._place(number, entries)
                if since is not None:
                    history = place.history(after=since, limit=MOST_MISSED, oldest_first=True)
                    found = {message.id: message async for message in history}
                for missing in known.keys() - found.keys():
                    if (message := await self._fetch(place, missing)) is not None:
                        found[missing] = message
                    else:
                        await self._talk.inbox.done(PLATFORM, str(number), [str(missing)])
            except (discord.Forbidden, discord.NotFound) as error:
                log.info("what was said in the channel %d cannot be read (%s)", number, error.text)
                await self._talk.inbox.done(PLATFORM, str(number), [entry.message_id for entry in entries])
            except TROUBLE as error:
                self._failed = True
                log.warning("what was said in the channel %d could not be read (%s)", number, error)
            await asyncio.sleep(PAUSE)
            for message_id in sorted(found):
                entry = known.get(message_id)
                if entry is None:
                    await self._talk.take(await self._with_roles(found[message_id]))
                else:
                    await self._take_up(found[message_id], entry)

    def _place(self, number: int, entries: list[Entry]) -> Any:
        client = self._talk.link.client
        found = client.get_channel(number)
        if found is not None:
            return found
        guild = next((int(entry.guild) for entry in entries if entry.guild), None)
        return client.get_partial_messageable(number, guild_id=guild)

    async def _fetch(self, place: Any, number: int) -> discord.Message | None:
        """The message; None when it was deleted meanwhile."""
        try:
            message: discord.Message = await place.fetch_message(number)
            return message
        except discord.NotFound as error:
            if error.code != 10008:
                raise
            return None

    async def _with_roles(self, message: discord.Message) -> discord.Message:
        """History tells no roles; where lists of roles count, they are asked for."""
        config = self._talk.config
        if message.guild is None or message.author.bot or not (config.allow_roles or config.block_roles):
            return message
        try:
            message.author = await message.guild.fetch_member(message.author.id)
        except discord.HTTPException as error:
            log.info("the roles of a member could not be asked for (%s)", error)
        return message

    # --- what was taken in ------------------------------------------------------------------------------------------

    async def _take_up(self, message: discord.Message, entry: Entry) -> None:
        """Deliver the answer that was finished, or answer now, or explain."""
        part = Part(message, self._talk.lines.join(message.channel.id), entry.shown)
        reply = await self._finished(part, entry)
        if reply is None:
            self._talk.start(part)
        else:
            self._talk.keep(self._talk.deliver(part, reply))

    async def _finished(self, part: Part, entry: Entry) -> Reply | None:
        message = part.message
        if entry.reply is not None:
            return unpacked(entry.reply)
        conversations = self._talk.dispatcher.services.conversations
        node = await conversations.find_message(PLATFORM, entry.channel, entry.message_id)
        if node is not None:
            turn = await self._talk.dispatcher.services.store.nodes.get(node)
            conversation = await conversations.open(PLATFORM, entry.channel, entry.guild)
            place = await conversation.channel.position(node)
            return Reply(
                text=turn.output, kind="turn", node=node, position=place, finish_reason=turn.finish_reason,
                actions=("alternate", "continue", "undo"),
            )  # fmt: skip
        language = message.guild.preferred_locale if message.guild else None
        if part.is_command:
            return Reply(text=translate(CUT_OFF, _language(language)))
        if datetime.now(UTC) - message.created_at > max(self._patience, SLACK):
            return Reply(text=translate(TOO_LATE, _language(language)))
        return None


def _with_words(guild: discord.Guild) -> list[discord.TextChannel | discord.Thread]:
    return [*guild.text_channels, *guild.threads]


def _language(locale: Any) -> str:
    return language_of(locale) or "en"


def _shard(client: discord.AutoShardedClient, guild: str | None) -> int:
    """Which shard hears of the guild's channels; private ones are the first one's."""
    return (int(guild) >> 22) % (client.shard_count or 1) if guild else 0
