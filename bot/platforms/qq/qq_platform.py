"""QQ's official bot interface as a platform."""

import asyncio
from collections.abc import Sequence

from aiohttp import ClientSession

from bot.config.schema import QqSection
from bot.events import Dispatcher
from bot.platforms.qq.qq_bot import Parts, QqBot, Store
from bot.platforms.qq.qq_intake import PLATFORM, Commands
from bot.platforms.qq.qq_places import Place, place_of

ANNOUNCEMENT_GAP = 2.0  # seconds: QQ takes 30 unprompted messages a minute


class QqPlatform:
    """The bot account, from start to close."""

    name = PLATFORM

    def __init__(
        self, config: QqSection, dispatcher: Dispatcher, commands: Commands, store: Store, *, name: str = "Roost"
    ) -> None:
        self._config = config
        self._parts = Parts(config=config, dispatcher=dispatcher, commands=commands, store=store, name=name)
        self.bot: QqBot | None = None

    async def start(self) -> None:
        """Connect; network trouble is retried for ever, and what QQ refuses is said in ``describe`` and the log.

        Raises ConfigError where the port of the webhook is taken.
        """
        session = ClientSession()
        try:
            self.bot = QqBot(self._parts, session)
            await self.bot.start()
        except BaseException:
            self.bot = None
            await session.close()
            raise

    async def close(self) -> None:
        """Stop listening, let running answers arrive, disconnect. Idempotent."""
        bot, self.bot = self.bot, None
        if bot is not None:
            await bot.close()

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """Post in the talk groups, and where `+channel on` was said, as far as QQ lets the bot write unprompted."""
        groups = [Place("groups", group) for group in self._config.talk_groups]
        wanted = list(dict.fromkeys([*groups, *(place for each in places if (place := place_of(each)) is not None)]))
        reached = 0
        for count, place in enumerate(wanted):
            if self.bot is None:
                break
            await asyncio.sleep(ANNOUNCEMENT_GAP if count else 0)
            reached += await self.bot.announce(text, place)
        return reached

    def describe(self) -> str:
        """One line for the banner."""
        return f"qq: {self.bot.describe() if self.bot is not None else 'closed'}"
