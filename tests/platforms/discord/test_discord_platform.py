"""What discord.py logs about lost connections."""

import logging

import aiohttp
import pytest

from bot.platforms.discord.discord_platform import prepare_library


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
