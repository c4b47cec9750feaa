"""A bot over remote engines, one of which is killed while many channels talk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import connect_engine, make_core
from bot.chat.conversations import Conversations
from bot.chat.retokenizing import Vocabulary
from bot.chat.turn import TurnOptions
from bot.config.schema import BotSection, ChatSection, Config, EngineSection
from bot.remote.remote_engine import RemoteEngine
from bot.store.store import open_store
from tests.waiting import until

Said = list[list[tuple[str, str]]]  # a channel's inputs and outputs
OPTIONS = TurnOptions(sampling={"seed": 11, "temperature": 1.0, "top_p": 0.8, "max_tokens": 24}, user="test:1")


@asynccontextmanager
async def bot_over(folder: Path, section: EngineSection) -> AsyncIterator[tuple[Conversations, RemoteEngine]]:
    config = Config(bot=BotSection(data=str(folder)), chat=ChatSection(prompt="plain"), engine=section)
    engine = connect_engine(config)
    vocabulary = Vocabulary(engine)
    async with open_store("", folder, coder=vocabulary) as store:
        await engine.start()
        conversations = Conversations(await make_core(config, engine, store, vocabulary))
        try:
            yield conversations, engine
        finally:
            await conversations.close()
            await engine.close()


async def say(conversations: Conversations, channel: str, words: str, begun: list[str] | None = None) -> None:
    talk = await conversations.open("test", channel)
    async for update in talk.chat(words, author="Ann", options=OPTIONS):
        if begun is not None and update.text and channel not in begun:
            begun.append(channel)


async def everybody(
    conversations: Conversations, count: int, words: str, begun: list[str] | None = None, *, first: int = 0
) -> None:
    """Say something in ``count`` channels at once."""
    channels = range(first, first + count)
    await asyncio.gather(*(say(conversations, str(n), f"{words} {n}?", begun) for n in channels))


async def said(conversations: Conversations, count: int) -> Said:
    """Return what was said in each channel."""
    trees = [await (await conversations.open("test", str(number))).channel.tree() for number in range(count)]
    return [[(node.input, node.output) for node in tree if node.kind != "root"] for tree in trees]


async def talk_and_kill(folder: Path, section: EngineSection, kill: Callable[[RemoteEngine], None], count: int) -> Said:
    """Talk in ``count`` channels, call ``kill`` while they are being answered, and talk again."""
    async with bot_over(folder, section) as (conversations, engine):
        await everybody(conversations, count, "what is")
        begun: list[str] = []
        talking = asyncio.create_task(everybody(conversations, count, "tell me of", begun))
        await until(lambda: len(begun) > count // 4 or talking.done())
        await asyncio.to_thread(kill, engine)
        await talking
        await everybody(conversations, count, "and why")
        return await said(conversations, count)


async def talk_quietly(folder: Path, section: EngineSection, count: int) -> Said:
    """Talk in the same channels, with nothing killed."""
    async with bot_over(folder, section) as (conversations, _):
        for words in ("what is", "tell me of", "and why"):
            await everybody(conversations, count, words)
        return await said(conversations, count)
