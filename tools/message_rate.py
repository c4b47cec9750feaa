"""Measure messages per second through dispatch, tree and store: `python -m tools.message_rate [--channels N]`.

The engine only repeats a sentence, so what is measured is everything else: each message is written to the inbox,
dispatched, becomes a turn with its state, and is delivered. First every channel sends its next message when the last
one has been answered: the highest rate. Then messages arrive at regular intervals at 60 % of it, whatever has been
answered: what people wait for. CPU time per message is meaningful even on a busy machine; the rate and the waits are
not.
"""

import argparse
import asyncio
import cProfile
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import make_core, open_dispatcher
from bot.chat.conversations import Conversations
from bot.chat.retokenizing import Vocabulary
from bot.cli.garbage import begin_collecting
from bot.config.schema import Config
from bot.dispatch.dispatcher import Dispatcher
from bot.engine.serving.worker import SWITCH_SECONDS
from bot.engine.text.world_tokenizer import WorldTokenizer
from bot.events import Author, Origin, Reply, Said
from bot.store.store import Store, open_store
from bot.testing import ParrotEngine

PLATFORM = "bench"
LOAD = 0.6  # of the highest rate, when messages arrive on their own
SENTENCE = "An owl sat in a tree and looked at the moon, and the moon looked back."
WORDS = "Tell me about owl {channel}, number {number}, and do not leave out the moon this time."
NO_LIMITS = {
    "user_per_minute": 0, "user_per_day": 0, "user_at_once": 0, "channel_per_minute": 0, "channel_per_day": 0,
}  # fmt: skip


class Shown:
    """A sink that keeps nothing but the turn and the time."""

    def __init__(self) -> None:
        self.node: int | None = None
        self.moment = 0.0

    async def typing(self) -> None: ...

    async def update(self, reply: Reply) -> None: ...

    async def send(self, reply: Reply) -> tuple[str, ...]:
        if reply.kind != "turn":
            raise AssertionError(reply.text)
        self.node, self.moment = reply.node, time.perf_counter()
        return ()


@dataclass(frozen=True, slots=True)
class Bot:
    """The parts that the messages pass through."""

    dispatcher: Dispatcher
    store: Store


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds since a message arrived."""

    shown: float  # until its answer was sent
    recorded: float  # until it was on disk that it had been sent


@asynccontextmanager
async def open_bot(folder: Path) -> AsyncIterator[Bot]:
    """A bot with its own database in ``folder``, without platforms or limits."""
    config = Config.model_validate({"bot": {"data": str(folder)}, "limits": NO_LIMITS})
    engine = ParrotEngine(SENTENCE, WorldTokenizer())
    vocabulary = Vocabulary(engine)
    async with open_store("", folder, coder=vocabulary) as store:
        conversations = Conversations(await make_core(config, engine, store, vocabulary))
        async with open_dispatcher(config, conversations) as dispatcher:
            yield Bot(dispatcher, store)
        await conversations.close(60.0)


async def say(bot: Bot, channel: int, number: int, due: float) -> Waits:
    """Take a message that arrives at ``due`` through all stages."""
    author = Author(f"person-{channel}", f"Person {channel}")
    origin = Origin(platform=PLATFORM, channel=f"channel-{channel}", author=author)
    sink, name = Shown(), f"{channel}-{number}"
    await bot.store.inbox.take(PLATFORM, origin.channel, name, user=f"{PLATFORM}:{author.id}")
    words = WORDS.format(channel=channel, number=number)
    await bot.dispatcher.handle(Said(origin=origin, id=name, text=words), sink)
    await bot.store.inbox.delivered(PLATFORM, origin.channel, [name], [f"answer-{name}"], sink.node)
    return Waits(sink.moment - due, time.perf_counter() - due)


async def talk(bot: Bot, channel: int, messages: range) -> list[Waits]:
    """Send ``messages`` to a channel, one after the other."""
    return [await say(bot, channel, number, time.perf_counter()) for number in messages]


@dataclass(frozen=True, slots=True)
class Round:
    """The time that a number of messages took, in seconds."""

    messages: int
    wall: float
    cpu: float  # of the whole process
    loop: float  # processor time of the event loop's thread
    waits: list[Waits]

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.wall

    def __str__(self) -> str:
        shown = statistics.quantiles([each.shown for each in self.waits], n=100)
        recorded = statistics.quantiles([each.recorded for each in self.waits], n=100)
        return (
            f"{self.rate:,.0f} messages/s; {self.cpu / self.messages * 1e3:.3f} ms of processor time each, "
            f"{self.loop / self.messages * 1e3:.3f} in the event loop's thread; answered after "
            f"{shown[49] * 1e3:.1f} ms (median), {shown[98] * 1e3:.1f} ms (99 %); "
            f"done after {recorded[49] * 1e3:.1f} and {recorded[98] * 1e3:.1f} ms"
        )


class Clocks:
    """Measures a round from its construction."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self._cpu, self._loop = time.process_time(), time.thread_time()

    def round(self, waits: list[Waits]) -> Round:
        """Return the round, which ends now."""
        wall, cpu, loop = time.perf_counter(), time.process_time(), time.thread_time()
        return Round(len(waits), wall - self.began, cpu - self._cpu, loop - self._loop, waits)


async def measure(bot: Bot, channels: int, messages: range) -> Round:
    """Send ``messages`` to every channel."""
    clocks = Clocks()
    waits = await asyncio.gather(*(talk(bot, channel, messages) for channel in range(channels)))
    return clocks.round([wait for each in waits for wait in each])


async def arrive(bot: Bot, channels: int, messages: range, rate: float) -> Round:
    """Send ``messages`` to every channel, ``rate`` a second in all, whether or not earlier ones have been answered."""
    clocks = Clocks()
    answers: list[asyncio.Task[Waits]] = []
    for number in messages:
        for channel in range(channels):
            due = clocks.began + len(answers) / rate
            await asyncio.sleep(due - time.perf_counter())
            answers.append(asyncio.create_task(say(bot, channel, number, due)))
    return clocks.round(await asyncio.gather(*answers))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--messages", type=int, default=20, help="of each channel in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="list the functions that take most of the time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with open_bot(Path(folder)) as bot:
            await measure(bot, options.channels, range(2))
            begin_collecting()  # as `roost run` does once it has started
            sys.setswitchinterval(SWITCH_SECONDS)  # as an engine does
            profile = cProfile.Profile()
            for number in range(options.rounds):
                first = 2 + 2 * number * options.messages
                if options.profile:
                    profile.enable()
                most = await measure(bot, options.channels, range(first, first + options.messages))
                profile.disable()
                print(f"as many as possible: {most}")
                later = range(first + options.messages, first + 2 * options.messages)
                print(f"at {LOAD:.0%} of that: {await arrive(bot, options.channels, later, LOAD * most.rate)}")
            if options.profile:
                stats = pstats.Stats(profile)
                stats.sort_stats("tottime").print_stats(60)
                stats.sort_stats("cumulative").print_stats("bot.(store|chat|dispatch|commands|policy)", 40)


if __name__ == "__main__":
    asyncio.run(main())
