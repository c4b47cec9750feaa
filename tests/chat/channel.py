"""Fixtures to be imported by name: a channel on a real store with a fake engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.turn import TurnOptions
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def conversations(tmp_path: Path, engine: FakeEngine) -> AsyncIterator[Conversations]:
    async with open_conversations(tmp_path, engine) as conversations:
        yield conversations


@pytest.fixture
async def talk(conversations: Conversations) -> Conversation:
    return await conversations.open("test", "a")


async def say(talk: Conversation, text: str, options: TurnOptions = SEED) -> str:
    return (await last(talk.chat(text, author="Ann", options=options))).text
