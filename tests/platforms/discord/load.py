"""Many people talk at once to a bot in a process of its own, while its network is made miserable."""

import asyncio
import itertools
import os
import random
import re
import signal
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.wire_discord.server import TOKEN, WireDiscord
from tests.wire_discord.world import Channel, Person

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PATIENCE = 300.0  # seconds until an answer counts as missing: a restart on a busy machine takes one of them
WORDS = ("hello", "how are you?", "tell me about the owl", "what is in the tree?", "good morning", "thank you", "why?")


@dataclass(slots=True, kw_only=True)
class Shape:
    """How much load, and how much trouble."""

    channels: int
    users: int
    seconds: float
    rate: float  # messages a second, of all together
    disconnect_every: float
    kill_after: float
    refused: float = 0.05  # share of the requests that are answered 429


@dataclass(slots=True)
class Life:
    """One process of the bot: its memory in MB, over time."""

    memory: list[tuple[float, float]] = field(default_factory=list)  # (seconds since it was connected, MB)


@dataclass(slots=True)
class Report:
    """What was said and what came of it."""

    said: list[tuple[str, str, float]] = field(default_factory=list)  # channel, message, time
    lives: list[Life] = field(default_factory=list)
    disconnects: int = 0
    log: str = ""


class Bot:
    """`roost run` as a process."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        (folder / "bot.toml").write_text(settings(folder, address), encoding="utf-8")
        self.log = folder / "bot.log"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> Life:
        """Start it; it connects by itself."""
        environment = os.environ | {"DISCORD_TOKEN": TOKEN, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        with self.log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--config", str(self._folder / "bot.toml"),
                cwd=ROOT, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        return Life()

    def memory(self) -> float:
        """Resident memory in MB."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    async def end(self, sign: signal.Signals) -> None:
        """End it, kindly or not."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(sign)
        await asyncio.wait_for(self.process.wait(), 30)


def settings(folder: Path, address: str) -> str:
    """The bot.toml of the run: the demo model, no limits of people, our small Discord."""
    return f"""
[bot]
data = "{folder / "data"}"
[model]
path = "{ROOT / "models/demo/demo.pth"}"
[engine]
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
token_env = "DISCORD_TOKEN"
shard_count = 1
api_base = "http://{address}/api"
gateway_url = "ws://{address}/gateway/"
[log]
level = "info"
"""


class Load:
    """The run: people who talk and wait for their answers, and a network that fails."""

    def __init__(self, wire: WireDiscord, bot: Bot, shape: Shape) -> None:
        self.wire, self.bot, self.shape = wire, bot, shape
        self.report = Report()
        self.places = wire.world.guild("town", [f"channel{n}" for n in range(shape.channels)])
        self._random = random.Random(7)
        self._until = 0.0

    async def run(self) -> Report:
        """Everything at once, then the silence in which the last answers come."""
        life = await self.bot.start()
        self.report.lives.append(life)
        await asyncio.wait_for(self.wire.gateway.ready.wait(), PATIENCE)
        self.wire.rates.share = self.shape.refused
        self._until = time.monotonic() + self.shape.seconds
        people = [self.wire.world.person(f"person{n}") for n in range(self.shape.users)]
        work = [self._talk(person, self.places[n % len(self.places)]) for n, person in enumerate(people)]
        trouble = [asyncio.create_task(each) for each in (self._disconnect(), self._kill(), self._watch())]
        await asyncio.gather(*work)
        for task in trouble:
            task.cancel()
        await asyncio.gather(*trouble, return_exceptions=True)
        await asyncio.sleep(2)  # what came twice would come now
        self.report.log = self.bot.log.read_text(encoding="utf-8", errors="replace")
        return self.report

    async def _talk(self, person: Person, channel: Channel) -> None:
        """Say something, wait for the whole answer, think, and again."""
        pause = self.shape.users / self.shape.rate
        await asyncio.sleep(self._random.uniform(0, pause))
        while time.monotonic() < self._until:
            said = await self.wire.say(self._random.choice(WORDS), channel=channel, author=person)
            self.report.said.append((channel.id, said["id"], time.monotonic()))
            async with asyncio.timeout(PATIENCE):
                while not any(whole(m) for m in self.answers(channel, said["id"])):  # noqa: ASYNC110  # a server has no event for it
                    await asyncio.sleep(0.25)
            await asyncio.sleep(min(self._random.expovariate(1 / pause), max(0.0, self._until - time.monotonic())))

    def answers(self, channel: Channel, message: str) -> list[dict[str, Any]]:
        """The bot's messages that answer ``message``."""
        recent = itertools.takewhile(lambda m: int(m["id"]) > int(message), reversed(channel.messages.values()))
        return [m for m in recent if (m.get("message_reference") or {}).get("message_id") == message]

    async def _disconnect(self) -> None:
        """Torn off, asked to go, or thrown out: in turns."""
        for kind in itertools.cycle((0, 1, 2)):
            await asyncio.sleep(self.shape.disconnect_every)
            if time.monotonic() > self._until:
                return
            self.report.disconnects += 1
            if kind == 1:
                await self.wire.gateway.ask_to_reconnect()
            else:
                await self.wire.gateway.drop(resumable=kind == 0)

    async def _kill(self) -> None:
        await asyncio.sleep(self.shape.kill_after)
        await self.bot.end(signal.SIGKILL)
        self.report.lives.append(await self.bot.start())

    async def _watch(self) -> None:
        connected: dict[int, float] = {}  # life -> when
        while True:
            await asyncio.sleep(1.0)
            process, life = self.bot.process, len(self.report.lives)
            if process is None or process.returncode is not None:
                continue
            if any(session.socket is not None for session in self.wire.gateway.sessions.values()):
                connected.setdefault(life, time.monotonic())
            if life in connected:
                self.report.lives[-1].memory.append((time.monotonic() - connected[life], self.bot.memory()))


