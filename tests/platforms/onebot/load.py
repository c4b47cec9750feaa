"""The load run against the simulated bridge."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from tests.platforms.many_people import ManyPeople, Report, Shape
from tests.platforms.onebot.talking import at, words
from tests.wire_onebot.group_chat import GroupChat, Json, Posted

TIMEOUT = (1200, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg")
REDIAL = 0.5  # seconds


class FlakyChat(GroupChat):
    """Fails a share of the sends: without sending, after sending, or with a plain refusal."""

    def __init__(self, share: float, report: Report) -> None:
        super().__init__()
        self.times: dict[int, float] = {}  # sent message -> when
        self._share, self._report, self._random = share, report, random.Random(11)
        self.fail = self._mood

    def _mood(self, action: str, params: Json) -> tuple[int, str] | None:
        if not action.startswith("send_") or self._random.random() >= self._share:
            return None
        self._report.failed += 1
        kind = self._random.randrange(3)
        if kind == 0:
            self.time_out_though_sent += 1
            return None
        return TIMEOUT if kind == 1 else (1200, "busy")

    def _post(self, params: Json, segments: list[Json]) -> Posted:
        posted = super()._post(params, segments)
        self.times[posted.id] = time.monotonic()
        return posted


class Load(ManyPeople):
    """Many people in many groups, behind one bridge."""

    def __init__(self, folder: Path, port: int, shape: Shape) -> None:
        super().__init__(folder, shape, section(port, shape))
        self.chat = FlakyChat(shape.failures, self.report)
        self._port = port
        self._connection: ClientConnection | None = None
        self._connected = asyncio.Event()

    async def connected(self) -> None:
        await self._connected.wait()

    async def serve(self) -> None:
        """Keep connecting to the bot, as bridges do."""
        while True:
            with suppress(OSError, ConnectionClosed, InvalidStatus, InvalidMessage, TimeoutError):
                url = f"ws://127.0.0.1:{self._port}/onebot/v11/ws"
                async with connect(url, compression=None) as connection:
                    self._connection = connection
                    await self.chat.join(connection)
                    self._connected.set()
                    async for data in connection:
                        await self.chat.take(connection, data)
            self._connection = None
            await asyncio.sleep(REDIAL)

    async def say(self, user: int, said: str) -> tuple[str, str]:
        """Post a message; if no bridge is connected, it is only in the history."""
        number, group = self.chat.next_number, 1 + user % self.shape.groups
        with suppress(ConnectionClosed):
            await self.chat.say([at(), words(said)], user=user, group=group, away=self._connection is None)
        return f"group:{group}", str(number)

    async def until(self, done: Callable[[], bool]) -> None:
        await self.chat.until(done)

    def answers(self, place: str, message: str) -> list[float]:
        return [self.chat.times[each.id] for each in self.chat.quoting[message]]

    def order(self, place: str) -> list[str]:
        return [each.quotes or "?" for each in self.chat.answers(place)]

    async def drop(self) -> bool:
        if self._connection is None:
            return False
        self._connection.transport.abort()
        return True


def section(port: int, shape: Shape) -> str:
    """Return the [onebot] section for the run."""
    return f"""[discord]
enabled = false
[onebot]
enabled = true
port = {port}
gap_s = {shape.gap}
sends_per_minute = 100000
"""
