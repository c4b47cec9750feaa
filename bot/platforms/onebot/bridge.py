"""The bridge to one account: actions answered in any order, and incoming events."""

import asyncio
import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Literal, Protocol
from urllib.parse import urlsplit

from bot.platforms.onebot.frames import ActionResult, EventFrame, MetaEvent, read_frame

log = logging.getLogger(__name__)

Role = Literal["universal", "api", "event"]
NAMES: dict[str, Role] = {"api": "api", "event": "event"}
ACTION_SECONDS = 30.0  # the bridge may have done the action even if it has not answered by then
TRY_SECONDS = 5.0  # for actions that need no request to QQ
MAX_PENDING = 200  # actions awaiting an answer
MAX_EVENTS = 2000  # events waiting to be handled
MISSED_HEARTBEATS = 3
UNKNOWN_ACTION = 1404
UNKNOWN = re.compile(
    r"(?:unknown|unsupported) action|\w+ not implemented|(?:未知|不支持)的?\s*(?:api|action|动作|接口)", re.IGNORECASE
)


class ActionFailed(Exception):  # noqa: N818  # named for what happened
    """The bridge refused or failed. Nothing was sent."""

    def __init__(self, action: str, code: int, reason: str) -> None:
        super().__init__(f"{action}: {reason or 'failed'} ({code})")
        self.code = code
        self.reason = reason


class NotAsked(ActionFailed):
    """The bridge never received the action: it is not connected, or too many actions are pending."""


class ActionLost(Exception):  # noqa: N818  # named for what happened
    """No answer came. The action may have been done, so it must not simply be repeated."""


class LinkLost(ActionLost):
    """The connection was lost before the answer came."""


