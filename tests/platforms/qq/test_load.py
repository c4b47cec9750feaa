"""Under load, with failing sends, dropped connections and a kill: every message is answered once, in order."""

from pathlib import Path

import pytest

from tests.platforms.many_people import FULL, SHORT, Shape
from tests.platforms.qq.load import FlakyTencent, Load
from tests.wire_qq.tencent import running


async def run(folder: Path, shape: Shape) -> tuple[Load, dict[str, float]]:
    tencent = FlakyTencent(shape.failures)
    async with running(tencent):
        load = Load(folder, tencent, shape)
        figures = await load.checked()
    assert not set(tencent.outbox.refused) - {40054005}, tencent.outbox.refused  # only what was already sent
    streams = tencent.outbox.streams.values()
    print({"grown": sum(each.done for each in streams), "left unfinished": sum(not each.done for each in streams)})
    return load, figures


@pytest.mark.timeout(600)
async def test_a_short_load(tmp_path: Path) -> None:
    _, figures = await run(tmp_path, SHORT)
    assert figures["messages"] >= 5
    assert figures["drops"] >= 1
    assert figures["lives"] == 2


@pytest.mark.slow
@pytest.mark.load
@pytest.mark.timeout(1500)
async def test_fifty_groups_and_two_hundred_people_for_five_minutes(tmp_path: Path) -> None:
    load, figures = await run(tmp_path, FULL)
    assert figures["messages"] >= 400
    load.assert_memory_is_flat()
