"""The process to be killed: talks forever on a folder's database and reports each finished turn.

What it says depends only on the number of turns before HEAD, so a run that was killed and restarted must agree, turn
by turn, with one that never was.
"""

import asyncio
import sys
from pathlib import Path

from bot.app import make_core, make_engine
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.chat.retokenizing import Vocabulary
from bot.chat.turn import TurnOptions
from bot.config.schema import BotSection, ChatSection, Config
from bot.store.store import open_store
from tests.conversations import last
from tests.fakes import FakeEngine

OPTIONS = TurnOptions(sampling={"seed": 11, "temperature": 1.0, "top_p": 0.8, "max_tokens": 24}, user="test:1")


def configuration(folder: Path) -> Config:
    return Config(bot=BotSection(data=str(folder)), chat=ChatSection(prompt="plain"))


def engine_of(kind: str, config: Config) -> Engine:
    return FakeEngine(delay=0.001) if kind == "fake" else make_engine(config)


async def take_turn(talk: Conversation, turns: int) -> str:
    """Take one turn after ``turns`` others: mostly talk, now and then a name or a line without an answer."""
    if turns % 5 == 4:
        await talk.channel.save(f"turn {turns}")
    if turns % 7 == 6:
        return (await talk.say(f"this is line {turns}", author="Ann")).input
    return (await last(talk.chat(f"tell me about number {turns}", author="Ann", options=OPTIONS))).text


async def talk_on(conversations: Conversations, limit: int) -> None:
    talk = await conversations.open("test", "a")
    turns = len(await talk.channel.history()) - 1
    print("ready", flush=True)
    while turns < limit:
        await take_turn(talk, turns)
        turns += 1
        print(turns, flush=True)  # from here on this turn must survive a kill


async def main(kind: str, folder: Path, limit: int) -> None:
    config = configuration(folder)
    engine = engine_of(kind, config)
    vocabulary = Vocabulary(engine)
    async with open_store("", folder, coder=vocabulary) as store:
        await engine.start()
        try:
            await talk_on(Conversations(await make_core(config, engine, store, vocabulary)), limit)
        finally:
            await engine.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
