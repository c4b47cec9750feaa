"""Discord as a platform: connects, stays connected, and comes back after whatever ended the connection."""

import asyncio
import contextlib
import logging
import traceback

import aiohttp
import discord

from bot.config import DiscordSection
from bot.errors import UserError
from bot.platforms.discord.addresses import use_bases
from bot.platforms.discord.client import RoostClient
from bot.platforms.discord.invite import invite_url
from bot.platforms.discord.ports import Dispatcher

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds between tries
FINISH = 2.0  # seconds that running answers get when the platform closes


class DiscordPlatform:
    """The bot account and its supervisor."""

    name = "discord"

    def __init__(self, config: DiscordSection, dispatcher: Dispatcher) -> None:
        self._config = config
        self._dispatcher = dispatcher
        self._content = True
        self._client: RoostClient | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._trouble = ""

    async def start(self) -> None:
        """Log in and connect. A refused token is a UserError; a network that is not there is waited for."""
        use_bases(self._config)
        client = RoostClient(self._config, self._dispatcher, content=self._content)
        try:
            await client.login(self._config.token.get_secret_value())
        except discord.LoginFailure:
            await client.close()
            message = "Discord does not take the token. Make a new one on the Bot page of the developer portal."
            raise UserError(message) from None
        except (OSError, aiohttp.ClientError, discord.HTTPException) as error:
            await client.close()
            client = None  # type: ignore[assignment]  # the supervisor makes a new one
            self._trouble = f"no connection yet ({type(error).__name__})"
            log.warning("Discord cannot be reached (%s); trying again", error)
        self._client = client
        self._supervisor = asyncio.create_task(self._supervise())

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
                log.error("Discord does not take the token any more")
                self._trouble = "the token is refused"
                return
            except (OSError, aiohttp.ClientError, discord.HTTPException) as error:
                log.warning("Discord cannot be reached (%s); trying again in %.0f s", error, wait)
                self._trouble = f"no connection ({type(error).__name__})"
            except Exception as error:
                event = failed_event(error)
                log.exception("the connection to Discord ended%s", f" at the event {event}" if event else "")
                self._trouble = f"reconnecting after {type(error).__name__}"
            if asyncio.get_running_loop().time() - began > LONGEST_WAIT:
                wait = FIRST_WAIT
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)

    async def _run(self) -> None:
        """One client's life."""
        client, self._client = self._client, None
        if client is None:
            client = RoostClient(self._config, self._dispatcher, content=self._content)
        try:
            if client.user is None:
                await client.login(self._config.token.get_secret_value())
            self._client = client
            self._trouble = ""
            await client.connect(reconnect=True)
        finally:
            self._client = None
            with contextlib.suppress(Exception):
                await client.close()

    async def close(self) -> None:
        """Stop listening, let running answers arrive, disconnect. Idempotent."""
        supervisor, self._supervisor = self._supervisor, None
        if self._client is not None:
            await self._client.finish(FINISH)
        if supervisor is not None:
            supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await supervisor
        if self._client is not None:
            await self._client.close()

    async def announce(self, text: str) -> int:
        """Post in the talk channels."""
        reached = 0
        for number in self._config.talk_channels:
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
