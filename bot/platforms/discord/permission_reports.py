"""Reports missing permissions to the bot's administrators, once per channel instead of at every message."""

import logging
import time
from collections.abc import Callable

import discord

from bot.config.schema import DiscordSection
from bot.i18n import N_, translate
from bot.platforms.discord.intake import language_of
from bot.platforms.discord.link import TROUBLE, Link

log = logging.getLogger(__name__)

AGAIN_AFTER = 24 * 3600.0  # seconds before a report is repeated
MAX_REMEMBERED = 2048  # reports remembered
MISSING = {
    "send": N_("I don't have permission to write in {place}. Please allow me *View Channel*, *Send "
               "Messages* and (for threads) *Send Messages in Threads* there, or remove me from that "
               "channel."),
    "files": N_("I don't have permission to attach files in {place}: long replies are split into several "
                "messages there, and files are not sent. Please allow me *Attach Files*."),
}  # fmt: skip


class PermissionReports:
    """Remembers what has been reported."""

    def __init__(self, config: DiscordSection, link: Link, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._link = link
        self._clock = clock
        self._reported: dict[tuple[int, str], float] = {}

    async def report(self, channel: int, what: str) -> None:
        """Report that the bot lacks a permission (a key of LACKS) in a channel."""
        key, now = (channel, what), self._clock()
        if key in self._reported and now - self._reported[key] < AGAIN_AFTER:
            return
        if len(self._reported) >= MAX_REMEMBERED:
            self._reported.clear()
        self._reported[key] = now
        try:
            await self._send(channel, what)
        except TROUBLE as error:
            log.info("an administrator could not be told on Discord: %s", error)

    async def _send(self, channel: int, what: str) -> None:
        client = self._link.client
        place = client.get_channel(channel)
        guild = getattr(place, "guild", None)
        name = f"#{getattr(place, 'name', channel)}" + (f" ({guild.name})" if guild else "")
        log.warning("Discord: %s", translate(MISSING[what], "en", place=name))
        text = translate(MISSING[what], language_of(guild.preferred_locale) if guild else None, place=name)
        for number in self._config.admin_ids:
            admin = client.get_user(number) or await client.fetch_user(number)
            await admin.send(text, allowed_mentions=discord.AllowedMentions.none())
