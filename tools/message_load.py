"""Messages through dispatch, tree and store: all that a message costs, except for the model.

The engine only repeats a sentence. Each message is written to the inbox, dispatched, becomes a turn with its state, and
is delivered.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import make_core, open_dispatcher
from bot.chat.conversations import Conversations
from bot.chat.retokenizing import Vocabulary
from bot.config.schema import Config
from bot.dispatch.dispatcher import Dispatcher
from bot.engine.text.world_tokenizer import WorldTokenizer
from bot.events import Author, Origin, Reply, Said
from bot.store.store import Store, open_store
from bot.testing import ParrotEngine

PLATFORM = "bench"
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
    loop: float  # processor time of the event loop's thread; of several processes, the sum
    waits: list[Waits]

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.wall

    def beside(self, other: "Round") -> "Round":
        """Return the round of two processes that began at the same time."""
        wall, cpu, loop = max(self.wall, other.wall), self.cpu + other.cpu, self.loop + other.loop
        return Round(self.messages + other.messages, wall, cpu, loop, self.waits + other.waits)

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


async def measure(bot: Bot, channels: range, messages: range) -> Round:
    """Send ``messages`` to every channel, each when the one before it has been answered."""
    clocks = Clocks()
    waits = await asyncio.gather(*(talk(bot, channel, messages) for channel in channels))
    return clocks.round([wait for each in waits for wait in each])


async def arrive(bot: Bot, channels: range, messages: range, rate: float) -> Round:
    """Send ``messages`` to every channel, ``rate`` a second in all, whether or not earlier ones have been answered."""
    clocks = Clocks()
    answers: list[asyncio.Task[Waits]] = []
    for number in messages:
        for channel in channels:
            due = clocks.began + len(answers) / rate
            await asyncio.sleep(due - time.perf_counter())
            answers.append(asyncio.create_task(say(bot, channel, number, due)))
    return clocks.round(await asyncio.gather(*answers))
