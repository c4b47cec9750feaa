"""Ways to put a message on Discord: into a channel, or as the answer to an interaction."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import discord

from bot.events import Speaker
from bot.platforms.discord.link import TROUBLE, Link
from bot.platforms.discord.webhooks import HookMessage, Voice, voice

log = logging.getLogger(__name__)

UNKNOWN_WEBHOOK, INVALID_TOKEN = 10015, 50027
ANOTHERS = 50005  # Discord's code: a message of somebody else cannot be edited
NOBODY = discord.AllowedMentions.none()


class Standing:
    """A message of the bot, by its numbers only: it can be edited through whichever client lives."""

    def __init__(self, link: Link, channel: int, guild: int | None, number: int, *, hooked: bool = False) -> None:
        self._link, self._channel, self._guild = link, channel, guild
        self._hooked = hooked  # a character's: only its webhook can change it
        self.id = number

    def _message(self) -> discord.PartialMessage:
        return self._link.place(self._channel, self._guild).get_partial_message(self.id)

    async def edit(self, **fields: Any) -> None:
        """Change it. Raises NotFound when it is gone."""
        if self._hooked and (spoken := await self._spoken()) is not None:
            return await spoken.edit(**fields)
        try:
            await self._message().edit(**fields)
        except discord.Forbidden as error:
            if error.code != ANOTHERS or self._hooked or (spoken := await self._spoken()) is None:
                raise
            await spoken.edit(**fields)
            self._hooked = True

    async def delete(self) -> None:
        """Take it away."""
        if self._hooked and (spoken := await self._spoken()) is not None:
            return await spoken.delete()
        try:
            await self._message().delete()
        except discord.Forbidden:
            if (spoken := await self._spoken()) is None:
                raise
            await spoken.delete()

    async def _spoken(self) -> HookMessage | None:
        """It may be a character's: only its webhook can change it."""
        channel = self._link.client.get_channel(self._channel)
        hook = await self._link.webhooks.of(channel)
        thread = channel if isinstance(channel, discord.Thread) else None
        return None if hook is None else HookMessage(hook, self.id, thread)


class Answered:
    """A message that answers an interaction: changed by the interaction's token, and by the bot's when that died."""

    def __init__(self, message: discord.Message, standing: Standing) -> None:
        self._message, self._standing = message, standing
        self.id = message.id

    async def edit(self, **fields: Any) -> None:
        """Change it. Raises NotFound when it is gone, or was for the asker only and the token has died."""
        await self._either(self._message.edit(**fields), lambda: self._standing.edit(**fields))

    async def delete(self) -> None:
        """Take it away."""
        await self._either(self._message.delete(), self._standing.delete)

    async def _either(self, first: Awaitable[Any], then: Callable[[], Awaitable[Any]]) -> None:
        try:
            await first
        except (discord.HTTPException, RuntimeError) as error:
            if not _token_died(error):
                raise
            await then()


Shown = Standing | Answered | HookMessage | discord.Message | discord.InteractionMessage | discord.WebhookMessage


class Delivery(Protocol):
    """Posts messages one after another; the first may take the place of something that is already there."""

    async def typing(self) -> None:
        """Show that an answer is being made."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """Whether what is posted from now on appears under the character's own name."""

    async def post(self, text: str, *, private: bool = False, **extra: Any) -> Shown:
        """Post a message. ``extra``: view, files."""


