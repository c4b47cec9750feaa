"""Under load, with bridge failures, dropped connections and a kill: every message is answered once, in order."""

import socket
from pathlib import Path

import pytest

from tests.platforms.many_people import FULL, SHORT
from tests.platforms.onebot.load import Load


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.timeout(600)
async def test_a_short_load(tmp_path: Path) -> None:
    figures = await Load(tmp_path, free_port(), SHORT).checked()
    assert figures["messages"] >= 5
    assert figures["drops"] >= 1
    assert figures["lives"] == 2


@pytest.mark.slow
@pytest.mark.load
@pytest.mark.timeout(1500)
async def test_fifty_groups_and_two_hundred_people_for_five_minutes(tmp_path: Path) -> None:
    load = Load(tmp_path, free_port(), FULL)
    figures = await load.checked()
    assert figures["messages"] >= 400
    load.assert_memory_is_flat()
