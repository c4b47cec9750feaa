"""Responses as turns: what is kept of them has a bound."""

from pathlib import Path

import pytest

from bot.chat.program_channels import ProgramChannels
from bot.chat.response_tree import ResponseTree
from bot.errors import NotFound
from tests.conversations import open_conversations
from tests.fakes import FakeEngine


async def test_the_oldest_answers_go_first(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        tree = ResponseTree(conversations.core, ProgramChannels(conversations.core), most=4)
        for place in range(30):
            await tree.keep_chat("a", {"id": f"c{place}", "model": "m"}, [], {})
        await tree.find("a", "c29", "chat")
        with pytest.raises(NotFound):
            await tree.find("a", "c20", "chat")
        channel = (await ProgramChannels(conversations.core).of("a")).id
        assert len(await conversations.core.store.answers.oldest(channel, 0)) <= 2 * 4
