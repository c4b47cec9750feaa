"""Conversations without a dispatcher: a real store in a folder, a fake engine, and the test's own prompts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.chat.conversations import Conversations
from bot.chat.core import DEFAULT_PROMPT, ChatSettings, Core
from bot.chat.engine import Engine
from bot.chat.gate import Gate
from bot.chat.retokenizing import Vocabulary
from bot.chat.turn import TurnOptions, TurnUpdate
from bot.library.prompt_files import Prompts
from bot.library.prompts import ChatPrompt
from bot.store.store import open_store

PROMPT = ChatPrompt(name="test", text="{user}: hello\n\n{bot}: hello friend.")
OTHER = ChatPrompt(name="other", text="An owl and a moon.", user="Ann", bot="Owl", sampling={"temperature": 0.5})
SEED = TurnOptions(sampling={"seed": 7}, user="test:1")


@asynccontextmanager
async def open_conversations(
    folder: Path, engine: Engine, *prompts: ChatPrompt, url: str = "", gate: Gate | None = None, **settings: Any
) -> AsyncIterator[Conversations]:
    """Conversations over a store in ``folder``; opening the same folder again simulates a restart."""
    library = Prompts([])
    for prompt in prompts or (PROMPT, OTHER):
        library.add(prompt)
    vocabulary = Vocabulary(engine)
    async with open_store(url, folder, coder=vocabulary) as store:
        chosen = str(await store.values.get(*DEFAULT_PROMPT, ""))
        values: dict[str, Any] = {"default_prompts": [chosen, "test"]} | settings
        conversations = Conversations(Core(engine, store, library, vocabulary, ChatSettings(**values), gate))
        try:
            yield conversations
        finally:
            await conversations.close()


async def last(updates: AsyncIterator[TurnUpdate]) -> TurnUpdate:
    """Return the last update of a turn."""
    final: TurnUpdate | None = None
    async for update in updates:
        final = update
    assert final is not None, "a turn ends with an update"
    return final
