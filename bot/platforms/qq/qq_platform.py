"""QQ's official bot interface: the gateway brings events, and answers go out within their windows."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol

from aiohttp import ClientSession

from bot.config.schema import QqSection
from bot.events import Dispatcher
from bot.platforms.line.abilities import Abilities
from bot.platforms.line.inbox_item import Inbox
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import Recovery, Values
from bot.platforms.qq.gateway import INTENTS, Gateway, Refused
from bot.platforms.qq.qq_delivery import LONGEST_MESSAGE, Outlet, QqSender, pieces_of
from bot.platforms.qq.qq_intake import PLATFORM, Commands, Place, QqIntake
from bot.platforms.qq.rest import API, Credentials, Rest, Tokens
from bot.platforms.qq.taken_events import TakenEvents
from bot.tasks import Tasks

log = logging.getLogger(__name__)

FINISH = 2.0  # seconds for running answers to arrive at the end
MOST_EVENTS = 2000  # that wait to be looked at
AT_ONCE = 200  # events that are looked at at the same time
ABILITIES = Abilities(markdown=False, message_limit=LONGEST_MESSAGE, cut=pieces_of)


class Store(Protocol):
    """The parts of the store that are used here."""

    @property
    def inbox(self) -> Inbox:
        """What was taken in."""

    @property
    def values(self) -> Values:
        """Keys and values."""


class QqBot:
    """The bot account, through one session."""

    def __init__(
        self, config: QqSection, dispatcher: Dispatcher, commands: Commands, store: Store, name: str,
        session: ClientSession,
    ) -> None:  # fmt: skip
        url = config.api_base or API
        tokens = Tokens(session, Credentials(config.app_id, config.secret.get_secret_value()), url=url)
        rest = Rest(session, tokens, url=url)
        self._session = session
        self._outlet = Outlet(rest, lacks)
        self._line = Line(PLATFORM, dispatcher, store.inbox, QqSender(self._outlet), ABILITIES)
        self._intake = QqIntake(config, self._line, commands, store.values, name)
        self._recovery = Recovery(self._line, store.values, timedelta(minutes=config.catch_up_minutes))
        self._gateway = Gateway(rest, tokens, sum(INTENTS[intent] for intent in config.intents), self._heard)
        self._events: asyncio.Queue[tuple[str, Mapping[str, object]]] = asyncio.Queue(MOST_EVENTS)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._loops, self._handling = Tasks(PLATFORM), Tasks(PLATFORM)
        self._refused = ""
        self._line.open.clear()  # what an earlier process took in comes first

    def start(self) -> None:
        """Connect, listen, and take up what an earlier process has left."""
        for work in (self._connect(), self._listen(), self._recover()):
            self._loops.spawn(work)

    async def close(self) -> None:
        """Stop listening, let running answers arrive, disconnect."""
        self._line.open.clear()  # what is said from now on is answered after the next start
        await self._loops.finish()
        self._outlet.closing.set()
        await self._line.finish(FINISH)
        await self._handling.finish()
        await self._session.close()

    async def _connect(self) -> None:
        try:
            await self._gateway.run()
        except Refused as error:
            self._refused = str(error)
            log.error("qq: not connected: %s", error)

    async def _recover(self) -> None:
        await self._gateway.ready.wait()
        await self._recovery.run(TakenEvents(self._intake))
        self._line.open.set()

    def _heard(self, kind: str, data: Mapping[str, object]) -> None:
        try:
            self._events.put_nowait((kind, data))
        except asyncio.QueueFull:
            log.error("qq: an event was left out: too many at once")

    async def _listen(self) -> None:
        while True:
            kind, data = await self._events.get()
            await self._room.acquire()
            self._handling.spawn(self._take(kind, data))

    async def _take(self, kind: str, data: Mapping[str, object]) -> None:
        try:
            await self._intake.take(kind, data)
        finally:
            self._room.release()

    def describe(self) -> str:
        """How it stands, for the banner."""
        if self._gateway.ready.is_set():
            return "connected"
        return self._refused or self._gateway.problem or "connecting"


class QqPlatform:
    """QQ's official interface as a platform."""

    name = PLATFORM

    def __init__(
        self, config: QqSection, dispatcher: Dispatcher, commands: Commands, store: Store, *, name: str = "Roost"
    ) -> None:
        self._make = partial(QqBot, config, dispatcher, commands, store, name)
        self._bot: QqBot | None = None

    async def start(self) -> None:
        """Connect; network trouble is retried for ever, and what QQ refuses is said in ``describe`` and the log."""
        self._bot = self._make(ClientSession())
        self._bot.start()

    async def close(self) -> None:
        """Stop listening, let running answers arrive, disconnect. Idempotent."""
        bot, self._bot = self._bot, None
        if bot is not None:
            await bot.close()

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """QQ lets bots write unprompted only by special leave: nobody is reached."""
        return 0

    def describe(self) -> str:
        """One line for the banner."""
        return f"qq: {self._bot.describe() if self._bot is not None else 'closed'}"


def lacks(place: Place, what: str) -> None:
    """The bot cannot write to its owner without being asked, so it goes to the log."""
    log.warning("qq: the bot may not %s in %s", what, place.channel)
