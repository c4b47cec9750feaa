"""Simulate a bot in thousands of servers: `python -m tools.scale --guilds 10000 --model 1.5B`.

Time is simulated. The scheduler queue, the choice of a replica and the replicas' state caches are the real code; the
model is replaced by its speed and the size of its state. Messages arrive as a Poisson process, and reply lengths are
random.
"""

import argparse
import asyncio
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.engine.serving.scheduler import Scheduler
from bot.engine.serving.sequence import Job
from bot.engine.serving.stopping import StopStrings
from bot.engine.types import Request, StateHandle
from bot.errors import Busy
from bot.remote.rendezvous import chosen
from bot.remote.replica_states import ReplicaStates
from tools.scale_parts import Disk, Disks, StubEngine, VirtualClock

STEP = 0.05  # simulated seconds
TURNS_AN_HOUR = 30  # per active channel at the peak
ACTIVE = 0.1  # active channels per server at the peak
WRITTEN, READ, PATH = 120, 40, 1500  # tokens of a reply, of a message, and of a conversation that must be read again
TRANSACTIONS = 3  # database transactions per message
REQUESTS = 3  # Discord requests per message: the answer, its last edit, "is typing"
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """A model on a device: a step of n rows takes ``step + n * row`` seconds."""

    state: int  # bytes
    step: float
    row: float
    reading: float  # tokens per second


