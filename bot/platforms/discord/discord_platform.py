"""Discord as a platform: connects, stays connected, and comes back after whatever ended the connection."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Sequence
from typing import Literal

import discord
import discord.shard
from discord.backoff import ExponentialBackoff

from bot.config.schema import DiscordSection
from bot.errors import UserError
from bot.events import Dispatcher
from bot.i18n import N_
from bot.metrics import Metrics
from bot.platforms.discord.account import make_account
from bot.platforms.discord.link import TROUBLE
from bot.platforms.discord.ports import Commands, Store
from bot.platforms.discord.request_count import request_count
from bot.platforms.discord.roost_client import RoostClient
from bot.platforms.discord.setup import invite_url, use_bases
from bot.platforms.discord.shard_leases import BEAT, ShardLeases

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds between tries
FINISH = 2.0  # seconds that running answers get when the platform closes
STAMP = 15.0  # seconds between two notes that everything was heard
LONGEST_BACKOFF = 20.0  # seconds; discord.py's own grows to 17 minutes, and an hour without network would end with it
REFUSED = N_("Discord rejected the token. Create a new one on the Bot page of the developer portal.")


class Backoff(ExponentialBackoff[Literal[False]]):
    """discord.py's waiting between connections, bounded."""

    def delay(self) -> float:
        """Seconds."""
        return min(LONGEST_BACKOFF, super().delay())


class OneLine(logging.Filter):
    """Logs network outages as one line instead of a traceback; every other error keeps its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; it is always logged."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TROUBLE):
            record.msg = f"{record.getMessage()} ({type(error).__name__}: {error})"
            record.args, record.exc_info, record.exc_text = (), None, None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def prepare_library() -> None:
    """Bounds discord.py's waiting, and tells it what the bot does not use. Safe to call again."""
    setattr(discord.shard, "ExponentialBackoff", Backoff)  # noqa: B010  # where shards get theirs from
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # no voice
    for name in ("discord.shard", "discord.client"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, OneLine) for each in logger.filters):
            logger.addFilter(OneLine())


