"""The Discord platform: connects and reconnects, whatever ends the connection."""

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
from bot.i18n import N_, Message, plural
from bot.metrics import Metrics
from bot.platforms.discord.account import make_account
from bot.platforms.discord.link import TROUBLE
from bot.platforms.discord.ports import Commands, DiscordStore
from bot.platforms.discord.roost_client import RoostClient
from bot.platforms.discord.setup import invite_url, use_bases
from bot.platforms.discord.shard_leases import BEAT, ShardLeases
from bot.platforms.discord.watched_requests import watched_requests
from bot.tasks import CANCEL_AGAIN, is_cancelled, until_one_ends

log = logging.getLogger(__name__)

FIRST_WAIT, MAX_WAIT = 1.0, 60.0  # seconds between reconnects
FINISH = 2.0  # seconds for running answers to finish on shutdown
STAMP = 15.0  # seconds between records that nothing was missed
MAX_BACKOFF = 20.0  # seconds; discord.py's own grows to 17 minutes, too long after an outage of an hour
MAX_CLOSE = 90.0  # seconds after which a client that does not close is abandoned
REFUSED_TOKEN = Message("the token is refused")
IN_ONE_SERVER = N_("connected as {name} in one server; invite: {invite}")
IN_SERVERS = N_("connected as {name} in {count} servers; invite: {invite}")
REFUSED = N_("Discord rejected the token. Create a new one on the Bot page of the developer portal.")


class Backoff(ExponentialBackoff[Literal[False]]):
    """discord.py's reconnect backoff, bounded."""

    def delay(self) -> float:
        """Return the next delay, in seconds."""
        return min(MAX_BACKOFF, super().delay())


class OneLine(logging.Filter):
    """Logs network outages as one line instead of a traceback. Other errors keep theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record if it is about an outage. Never drops it."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TROUBLE):
            record.msg = f"{record.getMessage()} ({type(error).__name__}: {error})"
            record.args, record.exc_info, record.exc_text = (), None, None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def prepare_library() -> None:
    """Bound discord.py's reconnect delays and silence warnings about features not used. Idempotent."""
    setattr(discord.shard, "ExponentialBackoff", Backoff)  # noqa: B010  # read by the shards
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # voice is not used
    for name in ("discord.shard", "discord.client"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, OneLine) for each in logger.filters):
            logger.addFilter(OneLine())


