"""QQ's official bot API as a platform."""

import asyncio
from collections.abc import Sequence

from aiohttp import ClientSession

from bot.config.schema import QqSection
from bot.events import Dispatcher
from bot.i18n import Message
from bot.platforms.qq.qq_bot import QqBot, QqContext, QqStore
from bot.platforms.qq.qq_intake import PLATFORM, Commands
from bot.platforms.qq.qq_places import QqPlace, place_of

ANNOUNCEMENT_GAP = 2.0  # seconds: QQ allows 30 unsolicited messages per minute


class QqPlatform:
    """Starts and closes the bot account."""

    name = PLATFORM

    def __init__(
        self, config: QqSection, dispatcher: Dispatcher, commands: Commands, store: QqStore, *, name: str = "Roost"
    ) -> None:
        self._config = config
        self._context = QqContext(config=config, dispatcher=dispatcher, commands=commands, store=store, name=name)
        self.bot: QqBot | None = None

    async def start(self) -> None:
        """Connect. Network errors are retried forever; refusals by QQ are logged and shown in ``describe``.

        Raises ConfigError if the webhook's port is taken.
        """
        session = ClientSession()
        try:
            self.bot = QqBot(self._context, session)
            await self.bot.start()
        except BaseException:
            self.bot = None
            await session.close()
            raise

    async def close(self) -> None:
        """Stop listening, let running answers finish, and disconnect. Idempotent."""
        bot, self.bot = self.bot, None
        if bot is not None:
            await bot.close()

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """Post in the talk groups and in channels with `+channel on`. Returns in how many QQ permitted it."""
        groups = [QqPlace("groups", group) for group in self._config.talk_groups]
        wanted = list(dict.fromkeys([*groups, *(place for each in places if (place := place_of(each)) is not None)]))
        reached = 0
        for count, place in enumerate(wanted):
            if self.bot is None:
                break
            await asyncio.sleep(ANNOUNCEMENT_GAP if count else 0)
            reached += await self.bot.announce(text, place)
        return reached

    def describe(self) -> Message:
        """Return one line for the banner, ``status`` and the owner's page."""
        return self.bot.describe() if self.bot is not None else Message("closed")
