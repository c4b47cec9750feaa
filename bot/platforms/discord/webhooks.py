"""Webhooks by which characters speak under their own name and picture, one per channel."""

import base64
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import discord

from bot.events import Speaker

log = logging.getLogger(__name__)

TITLE = "Roost characters"  # webhook's name in the channel settings; messages carry the character's name
REFUSED_FOR = 600.0  # seconds before retrying a channel that refused
REMEMBERED = 2048  # channels
MAX_NAME_LENGTH = 80
FORBIDDEN = re.compile(r"clyde|discord|@|#|:|```", re.IGNORECASE)  # names that Discord rejects
PICTURE = "data:image/png;base64,"
TAKEN = ("everyone", "here")
NO_WEBHOOKS = (30007, 50013, 50001)  # limit of fifteen reached; missing permission; missing access


def hook_name(name: str) -> str | None:
    """Return the character's name in a form that webhooks allow, or None if Discord rejects it."""
    clean = " ".join(name.split())[:MAX_NAME_LENGTH]
    return None if not clean or FORBIDDEN.search(clean) or clean.casefold() in TAKEN else clean


class Webhooks:
    """Finds, creates and caches the bot's webhooks by channel."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: OrderedDict[int, discord.Webhook | float] = OrderedDict()  # webhook, or the time of a refusal
        self._faces: OrderedDict[int, str] = OrderedDict()  # webhook id -> its current picture

    async def of(self, channel: Any) -> discord.Webhook | None:
        """Return the webhook of a text channel or of a thread's parent; None if there can be none."""
        home = channel.parent if isinstance(channel, discord.Thread) else channel
        if not isinstance(home, (discord.TextChannel, discord.VoiceChannel, discord.ForumChannel)):
            return None
        known = self._found.get(home.id)
        if isinstance(known, discord.Webhook) or (known is not None and self._clock() - known < REFUSED_FOR):
            return known if isinstance(known, discord.Webhook) else None
        try:
            self._remember(home.id, hook := await self._own(home))
        except discord.HTTPException as error:
            if error.code not in NO_WEBHOOKS:
                raise
            log.warning("no webhook in #%s (%s): characters speak there by a bold name", home.name, error.text)
            self._remember(home.id, self._clock())
            return None
        return hook

    async def _own(self, home: discord.TextChannel | discord.VoiceChannel | discord.ForumChannel) -> discord.Webhook:
        me = home.guild.me.id
        for hook in await home.webhooks():
            if hook.user is not None and hook.user.id == me and hook.token:
                return hook
        return await home.create_webhook(name=TITLE, reason="characters speak under their own names")

    async def show(self, hook: discord.Webhook, picture: str) -> None:
        """Set the webhook's picture to the next speaker's. Messages already posted keep theirs.

        Attachment URLs expire and are refused as pictures, so the bytes are uploaded.
        """
        if self._faces.get(hook.id) == picture:
            return
        try:
            await hook.edit(avatar=base64.b64decode(picture.removeprefix(PICTURE)), prefer_auth=False)
        except (discord.HTTPException, ValueError) as error:  # the message matters more than the picture
            log.warning("a character's picture could not be set: %s", error)
            return
        self._faces[hook.id] = picture
        while len(self._faces) > REMEMBERED:
            self._faces.popitem(last=False)

    def known(self, channel: Any) -> discord.Webhook | None:
        """Return the channel's webhook if it is cached."""
        home: Any = getattr(channel, "parent_id", None) or getattr(channel, "id", 0)
        found = self._found.get(home)
        return found if isinstance(found, discord.Webhook) else None

    def forget(self, channel: Any) -> None:
        """Forget a webhook that has been deleted."""
        self._found.pop(getattr(channel, "parent_id", None) or channel.id, None)

    def _remember(self, channel: int, found: discord.Webhook | float) -> None:
        self._found[channel] = found
        while len(self._found) > REMEMBERED:
            self._found.popitem(last=False)


class WebhookMessage:
    """A message posted by a webhook, which alone can edit it."""

    def __init__(self, hook: discord.Webhook, number: int, thread: discord.abc.Snowflake | None) -> None:
        self._hook, self._thread = hook, thread
        self.id = number

    def _where(self) -> dict[str, Any]:
        return {} if self._thread is None else {"thread": self._thread}

    async def edit(self, **fields: Any) -> None:
        """Edit the message. Raises NotFound if it has been deleted."""
        await self._hook.edit_message(self.id, **fields, **self._where())

    async def delete(self) -> None:
        await self._hook.delete_message(self.id, **self._where())


class WebhookSender:
    """Posts to a channel under a character's name and picture."""

    def __init__(self, webhooks: Webhooks, hook: discord.Webhook, channel: Any, speaker: Speaker, name: str) -> None:
        self._webhooks, self._hook, self._channel, self.speaker, self._name = webhooks, hook, channel, speaker, name

    @property
    def hook(self) -> int:
        """The webhook's id."""
        return self._hook.id

    async def post(self, text: str, **extra: Any) -> WebhookMessage:
        """Post a message. ``extra``: view, files. Raises NotFound if the webhook has been deleted."""
        thread = self._channel if isinstance(self._channel, discord.Thread) else None
        where: dict[str, Any] = {} if thread is None else {"thread": thread}
        avatar = self.speaker.avatar or ""
        if avatar.startswith("https://"):
            where["avatar_url"] = avatar
        elif avatar.startswith(PICTURE):
            await self._webhooks.show(self._hook, avatar)
        nobody = discord.AllowedMentions.none()
        made = await self._hook.send(text, username=self._name, wait=True, allowed_mentions=nobody, **where, **extra)
        return WebhookMessage(self._hook, made.id, thread)


async def webhook_sender(webhooks: Webhooks, channel: Any, speaker: Speaker) -> WebhookSender | None:
    """Return a sender for the character; None if it must speak by a bold name instead."""
    name = hook_name(speaker.name)
    hook = await webhooks.of(channel) if name else None
    return None if hook is None or name is None else WebhookSender(webhooks, hook, channel, speaker, name)
