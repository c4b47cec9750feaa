"""Many people talk to a bot in a separate process while requests fail, connections drop and the bot is killed."""

import asyncio
import os
import random
import shutil
import signal
import statistics
import sys
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.tasks import Tasks

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / "build/load"  # left by a failed run
PATIENCE = 300.0  # seconds until an answer counts as missing: a restart on a busy machine takes one of them
WORDS = ("hello", "how are you?", "tell me about the owl", "what is in the tree?", "good morning", "thank you", "why?")


@dataclass(slots=True, kw_only=True)
class Shape:
    """The amount of load and of failures."""

    groups: int
    users: int
    seconds: float
    rate: float  # messages per second, by all people together
    drop_every: float
    kill_after: float
    failures: float = 0.05  # share of the sends that fail
    gap: float = 0.02  # seconds between two sends


FULL = Shape(groups=50, users=200, seconds=300.0, rate=2.0, drop_every=20.0, kill_after=150.0)
SHORT = Shape(groups=5, users=10, seconds=6.0, rate=2.0, drop_every=2.5, kill_after=3.0)


@dataclass(slots=True)
class Report:
    """The messages of a run and their outcome."""

    said: list[tuple[str, str, float]] = field(default_factory=list)  # place, message, time
    memory: list[list[float]] = field(default_factory=list)  # MB, by process
    drops: int = 0
    failed: int = 0
    log: str = ""


class ManyPeople(ABC):
    """A load run against one simulated platform."""

    def __init__(self, folder: Path, shape: Shape, section: str, environment: dict[str, str] | None = None) -> None:
        self.shape, self.report = shape, Report()
        self._folder = folder
        self._environment = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"} | (environment or {})
        self._process: asyncio.subprocess.Process | None = None
        self.random = random.Random(7)
        self._until = 0.0
        (folder / "bot.toml").write_text(settings(folder, section), encoding="utf-8")

    @abstractmethod
    async def connected(self) -> None:
        """Wait until the bot is connected."""

    @abstractmethod
    async def say(self, user: int, words: str) -> tuple[str, str]:
        """Post a message where that person talks; return the place and the message."""

    @abstractmethod
    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for something that the bot sends."""

    @abstractmethod
    def answers(self, place: str, message: str) -> Sequence[float]:
        """When each answer to a message was sent, or began to appear."""

    @abstractmethod
    def order(self, place: str) -> list[str]:
        """The message that each answer in a place replies to, in order."""

    def is_answered(self, place: str, message: str) -> bool:
        """Whether a complete answer was posted."""
        return bool(self.answers(place, message))

    @abstractmethod
    async def drop(self) -> bool:
        """Abort the connection without closing it. Returns whether there was one."""

    async def serve(self) -> None:  # noqa: B027  # most need nothing
        """Simulate the other side, if it does nothing by itself."""

    async def run(self) -> Report:
        """Run all people at once, then wait for the last answers."""
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
            await asyncio.sleep(3)  # duplicates would arrive now
        finally:
            await tasks.finish()
            if self._process is not None and self._process.returncode is None:
                self._process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(PATIENCE):
                    await self._process.wait()
        self.report.log = (self._folder / "bot.log").read_text(encoding="utf-8", errors="replace")
        return self.report

    async def checked(self) -> dict[str, float]:
        """Run, check that all is answered once and in order, and return the figures. Keeps a failed run's files."""
        try:
            await self.run()
            figures = self._check()
        except BaseException:
            kept = KEPT / type(self).__module__
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self._folder, kept)
            print(f"what the run has left is in {kept}")
            raise
        print(figures, [[round(value) for value in life[::15]] for life in self.report.memory])
        return figures

    def _check(self) -> dict[str, float]:
        report, first = self.report, list[float]()
        said_in: dict[str, list[str]] = defaultdict(list)
        for place, message, began in report.said:
            found = self.answers(place, message)
            assert len(found) == 1, f"{len(found)} answers to {message} in {place}"
            first.append(found[0] - began)
            said_in[place].append(message)
        for place, messages in said_in.items():
            order, expected = self.order(place), sorted(messages, key=lambda each: (len(each), each))
            assert order == expected, f"answers in {place} are out of order: {order}"
        assert "Traceback" not in report.log, report.log[-3000:]
        return {
            "messages": len(report.said), "first": statistics.median(first),
            "first95": statistics.quantiles(first, n=20)[-1], "longest": max(first),
            "drops": report.drops, "failed": report.failed, "lives": len(report.memory),
        }  # fmt: skip

    def assert_memory_is_flat(self) -> None:
        """Check each process in the second half of its life, so that start-up does not count."""
        for life in self.report.memory:
            middle = len(life) // 2
            begin, end = statistics.median(life[middle : middle + 5]), statistics.median(life[-5:])
            assert end - begin < max(25.0, 0.1 * begin)  # MB

    async def _start(self) -> None:
        with (self._folder / "bot.log").open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(self._folder / "bot.toml"),
                cwd=ROOT, env=self._environment, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        self.report.memory.append([])

    async def _talk(self, user: int) -> None:
        """Send a message, wait for the answer, pause, and repeat."""
        pause = self.shape.users / self.shape.rate
        await asyncio.sleep(self.random.uniform(0, pause))
        while time.monotonic() < self._until:
            place, message = said = await self.say(user, self.random.choice(WORDS))
            self.report.said.append((place, message, time.monotonic()))
            async with asyncio.timeout(PATIENCE):
                await self.until(lambda said=said: self.is_answered(*said))  # type: ignore[misc]
            await asyncio.sleep(min(self.random.expovariate(1 / pause), max(0.0, self._until - time.monotonic())))

    async def _drop(self) -> None:
        """Drop connections while people talk; after that everything gets through, however slow the machine is."""
        while time.monotonic() < self._until:
            await asyncio.sleep(self.shape.drop_every)
            self.report.drops += await self.drop()

    async def _kill(self) -> None:
        await asyncio.sleep(self.shape.kill_after)
        await self.until(lambda: any(self.is_answered(*said[:2]) for said in self.report.said))  # it has begun to work
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
    """Return the bot.toml of the run: the demo model, no limits per person, one platform."""
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
{section}
"""
