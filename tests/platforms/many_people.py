"""Many people talk at once to a bot in a process of its own, while its network fails, drops and the bot is killed."""

import asyncio
import os
import random
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.tasks import Tasks

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 300.0  # seconds until an answer counts as missing: a restart on a busy machine takes one of them
WORDS = ("hello", "how are you?", "tell me about the owl", "what is in the tree?", "good morning", "thank you", "why?")


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
    gap: float = 0.02  # seconds between two sends


@dataclass(slots=True)
class Report:
    """What was said and what came of it."""

    said: list[tuple[str, int, float]] = field(default_factory=list)  # place, message, time
    times: dict[int, float] = field(default_factory=dict)  # sent message -> when
    memory: list[list[float]] = field(default_factory=list)  # of each process, in MB
    drops: int = 0
    failed: int = 0
    log: str = ""


class ManyPeople(ABC):
    """The run, against one platform's wire."""

    def __init__(self, folder: Path, shape: Shape, section: str) -> None:
        self.shape, self.report = shape, Report()
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.random = random.Random(7)
        self._until = 0.0
        (folder / "bot.toml").write_text(settings(folder, section), encoding="utf-8")

    @abstractmethod
    async def connected(self) -> None:
        """Wait until the bot is there."""

    @abstractmethod
    async def say(self, user: int, words: str) -> tuple[str, int]:
        """Say it where that person talks; the place and the message."""

    @abstractmethod
    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for something that the bot sends."""

    @abstractmethod
    def is_answered(self, number: int) -> bool:
        """Whether an answer stands there."""

    @abstractmethod
    async def drop(self) -> bool:
        """Tear the connection off, without a word. Whether there was one."""

    @abstractmethod
    async def serve(self) -> None:
        """What the other side does meanwhile."""

    async def run(self) -> Report:
        """Everything at once, then the silence in which the last answers come."""
        tasks = Tasks("the load")
        try:
            await self._start()
            tasks.spawn(self.serve())
            async with asyncio.timeout(PATIENCE):
                await self.connected()
            self._until = time.monotonic() + self.shape.seconds
            for trouble in (self._drop(), self._kill(), self._watch()):
                tasks.spawn(trouble)
            await asyncio.gather(*(self._talk(100 + number) for number in range(self.shape.users)))
            await asyncio.sleep(3)  # what came twice would come now
        finally:
            await tasks.finish()
            if self._process is not None and self._process.returncode is None:
                self._process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(60):
                    await self._process.wait()
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

    async def _talk(self, user: int) -> None:
        """Say something, wait for the answer, think, and again."""
        pause = self.shape.users / self.shape.rate
        await asyncio.sleep(self.random.uniform(0, pause))
        while time.monotonic() < self._until:
            place, number = await self.say(user, self.random.choice(WORDS))
            self.report.said.append((place, number, time.monotonic()))
            async with asyncio.timeout(PATIENCE):
                await self.until(lambda number=number: self.is_answered(number))  # type: ignore[misc]
            await asyncio.sleep(min(self.random.expovariate(1 / pause), max(0.0, self._until - time.monotonic())))

    async def _drop(self) -> None:
        """While people talk; after that everything gets through, however slow the machine is."""
        while time.monotonic() < self._until:
            await asyncio.sleep(self.shape.drop_every)
            self.report.drops += await self.drop()

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
                if self._process is not None:
                    self.report.memory[-1].append(psutil.Process(self._process.pid).memory_info().rss / (1 << 20))


def settings(folder: Path, section: str) -> str:
    """The bot.toml of the run: the demo model, no limits of people, one platform."""
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
{section}
"""
