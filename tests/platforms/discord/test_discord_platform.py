"""Announcements, and discord.py's log messages about lost connections."""

import logging
from pathlib import Path

import aiohttp
import pytest

from bot.platforms.discord.discord_platform import prepare_library
from tests.platforms.discord.wire import connected


def test_a_lost_network_is_one_line_and_a_defect_is_not(caplog: pytest.LogCaptureFixture) -> None:
    prepare_library()
    prepare_library()
    log = logging.getLogger("discord.shard")
    for error in (aiohttp.ServerDisconnectedError(), KeyError("id")):
        try:
            raise error
        except Exception as caught:
            log.error("Attempting a reconnect for shard ID %s", 0, exc_info=caught)
    lost, defect = caplog.records
    assert lost.exc_info is None
    assert lost.getMessage() == "Attempting a reconnect for shard ID 0 (ServerDisconnectedError: Server disconnected)"
    assert defect.exc_info is not None
    assert len([each for each in log.filters if type(each).__name__ == "OneLine"]) == 1


async def test_announcements_reach_talk_channels_and_named_places_once(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        here = str(wired.wire.channel.id)
        assert await wired.platform.announce("Tea is ready.", [here, here, "no id", "7"]) == 1
        assert [message["content"] for message in wired.wire.answers()] == ["Tea is ready."]
