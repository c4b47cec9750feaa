"""Responses as turns: what is kept of them has a bound."""

from pathlib import Path

import pytest

from bot.chat.program_channels import ProgramChannels
from bot.chat.response_tree import ResponseTree
from bot.errors import NotFound
from tests.fakes import FakeEngine
from tests.house import open_house


async def test_the_oldest_answers_go_first(tmp_path: Path) -> None:
    async with open_house(tmp_path, FakeEngine()) as house:
        tree = ResponseTree(house.core, ProgramChannels(house.core), most=4)
        for place in range(30):
            await tree.keep_chat("a", {"id": f"c{place}", "model": "m"}, [], {})
        await tree.find("a", "c29", "chat")
        with pytest.raises(NotFound):
            await tree.find("a", "c20", "chat")
        channel = (await ProgramChannels(house.core).of("a")).id
        assert len(await house.core.store.answers.oldest(channel, 0)) <= 2 * 4
