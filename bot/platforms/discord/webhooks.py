"""Characters speak under their own name and picture: through a webhook of the bot's own in each channel."""

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

TITLE = "Roost characters"  # the webhook's name in the channel's settings; each message carries the character's
REFUSED_FOR = 600.0  # seconds until a channel that refused is asked again
REMEMBERED = 2048  # channels
LONGEST_NAME = 80
FORBIDDEN = re.compile(r"clyde|discord|@|#|:|```", re.IGNORECASE)  # Discord takes no such names
PICTURE = "data:image/png;base64,"
TAKEN = ("everyone", "here")
NO_WEBHOOKS = (30007, 50013, 50001)  # fifteen are there already; not permitted; no access


def hook_name(name: str) -> str | None:
    """The character's name as a webhook may carry it; None when it may not."""
    clean = " ".join(name.split())[:LONGEST_NAME]
    return None if not clean or FORBIDDEN.search(clean) or clean.casefold() in TAKEN else clean


class Webhooks:
    """The bot's webhooks by channel: found, made, remembered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: OrderedDict[int, discord.Webhook | float] = OrderedDict()  # or: when it refused
        self._faces: OrderedDict[int, str] = OrderedDict()  # by webhook: the picture that it has

    async def of(self, channel: Any) -> discord.Webhook | None:
        """The webhook of a text channel (of the parent, where it is a thread); None where there can be none."""
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
        """Give the webhook the picture of who speaks next. Discord keeps each message's as it was when it was posted.

        Attachments' addresses expire and are refused as pictures, so the webhook gets the bytes.
        """
        if self._faces.get(hook.id) == picture:
            return
        try:
            await hook.edit(avatar=base64.b64decode(picture.removeprefix(PICTURE)), prefer_auth=False)
        except (discord.HTTPException, ValueError) as error:  # the words are worth more
            log.warning("a character's picture could not be set: %s", error)
            return
        self._faces[hook.id] = picture
        while len(self._faces) > REMEMBERED:
            self._faces.popitem(last=False)

    def known(self, channel: Any) -> discord.Webhook | None:
        """The webhook of a channel, if it has been used since the start."""
        home: Any = getattr(channel, "parent_id", None) or getattr(channel, "id", 0)
        found = self._found.get(home)
        return found if isinstance(found, discord.Webhook) else None

    def forget(self, channel: Any) -> None:
        """It is gone: somebody has deleted it."""
        self._found.pop(getattr(channel, "parent_id", None) or channel.id, None)

    def _remember(self, channel: int, found: discord.Webhook | float) -> None:
        self._found[channel] = found
        while len(self._found) > REMEMBERED:
            self._found.popitem(last=False)


class HookMessage:
    """A message that a webhook has posted; only the webhook can change it."""

    def __init__(self, hook: discord.Webhook, number: int, thread: discord.abc.Snowflake | None) -> None:
        self._hook, self._thread = hook, thread
        self.id = number

    def _where(self) -> dict[str, Any]:
        return {} if self._thread is None else {"thread": self._thread}

    async def edit(self, **fields: Any) -> None:
        """Change it. Raises NotFound when it is gone."""
        await self._hook.edit_message(self.id, **fields, **self._where())

    async def delete(self) -> None:
        """Take it away."""
        await self._hook.delete_message(self.id, **self._where())


class WebhookSender:
    """A character in a channel: posts under its name and picture."""

    def __init__(self, webhooks: Webhooks, hook: discord.Webhook, channel: Any, speaker: Speaker, name: str) -> None:
        self._webhooks, self._hook, self._channel, self.speaker, self._name = webhooks, hook, channel, speaker, name

    @property
    def hook(self) -> int:
        """The webhook's id."""
        return self._hook.id

    async def post(self, text: str, **extra: Any) -> HookMessage:
        """Post. ``extra``: view, files. Raises NotFound when the webhook is gone."""
        thread = self._channel if isinstance(self._channel, discord.Thread) else None
        where: dict[str, Any] = {} if thread is None else {"thread": thread}
        avatar = self.speaker.avatar or ""
        if avatar.startswith("https://"):
            where["avatar_url"] = avatar
        elif avatar.startswith(PICTURE):
            await self._webhooks.show(self._hook, avatar)
        nobody = discord.AllowedMentions.none()
        made = await self._hook.send(text, username=self._name, wait=True, allowed_mentions=nobody, **where, **extra)
        return HookMessage(self._hook, made.id, thread)


async def webhook_sender(webhooks: Webhooks, channel: Any, speaker: Speaker) -> WebhookSender | None:
    """Posts as the character in ``channel``; None where it speaks by a bold name instead."""
    name = hook_name(speaker.name)
    hook = await webhooks.of(channel) if name else None
    return None if hook is None or name is None else WebhookSender(webhooks, hook, channel, speaker, name)
