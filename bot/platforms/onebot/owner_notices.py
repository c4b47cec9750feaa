"""Tells the owners about problems of an account, once a day instead of at every message."""

import logging
import time
from collections.abc import Callable, Sequence

from bot.i18n import N_, translate
from bot.platforms.line.sending import MessageRejected, NotPermitted, Undelivered
from bot.platforms.onebot.places import OneBotPlace
from bot.platforms.onebot.posting import OutgoingMessage, Posting
from bot.platforms.onebot.segments import text_segment

log = logging.getLogger(__name__)

AGAIN_AFTER = 24 * 3600.0  # seconds
MAX_REMEMBERED = 2048  # notices remembered
TEXTS = {
    "send": N_("I cannot send messages to {place} on QQ: the account is muted there, or no longer a member."),
    "files": N_("I cannot send files to {place} on QQ: the bridge cannot do it, or is not allowed to."),
    "rest": N_("Three messages in a row to {place} on QQ may not have arrived. QQ seems to be holding them "
               "back, so I will stay silent there for an hour. Please check whether the account can still "
               "write there."),
}  # fmt: skip


class OwnerNotices:
    """Sends notices to the bot's owners in private."""

    def __init__(self, admins: Sequence[str], language: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._admins = admins
        self._language = language
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}

    async def tell(self, posting: Posting, place: OneBotPlace, what: str) -> None:
        """Send the notice ``what`` (a key of TEXTS) about a place."""
        key, now = (place.channel, what), self._clock()
        if what not in TEXTS or (key in self._told and now - self._told[key] < AGAIN_AFTER):
            return
        if len(self._told) >= MAX_REMEMBERED:
            self._told.clear()
        self._told[key] = now
        log.warning("onebot: %s", translate(TEXTS[what], "en", place=place.channel))
        words = text_segment(translate(TEXTS[what], self._language, place=place.channel))
        for admin in self._admins:
            home = OneBotPlace("private", admin)
            if home == place:
                continue
            try:
                await posting.post(OutgoingMessage(place=home, segments=[words]))
            except (NotPermitted, MessageRejected, Undelivered) as error:
                log.info("an owner could not be told on QQ: %s", error)
