"""The bot account: receives events by gateway or webhook, and answers within QQ's reply windows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from aiohttp import ClientSession

from bot.config.schema import QqSection
from bot.errors import ConfigError
from bot.events import Dispatcher
from bot.i18n import N_, Message
from bot.platforms.line.choices import Choices
from bot.platforms.line.inbox_item import Inbox
from bot.platforms.line.message_deletion import TurnMessages
from bot.platforms.line.recovery import KeyValues
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.gateway import BotRefused, Gateway, Session
from bot.platforms.qq.message_forms import MessageForms, body_of
from bot.platforms.qq.payloads import RawEvent
from bot.platforms.qq.qq_delivery import DeliveryContext
from bot.platforms.qq.qq_intake import PLATFORM, PRESS, Commands, IntakeContext, QqIntake
from bot.platforms.qq.qq_lines import LineStorage, QqLines
from bot.platforms.qq.qq_places import QqPlace
from bot.platforms.qq.rest import API, SANDBOX, Credentials, Rest, Tokens, Unreachable
from bot.platforms.qq.stored_session import StoredSession
from bot.tasks import Tasks

if TYPE_CHECKING:
    from bot.platforms.qq.webhook import Webhook

log = logging.getLogger(__name__)

TAKEN = N_("[qq] {address} cannot be bound ({reason}). Is Roost running already? Else choose another webhook_port")

FINISH = 2.0  # seconds for running answers to finish on shutdown
MAX_EVENTS = 2000  # events waiting to be handled
MAX_CONCURRENT = 200  # events handled concurrently
SAVE_SECONDS = 3.0  # seconds
MAX_ANNOUNCEMENT_LENGTH = 3500  # characters


class QqStore(Protocol):
    """The parts of the store used here."""

    @property
    def inbox(self) -> Inbox:
        """The table of incoming events."""

    @property
    def values(self) -> KeyValues:
        """The key-value table."""

    @property
    def messages(self) -> TurnMessages:
        """The table of messages recorded for turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QqContext:
    """The collaborators of QqBot."""

    config: QqSection
    dispatcher: Dispatcher
    commands: Commands
    store: QqStore
    name: str


