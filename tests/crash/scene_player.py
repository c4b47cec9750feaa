"""The process to be killed: plays a scene forever and reports each finished pending line."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from bot.app import make_core
from bot.chat.cast import Role
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.retokenizing import Vocabulary
from bot.library.scenes.scene_definition import Scene
from bot.store.store import open_store
from tests.conversations import last
from tests.crash.talker import OPTIONS, configuration
from tests.fakes import FakeEngine

ACCEPTED_EVERY = 7  # lines
ROLES = (Role(name="Ann", text="Ann digs."), Role(name="Ben", text="Ben fears the dark."))


async def lines_so_far(talk: Conversation) -> int:
    """Count the accepted and the pending lines."""
    return len((await talk.scene.stage()).lines)


async def play_line(talk: Conversation, lines: int) -> None:
    """Play one line after ``lines`` others: a typed one, or a generated one with its candidates."""
    name = ROLES[lines % 2].name
    if lines % ACCEPTED_EVERY == ACCEPTED_EVERY - 1 and await talk.pending.lines():
        await talk.pending.accept()  # nothing is pending if it was killed between here and the line
    if lines % 3 == 0:
        await talk.scene.line(name, f"this is line {lines}", options=OPTIONS)
    else:
        await last(talk.scene.speak(name, options=replace(OPTIONS, n=2)))


async def main(folder: Path, limit: int) -> None:
    config, engine = configuration(folder), FakeEngine(delay=0.001)
    vocabulary = Vocabulary(engine)
    async with open_store("", folder, coder=vocabulary) as store:
        await engine.start()
        try:
            conversations = Conversations(await make_core(config, engine, store, vocabulary))
            talk = await conversations.open("test", "a")
            if not talk.scene.is_active:
                await talk.scene.begin(Scene(id="tests/well", name="The well", setting="A dry well."), ROLES)
            lines = await lines_so_far(talk)
            print("ready", flush=True)
            while lines < limit:
                await play_line(talk, lines)
                lines += 1
                print(lines, flush=True)  # from here on this line must survive a kill
        finally:
            await engine.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