class Socket(Protocol):
    """One WebSocket, whichever side dialled."""

    async def send(self, message: str) -> None:
        """Send a text frame. Raises OSError or EOFError if the connection is closed."""

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection. Returns at once if it is closed already."""


class Bridge:
    """One account: its connections, pending actions and unhandled events."""

    def __init__(self, account: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.account = account
        self.own_ids = {account}  # a bridge may use different ids in its header and its events
        self.events: asyncio.Queue[EventFrame] = asyncio.Queue(MAX_EVENTS)
        self.online = True  # according to the last heartbeat
        self.sessions = 0  # number of connections so far
        self.changed = asyncio.Event()  # set on each connect and disconnect; cleared by the waiter
        self._clock = clock
        self._sockets: dict[Role, Socket] = {}
        self._pending: dict[str, asyncio.Future[ActionResult]] = {}
        self._numbers = itertools.count(1)
        self._unsupported: set[str] = set()
        self._tried: set[str] = set()
        self._interval = 0.0  # seconds between heartbeats; 0: none are sent
        self._heard = clock()
        self._dropped = 0

    @property
    def connected(self) -> bool:
        """Whether actions can be sent."""
        return self._api is not None

    @property
    def _api(self) -> Socket | None:
        return self._sockets.get("universal") or self._sockets.get("api")

    def supports(self, action: str) -> bool:
        """Return whether ``action`` (or a kind of segment) has not proved to be unknown to the bridge."""
        return action not in self._unsupported

    def give_up(self, action: str) -> None:
        """Mark ``action`` as unsupported by this connection."""
        self._unsupported.add(action)

    async def knows(self, action: str) -> bool:
        """Return whether the bridge knows ``action``.

        It is tried once per connection, without parameters, so that it has no effect.
        """
        if action not in self._tried and self.supports(action):
            try:
                await self.call(action, {}, TRY_SECONDS)
            except (NotAsked, LinkLost):
                return True
            except ActionFailed:
                pass
            except ActionLost:  # some bridges do not answer unknown actions
                self.give_up(action)
            self._tried.add(action)
        return self.supports(action)

    def silent(self) -> bool:
        """Return whether several expected heartbeats are missing, so that the connection is probably half-open."""
        return self._interval > 0 and self._clock() - self._heard > MISSED_HEARTBEATS * self._interval

    # --- connections --------------------------------------------------------------------------------------------

    def attach(self, socket: Socket, role: Role) -> list[Socket]:
        """Use ``socket`` from now on. Returns the sockets that it replaces, which are probably half-open."""
        before = self._api
        given_up = [old for old in self._sockets if role in ("universal", old) or old == "universal"]
        replaced = [self._sockets.pop(old) for old in given_up]
        self._sockets[role] = socket
        self.sessions += 1
        self._heard, self._interval = self._clock(), 0.0
        self.changed.set()
        if self._api is not before:
            self._unsupported.clear()
            self._tried.clear()
            self._lose_pending()
        return replaced

    def detach(self, socket: Socket) -> bool:
        """Forget a connection that has ended. Returns whether it was in use."""
        used = [role for role, known in self._sockets.items() if known is socket]
        for role in used:
            del self._sockets[role]
        self.changed.set()
        if used and self._api is None:
            self._lose_pending()
        return bool(used)

    async def close(self, reason: str = "") -> None:
        sockets = list(self._sockets.values())
        self._sockets.clear()
        self._lose_pending()
        for socket in sockets:
            await socket.close(1000, reason)

    def _lose_pending(self) -> None:
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(LinkLost("the connection to the bridge was lost"))
        self._pending.clear()

    # --- incoming -----------------------------------------------------------------------------------------------

    def receive(self, data: str | bytes) -> None:
        """Handle a frame. Malformed ones are logged and skipped: a bridge's bug must not end the connection."""
        self._heard = self._clock()
        try:
            frame = read_frame(data)
        except ValueError as error:
            log.warning("onebot %s: a frame could not be read: %s", self.account, error)
            return
        if isinstance(frame, ActionResult):
            self._answered(frame)
        elif isinstance(frame, MetaEvent):
            self._note(frame)
        elif frame is not None and frame.self_id in self.own_ids:
            self._queue(frame)

    def _answered(self, result: ActionResult) -> None:
        waiting = self._pending.pop(result.echo or "", None)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def _note(self, event: MetaEvent) -> None:
        if event.meta_event_type != "heartbeat":
            return
        self._interval = max(1.0, event.interval / 1000) if event.interval > 0 else 0.0
        online = event.status.online is not False
        if online != self.online:
            log.warning(
                "onebot %s: the bridge says that the account is %s", self.account, "online" if online else "offline"
            )
        self.online = online

    def _queue(self, event: EventFrame) -> None:
        try:
            self.events.put_nowait(event)
        except asyncio.QueueFull:
            self._dropped += 1
            if self._dropped & (self._dropped - 1) == 0:  # log only the 1st, 2nd, 4th, 8th, ...
                log.error("onebot %s: %d events were left out: too many at once", self.account, self._dropped)

    # --- outgoing -----------------------------------------------------------------------------------------------

    async def call(self, action: str, params: Mapping[str, object], seconds: float = ACTION_SECONDS) -> object:
        """Perform ``action`` and return its data.

        Raises ActionFailed if it was not done, and ActionLost if the outcome is unknown.
        """
        socket = self._api
        if socket is None:
            raise NotAsked(action, 0, "the bridge is not connected")
        if len(self._pending) >= MAX_PENDING:
            raise NotAsked(action, 0, "too many actions are waiting for the bridge")
        echo = f"roost-{next(self._numbers)}"
        frame = json.dumps({"action": action, "params": dict(params), "echo": echo}, ensure_ascii=False)
        waiting = self._pending[echo] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await socket.send(frame)
                result = await waiting
        except TimeoutError:
            raise ActionLost(f"{action}: no answer within {seconds:g} s") from None
        except (OSError, EOFError) as error:
            raise LinkLost(f"{action}: {error}") from error
        finally:
            self._pending.pop(echo, None)
        return self._data_of(action, result)

    def _data_of(self, action: str, result: ActionResult) -> object:
        if result.ok:
            return result.data
        if result.retcode == UNKNOWN_ACTION or UNKNOWN.search(result.reason):  # OneBots answers -1 to everything
            self.give_up(action)
        if "timeout" in result.reason.casefold():  # the bridge itself timed out: QQ may have received the message
            raise ActionLost(f"{action}: {result.reason}")
        raise ActionFailed(action, result.retcode, result.reason)


def role_of(header: str, path: str) -> Role:
    """Return a connection's role, from its ``X-Client-Role`` header or else the end of its path."""
    said = header.strip() or urlsplit(path).path.rstrip("/").rpartition("/")[2]
    return NAMES.get(said.casefold(), "universal")
