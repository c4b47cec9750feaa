"""One connection to Discord's gateway. When it fails, it is replaced by a new one."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection
from typing import Any

import aiohttp
import discord
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.platforms.discord.account import Account
from bot.platforms.discord.shard_history import ShardHistory
from bot.platforms.discord.slash import Translator
from bot.platforms.discord.slash_registration import register_slash_commands
from bot.platforms.discord.sockets import Sockets
from bot.platforms.discord.stale_commands import LenientCommandTree
from bot.platforms.discord.sync import synchronise
from bot.shielding import run_to_completion
from bot.tasks import Tasks

log = logging.getLogger(__name__)

LAST_WORDS = 20.0  # seconds for pending requests to finish on close
GUILDS = 0.5  # seconds to wait for the next guild while Discord lists them on connect


class RoostClient(discord.AutoShardedClient):
    """Receives Discord's events. Answers in progress outlive it in ``account``."""

    def __init__(
        self, account: Account, *, content: bool = True, shards: Collection[int] = (),
        trace: aiohttp.TraceConfig | None = None,
    ) -> None:  # fmt: skip
        """Connect ``shards``, those that this process holds, or else those of the configuration."""
        config = account.config
        own = sorted(shards) or config.shard_ids or None
        intents = discord.Intents.default()
        intents.message_content = content
        super().__init__(
            intents=intents, allowed_mentions=discord.AllowedMentions.none(), shard_ids=own,  # type: ignore[arg-type]  # None is the default
            shard_count=config.shard_count or None, max_messages=1000, guild_ready_timeout=GUILDS,
            http_trace=trace or aiohttp.TraceConfig(),
        )  # fmt: skip
        self.account = account
        self.sockets = Sockets(self)
        self._held = frozenset(shards)
        self._starting: set[int] = set()  # shards with a new session that have not caught up yet
        self._sessions: Counter[int] = Counter()
        self._tasks = Tasks("the Discord client")
        self._catching_up: set[asyncio.Task[Any]] = set()
        interactions = account.interactions
        self.tree = LenientCommandTree(self, interactions.slash)
        register_slash_commands(self.tree, account.commands, interactions.slash, interactions.completions)
        for menu in interactions.menus():
            self.tree.add_command(menu)

    # --- lifecycle ----------------------------------------------------------------------------------------------

    async def setup_hook(self) -> None:
        """Register slash commands in the background, so that start-up does not wait for Discord."""
        self.account.intake.application = self.application_id
        await self.tree.set_translator(Translator())
        self._tasks.spawn(self._synchronise())

    async def _synchronise(self) -> None:
        account = self.account
        try:
            await synchronise(self.tree, account.store.values, self.application_id or 0, account.config.guild_ids)
        except Exception:
            log.exception("slash commands could not be synchronised")

    async def close(self) -> None:
        """Close the connection after pending requests, which still need the session."""
        if behind := list(self._catching_up):  # the next client catches up again
            for task in behind:
                task.cancel()
            await asyncio.wait(behind, timeout=LAST_WORDS)
        await self._tasks.finish(LAST_WORDS)
        try:
            await run_to_completion(super().close())  # a cancelled caller would cancel discord.py's own task
        finally:  # a shard that fails to close leaves the session open
            await self.http.close()
            await self.sockets.close()

    # --- connections --------------------------------------------------------------------------------------------

    @property
    def hears_all(self) -> bool:
        """Whether every shard is connected and has caught up."""
        shards = {number: shard for number, shard in self.shards.items() if not self._held or number in self._held}
        if self._starting or not shards or len(shards) < len(self._held):
            return False
        return not any(each.is_closed() for each in shards.values())

    async def hold(self, shards: frozenset[int]) -> None:
        """Make ``shards`` the shards of this process: connect new ones and disconnect lost ones."""
        lost, new, self._held = self._held - shards, sorted(shards - self._held), shards
        for number in lost:
            await self._give_up(number)
        for number in new:
            self._tasks.spawn(self.launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, number))

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard, unless it was given up while it waited for its turn."""
        if self._is_own(shard_id):
            await super().launch_shard(gateway, shard_id, initial=initial)
            if not self._is_own(shard_id):
                await self._give_up(shard_id)

    def _is_own(self, shard: int) -> bool:
        return self.account.leases is None or shard in self._held

    async def _give_up(self, number: int) -> None:
        """Disconnect a shard. One that is reconnecting at the moment is disconnected when its session begins."""
        if number in self._starting:
            self._starting.discard(number)
            if not self._starting:  # no other shard is catching up: live events need not wait
                self.account.line.open.set()
        if (shard := self.get_shard(number)) is not None:
            await shard.disconnect()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for this bot's turn to open a session."""
        if self.account.identify_limiter is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self.account.identify_limiter.wait()

    async def on_shard_connect(self, shard: int) -> None:
        """Hold back live events of a new session until the missed ones are handled."""
        if not self._is_own(shard):
            await self._give_up(shard)
            return
        self._sessions[shard] += 1
        self._starting.add(shard)
        self.account.line.open.clear()

    async def on_shard_ready(self, shard: int) -> None:
        """Catch up once the shard's guilds are known."""
        self.account.link.wake()
        task: asyncio.Task[Any] = asyncio.current_task()  # type: ignore[assignment]  # discord.py runs this in a task
        self._catching_up.add(task)
        try:
            await self._catch_up(shard)
        finally:
            self._catching_up.discard(task)

    async def _catch_up(self, shard: int) -> None:
        """Answer what was missed, then let live events in."""
        session = self._sessions[shard]
        await self.account.recovery.run(ShardHistory(self.account, self, shard), shard)
        if self._sessions[shard] == session:  # otherwise the next session has yet to catch up
            self._starting.discard(shard)
        if self.hears_all:
            await self.account.recovery.stamp()
        if not self._starting:
            self.account.line.open.set()
        await self.account.membership.compare(self.guilds, shard, self.shard_count or 1)

    async def on_shard_resumed(self, shard: int) -> None:
        """Retry pending requests. Discord itself replays what was missed when a session resumes."""
        self.account.link.wake()
        if not self._is_own(shard):
            await self._give_up(shard)

    # --- events -------------------------------------------------------------------------------------------------

    async def on_message(self, message: discord.Message) -> None:
        await self.account.receiver.message(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        await self.account.receiver.edit(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        await self.account.receiver.delete(payload)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Handle buttons and forms. Slash commands and menus arrive through the command tree."""
        await self.account.interactions.pressed(interaction)

    # --- membership ---------------------------------------------------------------------------------------------

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.account.membership.joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Record that the bot was removed or the guild deleted. Discord does not call this for outages."""
        await self.account.membership.left(guild.id)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.account.membership.left(channel.id, "channel")

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        await self.account.membership.left(payload.thread_id, "channel")
