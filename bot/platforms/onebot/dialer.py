"""Connects to bridges that listen (forward WebSocket in OneBot's terms)."""

import asyncio
import logging
import random
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from bot.i18n import Message
from bot.platforms.onebot.accounts import POLICY, Accounts
from bot.platforms.onebot.bridge import role_of
from bot.platforms.onebot.frames import MAX_FRAME_BYTES
from bot.platforms.onebot.listener import PING_SECONDS

log = logging.getLogger(__name__)

MIN_RETRY, MAX_RETRY = 1.0, 60.0  # seconds between two attempts


class Dialer:
    """Keeps a bridge connected, reconnecting with exponential backoff."""

    def __init__(self, accounts: Accounts, url: str, token: str) -> None:
        self._accounts = accounts
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.problem: Message | None = None  # why there is no connection
        self.failed = asyncio.Event()  # set after a failed attempt

    async def run(self) -> None:
        pause = MIN_RETRY
        while True:
            started = asyncio.get_running_loop().time()
            await self._dial()
            if asyncio.get_running_loop().time() - started > MAX_RETRY:
                pause = MIN_RETRY
            await asyncio.sleep(pause * (0.75 + random.random() / 2))
            pause = min(2 * pause, MAX_RETRY)

    async def _dial(self) -> None:
        try:
            async with connect(
                self._url, additional_headers=self._headers, max_size=MAX_FRAME_BYTES, compression=None,
                ping_interval=PING_SECONDS, ping_timeout=PING_SECONDS, open_timeout=10, close_timeout=2, proxy=None,
            ) as connection:  # fmt: skip
                self._note(None)
                problem = await self._accounts.serve(connection, role_of("", urlsplit(self._url).path))
                self._note(self._at(problem) if problem else _why_closed(connection))
        except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed, TimeoutError) as error:
            self._note(self._at(str(error) or type(error).__name__))
        except Exception as error:  # whatever it was, the bridge is dialled again
            log.exception("onebot: the connection to %s ended", self._url)
            self._note(self._at(str(error) or type(error).__name__))

    def _at(self, problem: Message | str) -> Message:
        return Message("{url}: {problem}", url=self._url, problem=problem)

    def _note(self, problem: Message | None) -> None:
        if problem and problem != self.problem:
            log.warning("onebot: not connected: %s", problem)
        self.problem = problem
        if problem:
            self.failed.set()


def _why_closed(connection: Connection) -> Message:
    code, reason = connection.close_code, connection.close_reason
    if code == POLICY:
        return Message("the bridge refused the connection: {reason}", reason=reason or Message("is the token right?"))
    return Message("the bridge closed the connection ({code})", code=f"{code} {reason or ''}".strip())