class QqBot:
    """The bot account, using one HTTP session."""

    def __init__(self, context: QqContext, session: ClientSession) -> None:
        config, store, url = context.config, context.store, address_of(context.config)
        tokens = Tokens(session, Credentials(config.app_id, config.secret.get_secret_value()), url=url)
        choices = Choices(PLATFORM, store.values, partial(_face, context.commands))
        self._session = session
        self._rest = Rest(session, tokens, url=url)
        self._delivery_context = DeliveryContext(
            rest=self._rest, report_missing=report_missing, choices=choices, numbered=config.choices,
            forms=MessageForms(store.values, markdown=config.markdown, keyboards=config.keyboards),
        )  # fmt: skip
        self._lines = QqLines(
            config, context.dispatcher, LineStorage(store.inbox, store.values), self._delivery_context
        )
        self._intake = QqIntake(IntakeContext(
            config=config, lines=self._lines, commands=context.commands, values=store.values, messages=store.messages,
            choices=choices, name=context.name,
        ))  # fmt: skip
        self._gateway = Gateway(self._rest, tokens, intents_of(config), self._on_event)
        self._stored_session = StoredSession(store.values, lambda: self._gateway.session)
        self.webhook = webhook_of(config, self._take) if config.mode == "webhook" else None
        self._events: asyncio.Queue[RawEvent] = asyncio.Queue(MAX_EVENTS)
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        self._loops, self._handling = Tasks(PLATFORM), Tasks(PLATFORM)
        self._refused: Message | None = None

    async def start(self) -> None:
        """Connect or bind, listen, and recover what an earlier process left open. Raises ConfigError."""
        if self.webhook is not None:
            await _bind(self.webhook)
            self._loops.spawn(self._lines.recover(self._intake))
            return
        for work in (self._connect(), self._listen(), self._recover(), self._keep_session()):
            self._loops.spawn(work)

    async def close(self) -> None:
        """Stop listening, let running answers finish, and disconnect."""
        self._lines.hold()  # later messages are answered after the next start
        await self._loops.finish()
        if self.webhook is not None:
            await self.webhook.close()
        self._delivery_context.closing.set()
        await self._lines.finish(FINISH)
        await self._handling.finish()
        await self._stored_session.save()
        await self._session.close()

    async def _connect(self) -> None:
        try:
            await self._gateway.run(await self._load())
        except BotRefused as error:
            self._refused = error.reason
            log.error("qq: not connected: %s", error)

    async def _load(self) -> Session:
        """Return the session of an earlier process, however long the database cannot say it."""
        while True:
            try:
                return await self._stored_session.load()
            except Exception as error:
                log.warning("qq: not connected yet: %s", error)
            await asyncio.sleep(SAVE_SECONDS)

    async def _recover(self) -> None:
        await self._gateway.ready.wait()
        await self._lines.recover(self._intake)

    async def _keep_session(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self._stored_session.save()

    # --- events -------------------------------------------------------------------------------------------------

    def _on_event(self, raw_event: RawEvent) -> None:
        try:
            self._events.put_nowait(raw_event)
            self._stored_session.begun(raw_event.sequence)
        except asyncio.QueueFull:
            log.error("qq: an event was left out: too many at once")

    async def _listen(self) -> None:
        while True:
            raw_event = await self._events.get()
            await self._stored_session.save_new()
            await self._slots.acquire()
            self._handling.spawn(self._handle(raw_event))

    async def _handle(self, raw_event: RawEvent) -> None:
        try:
            await self._take(raw_event)
        except Exception:
            log.exception("qq: an event could not be taken in")
        finally:
            self._slots.release()
        self._stored_session.done(raw_event.sequence)  # skipped on cancellation: the event is then replayed

    async def _take(self, raw_event: RawEvent) -> None:
        """Record the event in the inbox. Presses are acknowledged at once, since QQ waits only five seconds."""
        if raw_event.kind == PRESS:
            self._handling.spawn(self._acknowledge(str(raw_event.data.get("id") or "")))
        await self._intake.take(raw_event)

    async def _acknowledge(self, press: str) -> None:
        if not press.replace("-", "").replace("_", "").isalnum() or not press.isascii():
            return  # not safe in a URL path
        try:
            await self._rest.request("PUT", f"/interactions/{press[:200]}", {"code": 0})
        except (QQError, Unreachable) as error:
            log.info("qq: a press could not be acknowledged: %s", error)

    # --- announcements and status -------------------------------------------------------------------------------

    async def announce(self, text: str, place: QqPlace) -> bool:
        """Post an unsolicited message. Returns whether QQ accepted it."""
        body = body_of(text[:MAX_ANNOUNCEMENT_LENGTH], markdown=False)
        try:
            await self._rest.request("POST", place.path, body)
        except (QQError, Unreachable) as error:
            log.info("qq: nothing was announced in %s: %s", place.channel, error)
            return False
        return True

    def describe(self) -> Message:
        """Return the state of the connection."""
        if self.webhook is not None:
            text = "listening at {address} (QQ needs https in front of it: docs/qq.md)"
            return Message(text, address=self.webhook.address)
        if self._gateway.ready.is_set():
            missing = self._gateway.missing_intents
            return Message("connected. {missing}", missing=missing) if missing else Message("connected")
        return self._refused or self._gateway.problem or Message("connecting")


def address_of(config: QqSection) -> str:
    """Return the base URL of QQ's HTTP API."""
    return config.api_base or (SANDBOX if config.sandbox else API)


def intents_of(config: QqSection) -> Sequence[str]:
    """Return the intents to request: those configured, and interactions if buttons are used."""
    buttons = ["interaction"] if config.markdown and config.keyboards else []
    return list(dict.fromkeys([*config.intents, *buttons]))


def webhook_of(config: QqSection, take: Callable[[RawEvent], Awaitable[None]]) -> "Webhook":
    """Return the webhook listener. Raises ConfigError if its dependencies are not installed."""
    try:
        from bot.platforms.qq.signatures import Signer
        from bot.platforms.qq.webhook import Webhook
    except ModuleNotFoundError as error:
        message = N_("{package} is not installed: pip install {packages}")
        raise ConfigError(message, package=error.name, packages="'roost[qq]'") from None
    return Webhook(Signer(config.secret.get_secret_value()), take, config.webhook_host, config.webhook_port)


async def _bind(webhook: "Webhook") -> None:
    try:
        await webhook.start()
    except OSError as error:
        raise ConfigError(TAKEN, address=webhook.address, reason=error.strerror or error) from error


def _face(commands: Commands, name: str) -> str:
    found = commands.find(name)
    return found.button or found.name if found else name


def report_missing(place: QqPlace, what: str) -> None:
    """Log the missing permission: the bot cannot send its owner an unsolicited message."""
    log.warning("qq: the bot may not %s in %s", what, place.channel)
