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
from bot.engine.text.world_tokenizer import WorldTokenizer
from bot.events import Author, Origin, Reply, Said
from bot.store.store import Store, open_store
from bot.testing import ParrotEngine

PLATFORM = "bench"
LOAD = 0.6  # of the highest rate, when messages arrive on their own
SENTENCE = "An owl sat in a tree and looked at the moon, and the moon looked back."
WORDS = "Tell me about the owl, number {number}, and do not leave out the moon this time."


class Shown:
    """A sink that keeps nothing but the turn."""

    def __init__(self) -> None:
        self.node: int | None = None

    async def typing(self) -> None: ...

    async def update(self, reply: Reply) -> None: ...

    async def send(self, reply: Reply) -> tuple[str, ...]:
        if reply.kind != "turn":
            raise AssertionError(reply.text)
        self.node = reply.node
        return ()


@dataclass(frozen=True, slots=True)
class Bot:
    """The parts that the messages pass through."""

    dispatcher: Dispatcher
    store: Store


@asynccontextmanager
async def open_bot(folder: Path) -> AsyncIterator[Bot]:
    """A bot with its own database in ``folder``, without platforms or limits."""
    limits = {"user_per_minute": 0, "user_per_day": 0, "channel_per_minute": 0, "channel_per_day": 0}
    config = Config.model_validate({"bot": {"data": str(folder)}, "limits": limits})
    engine = ParrotEngine(SENTENCE, WorldTokenizer())
    vocabulary = Vocabulary(engine)
    async with open_store("", folder, coder=vocabulary) as store:
        conversations = Conversations(await make_core(config, engine, store, vocabulary))
        async with open_dispatcher(config, conversations) as dispatcher:
            yield Bot(dispatcher, store)
        await conversations.close(60.0)


async def say(bot: Bot, channel: int, number: int) -> None:
    """Take a message through all stages."""
    author = Author(f"person-{channel}", f"Person {channel}")
    origin = Origin(platform=PLATFORM, channel=f"channel-{channel}", author=author)
    sink, name = Shown(), f"{channel}-{number}"
    await bot.store.inbox.take(PLATFORM, origin.channel, name, user=f"{PLATFORM}:{author.id}")
    await bot.dispatcher.handle(Said(origin=origin, id=name, text=WORDS.format(number=number)), sink)
    await bot.store.inbox.delivered(PLATFORM, origin.channel, [name], [f"answer-{name}"], sink.node)


async def talk(bot: Bot, channel: int, messages: range) -> list[float]:
    """Send ``messages`` to a channel, one after the other. Returns the seconds from arrival to delivery of each."""
    waits: list[float] = []
    for number in messages:
        began = time.perf_counter()
        await say(bot, channel, number)
        waits.append(time.perf_counter() - began)
    return waits


async def scheduled(bot: Bot, channel: int, number: int, due: float) -> float:
    """Send a message that should have arrived at ``due``. Returns the seconds from then to its delivery."""
    await say(bot, channel, number)
    return time.perf_counter() - due


@dataclass(frozen=True, slots=True)
class Round:
    """The time that a number of messages took, in seconds."""

    messages: int
    wall: float
    cpu: float  # of the whole process
    waits: list[float]

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.wall

    def __str__(self) -> str:
        hundredths = statistics.quantiles(self.waits, n=100)
        return (
            f"{self.rate:,.0f} messages/s; {self.cpu / self.messages * 1e3:.3f} ms of processor time "
            f"each; waits {hundredths[49] * 1e3:.1f} ms (median), {hundredths[98] * 1e3:.1f} ms (99 %)"
        )


async def measure(bot: Bot, channels: int, messages: range) -> Round:
    """Send ``messages`` to every channel."""
    began, cpu = time.perf_counter(), time.process_time()
    waits = await asyncio.gather(*(talk(bot, channel, messages) for channel in range(channels)))
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Round(channels * len(messages), wall, cpu, [wait for each in waits for wait in each])


async def arrive(bot: Bot, channels: int, messages: range, rate: float) -> Round:
    """Send ``messages`` to every channel, ``rate`` a second in all, whether or not earlier ones have been answered."""
    began, cpu = time.perf_counter(), time.process_time()
    answers: list[asyncio.Task[float]] = []
    for number in messages:
        for channel in range(channels):
            due = began + len(answers) / rate
            await asyncio.sleep(due - time.perf_counter())
            answers.append(asyncio.create_task(scheduled(bot, channel, number, due)))
    waits = await asyncio.gather(*answers)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Round(len(waits), wall, cpu, waits)


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
