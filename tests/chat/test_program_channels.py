"""A key's channel."""

from pathlib import Path

from bot.chat.program_channels import ProgramChannels
from tests.conversations import open_conversations
from tests.fakes import FakeEngine


async def test_each_key_has_one(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        first = await ProgramChannels(conversations.core).of("a")
        assert (first.platform, first.external_id) == ("api", "a")
        channels = ProgramChannels(conversations.core)
        assert (await channels.of("a")).id == first.id
        assert (await channels.of("b")).id != first.id
