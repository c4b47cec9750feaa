"""Many people talk at once to a bot in a process of its own, while its bridge fails, drops and the bot is killed."""

import asyncio
import itertools
import os
import random
import signal
import statistics
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from bot.tasks import Tasks
from tests.platforms.onebot.talking import at, words
from tests.wire_onebot.group_chat import GroupChat, Json, Posted

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PATIENCE = 300.0  # seconds until an answer counts as missing: a restart on a busy machine takes one of them
WORDS = ("hello", "how are you?", "tell me about the owl", "what is in the tree?", "good morning", "thank you", "why?")
TIMEOUT = (1200, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg")
REDIAL = 0.5  # seconds


@dataclass(slots=True, kw_only=True)
class Shape:
    """How much load, and how much trouble."""

    groups: int
    users: int
    seconds: float
    rate: float  # messages a second, of all together
    drop_every: float
    kill_after: float
    failures: float = 0.05  # share of the sends
    gap: float = 0.02  # [onebot] gap_s


@dataclass(slots=True)
class Report:
    """What was said and what came of it."""

    said: list[tuple[int, int, float]] = field(default_factory=list)  # group, message, time
    times: dict[int, float] = field(default_factory=dict)  # sent message -> when
    memory: list[list[float]] = field(default_factory=list)  # of each process, in MB
    drops: int = 0
    failed: int = 0
    log: str = ""


class MoodyChat(GroupChat):
    """Fails at a share of the sends: without sending, or though it has sent, or with a plain refusal."""

    def __init__(self, share: float, report: Report) -> None:
        super().__init__()
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
        self._report.times[posted.id] = time.monotonic()
        return posted


class Load:
    """The run."""

    def __init__(self, folder: Path, port: int, shape: Shape) -> None:
        self.shape, self.report = shape, Report()
        self.chat = MoodyChat(shape.failures, self.report)
        self._folder, self._port = folder, port
        self._process: asyncio.subprocess.Process | None = None
        self._connection: ClientConnection | None = None
        self._random = random.Random(7)
        self._until = 0.0
        self._connected = asyncio.Event()
        (folder / "bot.toml").write_text(settings(folder, port, shape), encoding="utf-8")

    async def run(self) -> Report:
        """Everything at once, then the silence in which the last answers come."""
        tasks = Tasks("the load")
        try:
            await self._start()
            tasks.spawn(self._bridge())
            await asyncio.wait_for(self._connected.wait(), PATIENCE)
            self._until = time.monotonic() + self.shape.seconds
            for trouble in (self._drop(), self._kill(), self._watch()):
                tasks.spawn(trouble)
            await asyncio.gather(*(self._talk(100 + n, 1 + n % self.shape.groups) for n in range(self.shape.users)))
            await asyncio.sleep(3)  # what came twice would come now
        finally:
            await tasks.finish()
            if self._process is not None and self._process.returncode is None:
                self._process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(self._process.wait(), 60)
        self.report.log = (self._folder / "bot.log").read_text(encoding="utf-8", errors="replace")
        return self.report

    async def _start(self) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        with (self._folder / "bot.log").open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(self._folder / "bot.toml"),
                cwd=ROOT, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        self.report.memory.append([])

    async def _bridge(self) -> None:
        """Dials for ever, as bridges do."""
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

    async def _talk(self, user: int, group: int) -> None:
        """Say something, wait for the answer, think, and again."""
        pause = self.shape.users / self.shape.rate
        await asyncio.sleep(self._random.uniform(0, pause))
        while time.monotonic() < self._until:
            said = [at(), words(self._random.choice(WORDS))]
            number = await self._say(said, user, group)
            self.report.said.append((group, number, time.monotonic()))
            async with asyncio.timeout(PATIENCE):
                await self.chat.until(lambda number=number: bool(self.answers(number)))  # type: ignore[misc]
            await asyncio.sleep(min(self._random.expovariate(1 / pause), max(0.0, self._until - time.monotonic())))

    async def _say(self, said: list[Json], user: int, group: int) -> int:
        """Where nobody is connected, it stands in the history only."""
        number = self.chat.next_number
        with suppress(ConnectionClosed):
            await self.chat.say(said, user=user, group=group, away=self._connection is None)
        return number

    def answers(self, number: int) -> list[Posted]:
        """The bot's messages that quote ``number``."""
        return self.chat.quoting[str(number)]

    async def _drop(self) -> None:
        """While people talk; after that everything gets through, however slow the machine is."""
        while time.monotonic() < self._until:
            await asyncio.sleep(self.shape.drop_every)
            if self._connection is not None:
                self.report.drops += 1
                self._connection.transport.abort()  # torn off, without a word

    async def _kill(self) -> None:
        await asyncio.sleep(self.shape.kill_after)
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        await self._start()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            with suppress(psutil.Error):
                if self._process is not None and self._connection is not None:
                    self.report.memory[-1].append(psutil.Process(self._process.pid).memory_info().rss / (1 << 20))


def settings(folder: Path, port: int, shape: Shape) -> str:
    """The bot.toml of the run: the demo model, no limits of people."""
    return f"""
[bot]
data = "{folder / "data"}"
[model]
path = "{ROOT / "models/demo/demo.pth"}"
[store]
state_memory_mb = 32
[chat.sampling]
max_tokens = 60
[limits]
user_per_minute = 0
channel_per_minute = 0
[web]
enabled = false
[discord]
enabled = false
[onebot]
enabled = true
port = {port}
gap_s = {shape.gap}
sends_per_minute = 100000
"""


def check(load: Load) -> dict[str, float]:
    """That everything was answered once and in order, at the pace; returns the figures."""
    report, first = load.report, list[float]()
    said_in: dict[int, list[str]] = defaultdict(list)
    for group, number, began in report.said:
        found = load.answers(number)
        assert len(found) == 1, f"{len(found)} answers to {number}: {[each.text for each in found]}"
        first.append(report.times[found[0].id] - began)
        said_in[group].append(str(number))
    for group, numbers in said_in.items():
        order = [each.quotes for each in load.chat.answers(f"group:{group}")]
        assert order == sorted(numbers, key=int), f"answers in the group {group} are out of order"
    times = sorted(report.times.values())
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return {
        "messages": len(report.said), "first": statistics.median(first), "longest": max(first),
        "drops": report.drops, "failed": report.failed, "smallest gap": min(gaps, default=0.0),
        "lives": len(report.memory),
    }  # fmt: skip
