"""All channels' conversations: each is opened once and shared by everybody who talks there."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from weakref import WeakValueDictionary

from bot.chat.channel import Channel
from bot.chat.conversation import Conversation
from bot.chat.core import Core
from bot.i18n import match_language
from bot.library.prompts import ChatPrompt
from bot.store.forgetting import Place
from bot.store.own_words import OwnTurn
from bot.store.turn_search import FoundTurn

LONGEST_ID = 255  # characters of a platform's name for a channel
MOST_FOUND = 60  # turns of one search
MOST_SEARCHED = 100_000  # turns that one search looks at
REMEMBERED = 1000  # conversations that stay in memory though nobody holds them


class Conversations:
    """One per app."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._open: WeakValueDictionary[tuple[str, str], Conversation] = WeakValueDictionary()
        self._recent: OrderedDict[tuple[str, str], Conversation] = OrderedDict()
        self._opening: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def find(self, platform: str, channel: str) -> Conversation | None:
        """The conversation of a channel; None where there is none yet. Nothing is made."""
        known = (platform, channel) in self._open or await self.core.store.channels.find(platform, channel)
        return await self.open(platform, channel) if known else None

    def first_prompt(self, language: str | None) -> ChatPrompt:
        """What a new channel begins with: the default prompt, or the one of that name in the reader's language.

        For "chat-en" and a reader of Chinese that is "chat-zh", where there is one.
        """
        default = self.core.prompts.find(self.core.default_prompt)
        name, _, suffix = default.name.rpartition("-")
        wanted = f"{name}-{(match_language(language) or '').partition('_')[0]}"
        if name and match_language(suffix) and wanted in self.core.prompts.names():
            return self.core.prompts.find(wanted)
        return default

    async def search(self, platform: str, channels: Sequence[str], words: str) -> list[FoundTurn]:
        """Turns of these channels with ``words`` in them, the channels in their order, each's newest turn first."""
        return await self.core.store.search.find(platform, channels, words, most=MOST_FOUND, most_read=MOST_SEARCHED)

    async def last_words(self, platform: str, channels: Sequence[str]) -> dict[str, str]:
        """The beginning of what was said last in each of these channels."""
        return await self.core.store.channels.last_words(platform, channels)

    async def delete(self, platform: str, channel: str) -> bool:
        """Stop what is being written in a channel and delete it with all that is kept of it. Whether there was one."""
        conversation = await self.find(platform, channel)
        if conversation is None:
            return False
        await conversation.stop()
        async with conversation.channel.lock:
            await self.core.states.forget(await self.core.store.forget_channel(conversation.channel.id))
        self._open.pop((platform, channel), None)
        self._recent.pop((platform, channel), None)
        return True

    async def open(
        self, platform: str, channel: str, guild: str | None = None, *, language: str | None = None
    ) -> Conversation:
        """The conversation of a channel. A new one begins with the default prompt in ``language``."""
        key = (platform, channel)
        lock = self._opening.get(key)
        if lock is None:
            lock = self._opening[key] = asyncio.Lock()
        async with lock:  # two messages at once in a new channel must meet in one conversation
            found = self._open.get(key)
            if found is None:
                found = self._open[key] = await self._load(platform, channel, guild, language)
        self._recent[key] = found
        self._recent.move_to_end(key)
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return found

    async def _load(self, platform: str, channel: str, guild: str | None, language: str | None) -> Conversation:
        core = self.core
        if not 0 < len(channel) <= LONGEST_ID:
            raise ValueError(f"a platform's name for a channel has 1 to {LONGEST_ID} characters, not {len(channel)}")
        row = await core.store.channels.find(platform, channel)
        if row is None:
            prompt = self.first_prompt(language)
            row = await core.store.channels.add(
                platform, channel, guild, prompt.name, core.roots(core.composer(prompt))
            )
        head = await core.store.nodes.get(row.head) if row.head is not None else None
        if head is None:
            raise RuntimeError(f"channel {row.id} has no HEAD: the database is damaged; `roost db check` tells more")
        return Conversation(core, Channel(core.store, row, head, await core.store.nodes.root(head.id)))

    async def find_message(self, platform: str, channel: str, message_id: str) -> int | None:
        """The turn that an old message of the platform belongs to."""
        return await self.core.store.messages.find(platform, channel, message_id)

    async def remember_message(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Let ``message_id`` stand for turn ``node``."""
        await self.core.store.messages.remember(platform, channel, message_id, node)

    async def forget_user(self, user: str) -> None:
        """Delete the words of ``user`` ("platform:id") everywhere, and the answers to them."""
        await self._forget_at(user, None)

    async def forget_user_at(self, user: str, guild: str | None, channel: str) -> None:
        """The same in a server only, or where ``guild`` is None in that channel only."""
        await self._forget_at(user, Place(guild, channel))

    async def _forget_at(self, user: str, place: Place | None) -> None:
        changed = await self.core.store.channels_of(user, place)
        await self._under_locks(changed, lambda channel: self._forget(user, Place(None, channel.external_id)))
        await self._forget(user, place)

    async def _forget(self, user: str, place: Place | None) -> None:
        digests, _ = await self.core.store.forget_user(user, place)
        await self.core.states.forget(digests)

    async def own_words(self, user: str, channel: str | None, most: int) -> list[OwnTurn]:
        """The last turns of ``user``, in one channel or everywhere, the oldest first."""
        place = None if channel is None else Place(None, channel)
        return await self.core.store.own_words(user, place, most)

    async def expire(self, before: datetime) -> int:
        """Delete words from before then, and the answers to them. In how many channels there were some."""
        changed = await self.core.store.channels_before(before)
        await self._expire(before, changed - {conversation.channel.id for conversation in self._open.values()})
        await self._under_locks(changed, lambda channel: self._expire(before, {channel.id}))
        await self.core.store.expire_rest(before)
        return len(changed)

    async def _expire(self, before: datetime, channels: Collection[int]) -> None:
        await self.core.states.forget(await self.core.store.expire(before, channels))

    async def _under_locks(self, changed: Collection[int], delete: Callable[[Channel], Awaitable[None]]) -> None:
        """Delete in the channels that are in use. What is being written there is waited for: it would stand below."""
        for conversation in list(self._open.values()):
            channel = conversation.channel
            if channel.id in changed:
                async with channel.lock:
                    await delete(channel)
                    await channel.refresh_head()

    async def talked_since(self, platform: str, place: str, since: datetime, *, guild: bool) -> bool:
        """Whether anything was said in the server ``place``, or in the channel of that name, after ``since``."""
        return await self.core.store.channels.talked_since(platform, place, since, guild=guild)

    async def delete_guild(self, platform: str, guild: str) -> int:
        """Delete all conversations of a server, with its settings and characters. How many there were."""
        names = await self.core.store.channels.of_guild(platform, guild)
        for name in names:
            await self.delete(platform, name)
        await self.core.store.forget_guild(platform, guild)
        return len(names)

    async def close(self, seconds: float = 4.0) -> None:
        """Cut what is running, commit it, take nothing new."""
        await self.core.close([conversation.channel.key for conversation in self._open.values()], seconds)