def whole(message: dict[str, Any]) -> bool:
    """An answer with its buttons, not one that is still growing."""
    return any(len(row["components"]) > 1 for row in message["components"])


def check(load: Load) -> dict[str, float]:
    """That everything was answered once and in order, at the pace; returns the figures."""
    wire, report = load.wire, load.report
    first: list[float] = []
    said_in: dict[str, list[str]] = defaultdict(list)
    for channel, message, at in report.said:
        found = load.answers(wire.world.channels[channel], message)
        assert len(found) == 1, f"{len(found)} answers to {message}: {[m['content'] for m in found]}"
        assert whole(found[0]), f"the last frame of the answer to {message} is missing"
        assert found[0]["content"].strip()
        first.append(wire.rest.times[found[0]["id"]] - at)
        said_in[channel].append(message)
    for channel, messages in said_in.items():
        place = wire.world.channels[channel]
        order = [m["message_reference"]["message_id"] for m in wire.answers(place) if "message_reference" in m]
        assert order == messages, f"answers in the channel {channel} are out of order"
    gaps = [b - a for times in wire.rates.edits.values() for a, b in itertools.pairwise(times)]
    assert not wire.rates.over, wire.rates.over
    assert min(gaps) >= 0.95, f"two edits of a channel within {min(gaps):.2f} s"
    assert not wire.refusals, wire.refusals
    assert not wire.gateway.faults, wire.gateway.faults
    return {
        "messages": len(report.said), "first": statistics.median(first),
        "first95": statistics.quantiles(first, n=20)[-1], "edits": sum(map(len, wire.rates.edits.values())),
        "requests": len(wire.requests), "refused": wire.rates.refused, "disconnects": report.disconnects,
        "resumed": wire.gateway.resumed, "identified": wire.gateway.identified, "smallest gap": min(gaps),
        "longest": max(first),
    }  # fmt: skip


def growth(life: Life, settled: float) -> tuple[float, float]:
    """Memory in MB ``settled`` seconds after the bot was connected, and at the end: medians of five samples."""
    values = [value for at, value in life.memory if at >= settled]
    return statistics.median(values[:5]), statistics.median(values[-5:])
