"""One QQ account: its line, and the tasks that run while its bridge is connected."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.config.schema import OneBotSection
from bot.events import Dispatcher
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.choices import Choices
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import Recovery
from bot.platforms.onebot.bridge import ActionFailed, ActionLost, Bridge
from bot.platforms.onebot.channel_health import ChannelHealth
from bot.platforms.onebot.frames import EventFrame, MessageEvent, NoticeEvent
from bot.platforms.onebot.incoming import Incoming, IncomingContext
from bot.platforms.onebot.message_splitter import MessageSplitter
from bot.platforms.onebot.onebot_delivery import DeliveryContext, OneBotSender
from bot.platforms.onebot.owner_notices import OwnerNotices
from bot.platforms.onebot.places import PLATFORM, OneBotPlace
from bot.platforms.onebot.posting import OutgoingMessage, Posting
from bot.platforms.onebot.qq_history import QqHistory
from bot.platforms.onebot.segments import text_segment
from bot.platforms.onebot.send_pace import SendPacer
from bot.platforms.onebot.storage import Commands, OneBotStore
from bot.tasks import Tasks

log = logging.getLogger(__name__)

FINISH = 2.0  # seconds for running answers to finish on shutdown
STAMP = 30.0  # seconds between records that nothing was missed
ASK_AGAIN, MAX_PAUSE = 30.0, 480.0  # seconds before rereading a history that could not be read
LOOK = 5.0  # seconds between checks of the connection
FILE_AFTER = 60_000  # characters: several merged forwards
MAX_CONCURRENT = 200  # events handled concurrently


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountContext:
    """What all accounts have in common."""

    config: OneBotSection
    dispatcher: Dispatcher
    commands: Commands
    store: OneBotStore
    choices: Choices
    notices: OwnerNotices
    own_accounts: Callable[[], frozenset[str]]
    name: str  # the bot's name


class BotAccount:
    """The parts of an account that outlive its connections."""

    def __init__(self, shared: AccountContext, bridge: Bridge, account: str = "") -> None:
        config = shared.config
        self.bridge = bridge
        self.account = account  # account prefix of its channels; empty: the main account
        self.nickname = ""
        self.software = ""  # the bridge's name and version
        self._shared = shared
        self._health = ChannelHealth()
        pacer = SendPacer(config.gap_s, config.sends_per_minute)
        self.posting = Posting(bridge, pacer, self._health, self._silenced)
        splitter = MessageSplitter(config.pieces, config.forward_after_chars)
        sender = OneBotSender(DeliveryContext(
            bridge=bridge, posting=self.posting, choices=shared.choices, splitter=splitter, name=shared.name,
            messages=shared.store.messages, report_missing=self._report_missing,
            quote=config.quote, numbered=config.choices, thinking=config.thinking,
        ))  # fmt: skip
        self._line = Line(PLATFORM, shared.dispatcher, shared.store.inbox, sender, capabilities_of(splitter))
        self._incoming = Incoming(IncomingContext(
            config=config, bridge=bridge, account=account, line=self._line, store=shared.store, health=self._health,
            commands=shared.commands, choices=shared.choices, posting=self.posting, own_accounts=shared.own_accounts,
        ))  # fmt: skip
        self._incoming.add_wake_words((shared.name,))
        patience = timedelta(minutes=config.catch_up_minutes)
        self._recovery = Recovery(self._line, shared.store.values, patience, f"alive:{bridge.account}")
        self._history = QqHistory(config, bridge, self._incoming, shared.store.channels, self._recalled, account)
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        self._events = Tasks(f"onebot {bridge.account}")
        self._loops = Tasks(f"onebot {bridge.account}")
        self._line.open.clear()  # recover missed messages first
        self._followed = 0  # the session for which recovery has been started

    # --- lifecycle ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start listening, catching up after each connection, and monitoring the connection."""
        for work in (self._listen(), self._follow(), self._watch()):
            self._loops.spawn(work)

    async def close(self) -> None:
        """Stop listening and let running answers finish. Idempotent."""
        hears_all = self._line.open.is_set() and self.bridge.connected
        self._line.open.clear()  # later messages are answered after the next start
        await self._loops.finish()
        if hears_all:
            await self._recovery.stamp()
        self.posting.close()
        await self._line.finish(FINISH)
        await self._events.finish()

    async def announce(self, place: OneBotPlace, text: str) -> bool:
        """Post an unsolicited message. Returns whether it was sent."""
        if not self.bridge.connected:
            return False
        await self.posting.post(OutgoingMessage(place=place, segments=[text_segment(text)]))
        return True

    # --- events -------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            event = await self.bridge.events.get()
            if self.bridge.sessions != self._followed:
                self._line.open.clear()  # events of a new connection may arrive before _follow notices it
            await self._slots.acquire()
            self._events.spawn(self._handle(event))

    async def _handle(self, event: EventFrame) -> None:
        try:
            if isinstance(event, MessageEvent):
                await self._incoming.message(event)
            elif isinstance(event, NoticeEvent):
                await self._incoming.notice(event)
        finally:
            self._slots.release()

    # --- connection ---------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """After each connection, identify the account and catch up. Retry if the history could not be read."""
        pause = ASK_AGAIN
        while True:
            if self.bridge.connected and self.bridge.sessions != self._followed:
                await self._catch_up()
                pause = ASK_AGAIN
            elif not self._recovery.failed or not self.bridge.connected or pause > MAX_PAUSE:
                await self._change()
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._change()
                        continue
                pause *= 2
                self._history.ask_again()
                await self._recovery.run(self._history)

    async def _change(self) -> None:
        self.bridge.changed.clear()
        await self.bridge.changed.wait()

    async def _catch_up(self) -> None:
        seen = self._followed = self.bridge.sessions
        self._line.open.clear()
        self._events.spawn(self._introduce())
        await self._recovery.run(self._history)
        if self.bridge.connected and self.bridge.sessions == seen:  # otherwise the next connection catches up again
            self._line.open.set()
            await self._stamp()

    async def _introduce(self) -> None:
        """Fetch the account's nickname, which serves as a wake word, and the bridge's name for log and banner."""
        login = await self._ask("get_login_info")
        self.nickname = str(login.get("nickname") or "")[:60]
        self._incoming.add_wake_words((self._shared.name, self.nickname))
        about = await self._ask("get_version_info")
        self.software = f"{about.get('app_name') or ''} {about.get('app_version') or ''}".strip()[:60]
        log.info("onebot: %s connected through %s", self.bridge.account, self.software or "an unnamed bridge")

    async def _ask(self, action: str) -> Mapping[str, object]:
        with suppress(ActionFailed, ActionLost):
            data = await self.bridge.call(action, {}, 5.0)
            return data if isinstance(data, Mapping) else {}
        return {}

    async def _watch(self) -> None:
        """Close half-open connections, and record periodically that nothing has been missed."""
        left = STAMP
        while True:
            await asyncio.sleep(LOOK)
            if self.bridge.connected and self.bridge.silent():
                log.warning("onebot %s: no heartbeat any more: the connection is closed", self.bridge.account)
                await self.bridge.close("no heartbeat")
            left -= LOOK
            if left <= 0:
                left = STAMP
                await self._stamp()

    async def _stamp(self) -> None:
        if self.bridge.connected and self._line.open.is_set() and not self.bridge.silent():
            await self._recovery.stamp()

    def _recalled(self, event: MessageEvent) -> None:
        self._events.spawn(self._incoming.recalled(event))

    # --- problems -----------------------------------------------------------------------------------------------

    async def _silenced(self, place: OneBotPlace) -> None:
        self._events.spawn(self._shared.notices.tell(self.posting, place, "rest"))

    async def _report_missing(self, place: OneBotPlace, what: str) -> None:
        if not self._health.problem(place.channel):  # otherwise the owner has been told already
            self._events.spawn(self._shared.notices.tell(self.posting, place, what))


def capabilities_of(splitter: MessageSplitter) -> Capabilities:
    """Return what QQ supports through a bridge: whole messages in plain text, no edits, numbers instead of buttons."""
    return Capabilities(
        files=True,
        file_after=FILE_AFTER,
        markdown=False,
        message_limit=splitter.forward_after,
        cut=splitter,
        typing_lasts=6.0,
    )
