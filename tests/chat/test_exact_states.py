"""Whatever happened to a conversation, it continues from the state of exactly its committed tokens."""

import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.engine import Engine
from bot.chat.turn import TurnUpdate
from bot.engine.serving.loader import build_engine
from bot.engine.settings import EngineSettings
from bot.engine.state import RowState
from bot.engine.types import StateHandle
from bot.errors import UserError
from bot.paths import data_file
from tests.conversations import SEED, last, open_conversations

SAID = ("hi", "My name is Alice.", "Do you like tea?", "What is my name?", "你好", "Tell me a story.", "Can you sing?")
MOVES = ("chat", "chat", "cut", "cut", "more", "again", "edit", "say", "undo", "forget")


@pytest.fixture
async def demo() -> AsyncIterator[Engine]:
    engine = build_engine(
        EngineSettings(model=data_file("models/demo/demo.pth"), strategy="cpu fp32", rows=4, threads=1)
    )
    await engine.start()
    yield engine
    await engine.close()


async def cut_after(updates: AsyncIterator[TurnUpdate], frames: int) -> None:
    """Read that many frames, then stop listening."""
    async with aclosing(updates) as reading:  # type: ignore[type-var]
        async for _ in reading:
            frames -= 1
            if frames <= 0:
                return


async def move(conversations: Conversations, talk: Conversation, rng: random.Random) -> None:
    options = replace(SEED, sampling={"seed": rng.randrange(1000), "max_tokens": 24, "temperature": 0.8})
    match rng.choice(MOVES):
        case "chat":
            await last(talk.chat(rng.choice(SAID), author="Ann", options=options))
        case "cut":
            await cut_after(talk.chat(rng.choice(SAID), author="Ann", options=options), rng.randint(1, 6))
        case "more":
            await last(talk.continue_reply(options=options))
        case "again":
            await last(talk.alternate(options=replace(options, n=2)))
        case "edit":
            await talk.edit(rng.choice(("I like rain.", "是的。")))
        case "say":
            await talk.say(rng.choice(SAID), author="Ben")
        case "undo":
            await talk.channel.undo()
        case "forget":  # memory is full: resumed states are read from disk
            await conversations.core.states.close(60)
            conversations.core.states._cached.clear()


async def assert_exact(conversations: Conversations, talk: Conversation) -> None:
    async with talk._runner.ready():
        path = await talk.channel.path()
        kept, first = await conversations.core.states.resume(talk.channel.head)
        tokens = [token for node in path for token in node.tokens]
        assert first == tuple(tokens[-1:])
        read = await conversations.core.states.read(tokens, None)
        assert_same(kept, read)


def assert_same(kept: StateHandle | None, read: StateHandle | None) -> None:
    assert kept is not None
    assert read is not None
    assert isinstance(kept._state, RowState)
    assert isinstance(read._state, RowState)
    for name, tensor in kept._state.tensors.items():
        torch.testing.assert_close(tensor, read._state.tensors[name], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
async def test_the_kept_state_is_that_of_the_committed_tokens(tmp_path: Path, demo: Engine, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3):
        async with open_conversations(tmp_path, demo) as conversations:  # each time a restart
            talk = await conversations.open("test", "a")
            for _ in range(8):
                try:
                    await move(conversations, talk, rng)
                except UserError:
                    continue  # nothing to undo, to continue or to edit here
                await assert_exact(conversations, talk)
