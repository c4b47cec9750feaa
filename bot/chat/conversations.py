"""The conversations of all channels. Each is opened once and shared by everyone who talks there."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from weakref import WeakValueDictionary

from bot.chat.channel import Channel
from bot.chat.conversation import Conversation
from bot.chat.core import Core
from bot.i18n import match_language
from bot.library.prompts import ChatPrompt
from bot.store.forgetting import Place
from bot.store.turn_search import FoundTurn
from bot.store.user_turns import UserTurn

MAX_ID_LENGTH = 255  # characters in a platform's channel id
MAX_FOUND = 60  # turns returned by one search
MAX_SEARCHED = 100_000  # turns examined by one search
REMEMBERED = 1000  # unused conversations that stay in memory


class Conversations:
    """Opens and caches conversations. There is one instance per app."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self._open: WeakValueDictionary[tuple[str, str], Conversation] = WeakValueDictionary()
        self._recent: OrderedDict[tuple[str, str], Conversation] = OrderedDict()
        self._opening: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def find(self, platform: str, channel: str) -> Conversation | None:
        """Return the conversation of a channel, or None if it does not exist yet."""
        known = (platform, channel) in self._open or await self.core.store.channels.find(platform, channel)
        return await self.open(platform, channel) if known else None

    @property
    def sampling(self) -> Mapping[str, object]:
        """The sampling below all prompts and settings."""
        return self.core.sampling

    def first_prompt(self, language: str | None) -> ChatPrompt:
        """Return the prompt for a new channel: the default one, or its variant in the reader's language.

        For "chat-en" and a Chinese reader that is "chat-zh", if it exists.
        """
        default = self.core.prompts.find(self.core.default_prompt)
        name, _, suffix = default.name.rpartition("-")
        wanted = f"{name}-{(match_language(language) or '').partition('_')[0]}"
        if name and match_language(suffix) and wanted in self.core.prompts.names():
            return self.core.prompts.find(wanted)
        return default

    async def search(self, platform: str, channels: Sequence[str], words: str) -> list[FoundTurn]:
        """Return turns that contain ``words``: channels in the given order, newest turn first within each."""
        return await self.core.store.search.find(platform, channels, words, most=MAX_FOUND, most_read=MAX_SEARCHED)

    async def last_words(self, platform: str, channels: Sequence[str]) -> dict[str, str]:
        """Return the beginning of the last message in each of these channels."""
        return await self.core.store.channels.last_words(platform, channels)

    async def any_words(self, platform: str, channels: Sequence[str]) -> dict[str, str]:
        """Return the beginning of the newest message in each channel, even if it was undone."""
        return await self.core.store.channels.any_words(platform, channels)

    async def delete(self, platform: str, channel: str) -> bool:
        """Stop a channel's reply and delete the channel with everything stored for it. Returns whether it existed."""
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
        """Return the conversation of a channel. A new one starts with the default prompt in ``language``."""
        key = (platform, channel)
        found = self._open.get(key)
        if found is None:
            found = await self._opened(key, guild, language)
        self._recent[key] = found
        self._recent.move_to_end(key)
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return found

    async def _opened(self, key: tuple[str, str], guild: str | None, language: str | None) -> Conversation:
        lock = self._opening.get(key)
        if lock is None:
            lock = self._opening[key] = asyncio.Lock()
        async with lock:  # two simultaneous messages in a new channel must share one conversation
            found = self._open.get(key)
            if found is None:
                found = self._open[key] = await self._load(*key, guild, language)
        return found

    async def _load(self, platform: str, channel: str, guild: str | None, language: str | None) -> Conversation:
        core = self.core
        if not 0 < len(channel) <= MAX_ID_LENGTH:
            raise ValueError(f"a platform's name for a channel has 1 to {MAX_ID_LENGTH} characters, not {len(channel)}")
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
        """Return the turn that a platform message belongs to, if known."""
        return await self.core.store.messages.find(platform, channel, message_id)

    async def remember_message(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Record that ``message_id`` belongs to turn ``node``."""
        await self.core.store.messages.remember(platform, channel, message_id, node)

    async def forget_user(self, user: str) -> None:
        """Delete everything ``user`` ("platform:id") said anywhere, and the replies to it."""
        await self._forget_at(user, None)

    async def forget_user_at(self, user: str, guild: str | None, channel: str) -> None:
        """Like ``forget_user``, limited to a server, or to the channel if ``guild`` is None."""
        await self._forget_at(user, Place(guild, channel))

    async def _forget_at(self, user: str, place: Place | None) -> None:
        changed = await self.core.store.channels_of(user, place)
        await self._under_locks(changed, lambda channel: self._forget(user, Place(None, channel.external_id)))
        await self._forget(user, place)

    async def _forget(self, user: str, place: Place | None) -> None:
        digests, _ = await self.core.store.forget_user(user, place)
        await self.core.states.forget(digests)

    async def own_words(self, user: str, channel: str | None, most: int) -> list[UserTurn]:
        """Return the last turns of ``user``, in one channel or everywhere, oldest first."""
        place = None if channel is None else Place(None, channel)
        return await self.core.store.turns_of_user(user, place, most)

    async def expire(self, before: datetime) -> int:
        """Delete words said before ``before``, and the replies to them. Returns the number of channels affected."""
        changed = await self.core.store.channels_before(before)
        await self._expire(before, changed - {conversation.channel.id for conversation in self._open.values()})
        await self._under_locks(changed, lambda channel: self._expire(before, {channel.id}))
        await self.core.store.expire_rest(before)
        return len(changed)

    async def _expire(self, before: datetime, channels: Collection[int]) -> None:
        await self.core.states.forget(await self.core.store.expire(before, channels))

    async def _under_locks(self, changed: Collection[int], delete: Callable[[Channel], Awaitable[None]]) -> None:
        """Delete in open channels, once the turn being written is committed: it would hang below deleted turns."""
        for conversation in list(self._open.values()):
            channel = conversation.channel
            if channel.id in changed:
                async with channel.lock:
                    await delete(channel)
                    await channel.refresh_head()

    async def reload(self) -> None:
        """Drop cached data and reload open conversations, because another process has deleted messages."""
        self.core.store.nodes.forget_digests()
        self.core.states.drop()
        for conversation in list(self._open.values()):
            async with conversation.channel.lock:  # a reply in progress is committed first
                await conversation.channel.refresh_head()

    async def talked_since(self, platform: str, place: str, since: datetime, *, guild: bool) -> bool:
        """Return whether anything was said after ``since`` in the server (if ``guild``) or channel ``place``."""
        return await self.core.store.channels.talked_since(platform, place, since, guild=guild)

    async def delete_guild(self, platform: str, guild: str) -> int:
        """Delete all conversations of a server, with its settings and characters. Returns how many there were."""
        names = await self.core.store.channels.of_guild(platform, guild)
        for name in names:
            await self.delete(platform, name)
        await self.core.store.forget_guild(platform, guild)
        return len(names)

    async def close(self, seconds: float = 4.0) -> None:
        """Cut running replies, commit them, and accept no new ones."""
        await self.core.close([conversation.channel.key for conversation in self._open.values()], seconds)