MODELS = {
    "0.1B": Speed(state=2_430_000, step=0.003, row=0.00002, reading=60_000),
    "1.5B": Speed(state=13_000_000, step=0.008, row=0.0001, reading=20_000),
    "7.2B": Speed(state=34_600_000, step=0.018, row=0.0003, reading=6_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The simulated load and the machines that serve it."""

    guilds: int = 10_000
    model: str = "1.5B"
    replicas: int = 2
    rows: int = 64
    queue: int = 256
    memory_mb: int = 16_000
    edit_interval: float = 1.0
    burst: float = 1.0  # times the usual number of messages
    idle: float = 300.0  # seconds without use before a state is written
    seconds: float = 600.0
    warm: float = 400.0  # seconds of warm-up before them, to fill the state caches
    seed: int = 1


@dataclass(slots=True)
class Figures:
    """The results of a simulation."""

    waits: list[float] = field(default_factory=list)  # until the first token
    written: float = 0.0  # tokens
    turns: int = 0
    refused: int = 0
    hits: int = 0
    loads: int = 0
    misses: int = 0
    rows: list[int] = field(default_factory=list)
    queue: int = 0
    edits: float = 0.0


@dataclass(slots=True, eq=False)
class Work:
    """A reply in progress."""

    channel: str
    asked: float
    job: Job
    to_read: float
    to_write: float


class Replica:
    """One engine: the real queue and state cache, with the model replaced by its speed."""

    def __init__(self, name: str, load: Load, clock: VirtualClock, disk: Disk) -> None:
        self.name = name
        self._load, self._speed, self._clock = load, MODELS[load.model], clock
        self.scheduler = Scheduler(load.queue, clock, rows=load.rows)
        self.shelf = ReplicaStates(StubEngine(self._speed.state), disk, memory=load.memory_mb * MEGABYTE,
                                idle=load.idle, clock=clock)  # fmt: skip
        self.waiting: dict[Job, Work] = {}
        self.running: list[Work] = []

    async def ask(self, channel: str, lengths: random.Random, figures: Figures) -> None:
        """Handle an arriving message."""
        request = Request(tokens=(1,), channel=channel)
        job = Job(request=request, seed=0, accepted=self._clock(), deadline=None, stops=StopStrings(()))
        try:
            self.scheduler.submit(job)
        except Busy:
            figures.refused += 1
            return
        at_hand = channel in self.shelf._cached
        found = await self.shelf.get(channel)
        figures.hits += at_hand
        figures.loads += found is not None and not at_hand
        figures.misses += found is None
        to_read = READ + (PATH if found is None else 0)
        self.waiting[job] = Work(channel, self._clock(), job, to_read, lengths.expovariate(1 / WRITTEN))

    async def step(self, figures: Figures) -> None:
        """Advance the simulation by ``STEP`` seconds."""
        running = [work.job for work in self.running]
        while admitted := self.scheduler.next(self._load.rows - len(self.running), running):
            self.running.append(self.waiting.pop(admitted.job))
            running.append(admitted.job)
        reading = [work for work in self.running if work.to_read > 0]
        writing = [work for work in self.running if work.to_read <= 0]
        share = STEP * self._speed.reading * (0.5 if writing else 1.0)
        for work in reading:
            read = min(work.to_read, share / len(reading))
            work.to_read -= read
            if work.to_read <= 0:
                figures.waits.append(self._clock() - work.asked)
        time = STEP * (0.5 if reading else 1.0)
        tokens = time / (self._speed.step + self._speed.row * len(writing)) if writing else 0.0
        for work in writing:
            figures.written += min(tokens, work.to_write)
            work.to_write -= tokens
        for work in [each for each in writing if each.to_write <= 0]:
            self.running.remove(work)
            figures.turns += 1
            await self.shelf.rename(self.shelf.put(StateHandle(None, self._speed.state)), work.channel)
        figures.rows.append(len(self.running))
        figures.queue = max(figures.queue, len(self.scheduler))
        figures.edits += len(writing) * STEP / self._load.edit_interval


async def simulate(load: Load) -> tuple[Figures, Disks]:
    """Run the load; the warm-up is not counted."""
    chance, clock, disks = random.Random(load.seed), VirtualClock(), Disks()
    replicas = [Replica(f"engine{n}", load, clock, disks.one(MODELS[load.model].state)) for n in range(load.replicas)]
    channels = max(1, round(load.guilds * ACTIVE))
    rate = channels * TURNS_AN_HOUR / 3600 * load.burst
    figures, warm, coming = Figures(), load.warm, chance.expovariate(rate)
    idle = 0.0
    while clock.now < load.seconds + warm:
        if clock.now < warm <= clock.now + STEP:
            figures, disks.nbytes = Figures(), 0
        while coming <= clock.now:
            channel = f"discord:{int(chance.paretovariate(1.2) * 7919) % channels}"
            await chosen(replicas, channel, lambda each: each.name).ask(channel, chance, figures)
            coming += chance.expovariate(rate)
        for replica in replicas:
            await replica.step(figures)
        if clock.now - idle >= 15:
            idle = clock.now
            for replica in replicas:
                await replica.shelf.write_idle()
        await asyncio.sleep(0)  # let pending state writes finish
        clock.now += STEP
    return figures, disks


def report(load: Load, figures: Figures, disks: Disks) -> str:
    """Describe the figures, and which limit is reached first."""
    turns = figures.turns / load.seconds
    asked = figures.turns + figures.refused or 1
    found = figures.hits + figures.loads + figures.misses or 1
    waits = sorted(figures.waits) or [0.0]
    requests = turns * REQUESTS + figures.edits / load.seconds
    lines = [
        f"{load.guilds} servers, {load.model}, {load.replicas} engines of {load.rows} rows, burst {load.burst:g}:",
        f"  messages answered: {turns:.1f}/s, {figures.written / load.seconds:.0f} tokens/s;"
        f" refused as busy: {100 * figures.refused / asked:.1f} %",
        f"  first token after {statistics.median(waits):.2f} s (median), {waits[int(0.95 * (len(waits) - 1))]:.2f} s"
        f" (95 %); rows in use {statistics.mean(figures.rows or [0]):.1f} of {load.rows},"
        f" longest queue {figures.queue}",
        f"  states: {100 * figures.hits / found:.0f} % at hand, {100 * figures.loads / found:.0f} % from the disk,"
        f" {100 * figures.misses / found:.0f} % read again; {disks.nbytes / load.seconds / 1e6:.1f} MB/s written",
        f"  database: {turns * TRANSACTIONS:.0f} transactions/s",
        f"  Discord: {requests:.0f} requests/s of 50 with an edit every {load.edit_interval:g} s",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = Load()
    parser.add_argument("--model", choices=MODELS, default=usual.model)
    for name in ("guilds", "replicas", "rows", "queue", "memory_mb", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    for name in ("edit_interval", "burst", "idle", "seconds", "warm"):
        parser.add_argument(f"--{name}", type=float, default=getattr(usual, name))
    load = Load(**vars(parser.parse_args(arguments)))
    print(report(load, *asyncio.run(simulate(load))))


if __name__ == "__main__":
    main()
