"""The gateway: a WebSocket that delivers events and is resumed after a break.

https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/event-emit.html
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from bot.i18n import Message
from bot.platforms.qq.error_codes import CLOSES, QQError
from bot.platforms.qq.payloads import MAX_ID_LENGTH, RawEvent
from bot.platforms.qq.rest import Rest, Tokens, Unreachable
from bot.tasks import Tasks

log = logging.getLogger(__name__)

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
NEW_TOKEN, TOO_FAST = 4004, 4008
NEW_SESSION = frozenset({4006, 4007, 4009, *range(4900, 4914)})
NOT_GRANTED = frozenset({4013, 4014})
INTENTS: Mapping[str, int] = {
    "group_and_c2c": 1 << 25, "interaction": 1 << 26, "channel_mentions": 1 << 30, "channel_direct": 1 << 12,
}  # fmt: skip
PLAIN: Mapping[str, str] = {  # with the names of QQ's console
    "group_and_c2c": "groups and private chats (群聊和单聊)", "interaction": "buttons (互动事件)",
    "channel_mentions": "mentions in channels (公域频道消息)", "channel_direct": "private chats of channels (频道私信)",
}  # fmt: skip
MIN_PAUSE, MAX_PAUSE = 1.0, 60.0  # seconds between two attempts
USUAL_INTERVAL, MAX_INTERVAL = 40_000, 600_000  # milliseconds between two heartbeats
MAX_FRAME_BYTES = 1 << 20  # bytes
BROKEN = (OSError, InvalidHandshake, InvalidURI, TimeoutError, Unreachable, ValueError)  # reconnect after these
Data = Mapping[str, object]


class BotRefused(Exception):  # noqa: N818  # named for what happened
    """QQ refuses this bot for good; a retry cannot help."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(slots=True)
class Session:
    """What is needed to resume after a break."""

    id: str = ""
    sequence: int | None = None