class DiscordPlatform:
    """The bot account and its supervisor."""

    name = "discord"

    def __init__(
        self, config: DiscordSection, dispatcher: Dispatcher, commands: Commands, store: DiscordStore,
        metrics: Metrics | None = None,
    ) -> None:  # fmt: skip
        self._config = config
        self._metrics = metrics or Metrics()
        self._content = True
        self._account = make_account(config, dispatcher, commands, store)
        self._client: RoostClient | None = None
        self._closings: set[asyncio.Task[None]] = set()
        self._supervisor: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None  # outcome of the first login
        self._trouble: Message | None = None  # why there is no connection
        self._missed: str | None = None  # new shards may have missed what came after, and that is not recorded yet

    async def start(self) -> None:
        """Log in and connect, retrying while the network is down. Raises UserError if the token is rejected."""
        use_bases(self._config)
        prepare_library()
        self._first = asyncio.get_running_loop().create_future()
        self._supervisor = asyncio.create_task(self._supervise())
        await self._first

    def _tell_start(self, error: Exception | None = None) -> None:
        """Report the outcome of the first login, once."""
        if self._first is None or self._first.done():
            return
        if error is not None:
            self._first.set_exception(error)
        else:
            self._first.set_result(None)

    async def _supervise(self) -> None:
        """Run one client after the other until cancelled. Nothing that ends a client ends this."""
        wait, own = FIRST_WAIT, asyncio.current_task()
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._run()
            except asyncio.CancelledError:
                if is_cancelled(own):
                    raise
                log.warning("the connection to Discord was cancelled from within")
            except discord.LoginFailure:
                if self._is_refused_at_start():
                    return
            except Exception as error:
                self._note_failure(error, wait)
            if is_cancelled(own):  # discord.py swallows a cancellation while it reconnects
                return
            self._tell_start()
            if asyncio.get_running_loop().time() - began > MAX_WAIT:
                wait = FIRST_WAIT
            await asyncio.sleep(wait)
            wait = min(MAX_WAIT, wait * 2)

    def _is_refused_at_start(self) -> bool:
        """Note that the token is refused. At the start that is final; later, Discord may only be in trouble."""
        first = self._first is not None and not self._first.done()
        if not first and self._trouble != REFUSED_TOKEN:
            log.error("Discord does not take the token any more; trying again now and then")
        self._trouble = REFUSED_TOKEN
        self._tell_start(UserError(REFUSED))
        return first

    def _note_failure(self, error: Exception, wait: float) -> None:
        """Log what ended a client, and draw the consequence for the next one."""
        if isinstance(error, discord.PrivilegedIntentsRequired):
            log.warning("Discord refuses the message content intent: answering mentions, replies and commands only")
            self._content = False
        elif isinstance(error, TROUBLE):
            log.warning("Discord cannot be reached (%s); trying again in %.0f s", error, wait)
            self._trouble = Message("no connection ({error})", error=str(error) or type(error).__name__)
        else:
            event = failed_event(error)
            log.error("the connection to Discord ended%s", f" at the event {event}" if event else "", exc_info=error)
            self._trouble = Message("reconnecting after {error}", error=type(error).__name__)

    async def _run(self) -> None:
        """Run one client until its connection ends or its shards are lost. Answers in progress outlive it."""
        shards = await self._own_shards()
        trace = watched_requests(self._metrics, self._account.budget, lambda: self._account.intake.application)
        client = RoostClient(self._account, content=self._content, shards=shards, trace=trace)
        try:
            await client.login(self._config.token.get_secret_value())
            self._client, self._trouble = client, None
            self._account.link.attach(client)
            self._tell_start()
            work = [client.connect(reconnect=True), self._stamp(client)]
            if (leases := self._account.leases) is not None:
                work.append(self._keep_shards(client, leases))
            await until_one_ends("the Discord client", work, MAX_CLOSE)
        finally:
            self._client = None
            self._account.link.attach(None)
            closing = asyncio.create_task(self._end(client))
            self._closings.add(closing)
            closing.add_done_callback(self._closings.discard)
            await asyncio.wait([closing], timeout=MAX_CLOSE)  # not cancelled with this task, nor waited for forever

    async def _end(self, client: RoostClient) -> None:
        try:
            await client.close()
        except Exception as error:
            log.info("a connection to Discord was not closed cleanly: %s", error)

    async def _own_shards(self) -> frozenset[int]:
        """Wait until this process holds shards, and return them. Returns an empty set if shards are not claimed."""
        leases, own = self._account.leases, self._config.shard_ids
        if leases is None:
            self._account.share_requests(len(own) if own else self._config.shard_count)
            return frozenset()
        while True:
            if await self._renew(leases, heard=False):
                if leases.held:
                    return leases.held
                self._trouble = Message("waiting: other processes have all shards")
            else:
                self._trouble = Message("waiting for the database")
            self._tell_start()
            await asyncio.sleep(BEAT)

    async def _renew(self, leases: ShardLeases, *, heard: bool) -> bool:
        """Renew the leases. Returns whether that was done, and it is recorded what new shards may have missed."""
        try:
            missed = [each for each in (self._missed, await leases.renew(heard=heard)) if each is not None]
            self._missed = min(missed, default=None)
            if self._missed is not None:
                await self._account.recovery.look_back(self._missed)
                self._missed = None
        except Exception as error:
            log.warning("the shards of this process could not be renewed: %s", error)
            return False
        finally:
            self._account.share_requests(len(leases.held))
        return True

    async def _keep_shards(self, client: RoostClient, leases: ShardLeases) -> None:
        """Renew the leases and take over shards of dead processes. Returns when no shard is left."""
        own = leases.held
        while leases.held:
            await asyncio.sleep(BEAT)
            renewed = await self._renew(leases, heard=client.hears_all and own == leases.held)
            own = leases.held if renewed else own & leases.held  # new ones wait until it is known what they missed
            await client.hold(own)
        log.warning("this process has no shards any more")

    async def _stamp(self, client: RoostClient) -> None:
        """Record periodically that nothing has been missed, as the starting point for the next recovery."""
        while True:
            await asyncio.sleep(STAMP)
            if client.hears_all:
                await self._account.recovery.stamp()

    async def close(self) -> None:
        """Stop listening, let running answers finish, and disconnect. Idempotent."""
        supervisor, self._supervisor = self._supervisor, None
        if self._client is not None and self._client.hears_all:
            await self._account.recovery.stamp()
        self._account.line.open.clear()  # later messages are answered after the next start
        self._account.link.close()
        await self._account.line.finish(FINISH)
        while supervisor is not None and not supervisor.done():
            supervisor.cancel()
            await asyncio.wait([supervisor], timeout=CANCEL_AGAIN)
        if self._closings:
            await asyncio.wait(self._closings, timeout=MAX_CLOSE)
        if (leases := self._account.leases) is not None:
            with contextlib.suppress(Exception):  # the leases expire anyway
                await leases.release()
        self._tell_start()

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """Post in the talk channels and in channels with `+channel on`. Returns the number of channels reached."""
        reached = 0
        for number in dict.fromkeys([*self._config.talk_channels, *(int(each) for each in places if each.isdecimal())]):
            channel = self._client.get_channel(number) if self._client else None
            if isinstance(channel, discord.abc.Messageable):
                with contextlib.suppress(discord.HTTPException):
                    await channel.send(text[:2000], allowed_mentions=discord.AllowedMentions.none())
                    reached += 1
        return reached

    def describe(self) -> Message:
        """Return one line for the banner, ``status`` and the owner's page."""
        client = self._client
        if client is None or client.user is None:
            return self._trouble or Message("connecting")
        name, invite = client.user, invite_url(client.user.id)
        if not client.is_ready():
            return Message("connecting as {name}; invite: {invite}", name=name, invite=invite)
        servers = len(client.guilds)
        text = plural(servers, IN_ONE_SERVER, IN_SERVERS)
        return Message(text, name=name, count=servers, invite=invite)


def failed_event(error: BaseException) -> str:
    """Return the name of the gateway event that discord.py was handling when ``error`` was raised."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "received_message" and isinstance(event := frame.f_locals.get("event"), str):
            return event
    return ""