class ChannelDelivery:
    """Posts into a channel, the first message as a reply to the one that is answered.

    ``nonce``: with it, a post that is made again (its answer was lost, or the program died) is still one message.
    """

    def __init__(
        self, channel: discord.abc.Messageable, answered: discord.Message | None = None, *,
        link: Link, nonce: str | None = None, posted: int = 0,
    ) -> None:  # fmt: skip
        self._link = link
        self.channel: int = channel.id  # type: ignore[attr-defined]  # every place that messages come from has one
        guild = getattr(channel, "guild", None)
        self._guild: int | None = guild.id if guild else None
        self._answered = answered.id if answered is not None and not posted else None
        self._nonce = nonce
        self._posted = posted
        self._voice: Voice | None = None
        self._doubtful = False  # a character's post ended in an accident: it may stand there

    async def typing(self) -> None:
        """The typing indicator lasts ten seconds or until the first message."""
        await self._place().typing()

    async def speak_as(self, speaker: Speaker) -> bool:
        """Through a webhook, where the bot may have one."""
        try:
            channel = self._link.client.get_channel(self.channel)
            self._voice = await voice(self._link.webhooks, channel, speaker)
        except TROUBLE as error:
            log.info("no webhook for a character yet (%s)", error)
        return self._voice is not None

    def standing(self, number: int) -> Standing:
        """A message that was posted before."""
        return Standing(self._link, self.channel, self._guild, number)

    async def post(self, text: str, *, private: bool = False, **extra: Any) -> Shown:
        """Post; where the answered message's history cannot be read, without the reference to it."""
        if self._voice is not None:  # asked for anew: another client may have come since
            self._voice = await voice(
                self._link.webhooks, self._link.client.get_channel(self.channel), self._voice.speaker
            )
        if self._voice is not None:
            return await self._speak(self._voice, text, extra)
        if self._nonce is not None:
            extra = extra | {"nonce": f"{self._nonce}.{self._posted}"}
        if self._answered is not None:
            made = await self._reply(self._answered, text, extra)
        else:
            made = await self._place().send(text, allowed_mentions=NOBODY, **extra)
        self._answered = None
        self._posted += 1
        shown = self.standing(made.id)
        if made.content.strip() != text.strip():  # Discord knew the nonce: this is the older text of the same post
            await shown.edit(content=text, view=extra.get("view"), allowed_mentions=NOBODY)
        return shown

    async def _speak(self, spoken: Voice, text: str, extra: dict[str, Any]) -> Shown:
        """Under the character's name; somebody may have deleted the webhook, then there is a new one."""
        try:
            made = await self._stands(spoken, text) if self._doubtful else None
            self._doubtful = True  # webhooks know no nonce: after an accident one has to look
            made = made or (await spoken.post(text, **extra)).id
            self._doubtful = False
        except discord.NotFound as error:
            if error.code != UNKNOWN_WEBHOOK:
                raise
            channel = self._link.client.get_channel(self.channel)
            self._link.webhooks.forget(channel)
            self._voice = await voice(self._link.webhooks, channel, spoken.speaker)
            if self._voice is None:
                return await self.post(text, **extra)
            made = (await self._voice.post(text, **extra)).id
        self._posted += 1
        return Standing(self._link, self.channel, self._guild, made, hooked=True)

    async def _stands(self, spoken: Voice, text: str) -> int | None:
        """The message that a post has made though its answer was lost."""
        try:
            async for message in self._place().history(limit=10):
                if message.webhook_id == spoken.hook and message.content.strip() == text.strip():
                    return message.id
        except discord.Forbidden as error:
            log.debug("whether a character has spoken cannot be read: %s", error.text)
        return None

    async def _reply(self, answered: int, text: str, extra: dict[str, Any]) -> discord.Message:
        reference = discord.MessageReference(
            message_id=answered, channel_id=self.channel, guild_id=self._guild, fail_if_not_exists=False
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
        return self._link.place(self.channel, self._guild)


class InteractionDelivery:
    """Answers an interaction that was deferred; after its token or its connection has died, by ordinary messages."""

    def __init__(self, interaction: discord.Interaction[Any], *, edits: discord.Message | None = None) -> None:
        self._interaction = interaction
        self._link: Link = interaction.client.talk.link
        self.channel = interaction.channel_id or 0
        self._edits = edits  # the message whose button was pressed: the first post takes its place
        self._first = True
        self._dead = False

    async def typing(self) -> None:
        """Deferring has shown it already."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """Only where a character's own message is edited: an interaction is answered under the bot's name."""
        return self._edits is not None and self._edits.webhook_id is not None

    async def post(self, text: str, *, private: bool = False, **extra: Any) -> Shown:
        """The first post takes the place of "is thinking", or of the message whose button was pressed."""
        if not self._dead and not self._interaction.is_expired():
            try:
                message = await self._answer(text, private=private, **extra)
                return Answered(message, self._standing(message.id))
            except (discord.HTTPException, RuntimeError) as error:
                if not _token_died(error):
                    raise
                self._dead = True
        if self._first and self._edits is not None:
            self._first = False
            standing = self._standing(self._edits.id)
            await standing.edit(content=text, view=extra.get("view"), allowed_mentions=NOBODY)
            return standing
        made = await self._link.place(self.channel, self._interaction.guild_id).send(
            text, allowed_mentions=NOBODY, **extra
        )
        return self._standing(made.id)

    def _standing(self, number: int) -> Standing:
        return Standing(self._link, self.channel, self._interaction.guild_id, number)

    async def _answer(self, text: str, *, private: bool, **extra: Any) -> discord.Message:
        interaction, first = self._interaction, self._first
        if private:
            if first and self._edits is None:
                await _quietly(interaction.delete_original_response())
            self._first = False
            return await interaction.followup.send(text, ephemeral=True, wait=True, allowed_mentions=NOBODY, **extra)
        if not first:
            return await interaction.followup.send(text, wait=True, allowed_mentions=NOBODY, **extra)
        files: Sequence[discord.File] = extra.get("files", ())
        made = await interaction.edit_original_response(
            content=text, attachments=files, view=extra.get("view"), allowed_mentions=NOBODY
        )
        self._first = False
        return made


def _token_died(error: Exception) -> bool:
    """The fifteen minutes are over, or the client that heard of the interaction was replaced."""
    if isinstance(error, discord.HTTPException):
        return error.code in (INVALID_TOKEN, UNKNOWN_WEBHOOK)
    return "closed" in str(error)


async def _quietly(work: Any) -> None:
    try:
        await work
    except (TimeoutError, discord.HTTPException) as error:
        log.debug("not done on Discord: %s", error)
