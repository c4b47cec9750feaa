"""Ways to put a message on Discord: into a channel, or as the answer to an interaction."""

import logging
from collections.abc import Sequence
from typing import Any, Protocol

import discord

log = logging.getLogger(__name__)

NOBODY = discord.AllowedMentions.none()
Shown = discord.Message | discord.InteractionMessage | discord.WebhookMessage


class Delivery(Protocol):
    """Posts messages one after another; the first may take the place of something that is already there."""

    async def typing(self) -> None:
        """Show that an answer is being made."""

    async def post(self, text: str, *, private: bool = False, **extra: Any) -> Shown:
        """Post a message. ``extra``: view, files."""


class ChannelDelivery:
    """Posts into a channel, the first message as a reply to the one that is answered."""

    def __init__(self, channel: discord.abc.Messageable, answered: discord.Message | None = None) -> None:
        self._channel = channel
        self._answered = answered

    async def typing(self) -> None:
        """The typing indicator lasts ten seconds or until the first message."""
        await self._channel.typing()

    async def post(self, text: str, *, private: bool = False, **extra: Any) -> Shown:
        """Post; where the answered message is gone or its history cannot be read, without the reference."""
        answered, self._answered = self._answered, None
        if answered is not None:
            try:
                return await self._channel.send(
                    text, reference=answered, mention_author=False, allowed_mentions=NOBODY, **extra
                )
            except discord.HTTPException as error:
                if isinstance(error, discord.Forbidden) and error.code not in (50013, 160002):
                    raise
                if not isinstance(error, discord.Forbidden) and error.status != 400:
                    raise
        return await self._channel.send(text, allowed_mentions=NOBODY, **extra)


class InteractionDelivery:
    """Answers an interaction that was deferred; after its token has died, by ordinary messages."""

    def __init__(self, interaction: discord.Interaction[Any], *, edits: discord.Message | None = None) -> None:
        self._interaction = interaction
        self._edits = edits  # the message whose button was pressed: the first post takes its place
        self._first = True

    async def typing(self) -> None:
        """Deferring has shown it already."""

    async def post(self, text: str, *, private: bool = False, **extra: Any) -> Shown:
        """The first post takes the place of "is thinking", or of the message whose button was pressed."""
        interaction, first = self._interaction, self._first
        self._first = False
        if interaction.is_expired():
            channel = interaction.channel
            if not isinstance(channel, discord.abc.Messageable):
                raise RuntimeError("the interaction's channel is gone")
            return await channel.send(text, allowed_mentions=NOBODY, **extra)
        if private:
            if first and self._edits is None:
                await _quietly(interaction.delete_original_response())
            return await interaction.followup.send(text, ephemeral=True, wait=True, allowed_mentions=NOBODY, **extra)
        if first:
            files: Sequence[discord.File] = extra.pop("files", ())
            view = extra.pop("view", None)
            return await interaction.edit_original_response(
                content=text, attachments=files, view=view, allowed_mentions=NOBODY
            )
        return await interaction.followup.send(text, wait=True, allowed_mentions=NOBODY, **extra)


async def _quietly(work: Any) -> None:
    try:
        await work
    except (TimeoutError, discord.HTTPException) as error:
        log.debug("not done on Discord: %s", error)