class Gateway:
    """Keeps the connection up and passes each event to ``heard`` once."""

    def __init__(
        self, rest: Rest, tokens: Tokens, intents: Sequence[str], on_event: Callable[[RawEvent], None]
    ) -> None:
        self._rest, self._tokens = rest, tokens
        self._intents = list(intents)
        self._on_event = on_event
        self.session = Session()
        self.problem: Message | None = None  # why there is no connection
        self.missing: list[str] = []  # intents that are not granted
        self.ready = asyncio.Event()  # set while events are received

    async def run(self, session: Session | None = None) -> None:
        """Connect until cancelled, resuming ``session``. Raises Refused if a retry cannot help."""
        self.session = session or Session()
        pause = MIN_PAUSE
        while True:
            try:
                await self._connect(self._intents)
                pause = MIN_PAUSE
            except ConnectionClosed as error:
                if _code(error) in NOT_GRANTED:
                    await self._ask_one_by_one()
                else:
                    pause = self._closed(error, pause)
            except QQError as error:
                if error.code in (100007, 100016):
                    raise BotRefused(error.reason) from error
                self.problem = error.reason
            except BROKEN as error:
                self.problem = _reason(error)
            except BotRefused:
                raise
            except Exception as error:  # whatever it was, the connection is tried again
                log.exception("qq: the connection ended")
                self.problem = _reason(error)
            finally:
                self.ready.clear()
            await asyncio.sleep(pause * (0.75 + random.random() / 2))
            pause = min(2 * pause, MAX_PAUSE)

    async def _ask_one_by_one(self) -> None:
        """Find out which intents are granted, since QQ does not name the missing ones. Raises Refused if none is."""
        self.session = Session()
        granted: list[str] = []
        for intent in self._intents:
            await asyncio.sleep(MIN_PAUSE)
            try:
                await self._connect([intent], only_to_ask=True)
                granted.append(intent)
            except ConnectionClosed as error:
                if _code(error) not in NOT_GRANTED:
                    self._closed(error, MIN_PAUSE)
                    return  # asked again after the next attempt
            except (QQError, *BROKEN) as error:
                self.problem = _reason(error)
                return
            finally:
                self.session = Session()
        self.missing += [intent for intent in self._intents if intent not in granted]
        self._intents = granted
        log.warning("qq: %s", self.missing_intents)
        if not granted:
            raise BotRefused(_not_granted(self.missing))

    @property
    def missing_intents(self) -> Message | None:
        """Events that QQ does not let the bot receive; None if there are none."""
        return _not_granted(self.missing) if self.missing else None

    def _closed(self, error: ConnectionClosed, pause: float) -> float:
        code = _code(error)
        self.problem = CLOSES.get(code, Message("QQ closed the connection ({code})", code=code))
        if code in CLOSES:
            raise BotRefused(self.problem)
        if code in NEW_SESSION:
            self.session = Session()
        return MAX_PAUSE if code == TOO_FAST else pause

    async def _connect(self, intents: Sequence[str], *, only_to_ask: bool = False) -> None:
        address = (await self._rest.request("GET", "/gateway/bot")).get("url")
        if not isinstance(address, str):
            raise Unreachable("QQ named no gateway")
        token = await self._tokens.get()
        tasks = Tasks("the QQ gateway")
        async with connect(address, max_size=MAX_FRAME_BYTES, open_timeout=10, close_timeout=2, proxy=None) as socket:
            try:
                await self._greet(socket, token, intents, tasks)
                async for frame in socket:
                    if not self._take(frame) or (only_to_ask and self.session.id):
                        return
                if socket.close_code == NEW_TOKEN:
                    self._tokens.forget(token)
            except ConnectionClosed as error:
                if error.rcvd and error.rcvd.code == NEW_TOKEN:
                    self._tokens.forget(token)
                raise
            finally:
                await tasks.finish()

    async def _greet(self, socket: ClientConnection, token: str, intents: Sequence[str], tasks: Tasks) -> None:
        async with asyncio.timeout(20):
            seconds = _interval(_frame(await socket.recv()))
        tasks.spawn(self._beat(socket, seconds))
        known = {"token": f"QQBot {token}"}
        if self.session.id:
            body: Data = known | {"session_id": self.session.id, "seq": self.session.sequence}
            await _send(socket, RESUME, body)
        else:
            await _send(socket, IDENTIFY, known | {"intents": sum(INTENTS[each] for each in intents), "shard": [0, 1]})

    async def _beat(self, socket: ClientConnection, seconds: float) -> None:
        while True:
            try:
                await _send(socket, HEARTBEAT, self.session.sequence)
            except ConnectionClosed:
                return
            await asyncio.sleep(seconds)

    def _take(self, data: str | bytes) -> bool:
        """Handle a frame. Returns whether the connection continues."""
        try:
            frame = _frame(data)
        except ValueError as error:
            log.warning("qq: a frame could not be read: %s", error)
            return True
        match frame.get("op"):
            case 0:
                self._dispatch(frame)
            case 7:
                return False
            case 9:
                self.session = Session()
                return False
        return True

    def _dispatch(self, frame: Data) -> None:
        sequence, kind, data = frame.get("s"), frame.get("t"), frame.get("d")
        if isinstance(sequence, int):
            if self.session.sequence is not None and sequence <= self.session.sequence and kind != "READY":
                return  # replayed after a resume
            self.session.sequence = sequence
        body: Data = data if isinstance(data, dict) else {}
        if kind == "READY":
            self.session.id = str(body.get("session_id", ""))
        if kind in ("READY", "RESUMED"):
            self.problem = None
            self.ready.set()
        elif isinstance(kind, str):
            number = sequence if isinstance(sequence, int) else 0
            self._on_event(RawEvent(kind, body, str(frame.get("id") or "")[:MAX_ID_LENGTH], number))


def _not_granted(intents: Sequence[str]) -> Message:
    text = "QQ has not granted: {names}. Switch it on in QQ's console, or take it out of [qq] intents"
    return Message(text, names=", ".join(PLAIN[intent] for intent in intents))


def _reason(error: Exception) -> Message:
    if isinstance(error, QQError):
        return error.reason
    return Message("no connection ({error})", error=str(error) or type(error).__name__)


async def _send(socket: ClientConnection, operation: int, data: object) -> None:
    await socket.send(json.dumps({"op": operation, "d": data}))


def _interval(hello: Data) -> float:
    """Return the heartbeat interval in seconds. Raises Unreachable if the frame is not HELLO."""
    data = hello.get("d")
    if hello.get("op") != HELLO or not isinstance(data, dict):
        raise Unreachable("QQ's gateway did not say hello")
    given = data.get("heartbeat_interval")
    interval = given if isinstance(given, (int, float)) and given < MAX_INTERVAL else USUAL_INTERVAL
    return max(1.0, interval / 1000)


def _code(error: ConnectionClosed) -> int:
    return error.rcvd.code if error.rcvd else 1006


def _frame(data: str | bytes) -> Data:
    """Parse a frame. Raises ValueError if it is malformed."""
    try:
        value = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value