class DiscordPlatform:
    """The bot account and its supervisor."""

    name = "discord"

    def __init__(
        self, config: DiscordSection, dispatcher: Dispatcher, commands: Commands, store: Store,
        metrics: Metrics | None = None,
    ) -> None:  # fmt: skip
        self._config = config
        self._metrics = metrics or Metrics()
        self._content = True
        self._account = make_account(config, dispatcher, commands, store)
        self._client: RoostClient | None = None
        self._closings: set[asyncio.Task[None]] = set()
        self._supervisor: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None  # how the first login ended
        self._trouble = ""

    async def start(self) -> None:
        """Log in and connect. A refused token is a UserError; a network that is not there is waited for."""
        use_bases(self._config)
        prepare_library()
        self._first = asyncio.get_running_loop().create_future()
        self._supervisor = asyncio.create_task(self._supervise())
        await self._first

    def _tell_start(self, error: Exception | None = None) -> None:
        """The first login is over."""
        if self._first is None or self._first.done():
            return
        if error is not None:
            self._first.set_exception(error)
        else:
            self._first.set_result(None)

    async def _supervise(self) -> None:
        wait = FIRST_WAIT
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._run()
            except asyncio.CancelledError:
                raise
            except discord.PrivilegedIntentsRequired:
                log.warning("Discord refuses the message content intent: answering mentions, replies and commands only")
                self._content = False
            except discord.LoginFailure:
                self._trouble = "the token is refused"
                if self._first is None or self._first.done():
                    log.error("Discord does not take the token any more")
                self._tell_start(UserError(REFUSED))
                return
            except TROUBLE as error:
                log.warning("Discord cannot be reached (%s); trying again in %.0f s", error, wait)
                self._trouble = f"no connection ({type(error).__name__})"
            except Exception as error:
                event = failed_event(error)
                log.exception("the connection to Discord ended%s", f" at the event {event}" if event else "")
                self._trouble = f"reconnecting after {type(error).__name__}"
            self._tell_start()
            if asyncio.get_running_loop().time() - began > LONGEST_WAIT:
                wait = FIRST_WAIT
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)

    async def _run(self) -> None:
        """One client's life. What is being answered outlives it."""
        shards, trace = await self._own_shards(), request_count(self._metrics)
        client = RoostClient(self._account, content=self._content, shards=shards, trace=trace)
        beside: list[asyncio.Task[None]] = []
        try:
            await client.login(self._config.token.get_secret_value())
            self._client, self._trouble = client, ""
            self._account.link.attach(client)
            self._tell_start()
            beside.append(asyncio.create_task(self._stamp(client)))
            if (leases := self._account.leases) is not None:
                beside.append(asyncio.create_task(self._keep_shards(client, leases)))
            await client.connect(reconnect=True)
        finally:
            self._client = None
            self._account.link.attach(None)
            closing = asyncio.create_task(self._end(client, beside))
            self._closings.add(closing)
            closing.add_done_callback(self._closings.discard)
            await asyncio.shield(closing)  # a second cancel may come while it closes

    async def _end(self, client: RoostClient, beside: Sequence[asyncio.Task[None]]) -> None:
        for task in beside:
            task.cancel()
        if beside:
            await asyncio.wait(beside)
        with contextlib.suppress(Exception):
            await client.close()

    async def _own_shards(self) -> frozenset[int]:
        """Those that this process holds now; waits until there are some. None where they are not claimed."""
        leases = self._account.leases
        if leases is None:
            return frozenset()
        await self._renew(leases, heard=False)
        while not leases.held:
            self._trouble = "waiting: other processes have all shards"
            self._tell_start()
            await asyncio.sleep(BEAT)
            await self._renew(leases, heard=False)
        return leases.held

    async def _renew(self, leases: ShardLeases, *, heard: bool) -> None:
        if (missed := await leases.renew(heard=heard)) is not None:
            await self._account.recovery.look_back(missed)

    async def _keep_shards(self, client: RoostClient, leases: ShardLeases) -> None:
        """Show that this process lives; take the shards of one that does not. The client ends when none is left."""
        while leases.held:
            await asyncio.sleep(BEAT)
            try:
                await self._renew(leases, heard=client.hears_all)
            except Exception as error:
                log.warning("the shards of this process could not be renewed: %s", error)
            await client.hold(leases.held)
        log.warning("this process has no shards any more")
        await client.close()

    async def _stamp(self, client: RoostClient) -> None:
        """Note now and then that nothing is missed: the next start looks from there."""
        while True:
            await asyncio.sleep(STAMP)
            if client.hears_all:
                await self._account.recovery.stamp()

    async def close(self) -> None:
        """Stop listening, let running answers arrive, disconnect. Idempotent."""
        supervisor, self._supervisor = self._supervisor, None
        if self._client is not None and self._client.hears_all:
            await self._account.recovery.stamp()
        self._account.line.open.clear()  # what is said from now on is answered after the next start
        self._account.link.close()
        await self._account.line.finish(FINISH)
        while supervisor is not None and not supervisor.done():
            supervisor.cancel()  # discord.py swallows it while it reconnects: once is not enough
            await asyncio.wait([supervisor], timeout=0.2)
        await asyncio.gather(*self._closings)
        if (leases := self._account.leases) is not None:
            with contextlib.suppress(Exception):  # others take them a little later
                await leases.release()
        self._tell_start()

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """Post in the talk channels, and where `+channel on` was said."""
        reached = 0
        for number in dict.fromkeys([*self._config.talk_channels, *(int(each) for each in places if each.isdecimal())]):
            channel = self._client.get_channel(number) if self._client else None
            if isinstance(channel, discord.abc.Messageable):
                with contextlib.suppress(discord.HTTPException):
                    await channel.send(text[:2000], allowed_mentions=discord.AllowedMentions.none())
                    reached += 1
        return reached

    def describe(self) -> str:
        """One line for the banner."""
        client = self._client
        if client is None or client.user is None:
            return f"discord: {self._trouble or 'connecting'}"
        if not client.is_ready():
            return f"discord: connecting as {client.user}; invite: {invite_url(client.user.id)}"
        return (
            f"discord: connected as {client.user} in {len(client.guilds)} servers; invite: {invite_url(client.user.id)}"
        )


def failed_event(error: BaseException) -> str:
    """The name of the gateway event that discord.py was reading when ``error`` was raised."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "received_message" and isinstance(event := frame.f_locals.get("event"), str):
            return event
    return ""
