"""A key's channel."""

from pathlib import Path

from bot.chat.program_channels import ProgramChannels
from tests.fakes import FakeEngine
from tests.house import open_house


async def test_each_key_has_one(tmp_path: Path) -> None:
    async with open_house(tmp_path, FakeEngine()) as house:
        first = await ProgramChannels(house.core).of("a")
        assert (first.platform, first.external_id) == ("api", "a")
        channels = ProgramChannels(house.core)
        assert (await channels.of("a")).id == first.id
        assert (await channels.of("b")).id != first.id
