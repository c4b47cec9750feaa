"""Sends the messages of one answer to a Discord channel."""

import asyncio
import contextlib
import io
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

import discord

from bot.events import Speaker
from bot.platforms.discord.buttons import growing, panel_view, view
from bot.platforms.discord.link import MAX_REQUEST_SECONDS, TROUBLE, Link, passing
from bot.platforms.discord.panels import Panels
from bot.platforms.discord.permission_reports import PermissionReports
from bot.platforms.discord.posted_message import PostedMessage
from bot.platforms.discord.webhooks import WebhookSender, webhook_sender
from bot.platforms.line.sending import FrameSkipped, MessageGone, MessageRejected, NotPermitted, Outgoing, Undelivered

log = logging.getLogger(__name__)

T = TypeVar("T")
UNKNOWN_WEBHOOK = 10015
MAX_NONCE_LENGTH = 20  # characters; Discord allows 25, and a sequence number is appended
NOBODY = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an answer goes."""

    channel: int
    guild: int | None
    item: str  # id of the inbox item answered
    answered: int | None = None  # the message that the first post replies to
    posted: int = 0  # number of messages already posted by an earlier process
    faces: Mapping[str, str] = field(default_factory=dict)  # command name -> emoji of its button

    def nonce(self, number: int) -> str:
        """Return the nonce by which Discord recognises a repeated post."""
        name = self.item
        if len(name) > MAX_NONCE_LENGTH:
            name = blake2b(name.encode(), digest_size=MAX_NONCE_LENGTH // 2).hexdigest()
        return f"{name}.{number}"


class ChannelDelivery:
    """Posts to a channel; the first message is a reply to the one answered."""

    def __init__(self, link: Link, target: Target, permission_reports: PermissionReports, panels: Panels) -> None:
        self._link = link
        self.target = target
        self._panels = panels
        self._new_panel = ""
        self._permission_reports = permission_reports
        self._answered = target.answered if not target.posted else None
        self._posted = target.posted
        self._sender: WebhookSender | None = None
        self._doubtful = False  # a webhook post failed midway: its message may exist

    # --- bot.platforms.line.sending.Delivery -----------------------------------------------------------------------

    async def typing(self) -> None:
        """Start the typing indicator, which lasts ten seconds or until the first message."""
        with contextlib.suppress(*TROUBLE, RuntimeError):
            await self._place().typing()

    async def speak_as(self, speaker: Speaker) -> bool:
        """Post through a webhook, if the bot may have one."""
        try:
            self._sender = await webhook_sender(self._link.webhooks, self._channel(), speaker)
        except TROUBLE as error:
            log.info("no webhook for a character yet (%s)", error)
        return self._sender is not None

    async def post(self, message: Outgoing) -> str:
        """Post a message, as a reply only if the bot may read the channel's history."""
        number = str(await self.request(lambda: self._post(message), streaming=message.streaming))
        if message.panel:
            self._new_panel = number  # the older panel is deleted at the end; this one may be pressed already
        return number

    async def edit(self, message_id: str, message: Outgoing) -> None:
        posted = self._posted_message(int(message_id))
        await self.request(lambda: posted.edit(**edit_fields(message, self.target)), streaming=message.streaming)

    async def delete(self, message_id: str) -> None:
        await self.request(self._posted_message(int(message_id)).delete)

    async def report_missing(self, permission: str) -> None:
        """Tell the administrators."""
        await self._permission_reports.report(self.target.channel, permission)

    async def end(self, *, answered: bool) -> None:
        """Delete the older panel if a new one was posted. The typing indicator ends by itself."""
        number, self._new_panel = self._new_panel, ""
        if number:
            await self._only_panel(number)

    async def _only_panel(self, number: str) -> None:
        """Make this the channel's only panel by deleting the older one."""
        old = await self._panels.replace(self.target.channel, number)
        if old is not None and old != number:
            with contextlib.suppress(MessageGone, NotPermitted, MessageRejected, Undelivered):
                await self.delete(old)

    # --- requests ---------------------------------------------------------------------------------------------------

    async def request(self, work: Callable[[], Awaitable[T]], *, streaming: bool = False) -> T:
        """Make a request and translate its errors. A frame's request is tried only once."""
        try:
            return await (self._tried(work) if streaming else self._link.retry(work))
        except discord.NotFound as error:
            raise MessageGone(error.text) from error
        except discord.Forbidden as error:
            raise NotPermitted(error.text) from error
        except discord.HTTPException as error:
            raise MessageRejected(f"{error.status} {error.text}") from error

    async def _tried(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(MAX_REQUEST_SECONDS):
                return await work()
        except (*TROUBLE, RuntimeError) as error:
            if not passing(error):
                raise
            raise FrameSkipped(str(error)) from error

    async def _post(self, message: Outgoing) -> int:
        text, extra = message.text, post_fields(message, self.target)
        if self._sender is not None and not message.panel:  # look it up again: the client may have been replaced
            self._sender = await webhook_sender(self._link.webhooks, self._channel(), self._sender.speaker)
        if self._sender is not None and not message.panel:
            return await self._speak(self._sender, text, extra)
        extra["nonce"] = self.target.nonce(self._posted)
        if self._answered is not None:
            made = await self._reply(self._answered, text, extra)
        else:
            made = await self._place().send(text, allowed_mentions=NOBODY, **extra)
        self._answered = None
        self._posted += 1
        if made.content.strip() != text.strip():  # known nonce: this is an earlier version of the same post
            await self._posted_message(made.id).edit(content=text, view=extra.get("view"), allowed_mentions=NOBODY)
        return made.id

    async def _speak(self, spoken: WebhookSender, text: str, extra: dict[str, Any]) -> int:
        """Post under the character's name. If the webhook has been deleted, create a new one."""
        try:
            made = await self._find_posted(spoken, text) if self._doubtful else None
            self._doubtful = True  # webhooks do not deduplicate by nonce: after a failure, check the history
            made = made or (await spoken.post(text, **extra)).id
            self._doubtful = False
        except discord.NotFound as error:
            if error.code != UNKNOWN_WEBHOOK:
                raise
            channel = self._channel()
            self._link.webhooks.forget(channel)
            self._sender = await webhook_sender(self._link.webhooks, channel, spoken.speaker)
            made = (await (self._sender.post(text, **extra) if self._sender else self._place().send(text, **extra))).id
        self._posted += 1
        return made

    async def _find_posted(self, spoken: WebhookSender, text: str) -> int | None:
        """Return the message that was posted although the request failed, if any."""
        try:
            async for message in self._place().history(limit=10):
                if message.webhook_id == spoken.hook and message.content.strip() == text.strip():
                    return message.id
        except discord.Forbidden as error:
            log.debug("whether a character has spoken cannot be read: %s", error.text)
        return None

    async def _reply(self, answered: int, text: str, extra: dict[str, Any]) -> discord.Message:
        reference = discord.MessageReference(
            message_id=answered, channel_id=self.target.channel, guild_id=self.target.guild, fail_if_not_exists=False
        )
        try:
            return await self._place().send(
                text, reference=reference, mention_author=False, allowed_mentions=NOBODY, **extra
            )
        except discord.HTTPException as error:
            if isinstance(error, discord.Forbidden) and error.code not in (50013, 160002):
                raise
            if not isinstance(error, discord.Forbidden) and error.status != 400:
                raise
        return await self._place().send(text, allowed_mentions=NOBODY, **extra)

    def _place(self) -> discord.PartialMessageable:
        return self._link.place(self.target.channel, self.target.guild)

    def _channel(self) -> Any:
        return self._link.client.get_channel(self.target.channel)

    def _posted_message(self, number: int) -> PostedMessage:
        return PostedMessage(self._link, self.target.channel, self.target.guild, number)


def shown_view(message: Outgoing, target: Target) -> discord.ui.View | None:
    """Return the buttons under a message."""
    if message.reply is None:
        return None
    if message.panel and message.reply.panel is not None:
        return panel_view(message.reply.panel, message.reply.node, target.faces)
    return growing(target.item, target.faces) if message.streaming else view(message.reply, target.faces)


def post_fields(message: Outgoing, target: Target) -> dict[str, Any]:
    """Return a new message's fields except its text. Files are opened anew for each try: discord.py closes them."""
    extra: dict[str, Any] = {}
    if (buttons := shown_view(message, target)) is not None:
        extra["view"] = buttons
    if message.files:
        extra["files"] = [discord.File(io.BytesIO(file.data), file.name) for file in message.files]
    return extra


def edit_fields(message: Outgoing, target: Target) -> dict[str, Any]:
    """Return an edited message's fields. A finished message keeps only its own files."""
    extra: dict[str, Any] = {
        "content": message.text, "view": shown_view(message, target), "allowed_mentions": NOBODY,
    }  # fmt: skip
    if not message.streaming:
        extra["attachments"] = [discord.File(io.BytesIO(file.data), file.name) for file in message.files]
    return extra
