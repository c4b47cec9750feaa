"""Answers an interaction through its token, and by ordinary messages once the token has expired."""

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import discord

from bot.events import Speaker
from bot.platforms.discord.delivery import NOBODY, ChannelDelivery, edit_fields, post_fields
from bot.platforms.discord.link import TROUBLE, Link
from bot.platforms.line.sending import Outgoing

log = logging.getLogger(__name__)

T = TypeVar("T")
UNKNOWN_WEBHOOK, INVALID_TOKEN = 10015, 50027
TOKEN_SECONDS = 14.5 * 60  # seconds; Discord's fifteen minutes, less the time that a request may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is needed to answer an interaction, in this process or a later one."""

    application: int
    value: str
    born: float  # seconds since the epoch
    private: bool = False  # acknowledged as ephemeral
    message: str | None = None  # the message whose button was pressed, if it is to be edited in place
    hooked: bool = False  # that message was posted by a webhook
    panel: bool = False  # that message is a panel

    @property
    def has_expired(self) -> bool:
        return time.time() - self.born > TOKEN_SECONDS

    def packed(self) -> dict[str, Any]:
        """Return the token as JSON data."""
        return asdict(self)

    @classmethod
    def unpacked(cls, data: Mapping[str, Any]) -> "Token":
        """Restore a token from ``packed``."""
        return cls(**data)


class OriginalResponse:
    """Stands in for the id of the original response. discord.py would quote the "@" of a str in its routes."""

    def __str__(self) -> str:
        return "@original"


ORIGINAL: Any = OriginalResponse()


class TokenExpired(Exception):  # noqa: N818  # named for what happened
    """The interaction's token is no longer valid."""


class InteractionDelivery:
    """Answers an acknowledged interaction."""

    def __init__(self, link: Link, token: Token, channel: ChannelDelivery) -> None:
        self._link = link
        self._token = token
        self._channel = channel
        self._own: set[str] = {token.message} if token.message else set()  # messages that the token can edit
        self._first = token.message is None  # "is thinking" is still shown
        self._spoken = False  # posts appear under a character's own name
        self._expired = False

    async def typing(self) -> None:
        """Do nothing: the acknowledgement already shows it."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """Post by a webhook instead of the token, which posts as the bot. Messages edited in place keep their name."""
        if self._token.message is not None and not self._token.panel:
            return self._token.hooked
        self._spoken = not self._token.private and await self._channel.speak_as(speaker)
        return self._spoken

    async def post(self, message: Outgoing) -> str:
        """Post a message. The first one replaces "is thinking", unless it is posted by a webhook."""
        if self._spoken or message.panel:
            await self._end_thinking()
            return await self._channel.post(message)
        made = await self._by_token(lambda: self._answer(message), streaming=message.streaming)
        if made is None:
            return await self._channel.post(message)
        self._own.add(made)
        return made

    async def edit(self, message_id: str, message: Outgoing) -> None:
        if message_id in self._own:
            number = ORIGINAL if message_id == self._token.message else int(message_id)

            async def change() -> bool:
                await self._hook().edit_message(number, **edit_fields(message, self._channel.target))
                return True

            if await self._by_token(change, streaming=message.streaming):
                return
        await self._channel.edit(message_id, message)

    async def delete(self, message_id: str) -> None:
        await self._channel.delete(message_id)

    async def report_missing(self, permission: str) -> None:
        """Tell the administrators."""
        await self._channel.report_missing(permission)

    async def end(self, *, answered: bool) -> None:
        """Remove "is thinking" if there was no answer."""
        if not answered:
            await self._end_thinking()
        await self._channel.end(answered=answered)

    async def _end_thinking(self) -> None:
        if not self._first or self._expired or self._token.has_expired:
            return
        self._first = False
        with contextlib.suppress(*TROUBLE, RuntimeError, ConnectionError):
            await self._hook().delete_message(ORIGINAL)

    async def _by_token(self, work: Callable[[], Awaitable[T]], *, streaming: bool) -> T | None:
        """Make a request with the token. Returns None if the token has expired."""
        if self._expired or self._token.has_expired:
            return None

        async def tried() -> T:
            try:
                return await work()
            except discord.HTTPException as error:
                if error.code in (INVALID_TOKEN, UNKNOWN_WEBHOOK):
                    raise TokenExpired from error
                raise

        try:
            return await self._channel.request(tried, streaming=streaming)
        except TokenExpired:
            self._expired = True
            return None

    async def _answer(self, message: Outgoing) -> str:
        hook, extra = self._hook(), post_fields(message, self._channel.target)
        first, all_private = self._first, self._token.private
        if first and (not message.private or all_private):
            changed = await hook.edit_message(ORIGINAL, **edit_fields(message, self._channel.target))
            self._first = False
            return str(changed.id)
        if first:
            with contextlib.suppress(discord.HTTPException):
                await hook.delete_message(ORIGINAL)
            self._first = False
        private = message.private or all_private
        made = await hook.send(message.text, ephemeral=private, wait=True, allowed_mentions=NOBODY, **extra)
        return str(made.id)

    def _hook(self) -> discord.Webhook:
        """Return the interaction's webhook, bound to the client that is connected now."""
        data = {"id": self._token.application, "type": 3, "token": self._token.value}
        return discord.Webhook.from_state(data=data, state=self._link.client._connection)  # type: ignore[arg-type]  # as discord.py itself does
