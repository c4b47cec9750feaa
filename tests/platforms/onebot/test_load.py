"""Under load, with bridge failures, dropped connections and a kill: every message is answered once, in order."""

from pathlib import Path

import pytest

from tests.free_port import free_port
from tests.platforms.many_people import FULL, SHORT
from tests.platforms.onebot.load import Load


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
