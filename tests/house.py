"""Building the house below dispatch for a test: a real store in a folder, a fake engine, prompts of the test's own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.chat.conversation import Conversations, Engine, TurnOptions, TurnUpdate
from bot.chat.core import Services
from bot.library.prompt_files import Prompts
from bot.library.prompts import ChatPrompt
from bot.store.store import open_store

PROMPT = ChatPrompt(name="test", text="{user}: hello\n\n{bot}: hello friend.")
OTHER = ChatPrompt(name="other", text="An owl and a moon.", user="Ann", bot="Owl", sampling={"temperature": 0.5})
SEED = TurnOptions(sampling={"seed": 7}, user="test:1")


@asynccontextmanager
async def open_house(
    folder: Path, engine: Engine, *prompts: ChatPrompt, url: str = "", **services: Any
) -> AsyncIterator[Conversations]:
    """Conversations over a store in ``folder``; opening the same folder again is a restart."""
    library = Prompts([])
    for prompt in prompts or (PROMPT, OTHER):
        library.add(prompt)
    async with open_store(url, folder) as store:
        defaults: Mapping[str, Any] = {"default_prompt": "test"}
        house = Conversations(Services(engine=engine, store=store, prompts=library, **(dict(defaults) | services)))
        try:
            yield house
        finally:
            await house.close()


async def last(updates: AsyncIterator[TurnUpdate]) -> TurnUpdate:
    """The last update of a turn."""
    final: TurnUpdate | None = None
    async for update in updates:
        final = update
    assert final is not None, "a turn ends with an update"
    return final
